/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sysctls set to texts of any kind while links come and go: what was refused changed nothing, what was taken is shown
 * again and can be set as it is shown.
 *
 * Input: steps of a byte that says what is done, two that say which sysctl, and a text up to the next 0.
 */
#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/stack.h>

#include "tests/fuzz/env.h"

#define NAMES_MAX 4096
#define TEXT_MAX 256
#define SHOWN_MAX 1024
#define STEPS 64

static sea_time now;
static struct sea_stack *stack;
static char names[NAMES_MAX][SEA_SYSCTL_NAME_MAX];
static unsigned n_names;

static void list_names(void)
{
	char name[SEA_SYSCTL_NAME_MAX] = "";

	for (n_names = 0; sea_sysctl_next(stack, name); n_names++) {
		require(n_names < NAMES_MAX);
		memcpy(names[n_names], name, sizeof(name));
	}
	require(n_names > 100);
}

static int show(const char *name, char text[SHOWN_MAX])
{
	int n = sea_sysctl_get(stack, name, text, SHOWN_MAX);

	require(n < 0 || strlen(text) < SHOWN_MAX);
	return n;
}

/* Some that can be set cannot be shown, and some are shown otherwise as time passes. */
static void set(const char *name, const char *text)
{
	char before[SHOWN_MAX] = "", after[SHOWN_MAX] = "";
	int shown = show(name, before), err = sea_sysctl_set(stack, name, text, now);

	require(err <= 0);
	if (shown < 0)
		return;
	require(show(name, after) >= 0);
	if (err)
		require(!strcmp(before, after));
	else if (after[0])
		(void)!sea_sysctl_set(stack, name, after, now);
}

static void change_links(uint8_t what, const char *name)
{
	static struct sea_link *link;
	struct sea_link_config config = { .size = sizeof(config),
					  .name = name,
					  .type = SEA_LINK_ETHERNET };

	if (!what) {
		link = NULL;
	} else if (link) {
		sea_link_del(link, now);
		link = NULL;
	} else if (sea_link_add(stack, &config, &link, now)) {
		link = NULL;
	}
	list_names();
}

/* A text of the input up to the next 0, with its NUL. */
static const char *take_text(const uint8_t **data, size_t *size)
{
	static char text[TEXT_MAX];
	size_t len = strnlen((const char *)*data, *size);
	size_t kept = len < TEXT_MAX - 1 ? len : TEXT_MAX - 1;

	memcpy(text, *data, kept);
	text[kept] = '\0';
	*data += len;
	*size -= len;
	if (*size) {
		++*data;
		--*size;
	}
	return text;
}

static void step(const uint8_t **data, size_t *size)
{
	uint8_t what = (*data)[0];
	unsigned which = (unsigned)(*data)[1] << 8 | (*data)[2];
	const char *text;

	*data += 3;
	*size -= 3;
	text = take_text(data, size);
	now.ns += SEA_MSEC;
	if (what % 16 == 15)
		change_links(what, text);
	else if (what % 16 == 14)
		require(sea_sysctl_set(stack, text, "1", now) <= 0);
	else
		set(names[which % n_names], text);
	sea_stack_advance(stack, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	now = (sea_time){ SEA_SEC };
	require(!sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack));
	change_links(0, "");
	for (unsigned i = 0; i < STEPS && size >= 3; i++)
		step(&data, &size);
	sea_stack_free(stack);
	require(!live);
	return 0;
}
