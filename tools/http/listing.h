/* SPDX-License-Identifier: Apache-2.0 */
/* The page that shows a folder. */
#ifndef SEA_HTTP_LISTING_H
#define SEA_HTTP_LISTING_H

#include "tools/cli/text.h"

/* HTML for the folder `fd`, which is called `path` ("." for the root). 0 or -errno. */
int sea_http_listing(int fd, const char *path, struct sea_text *page);

/* `string` with what HTML would take for its own replaced. */
void sea_http_escape_html(struct sea_text *to, const char *string);
/* `string` as one segment of a path: all but unreserved characters percent-encoded. */
void sea_http_escape_path(struct sea_text *to, const char *string);

#endif
