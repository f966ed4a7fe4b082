#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every sysctl against the kernel's: defaults, ranges, how numbers are written. sysctls_peer does it.
set -u
skip() {
	echo "SKIP: $*"
	exit 77
}

peer=$SEA_BUILDDIR/tests/netns/sysctls_peer
[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace"
command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
[ -x "$peer" ] || skip "sysctls_peer was not built: no cmocka"
unshare -n true 2>/dev/null || skip "may not make a network namespace"
exec unshare -n sh -c 'ip link set lo mtu 65535 up; exec "$@"' sh "$peer" "$@"
