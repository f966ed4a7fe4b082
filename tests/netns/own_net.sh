# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that are a program in a network namespace of its own: what they skip without, and the run.

skip() {
	echo "SKIP: $*"
	exit 77
}

# need PROGRAM...: those of this folder, and such namespaces.
need() {
	[ "$(id -u)" -eq 0 ] || skip "takes root: makes a network namespace"
	command -v ip >/dev/null || skip "no ip(8) here (package iproute2)"
	for program; do
		[ -x "$SEA_BUILDDIR/tests/netns/$program" ] || skip "$program was not built: no cmocka"
	done
	unshare -n true 2>/dev/null || skip "may not make a network namespace"
}

need_tun() {
	[ -c /dev/net/tun ] || skip "no /dev/net/tun here"
}

# This kernel shows proxies of no link to every namespace: who makes some, and compares all, does it alone.
alone_with_proxies() {
	exec 9<"$SEA_SRCDIR/tests/netns/own_net.sh"
	flock 9
}

# in_net COMMANDS PROGRAM [ARGUMENT...]: runs it where lo is up, after COMMANDS.
in_net() {
	prepare=$1
	program=$SEA_BUILDDIR/tests/netns/$2
	shift 2
	unshare -n sh -c "ip link set lo up
		$prepare
		exec \"\$@\"" sh "$program" "$@"
}

# The kernel's limits are for seconds, and comparing takes less; who may have an echo socket is not what is compared.
without_limits='echo 0 >/proc/sys/net/ipv4/icmp_ratemask
	echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
	echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range'
