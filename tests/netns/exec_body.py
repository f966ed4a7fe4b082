# SPDX-License-Identifier: Apache-2.0
"""What a program sees of its sockets, a line each: run on Linux and by `seastack exec`, and compared."""
import array
import asyncio
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import termios
import threading
import time

HERE = "127.0.0.1"
FAR = 30000  # milliseconds; nothing takes that long
SIOCATMARK = 0x8905
SIOCGIFNAME, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR = 0x8910, 0x8912, 0x8913, 0x8921, 0x8927
SIOCSIFMTU, SIOCSIFTXQLEN, SIOCGIFTXQLEN = 0x8922, 0x8943, 0x8942


def error_of(call, *args):
    try:
        return call(*args)
    except OSError as err:
        return errno.errorcode[err.errno]


def wait_for(sock, mask, wanted=None):
    """The mask that poll(2) gives, once it has all of `wanted` (or any of it)."""
    poll = select.poll()
    poll.register(sock, mask)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        ready = poll.poll(1000)
        if ready and (wanted is None or ready[0][1] & wanted == wanted):
            return ready[0][1]
    return 0


def now_ready(sock):
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT | select.POLLPRI | select.POLLRDHUP)
    ready = poll.poll(0)
    return ready[0][1] if ready else 0


def listener():
    sock = socket.socket()
    sock.bind((HERE, 0))
    sock.listen(8)
    return sock


def pair():
    with listener() as door:
        one = socket.create_connection(door.getsockname())
        return one, door.accept()[0]


def names_of_sockets():
    one, two = pair()
    yield one.getsockname() == two.getpeername(), one.getpeername() == two.getsockname()
    yield one.family.name, one.type.name, one.proto, os.get_inheritable(one.fileno())
    yield one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), one.getsockopt(1, 39), one.getsockopt(1, 38)
    yield error_of(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 17)
    yield error_of(socket.socket, socket.AF_INET, 77)
    yield error_of(socket.socketpair, socket.AF_INET)
    yield error_of(socket.socket().getpeername)
    yield os.fstat(one.fileno()).st_mode >> 12


def masks_of_a_stream():
    one, two = pair()
    yield now_ready(one), now_ready(two)
    two.send(b"abc")
    yield wait_for(one, select.POLLIN), now_ready(one)
    yield one.recv(2), now_ready(one), one.recv(2), now_ready(one)
    two.shutdown(socket.SHUT_WR)
    yield wait_for(one, select.POLLIN | select.POLLRDHUP, select.POLLRDHUP), now_ready(one), one.recv(9)
    yield now_ready(two)
    one.shutdown(socket.SHUT_WR)
    yield wait_for(two, select.POLLIN, select.POLLHUP), now_ready(two), now_ready(one)


def a_reset_is_seen():
    one, two = pair()
    two.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    two.close()
    yield wait_for(one, select.POLLIN, select.POLLHUP) & ~select.POLLERR
    yield error_of(one.recv, 9), error_of(one.recv, 9)


def a_full_stream_is_not_writable():
    one, two = pair()
    one.setblocking(False)
    sent = refused = 0
    while refused < 3:
        n = error_of(one.send, b"x" * 100000)
        if n == "EAGAIN":
            refused += 1
            time.sleep(0.05)
        else:
            sent, refused = sent + n, 0
    yield now_ready(one)
    got = 0
    while got < sent:
        got += len(two.recv(1 << 20))
    yield got == sent, wait_for(one, select.POLLOUT)


def edges_are_told():
    one, two = pair()
    with select.epoll() as epoll:
        epoll.register(one, select.EPOLLIN | select.EPOLLET)
        yield epoll.poll(0)
        for _ in range(3):
            two.send(b"x")
            yield [mask for _, mask in epoll.poll(30)], epoll.poll(0)
        yield one.recv(2), epoll.poll(0)
        two.send(b"x")
        yield [mask for _, mask in epoll.poll(30)], one.recv(9), epoll.poll(0)


def connections_that_are_refused():
    with listener() as door:
        name = door.getsockname()
    sock = socket.socket()
    yield error_of(sock.connect, name)
    sock = socket.socket()
    sock.setblocking(False)
    yield sock.connect_ex(name) in (errno.EINPROGRESS, errno.ECONNREFUSED)
    yield wait_for(sock, select.POLLOUT) & select.POLLOUT
    yield sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, errno.ECONNREFUSED)


def connections_without_waiting():
    with listener() as door:
        door.setblocking(False)
        yield error_of(door.accept), now_ready(door)
        sock = socket.socket()
        sock.setblocking(False)
        yield sock.connect_ex(door.getsockname()) in (errno.EINPROGRESS, 0)
        yield wait_for(sock, select.POLLOUT), sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        yield wait_for(door, select.POLLIN), door.accept()[0].getblocking(), now_ready(door)


def datagrams():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    yield now_ready(one)
    two.bind((HERE, 0))
    one.connect(two.getsockname())
    for size in (0, 1, 1000, 65507):
        yield one.send(b"d" * size), wait_for(two, select.POLLIN), len(two.recv(1 << 17))
    yield error_of(one.send, b"d" * 65508), now_ready(two)
    one.sendmsg([b"ab", b"", b"cde"])
    yield two.recv(2, socket.MSG_PEEK | socket.MSG_TRUNC)[:2], two.recvmsg(4)[:3]
    yield os.write(one.fileno(), b"written"), os.read(two.fileno(), 4)
    yield os.writev(one.fileno(), [b"a", b"bc"]), os.readv(two.fileno(), [bytearray(1), bytearray(5)])


def errors_of_datagrams():
    gone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gone.bind((HERE, 0))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
    sock.connect(gone.getsockname())
    gone.close()
    for _ in range(3):
        yield send_until_refused(sock), now_ready(sock)
        data, control, flags, _ = sock.recvmsg(100, 500, socket.MSG_ERRQUEUE)
        yield data, [(level, kind, len(value)) for level, kind, value in control], flags
        yield error_of(sock.recv, 9, socket.MSG_DONTWAIT), now_ready(sock)


def send_until_refused(sock):
    """A datagram socket that was closed may live a moment longer."""
    for _ in range(100):
        error_of(sock.send, b"x")
        poll = select.poll()
        poll.register(sock, 0)
        ready = poll.poll(100)
        if ready:
            return ready[0][1]
    return 0


def calls_that_wait():
    one, two = pair()
    threading.Timer(0.03, two.send, (b"later",)).start()
    yield one.recv(9)
    threading.Timer(0.03, two.sendall, (b"x" * 300000,)).start()
    yield len(one.recv(300000, socket.MSG_WAITALL))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 30000))
    yield error_of(one.recv, 9)
    with listener() as door:
        threading.Timer(0.03, socket.create_connection, (door.getsockname(),)).start()
        yield door.accept()[1][0]
    whole = bytes(range(256)) * 8192
    threading.Thread(target=one.sendall, args=(whole,)).start()
    got = bytearray()
    while len(got) < len(whole):
        got += two.recv(1 << 20)
    yield bytes(got) == whole


class Rang(Exception):
    pass


def ring(_number, _frame):
    raise Rang


def signals_interrupt():
    one, _two = pair()
    signal.signal(signal.SIGALRM, ring)
    for call in (lambda: one.recv(9), lambda: os.read(one.fileno(), 9), lambda: listener().accept()):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            call()
        except Rang:
            yield "rang"
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def a_handler_that_returns_lets_it_go_on():
    one, two = pair()
    rang = []
    signal.signal(signal.SIGALRM, lambda *_: (rang.append(1), two.send(b"now")))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    yield one.recv(9), rang
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def a_broken_pipe_kills():
    one, two = pair()
    two.close()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for _ in range(100):
            error_of(os.write, one.fileno(), b"x")
            time.sleep(0.02)
        os._exit(0)
    yield os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    yield error_of(one.send, b"x")


def descriptors_are_the_kernels():
    one, two = pair()
    twin = os.dup(one.fileno())
    one.close()
    two.send(b"x")
    yield os.read(twin, 9)
    child = os.fork()
    if not child:
        os.write(twin, b"from the child")
        os._exit(0)
    os.close(twin)
    os.waitpid(child, 0)
    yield two.recv(99), two.recv(99)
    left, right = socket.socketpair()
    one, two = pair()
    socket.send_fds(left, [b"f"], [one.fileno()])
    one.close()
    passed = socket.recv_fds(right, 9, 9)[1][0]
    os.write(passed, b"passed")
    yield two.recv(99)
    os.close(passed)
    yield two.recv(99)


def a_child_that_is_killed_closes():
    one, two = pair()
    child = os.fork()
    if not child:
        two.close()
        one.recv(9)
        os._exit(0)
    one.close()
    time.sleep(0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    yield two.recv(9)


def ask_link(sock, request, name, value=0):
    asked = bytearray(struct.pack("=16si20x", name, value))
    done = error_of(fcntl.ioctl, sock, request, asked)
    return done, bytes(asked).hex()


def links():
    yield socket.if_nametoindex("lo"), socket.if_indextoname(1), (1, "lo") in socket.if_nameindex()
    kinds = ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM),
             (socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_UNIX, socket.SOCK_STREAM))
    for kind in kinds:
        with socket.socket(*kind) as sock:
            for request in (SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR, SIOCGIFTXQLEN, 0x89ff):
                yield [ask_link(sock, request, name) for name in (b"lo", b"lo:1", b"no such link", b"")]
            yield [ask_link(sock, SIOCGIFNAME, b"", index) for index in (1, 0, -1)]
            for value in (1400, -1, 65536):
                yield ask_link(sock, SIOCSIFMTU, b"lo", value), ask_link(sock, SIOCGIFMTU, b"lo")
            yield [ask_link(sock, SIOCSIFTXQLEN, b"lo", value) for value in (-1, 7, 1000)]
            for room in (0, 39, 40):
                place = array.array("B", bytes(room + 1))
                asked = bytearray(struct.pack("=iiQ", room, 0, place.buffer_info()[0]))
                done = error_of(fcntl.ioctl, sock, SIOCGIFCONF, asked)
                yield done, struct.unpack_from("i", asked), bytes(place).hex()
            asked = struct.pack("=iiQ", 40, 0, 8)
            yield error_of(fcntl.ioctl, sock, SIOCGIFCONF, asked)


def ioctls():
    one, two = pair()
    two.send(b"12345")
    wait_for(one, select.POLLIN)
    value = array.array("i", [0])
    for request in (termios.FIONREAD, termios.TIOCOUTQ, SIOCATMARK):
        fcntl.ioctl(one, request, value)
        yield value[0]
    yield error_of(fcntl.ioctl, one, termios.TCGETS, bytes(64))


def urgent_bytes():
    one, two = pair()
    two.send(b"!", socket.MSG_OOB)
    yield wait_for(one, select.POLLPRI) & select.POLLPRI
    yield one.recv(1, socket.MSG_OOB), now_ready(one) & select.POLLPRI
    two.send(b"abc")
    yield wait_for(one, select.POLLIN) & select.POLLIN, one.recv(9), now_ready(one)


def files_are_sent():
    one, two = pair()
    with tempfile.TemporaryFile() as file:
        file.write(b"y" * 5000)
        file.seek(0)
        yield one.sendfile(file)
    got = 0
    while got < 5000:
        got += len(two.recv(9999))
    yield got


def pointers_that_lead_nowhere():
    one, _two = pair()
    libc = __import__("ctypes").CDLL(None, use_errno=True)
    get = __import__("ctypes").get_errno
    number = one.fileno()
    asking = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    netlink, room = asking.fileno(), __import__("ctypes").create_string_buffer(b"\4\0\0\0")
    for call in (lambda: libc.send(number, 8, 100, 0), lambda: libc.bind(number, 8, 16),
                 lambda: libc.connect(number, None, 16), lambda: libc.bind(number, None, 200),
                 lambda: libc.getsockname(number, 8, 8), lambda: libc.setsockopt(number, 1, 2, 8, 4),
                 lambda: libc.getsockopt(number, 1, 2, 8, 8), lambda: libc.sendmsg(number, 8, 0),
                 lambda: libc.recvmsg(number, 8, 0x40), lambda: libc.ioctl(number, 0x541B, 8),
                 lambda: libc.accept4(number, None, None, 77),
                 *(lambda level=level, name=name, size=size: libc.setsockopt(netlink, level, name, None, size)
                   for level in (0, 1, 6, 270) for name in (1, 2, 11, 99) for size in (0, 3, 4, 222)),
                 *(lambda level=level, name=name: libc.getsockopt(netlink, level, name, None, room)
                   for level in (0, 1, 270) for name in (1, 9, 11, 99)),
                 *(lambda request=request, at=at: libc.ioctl(number, request, at) for at in (None, 8)
                   for request in (SIOCGIFNAME, SIOCGIFCONF, SIOCGIFFLAGS, SIOCSIFMTU, SIOCATMARK, 0x89ff))):
        yield call(), errno.errorcode[get()]


def an_event_loop():
    async def serve(reader, writer):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def ask(port, text):
        reader, writer = await asyncio.open_connection(HERE, port)
        writer.write(text)
        writer.write_eof()
        got = await reader.read()
        writer.close()
        return got == text

    async def main():
        server = await asyncio.start_server(serve, HERE, 0)
        port = server.sockets[0].getsockname()[1]
        return await asyncio.gather(*(ask(port, bytes([n]) * 100000) for n in range(20)))

    yield asyncio.run(main())


def names_are_looked_up():
    yield sorted(info[4][0] for info in socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM))
    yield [info[4][:2] for info in socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)]


def addresses_are_told_by_netlink():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.bind((0, 0))
        yield sock.getsockname()[0] > 0, now_ready(sock)
        sock.send(struct.pack("=IHHIIBBBBI", 24, 22, 0x301, 7, 0, socket.AF_INET, 0, 0, 0, 0))
        yield wait_for(sock, select.POLLIN)
        reply = sock.recv(1 << 16)
        length, kind, flags, number = struct.unpack_from("=IHHI", reply)
        family, prefix = struct.unpack_from("=BB", reply, 16)
        yield kind, flags, number, family, prefix, b"lo\0" in reply[:length]


def sysctls_are_files():
    name = "/proc/sys/net/ipv4/ip_default_ttl"
    with open(name, encoding="ascii") as file:
        yield file.read()
    with open(name, "w", encoding="ascii") as file:
        file.write("77\n")
    with open("/proc/../proc/sys//net/./ipv4/ip_default_ttl", encoding="ascii") as file:
        yield file.read()
    one, _two = pair()
    yield one.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)
    os.chdir("/proc/sys/net/ipv4")
    with open("ip_default_ttl", "r", encoding="ascii") as file:
        yield file.read()
    folder = os.open("/proc/sys/net", os.O_PATH)
    number = os.open("ipv4/ip_default_ttl", os.O_WRONLY, dir_fd=folder)
    yield error_of(os.write, number, b"300"), error_of(os.write, number, b"x"), os.write(number, b"64\n")
    yield error_of(open, "/proc/sys/net/ipv4/there_is_none"), os.path.exists("/proc/sys/net/ipv4/there_is_none")
    for name in ("/proc/sys/net", "/proc/sys/net/ipv4/conf/lo/forwarding"):
        seen = os.stat(name)
        yield oct(seen.st_mode), seen.st_size, seen.st_uid
        yield os.path.realpath(name), error_of(os.readlink, name)
        yield [os.access(name, mode) for mode in (os.R_OK, os.X_OK)]


CONF = "/proc/sys/net/ipv4/conf"


def folders_list():
    every = ("all", "default", "lo", "mtu")
    yield [name in os.listdir(CONF) for name in every]
    with os.scandir(CONF) as found:
        yield sorted((entry.name, entry.is_dir(), entry.is_symlink()) for entry in found if entry.name in every)
    yield sorted(os.listdir("/proc/sys/net/ipv4/neigh/lo"))
    for folder in ("net", "self/net", "thread-self/net", f"{os.getpid()}/net"):
        with os.scandir("/proc/" + folder) as found:
            yield sorted((entry.name, entry.is_file()) for entry in found if entry.name in ("tcp", "snmp6", "unix"))
    yield sorted(name for name in os.listdir("/proc/sys/net") if name in ("core", "ipv4", "ipv6", "unix"))
    for name in ("/nothere", "/lo/forwarding", "/lo/nothere"):
        yield error_of(os.listdir, CONF + name), error_of(os.open, CONF + name, os.O_PATH | os.O_DIRECTORY)
    yield oct(os.stat("/proc/sys/net/ipv4/tcp_fastopen_key").st_mode)
    yield oct(os.stat(CONF + "/lo/mc_forwarding").st_mode), error_of(os.open, CONF + "/lo/mc_forwarding", os.O_WRONLY)


def folders_are_opened():
    folder = os.open("/proc/sys/net/ipv4", os.O_RDONLY | os.O_DIRECTORY)
    yield "conf" in os.listdir(folder), "conf" in os.listdir(folder)
    below = os.open("conf/lo", os.O_PATH | os.O_DIRECTORY, dir_fd=folder)
    yield error_of(os.listdir, below), oct(os.stat("forwarding", dir_fd=below).st_mode)
    yield os.path.samestat(os.stat("lo", dir_fd=os.open(CONF, os.O_RDONLY)), os.fstat(below))
    yield error_of(os.read, folder, 1), error_of(os.open, CONF, os.O_WRONLY)
    os.chdir(folder)
    yield os.getcwd(), "lo" in os.listdir("conf"), "forwarding" in os.listdir("conf/lo"), "ip_forward" in os.listdir()
    for begin in ("/proc/sys/net/ipv4/neigh/lo", "/proc/sys/net/ipv4/neigh"):
        walked = [(folder, len(files)) for folder, _, files in os.walk(begin) if folder.endswith("lo")]
        yield walked, walked == [(folder, len(files)) for folder, _, files, _ in os.fwalk(begin) if folder.endswith("lo")]


def main():
    tests = [value for value in list(globals().values()) if getattr(value, "__code__", None)
             and value.__code__.co_flags & 0x20 and not value.__code__.co_argcount]
    for test in tests:
        if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
            continue
        for n, seen in enumerate(test()):
            print(f"{test.__name__} {n}: {seen}", flush=True)


main()
