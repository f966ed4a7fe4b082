/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl(2) upon sockets, from inside. A request is offered to the socket's protocol, then to the modules that have
 * tables which ioctls ask for, in the order in which they registered, then to the links; -ENOTTY says
 * "not mine". All within an entry.
 */
#ifndef SEA_CORE_IOCTL_H
#define SEA_CORE_IOCTL_H

#include <seastack/compiler.h>
#include <seastack/socket.h>

struct sea_sock;
struct sea_stack;

#define SEA_IOCTLS_MAX 4

struct sea_ioctl_ops {
	/* As sea_socket_ioctl(); data_written is 0 before. */
	int (*serve)(struct sea_sock *sock, struct sea_ioctl *call);
};

/* From a module's init; asserts on a full table. */
void sea_stack_add_ioctls(struct sea_stack *stack, const struct sea_ioctl_ops *ops);

SEA_MUST_USE int sea_ioctl_serve(struct sea_sock *sock, struct sea_ioctl *call);
/* Copies the argument in or out: 0, -EFAULT, -EINVAL (the consumer has too little of it). */
SEA_MUST_USE int sea_ioctl_read(const struct sea_ioctl *call, void *to, size_t len);
SEA_MUST_USE int sea_ioctl_write(const struct sea_ioctl *call, const void *from, size_t len);

/* Links' own (link_ioctl.c): those of a struct ifreq, and what of such numbers no link has. */
SEA_MUST_USE int sea_link_ioctl(struct sea_stack *stack, struct sea_ioctl *call);
struct ifreq;
/* The link that ifr_name means, up to its colon; NULL. */
struct sea_link *sea_link_of_ifreq(struct sea_stack *stack, const struct ifreq *ifr);

#endif
