/* SPDX-License-Identifier: Apache-2.0 */
/* Which faults there are, and how each is written. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/parse.h"
#include "tools/host/fault_profile.h"

#define DURATION_MAX (3600 * SEA_SEC)

enum kind { PERCENT, DURATION, RATE, COUNT, FLAG };

static const struct fault {
	const char *name;
	enum kind kind;
	size_t offset;
} faults[] = {
	{ "loss", PERCENT, offsetof(struct sea_fault_profile, loss_ppm) },
	{ "duplicate", PERCENT, offsetof(struct sea_fault_profile, duplicate_ppm) },
	{ "corrupt", PERCENT, offsetof(struct sea_fault_profile, corrupt_ppm) },
	{ "reorder", PERCENT, offsetof(struct sea_fault_profile, reorder_ppm) },
	{ "delay", DURATION, offsetof(struct sea_fault_profile, delay_ns) },
	{ "jitter", DURATION, offsetof(struct sea_fault_profile, jitter_ns) },
	{ "rate", RATE, offsetof(struct sea_fault_profile, rate_bps) },
	{ "queue", COUNT, offsetof(struct sea_fault_profile, queue_max) },
	{ "partition", FLAG, offsetof(struct sea_fault_profile, partition) },
};

static const struct fault *find(const char *name)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (!strcmp(faults[i].name, name))
			return &faults[i];
	}
	return NULL;
}

static const char *put(void *to, enum kind kind, const char *value)
{
	uint64_t count;

	switch (kind) {
	case PERCENT:
		return sea_parse_percent(value, to) ? NULL : "wants a percentage, such as 2%";
	case DURATION:
		return sea_parse_duration(value, to) && *(int64_t *)to <= DURATION_MAX
			       ? NULL
			       : "wants a time of at most an hour, such as 20ms";
	case RATE:
		return sea_parse_rate(value, to) ? NULL : "wants a rate, such as 10mbit";
	case COUNT:
		if (!sea_parse_number(value, UINT32_MAX, &count) || !count)
			return "wants a number of frames, such as 1000";
		*(uint32_t *)to = (uint32_t)count;
		return NULL;
	case FLAG:
		*(bool *)to = true;
		return *value ? "takes no value" : NULL;
	}
	return NULL;
}

static const char *parse_one(char *word, struct sea_fault_config *config)
{
	bool rx = strncmp(word, "tx:", 3) != 0, tx = strncmp(word, "rx:", 3) != 0;
	char *name = rx && tx ? word : word + 3;
	char *value = strchr(name, '=');
	const struct fault *fault;
	const char *wrong = NULL;

	if (value)
		*value++ = '\0';
	else
		value = name + strlen(name);
	if (!strcmp(name, "seed") && rx && tx)
		return sea_parse_number(value, UINT64_MAX, &config->seed) ? NULL : "wants a number";
	fault = find(name);
	if (!fault)
		return "is no fault: there are loss, delay, jitter, reorder, duplicate, corrupt, "
		       "rate, queue, partition and seed";
	if (rx)
		wrong = put((char *)&config->rx + fault->offset, fault->kind, value);
	if (tx && !wrong)
		wrong = put((char *)&config->tx + fault->offset, fault->kind, value);
	return wrong;
}

const char *sea_fault_profile_parse(const char *text, struct sea_fault_config *config)
{
	/* Only the sentence about the latest profile is kept. */
	static char sentence[256];
	char copy[256], *rest = copy, *word;
	const char *wrong;

	*config = (struct sea_fault_config){ .size = sizeof(*config), .seed = 1 };
	if (strlen(text) >= sizeof(copy))
		return "is too long";
	if (!*text)
		return "is empty; such as loss=2%,delay=20ms";
	strcpy(copy, text);
	while ((word = strsep(&rest, ","))) {
		wrong = parse_one(word, config);
		if (wrong) {
			snprintf(sentence, sizeof(sentence), "'%s' %s", word, wrong);
			return sentence;
		}
	}
	return NULL;
}
