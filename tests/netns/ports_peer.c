/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack with IPv4 behind each kind of port in turn, and the kernel's ping, ip and packet socket
 * on the other side. Started by ports.sh with the name of a namespace that has a pair veth0-veth1.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/stats.h>

static const char *netns;

static struct sea_stack *stack;
static struct sea_port *port;
static struct sea_driver *driver;

/* Runs a command in the namespace; its exit status. */
SEA_PRINTF(1, 2)
static int in_netns(const char *fmt, ...)
{
	char what[256], command[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "ip netns exec %s %s", netns, what);
	return system(command);
}

static void new_stack(void)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct sea_env env;

	assert_int_equal(sea_env_os(&env), 0);
	assert_int_equal(sea_stack_new(NULL, &env, modules, 1, &stack), 0);
	assert_int_equal(sea_driver_new(stack, &driver), 0);
}

/* The kernel's end is 10.9.0.1 on `device`, ours 10.9.0.2. */
static void bring_up(const char *device)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	sea_time now = sea_os_now();

	in_netns("ip addr flush dev veth1"); /* of an earlier test */
	assert_int_equal(in_netns("ip addr add 10.9.0.1/24 dev %s", device), 0);
	assert_int_equal(in_netns("ip link set %s up", device), 0);
	sea_link_info(sea_port_link(port), &info);
	addr.ifindex = info.ifindex;
	assert_true(sea_addr_parse("10.9.0.2", &addr.local));
	assert_int_equal(sea_link_set_up(sea_port_link(port), true, now), 0);
	assert_int_equal(sea_ifaddr_add(stack, &addr, now), 0);
	assert_int_equal(sea_driver_add_port(driver, port), 0);
}

static void end(void)
{
	sea_driver_free(driver);
	if (port)
		sea_port_close(port, sea_os_now());
	port = NULL;
	sea_stack_free(stack);
}

static void child_ended(void *arg, uint32_t events, sea_time now)
{
	char line[256];

	(void)events;
	(void)now;
	if (!fgets(line, sizeof(line), arg))
		sea_driver_stop(driver);
}

/* Runs a command in the namespace while the stack runs; its exit status. */
SEA_PRINTF(1, 2)
static int with_stack(const char *fmt, ...)
{
	char what[256], command[512];
	va_list args;
	FILE *out;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "ip netns exec %s %s 2>&1", netns, what);
	out = popen(command, "re");
	assert_non_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	assert_int_equal(sea_driver_add_fd(driver, fileno(out), EPOLLIN, child_ended, out), 0);
	assert_int_equal(sea_driver_run(driver), 0);
	sea_driver_del_fd(driver, fileno(out));
	return pclose(out);
}

static void check_pings(void)
{
	struct sea_link_info info = { .size = sizeof(info) };

	assert_int_equal(with_stack("ping -n -c 3 -i 0.01 -W 20 10.9.0.2"), 0);
	assert_int_equal(with_stack("ping -n -c 3 -i 0.01 -W 20 -s 1400 10.9.0.2"), 0);
	sea_link_info(sea_port_link(port), &info);
	assert_true(info.stats.rx_packets >= 6);
	assert_true(info.stats.tx_packets >= 6);
	assert_int_equal(info.stats.rx_errors + info.stats.tx_errors, 0);
}

static void check_tap(bool tun, bool no_offload)
{
	struct sea_tap_config config = {
		.size = sizeof(config),
		.name = "seat0",
		.netns = netns,
		.tun = tun,
		.no_offload = no_offload,
	};

	new_stack();
	assert_int_equal(sea_tap_open(stack, &config, &port, sea_os_now()), 0);
	bring_up("seat0");
	check_pings();
	end();
}

static void tap_with_offloads_answers_ping(void **state)
{
	(void)state;
	check_tap(false, false);
}

static void tap_without_offloads_answers_ping(void **state)
{
	(void)state;
	check_tap(false, true);
}

static void tun_answers_ping(void **state)
{
	(void)state;
	check_tap(true, false);
	check_tap(true, true);
}

static void check_packet(bool no_offload, uint8_t mac)
{
	struct sea_afpacket_config config = {
		.size = sizeof(config),
		.interface = "veth0",
		.netns = netns,
		.no_offload = no_offload,
		.link.mac = { mac, 0, 0, 0, 0, mac },
	};

	new_stack();
	in_netns("ip neigh flush dev veth1");
	assert_int_equal(in_netns("ip link set veth0 up"), 0);
	assert_int_equal(sea_afpacket_open(stack, &config, &port, sea_os_now()), 0);
	bring_up("veth1");
	check_pings();
	end();
}

static void packet_socket_with_offloads_answers_ping(void **state)
{
	(void)state;
	check_packet(false, 0);
}

static void packet_socket_without_offloads_answers_ping(void **state)
{
	(void)state;
	check_packet(true, 2);
}

static void device_in_use_is_busy(void **state)
{
	struct sea_tap_config config = { .size = sizeof(config), .name = "seat0", .netns = netns };
	struct sea_port *second;

	(void)state;
	new_stack();
	assert_int_equal(sea_tap_open(stack, &config, &port, sea_os_now()), 0);
	assert_int_equal(sea_tap_open(stack, &config, &second, sea_os_now()), -EBUSY);
	assert_null(second);
	end();
}

static void missing_interface_is_no_device(void **state)
{
	struct sea_afpacket_config config = { .size = sizeof(config),
					      .interface = "nosuch0",
					      .netns = netns };

	(void)state;
	new_stack();
	assert_int_equal(sea_afpacket_open(stack, &config, &port, sea_os_now()), -ENODEV);
	end();
}

/* Turns until the port is reported gone. */
static void check_gone(void)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_port *gone = NULL;
	int err = 0;

	for (unsigned i = 0; i < 100 && !err; i++)
		err = sea_driver_turn(driver, sea_time_add(sea_os_now(), 50 * SEA_MSEC), &gone);
	assert_int_equal(err, -ENODEV);
	assert_ptr_equal(gone, port);
	sea_link_info(sea_port_link(port), &info);
	assert_false(info.carrier);
}

static void deleted_tap_is_reported_gone(void **state)
{
	struct sea_tap_config config = { .size = sizeof(config), .name = "seat0", .netns = netns };

	(void)state;
	new_stack();
	assert_int_equal(sea_tap_open(stack, &config, &port, sea_os_now()), 0);
	bring_up("seat0");
	assert_int_equal(in_netns("ip link del seat0"), 0);
	check_gone();
	end();
}

static bool has_carrier(void)
{
	struct sea_link_info info = { .size = sizeof(info) };

	sea_link_info(sea_port_link(port), &info);
	return info.carrier;
}

/* Runs the stack until the link's carrier is so. */
static void await_carrier(bool on)
{
	sea_time end = sea_time_add(sea_os_now(), 60 * SEA_SEC);

	while (has_carrier() != on && sea_time_before(sea_os_now(), end))
		assert_int_equal(
			sea_driver_turn(driver, sea_time_add(sea_os_now(), SEA_MSEC), NULL), 0);
	assert_int_equal(has_carrier(), on);
}

/*
 * `device` goes down and comes up again: that is the link's carrier. What was sent meanwhile is lost,
 * nothing else, and no error of the device's.
 */
static void check_down_and_up(const char *device)
{
	struct sea_link_info info = { .size = sizeof(info) };

	await_carrier(true);
	assert_int_equal(in_netns("ip link set %s down", device), 0);
	await_carrier(false);
	assert_int_equal(in_netns("ip link set %s up", device), 0);
	await_carrier(true);
	assert_int_equal(with_stack("ping -n -c 1 -W 20 10.9.0.2"), 0);
	sea_link_info(sea_port_link(port), &info);
	assert_int_equal(info.stats.tx_errors, 0);
}

static void tap_survives_the_kernels_end_going_down(void **state)
{
	struct sea_tap_config config = { .size = sizeof(config), .name = "seat0", .netns = netns };

	(void)state;
	new_stack();
	assert_int_equal(sea_tap_open(stack, &config, &port, sea_os_now()), 0);
	assert_false(has_carrier());
	bring_up("seat0");
	check_down_and_up("seat0");
	end();
}

static void packet_socket_survives_its_interface_going_down(void **state)
{
	struct sea_afpacket_config config = { .size = sizeof(config),
					      .interface = "veth0",
					      .netns = netns };

	(void)state;
	new_stack();
	assert_int_equal(in_netns("ip link set veth0 up"), 0);
	assert_int_equal(sea_afpacket_open(stack, &config, &port, sea_os_now()), 0);
	bring_up("veth1");
	check_down_and_up("veth0");
	check_down_and_up("veth1"); /* the cable's other end */
	assert_int_equal(in_netns("ip link del veth0"), 0);
	check_gone();
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap_with_offloads_answers_ping),
		cmocka_unit_test(tap_without_offloads_answers_ping),
		cmocka_unit_test(tun_answers_ping),
		cmocka_unit_test(packet_socket_with_offloads_answers_ping),
		cmocka_unit_test(packet_socket_without_offloads_answers_ping),
		cmocka_unit_test(device_in_use_is_busy),
		cmocka_unit_test(missing_interface_is_no_device),
		cmocka_unit_test(deleted_tap_is_reported_gone),
		cmocka_unit_test(tap_survives_the_kernels_end_going_down),
		cmocka_unit_test(packet_socket_survives_its_interface_going_down),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: ports_peer NETNS\n");
		return 2;
	}
	netns = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
