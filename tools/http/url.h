/* SPDX-License-Identifier: Apache-2.0 */
/* "http://192.0.2.1:8080/path?query": what `seastack get` can fetch. */
#ifndef SEA_HTTP_URL_H
#define SEA_HTTP_URL_H

#include <stdint.h>

#include <seastack/addr.h>

#define SEA_URL_MAX 4096

struct sea_url {
	struct sea_addr host;
	uint16_t port;
	char target[SEA_URL_MAX]; /* path and query, as they are sent */
};

/* NULL, or what is wrong with it. */
const char *sea_url_parse(const char *text, struct sea_url *url);

/*
 * Where a Location leads that came from `url`: a URL of the same host and port, or a path. NULL, or
 * what is wrong with it.
 */
const char *sea_url_follow(struct sea_url *url, const char *location);

/* The last word of the path, as a name for a file: "index.html" when there is none. */
void sea_url_filename(const struct sea_url *url, char *name, size_t room);

#endif
