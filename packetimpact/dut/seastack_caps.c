// SPDX-License-Identifier: Apache-2.0
/*
 * Capabilities: the process begins as root. The stack serves whoever may enter it; what a process may ask of it is
 * decided in front, as a kernel does.
 */
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/dut/seastack.h"

#define SETS 3
#define EFFECTIVE 0
#define PERMITTED 1
#define INHERITABLE 2
#define PRIORITY_MAX 6 /* that anybody may have */

void sea_proc_caps_init(struct sea_proc *proc)
{
	const uint64_t all = (UINT64_C(2) << CAP_LAST_CAP) - 1;

	proc->caps[EFFECTIVE] = proc->caps[PERMITTED] = all;
	proc->caps[INHERITABLE] = 0;
}

/* capset(2): nothing that is not permitted can be had, and nothing comes back. */
void sea_proc_call_cap_set(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t set = op->call->arg[0], cap = op->call->arg[1];
	uint64_t to[SETS];

	if (set >= SETS || cap > CAP_LAST_CAP) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	memcpy(to, proc->caps, sizeof(to));
	if ((int)op->call->arg[2])
		to[set] |= UINT64_C(1) << cap;
	else
		to[set] &= ~(UINT64_C(1) << cap);
	if (to[PERMITTED] & ~proc->caps[PERMITTED] || to[EFFECTIVE] & ~to[PERMITTED] ||
	    to[INHERITABLE] & ~(proc->caps[INHERITABLE] | proc->caps[PERMITTED])) {
		sea_proc_finish(op, -EPERM);
		return;
	}
	memcpy(proc->caps, to, sizeof(to));
	sea_proc_finish(op, 0);
}

static bool capable(const struct sea_proc *proc, unsigned cap)
{
	return proc->caps[EFFECTIVE] >> cap & 1;
}

/* The first port that is for all. */
static int unprivileged_port(const struct sea_proc *proc)
{
	char text[16] = "0";

	(void)sea_sysctl_get(proc->stack, "net.ipv4.ip_unprivileged_port_start", text,
			     sizeof(text));
	return atoi(text);
}

int sea_proc_may_bind(const struct sea_proc *proc, const struct sockaddr *addr, size_t len)
{
	in_port_t port;

	/* Either family has its port there. */
	if (len < sizeof(struct sockaddr_in) ||
	    (addr->sa_family != AF_INET && addr->sa_family != AF_INET6))
		return 0;
	memcpy(&port, (const char *)addr + offsetof(struct sockaddr_in, sin_port), sizeof(port));
	port = ntohs(port);
	return port && port < unprivileged_port(proc) && !capable(proc, CAP_NET_BIND_SERVICE)
		       ? -EACCES
		       : 0;
}

static int may_set_socket(int name, int value, bool admin, bool raw)
{
	switch (name) {
	case SO_DEBUG:
		return value && !admin ? -EACCES : 0;
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return admin ? 0 : -EPERM;
	case SO_MARK:
		return admin || raw ? 0 : -EPERM;
	case SO_PRIORITY:
		return admin || raw || (value >= 0 && value <= PRIORITY_MAX) ? 0 : -EPERM;
	default:
		return 0;
	}
}

int sea_proc_may_set(const struct sea_proc *proc, int level, int name, const void *val, size_t len)
{
	bool admin = capable(proc, CAP_NET_ADMIN), raw = capable(proc, CAP_NET_RAW);
	int value;

	if (len < sizeof(value))
		return 0; /* is refused as too short, or is a byte, which no such option is */
	memcpy(&value, val, sizeof(value));
	if (level == SOL_SOCKET)
		return may_set_socket(name, value, admin, raw);
	if ((level == IPPROTO_IP && name == IP_TRANSPARENT) ||
	    (level == IPPROTO_IPV6 && name == IPV6_TRANSPARENT))
		return value && !admin && !raw ? -EPERM : 0;
	return 0;
}
