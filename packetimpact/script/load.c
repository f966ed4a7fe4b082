// SPDX-License-Identifier: Apache-2.0
/* A script from a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/script/script.h"

/* One byte more than a script may have is enough to be told so. */
#define READ_MAX (((size_t)16 << 20) + 1)

static int read_all(FILE *file, char **text, size_t *len)
{
	size_t room = 65536;

	*len = 0;
	*text = NULL;
	do {
		char *more = realloc(*text, room);

		if (!more)
			return -ENOMEM;
		*text = more;
		*len += fread(*text + *len, 1, room - *len, file);
		if (ferror(file))
			return errno ? -errno : -EIO;
		if (*len < room)
			return 0;
		room *= 2;
	} while (*len < READ_MAX);
	return 0;
}

int sea_script_load(const char *path, const struct sea_script_define *defines, size_t n_defines,
		    struct sea_script **script, struct sea_script_error *error)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;
	int rc = file ? 0 : -errno;

	*script = NULL;
	errno = 0;
	if (file) {
		rc = read_all(file, &text, &len);
		fclose(file);
	}
	if (rc) {
		*error = (struct sea_script_error){ 0 };
		snprintf(error->path, sizeof(error->path), "%s", path);
		snprintf(error->message, sizeof(error->message), "%s", strerror(-rc));
	} else {
		rc = sea_script_parse(path, text ? text : "", len, defines, n_defines, script,
				      error);
	}
	free(text);
	return rc;
}
