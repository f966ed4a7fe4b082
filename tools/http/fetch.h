/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches one URL through a host, redirects on the same host followed. */
#ifndef SEA_HTTP_FETCH_H
#define SEA_HTTP_FETCH_H

#include "tools/cli/text.h"
#include "tools/host/host.h"
#include "tools/http/download.h"
#include "tools/http/reply.h"
#include "tools/http/url.h"

struct sea_fetch {
	struct sea_watcher watcher; /* first */
	struct sea_host *host;
	struct sea_url *url;
	const char *path; /* of the file to write */
	enum { SEA_FETCH_CONNECTING, SEA_FETCH_SENDING, SEA_FETCH_HEAD, SEA_FETCH_BODY } state;
	unsigned redirects;
	struct sea_text text; /* the request, then the reply's head */
	struct sea_http_reply reply;
	struct sea_http_body body;
	struct sea_download download;
	sea_time began, moved;
};

/* Begins; ends with sea_host_stop() and an exit status, said. */
void sea_fetch_start(struct sea_fetch *fetch, struct sea_host *host, struct sea_url *url,
		     const char *path);
/* What is not finished is removed. */
void sea_fetch_fini(struct sea_fetch *fetch);

#endif
