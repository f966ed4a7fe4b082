/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of the stack serves an ioctl, and how its argument gets in and out. */
#include "core/ioctl.h"

#include <errno.h>
#include <string.h>

#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sys/ioctl.h>

#include "core/sock.h"
#include "core/stack.h"

void sea_stack_add_ioctls(struct sea_stack *stack, const struct sea_ioctl_ops *ops)
{
	unsigned i = 0;

	while (i < SEA_IOCTLS_MAX && stack->ioctls[i])
		i++;
	SEA_ASSERT(&stack->env, i < SEA_IOCTLS_MAX);
	stack->ioctls[i] = ops;
}

size_t sea_ioctl_arg_len(unsigned long request)
{
	switch (request) {
	case FIONREAD:
	case SIOCOUTQ:
	case SIOCATMARK:
	case SIOCOUTQNSD:
		return sizeof(int);
	case SIOCGIFCONF:
		return sizeof(struct ifconf);
	case SIOCADDRT:
	case SIOCDELRT:
		return sizeof(struct rtentry);
	case SIOCGARP:
	case SIOCSARP:
	case SIOCDARP:
		return sizeof(struct arpreq);
	default:
		return (request & ~0xfful) == (SIOCGIFNAME & ~0xfful) ? sizeof(struct ifreq) : 0;
	}
}

static int check(const struct sea_ioctl *call, size_t len)
{
	if (!call->arg)
		return -EFAULT;
	return call->arg_len < len ? -EINVAL : 0;
}

int sea_ioctl_read(const struct sea_ioctl *call, void *to, size_t len)
{
	int err = check(call, len);

	if (!err)
		memcpy(to, call->arg, len);
	return err;
}

int sea_ioctl_write(const struct sea_ioctl *call, const void *from, size_t len)
{
	int err = check(call, len);

	if (!err)
		memcpy(call->arg, from, len);
	return err;
}

/* The protocol's own are numbers that are asked for. */
static int by_protocol(struct sea_sock *sock, struct sea_ioctl *call)
{
	int value = 0, err = sock->ops->ioctl(sock, call->request, &value);

	return err ? err : sea_ioctl_write(call, &value, sizeof(value));
}

int sea_ioctl_serve(struct sea_sock *sock, struct sea_ioctl *call)
{
	struct sea_stack *stack = sock->stack;
	int result;

	call->data_written = 0;
	result = by_protocol(sock, call);
	for (unsigned i = 0; result == -ENOTTY && i < SEA_IOCTLS_MAX && stack->ioctls[i]; i++)
		result = stack->ioctls[i]->serve(sock, call);
	return result == -ENOTTY ? sea_link_ioctl(stack, call) : result;
}
