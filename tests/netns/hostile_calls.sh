#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Socket calls with hostile arguments: each answer is the kernel's. hostile_calls.sh ROUNDS SEED hunts for more.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

peer=$SEA_BUILDDIR/tests/netns/hostile_calls_peer
[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
[ -x "$peer" ] || skip "hostile_calls_peer was not built: no cmocka"
unshare -n true 2>/dev/null || skip "may not make a network namespace"
# The kernel's limits are for seconds, and this takes less.
prepare='ip link set lo up
	echo 0 >/proc/sys/net/ipv4/icmp_ratemask
	echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
	echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range
	exec "$@"'
unshare -n sh -c "$prepare" sh "$peer" "$@"
