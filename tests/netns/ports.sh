#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kind of port against the kernel: tap and tun with and without offloads, AF_PACKET. The program
# ports_peer does it; this makes the namespace and the veth pair it needs.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace and a tap in it"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
command -v ping >/dev/null || skip "no ping(8) here (package iputils-ping)"
[ -x "$SEA_BUILDDIR/tests/netns/ports_peer" ] || skip "ports_peer was not built: no cmocka"
[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
ns=sea-ports-$$
ip netns add "$ns" 2>/dev/null || skip "may not make a network namespace"
trap 'ip netns del "$ns"' EXIT
ip -n "$ns" link set lo up
ip -n "$ns" link add veth0 type veth peer name veth1 || skip "may not make a veth pair"
ip -n "$ns" link set veth1 up
"$SEA_BUILDDIR/tests/netns/ports_peer" "$ns"
