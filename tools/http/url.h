/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "http://192.0.2.1:8080/path?query", "http://[2001:db8::1]/", "http://[fe80::1%25sea0]/" (RFC 6874): what
 * `seastack get` can fetch.
 */
#ifndef SEA_HTTP_URL_H
#define SEA_HTTP_URL_H

#include <stdint.h>

#include "tools/host/peer.h"

#define SEA_URL_MAX 4096

struct sea_url {
	struct sea_peer host;
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

/* "192.0.2.1:8080", "[2001:db8::1]:80", as the server is told: without a zone. Returns `text`. */
#define SEA_URL_HOST_MAX (SEA_ADDR_TEXT_MAX + 8)
char *sea_url_host(const struct sea_url *url, char text[SEA_URL_HOST_MAX]);

/* The last word of the path, as a name for a file: "index.html" when there is none. */
void sea_url_filename(const struct sea_url *url, char *name, size_t room);

#endif
