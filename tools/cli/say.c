/* SPDX-License-Identifier: Apache-2.0 */
/* One sentence on standard error, written in one piece. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/say.h"

static const char *speaker;

void sea_say_verb(const char *verb)
{
	speaker = verb;
}

static void SEA_PRINTF(1, 0) say(const char *format, va_list args)
{
	char sentence[1024];

	vsnprintf(sentence, sizeof(sentence), format, args);
	fprintf(stderr, "seastack%s%s: %s\n", speaker ? " " : "", speaker ? speaker : "", sentence);
}

void sea_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int sea_say_failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return SEA_EXIT_FAILED;
}

int sea_say_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	fprintf(stderr, "See: seastack %s%s--help\n", speaker ? speaker : "", speaker ? " " : "");
	return SEA_EXIT_USAGE;
}

const char *sea_say_errno(int err)
{
	return strerror(abs(err));
}
