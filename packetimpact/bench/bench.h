/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test bench: tests in C for what scripts cannot say, as are loops, several sockets and peers, random fields
 * and headers below and beside TCP. A test has a device, as a script has (dut/dut.h), and is the other end of its
 * tun0:
 *
 *	static void a_datagram_is_received(struct sea_bench *b)
 *	{
 *		const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, 7000);
 *
 *		SEND(b, IP(b), UDP(F(UDP_SRC, 9), F(UDP_DST, 7000)), BYTES("hello", 5));
 *		CHECK(b, sea_bench_recv(b, fd, 0) == 5);
 *		SYS(b, sendto, …);
 *		EXPECT(b, SEA_SEC, IP(b), UDP(F(UDP_DST, 9)));
 *	}
 *
 * It runs on either device and says nothing about which. Where something must happen *within* a time, that is the
 * device's where it is virtual; on one in real time no test fails for a slow machine: there it is a limit of
 * 30 s. Where it must *not* happen (EXPECT_NONE), it is the time that is given on both.
 *
 * What fails ends the test at once, and is told with file and line, and the last packets that were seen. All a
 * test holds ends with its device; its buffers must not be on its stack while a call is pending: sea_bench_begin()
 * has some. Every packet that the device sends is checked: lengths and checksums.
 */
#ifndef SEA_PACKETIMPACT_BENCH_H
#define SEA_PACKETIMPACT_BENCH_H

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "packetimpact/bench/layer.h"
#include "packetimpact/dut/dut.h"

struct sea_bench;

/* -- tests -- */

#define SEA_BENCH_ON_V4 1u
#define SEA_BENCH_ON_V6 2u

struct sea_bench_test {
	const char *name; /* a sentence */
	void (*run)(struct sea_bench *b);
	unsigned families;
	/* How Seastack's answer differs from the one of Linux that is kept; NULL: it must not. */
	const char *differs;
};

#define BENCH_V4(name)                             \
	{                                          \
#name, name, SEA_BENCH_ON_V4, NULL \
	}
#define BENCH_V6(name)                             \
	{                                          \
#name, name, SEA_BENCH_ON_V6, NULL \
	}
#define BENCH(name)                                                  \
	{                                                            \
#name, name, SEA_BENCH_ON_V4 | SEA_BENCH_ON_V6, NULL \
	}
/* One whose answer may differ from the recorded one, for a reason. */
#define BENCH_BUT(name, reason)                                        \
	{                                                              \
#name, name, SEA_BENCH_ON_V4 | SEA_BENCH_ON_V6, reason \
	}

/* -- where it is -- */

bool sea_bench_is_v6(const struct sea_bench *b);
/* AF_INET or AF_INET6 */
int sea_bench_family(const struct sea_bench *b);
struct sea_dut *sea_bench_dut(struct sea_bench *b);
/* The device's address, and the peer's; others of the peer's network by number, 1 being the peer. */
const struct sea_addr *sea_bench_local(const struct sea_bench *b);
const struct sea_addr *sea_bench_remote(const struct sea_bench *b);
struct sea_addr sea_bench_stranger(const struct sea_bench *b, uint8_t number);
/* tun0's number */
int sea_bench_ifindex(struct sea_bench *b);
int64_t sea_bench_now(struct sea_bench *b);
/* Below `below`; the same numbers in each run with the same --seed. */
uint32_t sea_bench_random(struct sea_bench *b, uint32_t below);

/* An IP header of the test's family. */
#define IP(b, ...)                                                                               \
	((struct sea_bench_layer){ .kind = sea_bench_is_v6(b) ? SEA_BENCH_IPV6 : SEA_BENCH_IPV4, \
				   __VA_ARGS__ })

/* -- packets -- */

#define SEND(b, ...) sea_bench_send(b, LAYERS(__VA_ARGS__))
void sea_bench_send(struct sea_bench *b, const struct sea_bench_layer *layers, size_t n);
/* A packet that was built elsewhere. */
void sea_bench_send_bytes(struct sea_bench *b, const uint8_t *bytes, size_t len);

/*
 * The next packet that matches, which must come within `ns`; others before it are passed over. What is returned
 * stays until 16 more packets were seen.
 */
#define EXPECT(b, ns, ...) sea_bench_expect(b, ns, __FILE__, __LINE__, LAYERS(__VA_ARGS__))
const struct sea_bench_seen *sea_bench_expect(struct sea_bench *b, int64_t ns, const char *file,
					      int line, const struct sea_bench_layer *layers,
					      size_t n);
/* No packet of those that were not looked at yet, and of those that come within `ns`, matches. They are all used up. */
#define EXPECT_NONE(b, ns, ...) \
	sea_bench_expect_none(b, ns, __FILE__, __LINE__, LAYERS(__VA_ARGS__))
void sea_bench_expect_none(struct sea_bench *b, int64_t ns, const char *file, int line,
			   const struct sea_bench_layer *layers, size_t n);
/* The same without failing: NULL, none came. */
const struct sea_bench_seen *sea_bench_see(struct sea_bench *b, int64_t ns,
					   const struct sea_bench_layer *layers, size_t n);
/* Time goes on; what leaves meanwhile is kept for the next EXPECT. */
void sea_bench_wait(struct sea_bench *b, int64_t ns);

/* -- calls -- */

/* What a system call returns, -errno for an error. One that blocks longer than `SEA_BENCH_PATIENCE` fails the test. */
#define SYS(b, call, ...) sea_bench_sys(b, SEA_DUT_##call, SEA_BENCH_WORDS(__VA_ARGS__))
#define SEA_BENCH_WORD(x) ((uint64_t)(uintptr_t)(x))
#define SEA_BENCH_WORDS(...) SEA_BENCH_WORDS_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SEA_BENCH_WORDS_(a, b, c, d, e, f, ...)                                     \
	SEA_BENCH_WORD(a), SEA_BENCH_WORD(b), SEA_BENCH_WORD(c), SEA_BENCH_WORD(d), \
		SEA_BENCH_WORD(e), SEA_BENCH_WORD(f)
#define SEA_BENCH_PATIENCE (20 * SEA_SEC)
long sea_bench_sys(struct sea_bench *b, enum sea_dut_nr nr, uint64_t a0, uint64_t a1, uint64_t a2,
		   uint64_t a3, uint64_t a4, uint64_t a5);

#define SEA_BENCH_BUF 70000

/* A call that may stay pending, and its memory; the bench's. */
struct sea_bench_call {
	struct sea_dut_call call; /* call.done, call.result */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	uint8_t buf[SEA_BENCH_BUF];
	struct sea_bench_call *next;
};

/* Takes its arguments by the call's own memory: fd is the first of all of these calls. */
struct sea_bench_call *sea_bench_begin_recv(struct sea_bench *b, long fd, size_t len, int flags);
struct sea_bench_call *sea_bench_begin_send(struct sea_bench *b, long fd, size_t len, int flags);
struct sea_bench_call *sea_bench_begin_accept(struct sea_bench *b, long fd);
struct sea_bench_call *sea_bench_begin_connect(struct sea_bench *b, long fd, uint16_t port);
/* Its result, within `ns` or the test fails. */
long sea_bench_end(struct sea_bench *b, struct sea_bench_call *call, int64_t ns);

/* -- sockets, each call with what it mostly is called with; `addr` NULL is the unspecified one -- */

/* A new one of the test's family, or the test fails; protocol 0 but where ICMP is said. */
long sea_bench_socket(struct sea_bench *b, int type, int protocol);
socklen_t sea_bench_sockaddr(const struct sea_bench *b, const struct sea_addr *addr, uint16_t port,
			     struct sockaddr_storage *to);
/* A socket, bound. */
long sea_bench_bound(struct sea_bench *b, int type, const struct sea_addr *addr, uint16_t port);
long sea_bench_bind(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port);
/* A listener at `port`; it does not block. */
long sea_bench_listener(struct sea_bench *b, uint16_t port, int backlog);
long sea_bench_connect(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port);
long sea_bench_sendto(struct sea_bench *b, long fd, const struct sea_addr *addr, uint16_t port,
		      const void *data, size_t len);
/* Without waiting; what came is in sea_bench_buf(), from whom in `from` unless that is NULL. */
long sea_bench_recv(struct sea_bench *b, long fd, int flags);
long sea_bench_recvfrom(struct sea_bench *b, long fd, int flags, struct sea_addr *from,
			uint16_t *port);
const uint8_t *sea_bench_buf(const struct sea_bench *b);
long sea_bench_setsockopt(struct sea_bench *b, long fd, int level, int option, int value);
/* Its value; negative is an error. */
long sea_bench_getsockopt(struct sea_bench *b, long fd, int level, int option);
void sea_bench_nonblocking(struct sea_bench *b, long fd);
uint16_t sea_bench_port_of(struct sea_bench *b, long fd);
void sea_bench_sysctl(struct sea_bench *b, const char *name, const char *value);

/* -- a peer that speaks TCP by hand -- */

#define SEA_BENCH_FIN 1u
#define SEA_BENCH_SYN 2u
#define SEA_BENCH_RST 4u
#define SEA_BENCH_PSH 8u
#define SEA_BENCH_ACK 16u

/* One connection: numbers are raw ones, `seq` what it sends next, `ack` what it has got. */
struct sea_bench_peer {
	struct sea_addr addr;
	uint16_t port, device_port;
	uint32_t seq, ack;
	uint16_t window;
};

/* Ports and first number are the next of a series. */
void sea_bench_peer_init(struct sea_bench *b, struct sea_bench_peer *p, uint16_t device_port);
/* A segment with the peer's numbers, which go on by what it takes. */
void sea_bench_peer_send(struct sea_bench *b, struct sea_bench_peer *p, unsigned flags,
			 const void *data, size_t len);
/* SYN, SYN-ACK, ACK; or the first two of them. MSS 1460. */
void sea_bench_peer_syn(struct sea_bench *b, struct sea_bench_peer *p);
void sea_bench_peer_open(struct sea_bench *b, struct sea_bench_peer *p);
/* The device's SYN to device port of `p->port`, answered with SYN-ACK, and its ACK. */
void sea_bench_peer_take_syn(struct sea_bench *b, struct sea_bench_peer *p);
void sea_bench_peer_answer(struct sea_bench *b, struct sea_bench_peer *p);
/* What comes for this peer, with these flags but PSH; what it takes is got. */
#define PEER_EXPECT(b, p, flags) sea_bench_peer_expect(b, p, flags, __FILE__, __LINE__)
const struct sea_bench_seen *sea_bench_peer_expect(struct sea_bench *b, struct sea_bench_peer *p,
						   unsigned flags, const char *file, int line);
/* Layers of a segment to and from a peer. */
#define TO(p, ...) TCP(F(TCP_SRC, (p)->port), F(TCP_DST, (p)->device_port), __VA_ARGS__)
#define FROM(p, ...) TCP(F(TCP_SRC, (p)->device_port), F(TCP_DST, (p)->port), __VA_ARGS__)

/* -- judging -- */

#define CHECK(b, that)                                                                      \
	do {                                                                                \
		if (!(that))                                                                \
			sea_bench_fail(b, __FILE__, __LINE__, "this is not so: %s", #that); \
	} while (0)
/* Two numbers are the same. */
#define SAME(b, is, want)                                                                          \
	do {                                                                                       \
		const long is_ = (long)(is), want_ = (long)(want);                                 \
		if (is_ != want_)                                                                  \
			sea_bench_fail(b, __FILE__, __LINE__, "%s is %ld, not %ld (%s)", #is, is_, \
				       want_, sea_bench_case(b));                                  \
	} while (0)
/* In words which turn of a loop it is, for what fails; "" at first. */
void sea_bench_say(struct sea_bench *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *sea_bench_case(const struct sea_bench *b);
void sea_bench_fail(struct sea_bench *b, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5), noreturn));

#endif
