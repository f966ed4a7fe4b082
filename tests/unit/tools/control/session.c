/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/netlink.h>

#include <seastack/config.h>
#include <seastack/env.h>
#include <seastack/modules.h>
#include <seastack/socket.h>

#include "tools/cli/say.h"
#include "tools/control/control.h"

/* A stack without a device, and its control socket. */
struct running {
	char folder[32];
	struct sea_host host;
	struct sea_control control;
};

static int set_up(void **state)
{
	static struct running running;
	struct sea_env env;

	memset(&running, 0, sizeof(running));
	strcpy(running.folder, "/tmp/sea-XXXXXX");
	assert_non_null(mkdtemp(running.folder));
	assert_int_equal(sea_env_os(&env), 0);
	assert_int_equal(sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n,
				       &running.host.stack),
			 0);
	assert_int_equal(sea_driver_new(running.host.stack, &running.host.driver), 0);
	running.host.started = sea_os_now();
	snprintf(running.control.path, sizeof(running.control.path), "%s/x.sock", running.folder);
	assert_int_equal(sea_control_open(&running.control, &running.host, "unit"), SEA_EXIT_OK);
	*state = &running;
	return 0;
}

static int tear_down(void **state)
{
	struct running *running = *state;

	sea_control_close(&running->control);
	sea_watch_fini(&running->host.watch, sea_os_now());
	sea_driver_free(running->host.driver);
	sea_stack_free(running->host.stack);
	return rmdir(running->folder);
}

static void turn(struct running *running)
{
	sea_time until = sea_time_add(sea_os_now(), 2 * SEA_MSEC);

	assert_int_equal(sea_driver_turn(running->host.driver, until, NULL), 0);
}

static int dial(const struct running *running)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(to.sun_path, running->control.path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* What comes back for `text`, until the other end closes. */
static char *ask(struct running *running, const char *text)
{
	static char answer[1 << 17];
	size_t len = 0;
	int fd = dial(running);
	ssize_t n;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	do {
		turn(running);
		n = read(fd, answer + len, sizeof(answer) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EAGAIN));
	assert_int_equal(n, 0);
	answer[len] = '\0';
	close(fd);
	return answer;
}

static void every_line_of_an_answer_begins_with_a_space(void **state)
{
	char *rest = ask(*state, "stat\n"), *line;
	int lines = 0;

	while ((line = strsep(&rest, "\n")) && *line == ' ')
		lines++;
	assert_true(lines >= 4);
	assert_string_equal(line, "ok");
	assert_string_equal(rest, "");
}

static void sockets_of_netlink_are_called_so(void **state)
{
	struct running *running = *state;
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_pid = 77 };
	sea_socket s;

	assert_int_equal(sea_socket_new(running->host.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
					&s, sea_os_now()),
			 0);
	assert_int_equal(sea_socket_bind(running->host.stack, s, (struct sockaddr *)&at, sizeof(at),
					 sea_os_now()),
			 0);
	assert_non_null(strstr(ask(running, "sockets\n"),
			       "\n nl    CLOSE               0        0 rtnl:77 "));
	assert_int_equal(sea_socket_close(running->host.stack, s, sea_os_now()), 0);
}

static void a_command_answers_what_it_is_asked(void **state)
{
	assert_non_null(strstr(ask(*state, "version\n"), "stack unit"));
	assert_non_null(strstr(ask(*state, "stat json\n"), "\"name\":\"unit\""));
	assert_string_equal(ask(*state, "drops\n"), " nothing was dropped\nok\n");
	assert_non_null(strstr(ask(*state, "drops json\n"), "\"count\":0"));
	assert_string_equal(ask(*state, "sockets json\n"), " []\nok\n");
	assert_non_null(strstr(ask(*state, "sockets\n"), " proto"));
	assert_non_null(strstr(ask(*state, "addrs\n"), " 1: lo: <LOOPBACK,UP,LOWER_UP> mtu "));
	assert_non_null(strstr(ask(*state, "addrs 4\n"), " inet 127.0.0.1/8 scope host lo\n"));
	assert_null(strstr(ask(*state, "addrs 6\n"), " inet "));
	assert_non_null(strstr(ask(*state, "addrs json\n"), "\"local\":\"127.0.0.1\""));
	assert_string_equal(ask(*state, "neigh 4\n"), "ok\n");
	assert_string_equal(ask(*state, "neigh json 4\n"), " []\nok\n");
}

/* So many that they come in several helpings, most of them empty for who wants the main table. */
static void add_routes(struct running *running, uint32_t table, unsigned n)
{
	struct sea_route route = {
		.size = sizeof(route),
		.dst = sea_addr_v4(10, 0, 0, 0),
		.prefix_len = 32,
		.type = SEA_ROUTE_BLACKHOLE,
		.table = table,
		.protocol = 4,
	};

	for (unsigned i = 0; i < n; i++) {
		route.dst.b[2] = (uint8_t)(i >> 8);
		route.dst.b[3] = (uint8_t)i;
		assert_int_equal(sea_route_add(running->host.stack, &route, sea_os_now()), 0);
	}
}

static void a_long_list_comes_whole(void **state)
{
	char *rest, *line;
	int lines = 0;

	add_routes(*state, SEA_TABLE_LOCAL, 900);
	assert_string_equal(ask(*state, "routes 4\n"), "ok\n");
	assert_string_equal(ask(*state, "routes json 6\n"), " [\n ]\nok\n");
	add_routes(*state, SEA_TABLE_MAIN, 1);
	assert_string_equal(ask(*state, "routes 4\n"), " blackhole 10.0.0.0 proto static\nok\n");
	rest = ask(*state, "routes 4 all\n");
	while ((line = strsep(&rest, "\n")) && *line == ' ')
		lines += !strncmp(line, " blackhole ", 11);
	assert_int_equal(lines, 901);
	assert_string_equal(line, "ok");
}

static int add_link(struct running *running, const char *name)
{
	struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_link *link;

	assert_int_equal(sea_link_add(running->host.stack, &config, &link, sea_os_now()), 0);
	assert_int_equal(sea_link_set_up(link, true, sea_os_now()), 0);
	sea_link_info(link, &info);
	return info.ifindex;
}

static void a_route_is_told_with_all_that_it_says(void **state)
{
	struct running *running = *state;
	struct sea_route_hop hops[] = { { .ifindex = add_link(running, "a"), .weight = 3 },
					{ .ifindex = add_link(running, "b"), .weight = 1 } };
	struct sea_route route = {
		.size = sizeof(route),
		.dst = sea_addr_v4(192, 0, 2, 0),
		.prefix_len = 24,
		.type = SEA_ROUTE_UNICAST,
		.scope = SEA_SCOPE_LINK,
		.hops = hops,
		.n_hops = 2,
		.metric = 7,
		.metrics = { .mtu = 1400, .mtu_lock = true, .advmss = 1300, .congctl = "reno" },
		.protocol = 4,
	};
	const char *answer;

	assert_int_equal(sea_route_add(running->host.stack, &route, sea_os_now()), 0);
	answer = ask(running, "routes 4\n");
	assert_non_null(strstr(answer,
			       " 192.0.2.0/24 proto static scope link metric 7 mtu lock 1400 "
			       "advmss 1300 congctl reno\n \tnexthop dev a weight 3\n "
			       "\tnexthop dev b weight 1\n"));
	answer = ask(running, "routes 4 json\n");
	assert_non_null(strstr(answer, "\"metrics\":[{\"mtu\":1400,\"advmss\":1300,\"congctl\":"
				       "\"reno\"}],\"flags\":[],\"nexthops\":[{\"dev\":\"a\","
				       "\"weight\":3,\"flags\":[]},{\"dev\":\"b\""));
}

static void a_neighbour_is_told_with_all_that_is_known(void **state)
{
	struct running *running = *state;
	struct sea_neigh_info neigh = {
		.size = sizeof(neigh),
		.ifindex = add_link(running, "c"),
		.addr = sea_addr_v4(192, 0, 2, 9),
		.mac = { 2, 0, 0, 0, 0, 9 },
		.state = SEA_NUD_REACHABLE,
		.flags = SEA_NTF_EXT_LEARNED,
	};

	assert_int_equal(sea_neigh_set(running->host.stack, &neigh, sea_os_now()), 0);
	assert_string_equal(ask(running, "neigh 4\n"),
			    " 192.0.2.9 dev c lladdr 02:00:00:00:00:09 extern_learn REACHABLE\n"
			    "ok\n");
	neigh = (struct sea_neigh_info){
		.size = sizeof(neigh),
		.ifindex = neigh.ifindex,
		.addr = sea_addr_v4(192, 0, 2, 10),
		.flags = SEA_NTF_PROXY,
	};
	assert_int_equal(sea_neigh_set(running->host.stack, &neigh, sea_os_now()), 0);
	assert_null(strstr(ask(running, "neigh 4\n"), "proxy"));
	assert_non_null(strstr(ask(running, "neigh 4 all\n"), " 192.0.2.10 dev c proxy\n"));
}

static void nonsense_is_an_error(void **state)
{
	static const char *const lines[] = {
		"\n",
		"frob\n",
		"stats\n",
		"stat jsn\n",
		"flows json\n",
		"routes json \n",
		"addrs 5\n",
		"ping\n",
		"ping 10.0.0.1 1 1 1 56\n",
		"ping 10.0.0.1 1 1000000000 1000000000 65508\n",
		"ping ::1%lo 1 1000000000\n",
		"ping fe80::1%none 1 1000000000 1000000000 56\n",
		"ping 10.0.0.1 1 1000000000 1000000000 56 more\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_memory_equal(ask(*state, lines[i]), "error ", 6);
}

static void a_line_without_end_is_an_error(void **state)
{
	static char line[4096];

	memset(line, 'x', sizeof(line) - 1);
	assert_string_equal(ask(*state, line), "error the command is too long\n");
}

static void a_client_may_leave_at_any_time(void **state)
{
	struct running *running = *state;
	int fd = dial(running);

	turn(running);
	close(fd);
	fd = dial(running);
	assert_int_equal(write(fd, "sta", 3), 3);
	turn(running);
	close(fd);
	for (int i = 0; i < 10 && running->control.n_sessions; i++)
		turn(running);
	assert_int_equal(running->control.n_sessions, 0);
}

static void too_many_clients_are_turned_away(void **state)
{
	struct running *running = *state;
	char text[sizeof("error too many ask this stack already\n")];
	int fds[80];

	for (int i = 0; i < 80; i++) {
		fds[i] = dial(running);
		turn(running);
	}
	assert_int_equal(running->control.n_sessions, 64);
	assert_int_equal(read(fds[63], text, sizeof(text)), -1);
	assert_int_equal(read(fds[64], text, sizeof(text)), sizeof(text) - 1);
	assert_memory_equal(text, "error too many ask this stack already\n", sizeof(text) - 1);
	assert_int_equal(read(fds[64], text, sizeof(text)), 0);
	for (int i = 0; i < 80; i++)
		close(fds[i]);
	for (int i = 0; i < 100 && running->control.n_sessions; i++)
		turn(running);
	assert_non_null(strstr(ask(running, "version\n"), "ok"));
}

static void a_living_stack_keeps_its_socket(void **state)
{
	struct running *running = *state;
	struct sea_control second = running->control;

	assert_int_equal(sea_control_open(&second, &running->host, "unit"), SEA_EXIT_FAILED);
	assert_non_null(strstr(ask(running, "version\n"), "ok"));
}

static void a_leftover_is_replaced_and_nothing_else(void **state)
{
	struct running *running = *state;
	struct sea_control other = { .fd = -1 };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(other.path, sizeof(other.path), "%s/y.sock", running->folder);
	strcpy(at.sun_path, other.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_int_equal(sea_control_open(&other, &running->host, "y"), SEA_EXIT_OK);
	sea_control_close(&other);
	assert_int_equal(access(other.path, F_OK), -1);
	assert_int_equal(mkdir(other.path, 0700), 0);
	assert_int_equal(sea_control_open(&other, &running->host, "y"), SEA_EXIT_FAILED);
	assert_int_equal(rmdir(other.path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_of_an_answer_begins_with_a_space),
		cmocka_unit_test(a_command_answers_what_it_is_asked),
		cmocka_unit_test(sockets_of_netlink_are_called_so),
		cmocka_unit_test(a_long_list_comes_whole),
		cmocka_unit_test(a_route_is_told_with_all_that_it_says),
		cmocka_unit_test(a_neighbour_is_told_with_all_that_is_known),
		cmocka_unit_test(nonsense_is_an_error),
		cmocka_unit_test(a_line_without_end_is_an_error),
		cmocka_unit_test(a_client_may_leave_at_any_time),
		cmocka_unit_test(too_many_clients_are_turned_away),
		cmocka_unit_test(a_living_stack_keeps_its_socket),
		cmocka_unit_test(a_leftover_is_replaced_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
