// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/around.h"

static struct sea_dut *inner_of(struct sea_dut *dut)
{
	return ((struct sea_dut_around *)dut)->inner;
}

static const char *name(const struct sea_dut *dut)
{
	return sea_dut_name(((const struct sea_dut_around *)dut)->inner);
}

static sea_time now(struct sea_dut *dut)
{
	return sea_dut_now(inner_of(dut));
}

static void begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	sea_dut_begin(inner_of(dut), call);
}

static void interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	sea_dut_interrupt(inner_of(dut), call);
}

static unsigned run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	return sea_dut_run(inner_of(dut), until, stop);
}

static int inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	return sea_dut_inject(inner_of(dut), packet);
}

static bool take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	return sea_dut_take(inner_of(dut), packet);
}

static int sysctl_get(struct sea_dut *dut, const char *key, char *text, size_t len)
{
	return sea_dut_sysctl_get(inner_of(dut), key, text, len);
}

static int sysctl_set(struct sea_dut *dut, const char *key, const char *text)
{
	return sea_dut_sysctl_set(inner_of(dut), key, text);
}

static bool sysctl_next(struct sea_dut *dut, char key[SEA_SYSCTL_NAME_MAX])
{
	return sea_dut_sysctl_next(inner_of(dut), key);
}

static int offload(struct sea_dut *dut, const char *feature, bool on)
{
	return sea_dut_offload(inner_of(dut), feature, on);
}

static int command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd)
{
	return sea_dut_command(inner_of(dut), argc, argv, out_fd, err_fd);
}

static int shell(struct sea_dut *dut, const char *text, const char *dir)
{
	return sea_dut_shell(inner_of(dut), text, dir);
}

void sea_dut_around_init(struct sea_dut_around *around, struct sea_dut *inner)
{
	around->ops = (struct sea_dut_ops){
		.name = name,
		.is_virtual = sea_dut_is_virtual(inner),
		.now = now,
		.begin = begin,
		.interrupt = interrupt,
		.run = run,
		.inject = inject,
		.take = take,
		.sysctl_get = sysctl_get,
		.sysctl_set = sysctl_set,
		.sysctl_next = sysctl_next,
		.offload = offload,
		.command = command,
		.shell = shell,
	};
	around->dut.ops = &around->ops;
	around->inner = inner;
}
