/* SPDX-License-Identifier: Apache-2.0 */
/* What a program does with a netlink socket (netlink(7)). */
#include "netlink/sock.h"

#include <errno.h>
#include <string.h>

#include "core/cmsg.h"

/* What Linux keeps of the send buffer for itself. */
#define SEND_RESERVE 32

/* -- making and ending -- */

struct sea_nl_sock *sea_nl_sock_new(struct sea_stack *stack, int type, int protocol)
{
	struct nl_state *nl = sea_nl_state(stack);
	struct sea_nl_sock *s = sea_pool_zalloc(&stack->shard.pool, sizeof(*s));

	if (!s)
		return NULL;
	sea_sock_init(&s->sock, stack, &sea_nl_sock_ops, AF_NETLINK, type, protocol);
	s->family = nl->families[protocol];
	sea_list_init(&s->queue);
	sea_list_push_back(&nl->socks[protocol], &s->node);
	return s;
}

void sea_nl_sock_free(struct sea_nl_sock *s)
{
	struct sea_pool *pool = &s->sock.stack->shard.pool;

	sea_nl_purge(s);
	sea_nl_dump_end(s);
	sea_nl_give_up_port(s);
	sea_list_remove(&s->node);
	sea_sock_unregister(&s->sock);
	sea_sock_fini(&s->sock);
	sea_pool_free(pool, s, sizeof(*s));
}

static int create(struct sea_stack *stack, int domain, int type, int protocol,
		  struct sea_sock **sock)
{
	struct sea_nl_sock *s;
	int err;

	(void)domain;
	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol < 0 || protocol >= NL_PROTOCOLS_MAX ||
	    !sea_nl_state(stack)->families[protocol])
		return -EPROTONOSUPPORT;
	s = sea_nl_sock_new(stack, type, protocol);
	if (!s)
		return -ENOMEM;
	err = sea_sock_register(&s->sock);
	if (err) {
		sea_nl_sock_free(s);
		return err;
	}
	*sock = &s->sock;
	return 0;
}

static void destroy(struct sea_sock *sock)
{
	sea_nl_sock_free(sea_nl_sock_of(sock));
}

static int close_socket(struct sea_sock *sock)
{
	destroy(sock);
	return 0;
}

/* -- names -- */

static int read_name(const void *addr, socklen_t len, struct sockaddr_nl *name)
{
	if (!addr || len < sizeof(*name))
		return -EINVAL;
	memcpy(name, addr, sizeof(*name));
	return name->nl_family == AF_NETLINK ? 0 : -EINVAL;
}

/* The first of the groups; 0: none. */
static uint32_t first_group(uint32_t groups)
{
	return groups ? (uint32_t)__builtin_ctz(groups) + 1 : 0;
}

static uint32_t mask_of_group(uint32_t group)
{
	return group && group <= 32 ? 1u << (group - 1) : 0;
}

static int bind_to(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len)
{
	struct sea_nl_sock *s = sea_nl_sock_of(sock);
	struct sockaddr_nl name;
	int err = read_name(addr, len, &name);

	if (err)
		return err;
	if (s->flags & NL_F_BOUND && name.nl_pid != s->port)
		return -EINVAL;
	if (!(s->flags & NL_F_BOUND))
		err = name.nl_pid ? sea_nl_take_port(s, name.nl_pid) : sea_nl_autobind(s);
	if (err)
		return err;
	if (s->family->n_groups < 32)
		name.nl_groups &= (1u << s->family->n_groups) - 1;
	s->groups[0] = (s->groups[0] & ~(uint64_t)UINT32_MAX) | name.nl_groups;
	return 0;
}

static int connect_to(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len)
{
	struct sea_nl_sock *s = sea_nl_sock_of(sock);
	struct sockaddr_nl name;
	sa_family_t family;
	int err;

	if (!addr || len < sizeof(family))
		return -EINVAL;
	memcpy(&family, addr, sizeof(family));
	if (family == AF_UNSPEC) {
		s->dst_port = s->dst_group = 0;
		return 0;
	}
	err = read_name(addr, len, &name);
	if (!err)
		err = sea_nl_autobind(s);
	if (err)
		return err;
	s->dst_port = name.nl_pid;
	s->dst_group = first_group(name.nl_groups);
	return 0;
}

static socklen_t get_name(struct sea_sock *sock, bool peer, struct sockaddr_storage *addr)
{
	const struct sea_nl_sock *s = sea_nl_sock_of(sock);
	struct sockaddr_nl name = {
		.nl_family = AF_NETLINK,
		.nl_pid = peer ? s->dst_port : s->port,
		.nl_groups = peer ? mask_of_group(s->dst_group) : (uint32_t)s->groups[0],
	};

	memcpy(addr, &name, sizeof(name));
	return sizeof(name);
}

/* -- sending -- */

/* Only Linux's own kinds of SOL_SOCKET count, and of those a netlink message carries none but credentials. */
static int check_control(const struct msghdr *msg)
{
	struct msghdr m = *msg;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_len < sizeof(*c))
			return -EINVAL;
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type != SCM_CREDENTIALS)
			return -EINVAL;
	}
	return 0;
}

static size_t total_of(const struct msghdr *msg)
{
	size_t n = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		n += msg->msg_iov[i].iov_len;
	return n;
}

static void gather(uint8_t *to, const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (msg->msg_iov[i].iov_len)
			memcpy(to, msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
		to += msg->msg_iov[i].iov_len;
	}
}

static int destination(const struct sea_nl_sock *s, const struct msghdr *msg, uint32_t *port,
		       uint32_t *group)
{
	struct sockaddr_nl name;

	*port = s->dst_port;
	*group = s->dst_group;
	if (!msg->msg_namelen)
		return 0;
	if (read_name(msg->msg_name, msg->msg_namelen, &name))
		return -EINVAL;
	*port = name.nl_pid;
	*group = first_group(name.nl_groups);
	return 0;
}

/* To another program's socket: it has a buffer of its own. */
static int send_to_port(struct sea_nl_sock *s, const uint8_t *bytes, uint32_t len, uint32_t port,
			uint32_t group)
{
	struct sea_nl_sock *to = sea_nl_by_port(s->sock.stack, s->sock.protocol, port);
	int err;

	if (!to || (to->dst_port && to->dst_port != s->port))
		return -ECONNREFUSED;
	err = sea_nl_enqueue(to, bytes, len, s->port, group);
	return err == -ENOBUFS ? -EAGAIN : err;
}

static ssize_t send_bytes(struct sea_nl_sock *s, const struct msghdr *msg, uint32_t len,
			  uint32_t port, uint32_t group)
{
	struct sea_pool *pool = &s->sock.stack->shard.pool;
	uint8_t *bytes = sea_pool_alloc(pool, len);
	int err = 0;

	if (!bytes)
		return -ENOBUFS;
	gather(bytes, msg);
	if (group && group <= s->family->n_groups)
		sea_nl_broadcast(s->sock.stack, s->sock.protocol, group, bytes, len, s->port,
				 s->port);
	if (port)
		err = send_to_port(s, bytes, len, port, group);
	else
		sea_nl_receive(s, bytes, len);
	sea_pool_free(pool, bytes, len);
	return err ? err : (ssize_t)len;
}

static ssize_t sendmsg_to(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct sea_nl_sock *s = sea_nl_sock_of(sock);
	size_t len = total_of(msg);
	uint32_t port, group;
	int err;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!len)
		return -ENODATA;
	err = check_control(msg);
	if (!err)
		err = destination(s, msg, &port, &group);
	if (!err)
		err = sea_nl_autobind(s);
	if (err)
		return err;
	if (sock->sndbuf < SEND_RESERVE || len > (size_t)(sock->sndbuf - SEND_RESERVE))
		return -EMSGSIZE;
	return send_bytes(s, msg, (uint32_t)len, port, group);
}

/* -- receiving -- */

static uint32_t scatter(const struct msghdr *msg, const uint8_t *from, uint32_t len)
{
	uint32_t done = 0;

	for (size_t i = 0; i < msg->msg_iovlen && done < len; i++) {
		size_t n = msg->msg_iov[i].iov_len;

		if (n > len - done)
			n = len - done;
		if (n)
			memcpy(msg->msg_iov[i].iov_base, from + done, n);
		done += (uint32_t)n;
	}
	return done;
}

static void put_sender(struct msghdr *msg, const struct nl_datagram *d)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK,
				    .nl_pid = d->port,
				    .nl_groups = mask_of_group(d->group) };

	if (!msg->msg_name)
		return;
	memcpy(msg->msg_name, &name,
	       msg->msg_namelen < sizeof(name) ? msg->msg_namelen : sizeof(name));
	msg->msg_namelen = sizeof(name);
}

static void put_control(struct sea_nl_sock *s, struct msghdr *msg, const struct nl_datagram *d)
{
	struct sea_cmsg_out out;

	sea_cmsg_begin(&out, msg);
	if (s->flags & NL_F_PKTINFO) {
		struct nl_pktinfo info = { .group = d->group };

		sea_cmsg_put(&out, SOL_NETLINK, NETLINK_PKTINFO, &info, sizeof(info));
	}
	sea_cmsg_end(&out);
}

/* Room was made in the queue, for half of the buffer at least. */
static void go_on(struct sea_nl_sock *s)
{
	int err;

	if (!(s->flags & NL_F_DUMPING) || s->sock.rmem_alloc > s->sock.rcvbuf / 2)
		return;
	err = sea_nl_dump_go_on(s);
	if (err)
		sea_sock_set_error(&s->sock, -err);
}

static ssize_t recvmsg_from(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	struct sea_nl_sock *s = sea_nl_sock_of(sock);
	size_t room = total_of(msg);
	struct nl_datagram *d;
	ssize_t n;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (sock->err)
		return -sea_sock_take_error(sock);
	if (sea_list_empty(&s->queue))
		return -EAGAIN;
	if (room > s->recv_len_max)
		s->recv_len_max = room < NL_PIECE_MAX ? (uint32_t)room : NL_PIECE_MAX;
	d = sea_container(sea_list_first(&s->queue), struct nl_datagram, node);
	n = scatter(msg, d->bytes, d->len);
	if ((uint32_t)n < d->len)
		msg->msg_flags |= MSG_TRUNC;
	put_sender(msg, d);
	put_control(s, msg, d);
	if (flags & MSG_TRUNC)
		n = d->len;
	if (!(flags & MSG_PEEK))
		sea_nl_dequeue(s, d);
	go_on(s);
	return n;
}

/* -- the rest -- */

static int shut(struct sea_sock *sock, int how)
{
	(void)sock;
	(void)how;
	return -EOPNOTSUPP;
}

static int io_control(struct sea_sock *sock, unsigned long request, int *value)
{
	(void)sock;
	(void)request;
	(void)value;
	return -ENOTTY;
}

/* Sending is done when the call returns. */
static uint32_t readiness(struct sea_sock *sock)
{
	const struct sea_nl_sock *s = sea_nl_sock_of(sock);

	return SEA_POLLOUT | (sock->err ? SEA_POLLERR : 0) |
	       (sea_list_empty(&s->queue) ? 0 : SEA_POLLIN);
}

static void tell(struct sea_sock *sock, struct sea_socket_info *info)
{
	*info = (struct sea_socket_info){
		.size = info->size,
		.socket = sock->handle,
		.domain = sock->domain,
		.type = sock->type,
		.protocol = sock->protocol,
		.rx_bytes = (uint32_t)sock->rmem_alloc,
		.drops = sock->drops,
	};
	get_name(sock, false, &info->local);
	get_name(sock, true, &info->peer);
}

static const struct sea_sock_names names = {
	.bind = bind_to,
	.connect = connect_to,
	.get = get_name,
};

const struct sea_sock_ops sea_nl_sock_ops = {
	.name = "netlink",
	.names = &names,
	.shutdown = shut,
	.close = close_socket,
	.destroy = destroy,
	.sendmsg = sendmsg_to,
	.recvmsg = recvmsg_from,
	.getsockopt = sea_nl_getsockopt,
	.setsockopt = sea_nl_setsockopt,
	.ioctl = io_control,
	.poll = readiness,
	.info = tell,
	.save = sea_nl_sock_save,
};

const struct sea_sock_family sea_nl_sock_family = {
	.domain = AF_NETLINK,
	.any_type = true,
	.create = create,
};
