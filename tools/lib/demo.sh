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

# The stack is number 2 of each network, the kernel number 1; in URLs, IPv6 addresses stand in brackets.
net4=10.77.0. net6=fd00:77::
far4=10.77.1. far6=fd00:77:1::

# url ADDRESS: as a URL has it.
url() {
	case $1 in *:*) printf '[%s]' "$1" ;; *) printf '%s' "$1" ;; esac
}

# fetch_ranges FILE N: N connections at once, each a part, every other one over IPv6; put together.
fetch_ranges() {
	bytes=$(stat -c %s "$scratch/site/large.bin")
	part=$(((bytes + $2 - 1) / $2))
	i=0
	while [ $i -lt "$2" ]; do
		[ $i -eq 0 ] || echo next
		host=$net4
		[ $((i % 2)) -eq 0 ] || host=$net6
		printf 'globoff\nurl=http://%s/large.bin\nrange=%d-%d\noutput=%s.%03d\nfail\n%s' \
			"$(url ${host}2)" $((i * part)) $(((i + 1) * part - 1)) "$1" $i "silent
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
	"$seastack" up --link tap:sea0 --addr ${net4}2/24 --addr ${net6}2/64 \
		--service "http:80=$scratch/site" --service echo:7 --capture "$keep/$run.pcapng" "$@" >"$keep/$run.log" 2>&1 &
	server=$!
	for _ in $(seq 100); do
		"$seastack" version --name sea0 >/dev/null 2>&1 && break
		kill -0 $server 2>/dev/null || break
		sleep 0.1
	done
	kill -0 $server 2>/dev/null && ip addr add ${net4}1/24 dev sea0 &&
		ip addr add ${net6}1/64 dev sea0 nodad && ip link set sea0 up || {
		cat "$keep/$run.log"
		exit 1
	}
	# IPv6 looks for duplicates of an address before it uses it.
	for _ in $(seq 100); do
		"$seastack" addrs --name sea0 | grep -q tentative || break
		sleep 0.1
	done
}

# ping_it, curl_it and get_it do it over IPv4 and then over IPv6.
ping_it() {
	for family in 4 6; do
		eval "host=\${net$family}2"
		ping -n -q -c 20 -i 0.05 -W 2 "$host" >"$scratch/ping"
		received=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$scratch/ping")
		rtt=$(sed -n 's,.*= [^/]*/\([^/]*\)/.*,\1,p' "$scratch/ping")
		result "IPv$family, ping: ${received:-0} of 20 answered, rtt $rtt ms" \
			"$([ "${received:-0}" -gt 0 ]; echo $?)"
	done
}

curl_it() {
	for family in 4 6; do
		eval "host=\${net$family}2"
		started=$(now_ms)
		curl -sS -f -g -o "$scratch/got" "http://$(url "$host")/$1"
		same "IPv$family, curl" "$scratch/got" "$scratch/site/$1" "$started"
	done
}

# get_it FILE ARG...: from a web server on the kernel's stack, through a tap of its own.
get_it() {
	file=$1
	shift
	ip link show sea1 >/dev/null 2>&1 || ip tuntap add sea1 mode tap
	ip addr replace ${far4}1/24 dev sea1 && ip addr replace ${far6}1/64 dev sea1 nodad &&
		ip link set sea1 up
	for family in 4 6; do
		kernel=${far4}1 ours=${far4}2/24
		[ $family = 4 ] || kernel=${far6}1 ours=${far6}2/64
		python3 -m http.server --bind "$kernel" --directory "$scratch/site" 8000 \
			>"$keep/$run-http.log" 2>&1 &
		python=$!
		at="http://$(url "$kernel"):8000"
		for _ in $(seq 100); do
			curl -s -g -o /dev/null "$at/small.bin" && break
			sleep 0.1
		done
		started=$(now_ms)
		"$seastack" get --link tap:sea1 --addr "$ours" --quiet -o "$scratch/got" \
			--capture "$keep/$run-get$family.pcapng" "$@" "$at/$file"
		same "IPv$family, seastack get" "$scratch/got" "$scratch/site/$file" "$started"
		kill $python
		wait $python 2>/dev/null
	done
}

# fields FILE: of every frame, what tells whether it is whole, with checksum validation on.
fields() {
	tshark -n -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		-o udp.check_checksum:TRUE -o tcp.desegment_tcp_streams:FALSE \
		-o tcp.reassemble_out_of_order:FALSE -d tcp.port==8000,http \
		-T fields -E separator=';' -e _ws.malformed -e tcp.checksum \
		-e tcp.checksum.status -e ip.checksum.status -e udp.checksum.status \
		-e icmp.checksum.status -e icmpv6.checksum.status -e ipv6.version
}

# judge TEXT FILE...: every frame of the captures, by tshark, of both families. A checksum may be written
# as minus zero, 0xffff, as Linux does where it sums by itself; tshark wants zero and calls that bad.
judge() {
	text=$1
	shift
	command -v tshark >/dev/null || {
		result "tshark is not there: the captures were not judged" 0
		return
	}
	for file in "$@"; do
		fields "$file"
	done 2>"$scratch/tshark.err" | awk -F';' '
		$1 != "" { malformed++ }
		$2 == "0xffff" { $3 = 1 }
		{ status = "," $3 "," $4 "," $5 "," $6 "," $7 "," }
		status ~ /,0,/ { bad++ }
		status ~ /,1,/ { good++; if ($8 != "") six++; else four++ }
		END { printf "%d frames, %d malformed, %d bad checksums", NR, malformed, bad
			exit !(four && six && !malformed && !bad) }' >"$scratch/judged"
	judged=$?
	grep -v 'Running as user' "$scratch/tshark.err"
	grep -q 'appears to have been cut short' "$scratch/tshark.err" && judged=1
	result "tshark, $text: $(cat "$scratch/judged")" $judged
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
judge up "$keep/$run.pcapng"
judge get "$keep/$run-get4.pcapng" "$keep/$run-get6.pcapng"

run=faults
say "A bad wire: $profile, each way"
start_up --no-offload --fault "$profile"
ping_it
curl_it medium.bin
started=$(now_ms)
fetch_ranges "$scratch/got" 64
same "both, 64 curls" "$scratch/got" "$scratch/site/large.bin" "$started"
get_it medium.bin --no-offload --fault "$profile"
tell_counters
stop_up
judge up "$keep/$run.pcapng"
judge get "$keep/$run-get4.pcapng" "$keep/$run-get6.pcapng"

printf '\n================================================================ summary\n'
echo "On a good wire"
cat "$scratch/clean.summary"
echo "On a bad wire ($profile, each way)"
cat "$scratch/faults.summary"
echo "Captures and logs: $keep/"
[ $failed -eq 0 ] && echo "All went well." || echo "Something failed."
exit $failed
