#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Blocking calls: the library's and the kernel's give the same, each against the other's TCP.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

peer=$SEA_BUILDDIR/tests/netns/blocking_peer
[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace and a tap in it"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
[ -x "$peer" ] || skip "blocking_peer was not built: no cmocka"
[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
unshare -n true 2>/dev/null || skip "may not make a network namespace"
exec unshare -n sh -c 'ip link set lo up; exec "$1"' sh "$peer"
