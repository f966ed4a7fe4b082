/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks once a second, while there are connections, for those that wait too long. All are looked at:
 * a client that drips bytes moves again and again, yet its head has a deadline.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tools/http/conn.h"
#include "tools/http/server.h"

#define SWEEP_NS SEA_SEC

static void sweep(struct sea_ticker *ticker, sea_time now)
{
	struct sea_http_server *server =
		(struct sea_http_server *)((char *)ticker -
					   offsetof(struct sea_http_server, ticker));
	struct sea_http_conn *conn = server->conns, *next;

	for (; conn; conn = next) {
		next = conn->next;
		if (!sea_time_before(now, sea_http_conn_deadline(conn)))
			sea_http_conn_expire(conn, now);
	}
	if (server->conns)
		ticker->due = sea_time_add(now, SWEEP_NS);
}

static void accepted(void *arg, sea_socket sock, sea_time now)
{
	struct sea_http_server *server = arg;

	sea_http_conn_open(server, sock, now);
	if (sea_time_is_never(server->ticker.due))
		server->ticker.due = sea_time_add(now, SWEEP_NS);
}

int sea_http_server_open(struct sea_http_server *server, struct sea_host *host, uint16_t port,
			 const char *folder, bool *folder_failed)
{
	int err;

	*server = (struct sea_http_server){ 0 };
	server->root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*folder_failed = server->root < 0;
	if (server->root < 0)
		return -errno;
	err = sea_listener_open(&server->listener, host, port, accepted, server);
	if (err) {
		close(server->root);
		return err;
	}
	server->ticker.due = SEA_TIME_NEVER;
	server->ticker.tick = sweep;
	sea_host_add_ticker(host, &server->ticker);
	return 0;
}

void sea_http_server_close(struct sea_http_server *server)
{
	close(server->root);
}
