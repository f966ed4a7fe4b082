# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# Read by tools/check and tools/demo, behind packages.sh: configure and build from a checkout. The
# caller stands at its top and defines give_up SENTENCE, which ends the program.

# What builds make in the checkout itself.
SEA_BUILD_MADE="aclocal.m4 autom4te.cache config.h.in config.h.in~ configure configure~ Makefile.in
	tools/aux tools/m4"

bootstrap_stale() {
	[ ! -e configure ] || [ ! -e Makefile.in ] || [ ! -e config.h.in ] ||
		[ -n "$(find configure.ac tools/m4/seastack.m4 -newer configure)" ]
}

# configured_in FOLDER OPTIONS: makes configure and FOLDER where they are missing, and configures where
# that was not done yet with these options and these packages.
configured_in() {
	[ ! -e config.status ] ||
		give_up "the source folder itself is configured: run 'make distclean' first"
	if bootstrap_stale; then
		echo "== tools/bootstrap"
		tools/bootstrap >/dev/null 2>&1 || tools/bootstrap || give_up "tools/bootstrap failed"
	fi
	# A package that came or went since asks for another configure.
	# shellcheck disable=SC2086
	configured="$2; missing: $(packages_missing $SEA_PACKAGES_BUILD $SEA_PACKAGES_TEST 2>/dev/null)"
	mkdir -p "$1" || give_up "cannot make $1"
	if [ -e "$1/config.status" ] && [ "$(cat "$1/configured-with" 2>/dev/null)" = "$configured" ]; then
		return
	fi
	echo "== configure $2   ($1/configure.log)"
	source_dir=$PWD
	# Of its own accord configure takes bash, and libtool is half as fast in that as in Debian's sh.
	# shellcheck disable=SC2086
	(cd "$1" && CONFIG_SHELL=/bin/sh "$source_dir/configure" $2 >configure.log 2>&1) || {
		tail -n 20 "$1/configure.log"
		give_up "configure failed"
	}
	sed -n '/^seastack /,$p' "$1/configure.log"
	echo "$configured" >"$1/configured-with"
}

# made_in FOLDER TARGET...: what it compiles is shown where somebody looks on.
made_in() {
	echo "== make"
	if [ -t 1 ]; then
		(cd "$1" && shift && make -s -j"$(nproc 2>/dev/null || echo 2)" "$@" </dev/null)
	else
		(cd "$1" && shift && make -s -j"$(nproc 2>/dev/null || echo 2)" "$@" </dev/null >/dev/null)
	fi
}
