#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# link.sh LIBTOOL ARG...: does what "LIBTOOL ARG..." does where a test is linked, without the time that
# libtool takes to find out that there is little to do: a convenience library stands for its archive and
# for the libraries that this one needs. Whatever is more than that is left to libtool.
set -eu

# told_by FILE: says what a .la file stands for, in $archive and $needed; 1: libtool knows.
told_by() {
	old_library='' libdir='' dependency_libs='' inherited_linker_flags=''
	# shellcheck disable=SC1090
	case $1 in
	/*) . "$1" ;;
	*) . "./$1" ;;
	esac
	[ -n "$old_library" ] && [ -z "$libdir$inherited_linker_flags" ] || return 1
	case "$dependency_libs " in *.la\ *) return 1 ;; esac
	case $1 in
	*/*) archive=${1%/*}/.libs/$old_library ;;
	*) archive=.libs/$old_library ;;
	esac
	needed=$dependency_libs
	[ -e "$archive" ]
}

linking=no
for arg in "$@"; do
	case $arg in
	--mode=link) linking=yes ;;
	--mode=* | -all-static | -static | -static-libtool-libs | -dl* | -export-* | -R* | *.lo) exec "$@" ;;
	*.la) told_by "$arg" || exec "$@" ;;
	esac
done
[ $linking = yes ] || exec "$@"

while [ "$1" != --mode=link ]; do
	shift
done
shift
left=$#
while [ "$left" -gt 0 ]; do
	arg=$1
	shift
	left=$((left - 1))
	case $arg in
	*.la)
		told_by "$arg"
		# shellcheck disable=SC2086
		set -- "$@" "$archive" $needed
		;;
	*) set -- "$@" "$arg" ;;
	esac
done
exec "$@"
