// SPDX-License-Identifier: Apache-2.0
/* packetimpact list --tags: what RFC 9293 asks for, and which tests of this program's source show it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "packetimpact/verbs/verb.h"

struct tag {
	const char *label, *sentence, *reason, *tests; /* tests: a line each */
};

/* Made from tests/rfc/9293.required and the tests themselves (tools/rfc-tags.awk). */
static const struct tag tags[] = {
#define TAG(label, sentence, reason, tests) { label, sentence, reason, tests },
#include "packetimpact/tags.inc"
#undef TAG
};

#define TAGS (sizeof(tags) / sizeof(tags[0]))

static unsigned print_tag(const struct tag *tag)
{
	unsigned n = 0;

	printf("RFC9293:%-15s %s\n", tag->label, tag->sentence);
	for (const char *at = tag->tests; *at; n++) {
		size_t len = strcspn(at, "\n");

		printf("%-23s %.*s\n", "", (int)len, at);
		at += len + (at[len] == '\n');
	}
	if (tag->reason[0])
		printf("%-23s %s\n", "", tag->reason);
	return n;
}

int sea_impact_tags(void)
{
	unsigned shown = 0, reasons = 0;

	for (size_t i = 0; i < TAGS; i++) {
		bool has_test = print_tag(&tags[i]);

		shown += has_test;
		reasons += !has_test && tags[i].reason[0];
	}
	printf("%zu labels: %u with tests, %u with a reason for having none, %zu without either\n",
	       TAGS, shown, reasons, TAGS - shown - reasons);
	return shown + reasons == TAGS ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}
