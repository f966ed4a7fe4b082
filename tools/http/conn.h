/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the web server: reads a head, answers it, and begins anew. What was not read yet
 * waits in the socket's receive queue, so pipelined requests need nothing of their own.
 */
#ifndef SEA_HTTP_CONN_H
#define SEA_HTTP_CONN_H

#include "tools/http/response.h"
#include "tools/http/server.h"

enum sea_http_conn_state {
	SEA_HTTP_CONN_READING,  /* a request's head comes in */
	SEA_HTTP_CONN_SENDING,  /* its answer goes out */
	SEA_HTTP_CONN_DRAINING, /* all is said; what the client still sends is thrown away */
};

struct sea_http_conn {
	struct sea_watcher watcher; /* first */
	struct sea_http_server *server;
	struct sea_http_conn *next, **at; /* of the server's list */
	enum sea_http_conn_state state;
	sea_time moved;       /* when bytes last moved */
	sea_time began;       /* when the head's first byte came; NEVER while there is none */
	struct sea_text head; /* what has come of it */
	uint64_t drained;
	struct sea_http_response response;
};

/* Takes the connection over; closes it when memory is short. */
void sea_http_conn_open(struct sea_http_server *server, sea_socket sock, sea_time now);
/* Ends it at once. */
void sea_http_conn_close(struct sea_http_conn *conn, sea_time now);

/* When the connection has waited too long. */
sea_time sea_http_conn_deadline(const struct sea_http_conn *conn);
/* It has: answers 408 where a request was begun, else closes. */
void sea_http_conn_expire(struct sea_http_conn *conn, sea_time now);

#endif
