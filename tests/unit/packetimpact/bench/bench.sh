#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tests of the bench pass on seastack, and are answered as Linux answered; and how they are named.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
answers=$SEA_SRCDIR/packetimpact/bench/answers

die() {
	echo "$*" >&2
	exit 1
}

"$program" run --ip_version=all --answers="$answers" bench: || die "a test of the bench failed"
[ "$("$program" list bench: | wc -l)" -ge 25 ] || die "list does not name the tests"
"$program" list bench:ping | grep -q '^bench:ping/a_socket_asks_and_hears_the_answer$' ||
	die "list does not name a subject's"
"$program" list bench:nothing 2>&1 | grep -q 'bench:nothing: No such file' ||
	die "a subject that is not there is not told"
"$program" run bench:ping/a_socket_asks_and_hears_the_answer | grep -q '^1 passed, 0 failed, 0 skipped$' ||
	die "one test is not one"
echo "the bench's tests pass, and answers are those of Linux"
