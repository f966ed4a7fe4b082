/* SPDX-License-Identifier: Apache-2.0 */
/* Names in order, folders with a slash; hidden ones are not shown. Large folders are cut, and say so. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/http/listing.h"

#define ENTRIES_MAX 5000

void sea_http_escape_html(struct sea_text *to, const char *string)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{ '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	for (; *string; string++) {
		size_t i = 0, n = sizeof(entities) / sizeof(entities[0]);

		while (i < n && entities[i].c != *string)
			i++;
		if (i < n)
			sea_text_puts(to, entities[i].entity);
		else
			sea_text_add(to, string, 1);
	}
}

void sea_http_escape_path(struct sea_text *to, const char *string)
{
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c))
			sea_text_add(to, string, 1);
		else
			sea_text_printf(to, "%%%02X", c);
	}
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_row(struct sea_text *page, const char *href, const char *name, const char *slash,
		    const struct stat *st)
{
	sea_text_puts(page, "<tr><td><a href=\"");
	/* A name with a colon would read as a scheme. */
	sea_text_puts(page, "./");
	sea_http_escape_path(page, href);
	sea_text_printf(page, "%s\">", slash);
	sea_http_escape_html(page, name);
	sea_text_printf(page, "%s</a><td align=right>", slash);
	if (st && S_ISREG(st->st_mode))
		sea_text_printf(page, "%" PRIu64, (uint64_t)st->st_size);
	sea_text_puts(page, "\n");
}

static void add_entries(int fd, struct dirent **entries, int n, struct sea_text *page)
{
	struct stat st;

	for (int i = 0; i < n && i < ENTRIES_MAX; i++) {
		const char *name = entries[i]->d_name;

		if (!fstatat(fd, name, &st, 0))
			add_row(page, name, name, S_ISDIR(st.st_mode) ? "/" : "", &st);
	}
	if (n > ENTRIES_MAX)
		sea_text_printf(page, "<tr><td>and %d more\n", n - ENTRIES_MAX);
}

int sea_http_listing(int fd, const char *path, struct sea_text *page)
{
	bool root = !strcmp(path, ".");
	struct dirent **entries;
	int n = scandirat(fd, ".", &entries, visible, by_bytes);

	if (n < 0)
		return -errno;
	sea_text_puts(page, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>/");
	sea_http_escape_html(page, root ? "" : path);
	sea_text_puts(page, "</title>\n<h1>/");
	sea_http_escape_html(page, root ? "" : path);
	sea_text_puts(page, "</h1>\n<table cellpadding=4>\n");
	if (!root)
		add_row(page, "..", "..", "/", NULL);
	add_entries(fd, entries, n, page);
	sea_text_puts(page, "</table>\n");
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return page->failed ? -ENOMEM : 0;
}
