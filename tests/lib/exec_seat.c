/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's part, played: answers are written down, descriptors duplicated. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seastack/modules.h>

#include "tests/lib/exec_seat.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int answer(void *arg, uint64_t id, int64_t value, int error, bool go_on)
{
	struct exec_seat *seat = arg;

	must(error <= 0);
	seat->answered = true;
	seat->answered_id = id;
	seat->went_on = go_on;
	seat->result = error ? error : value;
	return 0;
}

static int add(void *arg, uint64_t id, int fd, bool cloexec)
{
	struct exec_seat *seat = arg;
	int given = seat->n_given < EXEC_GIVEN ? fcntl(fd, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, 3)
					       : -1;

	if (given < 0)
		return -EMFILE;
	seat->given[seat->n_given++] = given;
	answer(arg, id, given, 0, false);
	return given;
}

static bool valid(void *arg, uint64_t id)
{
	(void)arg;
	(void)id;
	return true;
}

static bool move(void *arg, pid_t tid, uint64_t at, void *bytes, size_t len, bool write)
{
	struct exec_seat *seat = arg;

	must(tid == getpid());
	if (at < EXEC_ARENA_AT || at - EXEC_ARENA_AT > EXEC_ARENA ||
	    len > EXEC_ARENA - (at - EXEC_ARENA_AT))
		return false;
	if (write)
		memcpy(seat->arena + (at - EXEC_ARENA_AT), bytes, len);
	else
		memcpy(bytes, seat->arena + (at - EXEC_ARENA_AT), len);
	return true;
}

static const struct sea_exec_seat fake = { answer, add, valid, move };

static void on_event(void *arg, const struct sea_event *event, sea_time now)
{
	struct exec_seat *seat = arg;

	sea_watch_dispatch(&seat->host.watch, event, now);
}

void exec_seat_open(struct exec_seat *seat)
{
	struct sea_env env;

	signal(SIGPIPE, SIG_IGN);
	memset(seat, 0, sizeof(*seat));
	must(!sea_env_os(&env));
	must(!sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &seat->host.stack));
	must(!sea_driver_new(seat->host.stack, &seat->host.driver));
	sea_driver_on_event(seat->host.driver, on_event, seat);
	must(!sea_exec_server_new(&seat->host, &seat->server));
	seat->exec = calloc(1, sizeof(*seat->exec));
	must(seat->exec);
	seat->exec->server = seat->server;
	seat->exec->seat = &fake;
	seat->exec->seat_arg = seat;
	seat->exec->listener = -1;
	LIST_INSERT_HEAD(&seat->server->sessions, seat->exec, sessions);
	seat->server->n_sessions++;
}

void exec_seat_close_given(struct exec_seat *seat, unsigned i)
{
	if (i < seat->n_given && seat->given[i] >= 0)
		close(seat->given[i]);
	if (i < seat->n_given)
		seat->given[i] = -1;
}

void exec_seat_close(struct exec_seat *seat)
{
	for (unsigned i = 0; i < seat->n_given; i++)
		exec_seat_close_given(seat, i);
	sea_exec_server_free(seat->server);
	sea_watch_fini(&seat->host.watch, sea_os_now());
	sea_driver_free(seat->host.driver);
	sea_stack_free(seat->host.stack);
}

int64_t exec_seat_call(struct exec_seat *seat, int nr, const uint64_t arg[6])
{
	struct sea_exec_call what = { .id = ++seat->id, .tid = getpid(), .nr = nr };

	memcpy(what.arg, arg, sizeof(what.arg));
	seat->answered = false;
	sea_exec_call_begin(seat->exec, &what, sea_os_now());
	return seat->answered ? seat->result : -EINPROGRESS;
}

void exec_seat_turn(struct exec_seat *seat)
{
	struct sea_ticker *patience = &seat->server->patience;

	must(!sea_driver_turn(seat->host.driver, sea_os_now(), NULL));
	if (!sea_time_before(sea_os_now(), patience->due))
		patience->tick(patience, sea_os_now());
}
