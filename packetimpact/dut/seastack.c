// SPDX-License-Identifier: Apache-2.0
/* The device `seastack`: its making, and its clock. */
#include "packetimpact/dut/seastack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/stack.h>

#include "core/link.h"
#include "packetimpact/dut/seastack_wire.h"
#include "packetimpact/dut/shell.h"

/* It is 2026-01-01 on the wall where the device begins. */
#define WALL_OFFSET_NS (INT64_C(1767225600) * SEA_SEC - SEA_PROC_EPOCH_NS)

static struct sea_proc *proc_of(struct sea_dut *dut)
{
	return (struct sea_proc *)dut;
}

/* -- what the stack draws is a function of the seed -- */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int draw(void *ctx, void *buf, size_t len)
{
	struct sea_proc *proc = ctx;
	uint8_t *to = buf;

	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)next_random(&proc->random);
	return 0;
}

/* -- the interface -- */

static int add_address(struct sea_proc *proc, const struct sea_dut_config *config, int ifindex)
{
	const struct sea_ifaddr addr = {
		.size = sizeof(addr),
		.ifindex = ifindex,
		.local = config->local,
		.prefix_len = config->prefix_len,
		.flags = config->local.family == SEA_AF_INET6 ? SEA_IFA_NODAD : 0,
	};

	return sea_ifaddr_add(proc->stack, &addr, proc->now);
}

static int add_remote(struct sea_proc *proc, const struct sea_dut_config *config, int ifindex)
{
	const struct sea_route route = {
		.size = sizeof(route),
		.dst = config->remote,
		.prefix_len = config->remote_prefix_len,
		.type = SEA_ROUTE_UNICAST,
		.scope = config->gateway.family ? SEA_SCOPE_GLOBAL : SEA_SCOPE_LINK,
		.ifindex = ifindex,
		.gateway = config->gateway,
		.protocol = 3, /* RTPROT_BOOT, as ip(8) */
	};

	return sea_route_add(proc->stack, &route, proc->now);
}

static int add_tun(struct sea_proc *proc, const struct sea_dut_config *config)
{
	const struct sea_link_config tun = {
		.size = sizeof(tun),
		.name = "tun0",
		.type = SEA_LINK_IP,
		.mtu = config->mtu,
		.txqueuelen = 500, /* Linux's TUN_READQ_SIZE */
		.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 |
			    SEA_LINK_F_RX_TRUSTED | SEA_LINK_F_RX_GSO,
	};
	int err = sea_link_add(proc->stack, &tun, &proc->link, proc->now);

	if (!err)
		err = sea_link_set_up(proc->link, true, proc->now);
	if (!err)
		err = add_address(proc, config, proc->link->ifindex);
	return err ? err : add_remote(proc, config, proc->link->ifindex);
}

/* Nothing leaves tun0 but what the script's sockets send: no solicitations. */
static int hush(struct sea_proc *proc)
{
	static const char *const quiet[][2] = {
		{ "net.ipv6.conf.default.accept_dad", "0" },
		{ "net.ipv6.conf.default.router_solicitations", "0" },
		{ "net.ipv6.conf.default.addr_gen_mode", "1" },
	};
	int err = 0;

	for (unsigned i = 0; !err && i < sizeof(quiet) / sizeof(quiet[0]); i++)
		err = sea_sysctl_set(proc->stack, quiet[i][0], quiet[i][1], proc->now);
	return err;
}

static int start(struct sea_proc *proc, const struct sea_dut_config *config)
{
	struct sea_stack_config stack = SEA_STACK_CONFIG_INIT;
	struct sea_env env;
	int err = sea_env_os(&env);

	if (err)
		return err;
	env.ctx = proc;
	env.secret = draw;
	env.seed = next_random(&proc->random);
	stack.wall_offset_ns = WALL_OFFSET_NS;
	err = sea_stack_new(&stack, &env, sea_modules_all, sea_modules_all_n, &proc->stack);
	if (!err)
		err = hush(proc);
	return err ? err : add_tun(proc, config);
}

/* -- the ops -- */

static void close_proc(struct sea_dut *dut)
{
	struct sea_proc *proc = proc_of(dut);
	struct sea_list *node;

	while ((node = sea_list_first(&proc->pending)))
		sea_proc_op_free(proc, sea_container(node, struct sea_proc_op, node));
	while ((node = sea_list_first(&proc->files))) {
		struct sea_proc_file *file = sea_container(node, struct sea_proc_file, node);

		file->refs = 0;
		sea_proc_file_put(proc, file);
	}
	sea_proc_wire_fini(proc);
	sea_dut_shell_free(proc->shell);
	if (proc->stack)
		sea_stack_free(proc->stack);
	sea_proc_unpin_all(proc);
	free(proc->counters);
	free(proc);
}

static const char *name(const struct sea_dut *dut)
{
	(void)dut;
	return "seastack";
}

static sea_time now(struct sea_dut *dut)
{
	return sea_proc_time(proc_of(dut));
}

static sea_proc_call *const calls[] = {
#define CALL(name, args) sea_proc_call_##name,
#include "packetimpact/dut/call.def"
#undef CALL
};

static void begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct sea_proc *proc = proc_of(dut);
	struct sea_proc_op *op = calloc(1, sizeof(*op));

	if (!op) {
		call->result = -ENOMEM;
		call->done = true;
		return;
	}
	op->call = call;
	op->deadline = SEA_TIME_NEVER;
	sea_list_init(&op->node);
	calls[call->nr](proc, op);
	if (op->finished) {
		sea_proc_op_free(proc, op);
		call->ended = call->began;
		call->done = true;
	} else {
		sea_list_push_back(&proc->pending, &op->node);
	}
	sea_proc_settle(proc);
}

static void interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct sea_proc *proc = proc_of(dut);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->pending)
	{
		struct sea_proc_op *op = sea_container(node, struct sea_proc_op, node);

		if (op->call != call)
			continue;
		if (op->interrupt)
			op->interrupt(proc, op);
		else
			sea_proc_finish(op, -EINTR);
		sea_proc_op_free(proc, op);
		call->ended = sea_proc_time(proc);
		call->done = true;
		break;
	}
	sea_proc_settle(proc);
}

static unsigned there_is(struct sea_proc *proc, unsigned stop)
{
	unsigned why = 0;

	if (stop & SEA_DUT_STOP_PACKET && proc->n_packets)
		why |= SEA_DUT_STOP_PACKET;
	if (stop & SEA_DUT_STOP_CALL && proc->call_done)
		why |= SEA_DUT_STOP_CALL;
	return why;
}

static unsigned run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	struct sea_proc *proc = proc_of(dut);
	const bool for_ever = sea_time_is_never(until);
	const sea_time end = sea_time_add(until, SEA_PROC_EPOCH_NS);

	for (;;) {
		unsigned why;
		sea_time next;

		sea_proc_settle(proc);
		why = there_is(proc, stop);
		proc->call_done = proc->call_done && !(why & SEA_DUT_STOP_CALL);
		if (why)
			return why;
		next = sea_proc_next(proc);
		if (sea_time_is_never(next) || sea_time_before(end, next))
			break;
		proc->now = sea_time_max(proc->now, next);
	}
	if (!for_ever)
		proc->now = sea_time_max(proc->now, end);
	return 0;
}

static const char *dotted(const char *from, char to[SEA_SYSCTL_NAME_MAX])
{
	bool slashes = strchr(from, '/') &&
		       (!strchr(from, '.') || strchr(from, '/') < strchr(from, '.'));
	size_t i;

	for (i = 0; from[i] && i < SEA_SYSCTL_NAME_MAX - 1; i++) {
		to[i] = from[i];
		if (slashes && from[i] == '/')
			to[i] = '.';
		else if (slashes && from[i] == '.')
			to[i] = '/';
	}
	to[i] = 0;
	return to;
}

static int sysctl_get(struct sea_dut *dut, const char *from, char *text, size_t len)
{
	char plain[SEA_SYSCTL_NAME_MAX];

	return sea_sysctl_get(proc_of(dut)->stack, dotted(from, plain), text, len);
}

static int sysctl_set(struct sea_dut *dut, const char *from, const char *text)
{
	struct sea_proc *proc = proc_of(dut);
	char plain[SEA_SYSCTL_NAME_MAX];
	int err = sea_sysctl_set(proc->stack, dotted(from, plain), text, proc->now);

	sea_proc_settle(proc);
	return err;
}

static bool sysctl_next(struct sea_dut *dut, char plain[SEA_SYSCTL_NAME_MAX])
{
	return sea_sysctl_next(proc_of(dut)->stack, plain);
}

static int run_shell(struct sea_dut *dut, const char *text, const char *dir)
{
	struct sea_proc *proc = proc_of(dut);

	return sea_dut_shell_run(dut, &proc->shell, text, dir, proc->patience_ms,
				 sea_proc_net_write);
}

static int offload(struct sea_dut *dut, const char *feature, bool on)
{
	struct sea_link *link = proc_of(dut)->link;
	uint32_t bits;

	if (!strcmp(feature, "tso") || !strcmp(feature, "gso"))
		bits = SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6;
	else if (!strcmp(feature, "tx"))
		bits = SEA_LINK_F_TX_CSUM;
	else
		return -EOPNOTSUPP;
	if (on)
		link->features |= bits;
	else
		link->features &= ~bits;
	return 0;
}

static const struct sea_dut_ops ops = {
	.name = name,
	.is_virtual = true,
	.close = close_proc,
	.now = now,
	.begin = begin,
	.interrupt = interrupt,
	.run = run,
	.inject = sea_proc_wire_inject,
	.take = sea_proc_wire_take,
	.sysctl_get = sysctl_get,
	.sysctl_set = sysctl_set,
	.sysctl_next = sysctl_next,
	.offload = offload,
	.command = sea_proc_command,
	.shell = run_shell,
};

struct sea_dut *sea_dut_seastack_new(const struct sea_dut_config *config, const char **why)
{
	struct sea_proc *proc = calloc(1, sizeof(*proc));
	int err;

	*why = "out of memory";
	if (!proc)
		return NULL;
	proc->dut.ops = &ops;
	proc->now.ns = SEA_PROC_EPOCH_NS;
	proc->random = config->seed;
	proc->patience_ms = config->patience_ms;
	sea_proc_caps_init(proc);
	sea_list_init(&proc->files);
	sea_list_init(&proc->pending);
	sea_list_init(&proc->packets);
	err = start(proc, config);
	if (err) {
		close_proc(&proc->dut);
		*why = strerror(-err);
		return NULL;
	}
	sea_proc_settle(proc);
	return &proc->dut;
}
