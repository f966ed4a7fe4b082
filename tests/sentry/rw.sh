#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What --rw names is written to on the host: the whole conformance test runs there, and must give what the host's
# kernel gives and leave what it leaves; programs do their work in it; what the host changes meanwhile is seen; and
# nothing else is ever written to.
set -u
. "$SEA_SRCDIR/tests/sentry/sandbox.sh"
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

# Names, kinds, modes, links and contents below a directory.
look() {
	(cd "$1" && find . -printf '%p %y %m %n %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

writing() {
	dir=$1
	shift
	timeout -s KILL 240 "$runsea" do $wall --platform="$platform" --rw "$dir" -- "$@"
}

conform=$SEA_BUILDDIR/tests/sentry/conform
mkdir "$scratch/native"
timeout -s KILL 120 "$conform" "$scratch/native" below >"$scratch/native.out" 2>&1 </dev/null
look "$scratch/native" >"$scratch/native.left"
for platform in $platforms; do
	mkdir "$scratch/inside"
	writing "$scratch/inside" "$conform" "$scratch/inside" below >"$scratch/inside.out" 2>&1 </dev/null
	diff "$scratch/native.out" "$scratch/inside.out" || fail "on $platform (>) calls below --rw are not like the host's (<)"
	look "$scratch/inside" >"$scratch/inside.left"
	diff "$scratch/native.left" "$scratch/inside.left" || fail "on $platform other files were left"
	rm -rf "$scratch/inside"
done

# What a filesystem may lack, and what is below --rw does: each with the errno for that.
lacking='import ctypes, errno, os
def told(f):
    try:
        return f()
    except OSError as e:
        return errno.errorcode[e.errno]
def exchange(a, b):
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.renameat2(-100, a, -100, b, 2) and errno.errorcode[ctypes.get_errno()]
for name in "a", "b", "/dev/shm/c":
    open(name, "w").write(name)
print(told(lambda: os.open(".", os.O_TMPFILE | os.O_RDWR)), told(lambda: os.setxattr("a", "user.x", b"v")),
      exchange(b"a", b"b"), exchange(b"a", b"/dev/shm/c"), told(lambda: os.link("/dev/shm/c", "d")), os.listdir("."))'
if command -v python3 >/dev/null; then
	mkdir "$scratch/inside"
	(cd "$scratch/inside" && writing "$scratch/inside" python3 -c "$lacking") >"$scratch/lacks" 2>&1 </dev/null
	grep -q "^ENOTSUP ENOTSUP EINVAL EXDEV EXDEV \['[ab]', '[ab]'\]" "$scratch/lacks" || fail "$(cat "$scratch/lacks")"
	rm -rf "$scratch/inside"
fi

# A tree is built, changed and built again: the same commands outside and inside.
cat >"$scratch/work.sh" <<'END'
cd "$1" || exit 1
umask 027
mkdir -p src/deep && cd src || exit 1
printf 'int f(void);\nint main(void) { return f(); }\n' >main.c
printf 'int f(void) { return 42; }\n' >deep/f.c
printf 'prog: main.o deep/f.o\n\t$(CC) -o $@ $^\nclean:\n\trm -f *.o deep/*.o\n' >Makefile
make -s prog && ./prog
echo "prog gives $?"
ln deep/f.c hard.c && ln -s deep/f.c soft.c && mkfifo fifo && cp -p main.c copy.c
sed -i s/42/43/ soft.c && cat hard.c
make -s clean && mv deep deeper && rmdir ../none 2>/dev/null
chmod 711 deeper && touch -d @1000000000 copy.c && stat -c '%n %a %h' deeper copy.c hard.c && stat -c %Y copy.c
truncate -s 100000 sparse && printf end >>sparse && wc -c <sparse
mv -T deeper sparse 2>/dev/null || echo "no directory over a file"
rm prog hard.c && exec 3<copy.c && rm copy.c && cat <&3
tar cf ../all.tar . && tar tf ../all.tar | sort
END
mkdir "$scratch/native-work"
sh "$scratch/work.sh" "$scratch/native-work" >"$scratch/native.out" 2>&1
look "$scratch/native-work" | grep -v all.tar >"$scratch/native.left"
for platform in $platforms; do
	mkdir "$scratch/work"
	writing "$scratch/work" sh "$scratch/work.sh" "$scratch/work" >"$scratch/inside.out" 2>&1
	diff "$scratch/native.out" "$scratch/inside.out" || fail "on $platform (>) the work says something else"
	look "$scratch/work" | grep -v all.tar >"$scratch/inside.left"
	diff "$scratch/native.left" "$scratch/inside.left" || fail "on $platform the work leaves something else"
	rm -rf "$scratch/work"
done

# What goes there at once, what comes from there, and what is the wall's.
platform=${platforms##* }
mkdir "$scratch/d" "$scratch/d/sub" "$scratch/outside"
echo old >"$scratch/d/file"
mkfifo "$scratch/in" "$scratch/out"
writing "$scratch/d" python3 - "$scratch" >"$scratch/out" 2>&1 <"$scratch/in" &
pid=$!
cat >"$scratch/py" <<'END'
import errno, mmap, os, sys, time
top = sys.argv[1]
d = top + "/d"
def errno_of(f, *args):
    try:
        f(*args)
        return "done"
    except OSError as e:
        return errno.errorcode[e.errno]
seen = open(d + "/file")
fd = os.open(d + "/mapped", os.O_RDWR | os.O_CREAT, 0o444)
os.write(fd, b"." * 10000)
m = mmap.mmap(fd, 10000)
m[0:5] = b"first"
m[9000:9005] = b"later"
os.close(fd)
m.flush()
print("ready", seen.read().strip(), flush=True)
for _ in range(1200):
    if os.path.exists(d + "/go"):
        break
    time.sleep(0.05)
print(open(d + "/file").read().strip(), os.path.exists(d + "/sub"), sorted(os.listdir(d)))
m[0:5] = b"third"
print(errno_of(os.rename, d + "/file", top + "/outside/file"), errno_of(os.link, d + "/file", top + "/outside/file"),
      errno_of(os.rmdir, d), errno_of(os.rename, d, top + "/e"))
open(top + "/outside/inside-only", "w").write("x")
os.symlink("../outside/inside-only", d + "/out")
print(open(d + "/out").read(), flush=True)
END
cat "$scratch/py" >"$scratch/in" &
exec 3<"$scratch/out"
read -r line <&3
[ "$line" = "ready old" ] || fail "it said '$line'"
[ "$(head -c 5 "$scratch/d/mapped")" = first ] || fail "what msync was asked for is not there"
[ "$(tail -c +9001 "$scratch/d/mapped" | head -c 5)" = later ] || fail "nor what lies behind"
[ "$(stat -c %a "$scratch/d/mapped")" = 444 ] || fail "another mode"
echo new-and-longer >"$scratch/d/file"
rmdir "$scratch/d/sub"
echo x >"$scratch/d/go.part"
mv "$scratch/d/go.part" "$scratch/d/go"
wait $pid || fail "it ended with $?: $(cat <&3)"
{
	echo "new-and-longer False ['file', 'go', 'mapped']"
	echo "EXDEV EXDEV EBUSY EBUSY"
	echo x
} >"$scratch/want"
cat <&3 | diff "$scratch/want" - || fail "what the host changed, or what is beneath no --rw"
[ "$(head -c 5 "$scratch/d/mapped")" = third ] || fail "what was mapped at the end is not there"
[ -z "$(ls -A "$scratch/outside")" ] || fail "it wrote where it may not"

# As an ordinary user, whom the host does not let write everywhere.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 711 "$scratch" && chmod 777 "$scratch/d" && mkdir -m 755 "$scratch/d/roots"
	timeout -s KILL 60 setpriv --reuid=65534 --regid=65534 --clear-groups "$runsea" do $wall --rw "$scratch/d" -- \
		sh -c "cd $scratch/d; echo mine >mine; echo no >roots/no; echo no >mapped; cat mine" >"$scratch/user" 2>&1
	grep -q '^mine$' "$scratch/user" || fail "a user cannot write: $(cat "$scratch/user")"
	[ "$(grep -c 'Permission denied' "$scratch/user")" = 2 ] || fail "a user: $(cat "$scratch/user")"
	[ "$(stat -c %u "$scratch/d/mine")" = 65534 ] || fail "it is not the user's"
fi

# What cannot be.
"$runsea" do $wall --rw "$scratch/none" -- true 2>"$scratch/said"
[ $? = 125 ] && grep -q "cannot use $scratch/none for --rw: No such file" "$scratch/said" || fail "$(cat "$scratch/said")"
"$runsea" do $wall --rw "$scratch/py" -- true 2>"$scratch/said"
[ $? = 125 ] && grep -q "cannot use $scratch/py for --rw: Not a directory" "$scratch/said" || fail "$(cat "$scratch/said")"
"$runsea" do $wall --root "$scratch/d" --rw "$scratch/outside" -- true 2>"$scratch/said"
[ $? = 125 ] && grep -q "it is not beneath the root" "$scratch/said" || fail "$(cat "$scratch/said")"
exit $failed
