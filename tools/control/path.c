/* SPDX-License-Identifier: Apache-2.0 */
/* Root's stacks are in /run/seastack; everyone may look there. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/cli/text.h"
#include "tools/control/path.h"

#define FOLDERS 2

struct folder {
	char path[SEA_CONTROL_PATH_MAX]; /* empty: there is none */
};

static void folders(struct folder at[FOLDERS])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	snprintf(at[0].path, sizeof(at[0].path), "/run/seastack");
	at[1].path[0] = '\0';
	if (runtime && *runtime == '/' && strlen(runtime) < sizeof(at[1].path) - 80)
		snprintf(at[1].path, sizeof(at[1].path), "%s/seastack", runtime);
}

bool sea_control_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > 64 || *name == '.')
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	}
	return true;
}

static bool join(const struct folder *folder, const char *name, char path[SEA_CONTROL_PATH_MAX])
{
	int len = snprintf(path, SEA_CONTROL_PATH_MAX, "%s/%s.sock", folder->path, name);

	return len > 0 && (size_t)len < SEA_CONTROL_PATH_MAX;
}

int sea_control_path_given(const char *given, char path[SEA_CONTROL_PATH_MAX])
{
	if (!*given || strlen(given) >= SEA_CONTROL_PATH_MAX)
		return sea_say_failed("the path of a control socket has 1 to %zu bytes",
				      SEA_CONTROL_PATH_MAX - 1);
	strcpy(path, given);
	return SEA_EXIT_OK;
}

int sea_control_path_new(const char *name, char path[SEA_CONTROL_PATH_MAX])
{
	struct folder at[FOLDERS];

	folders(at);
	for (int i = 0; i < FOLDERS && at[i].path[0]; i++) {
		if ((!mkdir(at[i].path, 0755) || errno == EEXIST) && !access(at[i].path, W_OK) &&
		    join(&at[i], name, path))
			return SEA_EXIT_OK;
	}
	return sea_say_failed("neither /run/seastack nor $XDG_RUNTIME_DIR/seastack can be written: "
			      "say --control SOCKET");
}

/* How many stacks are in the folder; their names, and the path of the last. */
static int collect(const struct folder *folder, char found[SEA_CONTROL_PATH_MAX],
		   struct sea_text *names)
{
	DIR *dir = folder->path[0] ? opendir(folder->path) : NULL;
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		char *end = strrchr(entry->d_name, '.');

		if (!end || end == entry->d_name || strcmp(end, ".sock"))
			continue;
		*end = '\0';
		if (!join(folder, entry->d_name, found))
			continue;
		n++;
		sea_text_printf(names, " %s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

static int find_only(const struct folder at[FOLDERS], char path[SEA_CONTROL_PATH_MAX])
{
	struct sea_text names = { 0 };
	int n = 0, status = SEA_EXIT_OK;

	for (int i = 0; i < FOLDERS; i++)
		n += collect(&at[i], path, &names);
	if (!n)
		status = sea_say_failed("no stack is running: 'seastack up' starts one");
	else if (n > 1)
		status = sea_say_failed("several stacks are running: say --name with one of%s",
					names.failed ? " them" : names.at);
	sea_text_fini(&names);
	return status;
}

int sea_control_path_find(const char *name, char path[SEA_CONTROL_PATH_MAX])
{
	struct folder at[FOLDERS];

	folders(at);
	if (!name)
		return find_only(at, path);
	for (int i = 0; i < FOLDERS; i++) {
		if (at[i].path[0] && join(&at[i], name, path) && !access(path, F_OK))
			return SEA_EXIT_OK;
	}
	return sea_say_failed("no stack named %s is running", name);
}
