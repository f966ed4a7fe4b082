/* SPDX-License-Identifier: Apache-2.0 */
/* Paths are taken apart into words, and the first few tell. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tools/exec/path.h"

#define WORDS_MAX 16

struct word {
	const char *at;
	size_t len;
};

struct words {
	struct word word[WORDS_MAX];
	size_t n;
};

static bool is(const struct words *words, size_t i, const char *text)
{
	return i < words->n && words->word[i].len == strlen(text) &&
	       !memcmp(words->word[i].at, text, words->word[i].len);
}

/* False: there are too many for a file of ours. */
static bool add(struct words *words, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");
		bool up = len == 2 && !memcmp(path, "..", 2);

		if (up && words->n) {
			words->n--;
		} else if (len && !up && !(len == 1 && *path == '.')) {
			if (words->n == WORDS_MAX)
				return false;
			words->word[words->n++] = (struct word){ path, len };
		}
		path += len;
		path += *path == '/';
	}
	return true;
}

static bool is_number(const struct words *words, size_t i)
{
	return i < words->n && strspn(words->word[i].at, "0123456789") == words->word[i].len;
}

/* net, self/net, thread-self/net, 1234/net, 1234/task/1235/net: the word after them, or 0. */
static size_t behind_net(const struct words *words)
{
	bool process = is(words, 1, "self") || is_number(words, 1);

	if (is(words, 1, "net"))
		return 2;
	if (is(words, 2, "net") && (process || is(words, 1, "thread-self")))
		return 3;
	return process && is(words, 2, "task") && is_number(words, 3) && is(words, 4, "net") ? 5
											     : 0;
}

/* A dot within a word of a sysctl's name is written '/', as sysctl(8) writes it. */
static bool join(const struct words *words, size_t from, const char *begin, char between,
		 char name[SEA_SYSCTL_NAME_MAX])
{
	size_t len = strlen(begin);

	memcpy(name, begin, len + 1);
	for (size_t i = from; i < words->n; i++) {
		if (len + 1 + words->word[i].len >= SEA_SYSCTL_NAME_MAX)
			return false;
		if (len)
			name[len++] = between;
		for (size_t k = 0; k < words->word[i].len; k++, len++) {
			name[len] = words->word[i].at[k];
			if (name[len] == between)
				name[len] = '/';
		}
		name[len] = '\0';
	}
	return true;
}

enum sea_exec_path sea_exec_path(const char *folder, const char *path,
				 char name[SEA_SYSCTL_NAME_MAX])
{
	struct words words = { .n = 0 };
	size_t from;

	if (!add(&words, folder) || !add(&words, path) || !is(&words, 0, "proc"))
		return SEA_EXEC_PATH_OTHER;
	if (is(&words, 1, "sys") && is(&words, 2, "net") && !is(&words, 3, "unix"))
		return join(&words, 3, "net", '.', name) ? SEA_EXEC_PATH_SYSCTL
							 : SEA_EXEC_PATH_OTHER;
	from = behind_net(&words);
	if (from && !is(&words, from, "unix") && join(&words, from, "", '/', name))
		return SEA_EXEC_PATH_TABLE;
	return SEA_EXEC_PATH_OTHER;
}

int sea_exec_path_of(enum sea_exec_path kind, const char *name, char path[SEA_EXEC_NAME_MAX])
{
	bool sysctl = kind == SEA_EXEC_PATH_SYSCTL;
	int n = snprintf(path, SEA_EXEC_NAME_MAX, "/proc/%s%s%s", sysctl ? "sys/" : "net",
			 sysctl || !*name ? "" : "/", name);

	for (char *at = path + strlen("/proc/sys/"); sysctl && *at; at++)
		*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
	return n;
}
