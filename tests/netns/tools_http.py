#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web server of `seastack up`, and `seastack get`, against the kernel's TCP and curl."""
import hashlib
import http.server
import os
import random
import socket
import subprocess
import threading

import netns
from netns import check, equal, wait_until

netns.need("curl")
NS = netns.Namespace()
SCRATCH = netns.Scratch()
SITE = SCRATCH / "site"
SITE.mkdir()
LARGE = random.Random(1).randbytes(24 << 20)
(SITE / "large.bin").write_bytes(LARGE)
(SITE / "small.txt").write_text("hello\n", encoding="utf-8")
(SITE / "sub").mkdir()
(SITE / "sub" / "x").write_text("x", encoding="utf-8")
UP = netns.Up(NS, SCRATCH, "--service", f"http:80={SITE}")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def curl(*args, timeout=120):
    return NS.run("curl", "-sS", "--max-time", str(timeout), *args, timeout=timeout + 10)


class Client:
    """One connection, spoken by hand."""

    def __init__(self):
        self.sock = NS.connect(UP.addr, 80)
        self.stream = self.sock.makefile("rb")

    def send(self, text):
        self.sock.sendall(text.replace("\n", "\r\n").encode())

    def answer(self, head=False):
        status = int(self.stream.readline().split()[1])
        fields = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        body = b"" if head else self.stream.read(int(fields.get("Content-Length", 0)))
        return status, fields, body


def curl_fetches_a_file_whole():
    file = SCRATCH / "got"
    done = curl("-o", str(file), f"http://{UP.addr}/large.bin")
    equal((done.returncode, done.stderr), (0, ""))
    equal(digest(file.read_bytes()), digest(LARGE))


def curl_and_get_fetch_over_ipv6():
    ns = netns.Namespace()
    up = netns.Up(ns, SCRATCH, "--service", f"http:80={SITE}", tap="sea9", net6="fd00:9")
    up.settle()
    file = SCRATCH / "got6"
    done = ns.run("curl", "-sS", "-6", "-o", str(file), f"http://[{up.addr6}]/large.bin",
                  timeout=120)
    equal((done.returncode, done.stderr), (0, ""))
    equal(digest(file.read_bytes()), digest(LARGE))
    start_server(ns, up.kernel6)
    ns.run("ip", "tuntap", "add", "sea7", "mode", "tap")
    ns.ip("addr", "add", "fd00:9:7::1/64", "dev", "sea7", "nodad")
    ns.ip("link", "set", "sea7", "up")
    file.unlink()
    done = netns.seastack("get", "--netns", ns.name, "--link", "tap:sea7", "--addr",
                          "fd00:9:7::2/64", "--gw", "fd00:9:7::1", "-o", file,
                          f"http://[{up.kernel6}]:8000/large.bin", timeout=120)
    equal((done.returncode, done.stdout), (0, ""))
    equal(digest(file.read_bytes()), digest(LARGE))
    done = netns.seastack("get", "--netns", ns.name, "--link", "tap:sea7", "--addr",
                          "fd00:9:7::2/64", "-o", file, "http://[fd00:9:7::1]:4242/")
    check("cannot connect to [fd00:9:7::1]:4242: Connection refused" in done.stderr, done.stderr)
    equal(up.stop(), 0)


def curl_resumes_and_asks_for_ranges():
    file = SCRATCH / "part"
    file.write_bytes(LARGE[:1000003])
    equal(curl("-C", "-", "-o", str(file), f"http://{UP.addr}/large.bin").returncode, 0)
    equal(digest(file.read_bytes()), digest(LARGE))
    done = NS.run("curl", "-sS", "-r", "1-4", f"http://{UP.addr}/small.txt")
    equal(done.stdout, "ello")


def one_connection_serves_many_requests():
    client = Client()
    for _ in range(200):
        client.send("GET /small.txt HTTP/1.1\nHost: x\n\n")
        equal(client.answer()[::2], (200, b"hello\n"))


def pipelined_requests_are_answered_in_order():
    client = Client()
    client.send("GET /small.txt HTTP/1.1\nHost: x\n\nHEAD /large.bin HTTP/1.1\nHost: x\n\n"
                "GET /none HTTP/1.1\nHost: x\n\n" + "GET /sub/x HTTP/1.1\nHost: x\n\n" * 500)
    equal(client.answer()[::2], (200, b"hello\n"))
    equal(client.answer(head=True)[1]["Content-Length"], str(len(LARGE)))
    equal(client.answer()[0], 404)
    for _ in range(500):
        equal(client.answer()[::2], (200, b"x"))


def a_request_may_come_byte_by_byte():
    client = Client()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in "\nGET /small.txt HTTP/1.1\nHost: x\nConnection: close\n\n":
        client.send(byte)
    status, fields, body = client.answer()
    equal((status, fields["Connection"], body), (200, "close", b"hello\n"))
    equal(client.stream.read(), b"")


def a_client_may_end_its_side_first():
    client = Client()
    client.send("GET /small.txt HTTP/1.0\n\n")
    client.sock.shutdown(socket.SHUT_WR)
    equal(client.answer()[::2], (200, b"hello\n"))
    equal(client.stream.read(), b"")


def what_cannot_be_served_is_told_and_then_it_closes():
    cases = (("POST / HTTP/1.1\nHost: x\nContent-Length: 100000\n\n" + "x" * 100000, 405),
             ("nonsense\n\n", 400),
             ("GET / HTTP/1.1\n\n", 400),
             ("GET / HTTP/3.0\nHost: x\n\n", 505),
             ("GET /" + "x" * 30000, 414),
             ("GET / HTTP/1.1\nHost: x\nX: " + "x" * 30000 + "\n\n", 431))
    for text, status in cases:
        client = Client()
        client.send(text)
        got = client.answer()
        equal(got[0], status)
        check(got[2], f"{status} without a word")
        equal(client.stream.read(), b"")


def folders_are_listed_and_paths_stay_beneath():
    client = Client()
    client.send("GET / HTTP/1.1\nHost: x\n\nGET /sub HTTP/1.1\nHost: x\n\n"
                "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\nHost: x\n\n")
    check(b"small.txt" in client.answer()[2], "the file is not listed")
    status, fields, _ = client.answer()
    equal((status, fields["Location"]), (301, "/sub/"))
    equal(client.answer()[0], 404)


def hundreds_of_connections_are_served_at_once():
    clients = [Client() for _ in range(400)]
    for client in clients:
        client.send("GET /small.txt HTTP/1.1\nHost: x\n\n")
    for client in clients:
        equal(client.answer()[::2], (200, b"hello\n"))


def slow_readers_do_not_hold_up_others():
    slow = [Client() for _ in range(20)]
    for client in slow:
        client.send("GET /large.bin HTTP/1.1\nHost: x\n\n")
    client = Client()
    client.send("GET /small.txt HTTP/1.1\nHost: x\n\n")
    equal(client.answer()[::2], (200, b"hello\n"))
    equal(digest(slow[7].answer()[2]), digest(LARGE))


def a_client_that_vanishes_frees_its_file():
    def open_files():
        folder = f"/proc/{UP.process.pid}/fd"
        n = 0
        for fd in os.listdir(folder):
            try:
                n += os.readlink(f"{folder}/{fd}").endswith("large.bin")
            except FileNotFoundError:
                pass  # closed since it was listed
        return n

    clients = [Client() for _ in range(10)]
    for client in clients:
        client.send("GET /large.bin HTTP/1.1\nHost: x\n\n")
        client.stream.readline()
    check(open_files() > 0, "no file is open")
    for client in clients:
        client.stream.close()
        client.sock.close()
    del clients, client
    check(wait_until(lambda: open_files() == 0), f"{open_files()} files are still open")


class Handler(http.server.SimpleHTTPRequestHandler):
    """The kernel's side for `seastack get`: files, and answers of other shapes."""
    protocol_version = "HTTP/1.1"

    def __init__(self, *args, **options):
        super().__init__(*args, directory=str(SITE), **options)

    def log_message(self, *args):
        pass

    def plain(self, status, fields, body=b""):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_GET(self):
        if self.path == "/chunked":
            chunks = [LARGE[i:i + 50001] for i in range(0, 1 << 20, 50001)]
            body = b"".join(b"%x;e=1\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\nT: x\r\n\r\n"
            self.plain(200, {"Transfer-Encoding": "chunked"}, body)
        elif self.path == "/moved":
            self.plain(302, {"Location": "/small.txt", "Content-Length": "0"})
        elif self.path == "/round":
            self.plain(302, {"Location": "/round", "Content-Length": "0"})
        elif self.path == "/short":
            self.plain(200, {"Content-Length": "1000"}, b"only this")
        elif self.path == "/endless":
            self.plain(200, {}, b"until it closes")
        else:
            super().do_GET()


class Server(http.server.ThreadingHTTPServer):
    """A client that breaks off is no news."""

    def handle_error(self, request, client_address):
        pass


class Server6(Server):
    address_family = socket.AF_INET6


def start_server(ns, host):
    with ns.inside():
        server = (Server6 if ":" in host else Server)((host, 8000), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def get(path, *args, name="fetched"):
    """Through a tap of its own, whose kernel end is there beforehand."""
    NS.run("ip", "tuntap", "add", "sea7", "mode", "tap")
    NS.run("ip", "addr", "add", "10.9.7.1/24", "dev", "sea7")
    NS.ip("link", "set", "sea7", "up")
    file = SCRATCH / name
    file.unlink(missing_ok=True)
    done = netns.seastack("get", "--netns", NS.name, "--link", "tap:sea7", "--addr", "10.9.7.2/24",
                          "--gw", "10.9.7.1", "-o", file, *args, f"http://10.9.0.1:8000{path}",
                          timeout=120)
    check(not (SCRATCH / f"{name}.part").exists(), "a part is left")
    return done, file


def get_fetches_a_file_whole():
    done, file = get("/large.bin")
    equal((done.returncode, done.stdout), (0, ""))
    check(f"{len(LARGE)} bytes in" in done.stderr, done.stderr)
    equal(digest(file.read_bytes()), digest(LARGE))


def get_understands_every_shape_of_body():
    done, file = get("/chunked")
    equal((done.returncode, digest(file.read_bytes())), (0, digest(LARGE[:len(file.read_bytes())])))
    check(len(file.read_bytes()) >= 1 << 20, "it is too short")
    done, file = get("/endless", "--quiet")
    equal((done.returncode, done.stderr, file.read_bytes()), (0, "", b"until it closes"))
    done, file = get("/moved")
    equal((done.returncode, file.read_bytes()), (0, b"hello\n"))


def get_says_what_went_wrong_and_leaves_nothing():
    for path, sentence in (("/none", "status 404"), ("/round", "on and on"),
                           ("/short", "in the middle of the file, after 9 bytes")):
        done, file = get(path)
        equal(done.returncode, 1)
        check(sentence in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr)
        check(not file.exists(), "a file is there")
    done = get("/small.txt", name="no/such/folder")[0]
    check("cannot write" in done.stderr and done.returncode == 1, done.stderr)
    done = netns.seastack("get", "--netns", NS.name, "--link", "tap:sea7", "--addr", "10.9.7.2/24",
                          "-o", SCRATCH / "x", "http://10.9.7.1:4242/")
    check("cannot connect to 10.9.7.1:4242: Connection refused" in done.stderr, done.stderr)


def get_with_a_full_disk_is_a_failure():
    NS.ip("link", "set", "sea7", "up")
    done = subprocess.run(
        [netns.SEASTACK, "get", "--netns", NS.name, "--link", "tap:sea7", "--addr", "10.9.7.2/24",
         "--gw", "10.9.7.1", "-o", "-", "http://10.9.0.1:8000/large.bin"],
        stdout=open("/dev/full", "wb"), stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    equal(done.returncode, 1)
    check("cannot write -: No space left" in done.stderr, done.stderr)


def a_bad_wire_delays_and_loses_but_does_not_harm():
    ns = netns.Namespace()
    profile = "loss=1%,delay=2ms,jitter=1ms,reorder=1%,duplicate=1%,corrupt=0.2%,seed=3"
    up = netns.Up(ns, SCRATCH, "--service", f"http:80={SITE}", "--no-offload", "--fault", profile,
                  tap="sea8")
    file = SCRATCH / "bad"
    done = ns.run("curl", "-sS", "-r", "0-2097151", "-o", str(file), f"http://{up.addr}/large.bin",
                  timeout=120)
    equal((done.returncode, done.stderr), (0, ""))
    equal(digest(file.read_bytes()), digest(LARGE[:2 << 20]))
    equal(up.stop(), 0)


def the_server_ends_in_order():
    client = Client()
    client.send("GET /large.bin HTTP/1.1\nHost: x\n\n")
    client.stream.readline()
    equal(UP.stop(), 0)
    equal(UP.said(), "")


if __name__ == "__main__":
    start_server(NS, "10.9.0.1")
    netns.main([
        curl_fetches_a_file_whole,
        curl_and_get_fetch_over_ipv6,
        curl_resumes_and_asks_for_ranges,
        one_connection_serves_many_requests,
        pipelined_requests_are_answered_in_order,
        a_request_may_come_byte_by_byte,
        a_client_may_end_its_side_first,
        what_cannot_be_served_is_told_and_then_it_closes,
        folders_are_listed_and_paths_stay_beneath,
        hundreds_of_connections_are_served_at_once,
        slow_readers_do_not_hold_up_others,
        a_client_that_vanishes_frees_its_file,
        get_fetches_a_file_whole,
        get_understands_every_shape_of_body,
        get_says_what_went_wrong_and_leaves_nothing,
        get_with_a_full_disk_is_a_failure,
        a_bad_wire_delays_and_loses_but_does_not_harm,
        the_server_ends_in_order,
    ])
