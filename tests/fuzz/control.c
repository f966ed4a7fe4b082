/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients of the control socket who write what they like, in pieces, read or do not, and hang up: each that asked in a
 * line is served and ended, and none is left when all have hung up.
 *
 * Input: steps of a byte: a client's number and what it does, and for words the length and the bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seastack/modules.h>

#include "tools/control/session.h"
#include "tools/exec/exec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENTS 8
#define STEPS 256
#define TURNS_MAX 64
#define WAIT_NS (50 * SEA_USEC)

static struct sea_host host;
static struct sea_control control;
static int clients[CLIENTS]; /* -1: not there */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void on_event(void *arg, const struct sea_event *event, sea_time now)
{
	(void)arg;
	sea_watch_dispatch(&host.watch, event, now);
}

static void open_host(void)
{
	struct sea_env os;

	memset(&host, 0, sizeof(host));
	must(!sea_env_os(&os));
	must(!sea_stack_new(NULL, &os, sea_modules_all, sea_modules_all_n, &host.stack));
	must(!sea_driver_new(host.stack, &host.driver));
	sea_driver_on_event(host.driver, on_event, NULL);
	control = (struct sea_control){ .host = &host, .name = "fuzzed", .fd = -1 };
}

static void close_host(void)
{
	if (control.exec)
		sea_exec_server_free(control.exec);
	sea_watch_fini(&host.watch, sea_os_now());
	sea_driver_free(host.driver);
	sea_stack_free(host.stack);
}

/* Who does not wait at all is not told of descriptors each time. */
static void turn(void)
{
	must(!sea_driver_turn(host.driver, sea_time_add(sea_os_now(), WAIT_NS), NULL));
	for (struct sea_ticker *t = host.tickers, *next; t; t = next) {
		next = t->next;
		if (!sea_time_before(sea_os_now(), t->due))
			t->tick(t, sea_os_now());
	}
}

static void come(int *client)
{
	int ends[2];

	if (*client >= 0)
		return;
	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
	*client = ends[0];
	sea_control_session_open(&control, ends[1]);
}

static void leave(int *client)
{
	if (*client >= 0)
		close(*client);
	*client = -1;
}

static void hear(int client)
{
	char text[512];

	if (client >= 0)
		(void)!recv(client, text, sizeof(text), MSG_DONTWAIT);
}

/* Returns how many bytes of the input it took. */
static size_t say(int client, const uint8_t *data, size_t size)
{
	size_t len = size && data[0] < size ? data[0] : size ? size - 1 : 0;

	if (client >= 0 && len)
		(void)!send(client, data + 1, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return size ? len + 1 : 0;
}

static size_t step(const uint8_t *data, size_t size)
{
	int *client = &clients[data[0] % CLIENTS];
	size_t took = 1;

	switch (data[0] / CLIENTS % 6) {
	case 0:
		come(client);
		break;
	case 1:
		leave(client);
		break;
	case 2:
		hear(*client);
		break;
	case 3:
		turn();
		break;
	default:
		come(client);
		took += say(*client, data + 1, size - 1);
		turn();
	}
	return took;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_host();
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	for (unsigned i = 0; i < STEPS && size; i++) {
		size_t took = step(data, size);

		data += took;
		size -= took;
	}
	turn();
	for (unsigned i = 0; i < CLIENTS; i++)
		leave(&clients[i]);
	for (unsigned i = 0; i < TURNS_MAX && control.n_sessions; i++)
		turn();
	must(!control.n_sessions);
	close_host();
	return 0;
}
