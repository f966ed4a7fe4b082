/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a script that is run on Seastack: it passes, fails or is skipped, with words. Snippets of shell and code
 * are left out: what they do is this machine's.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packetimpact/run/run.h"
#include "packetimpact/script/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FAR_NS INT64_C(100000000000) /* a script of years takes as long as its timers are many */

static bool is_tame(const struct sea_script_event *event)
{
	return (event->kind == SEA_EVENT_PACKET || event->kind == SEA_EVENT_CALL) &&
	       event->time.from_ns < FAR_NS && event->time.to_ns < FAR_NS &&
	       (event->kind != SEA_EVENT_CALL || event->call.end_ns < FAR_NS);
}

/* A script, and one that may be run here? */
static bool may_run(const uint8_t *data, size_t size)
{
	struct sea_script_error error;
	struct sea_script *script;
	bool tame;

	if (sea_script_parse("fuzz", (const char *)data, size, NULL, 0, &script, &error))
		return false;
	tame = !script->init.s && !script->cleanup.s;
	for (const struct sea_script_event *e = script->events; e; e = e->next)
		tame = tame && is_tame(e);
	sea_script_free(script);
	return tame;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_run_result result;
	char path[40];
	int fd;

	if (!may_run(data, size))
		return 0;
	fd = memfd_create("script", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned family = 0; family < 3; family++) {
		const struct sea_run_options options = { .family = (enum sea_run_family)family,
							 .dut_new = sea_dut_seastack_new };

		sea_run_script(path, &options, &result);
		if (!result.report || (result.verdict != SEA_RUN_PASSED && !result.report[0]))
			abort();
		sea_run_result_fini(&result);
	}
	(void)close(fd);
	return 0;
}
