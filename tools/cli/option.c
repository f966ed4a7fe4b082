/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a command line against its tables: --name VALUE, --name=VALUE, -x VALUE, -xVALUE; operands
 * anywhere; "--" ends the options.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/option.h"
#include "tools/cli/say.h"

#define HELP_COLUMN 30

static const struct sea_option *by_name(const struct sea_usage *usage, const char *name, size_t len)
{
	for (const struct sea_option_group *group = usage->groups; group->title; group++) {
		for (const struct sea_option *option = group->options; option->name; option++) {
			if (strlen(option->name) == len && !memcmp(option->name, name, len))
				return option;
		}
	}
	return NULL;
}

static const struct sea_option *by_letter(const struct sea_usage *usage, char letter)
{
	for (const struct sea_option_group *group = usage->groups; group->title; group++) {
		for (const struct sea_option *option = group->options; option->name; option++) {
			if (letter && option->letter == letter)
				return option;
		}
	}
	return NULL;
}

static void print_option(const struct sea_option *option)
{
	char letter[8] = "", left[80];
	int width;

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	width = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, option->name,
			 option->value ? " " : "", option->value ? option->value : "");
	if (width < HELP_COLUMN)
		printf("%-*s", HELP_COLUMN, left);
	else
		printf("%s\n%*s", left, HELP_COLUMN, "");
	/* A help text of several lines is set under its first. */
	for (const char *line = option->help; line; line = *line ? line + 1 : NULL) {
		width = (int)strcspn(line, "\n");
		printf("%*s%.*s\n", line == option->help ? 0 : HELP_COLUMN, "", width, line);
		line += width;
	}
}

static void print_help(const struct sea_usage *usage)
{
	printf("Usage: seastack %s [OPTION]...%s%s\n\n%s\n", usage->verb,
	       usage->operands[0] ? " " : "", usage->operands, usage->about);
	for (const struct sea_option_group *group = usage->groups; group->title; group++) {
		printf("\n%s\n", group->title);
		for (const struct sea_option *option = group->options; option->name; option++)
			print_option(option);
	}
	printf("\n  %-*s%s\n", HELP_COLUMN - 2, "-h, --help", "print this");
	if (usage->notes)
		printf("\n%s\n", usage->notes);
	printf("\nExit status: 0 done, 1 it did not work, 2 the command line makes no sense.\n");
}

static int set_option(const struct sea_option *option, const char *value, void *settings)
{
	const char *wrong;

	if (option->value && !value)
		return sea_say_usage("--%s needs a value: %s", option->name, option->value);
	if (!option->value && value)
		return sea_say_usage("--%s takes no value", option->name);
	wrong = option->set(settings, value);
	if (wrong && value)
		return sea_say_usage("--%s %s: %s", option->name, value, wrong);
	if (wrong)
		return sea_say_usage("--%s: %s", option->name, wrong);
	return SEA_USAGE_RUN;
}

static int long_option(const struct sea_usage *usage, const char *text, char ***next, char **end,
		       void *settings)
{
	size_t len = strcspn(text, "=");
	const struct sea_option *option = by_name(usage, text, len);
	const char *value = text[len] ? text + len + 1 : NULL;

	if (!option)
		return sea_say_usage("there is no option --%.*s", (int)len, text);
	if (!value && option->value && *next < end)
		value = *(*next)++;
	return set_option(option, value, settings);
}

static int short_option(const struct sea_usage *usage, const char *text, char ***next, char **end,
			void *settings)
{
	const struct sea_option *option;
	const char *value;
	int status;

	/* Letters without values may stand together. */
	for (; *text; text++) {
		option = by_letter(usage, *text);
		if (!option)
			return sea_say_usage("there is no option -%c", *text);
		if (!option->value) {
			status = set_option(option, NULL, settings);
			if (status != SEA_USAGE_RUN)
				return status;
			continue;
		}
		value = text[1] ? text + 1 : NULL;
		if (!value && *next < end)
			value = *(*next)++;
		return set_option(option, value, settings);
	}
	return SEA_USAGE_RUN;
}

static int check_operands(const struct sea_usage *usage, char **operands, int n)
{
	if (n < usage->operands_min)
		return sea_say_usage("%s is missing", usage->operands);
	if (n > usage->operands_max)
		return sea_say_usage("'%s' is one word too many", operands[usage->operands_max]);
	return SEA_USAGE_RUN;
}

int sea_usage_parse(const struct sea_usage *usage, int argc, char **argv, void *settings, int *n)
{
	char **next = argv + 1, **end = argv + argc;
	bool only_operands = false;
	int status = SEA_USAGE_RUN;

	sea_say_verb(usage->verb);
	*n = 0;
	while (next < end && status == SEA_USAGE_RUN) {
		char *word = *next++;

		if (only_operands || word[0] != '-' || !word[1]) {
			argv[(*n)++] = word;
		} else if (!strcmp(word, "--")) {
			only_operands = true;
		} else if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			print_help(usage);
			return SEA_EXIT_OK;
		} else if (word[1] == '-') {
			status = long_option(usage, word + 2, &next, end, settings);
		} else {
			status = short_option(usage, word + 1, &next, end, settings);
		}
	}
	return status == SEA_USAGE_RUN ? check_operands(usage, argv, *n) : status;
}
