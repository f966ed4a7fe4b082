#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Netlink's messages against the kernel's answers.
set -u
. "$(dirname "$0")/own_net.sh"

need netlink_peer
in_net "$without_limits
	for link in all lo; do echo 0 >/proc/sys/net/ipv4/conf/\$link/promote_secondaries; done" netlink_peer "$@"
