#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh BUILD KEEP MIB: what tools/demo shows, run by it in namespaces of their own.
# shellcheck disable=SC2015
set -u
build=$1 keep=$2 size=$3
trap 'exit 1' INT TERM HUP
export XDG_RUNTIME_DIR=/run
seastack=$build/seastack
scratch=$keep/scratch
profile="loss=2%,delay=20ms,jitter=2ms,reorder=1%,duplicate=1%,seed=2"
failed=0

# What a run that was killed has left.
rm -rf "$scratch"
mkdir -p "$scratch/site" || exit 1
trap 'rm -rf "$scratch"' EXIT
mount -t tmpfs tmpfs /run || exit 1
# When tools/demo is no more, neither is anything in here.
(cat "$keep/alive" >/dev/null; kill -TERM 1; kill -KILL -1) &
ip link set lo up

say() {
	printf '\n== %s\n' "$1"
}

# result TEXT STATUS: one line of the summary.
result() {
	printf '   %-62s %s\n' "$1" "$([ "$2" -eq 0 ] && echo ok || echo FAILED)" |
		tee -a "$scratch/$run.summary"
	[ "$2" -eq 0 ] || failed=1
}

now_ms() {
	date +%s%3N
}

# rate BYTES MS: "81.2 MB/s"
rate() {
	awk "BEGIN { printf \"%.1f MB/s\", $1 / 1e3 / ($2 > 0 ? $2 : 1) }"
}

# fetch_ranges FILE N: N connections at once, each a part; put together.
fetch_ranges() {
	bytes=$(stat -c %s "$scratch/site/large.bin")
	part=$(((bytes + $2 - 1) / $2))
	i=0
	while [ $i -lt "$2" ]; do
		[ $i -eq 0 ] || echo next
		printf 'url=http://10.77.0.2/large.bin\nrange=%d-%d\noutput=%s.%03d\nfail\n%s' \
			$((i * part)) $(((i + 1) * part - 1)) "$1" $i "silent
show-error
"
		i=$((i + 1))
	done >"$scratch/curl.config"
	curl -sS --parallel --parallel-immediate --parallel-max 100 -K "$scratch/curl.config" &&
		cat "$1".??? >"$1" && rm -f "$1".???
}

# same TEXT FILE AS STARTED: compares, and tells how fast it came.
same() {
	ended=$(now_ms)
	bytes=$(stat -c %s "$2" 2>/dev/null || echo 0)
	if [ "$bytes" -gt 0 ] && [ "$(sha256sum <"$2")" = "$(sha256sum <"$3")" ]; then
		result "$1: $bytes bytes, SHA-256 equal, $(rate "$bytes" $((ended - $4)))" 0
	else
		result "$1: $bytes bytes, SHA-256 differs" 1
	fi
	rm -f "$2"
}

start_up() {
	"$seastack" up --link tap:sea0 --addr 10.77.0.2/24 --service "http:80=$scratch/site" \
		--service echo:7 --capture "$keep/$run.pcapng" "$@" >"$keep/$run.log" 2>&1 &
	server=$!
	for _ in $(seq 100); do
		"$seastack" version --name sea0 >/dev/null 2>&1 && break
		kill -0 $server 2>/dev/null || break
		sleep 0.1
	done
	kill -0 $server 2>/dev/null && ip addr add 10.77.0.1/24 dev sea0 && ip link set sea0 up || {
		cat "$keep/$run.log"
		exit 1
	}
}

ping_it() {
	ping -n -q -c 20 -i 0.05 -W 2 10.77.0.2 >"$scratch/ping"
	received=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$scratch/ping")
	result "ping: ${received:-0} of 20 answered, rtt $(sed -n 's,.*= [^/]*/\([^/]*\)/.*,\1,p' \
		"$scratch/ping") ms" "$([ "${received:-0}" -gt 0 ]; echo $?)"
}

curl_it() {
	started=$(now_ms)
	curl -sS -f -o "$scratch/got" "http://10.77.0.2/$1"
	same "curl, one connection" "$scratch/got" "$scratch/site/$1" "$started"
}

# get_it FILE ARG...: from a web server on the kernel's stack, through a tap of its own.
get_it() {
	file=$1
	shift
	ip link show sea1 >/dev/null 2>&1 || ip tuntap add sea1 mode tap
	ip addr replace 10.77.1.1/24 dev sea1 && ip link set sea1 up
	python3 -m http.server --bind 10.77.1.1 --directory "$scratch/site" 8000 \
		>"$keep/$run-http.log" 2>&1 &
	python=$!
	for _ in $(seq 100); do
		curl -s -o /dev/null http://10.77.1.1:8000/small.bin && break
		sleep 0.1
	done
	started=$(now_ms)
	"$seastack" get --link tap:sea1 --addr 10.77.1.2/24 --quiet -o "$scratch/got" \
		--capture "$keep/$run-get.pcapng" "$@" "http://10.77.1.1:8000/$file"
	same "seastack get" "$scratch/got" "$scratch/site/$file" "$started"
	kill $python
	wait $python 2>/dev/null
}

# judge FILE: every frame of a capture, by tshark, with checksum validation on. A checksum may be written
# as minus zero, 0xffff, as Linux does where it sums by itself; tshark wants zero and calls that bad.
judge() {
	command -v tshark >/dev/null || {
		result "tshark is not there: the capture was not judged" 0
		return
	}
	tshark -n -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		-o udp.check_checksum:TRUE -o tcp.desegment_tcp_streams:FALSE \
		-o tcp.reassemble_out_of_order:FALSE -d tcp.port==8000,http \
		-T fields -E separator=';' -e _ws.malformed -e tcp.checksum \
		-e tcp.checksum.status -e ip.checksum.status -e udp.checksum.status \
		-e icmp.checksum.status 2>"$scratch/tshark.err" | awk -F';' '
		$1 != "" { malformed++ }
		$2 == "0xffff" { $3 = 1 }
		{ status = "," $3 "," $4 "," $5 "," $6 "," }
		status ~ /,0,/ { bad++ }
		status ~ /,1,/ { good++ }
		END { printf "%d frames, %d malformed, %d bad checksums", NR, malformed, bad
			exit !(NR && good && !malformed && !bad) }' >"$scratch/judged"
	judged=$?
	grep -v 'Running as user' "$scratch/tshark.err"
	grep -q 'appears to have been cut short' "$scratch/tshark.err" && judged=1
	result "tshark, ${1##*/}: $(cat "$scratch/judged")" $judged
}

tell_counters() {
	"$seastack" stat --name sea0 --json | python3 -c '
import json, sys
stat = json.load(sys.stdin)
link = next(l for l in stat["links"] if l["name"] == "sea0")
c = stat["counters"]
print("   wire: {:,} bytes sent, {:,} received".format(link["tx_bytes"], link["rx_bytes"]))
print("   TCP: {:,} segments sent, {:,} received, {:,} sent again".format(
    c["TcpOutSegs"], c["TcpInSegs"], c["TcpRetransSegs"]))' | tee -a "$scratch/$run.summary"
	echo "   drops by reason:" | tee -a "$scratch/$run.summary"
	"$seastack" drops --name sea0 | tee -a "$scratch/$run.summary"
}

stop_up() {
	kill $server
	wait $server
	result "the stack ended in order" $?
}

say "A folder with a file of $size MiB"
# Text without ends of lines, so that no piece of it reads like a message to whoever dissects it.
head -c "$((size * 3 / 4 + 1))M" /dev/urandom | base64 -w 0 | head -c "${size}M" \
	>"$scratch/site/large.bin" || exit 1
head -c 4M "$scratch/site/large.bin" >"$scratch/site/medium.bin"
head -c 64K "$scratch/site/large.bin" >"$scratch/site/small.bin"

run=clean
say "A good wire"
start_up
ping_it
curl_it large.bin
get_it large.bin
tell_counters
stop_up
judge "$keep/$run.pcapng"
judge "$keep/$run-get.pcapng"

run=faults
say "A bad wire: $profile, each way"
start_up --no-offload --fault "$profile"
ping_it
curl_it medium.bin
started=$(now_ms)
fetch_ranges "$scratch/got" 64
same "curl, 64 connections" "$scratch/got" "$scratch/site/large.bin" "$started"
get_it medium.bin --no-offload --fault "$profile"
tell_counters
stop_up
judge "$keep/$run.pcapng"
judge "$keep/$run-get.pcapng"

printf '\n================================================================ summary\n'
echo "On a good wire"
cat "$scratch/clean.summary"
echo "On a bad wire ($profile, each way)"
cat "$scratch/faults.summary"
echo "Captures and logs: $keep/"
[ $failed -eq 0 ] && echo "All went well." || echo "Something failed."
exit $failed
