#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unmodified programs say and end the same in the sandbox, on each platform, as outside; and `runsea do` says what is
# wrong with its command line or its program in one sentence.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

# alike PROGRAM ARG...
alike() {
	timeout -s KILL 60 "$@" >"$scratch/native" 2>&1 </dev/null
	echo "status $?" >>"$scratch/native"
	sandbox "$@" >"$scratch/sandbox" 2>&1 </dev/null
	echo "status $?" >>"$scratch/sandbox"
	diff "$scratch/native" "$scratch/sandbox" || fail "on $platform: $*"
}

# Needs a program: alike_with NAME PROGRAM ARG...
alike_with() {
	command -v "$1" >/dev/null || { echo "without $1"; return; }
	shift
	alike "$@"
}

# Jobs and traps of a shell without a terminal.
# shellcheck disable=SC2016
jobs='sleep 0.2 & jobs; wait %1; echo w $?; sleep 100 & kill -STOP %1; while [ -z "$(jobs -s)" ]; do sleep 0.05; done
	jobs; kill -CONT %1; kill %1; wait %1; echo $?; trap "echo int" INT; kill -INT $$; trap "echo the end" EXIT
	(sleep 0.1; exit 3) & wait $!; echo $?; sleep 0.1 & fg; echo fg $?; trap "echo child" CHLD; (exit 4); trap - CHLD
	coproc cat; echo hi >&${COPROC[1]}; read -r x <&${COPROC[0]}; echo "$x"; kill %%; wait; exit 5'

# A program on a terminal of python's making.
terminal='import pty,os,sys
shell = ["sh", "-c", "test -t 0 && tty | tr -d 0-9; stty size; stty -a | head -n 1; exit 6"]
sys.exit(os.waitstatus_to_exitcode(pty.spawn(shell)))'

# shellcheck disable=SC2016
links='cd "$1"; cat b; echo two >>a; cat b; echo three >b; cat a; stat -c "%h %s" a b; [ a -ef b ]; echo $?; ln a c
	stat -c %h b; rm a; stat -c %h b c; echo four >>c; cat b; mv b d; cat d; rm c d; ls'

# An event loop, which wakes itself by a pair of sockets; a child, threads.
loop='import asyncio, subprocess, threading
async def main():
    p = await asyncio.create_subprocess_exec("sh", "-c", "echo hi; exit 3", stdout=subprocess.PIPE)
    print((await p.communicate())[0], p.returncode)
    event = asyncio.Event()
    threading.Timer(0.01, asyncio.get_running_loop().call_soon_threadsafe, [event.set]).start()
    print(await event.wait())
asyncio.run(main())'

for platform in $platforms; do
	alike "$SEA_BUILDDIR/tests/sentry/hello" sea
	alike "$SEA_BUILDDIR/tests/sentry/hello"
	alike /bin/echo a dynamic program
	alike sh -c "cd $SEA_BUILDDIR/tests && sentry/hello sea; cd sentry && ./hello"
	alike ls /etc
	alike cat /etc/passwd
	alike sh -c 'exit 7'
	alike sh -c 'for i in 1 2 3; do echo $i; done | sort -r | head -n 2; (exit 3); echo $?'
	alike sh -c 'trap "echo trapped" USR1; kill -USR1 $$; sleep 0.05 & wait; echo done'
	alike sh -c 'cd /; pwd; umask; x=$(echo inner); echo "$x" >/dev/null; echo "$x" | tr a-z A-Z'
	alike sh -c 'd=$(mktemp -d); cd "$d" && echo one >a && cp a b && mv b c && ln -s c d && cat d &&
		mkdir -p x/y && find . | sort && rm -r x && ls && cd / && rm -r "$d"'
	alike sh -c 'kill -TERM $$'
	# Two names of the host's for one file are one file inside, too.
	for side in native sandbox; do
		mkdir "$scratch/links"
		echo one >"$scratch/links/a"
		ln "$scratch/links/a" "$scratch/links/b"
		[ $side = sandbox ] || sh -c "$links" sh "$scratch/links" >"$scratch/native" 2>&1
		[ $side = native ] || sandbox sh -c "$links" sh "$scratch/links" >"$scratch/sandbox" 2>&1
		rm -r "$scratch/links"
	done
	diff "$scratch/native" "$scratch/sandbox" || fail "on $platform: two names of a file"
	alike_with bash bash -c 'a=(1 2 3); echo ${a[1]} ${#a[@]}; cat <<<text; diff <(echo a) <(echo b); echo $?'
	alike_with bash bash -c "set -m; $jobs"
	alike_with python3 python3 -c "$loop"
	alike_with sed sed -n 's/root/sea/p' /etc/passwd
	alike_with awk awk -F: '{ n++ } END { print n }' /etc/passwd
	alike_with grep grep -c . /etc/passwd
	alike_with gzip sh -c 'gzip -c /etc/passwd | gzip -dc | cmp - /etc/passwd; echo $?'
	alike_with tar sh -c 'cd /etc && tar cf - passwd group | tar tf -'
	alike_with python3 python3 -c "$terminal"
	alike_with script script -qec 'tty | tr -d 0-9; echo hi; exit 4' /dev/null
	alike_with perl perl -e 'print join(",", map { $_ * 2 } 1..5), "\n"; exit 3'

	# Signals reach the program, and its end by one is ours.
	sandbox sh -c 'kill -KILL $$' >/dev/null 2>&1
	[ $? -eq 137 ] || fail "the end by a signal is not passed on"

	# What is written stays inside.
	sandbox sh -c "echo x >$scratch/written; cat $scratch/written" >"$scratch/out"
	[ "$(cat "$scratch/out")" = x ] || fail "what was written cannot be read"
	[ ! -e "$scratch/written" ] || fail "it was written to the host"
done

# complains STATUS WORDS RUNSEA-ARG...
complains() {
	status=$1 words=$2
	shift 2
	verb=${1-}
	[ $# -eq 0 ] || shift
	"$runsea" ${verb:+"$verb"} $wall "$@" >"$scratch/out" 2>&1
	got=$?
	[ $got -eq "$status" ] || fail "$verb $*: status $got, not $status"
	[ "$(wc -l <"$scratch/out")" -eq 1 ] || fail "$*: not one sentence"
	grep -q "$words" "$scratch/out" || fail "$*: $(cat "$scratch/out")"
}

printf '#!/missing/interpreter\n' >"$scratch/script"
# A header of an arm64 program: e_machine is 183.
printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\267\000%44s' '' >"$scratch/arm"
printf 'text\n' >"$scratch/text"
printf 'text\n' >"$scratch/plain"
chmod +x "$scratch/script" "$scratch/arm" "$scratch/text"
complains 127 'No such file' do -- /missing/program
complains 127 'No such file' do -- no-such-program-anywhere
complains 126 'another architecture' do -- "$scratch/arm"
complains 126 'interpreter' do -- "$scratch/script"
complains 126 'no program' do -- "$scratch/text"
complains 126 'Permission' do -- "$scratch/plain"
complains 126 'Permission' do -- /etc
complains 125 'root' do --root /missing -- true
complains 2 'option' do --nonsense -- true
complains 2 'platform' do --platform=abacus -- true
complains 2 'memory' do --memory=lots -- true
complains 2 'value' do --root
complains 2 'program' do
complains 2 'verb' sandbox
complains 2 'what to do'

# The table has a line for every number up to the highest, and says which there are.
"$runsea" syscalls >"$scratch/table" || fail "no table"
grep -q '^  0  read .*done' "$scratch/table" || fail "read is not in the table"
grep -q '^101  ptrace .*refused .*EPERM' "$scratch/table" || fail "ptrace is not in the table"
grep -q '^462  mseal .*absent .*ENOSYS' "$scratch/table" || fail "mseal is not in the table"
for nr in $(seq 0 334); do
	grep -q "^ *$nr  " "$scratch/table" || fail "number $nr is not in the table"
done

# A sandbox that is killed leaves nothing behind. (Not every kernel tells of children.)
[ -e /proc/$$/task/$$/children ] || { echo "without the kill"; exit $failed; }
for platform in $platforms; do
	"$runsea" do $wall --platform=$platform -- sh -c 'sleep 1000 & sleep 1000' >/dev/null 2>&1 &
	pid=$!
	stubs() {
		cat /proc/$pid/task/*/children 2>/dev/null
	}
	for _ in $(seq 300); do
		# shellcheck disable=SC2046
		set -- $(stubs)
		[ $# -ge 3 ] && break
		sleep 0.1
	done
	[ $# -ge 3 ] || fail "the sandbox never had three processes"
	kill -KILL $pid
	wait $pid 2>/dev/null
	for stub in "$@"; do
		for _ in $(seq 300); do
			[ -e "/proc/$stub" ] || break
			sleep 0.1
		done
		[ ! -e "/proc/$stub" ] || fail "process $stub outlived its sandbox"
	done
done
exit $failed
