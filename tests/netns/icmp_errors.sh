#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What each ICMP error means to a program, on the kernel and on the stack. Two programs do it, for
# datagrams and for connections and echoes; this makes the namespaces that they run in.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace and a tun in it"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
for peer in icmp_errors_peer icmp_errors_conn_peer; do
	[ -x "$SEA_BUILDDIR/tests/netns/$peer" ] || skip "$peer was not built: no cmocka"
done
[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
unshare -n true 2>/dev/null || skip "may not make a network namespace"
unshare -n "$SEA_BUILDDIR/tests/netns/icmp_errors_peer" || exit 1
# Who may have an echo socket is a matter of the namespace, too.
unshare -n sh -c 'echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range; exec "$@"' sh \
	"$SEA_BUILDDIR/tests/netns/icmp_errors_conn_peer"
