/* SPDX-License-Identifier: Apache-2.0 */
/* A web server for the files of one folder, on one port of a stack. */
#ifndef SEA_HTTP_SERVER_H
#define SEA_HTTP_SERVER_H

#include "tools/host/host.h"
#include "tools/service/listener.h"

struct sea_http_conn;

/* Of the caller, who keeps it until the host is closed. */
struct sea_http_server {
	struct sea_listener listener;
	struct sea_ticker ticker;
	int root; /* the folder */
	struct sea_http_conn *conns;
};

/* 0, or -errno: of the folder (then *folder_failed), or of the port. */
SEA_MUST_USE int sea_http_server_open(struct sea_http_server *server, struct sea_host *host,
				      uint16_t port, const char *folder, bool *folder_failed);
/* After the host was closed. */
void sea_http_server_close(struct sea_http_server *server);

#endif
