#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bridges against the kernel's: messages, FDBs, and where frames go.
set -u
. "$(dirname "$0")/own_net.sh"

need bridge_peer
need_tun
unshare -n ip link add probe type bridge 2>/dev/null || skip "this kernel has no bridge"
unshare -n sh -c 'ip link add below type bridge && ip link add link below type macvlan' 2>/dev/null ||
	skip "this kernel has no macvlan"
in_net 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' bridge_peer "$@"
