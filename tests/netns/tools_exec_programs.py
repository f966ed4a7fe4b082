#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seastack exec`: programs that know nothing of it, an ordinary user's among them."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import netns
from exec_stack import EXEC, NS, PYTHON, SCRATCH, UP, all_sockets_are_gone, python, rest_of, run
from netns import check, equal, wait_until

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
NC = pathlib.Path(__file__).with_name("exec_nc.c")


def ping_prints_what_it_prints_on_linux():
    command = ["ping", "-c", "2", "-i", "0.2", "-W", "30"]
    ours, linux = run(*command, UP.kernel), NS.run(*command, UP.addr)
    plain = [re.sub(r"time[= ][\d.]+|\d+\.\d+(\.\d+\.\d+)?|, pipe \d+", "N", text.stdout)
             for text in (ours, linux)]
    equal(plain[0], plain[1])
    equal(ours.returncode, 0)


def serves(port):
    try:
        NS.connect(UP.kernel, port).close()
        return True
    except ConnectionRefusedError:
        return False


def curl_fetches_from_the_kernel():
    if not shutil.which("curl"):
        return
    (SCRATCH / "page").write_text("a page\n" * 1000)
    with NS.inside():
        server = subprocess.Popen([sys.executable, "-m", "http.server", "--bind", UP.kernel, "8080",
                                   "--directory", str(SCRATCH.path)], stderr=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL)
    try:
        check(wait_until(lambda: serves(8080), 30), "no server")
        done = run("curl", "-sS", f"http://{UP.kernel}:8080/page")
        equal((done.stdout, done.stderr), ("a page\n" * 1000, ""))
    finally:
        server.kill()
        server.wait()


def programs_talk_to_services_of_their_own_stack():
    program = python(f"s = socket.create_connection(('{UP.addr}', 7))\n"
                     "s.sendall(b'x' * 99999)\nprint(s.recv(1))\nn = 1\n"
                     "while n < 99999: n += len(s.recv(99999))\nprint(n)\n")
    equal(rest_of(program), ("99999\n", 0))


def iperf3_measures_both_ways():
    if not shutil.which("iperf3"):
        return
    with NS.inside():
        server = subprocess.Popen(["iperf3", "-s", "-B", UP.kernel], stdout=subprocess.DEVNULL)
    try:
        for way in ((), ("-R",)):
            command = ("iperf3", "-c", UP.kernel, "-n", "1M", *way)
            check(wait_until(lambda args=command: not run(*args).returncode, 60), str(way))
    finally:
        server.kill()
        server.wait()


def readers_of_proc_net_see_the_stack():
    lines = run("cat", "/proc/net/tcp").stdout.splitlines()
    equal({len(line) for line in lines}, {149})
    lines = run("cat", "/proc/self/net/tcp6").stdout.splitlines()
    check(any(f":0007 {'0' * 32}:0000 0A " in line for line in lines), "\n".join(lines))
    for command in (("netstat", "-tln"), ("ss", "-Htln"), ("env", "PROC_NET_TCP=/proc/net/tcp", "ss", "-Htln6")):
        if shutil.which(command[-2]):
            done = run(*command)
            check(re.search(r":7\s", done.stdout), f"{command}: {done}")
    for command, word in ((("nstat", "-asz"), "IpInReceives"), (("route", "-n"), UP.tap),
                          (("cat", "/proc/net/dev"), UP.tap + ":")):
        if shutil.which(command[0]):
            done = run(*command)
            check(word in done.stdout, f"{command}: {done}")
    equal(run("cat", "/proc/net/no_such_table").returncode, 1)


def sysctl_knows_the_stacks_links():
    if not shutil.which("sysctl"):
        return
    name = f"net.ipv4.conf.{UP.tap}.forwarding"
    equal(run("sysctl", name).stdout, f"{name} = 0\n")
    equal(run("sysctl", "-w", f"{name}=1").stdout, f"{name} = 1\n")
    equal(run("cat", "/proc/sys/" + name.replace(".", "/")).stdout, "1\n")
    equal(run("sysctl", "-n", f"{name}").stdout, "1\n")


OPENS = """
for _ in range(2000):
    os.close(os.open("/proc/sys/net/ipv4/conf/many7", os.O_RDONLY | os.O_DIRECTORY))
folder = os.open("/proc/sys/net/ipv4/conf/many7", os.O_RDONLY)
print("there", flush=True)
os.read(0, 1)
"""


def descriptors():
    return os.listdir(f"/proc/{UP.process.pid}/fd")


def folders_list_the_stacks_links():
    def batch(lines):
        done = run("ip", "-batch", "-", input="".join(lines))
        equal((done.stderr, done.returncode), ("", 0))
    links = [f"{word}{i}" for i in range(500) for word in ("many", "twin")]
    batch(f"link add many{i} type veth peer name twin{i}\n" for i in range(500))
    folder = "/proc/sys/net/ipv4/conf"
    try:
        expected = sorted([*links, UP.tap, "all", "default", "lo"])
        for command in (["ls"], ["find"], ["busybox", "ls"])[:3 if shutil.which("busybox") else 2]:
            depth = ("-mindepth", "1", "-maxdepth", "1", "-printf", "%f\n") if command[0] == "find" else ()
            equal(sorted(run(*command, folder, *depth).stdout.split()), expected)
        found = run("find", folder + "/many7", folder + "/twin7", "-type", "f").stdout.split()
        check(len(found) > 50 and folder + "/twin7/forwarding" in found, str(found))
        equal(run("grep", "-c", ".", *found).stdout.split(), [name + ":1" for name in found])
        before = len(descriptors())
        program = python(OPENS)
        check(wait_until(lambda: len(descriptors()) <= before + 9, 30), "more than those of a session")
        program.kill()
        program.wait()
        check(wait_until(lambda: len(descriptors()) <= before, 30), "some are left")
    finally:
        batch(f"link del many{i}\n" for i in range(500))
    equal(sorted(run("ls", folder).stdout.split()), sorted([UP.tap, "all", "default", "lo"]))


TC = """qdisc show dev lo
qdisc add dev lo root pfifo limit 7
qdisc show dev lo
qdisc add dev lo root pfifo limit 8
qdisc change dev lo root pfifo limit 9
qdisc show dev lo
qdisc change dev lo root bfifo
qdisc replace dev lo root handle 5: bfifo limit 4k
qdisc show dev lo
qdisc del dev lo root handle 6:
qdisc replace dev lo root handle 6: tbf rate 1mbit burst 5kb latency 70ms peakrate 2mbit minburst 1540
qdisc show dev lo
qdisc change dev lo root handle 6: tbf rate 5gbit burst 2mb limit 3mb
qdisc show dev lo
class show dev lo
qdisc add dev lo parent 6:1 handle 6: pfifo
qdisc add dev lo parent 6:1 handle 7: tbf rate 1mbit burst 5kb limit 9k
qdisc add dev lo parent 7:1 handle 8: pfifo limit 3
qdisc change dev lo handle 8: pfifo limit 4
qdisc add dev lo parent 7:2 handle 9: pfifo limit 3
qdisc add dev lo parent 8:1 handle 9: pfifo limit 3
class show dev lo
qdisc del dev lo parent 7:1
qdisc show dev lo
qdisc del dev lo root
qdisc show dev lo
qdisc del dev lo root
qdisc add dev lo root handle 1:1 pfifo
qdisc add dev lo parent 1:1 pfifo
qdisc change dev lo root pfifo
qdisc add dev lo root no_such_kind
qdisc add dev lo root pfifo_fast
qdisc change dev lo root pfifo_fast
qdisc show dev lo
qdisc replace dev lo handle 8: root pfifo
"""


def handles_aside(done):
    return re.sub(r"\b[89a-f][0-9a-f]{3}:", "8001:", done.stdout + done.stderr)


def tc_chooses_changes_and_shows_queues_as_on_linux():
    if not shutil.which("tc"):
        return
    batch = SCRATCH / "queues"
    batch.write_text(TC)
    command = ["tc", "-s", "-d", "-force", "-batch", batch]
    linux = handles_aside(NS.run(*command))
    equal(handles_aside(run(*command)), linux)
    check(linux.count("qdisc ") > 8, linux)
    for side in (run, NS.run):
        equal(side("ping", "-c", "1", "-W", "30", "127.0.0.1").returncode, 0)
    shown = [side("tc", "-s", "qdisc", "show", "dev", "lo").stdout for side in (run, NS.run)]
    equal(shown[0], shown[1])
    check(" Sent 196 bytes 2 pkt" in shown[0], shown[0])


def tc_paces_what_leaves_the_stack():
    if not shutil.which("tc"):
        return
    for asked, told in (("fq limit 5000 maxrate 20mbit", ("limit 5000p", "maxrate 20Mbit", "flows ")),
                        ("tbf rate 50mbit burst 64kb latency 1s", ("rate 50Mbit", "burst 64Kb", "lat 1s"))):
        done = run("tc", "qdisc", "replace", "dev", UP.tap, "root", *asked.split())
        equal((done.stderr, done.returncode), ("", 0))
        equal(run("ping", "-c", "1", "-W", "30", UP.kernel).returncode, 0)
        text = run("tc", "-s", "qdisc", "show", "dev", UP.tap).stdout
        check(all(word in text for word in told), text)
        check(int(re.search(r"Sent (\d+) bytes", text)[1]) >= 98, text)
    for asked in ("root handle 1: prio bands 4", "parent 1:1 handle 10: pfifo limit 50",
                  "parent 1:2 handle 20: fq"):
        done = run("tc", "qdisc", "add" if "parent" in asked else "replace", "dev", UP.tap, *asked.split())
        equal((done.stderr, done.returncode), ("", 0))
    equal(run("ping", "-Q", "0x10", "-c", "1", "-W", "30", UP.kernel).returncode, 0)
    text = run("tc", "-s", "qdisc", "show", "dev", UP.tap).stdout
    check("qdisc prio 1: root refcnt 2 bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1" in text, text)
    check("qdisc pfifo 10: parent 1:1 limit 50p" in text and "qdisc fq 20: parent 1:2" in text, text)
    text = run("tc", "-s", "class", "show", "dev", UP.tap).stdout
    check("class prio 1:1 parent 1: leaf 10:" in text and "class prio 1:4 parent 1:" in text, text)
    equal(run("tc", "qdisc", "del", "dev", UP.tap, "root").returncode, 0)
    check("pfifo_fast 0: root" in run("tc", "qdisc", "show", "dev", UP.tap).stdout, "the link's own")


def tc_gives_a_link_a_bad_wire():
    """With tc's own tables of distributions."""
    if not shutil.which("tc"):
        return
    for asked, told in (
            ("root handle 1: netem delay 10ms 2ms distribution normal limit 50", "limit 50 delay 10ms  2ms"),
            ("root handle 1: netem slot 800us 1ms packets 4 bytes 3000", " slot 800us 1ms packets 4 bytes 3000"),
            ("root handle 1: netem slot distribution pareto 8ms 1ms packets 1", " slot distribution 8ms 1ms packets 1"),
            ("parent 1:1 handle 10: tbf rate 1mbit burst 5kb limit 9k", "tbf 10: parent 1:1 rate 1Mbit burst 5Kb")):
        done = run("tc", "qdisc", "replace", "dev", UP.tap, *asked.split())
        equal((done.stderr, done.returncode), ("", 0))
        text = run("tc", "qdisc", "show", "dev", UP.tap).stdout
        check(told in text, text)
        equal(run("ping", "-c", "1", "-W", "30", UP.kernel).returncode, 0)
    text = run("tc", "class", "show", "dev", UP.tap).stdout
    check("class netem 1:1 parent 1: leaf 10:" in text, text)
    equal(run("tc", "qdisc", "del", "dev", UP.tap, "root").returncode, 0)


def tc_drops_what_a_filter_says():
    if not shutil.which("tc"):
        return
    for asked in ("qdisc add dev {} clsact", "filter add dev {} ingress protocol ip prio 5 matchall action drop",
                  "filter add dev {} egress protocol ipv6 matchall action pass"):
        done = run("tc", *asked.format(UP.tap).split())
        equal((done.stderr, done.returncode), ("", 0))
    equal(run("ping", "-c", "1", "-W", "1", UP.kernel).returncode, 1)
    text = run("tc", "-s", "filter", "show", "dev", UP.tap, "ingress").stdout
    check(text.startswith("filter protocol ip pref 5 matchall chain 0 \n"), text)
    check("gact action drop" in text and re.search(r"Sent \d+ bytes [1-9]\d* pkt \(dropped [1-9]", text), text)
    text = run("tc", "filter", "show", "dev", UP.tap, "egress").stdout
    check("filter protocol ipv6 pref 49152 matchall chain 0 handle 0x1" in text, text)
    check(re.search(r"Sent \d+ bytes [1-9]", run("tc", "-s", "qdisc", "show", "dev", UP.tap, "clsact").stdout), "nothing")
    equal(run("tc", "filter", "del", "dev", UP.tap, "ingress", "prio", "5").returncode, 0)
    equal(run("ping", "-c", "1", "-W", "30", UP.kernel).returncode, 0)
    equal(run("tc", "qdisc", "del", "dev", UP.tap, "clsact").returncode, 0)


PAIR = """ip link add v0 numtxqueues 1 numrxqueues 1 address 02:00:00:00:00:0a type veth \\
    peer name v1 numtxqueues 1 numrxqueues 1 address 02:00:00:00:00:0b
ip -d link show v0; ip -d link show v1; ip link show type veth
ip link set v0 mtu 1400; ip link set v1 alias right; ip -d link show v0; ip link show v1
ip link add v0 type veth peer name v2; ip link add v2 type veth peer name v1
ip link del v1; ip link show type veth
"""


def plain(done):
    return re.sub(r"(?m)^\d+: ", "N: ", done.stdout), done.stderr


def ip_makes_pairs_of_links():
    linux = subprocess.run(["unshare", "-n", "sh", "-c", PAIR], capture_output=True, text=True,
                           timeout=60, check=False)
    ours = run("sh", "-c", PAIR)
    equal(plain(ours), plain(linux))
    check("v0@v1" in ours.stdout, ours.stdout)


def ip_makes_tunnels():
    for kind in ("ipip", "sit", "gre", "gretap"):
        ends = ("local", UP.addr, "remote", UP.kernel)
        equal(plain(run("ip", "link", "add", "t0", "type", kind, *ends, "ttl", "64")), ("", ""))
        shown = run("ip", "-d", "link", "show", "t0").stdout
        check(re.search(rf" {kind} .*remote {UP.kernel} local {UP.addr} .*ttl 64 ", shown), shown)
        equal("POINTOPOINT" in shown, kind != "gretap")
        equal(plain(run("ip", "link", "del", "t0")), ("", ""))


def ip_makes_tunnels_through_ipv6():
    ends = ("local", "2001:db8:7::1", "remote", "2001:db8:7::2")
    for kind, mode in (("ip6tnl", ("mode", "any")), ("ip6tnl", ("mode", "ipip6")), ("ip6gre", ("key", "7")), ("ip6gretap", ())):
        equal(plain(run("ip", "link", "add", "t0", "type", kind, *mode, *ends, "hoplimit", "9", "encaplimit", "3", "tclass", "0x20")), ("", ""))
        shown = run("ip", "-d", "link", "show", "t0").stdout
        check(re.search(rf" {kind} .*remote 2001:db8:7::2 local 2001:db8:7::1 .*hoplimit 9 encaplimit 3 tclass 0x20 ", shown), shown)
        check(mode[:1] != ("mode",) or f" {mode[1]} " in shown, shown)
        equal("POINTOPOINT" in shown, kind != "ip6gretap")
        equal(plain(run("ip", "link", "del", "t0")), ("", ""))


VXLAN = """ip link add vx0 type vxlan id 42 local {} remote {} dstport 4789 &&
ip addr add {}/24 dev vx0 && ip link set vx0 up"""


def frames_cross_a_vxlan_to_the_kernels_and_back():
    """Where the kernel has it."""
    theirs, ours = ("sh", "-c", VXLAN.format(UP.kernel, UP.addr, "192.0.2.2")), VXLAN.format(UP.addr, UP.kernel, "192.0.2.1")
    if NS.run(*theirs).returncode:
        return
    equal(plain(run("sh", "-c", ours)), ("", ""))
    try:
        done = run("ping", "-c", "2", "-i", "0.2", "-W", "30", "192.0.2.2")
        equal(done.returncode, 0)
        with NS.connect("192.0.2.1", 7) as peer:
            peer.settimeout(60)
            peer.sendall(b"x" * 99999)
            got = 0
            while got < 99999:
                got += len(peer.recv(99999)) or 99999 * 2
            equal(got, 99999)
        shown = run("bridge", "fdb", "show", "dev", "vx0").stdout
        check(f"00:00:00:00:00:00 dst {UP.kernel} self permanent\n" in shown, shown)
        equal(len(re.findall(rf"dst {UP.kernel} self", shown)), 2)
        shown = run("ip", "-d", "link", "show", "vx0").stdout
        linux = NS.run("ip", "-d", "link", "show", "vx0").stdout
        words = [re.search(r"vxlan id .*", text).group(0).split(" addrgenmode")[0] for text in (shown, linux)]
        equal(words[0], words[1].replace(UP.kernel, "?").replace(UP.addr, UP.kernel).replace("?", UP.addr))
    finally:
        run("ip", "link", "del", "vx0")
        NS.run("ip", "link", "del", "vx0")


def ifconfig_shows_and_sets_the_stacks_links():
    if not shutil.which("ifconfig"):
        return
    shown = run("ifconfig", "-a").stdout
    check("lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n" in shown, shown)
    check(f"{UP.tap}: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n" in shown, shown)
    done = run("ifconfig", UP.tap, "mtu", "1400", "txqueuelen", "55")
    equal((done.returncode, done.stderr), (0, ""))
    shown = run("ifconfig", UP.tap).stdout
    check("mtu 1400\n" in shown and "txqueuelen 55 " in shown, shown)
    done = run("ifconfig", UP.tap, "mtu", "1500", "txqueuelen", "1000")
    equal((done.returncode, done.stderr), (0, ""))
    check("Device not found" in run("ifconfig", "no_such_link").stderr, "a link that is not there")


def a_link_that_is_not_there_leaves_no_socket():
    ask = "import socket\ntry: socket.if_nametoindex('nosuch')\nexcept OSError: print('none')"
    for _ in range(2):
        check("nosuch" in run("ip", "link", "del", "nosuch").stderr, "it was there")
        equal(run(*PYTHON, "-c", ask).stdout, "none\n")
    all_sockets_are_gone()


NEIGHBOURS = """
    neigh add 198.51.100.7 lladdr 02:00:00:00:00:07 dev {dev}
    neigh add 198.51.100.7 lladdr 02:00:00:00:00:07 dev {dev}
    neigh replace 198.51.100.7 lladdr 02:00:00:00:00:08 dev {dev} nud permanent
    neigh show 198.51.100.7
    neigh get 198.51.100.7 dev {dev}
    neigh add proxy 198.51.100.8 dev {dev}
    neigh show proxy dev {dev}
    neigh flush dev {dev} nud permanent
    neigh show 198.51.100.7
    neigh del 198.51.100.7 dev {dev}
    neigh del proxy 198.51.100.8 dev {dev}
    ntable change name arp_cache dev {dev} queue 64
    ntable change name no_cache dev {dev} queue 64
    nexthop add id 71 dev {dev}
    nexthop add id 72 blackhole
    nexthop add id 73 group 71,3
    nexthop add id 74 group 71/72
    nexthop show
    route add 198.51.100.128/25 nhid 73
    route show 198.51.100.128/25
    nexthop del id 71
    nexthop show
    nexthop flush
    nexthop show id 72
    mroute show"""


def ip_shows_neighbours_and_nexthops_as_on_linux():
    for command in NEIGHBOURS.format(dev=UP.tap).strip().splitlines():
        words = ("ip", *command.split())
        ours, linux = run(*words), NS.run(*words)
        equal((command, ours.stdout, ours.stderr, ours.returncode),
              (command, linux.stdout, linux.stderr, linux.returncode))


def ethtool_asks_and_sets_the_stacks_links():
    if not shutil.which("ethtool"):
        return
    for command in ("lo", "-i lo", "-S lo", "-g lo", "-c lo", "-l lo", "-T lo", "-a lo", "--show-fec lo",
                    "-S lo --groups eth-mac rmon"):
        seen = [(answer.returncode, answer.stdout, answer.stderr)
                for answer in (side("ethtool", *command.split()) for side in (run, NS.run))]
        equal(seen[0], seen[1])
    shown = run("ethtool", UP.tap).stdout
    check("Speed: 10000Mb/s\n" in shown and "Link detected: yes\n" in shown, shown)
    check("driver: seastack\n" in run("ethtool", "-i", UP.tap).stdout, "a driver")
    check("software-transmit" in run("ethtool", "-T", UP.tap).stdout, "stamps")
    for asked in ("off", "on"):
        run("ethtool", "-K", UP.tap, "tx-checksum-ip-generic", asked)
        shown = run("ethtool", "-k", UP.tap).stdout
        check(f"tx-checksum-ip-generic: {asked}\n" in shown, shown)
        equal(run("ping", "-c", "1", "-W", "30", UP.kernel).returncode, 0)


# No kernel here has such tunnels: what is shown is what iproute2 makes of Linux's.
TUNNELS = """
tunnel add t1 mode ipip local 10.88.0.1 remote 10.88.0.2 ttl 9
tunnel show t1
> t1: ip/ip remote 10.88.0.2 local 10.88.0.1 ttl 9
tunnel add t1 mode ipip local 10.88.0.1 remote 10.88.0.3
! add tunnel "tunl0" failed: File exists
tunnel add g1 mode gre local 10.88.0.1 remote 10.88.0.2 key 7 csum
tunnel show mode gre remote 10.88.0.2 local 10.88.0.1 key 7
> g1: gre/ip remote 10.88.0.2 local 10.88.0.1 ttl inherit key 7
>   Checksum in received packet is required.
>   Checksum output packets.
tunnel add sit7 mode sit remote 10.88.0.2 local 10.88.0.1 ttl 64
tunnel show sit7
> sit7: ipv6/ip remote 10.88.0.2 local 10.88.0.1 ttl 64
tunnel change t1 tos inherit ttl 10
tunnel show t1
> t1: ip/ip remote 10.88.0.2 local 10.88.0.1 ttl 10 tos inherit
tunnel prl prl-default 10.88.0.3 dev sit7
! sit7: ioctl 89f5 failed: Operation not supported
tunnel 6rd 6rd-prefix 2001:db8::/32 dev sit7
! sit7: ioctl 89f9 failed: Invalid argument
tunnel del t1
tunnel del g1
tunnel del sit7
tunnel del t1
! delete tunnel "t1" failed: No such device
tunnel show
-6 tunnel add t6 mode ip6ip6 local 2001:db8:7::1 remote 2001:db8:7::2 tclass 0x20
-6 tunnel show t6
> t6: ipv6/ipv6 remote 2001:db8:7::2 local 2001:db8:7::1 encaplimit 4 hoplimit 64 tclass 0x20 flowlabel 0x00000 (flowinfo 0x02000000)
-6 tunnel add g6 mode ip6gre local 2001:db8:7::1 remote 2001:db8:7::2 key 7 encaplimit none
-6 tunnel show g6
> g6: gre/ipv6 remote 2001:db8:7::2 local 2001:db8:7::1 encaplimit none hoplimit 64 tclass 0x00 flowlabel 0x00000 (flowinfo 0x00000000) key 7
-6 tunnel change t6 hoplimit 9 encaplimit 2
-6 tunnel show t6
> t6: ipv6/ipv6 remote 2001:db8:7::2 local 2001:db8:7::1 encaplimit 2 hoplimit 9 tclass 0x20 flowlabel 0x00000 (flowinfo 0x02000000)
-6 tunnel del t6
-6 tunnel del g6
-6 tunnel del t6
! delete tunnel "t6" failed: No such device
"""


def ip_tunnel_makes_shows_changes_and_deletes():
    said = []
    for line in TUNNELS.strip().splitlines():
        if line[0] in ">!":
            equal(line[2:].rstrip(), said.pop(0) if said else "nothing")
            continue
        equal(said, [])
        answer = run("ip", *line.split())
        said = [text.rstrip() for text in (answer.stdout + answer.stderr).splitlines()]
    equal(said, [])


def a_static_program_talks_and_is_talked_to():
    program = SCRATCH / "nc"
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler or subprocess.run([compiler, "-static", "-o", program, NC], capture_output=True,
                                      check=False).returncode:
        print("nothing static is compiled here")
        return
    text = "a line\n" * 10000
    done = run(program, UP.addr, "7", input=text)
    equal((done.stdout, done.stderr, done.returncode), (text, "", 0))
    server = subprocess.Popen([*EXEC, program, "-l", "7878"], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE)
    check(wait_until(lambda: ":7878" in UP.ask("sockets").stdout, 30), "it does not listen")
    sock = NS.connect(UP.addr, 7878)
    sock.sendall(b"from the kernel")
    sock.shutdown(netns.socket.SHUT_WR)
    equal(server.communicate("to the kernel", timeout=60)[0], "from the kernel")
    got = b""
    while more := sock.recv(99):
        got += more
    equal(got, b"to the kernel")
    all_sockets_are_gone()


def ordinary(*command, **options):
    return subprocess.run([*NOBODY, *map(str, command)], capture_output=True, text=True, timeout=60,
                          check=False, **options)


def an_ordinary_user_runs_both():
    """With no right but that to a packet socket; programs of his gain none."""
    if not shutil.which("setpriv") or ordinary(netns.SEASTACK, "version").returncode:
        print("nobody cannot run it here")
        return
    his = next((name for name in ("/usr/bin/python3",) if os.path.exists(name)), None)
    if not his:
        print("nobody can run no python here")
        return
    folder = tempfile.TemporaryDirectory(prefix="sea-")
    os.chown(folder.name, 65534, 65534)
    control = f"{folder.name}/x.sock"
    NS.ip("link", "add", "sea8", "type", "veth", "peer", "name", "sea9")
    NS.ip("link", "set", "sea8", "up")
    NS.ip("link", "set", "sea9", "up")
    stack = subprocess.Popen(
        ["ip", "netns", "exec", NS.name, *NOBODY, "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw",
         netns.SEASTACK, "up", "--link", "packet:sea8", "--addr", "10.9.8.2/24", "--service", "echo:7",
         "--control", control], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        banner = stack.stdout.readline()
        check(" is up: " in banner, banner)
        text = ("import socket\ns = socket.create_connection(('10.9.8.2', 7))\ns.sendall(b'echo')\n"
                "print(s.recv(9), [line for line in open('/proc/self/status') if 'NoNewPrivs' in line])\n")
        command = [netns.SEASTACK, "exec", "--control", control, "--", his, "-c", text]
        done = ordinary(*command)
        equal((done.stdout, done.stderr), ("b'echo' ['NoNewPrivs:\\t1\\n']\n", ""))
        os.chmod(folder.name, 0o755)
        other = subprocess.run(["setpriv", "--reuid", "65533", "--clear-groups", *command],
                               capture_output=True, text=True, timeout=60, check=False)
        equal(other.returncode, 1)
        check("belongs to another user" in other.stderr, other.stderr)
    finally:
        stack.terminate()
        stack.wait(30)
        folder.cleanup()


netns.main([ping_prints_what_it_prints_on_linux,
            curl_fetches_from_the_kernel,
            programs_talk_to_services_of_their_own_stack,
            iperf3_measures_both_ways,
            readers_of_proc_net_see_the_stack,
            sysctl_knows_the_stacks_links,
            folders_list_the_stacks_links,
            tc_chooses_changes_and_shows_queues_as_on_linux,
            tc_paces_what_leaves_the_stack,
            tc_gives_a_link_a_bad_wire,
            tc_drops_what_a_filter_says,
            ip_makes_pairs_of_links,
            ip_makes_tunnels,
            ip_makes_tunnels_through_ipv6,
            frames_cross_a_vxlan_to_the_kernels_and_back,
            ip_shows_neighbours_and_nexthops_as_on_linux,
            ifconfig_shows_and_sets_the_stacks_links,
            a_link_that_is_not_there_leaves_no_socket,
            ethtool_asks_and_sets_the_stacks_links,
            ip_tunnel_makes_shows_changes_and_deletes,
            a_static_program_talks_and_is_talked_to,
            an_ordinary_user_runs_both])
