# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# Read by the tests here: a scratch folder, and running in the sandbox. Skips where that cannot be.

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
runsea=$SEA_BUILDDIR/runsea

# sandbox PROGRAM ARG...
sandbox() {
	timeout -s KILL 120 "$runsea" do -- "$@"
}

sandbox "$SEA_BUILDDIR/tests/sentry/hello" >"$scratch/hello" 2>&1 </dev/null
if [ $? -eq 125 ]; then
	echo "SKIP: no sandbox on this machine: $(tail -n 1 "$scratch/hello")"
	exit 77
fi
