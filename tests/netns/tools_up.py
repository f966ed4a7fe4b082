#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack up` from outside: its services, its control socket, its beginning and its end."""
import json
import os
import re
import signal
import socket
import subprocess

import netns
from netns import check, equal, wait_until

netns.need("ping")
NS = netns.Namespace()
SCRATCH = netns.Scratch()
UP = netns.Up(NS, SCRATCH, "--service", "echo:7", "--service", "discard:9", "--service",
              "chargen:19", "--name", "main")
BLOCK = bytes(range(256)) * 4096


def the_banner_tells_address_device_and_mac():
    check(UP.banner.startswith("main is up: 10.9.0.2/24 on sea0, mtu 1500, MAC "), UP.banner)


def ping_of_the_kernel_is_answered():
    done = NS.run("ping", "-c", "3", "-i", "0.2", "-W", "5", UP.addr)
    check(" 0% packet loss" in done.stdout, done.stdout)


def large_pings_are_answered():
    done = NS.run("ping", "-c", "2", "-i", "0.2", "-W", "5", "-s", "1472", UP.addr)
    check(" 0% packet loss" in done.stdout, done.stdout)


def echo_answers_on_udp():
    sock = NS.socket(socket.SOCK_DGRAM)
    for size in (0, 1, 1000, 1472):
        sock.sendto(BLOCK[:size], (UP.addr, 7))
        equal(sock.recvfrom(2000), (BLOCK[:size], (UP.addr, 7)))


def echo_does_not_answer_an_echo_port():
    sock = NS.socket(socket.SOCK_DGRAM)
    sock.bind(("", 7))
    sock.settimeout(0.3)
    sock.sendto(b"again", (UP.addr, 7))
    try:
        sock.recv(100)
    except socket.timeout:
        return
    raise AssertionError("it plays ping-pong")


def echo_sends_back_what_comes_on_tcp():
    sock = NS.connect(UP.addr, 7)
    got = bytearray()
    for _ in range(16):
        sock.sendall(BLOCK[:65536])
        while len(got) % 65536 or not got:
            got += sock.recv(65536)
        check(bytes(got) == BLOCK[:65536], "other bytes came back")
        got.clear()
    sock.shutdown(socket.SHUT_WR)
    equal(sock.recv(1), b"")


def echo_waits_for_a_peer_that_does_not_read():
    sock = NS.connect(UP.addr, 7)
    sock.settimeout(1)
    sent = 0
    try:
        while sent < 64 << 20:
            sent += sock.send(BLOCK[sent % 256:])
    except socket.timeout:
        pass
    check(sent < 64 << 20, "it takes bytes without end")
    sock.settimeout(20)
    got = 0
    sock.shutdown(socket.SHUT_WR)
    while data := sock.recv(1 << 20):
        check(data == (BLOCK * 2)[got % 256:got % 256 + len(data)], f"other bytes at {got}")
        got += len(data)
    equal(got, sent)


def discard_reads_until_the_peer_closes():
    sock = NS.connect(UP.addr, 9)
    for _ in range(8):
        sock.sendall(BLOCK)
    sock.shutdown(socket.SHUT_WR)
    equal(sock.recv(1), b"")


def chargen_sends_its_pattern():
    sock = NS.connect(UP.addr, 19)
    got = bytearray()
    while len(got) < 1 << 20:
        got += sock.recv(65536)
    lines = bytes(got).split(b"\r\n")[:-1]
    ring = bytes(32 + i % 95 for i in range(200))
    for i, line in enumerate(lines):
        check(line == ring[i % 95:i % 95 + 72], f"line {i}: {line}")


def a_port_without_service_refuses():
    try:
        NS.connect(UP.addr, 4242)
    except ConnectionRefusedError:
        return
    raise AssertionError("it was taken")


def stat_counts_as_linux_does():
    figures = json.loads(UP.ask("stat", "--json").stdout)
    equal(figures["name"], "main")
    check(figures["counters"]["IcmpInEchos"] >= 5, "echoes are not counted")
    check(figures["counters"]["TcpPassiveOpens"] >= 4, "connections are not counted")
    check(figures["tcp"]["alloc"] >= 1, "listeners are not counted")
    link = next(link for link in figures["links"] if link["name"] == "sea0")
    check(link["rx_bytes"] > 1 << 20 and link["tx_bytes"] > 1 << 20, str(link))
    check("IcmpInEchos" in UP.ask("stat").stdout, "not in the text")


def stat_tells_prometheus():
    page = UP.ask("stat", "--prometheus").stdout
    name, labels = r"seastack_[a-z_]+", r'\{stack="main"(,[a-z]+="(\\\\.|[^"\\\\])*")*\}'
    help_, type_ = rf"# HELP {name} .+\.", rf"# TYPE {name} (counter|gauge|untyped)"
    for line in page.splitlines():
        check(re.fullmatch(rf"{help_}|{type_}|{name}{labels} \d+(\.\d+)?", line), line)
    typed = re.findall(r"^# TYPE (\S+)", page, re.M)
    equal(len(typed), len(set(typed)))
    together = re.sub(r"(?m)^(# (HELP|TYPE) )?(seastack_\w+).*$", r"\3", page).split()
    equal([now for before, now in zip([""] + together, together) if now != before], typed)
    for metric in ('mib{stack="main",name="IcmpInEchos"}', 'link_up{stack="main",link="sea0"} 1\n',
                   'drops_total{stack="main",layer="', "memory_held_bytes{"):
        check("seastack_" + metric in page, metric)
    equal(UP.ask("stat", "--prometheus", "--json").returncode, 2)


def sockets_shows_listeners_and_connections():
    sock = NS.connect(UP.addr, 9)
    listed = json.loads(UP.ask("sockets", "--json").stdout)
    by_state = {(s["protocol"], s["state"], s["local"]) for s in listed}
    for port in (7, 9, 19):
        check(("tcp", "LISTEN", f"*:{port}") in by_state, str(by_state))
    check(("tcp", "ESTABLISHED", f"[::ffff:{UP.addr}]:9") in by_state, str(by_state))
    check(("udp", "CLOSE", "*:7") in by_state, str(by_state))
    equal(len(UP.ask("sockets").stdout.splitlines()), 1 + len(listed))
    sock.close()


def drops_tell_why():
    sock = NS.socket(socket.SOCK_DGRAM)
    sock.sendto(b"x", (UP.addr, 9999))
    check(wait_until(lambda: "UDP_NO_SOCKET" in UP.ask("drops").stdout.upper()),
          UP.ask("drops").stdout)
    reasons = json.loads(UP.ask("drops", "--json").stdout)
    check(all(r["meaning"] and r["layer"] for r in reasons), "a reason without a meaning")


def routes_neighbours_and_addresses_are_told_as_ip_does():
    listed = json.loads(UP.ask("routes", "--json", "-4").stdout)
    net = next(r for r in listed if r["dst"] == "10.9.0.0/24")
    equal((net["dev"], net["protocol"], net["scope"], net["prefsrc"]),
          ("sea0", "kernel", "link", UP.addr))
    check(f"10.9.0.0/24 dev sea0 proto kernel scope link src {UP.addr}\n" in
          UP.ask("routes").stdout, UP.ask("routes").stdout)
    check(f"local {UP.addr} dev sea0 table local proto kernel scope host src {UP.addr}\n" in
          UP.ask("routes", "--all").stdout, UP.ask("routes", "--all").stdout)
    kernel = json.loads(NS.run("ip", "-json", "link", "show", "sea0").stdout)[0]["address"]
    known = json.loads(UP.ask("neigh", "--json").stdout)
    equal([n["lladdr"] for n in known if n["dst"] == UP.kernel], [kernel])
    check(f"{UP.kernel} dev sea0 lladdr {kernel} " in UP.ask("neigh").stdout, str(known))
    link = json.loads(UP.ask("addrs", "--json", "-4").stdout)[1]
    equal((link["ifname"], link["addr_info"][0]["local"], link["addr_info"][0]["prefixlen"]),
          ("sea0", UP.addr, 24))
    check(f" inet {UP.addr}/24 scope global sea0\n" in UP.ask("addrs").stdout,
          UP.ask("addrs").stdout)


def ping_goes_through_a_running_stack():
    done = UP.ask("ping", "-c", "3", "-i", "0.05", UP.kernel)
    equal(done.returncode, 0)
    check(f"64 bytes from {UP.kernel}: icmp_seq=3" in done.stdout, done.stdout)
    check("3 sent, 3 received, 0 duplicates, 0.0% lost" in done.stdout, done.stdout)


def ping_of_nobody_fails():
    done = UP.ask("ping", "-c", "1", "-W", "0.2", "10.9.0.77")
    equal(done.returncode, 1)
    check("1 sent, 0 received" in done.stdout, done.stdout)


def a_client_that_leaves_ends_its_ping():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(UP.control))
    sock.sendall(f"ping {UP.kernel} 0 10000000 1000000000 56\n".encode())
    check(b"PING" in sock.recv(4096), "no ping")
    sock.close()
    check(wait_until(lambda: not any(s["protocol"] == "icmp" for s in json.loads(
        UP.ask("sockets", "--json").stdout))), "its socket is still there")


def nonsense_on_the_control_socket_is_answered():
    for line, answer in ((b"frob\n", b"error there are"), (b"\n", b"error there are"),
                         (b"ping\n", b"error ping wants"), (b"x" * 400, b"error the command is")):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(str(UP.control))
        sock.sendall(line)
        got = b""
        while data := sock.recv(4096):
            got += data
        check(got.startswith(answer), f"{line}: {got}")


def a_second_stack_of_the_name_is_refused():
    done = netns.seastack("up", "--netns", NS.name, "--link", "tap:sea1", "--addr", "10.9.1.2/24",
                          "--control", UP.control)
    equal(done.returncode, 1)
    check("is running already" in done.stderr, done.stderr)
    equal(UP.ask("version").returncode, 0)


def a_tap_in_use_is_refused():
    done = netns.seastack("up", "--netns", NS.name, "--link", "tap:sea0", "--addr", "10.9.1.2/24",
                          "--control", SCRATCH / "other.sock")
    equal(done.returncode, 1)
    check("in use by another program" in done.stderr, done.stderr)


def a_user_without_rights_is_told():
    done = subprocess.run(["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534",
                           "--clear-groups", netns.SEASTACK, "up", "--link", "tap:sea9", "--addr",
                           "10.9.9.2/24", "--control", "/tmp/sea-nobody.sock"],
                          capture_output=True, text=True, check=False)
    equal(done.returncode, 1)
    check("CAP_NET_ADMIN" in done.stderr or "/dev/net/tun" in done.stderr, done.stderr)


def several_links_are_one_host():
    ns = netns.Namespace()
    file = SCRATCH / "second.pcapng"
    up = netns.Up(ns, SCRATCH, "--gw", "10.9.0.1", "--link", "tap:sea1", "--netns", ns.name,
                  "--addr", "10.9.1.2/24", "--addr", "10.9.2.2/24", "--mtu", "1400", "--capture",
                  file, "--route", "10.8.0.0/16,via=10.9.1.1", "--route",
                  "10.8.1.0/24,type=unreachable", "--service", "echo:7", tap="sea10")
    check(up.banner.startswith("sea10 is up: 10.9.0.2/24 on sea10, mtu 1500, MAC "), up.banner)
    check(up.process.stdout.readline().startswith(
        "  and 10.9.1.2/24, 10.9.2.2/24 on sea1, mtu 1400, MAC "), "no line for the second")
    for net in ("10.9.1.1/24", "10.9.2.1/24", "10.8.0.1/16"):
        ns.ip("addr", "add", net, "dev", "sea1")
    ns.ip("link", "set", "sea1", "up")
    for addr in ("10.9.0.2", "10.9.1.2", "10.9.2.2"):
        sock = ns.connect(addr, 7)
        sock.sendall(b"here")
        equal(sock.recv(10), b"here")
    sock = ns.socket(socket.SOCK_DGRAM)
    for addr in ("10.9.0.2", "10.9.1.2", "10.9.2.2"):  # each answers for itself
        sock.sendto(b"who?", (addr, 7))
        equal(sock.recvfrom(10), (b"who?", (addr, 7)))
    equal(up.ask("ping", "-c", "1", "-W", "20", "10.8.0.1").returncode, 0)
    done = up.ask("ping", "-c", "1", "-W", "20", "10.8.1.1")
    check("No route to host" in done.stdout + done.stderr, done.stdout + done.stderr)
    equal(up.stop(), 0)
    check(file.stat().st_size > 1000, "the second link has no capture")


def all_of_it_works_over_ipv6():
    ns = netns.Namespace()
    up = netns.Up(ns, SCRATCH, "--service", "echo:7", "--service", "discard:9", "--service",
                  "chargen:19", tap="sea11", net6="fd00:9")
    check(up.banner.startswith("sea11 is up: 10.9.0.2/24, fd00:9::2/64 on sea11, "), up.banner)
    up.settle()
    done = ns.run("ping", "-6", "-c", "3", "-i", "0.05", "-W", "60", up.addr6)
    check(" 0% packet loss" in done.stdout, done.stdout)
    for size in (0, 1, 1448, 65536, 1 << 20):
        sock = ns.connect(up.addr6, 7)
        sock.sendall(BLOCK[:size])
        sock.shutdown(socket.SHUT_WR)
        got = bytearray()
        while part := sock.recv(1 << 20):
            got += part
        check(bytes(got) == BLOCK[:size], f"{len(got)} of {size} bytes came back")
    sock = ns.socket(socket.SOCK_DGRAM, socket.AF_INET6)
    for size in (0, 1, 1000, 1452):
        sock.sendto(BLOCK[:size], (up.addr6, 7))
        equal(sock.recvfrom(2000)[0], BLOCK[:size])
    sock = ns.connect(up.addr6, 19)
    got = bytearray()
    while len(got) < 1 << 20:
        got += sock.recv(65536)
    check(bytes(got).startswith(b" !\"#$%&"), "it sends something else")
    try:
        ns.connect(up.addr6, 4242)
        raise AssertionError("it was taken")
    except ConnectionRefusedError:
        pass
    known = json.loads(up.ask("neigh", "-6", "--json").stdout)
    check(any(n["dst"] == up.kernel6 and "lladdr" in n for n in known), str(known))
    listed = json.loads(up.ask("routes", "-6", "--json").stdout)
    check(any(r["dst"] == "fd00:9::/64" and r["dev"] == "sea11" for r in listed), str(listed))
    counters = json.loads(up.ask("stat", "--json").stdout)["counters"]
    check(counters["Icmp6InEchos"] >= 3 and counters["Ip6InDelivers"] > 20, str(counters))
    equal(up.stop(), 0)


def sysctls_of_a_link_go_by_its_device():
    up = netns.Up(NS, SCRATCH, "--sysctl", "net.ipv4.neigh.sea6.retrans_time_ms=777", tap="sea6",
                  net="10.9.6")
    equal(up.stop(), 0)
    done = netns.seastack("up", "--netns", NS.name, "--link", "tap:sea6", "--addr", "10.9.6.2/24",
                          "--control", SCRATCH / "six.sock", "--sysctl",
                          "net.ipv4.neigh.sea7.retrans_time_ms=777")
    equal((done.returncode, done.stderr), (1, "seastack up: there is no sysctl "
                                              "net.ipv4.neigh.sea7.retrans_time_ms\n"))


def routes_that_cannot_be_are_told():
    for route, sentence in (("10.8.0.0/16,via=10.7.0.1", "is not in the network of an --addr"),
                            ("10.9.1.0/24,dev=sea1", "is there already, so say metric="),
                            ("10.8.0.0/16,dev=sea1,src=10.7.0.1", "cannot add --route")):
        done = netns.seastack("up", "--netns", NS.name, "--link", "tap:sea1", "--addr",
                              "10.9.1.2/24", "--route", "10.9.1.0/24,dev=sea1,metric=5",
                              "--route", route, "--control", SCRATCH / "routes.sock")
        equal(done.returncode, 1)
        check(sentence in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr)


def a_device_that_vanishes_ends_the_stack():
    ns = netns.Namespace()
    up = netns.Up(ns, SCRATCH, tap="sea2")
    ns.ip("link", "del", "sea2")
    equal(up.process.wait(10), 1)
    check("the device sea2 is gone" in up.said(), up.said())
    check(not up.control.exists(), "its control socket is still there")


def a_device_of_several_takes_only_its_link_with_it():
    ns = netns.Namespace()
    capture = SCRATCH / "gone.pcapng"
    up = netns.Up(ns, SCRATCH, "--gw", "10.9.0.1", "--link", "tap:sea13", "--netns", ns.name,
                  "--addr", "10.9.1.2/24", "--addr", "fd00:9:1::2/64", "--capture", capture,
                  "--service", "echo:7", "--route", "10.8.0.0/16,via=10.9.1.1", tap="sea12")
    ns.ip("addr", "add", "10.9.1.1/24", "dev", "sea13")
    ns.ip("link", "set", "sea13", "up")
    kept = ns.connect("10.9.0.2", 7)
    ns.connect("10.9.1.2", 7).close()
    ns.ip("link", "del", "sea13")
    check(wait_until(lambda: "sea13" not in up.ask("addrs").stdout, 60), up.ask("addrs").stdout)
    equal(up.said(), "seastack up: the device sea13 is gone: No such device; the others go on\n")
    for verb in ("addrs", "routes", "neigh", "stat"):
        said = up.ask(verb).stdout + (up.ask(verb, "-6").stdout if verb != "stat" else "")
        check("sea13" not in said and "10.9.1." not in said and "10.8.0.0" not in said, said)
    kept.sendall(b"still here")
    equal(kept.recv(20), b"still here")
    check(capture.stat().st_size > 300, "its capture is not whole")
    ns.ip("link", "del", "sea12")
    equal(up.process.wait(30), 1)
    equal(len(up.said().splitlines()), 2)


def a_tap_has_a_carrier_while_the_kernels_end_is_up():
    ns = netns.Namespace()
    up = netns.Up(ns, SCRATCH, tap="sea14", net6="fd00:14", kernel_up=False)

    def flags():
        return json.loads(up.ask("addrs", "--json").stdout)[-1]["flags"]

    check("NO-CARRIER" in flags() and "LOWER_UP" not in flags(), str(flags()))
    for _ in range(2):
        ns.ip("link", "set", "sea14", "up")
        check(wait_until(lambda: "LOWER_UP" in flags(), 60), str(flags()))
        up.settle()
        done = ns.run("ping", "-c", "1", "-W", "60", up.addr)
        check(" 0% packet loss" in done.stdout, done.stdout)
        ns.ip("link", "set", "sea14", "down")
        check(wait_until(lambda: "NO-CARRIER" in flags(), 60), str(flags()))
    check("LINK_TX_ERROR" not in up.ask("drops").stdout, up.ask("drops").stdout)
    equal(up.stop(), 0)


def a_full_disk_ends_the_capture_and_not_the_traffic():
    up = netns.Up(NS, SCRATCH, "--capture", "/dev/full", tap="sea3", net="10.9.3")
    done = NS.run("ping", "-c", "2", "-i", "0.2", "-W", "5", up.addr)
    check(" 0% packet loss" in done.stdout, done.stdout)
    check("the capture /dev/full ends here, the traffic goes on: No space" in up.said(), up.said())
    equal(up.stop(), 0)


def a_capture_keeps_to_its_limit():
    file = SCRATCH / "limited.pcapng"
    up = netns.Up(NS, SCRATCH, "--capture", file, "--capture-limit", "1K", tap="sea4",
                  net="10.9.4")
    NS.run("ping", "-c", "10", "-i", "0.05", "-W", "5", up.addr)
    equal(up.stop(), 0)
    check(0 < file.stat().st_size <= 1024, f"{file.stat().st_size} bytes")
    check("has reached its limit" in up.said(), up.said())


def a_killed_stack_leaves_nothing_in_the_way():
    up = netns.Up(NS, SCRATCH, tap="sea5", net="10.9.5")
    up.stop(signal.SIGKILL)
    check(up.control.exists(), "who removed the socket?")
    equal(up.ask("stat").returncode, 1)
    again = netns.Up(NS, SCRATCH, tap="sea5", net="10.9.5")
    equal(again.ask("version").returncode, 0)
    equal(again.stop(), 0)


def sigterm_takes_socket_and_tap_away():
    sock = NS.connect(UP.addr, 7)
    equal(UP.stop(), 0)
    check(not UP.control.exists(), "the control socket is still there")
    check(not os.path.exists(f"/run/netns/{NS.name}/sea0") and
          NS.run("ip", "link", "show", "sea0").returncode, "the tap is still there")
    try:
        equal(sock.recv(1), b"")
        raise AssertionError("the peer was not told")
    except ConnectionResetError:
        pass


if __name__ == "__main__":
    netns.main([
        the_banner_tells_address_device_and_mac,
        ping_of_the_kernel_is_answered,
        large_pings_are_answered,
        echo_answers_on_udp,
        echo_does_not_answer_an_echo_port,
        echo_sends_back_what_comes_on_tcp,
        echo_waits_for_a_peer_that_does_not_read,
        discard_reads_until_the_peer_closes,
        chargen_sends_its_pattern,
        a_port_without_service_refuses,
        stat_counts_as_linux_does,
        stat_tells_prometheus,
        sockets_shows_listeners_and_connections,
        drops_tell_why,
        routes_neighbours_and_addresses_are_told_as_ip_does,
        ping_goes_through_a_running_stack,
        ping_of_nobody_fails,
        a_client_that_leaves_ends_its_ping,
        nonsense_on_the_control_socket_is_answered,
        a_second_stack_of_the_name_is_refused,
        a_tap_in_use_is_refused,
        a_user_without_rights_is_told,
        several_links_are_one_host,
        all_of_it_works_over_ipv6,
        sysctls_of_a_link_go_by_its_device,
        routes_that_cannot_be_are_told,
        a_device_that_vanishes_ends_the_stack,
    a_device_of_several_takes_only_its_link_with_it,
    a_tap_has_a_carrier_while_the_kernels_end_is_up,
        a_full_disk_ends_the_capture_and_not_the_traffic,
        a_capture_keeps_to_its_limit,
        a_killed_stack_leaves_nothing_in_the_way,
        sigterm_takes_socket_and_tap_away,
    ])
