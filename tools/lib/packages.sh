# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# Read by tools/check and tools/demo: Debian packages, by what they are for, and getting them.

SEA_PACKAGES_BUILD="autoconf automake gcc libc6-dev liblz4-dev libmnl-dev libnftnl-dev libpcap-dev libtool
	libzstd-dev make nettle-dev pkg-config zlib1g-dev"
SEA_PACKAGES_TEST="binutils clang-format curl ethtool g++ iperf3 iproute2 iputils-ping iputils-tracepath
	libcmocka-dev lld python3 radvd traceroute tshark xz-utils"
SEA_PACKAGES_CLANG="clang libclang-rt-14-dev"
SEA_PACKAGES_DEMO="curl iproute2 iputils-ping python3 tshark util-linux"

# as_root COMMAND ARG...: becomes COMMAND as root if this is not root and sudo lets it; else returns.
# Never waits for a password that nobody is there to type.
as_root() {
	[ "$(id -u)" -ne 0 ] && [ -z "${SEA_AS_ROOT:-}" ] && command -v sudo >/dev/null || return 0
	if ! sudo -n true 2>/dev/null; then
		[ -t 0 ] && [ -z "${CI:-}" ] || return 0
		echo "Asking sudo for root: it installs packages and makes network namespaces."
		sudo -v || return 0
	fi
	exec sudo env SEA_AS_ROOT=1 ${CI:+CI="$CI"} ${CC:+CC="$CC"} ${CFLAGS:+CFLAGS="$CFLAGS"} "$@"
}

# give_back PATH...: what root made for a user who came through sudo shall be that user's.
give_back() {
	[ -n "${SUDO_UID:-}" ] && [ "$(id -u)" -eq 0 ] || return 0
	for give_back_path in "$@"; do
		[ ! -e "$give_back_path" ] || chown -R "$SUDO_UID:" "$give_back_path"
	done
}

# packages_missing PACKAGE...: prints those that are not installed.
packages_missing() {
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			printf '%s ' "$package"
	done
}

# packages_need PACKAGE...: installs the missing ones through apt and says so. Returns 1, having
# said what is missing, where it cannot; the caller decides whether it can go on.
packages_need() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "No apt here. What Debian calls these packages must be there: $*"
		return 1
	fi
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "Missing packages: $missing"
		echo "Installing them takes root: apt-get install $missing"
		return 1
	fi
	echo "Installing with apt: $missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq </dev/null || echo "apt-get update failed; trying with what apt knows."
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing \
		</dev/null >/dev/null || {
		echo "apt could not install: $missing"
		return 1
	}
}
