#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Routes, rules, neighbours and nexthops by netlink against the kernel's answers: two links that are up, with addresses.
set -u
. "$(dirname "$0")/own_net.sh"

need netlink_routes_peer
alone_with_proxies
unshare -n ip link add type veth 2>/dev/null || skip "no veth here"
in_net "$without_limits
	cd /proc/sys/net/ipv6/conf/default
	echo 0 >accept_dad
	echo 0 >accept_ra
	echo 0 >router_solicitations
	ip link add r1 index 3 address 02:00:00:00:00:11 type veth peer name r0 index 2 address 02:00:00:00:00:10
	ip link set r0 up
	ip link set r1 up
	ip address add 10.0.0.1/24 dev r0
	ip address add 10.0.1.1/24 dev r1
	ip address add 2001:db8::1/64 dev r0 nodad
	ip address add 2001:db8:1::1/64 dev r1 nodad
	cd /
	for tries in \$(seq 300); do
		[ \$(ip -6 route show table local | grep -c ' 2001:db8.*\|fe80') -ge 4 ] && break
		sleep 0.1
	done" netlink_routes_peer "$@"
