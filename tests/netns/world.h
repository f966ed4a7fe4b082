/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two worlds with nothing but `lo`, the kernel's and ours, and the calls on their sockets: a
 * comparer makes each call in both. A result is that of the system call, or -errno. The kernel's
 * world is the network namespace that the program runs in.
 *
 * The kernel may leave what goes over loopback to a thread, so that nothing that is seen at once
 * says anything: world_settle() lets our world come to rest, and a comparer asks the kernel again
 * until it agrees or world_patient() says that it had long enough.
 */
#ifndef SEA_TESTS_WORLD_H
#define SEA_TESTS_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/socket.h>
#include <seastack/stack.h>

struct world {
	bool ours;
	struct sea_stack *stack;
	sea_time now;
};

struct wsock {
	int fd;
	sea_socket s;
};

#define WSOCK_NONE ((struct wsock){ .fd = -1 })

/* Ours has IPv4, IPv6, TCP, UDP, echo and netlink sockets. False: it could not be made. */
bool world_init(struct world *w, bool ours);
void world_fini(struct world *w);
/* Lets what is on its way arrive; of ours, `ms` of time pass. */
void world_settle(struct world *w, unsigned ms);
/* Sleeps a little; false when `*tries`, which begins at 0, were enough for a busy machine (30 s). */
bool world_patient(unsigned *tries);
bool world_is_open(const struct world *w, struct wsock s);

struct wsock world_socket(struct world *w, int domain);
/* Any kind of socket: what socket() says, of success 0; *s is WSOCK_NONE where it failed. */
long world_open(struct world *w, int domain, int type, int protocol, struct wsock *s);
long world_bind(struct world *w, struct wsock s, const void *addr, socklen_t len);
long world_listen(struct world *w, struct wsock s, int backlog);
long world_connect(struct world *w, struct wsock s, const void *addr, socklen_t len);
/* *child is WSOCK_NONE where it failed. */
long world_accept(struct world *w, struct wsock s, struct wsock *child);
/* Never raises SIGPIPE, never blocks. */
long world_sendmsg(struct world *w, struct wsock s, const struct msghdr *msg, int flags);
long world_recvmsg(struct world *w, struct wsock s, struct msghdr *msg, int flags);
long world_shutdown(struct world *w, struct wsock s, int how);
/* *s is WSOCK_NONE afterwards. */
long world_close(struct world *w, struct wsock *s);
long world_setsockopt(struct world *w, struct wsock s, int level, int name, const void *val,
		      socklen_t len);
long world_getsockopt(struct world *w, struct wsock s, int level, int name, void *val,
		      socklen_t *len);
long world_ioctl(struct world *w, struct wsock s, unsigned long request, int *value);
/* The same of any argument, of `len` bytes; what a pointer in it means is not there. */
long world_ask(struct world *w, struct wsock s, unsigned long request, void *arg, size_t len);
long world_name(struct world *w, struct wsock s, bool peers, void *addr, socklen_t *len);
uint32_t world_poll(struct world *w, struct wsock s);

/* The loopback address of `domain` with `port`; of AF_INET6, `mapped`: IPv4's. Its length. */
socklen_t world_loopback(int domain, bool mapped, uint16_t port, struct sockaddr_storage *any);
/* Ends with a reset, so that nothing of it is left. */
void world_abort(struct world *w, struct wsock *s);

#endif
