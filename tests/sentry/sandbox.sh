# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034,SC2086
# Read by the tests here: a scratch folder, and running in the sandbox, on each platform. Skips where
# that cannot be.

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
runsea=$SEA_BUILDDIR/runsea

# sandbox PROGRAM ARG..., on the platform that $platform names
platform=ptrace
wall=
sandbox() {
	timeout -s KILL 120 "$runsea" do $wall --platform="$platform" -- "$@"
}

sandbox "$SEA_BUILDDIR/tests/sentry/hello" >"$scratch/hello" 2>&1 </dev/null
status=$?
if [ $status -eq 125 ] && grep -q no-namespaces "$scratch/hello"; then
	echo "without namespaces: $(tail -n 1 "$scratch/hello")"
	wall=--no-namespaces
	sandbox "$SEA_BUILDDIR/tests/sentry/hello" >"$scratch/hello" 2>&1 </dev/null
	status=$?
fi
if [ $status -eq 125 ]; then
	echo "SKIP: no sandbox on this machine: $(tail -n 1 "$scratch/hello")"
	exit 77
fi

# The platforms of this machine.
platforms=ptrace
platform=trap
if sandbox true >"$scratch/hello" 2>&1 </dev/null; then
	platforms="ptrace trap"
else
	echo "without trap: $(tail -n 1 "$scratch/hello")"
fi
platform=ptrace
