/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket from inside: what all kinds have in common. Protocols embed `struct sea_sock` as their
 * first member. `transport/socket.c` is the public door: it enters the stack, turns the handle into
 * a pointer and calls the ops; so ops run inside an entry and never see a stale handle.
 *
 * The *charged* ledger lives here: rmem_alloc and wmem_alloc count Linux's truesize against rcvbuf and
 * sndbuf.
 */
#ifndef SEA_CORE_SOCK_H
#define SEA_CORE_SOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/event.h>
#include <seastack/socket.h>

#include "core/list.h"
#include "core/pkt.h"
#include "core/stack.h"

struct sea_sock;
struct sea_saver;
struct sea_loader;

/* An address and port at the socket boundary; family 0: none. v4 in the first four bytes. */
struct sea_endpoint {
	uint8_t family;
	uint16_t port; /* host order */
	uint32_t scope_id;
	uint32_t
		flowinfo; /* IPv6: class and label, host order, where the program sends them itself */
	uint8_t addr[16];
};

/* SCM_TSTAMP_* of Linux's <linux/errqueue.h>: when a timestamp of what is sent is taken. */
enum sea_stamp { SEA_STAMP_SND = 0, SEA_STAMP_SCHED = 1, SEA_STAMP_ACK = 2 };

/* Addresses of sockets that are no endpoints of IP: bind(2), connect(2), getsockname(2), getpeername(2). */
struct sea_sock_names {
	int (*bind)(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len);
	int (*connect)(struct sea_sock *sock, const struct sockaddr *addr, socklen_t len);
	/* Its length. */
	socklen_t (*get)(struct sea_sock *sock, bool peer, struct sockaddr_storage *addr);
};

struct sea_sock_ops {
	const char *name;
	const struct sea_sock_names *names; /* NULL: endpoints, for bind and connect below */
	int (*bind)(struct sea_sock *sock, const struct sea_endpoint *local);
	/* A port for a datagram socket without one, before connect() looks at its address; NULL: none. */
	int (*autobind)(struct sea_sock *sock);
	int (*listen)(struct sea_sock *sock, int backlog);
	int (*accept)(struct sea_sock *sock, struct sea_sock **accepted);
	/* family 0 (AF_UNSPEC) dissolves a connection. */
	int (*connect)(struct sea_sock *sock, const struct sea_endpoint *peer);
	int (*shutdown)(struct sea_sock *sock, int how);
	/* Gives up the handle, now or after closing in the background; -EWOULDBLOCK for SO_LINGER. */
	int (*close)(struct sea_sock *sock);
	/* The stack ends or the load failed: frees at once, silently. */
	void (*destroy)(struct sea_sock *sock);
	ssize_t (*sendmsg)(struct sea_sock *sock, const struct msghdr *msg, int flags);
	ssize_t (*recvmsg)(struct sea_sock *sock, struct msghdr *msg, int flags);
	int (*getsockopt)(struct sea_sock *sock, int level, int name, void *val, socklen_t *len);
	int (*setsockopt)(struct sea_sock *sock, int level, int name, const void *val,
			  socklen_t len);
	int (*ioctl)(struct sea_sock *sock, unsigned long request, int *value);
	uint32_t (*poll)(struct sea_sock *sock);
	void (*info)(struct sea_sock *sock, struct sea_socket_info *info);
	/* Streams only, else NULL. */
	int (*recv_peek)(struct sea_sock *sock, struct iovec *iov, int max);
	int (*recv_consume)(struct sea_sock *sock, size_t bytes);
	int (*send_reserve)(struct sea_sock *sock, size_t want, struct iovec *iov, int max);
	int (*send_commit)(struct sea_sock *sock, size_t bytes, int flags);
	/* A packet that this socket sent has left (or was dropped); `charged` bytes are credited already. */
	void (*tx_done)(struct sea_sock *sock);
	/*
	 * A packet that this socket sent and that asks for it (stamp_sched, stamp_snd) stands before the link's
	 * queue, or leaves the link; may be NULL.
	 */
	void (*tx_stamp)(struct sea_sock *sock, const struct sea_pkt *pkt, enum sea_stamp which);
	/* A buffer size or timeout was set by SOL_SOCKET and the protocol must act; may be NULL. */
	void (*opt_changed)(struct sea_sock *sock, int name);
	/* SO_MEMINFO beyond what every socket has (SK_MEMINFO_*); may be NULL. */
	void (*meminfo)(const struct sea_sock *sock, uint32_t v[9]);
	/* What waits in the error queue counts as received; NULL: it does not. */
	void (*charge)(struct sea_sock *sock, int32_t bytes);
	void (*save)(struct sea_sock *sock, struct sea_saver *to);
};

/* SOL_SOCKET and IPPROTO_IP options that are one bit. */
enum sea_sock_flag {
	SEA_SOCK_REUSEADDR = 1u << 0,
	SEA_SOCK_REUSEPORT = 1u << 1,
	SEA_SOCK_BROADCAST = 1u << 2,
	SEA_SOCK_KEEPALIVE = 1u << 3,
	SEA_SOCK_OOBINLINE = 1u << 4,
	SEA_SOCK_DONTROUTE = 1u << 5,
	SEA_SOCK_LINGER = 1u << 6,
	SEA_SOCK_TIMESTAMP = 1u << 7,
	SEA_SOCK_TIMESTAMPNS = 1u << 8,
	SEA_SOCK_RCVBUF_LOCK = 1u << 9, /* SO_RCVBUF was set: no autotuning */
	SEA_SOCK_SNDBUF_LOCK = 1u << 10,
	SEA_SOCK_NO_CHECK = 1u << 11, /* SO_NO_CHECK: UDP without checksum */
	SEA_SOCK_RECVERR = 1u << 12,
	SEA_SOCK_PKTINFO = 1u << 13,
	SEA_SOCK_RECVTTL = 1u << 14,
	SEA_SOCK_RECVTOS = 1u << 15,
	SEA_SOCK_V6ONLY = 1u << 16,    /* IPV6_V6ONLY: no IPv4 through an AF_INET6 socket */
	SEA_SOCK_BIND_ADDR = 1u << 17, /* bound to an address by the program */
	SEA_SOCK_BIND_PORT = 1u << 18,
	SEA_SOCK_FREEBIND = 1u << 19,
	SEA_SOCK_TRANSPARENT = 1u << 20,
	SEA_SOCK_PRIORITY_SET = 1u << 21,
	SEA_SOCK_TXREHASH = 1u << 22, /* a connection in trouble may try another way */
	SEA_SOCK_RXQ_OVFL = 1u << 23,
	SEA_SOCK_WRITER_WAITS =
		1u << 24, /* a blocking call has bytes for when the connection is there */
	SEA_SOCK_OPENING =
		1u
		<< 25, /* a message began the connection (MSG_FASTOPEN), which is not there yet */
	SEA_SOCK_BIND_NO_PORT = 1u << 26, /* IP_BIND_ADDRESS_NO_PORT */
	SEA_SOCK_RECVORIGDST = 1u << 27,
	SEA_SOCK_DEBUG = 1u << 28, /* SO_DEBUG: no-op on Linux, too */
	SEA_SOCK_SELECT_ERR_QUEUE = 1u << 29,
	SEA_SOCK_RCVMARK = 1u << 30,
	SEA_SOCK_RCVPRIORITY = 1u << 31,
};

/* Bits of sea_sock.pacing: who sees to it that a socket's packets leave at its rate, nobody without the first two. */
enum sea_sock_pacing {
	SEA_PACING_NEEDED = 1, /* its protocol, with timers of its own */
	SEA_PACING_FQ = 2,     /* the queue of the link that it sends over */
	SEA_PACING_LATER = 4, /* its protocol says a departure that is later still (TCP_TX_DELAY) */
};

/* IP_PMTUDISC_* of Linux's <linux/in.h>: sea_sock.mtu_discover. */
enum sea_pmtudisc {
	SEA_PMTUDISC_DONT = 0,
	SEA_PMTUDISC_WANT = 1,
	SEA_PMTUDISC_DO = 2,
	SEA_PMTUDISC_PROBE = 3,
	SEA_PMTUDISC_INTERFACE = 4,
	SEA_PMTUDISC_OMIT = 5,
};

#define SEA_SOCK_SHUT_RD 1u
#define SEA_SOCK_SHUT_WR 2u

/* IPPROTO_IPV6 options that are one bit: sea_sock_more.flags6. */
enum sea_sock_flag6 {
	SEA_SOCK6_RECVERR = 1u << 0,
	SEA_SOCK6_PKTINFO = 1u << 1, /* IPV6_RECVPKTINFO */
	SEA_SOCK6_HOPLIMIT = 1u << 2,
	SEA_SOCK6_TCLASS = 1u << 3,
	SEA_SOCK6_HOPOPTS = 1u << 4,
	SEA_SOCK6_DSTOPTS = 1u << 5,
	SEA_SOCK6_RTHDR = 1u << 6,
	SEA_SOCK6_FLOWINFO = 1u << 7,
	SEA_SOCK6_FLOWINFO_SEND = 1u << 8,
	SEA_SOCK6_ORIGDST = 1u << 9,
	SEA_SOCK6_PATHMTU = 1u << 10,
	SEA_SOCK6_FRAGSIZE = 1u << 11,
	SEA_SOCK6_DONTFRAG = 1u << 12,
	SEA_SOCK6_NO_AUTOFLOWLABEL = 1u << 13,
	SEA_SOCK6_AUTOFLOWLABEL = 1u << 14, /* neither: as net.ipv6.auto_flowlabels says */
	SEA_SOCK6_RFC4884 = 1u << 15,
	SEA_SOCK6_OLD_PKTINFO = 1u << 16, /* the options of RFC 2292 */
	SEA_SOCK6_OLD_HOPLIMIT = 1u << 17,
	SEA_SOCK6_OLD_RTHDR = 1u << 18,
	SEA_SOCK6_OLD_HOPOPTS = 1u << 19,
	SEA_SOCK6_OLD_DSTOPTS = 1u << 20,
	SEA_SOCK6_REPFLOW = 1u << 21, /* answers carry the label of what they answer */
	SEA_SOCK6_ALERT_ISOLATE = 1u << 22,
	SEA_SOCK6_SEEN = 1u << 23, /* of an accepted connection: `more` has what it got, as below */
};

/* IPPROTO_IP options that are one bit and seldom set: sea_sock_more.flags4. */
enum sea_sock_flag4 {
	SEA_SOCK4_RECVOPTS = 1u << 0,
	SEA_SOCK4_RETOPTS = 1u << 1,
	SEA_SOCK4_PASSSEC =
		1u << 2, /* no label ever comes: no-op on Linux without a security module */
	SEA_SOCK4_CHECKSUM = 1u << 3,
	SEA_SOCK4_FRAGSIZE = 1u << 4,
	SEA_SOCK4_RFC4884 = 1u << 5,
	SEA_SOCK4_FORCE_REUSE = 1u << 6, /* bind() succeeds whoever has the port (TCP_REPAIR) */
};

/*
 * Extension headers that go with all that a socket sends (RFC 3542 §6), each whole as the program gave
 * it, one behind the other in the order in which they are sent.
 */
enum sea_ext {
	SEA_EXT_HOPOPTS,
	SEA_EXT_RTHDRDSTOPTS, /* only in front of a routing header */
	SEA_EXT_RTHDR,
	SEA_EXT_DSTOPTS,
	SEA_EXT_N
};

struct sea_sock_ext {
	uint16_t len[SEA_EXT_N]; /* 0: none */
	uint8_t bytes[];
};

/* What a layer above hangs on a socket: let go of when the program closes it. */
struct sea_sock_attached {
	void (*free)(struct sea_sock *sock); /* and sets what pointed at it to NULL */
};

/* Options of multicast that are off: sea_sock_mcast.off. */
enum sea_mcast_off {
	SEA_MCAST_NO_LOOP = 1u << 0, /* IP_MULTICAST_LOOP */
	SEA_MCAST_NO_ALL =
		1u << 1, /* IP_MULTICAST_ALL; of AF_INET6 sockets, which begin without: on */
	SEA_MCAST_NO_LOOP6 = 1u << 2,
	SEA_MCAST_NO_ALL6 = 1u << 3,
};

struct sea_sock_mcast {
	struct sea_sock_attached *groups; /* transport/mcast.h; NULL: it is in none */
	int oif, oif6;                    /* IP_MULTICAST_IF, IPV6_MULTICAST_IF */
	uint8_t src[4];                   /* IP_MULTICAST_IF; zero: none named */
	uint8_t off;                      /* enum sea_mcast_off */
};

/*
 * What few sockets set, above all IPPROTO_IPV6: a socket without any of it shares sea_sock_plain.
 * Read through sock->more, written through sea_sock_more_edit().
 */
struct sea_sock_more {
	uint32_t flags4, flags6; /* enum sea_sock_flag4, sea_sock_flag6 */
	uint32_t flowinfo;       /* of connect(), as sin6_flowinfo, host order */
	uint32_t
		rx_flowinfo; /* a connection's: class and label that it got, likewise (tcp/seen.h) */
	int16_t hops, mcast_hops;     /* hops -1: the default */
	uint8_t tclass, mtu_discover; /* IPV6_MTU_DISCOVER */
	uint8_t min_ttl, min_hops;    /* IP_MINTTL, IPV6_MINHOPCOUNT */
	uint16_t frag_size;           /* IPV6_MTU; 0 */
	uint16_t port_low, port_high; /* IP_LOCAL_PORT_RANGE; 0: the stack's */
	uint8_t src_prefs;            /* IPV6_ADDR_PREFERENCES */
	int oif, oif6;                /* IP_UNICAST_IF, IPV6_UNICAST_IF */
	int32_t peek_off;             /* SO_PEEK_OFF of a stream; negative: off */
	int pktinfo_ifindex;          /* IPV6_PKTINFO: whence all packets go */
	uint8_t pktinfo_addr[16];
	uint8_t ip_opts_len, ip_opts[40]; /* IP_OPTIONS, padded to words */
	uint64_t max_pacing_rate;         /* SO_MAX_PACING_RATE: bytes a second; UINT64_MAX: none */
	struct sea_sock_mcast mcast;
	struct sea_sock_ext *ext;         /* NULL: none */
	struct sea_sock_attached *leases; /* of flow labels (transport/flow_lease.h); NULL: none */
	/* MSG_ZEROCOPY (transport/zerocopy.h); NULL: none yet. */
	struct sea_sock_attached *zerocopy;
	bool zerocopy_on; /* SO_ZEROCOPY */
	int32_t optmem;   /* of net.core.optmem_max, what its MSG_ZEROCOPY calls take */
	/* SO_TIMESTAMPING; the number of the next datagram, or what a stream's are counted from. */
	uint32_t tsflags, tskey;
	bool ts_new;    /* SO_TIMESTAMP_NEW and its kin, not the _OLD ones */
	bool txtime_on; /* SO_TXTIME, with its flags and clock */
	uint8_t txtime_flags;
	int32_t txtime_clock;
	struct sea_pktq errq; /* IP_RECVERR, IPV6_RECVERR: see transport/errq.h */
	/* IPV6_RECVPATHMTU: news of the way to this address that nobody read yet; 0: none. */
	uint32_t rxpmtu;
	int rxpmtu_ifindex;
	uint8_t rxpmtu_addr[16];
};

extern const struct sea_sock_more sea_sock_plain;

struct sea_sock {
	struct sea_stack *stack;
	const struct sea_sock_ops *ops;
	sea_socket handle; /* NONE: nobody holds it any more (orphan) or never did */

	struct sea_list event; /* in the shard's events */
	uint64_t cookie;
	uint16_t watch, edge; /* watch: what is told, ERR and HUP included; 0: nothing */

	uint8_t domain, type, protocol; /* as socket(2) was asked */
	uint8_t shutdown;               /* SEA_SOCK_SHUT_* */
	uint32_t flags;                 /* enum sea_sock_flag */
	int err, err_soft; /* positive errno: SO_ERROR; and what a timeout would report */

	int32_t rcvbuf, sndbuf; /* as getsockopt shows them (doubled) */
	int32_t rmem_alloc, wmem_alloc;
	int32_t rcvlowat;
	uint32_t mark;
	uint32_t priority;
	uint8_t tos, ttl /* 0: the default */, mcast_ttl;
	uint8_t mtu_discover;             /* enum sea_pmtudisc */
	int bound_ifindex;                /* SO_BINDTODEVICE */
	const struct sea_sock_more *more; /* never NULL */
	int64_t rcvtimeo_ns, sndtimeo_ns; /* 0: for ever */
	int32_t linger_s;
	uint32_t drops;

	uint16_t lport, rport; /* host order */
	uint8_t family; /* of laddr and raddr on the wire: SEA_AF_*; 0: either (:: of AF_INET6) */
	uint8_t laddr[16], raddr[16];
	uint8_t pacing;        /* enum sea_sock_pacing */
	uint16_t rx_label_low; /* of an accepted TCP connection (tcp/seen.h) */
};

/* Fills the common part with Linux's defaults. Not yet registered. */
void sea_sock_init(struct sea_sock *sock, struct sea_stack *stack, const struct sea_sock_ops *ops,
		   int domain, int type, int protocol);

/* Gives it a handle: 0, -ENFILE (sockets_max) or -ENOMEM. */
SEA_MUST_USE int sea_sock_register(struct sea_sock *sock);
/* Gives it back the handle that it had when the stack was saved; false when its slot is not waiting. */
SEA_MUST_USE bool sea_sock_claim(struct sea_sock *sock, sea_socket handle);
/* Takes the handle back; events in the queue are forgotten. The object lives on. */
void sea_sock_unregister(struct sea_sock *sock);
/* The same at the end of its life: frees what sea_sock_more_edit() made. */
void sea_sock_fini(struct sea_sock *sock);

/* Its own copy, to be written; NULL: no memory. What it owns is not to be shared: see _copy. */
struct sea_sock_more *sea_sock_more_edit(struct sea_sock *sock);
/* `to`, which has none of its own, gets what `from` has, but for what waits to be read: 0 or -ENOMEM. */
SEA_MUST_USE int sea_sock_more_copy(struct sea_sock *to, const struct sea_sock *from);

/* The extension header `which` is from now on `len` bytes (0: none): 0 or -ENOMEM, nothing changed. */
SEA_MUST_USE int sea_sock_ext_set(struct sea_sock *sock, enum sea_ext which, const void *bytes,
				  uint16_t len);
/* Of its own, from headers of these lengths (0: none); NULL: no memory, or all are none. */
struct sea_sock_ext *sea_sock_ext_make(struct sea_pool *pool, const uint8_t *const at[SEA_EXT_N],
				       const uint16_t len[SEA_EXT_N]);
/* NULL is none. */
void sea_sock_ext_free(struct sea_pool *pool, struct sea_sock_ext *ext);
/* The header `which` of `ext`, which may be NULL: ext->len[which] bytes; NULL: none. */
const uint8_t *sea_ext_bytes_of(const struct sea_sock_ext *ext, enum sea_ext which);
/* The bytes of it, more->ext->len[which] many; NULL: none. */
const uint8_t *sea_sock_ext_of(const struct sea_sock *sock, enum sea_ext which);

/* Could a packet of this family be for the socket, its address apart? */
static inline bool sea_sock_speaks(const struct sea_sock *sock, uint8_t family)
{
	if (sock->family)
		return sock->family == family;
	return family == SEA_AF_INET6 || !(sock->flags & SEA_SOCK_V6ONLY);
}

static inline bool sea_sock_recverr(const struct sea_sock *sock, uint8_t family)
{
	return family == SEA_AF_INET ? sock->flags & SEA_SOCK_RECVERR
				     : sock->more->flags6 & SEA_SOCK6_RECVERR;
}

/* IP_TOS or IPV6_TCLASS; IP_TTL or IPV6_UNICAST_HOPS (0: the default); the two *_MTU_DISCOVER. */
static inline uint8_t sea_sock_tos(const struct sea_sock *sock, uint8_t family)
{
	return family == SEA_AF_INET ? sock->tos : sock->more->tclass;
}

static inline uint8_t sea_sock_mtu_discover(const struct sea_sock *sock, uint8_t family)
{
	return family == SEA_AF_INET ? sock->mtu_discover : sock->more->mtu_discover;
}
/* sea_socket_set_owner()'s; nobody's (0) where there is no handle. */
struct sea_sock_owner sea_sock_owner_of(const struct sea_sock *sock);
/* 0 or -ENOMEM. */
SEA_MUST_USE int sea_sock_set_owner(struct sea_sock *sock, uint32_t uid, uint32_t inode);
/* NULL for a stale or foreign value. */
struct sea_sock *sea_sock_get(const struct sea_stack *stack, sea_socket handle);

/* Something became possible: queues an event where it is watched. Every call is an edge. */
void sea_sock_raise_watched(struct sea_sock *sock, uint32_t mask);
static inline void sea_sock_raise(struct sea_sock *sock, uint32_t mask)
{
	if (mask & sock->watch)
		sea_sock_raise_watched(sock, mask & sock->watch);
}

/* Takes and clears the pending error (SO_ERROR): 0 or a positive errno. */
int sea_sock_take_error(struct sea_sock *sock);
/* Sets the error and raises SEA_POLLERR. */
void sea_sock_set_error(struct sea_sock *sock, int err);

/* The owner of a packet that asks for stamps is given one, if it is still there. */
void sea_sock_tx_stamp(struct sea_stack *stack, const struct sea_pkt *pkt, enum sea_stamp which);

/* A packet with pkt->owner was freed: credits wmem_alloc and calls tx_done. Stale owners are fine. */
void sea_sock_tx_credit(struct sea_stack *stack, sea_socket owner, uint32_t charged);

/*
 * Truesize as Linux counts it: for a received frame of `len` bytes (linear up to 2 KiB, then pages),
 * for `len` bytes of stream data written by sendmsg, and for a datagram of `len` bytes of payload
 * that is sent. What turned round at loopback is still the sender's. Model of an x86-64 kernel.
 */
uint32_t sea_truesize_rx(const struct sea_pkt *pkt);
uint32_t sea_truesize_dgram(uint32_t len);
/* For `len` bytes that are copied into one piece of memory, a page's at most; *room: what more fits into it. */
uint32_t sea_truesize_linear(uint32_t len, uint16_t *room);

#define SEA_TRUESIZE_DESCRIPTOR 256u

/* A head for the headers; the data lies in pages that it shares with its neighbours. */
#define SEA_TRUESIZE_TX_HEAD (SEA_TRUESIZE_DESCRIPTOR + 576u)

static inline uint32_t sea_truesize_tx(uint32_t len)
{
	return SEA_TRUESIZE_TX_HEAD + len;
}

#endif
