#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What each ICMP error means to a program, on the kernel and on the stack. The program icmp_errors_peer
# does it; this makes the namespace that it runs in.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace and a tun in it"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
[ -x "$SEA_BUILDDIR/tests/netns/icmp_errors_peer" ] || skip "icmp_errors_peer was not built: no cmocka"
[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
ns=sea-errors-$$
ip netns add "$ns" 2>/dev/null || skip "may not make a network namespace"
trap 'ip netns del "$ns"' EXIT
ip netns exec "$ns" "$SEA_BUILDDIR/tests/netns/icmp_errors_peer"
