// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/record/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packetimpact/record/info.h"

#define BYTES_MAX ((size_t)16 << 20) /* of a recording */

/* -- the file -- */

static bool path_of(const char *script, char path[PATH_MAX])
{
	size_t len = strlen(script);

	if (len > 4 && !strcmp(script + len - 4, ".pkt"))
		len -= 4;
	return snprintf(path, PATH_MAX, "%.*s.linux", (int)len, script) < PATH_MAX;
}

/* All of a file, of which nothing is waited for; "" where there is none, NULL without memory. */
static char *read_all(const char *path)
{
	char *text = NULL, part[4096];
	size_t len, n, sum = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *to = open_memstream(&text, &len), *from = fd < 0 ? NULL : fdopen(fd, "r");

	while (to && from && sum < BYTES_MAX && (n = fread(part, 1, sizeof(part), from)) > 0) {
		(void)fwrite(part, 1, n, to);
		sum += n;
	}
	if (from)
		(void)fclose(from);
	else if (fd >= 0)
		(void)close(fd);
	return to && !fclose(to) ? text : NULL;
}

/* A section begins with this line, and so does a recording. */
static bool has_sections(const char *text)
{
	return !strncmp(text, "# ", 2);
}

const char *sea_recording_trouble(const char *script)
{
	char path[PATH_MAX], *text;
	struct stat st;
	bool good;

	if (!path_of(script, path))
		return NULL;
	if (stat(path, &st))
		return errno == ENOENT ? NULL : "it cannot be looked at";
	if (!S_ISREG(st.st_mode))
		return "it is no file";
	if ((size_t)st.st_size > BYTES_MAX)
		return "it is too large";
	if (access(path, R_OK))
		return "it may not be read";
	text = read_all(path);
	good = text && has_sections(text);
	free(text);
	return good ? NULL : "it has no section";
}

/* Where the section of a family begins, and its end; NULL: there is none. */
static const char *find(const char *text, const char *family, const char **end)
{
	size_t len = strlen(family);

	for (const char *at = text; at && *at; at = strstr(at + 1, "\n# ")) {
		at += *at == '\n';
		if (strncmp(at, "# ", 2) || strncmp(at + 2, family, len) || at[2 + len] != ':')
			continue;
		*end = strstr(at, "\n# ");
		*end = *end ? *end + 1 : at + strlen(at);
		return at;
	}
	return NULL;
}

/* The old one stays until the new one is whole. */
static int write_file(const char *path, const char *before, size_t before_len, const char *section,
		      const char *after)
{
	char fresh[PATH_MAX + 8];
	bool written;
	FILE *to;
	int err;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	to = fopen(fresh, "we");
	if (!to)
		return -errno;
	written = fwrite(before, 1, before_len, to) == before_len && fputs(section, to) >= 0 &&
		  fputs(after, to) >= 0;
	written = !fclose(to) && written;
	if (written && !rename(fresh, path))
		return 0;
	err = errno ? -errno : -EIO;
	(void)unlink(fresh);
	return err;
}

int sea_recording_write(const char *script, const char *family, const char *verdict,
			const char *device, const char *trace)
{
	char path[PATH_MAX], *section = NULL, *text;
	const char *at, *end;
	int err = -ENAMETOOLONG;

	if (!path_of(script, path))
		return err;
	text = read_all(path);
	if (!text || asprintf(&section, "# %s: %s on %s\n%s", family, verdict, device, trace) < 0) {
		free(text);
		return -ENOMEM;
	}
	if (!has_sections(text))
		*text = 0; /* what is there is no recording */
	at = find(text, family, &end);
	if (!at)
		at = end = text + strlen(text);
	err = write_file(path, text, (size_t)(at - text), section, end);
	free(section);
	free(text);
	return err;
}

char *sea_recording_read(const char *script, const char *family, char *head, size_t head_len)
{
	char path[PATH_MAX], *text, *trace = NULL;
	const char *at, *end, *line;

	if (!path_of(script, path))
		return NULL;
	text = read_all(path);
	at = text ? find(text, family, &end) : NULL;
	if (at) {
		at += strlen(family) + 4;
		line = strchr(at, '\n');
		line = line ? line : end;
		snprintf(head, head_len, "%.*s", (int)(line - at), at);
		line += *line == '\n';
		trace = line < end ? strndup(line, (size_t)(end - line)) : strdup("");
	}
	free(text);
	return trace;
}

/* -- comparing -- */

/* A walk over the lines of one kind. */
struct walk {
	const char *at;
	bool packets;
	bool infos; /* those of TCP_INFO, too */
	double time;
	double before, own; /* of the line in front, of either kind and of this one */
	const char *what;   /* behind the time; NULL: no more */
	int len;            /* of that */
};

static bool is_packet(const char *what)
{
	return !strncmp(what, "> ", 2);
}

static bool is_info(const char *what)
{
	return !strncmp(what, SEA_TRACE_INFO " ", strlen(SEA_TRACE_INFO) + 1);
}

static void next(struct walk *w)
{
	double last = w->time;

	if (w->what)
		w->own = w->time;
	w->what = NULL;
	while (*w->at) {
		const char *line = w->at, *end = strchr(line, '\n');
		char *what;

		w->before = last;
		last = strtod(line, &what);
		end = end ? end : line + strlen(line);
		w->at = *end ? end + 1 : end;
		what += *what == ' ';
		if (what >= end || is_packet(what) != w->packets || (!w->infos && is_info(what)))
			continue;
		w->time = last;
		w->what = what;
		w->len = (int)(end - what);
		return;
	}
}

static bool close_to(double x, double y)
{
	return fabs(x - y) <= 0.008 + (x > y ? x : y) / 8;
}

/* A clock that stands still has lines at one time that another has one behind the other. */
static bool same_time(const struct walk *a, const struct walk *b)
{
	return close_to(a->time - a->before, b->time - b->before) ||
	       close_to(a->time - a->own, b->time - b->own) || fabs(a->time - b->time) <= 0.008;
}

static bool same(const struct walk *a, const struct walk *b, char info[2][SEA_TRACE_INFO_ROW])
{
	info[0][0] = info[1][0] = 0;
	if (!a->what || !b->what)
		return a->what == b->what;
	if (is_info(a->what) && is_info(b->what))
		return sea_trace_info_same(a->what, (size_t)a->len, b->what, (size_t)b->len,
					   (uint64_t)(fabs(a->time - b->time) * 1e6), info);
	return a->len == b->len && !strncmp(a->what, b->what, (size_t)a->len) && same_time(a, b);
}

static void put(const struct walk *w, const char *info, char to[256])
{
	to[0] = 0;
	if (w->what && *info)
		snprintf(to, 256, "%.6f %s", w->time, info);
	else if (w->what)
		snprintf(to, 256, "%.6f %.*s", w->time, w->len, w->what);
}

bool sea_recording_compare(const char *recorded, const char *seen, bool partial,
			   struct sea_recording_row rows[2], unsigned *n)
{
	/* There are recordings from before they were kept. */
	const bool infos = strstr(recorded, SEA_TRACE_INFO " ");
	char info[2][SEA_TRACE_INFO_ROW] = { "", "" };

	*n = 0;
	for (unsigned kind = 0; kind < 2; kind++) {
		struct walk a = { .at = recorded, .packets = kind, .infos = infos },
			    b = { .at = seen, .packets = kind, .infos = infos };

		do {
			next(&a);
			next(&b);
		} while (a.what && same(&a, &b, info));
		if (same(&a, &b, info) || (partial && !a.what))
			continue;
		put(&a, info[0], rows[*n].recorded);
		put(&b, info[1], rows[(*n)++].seen);
	}
	return !*n;
}
