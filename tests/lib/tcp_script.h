/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transcripts of TCP: a test plays the peer on the other end of the wire.
 *
 *	struct tcp_script s;
 *
 *	script_new(&s);
 *	script_listen(&s, 8);
 *	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
 *	EXPECT(&s, "SA", 0, 1, 0);
 *	SEND(&s, "A", 1, 1, 0);
 *	script_accept(&s);
 *	script_free(&s);
 *
 * Flags are F S R P A U, E (ECE) and C (CWR). Sequence numbers are relative, as in packetdrill: the peer's to its own
 * initial one, which is SCRIPT_PEER_ISN, ours to the one in our last SYN. EXPECT and NOTHING say in
 * which line of the test the stack did something else, and what.
 *
 * SCRIPT_RUN(tests) instead of cmocka_run_group_tests() runs them over IPv4, then over IPv6, where
 * 10.0.0.7 is 2001:db8::7 (192.168.1.7 2001:db8::c0a8:107) and the MSS is the same.
 */
#ifndef SEA_TESTS_TCP_SCRIPT_H
#define SEA_TESTS_TCP_SCRIPT_H

#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <seastack/event.h>
#include <seastack/socket.h>

#include "tests/lib/stack_fixture.h"
#include "wire/tcp.h"

#define SCRIPT_PEER_ISN 1000000u
#define SCRIPT_PORT 80
#define SCRIPT_PEER_PORT 40000

struct tcp_script {
	struct test_stack t;
	sea_socket listener, sock;
	uint16_t lport, rport;
	uint32_t iss; /* of our last SYN */
	uint32_t wnd; /* what the peer offers from now on, as on the wire */
	/* The peer sends timestamps; the value moves with the clock from here on, the echo is right. */
	bool ts;
	uint32_t ts_base, ts_ecr;
	struct sea_tcp_seg seen; /* what EXPECT matched last */
	const uint8_t *seen_at;  /* its header, until the next one */
	uint8_t seen_tos, seen_ace;
	/* Not NULL: what the peer sends has room for a signature, which this fills in. */
	void (*sign)(struct tcp_script *s, uint8_t *segment, size_t hdr_len, size_t len);
	uint8_t ao_len; /* of that room, by RFC 5925; 0: RFC 2385's */
};

/* What a segment may have besides; zero is ordinary. */
struct script_seg {
	const char *opts; /* "mss 1460, sack-ok, wscale 7, ts 100 0, sack 10 20" */
	const char *src;  /* another host's address */
	const char *dst;  /* not ours */
	const uint8_t *ip_opts;
	size_t ip_opts_len;
	uint16_t port; /* the peer's, if not s->rport */
	uint16_t urg;
	uint8_t tos;
	uint8_t ace;         /* of RFC 9768, besides what the flags say */
	uint32_t wnd;        /* if not s->wnd */
	bool raw_ack;        /* `ack` is no relative number */
	const void *payload; /* else 'a', 'b', … */
};

/* Over what script_new() makes TCP run from now on; of cmocka's shape. */
int script_use6(void **state);
int script_use4(void **state);
bool script_is6(void);
#define SCRIPT_RUN(tests)                                           \
	(cmocka_run_group_tests_name("IPv4", (tests), NULL, NULL) + \
	 cmocka_run_group_tests_name("IPv6", (tests), script_use6, script_use4))

/* A test of what IPv6 has not, or has otherwise. */
#define SCRIPT_ONLY4()            \
	do {                      \
		if (script_is6()) \
			skip();   \
	} while (0)

void script_new(struct tcp_script *s);
void script_free(struct tcp_script *s);

void script_send(struct tcp_script *s, const char *flags, uint32_t seq, uint32_t ack, uint32_t len,
		 const struct script_seg *more);
#define SEND(s, flags, seq, ack, len, ...) \
	script_send(s, flags, seq, ack, len, &(struct script_seg){ __VA_ARGS__ })

void script_expect(struct tcp_script *s, const char *flags, uint32_t seq, uint32_t ack,
		   uint32_t len, const char *file, int line);
#define EXPECT(s, flags, seq, ack, len) script_expect(s, flags, seq, ack, len, __FILE__, __LINE__)

/* The next segment that went out, in s->seen; false: none. */
bool script_take(struct tcp_script *s);
void script_nothing(struct tcp_script *s, const char *file, int line);
#define NOTHING(s) script_nothing(s, __FILE__, __LINE__)

/* -- calls -- */

sea_socket script_socket(struct tcp_script *s);
int script_set(struct tcp_script *s, sea_socket sock, int level, int name, int value);
int script_get(struct tcp_script *s, sea_socket sock, int level, int name);
int script_bind(struct tcp_script *s, sea_socket sock, const char *addr, uint16_t port);
int script_connect(struct tcp_script *s, sea_socket sock, const char *addr, uint16_t port);
int script_write(struct tcp_script *s, uint32_t len);
/* Bytes read (their content is thrown away), or -errno. */
int script_read(struct tcp_script *s, uint32_t len);
int script_close(struct tcp_script *s);
int script_shutdown(struct tcp_script *s, int how);
/* TCP_S_* of s->sock. */
int script_state(struct tcp_script *s);
/* Of what is listed with the four-tuple of the script: TCP_S_*, or 0 where there is nothing. */
int script_listed(struct tcp_script *s);
void script_sysctl(struct tcp_script *s, const char *name, const char *value);

/* -- states -- */

/* s->listener on SCRIPT_PORT. */
void script_listen(struct tcp_script *s, int backlog);
/* s->sock from the accept queue: 0 or -errno. */
int script_accept(struct tcp_script *s);
/* The peer opened: 1 follows on both sides. MSS 1460, no other options. */
void script_established(struct tcp_script *s);
/* s->sock has sent its SYN to SCRIPT_PORT of the peer. */
void script_syn_sent(struct tcp_script *s);
/* We opened. */
void script_connected(struct tcp_script *s);
/* From ESTABLISHED by shutdown(SHUT_WR): our FIN is 1. */
void script_fin_wait_1(struct tcp_script *s);
void script_fin_wait_2(struct tcp_script *s);
/* From ESTABLISHED: the peer's FIN is 1. */
void script_close_wait(struct tcp_script *s);
void script_last_ack(struct tcp_script *s);
void script_closing(struct tcp_script *s);
void script_time_wait(struct tcp_script *s);

#endif
