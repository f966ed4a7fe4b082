/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public door of sockets: enters the stack, turns the handle into a pointer, checks what does not
 * depend on the protocol, calls the ops, and leaves.
 */
#include <seastack/socket.h>

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "core/ioctl.h"
#include "core/sock.h"
#include "core/stack.h"
#include "transport/sockaddr.h"
#include "transport/sockopt.h"
#include "transport/zerocopy.h"

#define TYPES_MAX 11      /* Linux's SOCK_MAX */
#define TYPE_BITS 0xf     /* SOCK_TYPE_MASK; others are flags */
#define PROTOCOLS_MAX 263 /* Linux's IPPROTO_MAX */
#define DOMAINS_MAX 46    /* Linux's AF_MAX */
#define IOV_MAX_LINUX 1024
#define TCP_STATE_CLOSE 7
#define TCP_STATE_SYN_SENT 2

/* Enters; NULL, having left again, for a stale handle. */
static struct sea_sock *enter(struct sea_stack *stack, sea_socket handle, sea_time now)
{
	struct sea_sock *sock;

	sea_stack_enter(stack, now);
	sock = sea_sock_get(stack, handle);
	if (!sock)
		sea_stack_leave(stack);
	return sock;
}

/* For calls that change nothing and so are not told the time. */
static struct sea_sock *enter_again(struct sea_stack *stack, sea_socket handle)
{
	return enter(stack, handle, stack->shard.now);
}

static int leave(struct sea_sock *sock, int result)
{
	sea_stack_leave(sock->stack);
	return result;
}

/* -- making and ending -- */

/* What protocol 0 stands for. */
static int default_protocol(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return IPPROTO_TCP;
	case SOCK_DGRAM:
		return IPPROTO_UDP;
	default:
		return 0;
	}
}

/* The first family of the domain; NULL: nobody serves it. */
static const struct sea_sock_family *first_of(const struct sea_stack *stack, int domain)
{
	for (unsigned i = 0; i < SEA_SOCK_FAMILIES_MAX && stack->sock_families[i]; i++)
		if (stack->sock_families[i]->domain == domain)
			return stack->sock_families[i];
	return NULL;
}

/* The family that serves it, or how near the nearest came. */
static int find_family(const struct sea_stack *stack, int domain, int type, int protocol,
		       const struct sea_sock_family **family)
{
	int err = -EAFNOSUPPORT;

	for (unsigned i = 0; i < SEA_SOCK_FAMILIES_MAX && stack->sock_families[i]; i++) {
		const struct sea_sock_family *f = stack->sock_families[i];

		if (f->domain != domain)
			continue;
		if (f->type == type && f->protocol == protocol) {
			*family = f;
			return 0;
		}
		if (f->type == type)
			err = -EPROTONOSUPPORT;
		else if (err == -EAFNOSUPPORT)
			err = -ESOCKTNOSUPPORT;
	}
	return err;
}

static int create(struct sea_stack *stack, int domain, int type, int protocol,
		  struct sea_sock **sock)
{
	const struct sea_sock_family *family;
	int err;

	if (type & ~TYPE_BITS)
		return -EINVAL;
	if (domain < 0 || domain >= DOMAINS_MAX)
		return -EAFNOSUPPORT;
	if (type >= TYPES_MAX)
		return -EINVAL;
	family = first_of(stack, domain);
	if (!family)
		return -EAFNOSUPPORT;
	if (family->any_type)
		return family->create(stack, domain, type, protocol, sock);
	if (protocol < 0 || protocol >= PROTOCOLS_MAX)
		return -EINVAL;
	if (!protocol)
		protocol = default_protocol(type);
	err = find_family(stack, domain, type, protocol, &family);
	return err ? err : family->create(stack, domain, type, protocol, sock);
}

int sea_socket_new(struct sea_stack *stack, int domain, int type, int protocol, sea_socket *handle,
		   sea_time now)
{
	struct sea_sock *sock;
	int err;

	*handle = SEA_SOCKET_NONE;
	sea_stack_enter(stack, now);
	err = create(stack, domain, type, protocol, &sock);
	if (!err)
		*handle = sock->handle;
	sea_stack_leave(stack);
	return err;
}

int sea_socket_close(struct sea_stack *stack, sea_socket handle, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	int err;

	if (!sock)
		return -EBADF;
	err = sea_zc_recall(sock);
	if (!err)
		err = sock->ops->close(sock);
	sea_stack_leave(stack);
	return err;
}

/* -- names -- */

int sea_socket_bind(struct sea_stack *stack, sea_socket handle, const struct sockaddr *addr,
		    socklen_t len, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	struct sea_endpoint local;
	int err;

	if (!sock)
		return -EBADF;
	if (sock->ops->names)
		return leave(sock, sock->ops->names->bind(sock, addr, len));
	err = sea_sockaddr_get(sock, SEA_SOCKADDR_BIND, addr, len, &local);
	return leave(sock, err ? err : sock->ops->bind(sock, &local));
}

static bool is_address(const struct sockaddr *addr, socklen_t len)
{
	return addr && len >= sizeof(addr->sa_family) && len <= sizeof(struct sockaddr_storage) &&
	       addr->sa_family != AF_UNSPEC;
}

/* As on Linux the port stays, even if the address turns out to be none. */
static int autobind(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len)
{
	return is_address(addr, len) && sock->ops->autobind ? sock->ops->autobind(sock) : 0;
}

/* A stream that is on its way, has arrived or came to nothing tells of that, wherever it is to go (as Linux). */
static int connect_nowhere(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len,
			   int why)
{
	int err = -EINVAL;

	if (sock->type == SOCK_STREAM && is_address(addr, len))
		err = sock->ops->connect(sock, NULL);
	return err == -EINVAL ? why : err;
}

int sea_socket_connect(struct sea_stack *stack, sea_socket handle, const struct sockaddr *addr,
		       socklen_t len, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	struct sea_endpoint peer;
	int err;

	if (!sock)
		return -EBADF;
	if (sock->ops->names)
		return leave(sock, sock->ops->names->connect(sock, addr, len));
	err = autobind(sock, addr, len);
	if (err)
		return leave(sock, err);
	err = sea_sockaddr_get(sock, SEA_SOCKADDR_CONNECT, addr, len, &peer);
	return leave(sock,
		     err ? connect_nowhere(sock, addr, len, err) : sock->ops->connect(sock, &peer));
}

/* One that is no endpoint of IP. */
static int put_name(struct sea_sock *sock, bool peer, struct sockaddr *addr, socklen_t *len)
{
	struct sockaddr_storage whole = { 0 };
	socklen_t n = sock->ops->names->get(sock, peer, &whole);

	if (*len > INT_MAX)
		return -EINVAL;
	memcpy(addr, &whole, *len < n ? *len : n);
	*len = n;
	return 0;
}

int sea_socket_getsockname(struct sea_stack *stack, sea_socket handle, struct sockaddr *addr,
			   socklen_t *len)
{
	struct sea_sock *sock = enter_again(stack, handle);
	struct sea_endpoint local;

	if (!sock)
		return -EBADF;
	if (sock->ops->names)
		return leave(sock, put_name(sock, false, addr, len));
	if (*len > INT_MAX)
		return leave(sock, -EINVAL);
	local = sea_sock_local(sock);
	sea_sockaddr_put(sock->domain, &local, addr, len);
	return leave(sock, 0);
}

static bool has_peer(struct sea_sock *sock)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	if (!sock->rport || sock->type != SOCK_STREAM)
		return sock->rport;
	sock->ops->info(sock, &info);
	return info.state != TCP_STATE_CLOSE && info.state != TCP_STATE_SYN_SENT;
}

int sea_socket_getpeername(struct sea_stack *stack, sea_socket handle, struct sockaddr *addr,
			   socklen_t *len)
{
	struct sea_sock *sock = enter_again(stack, handle);
	struct sea_endpoint peer;

	if (!sock)
		return -EBADF;
	if (sock->ops->names)
		return leave(sock, put_name(sock, true, addr, len));
	if (!has_peer(sock))
		return leave(sock, -ENOTCONN);
	if (*len > INT_MAX)
		return leave(sock, -EINVAL);
	peer = sea_sock_peer(sock);
	sea_sockaddr_put(sock->domain, &peer, addr, len);
	return leave(sock, 0);
}

/* -- connections -- */

int sea_socket_listen(struct sea_stack *stack, sea_socket handle, int backlog, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	int max = stack->sysctl.somaxconn;

	if (!sock)
		return -EBADF;
	if (!sock->ops->listen)
		return leave(sock, -EOPNOTSUPP);
	if ((unsigned)backlog > (unsigned)max)
		backlog = max;
	return leave(sock, sock->ops->listen(sock, backlog));
}

int sea_socket_accept(struct sea_stack *stack, sea_socket handle, struct sockaddr *addr,
		      socklen_t *len, sea_socket *accepted, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	struct sea_endpoint peer;
	struct sea_sock *child;
	int err;

	*accepted = SEA_SOCKET_NONE;
	if (!sock)
		return -EBADF;
	if (!sock->ops->accept)
		return leave(sock, -EOPNOTSUPP);
	err = sock->ops->accept(sock, &child);
	if (err)
		return leave(sock, err);
	*accepted = child->handle;
	peer = sea_sock_peer(child);
	sea_sockaddr_put(child->domain, &peer, addr, len);
	return leave(sock, 0);
}

int sea_socket_shutdown(struct sea_stack *stack, sea_socket handle, int how, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (how < SHUT_RD || how > SHUT_RDWR)
		return leave(sock, -EINVAL);
	return leave(sock, sock->ops->shutdown(sock, how));
}

/* -- data -- */

/* At most 1024 pieces, whose lengths do not overflow the result. */
static int check_pieces(const struct msghdr *msg)
{
	size_t total = 0;

	if (msg->msg_iovlen > IOV_MAX_LINUX)
		return -EMSGSIZE;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		if (__builtin_add_overflow(total, msg->msg_iov[i].iov_len, &total) ||
		    total > SSIZE_MAX)
			return -EINVAL;
	return 0;
}

/* sendmsg(2), unlike sendto(2), cuts a name that is too long, and takes one of no length for none. */
static int check_name(struct msghdr *msg)
{
	if (!msg->msg_name)
		msg->msg_namelen = 0;
	if (msg->msg_namelen > INT_MAX)
		return -EINVAL;
	if (msg->msg_namelen > sizeof(struct sockaddr_storage))
		msg->msg_namelen = sizeof(struct sockaddr_storage);
	if (!msg->msg_namelen)
		msg->msg_name = NULL;
	return 0;
}

ssize_t sea_socket_sendmsg(struct sea_stack *stack, sea_socket handle, const struct msghdr *msg,
			   int flags, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	struct msghdr checked = *msg;
	ssize_t n;

	if (!sock)
		return -EBADF;
	n = check_name(&checked);
	if (!n)
		n = check_pieces(&checked);
	if (!n)
		n = sock->ops->sendmsg(sock, &checked, flags);
	sea_stack_leave(stack);
	return n;
}

ssize_t sea_socket_recvmsg(struct sea_stack *stack, sea_socket handle, struct msghdr *msg,
			   int flags, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);
	ssize_t n;

	if (!sock)
		return -EBADF;
	msg->msg_flags = 0;
	n = msg->msg_name && msg->msg_namelen > INT_MAX ? -EINVAL : check_pieces(msg);
	if (!n)
		n = sock->ops->recvmsg(sock, msg, flags);
	sea_stack_leave(stack);
	return n;
}

int sea_socket_recv_peek(struct sea_stack *stack, sea_socket handle, struct iovec *iov, int max,
			 sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (!sock->ops->recv_peek)
		return leave(sock, -EOPNOTSUPP);
	return leave(sock, max > 0 ? sock->ops->recv_peek(sock, iov, max) : -EINVAL);
}

int sea_socket_recv_consume(struct sea_stack *stack, sea_socket handle, size_t bytes, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (!sock->ops->recv_consume)
		return leave(sock, -EOPNOTSUPP);
	return leave(sock, sock->ops->recv_consume(sock, bytes));
}

int sea_socket_send_reserve(struct sea_stack *stack, sea_socket handle, size_t want,
			    struct iovec *iov, int max, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (!sock->ops->send_reserve)
		return leave(sock, -EOPNOTSUPP);
	if (max <= 0 || !want)
		return leave(sock, -EINVAL);
	return leave(sock, sock->ops->send_reserve(sock, want, iov, max));
}

int sea_socket_send_commit(struct sea_stack *stack, sea_socket handle, size_t bytes, int flags,
			   sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (!sock->ops->send_commit)
		return leave(sock, -EOPNOTSUPP);
	return leave(sock, sock->ops->send_commit(sock, bytes, flags));
}

/* -- options -- */

/* What a level that the socket does not have is asked, is not looked at. */
static bool has_level(const struct sea_sock *sock, int level)
{
	if (level == SOL_SOCKET)
		return true;
	if (sock->domain != SEA_AF_INET && sock->domain != SEA_AF_INET6)
		return false;
	if (level == IPPROTO_IP)
		return true;
	if (level == IPPROTO_IPV6)
		return sock->domain == SEA_AF_INET6;
	return level == sock->protocol && (level == IPPROTO_TCP || level == IPPROTO_UDP);
}

/* An answer for which there is no memory: whatever asking changes has changed (as Linux). */
static int ask_in_vain(struct sea_sock *sock, int level, int name, socklen_t *len)
{
	uint8_t nowhere[512] = { 0 };
	socklen_t n = *len < sizeof(nowhere) ? *len : sizeof(nowhere);
	int err = level == SOL_SOCKET ? sea_sol_getsockopt(sock, name, nowhere, &n)
				      : sock->ops->getsockopt(sock, level, name, nowhere, &n);

	if (!err)
		*len = n;
	return !err && n ? -EFAULT : err;
}

int sea_socket_getsockopt(struct sea_stack *stack, sea_socket handle, int level, int name,
			  void *val, socklen_t *len, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	/* IPv6 takes a negative length for a large one (as Linux). */
	if (*len > INT_MAX && level != IPPROTO_IPV6 && has_level(sock, level))
		return leave(sock, -EINVAL);
	if (*len > INT_MAX)
		*len = INT_MAX;
	if (!val && *len)
		return leave(sock, ask_in_vain(sock, level, name, len));
	if (level == SOL_SOCKET)
		return leave(sock, sea_sol_getsockopt(sock, name, val, len));
	return leave(sock, sock->ops->getsockopt(sock, level, name, val, len));
}

/* No value; to IPv6 that is the number 0 (as Linux). */
static int set_to_nothing(struct sea_sock *sock, int level, int name, socklen_t len)
{
	const int zero = 0;
	int err;

	if (level == IPPROTO_IP || (level == SOL_SOCKET && name == SO_BINDTODEVICE))
		return -EFAULT;
	if (len < sizeof(zero))
		return -EINVAL;
	if (level != IPPROTO_IPV6)
		return -EFAULT;
	err = sock->ops->setsockopt(sock, IPPROTO_IPV6, name, &zero, sizeof(zero));
	return err == -EINVAL && len > sizeof(zero) ? -EFAULT : err;
}

int sea_socket_setsockopt(struct sea_stack *stack, sea_socket handle, int level, int name,
			  const void *val, socklen_t len, sea_time now)
{
	struct sea_sock *sock = enter(stack, handle, now);

	if (!sock)
		return -EBADF;
	if (len > INT_MAX)
		return leave(sock, -EINVAL);
	if (!val && len && has_level(sock, level))
		return leave(sock, set_to_nothing(sock, level, name, len));
	if (level == SOL_SOCKET)
		return leave(sock, sea_sol_setsockopt(sock, name, val, len));
	return leave(sock, sock->ops->setsockopt(sock, level, name, val, len));
}

int sea_socket_ioctl(struct sea_stack *stack, sea_socket handle, struct sea_ioctl *call,
		     sea_time now)
{
	struct sea_sock *sock;

	if (call->size != sizeof(*call))
		return -EINVAL;
	sock = enter(stack, handle, now);
	if (!sock)
		return -EBADF;
	return leave(sock, sea_ioctl_serve(sock, call));
}

/* -- readiness -- */

uint32_t sea_socket_poll(struct sea_stack *stack, sea_socket handle)
{
	struct sea_sock *sock = enter_again(stack, handle);
	uint32_t mask;

	if (!sock)
		return SEA_POLLERR | SEA_POLLHUP;
	mask = sock->ops->poll(sock);
	sea_stack_leave(stack);
	return mask;
}

int sea_socket_watch(struct sea_stack *stack, sea_socket handle, uint32_t mask, uint64_t cookie)
{
	struct sea_sock *sock = enter_again(stack, handle);

	if (!sock)
		return -EBADF;
	sock->watch = (uint16_t)(mask | SEA_POLLERR | SEA_POLLHUP);
	sock->edge &= sock->watch;
	sock->cookie = cookie;
	sea_sock_raise(sock, sock->ops->poll(sock));
	return leave(sock, 0);
}

int sea_socket_set_owner(struct sea_stack *stack, sea_socket handle, uint32_t uid, uint32_t inode)
{
	struct sea_sock *sock = enter_again(stack, handle);

	if (!sock)
		return -EBADF;
	return leave(sock, sea_sock_set_owner(sock, uid, inode));
}
