#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ioctls of links, against the kernel's answers: lo and one end of a pair.
set -u
. "$(dirname "$0")/own_net.sh"

need link_ioctls_peer
alone_with_proxies
prepare='ip link add v0 address 02:00:00:00:00:10 type veth peer name v1 address 02:00:00:00:00:11 &&
	ip link property add dev v0 altname alty &&
	ip link property add dev v0 altname longer_than_ifnamsiz &&
	ip link set v1 up &&
	ip addr add 10.0.0.1/24 dev v0 && ip addr add 10.0.0.2/24 dev v0 label v0:one || exit 77'
in_net "$without_limits
	$prepare" link_ioctls_peer "$@"
