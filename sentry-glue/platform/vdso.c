/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/platform/vdso.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "sentry-glue/platform/inject.h"
#include "sentry-glue/platform/stub.h"

/* "[vvar]", "[vvar_vclock]", "[vdso]": what the code finds its data by is how far they are apart. */
static bool read_area(const char *line, struct sea_vdso_area *area)
{
	unsigned long from, to;
	char name[16];

	if (sscanf(line, "%lx-%lx %*s %*s %*s %*s [%13[^]]", &from, &to, name) != 3)
		return false;
	if (strncmp(name, "vvar", 4) && strcmp(name, "vdso"))
		return false;
	*area = (struct sea_vdso_area){ .from = from, .len = to - from };
	snprintf(area->name, sizeof(area->name), "[%.13s]", name);
	return true;
}

/* Sets where guests have each. False: they do not lie side by side or do not fit, there is no code, or it
 * lies in its own way. */
static bool place(struct sea_vdso *vdso)
{
	uint64_t header = getauxval(AT_SYSINFO_EHDR), end = 0;

	vdso->header = 0;
	for (unsigned int i = 0; i < vdso->n; i++) {
		struct sea_vdso_area *area = &vdso->area[i];

		if (i && area->from != end)
			return false;
		end = area->from + area->len;
		area->to = SEA_VDSO + (area->from - vdso->area[0].from);
		if (area->from == header)
			vdso->header = area->to;
	}
	vdso->len = vdso->n ? end - vdso->area[0].from : 0;
	return vdso->header && vdso->len <= SEA_VDSO_END - SEA_VDSO && end <= SEA_VDSO;
}

void sea_vdso_find(struct sea_vdso *vdso)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	*vdso = (struct sea_vdso){ 0 };
	if (!maps)
		return;
	while (vdso->n < SEA_VDSO_AREAS && fgets(line, sizeof(line), maps))
		vdso->n += read_area(line, &vdso->area[vdso->n]);
	fclose(maps);
	if (!place(vdso))
		*vdso = (struct sea_vdso){ 0 };
}

int64_t sea_vdso_move(struct sea_vcpu *vcpu, const struct sea_vdso *vdso)
{
	int64_t ret = 0;

	for (unsigned int i = 0; i < vdso->n && ret >= 0; i++) {
		const struct sea_vdso_area *area = &vdso->area[i];

		ret = sea_inject(vcpu, &(struct sea_inject){ SEA_STUB_CALL,
							     SEA_STUB_CALL_LEN,
							     SYS_mremap,
							     { area->from, area->len, area->len,
							       MREMAP_MAYMOVE | MREMAP_FIXED,
							       area->to } });
	}
	return ret < 0 ? ret : 0;
}
