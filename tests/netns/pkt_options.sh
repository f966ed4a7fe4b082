#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What TCP tells of its peer's packets over IPv6 against the kernel's: pkt_options_peer does it.
set -u
. "$(dirname "$0")/own_net.sh"

need pkt_options_peer
in_net 'echo 0 >/proc/sys/net/ipv6/auto_flowlabels
	echo 0 >/proc/sys/net/ipv6/flowlabel_consistency' pkt_options_peer "$@"
