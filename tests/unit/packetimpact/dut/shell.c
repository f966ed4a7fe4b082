/* SPDX-License-Identifier: Apache-2.0 */
/* Snippets of shell and the commands in them act on the device. */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/link.h"
#include "core/qdisc.h"
#include "packetimpact/dut/seastack.h"

static struct sea_proc *proc_of(struct host *h)
{
	return (struct sea_proc *)h->dut;
}

/* The mount namespace takes rights that not every machine gives. */
static bool shell_works(struct host *h)
{
	return !sea_dut_shell(h->dut, "test -e /proc/sys/net/ipv4/tcp_sack", ".");
}

#define assert_sysctl(h, name, wanted)                                                     \
	do {                                                                               \
		char text_[256];                                                           \
                                                                                           \
		assert_true(sea_dut_sysctl_get((h)->dut, name, text_, sizeof(text_)) > 0); \
		assert_string_equal(text_, wanted);                                        \
	} while (0)

static void the_exit_status_comes_back(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		assert_int_equal(sea_dut_shell(h.dut, "exit 7", "."), 7);
		assert_int_equal(sea_dut_shell(h.dut, "kill -9 $$", "."), 128 + 9);
		assert_int_equal(sea_dut_shell(h.dut, "test $PPID = $PACKETDRILL_PID", "."), 0);
		assert_int_equal(sea_dut_shell(h.dut, "test $(pwd) = /", "/"), 0);
		assert_int_equal(sea_dut_shell(h.dut, ":", "/no/such/folder"), 127);
		assert_int_equal(sea_dut_shell(h.dut, "! read x", "."), 0);
	}
	host_end(&h);
}

static void sysctl_sets_the_device(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		assert_int_equal(sea_dut_shell(h.dut, "sysctl -q net.ipv4.tcp_timestamps=0", "."),
				 0);
		assert_sysctl(&h, "net.ipv4.tcp_timestamps", "0");
		assert_int_equal(sea_dut_shell(h.dut,
					       "sysctl -q net/ipv4/tcp_rmem='4096 5000 6000'\n"
					       "test \"$(sysctl net.ipv4.tcp_sack)\" = "
					       "'net.ipv4.tcp_sack = 1'",
					       "."),
				 0);
		assert_sysctl(&h, "net.ipv4.tcp_rmem", "4096\t5000\t6000");
		assert_int_equal(sea_dut_shell(h.dut, "sysctl net.ipv4.none=1 2>/dev/null", "."),
				 255);
		assert_int_equal(sea_dut_shell(h.dut, "sysctl -e net.ipv4.none=1", "."), 0);
		assert_int_equal(
			sea_dut_shell(h.dut, "sysctl net.ipv4.tcp_sack=x 2>/dev/null", "."), 255);
	}
	host_end(&h);
}

static void proc_sys_net_is_the_devices(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		assert_int_equal(
			sea_dut_shell(h.dut,
				      "cd /proc/sys/net/ipv4; cat tcp_sack > tcp_timestamps\n"
				      "echo 2 > tcp_timestamps\n"
				      "test \"$(sysctl net.ipv4.tcp_timestamps)\" = "
				      "'net.ipv4.tcp_timestamps = 2'\n",
				      "."),
			0);
		assert_sysctl(&h, "net.ipv4.tcp_timestamps", "2");
		assert_int_equal(sea_dut_shell(h.dut,
					       "sysctl -q net.ipv4.tcp_timestamps=0\n"
					       "test $(cat /proc/sys/net/ipv4/tcp_timestamps) = 0",
					       "."),
				 0);
	}
	host_end(&h);
}

static void a_value_that_is_none_fails_the_snippet(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		assert_int_equal(sea_dut_shell(h.dut, "echo x > /proc/sys/net/ipv4/tcp_sack", "."),
				 1);
		assert_sysctl(&h, "net.ipv4.tcp_sack", "1");
		/* And the old one is there again. */
		assert_int_equal(sea_dut_shell(h.dut, "test $(cat /proc/sys/net/ipv4/tcp_sack) = 1",
					       "."),
				 0);
	}
	host_end(&h);
}

/* What the last command said, or the beginning of it. */
static char said[256];

/* A command without a shell. */
#define run(h, ...)                                                                            \
	({                                                                                     \
		char *argv_[] = { __VA_ARGS__, NULL };                                         \
		int fds_[2], status_;                                                          \
		ssize_t n_;                                                                    \
                                                                                               \
		assert_int_equal(pipe(fds_), 0);                                               \
		status_ = sea_dut_command((h)->dut, (int)(sizeof(argv_) / sizeof(*argv_)) - 1, \
					  argv_, fds_[1], fds_[1]);                            \
		close(fds_[1]);                                                                \
		n_ = read(fds_[0], said, sizeof(said) - 1);                                    \
		said[n_ > 0 ? n_ : 0] = 0;                                                     \
		close(fds_[0]);                                                                \
		status_;                                                                       \
	})

static struct sea_qdisc_config queue_of(struct host *h)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(proc_of(h)->link, &info);
	return info.config;
}

static void tc_sets_what_queue_there_is(void **state)
{
	struct sea_qdisc_config fq;
	struct host h;

	host_new(&h);
	assert_int_equal(run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "fq", "maxrate",
			     "8mbit", "quantum", "2k", "flow_limit", "7", "horizon", "5ms",
			     "horizon_cap", "pacing"),
			 0);
	fq = queue_of(&h);
	assert_string_equal(fq.kind, "fq");
	assert_int_equal(fq.max_rate, 1000000);
	assert_int_equal(fq.quantum, 2048);
	assert_int_equal(fq.initial_quantum, 15000); /* ten frames of 1500 */
	assert_int_equal(fq.flow_limit, 7);
	assert_int_equal(fq.limit, 10000);
	assert_int_equal(fq.horizon_ns, 5 * SEA_MSEC);
	assert_true(fq.given & SEA_QDISC_HORIZON_CAP);
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "fq", "shape"), 1);
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "fq", "limit", "x"),
			 1);
	assert_int_equal(
		run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "pfifo", "quantum", "2k"), 2);
	assert_int_equal(run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "bfifo", "limit",
			     "15kb"),
			 0);
	assert_int_equal(queue_of(&h).limit, 15 * 1024);
	host_end(&h);
}

static void tc_sets_how_long_the_queue_is(void **state)
{
	struct host h;

	host_new(&h);
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "pfifo"), 0);
	assert_int_equal(
		run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "pfifo", "limit", "0"), 0);
	assert_int_equal(queue_of(&h).limit, 0);
	assert_int_equal(run(&h, "tc", "qdisc", "delete", "dev", "tun0", "root"), 0);
	assert_string_equal(queue_of(&h).kind, "pfifo_fast");
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "none"), 2);
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "eth0", "root", "pfifo"), 1);
	host_end(&h);
}

#define assert_queue(h, wanted)                                                    \
	do {                                                                       \
		assert_int_equal(run(h, "tc", "qdisc", "show", "dev", "tun0"), 0); \
		assert_string_equal(said, wanted "\n");                            \
	} while (0)

/* In the words of tc(8), beside a kernel's tun of the same length. */
static void tc_tells_what_queue_there_is(void **state)
{
	struct host h;

	host_new(&h);
	assert_queue(&h, "qdisc pfifo_fast 0: root refcnt 2 bands 3 "
			 "priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1");
	assert_int_equal(run(&h, "tc", "qdisc", "add", "dev", "tun0", "root", "pfifo"), 0);
	assert_queue(&h, "qdisc pfifo 8001: root refcnt 2 limit 500p");
	assert_int_equal(run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "bfifo"), 0);
	assert_queue(&h, "qdisc bfifo 8001: root refcnt 2 limit 750000b");
	assert_int_equal(run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "bfifo", "limit",
			     "15kb"),
			 0);
	assert_queue(&h, "qdisc bfifo 8001: root refcnt 2 limit 15Kb");
	assert_int_equal(run(&h, "tc", "qdisc", "replace", "dev", "tun0", "root", "fq"), 0);
	assert_int_equal(run(&h, "tc", "qdisc"), 0);
	assert_string_equal(said, "qdisc fq 8001: dev tun0 root refcnt 2 limit 10000p flow_limit "
				  "100p quantum 3000b initial_quantum 15000b\n");
	assert_int_equal(run(&h, "tc", "qdisc", "show", "dev", "eth0"), 1);
	assert_int_equal(run(&h, "tc", "qdisc", "del", "dev", "tun0", "root"), 0);
	assert_int_equal(run(&h, "tc", "qdisc", "list"), 0);
	assert_string_equal(said, "qdisc pfifo_fast 0: dev tun0 root refcnt 2 bands 3 "
				  "priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n");
	host_end(&h);
}

static void ethtool_turns_offloads_off(void **state)
{
	struct host h;

	host_new(&h);
	assert_int_equal(run(&h, "ethtool", "-K", "tun0", "tso", "off", "gso", "off"), 0);
	assert_false(proc_of(&h)->link->features & SEA_LINK_F_TSO4);
	assert_int_equal(run(&h, "ethtool", "-K", "tun0", "tso", "on"), 0);
	assert_true(proc_of(&h)->link->features & SEA_LINK_F_TSO4);
	assert_int_equal(run(&h, "ethtool", "-K", "tun0", "tso"), 1);
	assert_int_equal(run(&h, "ethtool", "-K", "tun1", "tso", "on"), 71);
	host_end(&h);
}

static void ip_changes_the_route_to_the_peer(void **state)
{
	struct host h;
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	long fd;

	host_new(&h);
	assert_int_equal(run(&h, "ip", "route", "change", "192.0.2.0/24", "via", "192.168.0.1",
			     "dev", "tun0", "advmss", "600", "mtu", "lock", "640", "initcwnd",
			     "11"),
			 0);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(info.tcpi_advmss, 600);
	assert_int_equal(info.tcpi_snd_cwnd, 11);
	assert_int_equal(info.tcpi_pmtu, 640);
	assert_int_equal(run(&h, "ip", "route", "change", "198.51.100.0/24", "via", "192.168.0.1"),
			 2);
	assert_int_equal(run(&h, "ip", "route", "add", "192.0.2.0/24", "wobble", "1"), 1);
	assert_int_equal(run(&h, "ip", "-4", "route", "del", "192.0.2.0/24"), 0);
	assert_int_equal(run(&h, "ip", "tcp_metrics", "flush", "all"), 0);
	assert_int_equal(run(&h, "ip", "rule", "add"), 1);
	host_end(&h);
}

static void links_and_addresses_are_set(void **state)
{
	struct host h;
	struct sockaddr_in at = { .sin_family = AF_INET };
	long fd;

	host_new(&h);
	assert_int_equal(run(&h, "ifconfig", "tun0", "mtu", "1520"), 0);
	assert_int_equal(proc_of(&h)->link->mtu, 1520);
	assert_int_equal(run(&h, "ip", "link", "set", "dev", "tun0", "mtu", "1400"), 0);
	assert_int_equal(proc_of(&h)->link->mtu, 1400);
	assert_int_equal(run(&h, "ip", "link", "set", "eth7", "up"), 1);
	assert_int_equal(run(&h, "ip", "addr", "add", "10.1.2.3/8", "dev", "tun0"), 0);
	at.sin_addr.s_addr = htonl(0x0a010203);
	fd = sys(&h, SEA_DUT_socket, AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(sys(&h, SEA_DUT_bind, fd, &at, sizeof(at)), 0);
	assert_int_equal(run(&h, "ip", "addr", "del", "10.1.2.3/8", "dev", "tun0"), 0);
	assert_int_equal(run(&h, "ip", "addr", "del", "10.1.2.3/8", "dev", "tun0"), 2);
	host_end(&h);
}

static void nstat_tells_what_is_new(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		(void)host_connection(&h);
		assert_int_equal(
			sea_dut_shell(h.dut, "nstat | grep -q '^TcpPassiveOpens  *1 '", "."), 0);
		assert_int_equal(sea_dut_shell(h.dut, "nstat | grep -q TcpPassiveOpens", "."), 1);
	}
	host_end(&h);
}

static void a_reader_that_has_seen_enough_ends_the_command_alone(void **state)
{
	struct host h;

	host_new(&h);
	if (shell_works(&h)) {
		(void)host_connection(&h);
		assert_int_equal(sea_dut_shell(h.dut, "nstat | (exec <&-; sleep 0.2)", "."), 0);
		assert_int_equal(sea_dut_shell(h.dut, "true", "."), 0);
	}
	host_end(&h);
}

static void an_unknown_command_is_127(void **state)
{
	struct host h;

	host_new(&h);
	assert_int_equal(run(&h, "iptables", "-F"), 127);
	host_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_comes_back),
		cmocka_unit_test(sysctl_sets_the_device),
		cmocka_unit_test(proc_sys_net_is_the_devices),
		cmocka_unit_test(a_value_that_is_none_fails_the_snippet),
		cmocka_unit_test(tc_sets_how_long_the_queue_is),
		cmocka_unit_test(tc_sets_what_queue_there_is),
		cmocka_unit_test(tc_tells_what_queue_there_is),
		cmocka_unit_test(ethtool_turns_offloads_off),
		cmocka_unit_test(ip_changes_the_route_to_the_peer),
		cmocka_unit_test(links_and_addresses_are_set),
		cmocka_unit_test(nstat_tells_what_is_new),
		cmocka_unit_test(a_reader_that_has_seen_enough_ends_the_command_alone),
		cmocka_unit_test(an_unknown_command_is_127),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
