#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What this machine's kernel answers, recorded, is what Seastack answers to the same packets; and the kernel again.
set -u
program=$SEA_BUILDDIR/packetimpact/packetimpact
tests=$SEA_SRCDIR/packetimpact/tests
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
played=0

for script in close_first data_is_read_in_order handshake_active gap_is_reported_and_filled udp_goes_out_and_comes_in; do
	if ! timeout 60 "$program" record --out="$scratch/$script" "$tests/$script.pkt" >"$scratch/out" 2>&1; then
		# A machine that is busy may miss a script's times; one that has no namespaces says so each time.
		continue
	fi
	for device in seastack linux; do
		timeout 60 "$program" replay --no-times --dut=$device "$scratch/$script" >"$scratch/out" 2>&1 && continue
		grep -q "without libpcap" "$scratch/out" && echo "SKIP: there is no libpcap" && exit 77
		[ $device = linux ] && continue # as above
		echo "$script differs on $device:" >&2
		cat "$scratch/out" >&2
		exit 1
	done
	played=$((played + 1))
done
if [ $played -eq 0 ]; then
	echo "SKIP: this machine's kernel could not be recorded: $(tail -n 1 "$scratch/out")"
	exit 77
fi

# A program's own traffic, one side after the other: what the kernel does in real time is no business of this test, but
# that it is captured, clean, and played to its end.
if command -v python3 >/dev/null; then
	cat >"$scratch/echo.py" <<'CODE'
import socket
import threading
listener = socket.create_server(("127.0.0.1", 5000))
def serve():
    peer, _ = listener.accept()
    while part := peer.recv(65536):
        peer.sendall(part)
    peer.close()
thread = threading.Thread(target=serve)
thread.start()
client = socket.create_connection(("127.0.0.1", 5000))
client.sendall(b"x" * 5000)
left = 5000
while left:
    left -= len(client.recv(65536))
client.shutdown(socket.SHUT_WR)
assert not client.recv(1)
thread.join()
CODE
	timeout 60 "$program" record --out="$scratch/echo" -- python3 "$scratch/echo.py" >"$scratch/out" 2>&1 || {
		echo "a program was not recorded: $(cat "$scratch/out")" >&2
		exit 1
	}
	timeout 60 "$program" lint "$scratch/echo" >"$scratch/out" 2>&1 || {
		echo "what was recorded of a program is not clean: $(cat "$scratch/out")" >&2
		exit 1
	}
	for side in first second; do
		timeout 60 "$program" replay --no-times --device=$side "$scratch/echo" >"$scratch/out" 2>&1
		tail -n 1 "$scratch/out" | grep -q 'packets in, [1-9][0-9]* answers expected' && continue
		echo "what was recorded of a program is not played: $(cat "$scratch/out")" >&2
		exit 1
	done
fi
echo "$played recordings of this machine's kernel are answered alike"
