// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/dut.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned args;
} calls[] = {
#define CALL(name, args) { #name, args },
#include "packetimpact/dut/call.def"
#undef CALL
};

const char *sea_dut_nr_name(enum sea_dut_nr nr)
{
	return calls[nr].name;
}

unsigned sea_dut_nr_args(enum sea_dut_nr nr)
{
	return calls[nr].args;
}

bool sea_dut_nr_by_name(const char *name, enum sea_dut_nr *nr)
{
	for (unsigned i = 0; i < SEA_DUT_CALLS; i++) {
		if (strcmp(calls[i].name, name))
			continue;
		*nr = (enum sea_dut_nr)i;
		return true;
	}
	return false;
}

static struct sea_addr parsed(const char *text)
{
	struct sea_addr addr = { 0 };

	(void)sea_addr_parse(text, &addr);
	return addr;
}

void sea_dut_config_default(struct sea_dut_config *config, int family)
{
	bool v4 = family == SEA_AF_INET;

	*config = (struct sea_dut_config){
		.local = parsed(v4 ? "192.168.0.2" : "fd3d:fa7b:d17d::2"),
		.prefix_len = v4 ? 16 : 48,
		.gateway = parsed(v4 ? "192.168.0.1" : "fd3d:fa7b:d17d:8888::"),
		.remote = parsed(v4 ? "192.0.2.0" : "2001:db8::"),
		.remote_prefix_len = v4 ? 24 : 32,
		.mtu = 1500,
		.seed = 1,
		.patience_ms = SEA_DUT_PATIENCE_MS,
	};
}

void sea_dut_close(struct sea_dut *dut)
{
	if (dut)
		dut->ops->close(dut);
}

const char *sea_dut_name(const struct sea_dut *dut)
{
	return dut->ops->name(dut);
}

bool sea_dut_is_virtual(const struct sea_dut *dut)
{
	return dut->ops->is_virtual;
}

sea_time sea_dut_now(struct sea_dut *dut)
{
	return dut->ops->now(dut);
}

void sea_dut_begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	call->done = false;
	call->began = sea_dut_now(dut);
	dut->ops->begin(dut, call);
}

void sea_dut_interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	if (!call->done)
		dut->ops->interrupt(dut, call);
}

unsigned sea_dut_run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	return dut->ops->run(dut, until, stop);
}

int sea_dut_inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	return dut->ops->inject(dut, packet);
}

bool sea_dut_take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	return dut->ops->take(dut, packet);
}

int sea_dut_sysctl_get(struct sea_dut *dut, const char *name, char *text, size_t len)
{
	return dut->ops->sysctl_get(dut, name, text, len);
}

int sea_dut_sysctl_set(struct sea_dut *dut, const char *name, const char *text)
{
	return dut->ops->sysctl_set(dut, name, text);
}

bool sea_dut_sysctl_next(struct sea_dut *dut, char name[SEA_SYSCTL_NAME_MAX])
{
	return dut->ops->sysctl_next(dut, name);
}

int sea_dut_offload(struct sea_dut *dut, const char *name, bool on)
{
	return dut->ops->offload(dut, name, on);
}

int sea_dut_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd)
{
	return dut->ops->command(dut, argc, argv, out_fd, err_fd);
}

int sea_dut_shell(struct sea_dut *dut, const char *text, const char *dir)
{
	return dut->ops->shell(dut, text, dir);
}
