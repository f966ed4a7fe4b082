#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Command lines that make no sense, or cannot be done: one clear sentence and the right status.
set -u
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
seastack=$SEA_BUILDDIR/seastack
export XDG_RUNTIME_DIR="$scratch"
failed=0

# expect STATUS TEXT ARG...: the status, one line (two with the pointer to --help), TEXT in it.
expect() {
	status=$1 text=$2
	shift 2
	"$seastack" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	got=$?
	lines=$(grep -vc '^See: seastack' "$scratch/err")
	if [ $got -eq "$status" ] && [ "$lines" -eq 1 ] && [ ! -s "$scratch/out" ] &&
		grep -qF -- "$text" "$scratch/err"; then
		return
	fi
	echo "FAILED: seastack $*: status $got (expected $status)"
	cat "$scratch/out" "$scratch/err"
	failed=1
}

# Usage: 2.
expect 2 "say what to do"
expect 2 "no verb 'down'" down
expect 2 "--link is missing" up
expect 2 "--addr is missing" ping --link tap:sea0 10.0.0.1
expect 2 "no option --frob" up --frob
expect 2 "no option -x" up -x
expect 2 "--link needs a value" up --link
expect 2 "takes no value" up --no-offload=yes
expect 2 "'more' is one word too many" up more
expect 2 "tap:NAME" up --link sea0
expect 2 "tap:NAME" up --link wire:sea0
expect 2 "1 to 15 bytes" up --link tap:a-name-that-is-too-long
expect 2 "1 to 15 bytes" up --link tap:
expect 2 "such as 10.0.0.2/24" up --addr 10.0.0.2
expect 2 "such as 10.0.0.2/24" up --addr 10.0.0.2/33
expect 2 "such as 10.0.0.2/24" up --addr 10.0.0.256/24
expect 2 "such as 10.0.0.2/24" up --addr 2001:db8::1/129
expect 2 "no host can have" up --addr 127.0.0.1/8
expect 2 "no host can have" up --addr 224.0.0.1/24
expect 2 "no host can have" up --addr ::1/128
expect 2 "no host can have" up --addr ff02::1/64
expect 2 "device of this name" up --link tap:sea0 --link packet:sea0
expect 2 "behind --link sea1" ping --link tap:sea0 --addr 10.0.0.2/24 --link tap:sea1 10.0.0.1
expect 2 "--gw of this family" up --gw 10.0.0.1 --gw 10.0.0.3
expect 2 "no router can have" up --gw 127.0.0.1
expect 2 "via=ADDRESS" up --route 10.1.0.0/16
expect 2 "no --link with the device b" up --link tap:a --addr 10.0.0.2/24 --route 10.1.0.0/16,dev=b
expect 2 "such as 10.0.0.1" up --gw router
expect 2 "from 68 to 65535" up --mtu 67
expect 2 "from 68 to 65535" up --mtu 65536
expect 2 "unicast Ethernet address" up --mac 01:00:00:00:00:00
expect 2 "NAME=VALUE" up --sysctl tcp_sack
expect 2 "SERVICE:PORT" up --service http
expect 2 "from 1 to 65535" up --service echo:0
expect 2 "which folder" up --service http:80
expect 2 "another service" up --service echo:7 --service discard:7
expect 2 "'loss' wants a percentage" up --fault loss=3
expect 2 "is no fault" up --fault fire=3%
expect 2 "such as 64M" up --capture-limit lots
expect 2 "needs --capture" up --link tap:a --addr 10.0.0.2/24 --capture-limit 1M
expect 2 "64 letters" up --name a/b
expect 2 "URL is missing" get
expect 2 "is no address" ping --link tap:a --addr 10.0.0.2/24 example
expect 2 "no IPv6 address" ping -6 10.0.0.1
expect 2 "no IPv4 address" ping -4 2001:db8::1
expect 2 "HOST is missing" ping
expect 2 "number of questions" ping -c 0 10.0.0.1
expect 2 "0.002 to 3600" ping -i 0 10.0.0.1
expect 2 "up to 65507" ping -s 65508 10.0.0.1
expect 2 "0.1 to 3600" top -i 0.05
expect 2 "sorted by both" top --sort name
expect 2 "not both" top a --control b
expect 2 "64 letters" top a/b
expect 2 "not both" ping --name a --link tap:a --addr 10.0.0.2/24 10.0.0.1
for url in 10.0.0.1/x https://10.0.0.1/ http://name/ http://10.0.0.1:0/ "http://10.0.0.1/a b" \
	http://2001:db8::1/ "http://[2001:db8::1/"; do
	expect 2 "$url: " get --link tap:a --addr 10.0.0.2/24 "$url"
done

# It makes sense, but cannot be done: 1.
expect 1 "no network namespace" up --link tap:a --addr 10.0.0.2/24 --netns sea-none
expect 1 "no control socket" stat --control "$scratch/none.sock"
expect 1 "no stack named sea-none" stat --name sea-none
expect 1 "no stack named sea-none" top sea-none --once
expect 1 "no terminal: --once" top --control "$scratch/none.sock"
expect 1 "no control socket" top --control "$scratch/none.sock" --once
expect 1 "no stack named sea-none" drops --name sea-none
expect 1 "no stack named sea-none" sockets --name sea-none --json
expect 1 "no stack named sea-none" routes --name sea-none --all -6
expect 1 "no stack named sea-none" neigh --name sea-none --json
expect 1 "no stack named sea-none" addrs --name sea-none -4
expect 1 "no stack named sea-none" version --name sea-none
expect 1 "no stack named sea-none" ping --name sea-none 10.0.0.1
expect 1 "control socket has 1 to" stat --control "$(printf '%0200d' 0)"

# Told, and no failure: 0.
for verb in "" up get ping exec top stat drops sockets routes neigh addrs version; do
	if ! "$seastack" $verb --help >"$scratch/out" 2>"$scratch/err" ||
		! grep -q "^Usage: seastack" "$scratch/out" || [ -s "$scratch/err" ]; then
		echo "FAILED: seastack $verb --help"
		failed=1
	fi
done
"$seastack" version | grep -q '^seastack [0-9]' || failed=1

# The scripts beside it: told, and 0; misunderstood, and 2.
for script in check demo profiled; do
	if ! "$SEA_SRCDIR/tools/$script" --help | grep -q "^Usage: tools/$script"; then
		echo "FAILED: tools/$script --help"
		failed=1
	fi
	"$SEA_SRCDIR/tools/$script" --no-such >"$scratch/out" 2>"$scratch/err"
	if [ $? -ne 2 ] || ! grep -q "no such option: --no-such" "$scratch/err"; then
		echo "FAILED: tools/$script --no-such"
		failed=1
	fi
done

# What cannot be written is a failure.
if [ -w /dev/full ] && "$seastack" version 2>/dev/null >/dev/full; then
	echo "FAILED: a version that nobody can read"
	failed=1
fi
[ $failed -eq 0 ] && echo "all as expected"
exit $failed
