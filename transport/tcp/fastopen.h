/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP Fast Open (RFC 7413): data on the SYN, and an answer before the handshake is over, for who shows a cookie that
 * we once gave to its address.
 *
 *	client                                   server
 *	SYN, cookie, data ─────────────────────► a child in SYN_RECV, with TCP_F_TFO: it reads and writes
 *	                  ◄───────────────────── SYN-ACK of SYN and data (from fastopen.c's timer again), data
 *	ACK ───────────────────────────────────► ESTABLISHED
 *
 * net.ipv4.tcp_fastopen has bits: 1 clients may, 2 listeners may; 4 clients send data without a cookie, 0x200
 * listeners take it without one; 0x400 each listener does, unasked.
 */
#ifndef SEA_TCP_FASTOPEN_H
#define SEA_TCP_FASTOPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/time.h>

#include "core/list.h"
#include "core/save.h"
#include "core/stack.h"
#include "wire/tcp.h"

struct tcp_conn;
struct tcp_req;
struct tcp_rx;

enum tcp_fastopen_bit {
	TCP_TFO_CLIENT = 1,
	TCP_TFO_SERVER = 2,
	TCP_TFO_CLIENT_NO_COOKIE = 4,
	TCP_TFO_SERVER_NO_COOKIE = 0x200,
	TCP_TFO_ALL_LISTENERS = 0x400,
};

/* tcpi_fastopen_client_fail. */
enum tcp_fastopen_fail {
	TCP_TFO_FAIL_NONE,
	TCP_TFO_FAIL_NO_COOKIE,
	TCP_TFO_FAIL_DATA_NOT_ACKED,
	TCP_TFO_FAIL_SYN_RETRANSMITTED,
};

#define TCP_FASTOPEN_KEY_LEN 16
#define TCP_FASTOPEN_KEYS_MAX 2

/* Cookies are made with the first, and taken of each. None: no listener has needed one yet. */
struct tcp_fastopen_keys {
	uint8_t n;
	uint8_t b[TCP_FASTOPEN_KEYS_MAX][TCP_FASTOPEN_KEY_LEN];
};

/* Part of a connection's side object. */
struct tcp_fastopen {
	/* The program's wishes. */
	uint32_t qlen_max; /* TCP_FASTOPEN: children whose handshake is not over; 0: none */
	struct tcp_fastopen_keys keys; /* TCP_FASTOPEN_KEY; n 0: the stack's */
	bool no_cookie;                /* TCP_FASTOPEN_NO_COOKIE */
	bool connect;                  /* TCP_FASTOPEN_CONNECT */

	/* While TCP_F_TFO: who counts it, and what the SYN-ACK says. */
	sea_socket listener;
	sea_seq irs, syn_end; /* of the SYN, and behind its text */
	uint32_t synack_wnd;
	sea_time synack_sent;
	uint8_t num_timeout, num_retrans;

	/* What our SYN had: the option, in its old form; data. It may be a trial after paths that swallow them. */
	bool asked, exp, sent, trial;

	/* What became of it, for tcp_info. */
	bool child;          /* the SYN's cookie was good */
	bool syn_data;       /* all data on the SYN was acknowledged, or taken */
	uint8_t client_fail; /* enum tcp_fastopen_fail */
};

/* A child that was reset after it was accepted goes on being counted for a while. */
struct tcp_fastopen_reset {
	struct sea_list list; /* in tcp_listen.tfo_resets, the oldest first */
	sea_time until;
};

/* -- fastopen_key.c: keys, and the cookies that they make -- */

/* net.ipv4.tcp_fastopen_key: "aabbccdd-…-…-…[,…]". As sea_sysctl's print and parse. */
int sea_tcp_fastopen_print_keys(const void *keys, char *text, size_t len);
int sea_tcp_fastopen_parse_keys(void *keys, const char *text);
/* The stack has keys from now on: random ones, unless it has some. */
void sea_tcp_fastopen_init_keys(struct sea_stack *stack);
/* Is the SYN's cookie one of ours: 0 no, 1 of the newest key, 2 of an older one; *fresh: the newest key's. */
int sea_tcp_fastopen_check(const struct tcp_conn *listener, const struct tcp_rx *rx,
			   struct sea_tcp_cookie *fresh);

/* -- fastopen_sockopt.c -- */

/* TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE: 0 or -errno; the value. */
SEA_MUST_USE int sea_tcp_fastopen_set(struct tcp_conn *c, int name, int v);
int sea_tcp_fastopen_get(const struct tcp_conn *c, int name);
/* TCP_FASTOPEN_KEY: one or two keys, as bytes. */
SEA_MUST_USE int sea_tcp_fastopen_set_key(struct tcp_conn *c, const void *val, socklen_t len);
int sea_tcp_fastopen_get_key(const struct tcp_conn *c, void *val, socklen_t *len);

/* -- fastopen.c: the listener's side -- */

/* listen(): net.ipv4.tcp_fastopen may want it of each. */
void sea_tcp_fastopen_listen(struct tcp_conn *listener);
/* TCP_FASTOPEN: 0, -EINVAL, -ENOMEM. */
SEA_MUST_USE int sea_tcp_fastopen_set_queue(struct tcp_conn *c, int qlen);
/*
 * A SYN whose request is ready but for its answer: where it may, the connection begins now, waits to be accepted, and
 * the SYN is answered; its packet is consumed. NULL: a handshake is needed, whose SYN-ACK has `cookie` if *has_cookie.
 */
struct tcp_conn *sea_tcp_fastopen_child(struct tcp_req *req, struct tcp_rx *rx,
					struct sea_tcp_cookie *cookie, bool *has_cookie);
/* The SYN-ACK's timer (TCP_F_TFO). The connection may be gone afterwards. */
void sea_tcp_fastopen_timeout(struct tcp_conn *c);
/* The SYN came again. */
void sea_tcp_fastopen_answer_again(struct tcp_conn *c);
/* Its handshake is over. */
void sea_tcp_fastopen_completed(struct tcp_conn *c);
/* It ends before that, perhaps since it was reset. */
void sea_tcp_fastopen_ended(struct tcp_conn *c, bool reset);
/* The listener ends. */
void sea_tcp_fastopen_stop(struct tcp_conn *listener);

/* -- fastopen_client.c -- */

/* What a program wants to send with the SYN. */
struct tcp_syn_data {
	const struct msghdr *msg;
	struct sea_zc *zc;   /* of MSG_ZEROCOPY; NULL */
	size_t size, copied; /* copied: went with it */
};

/*
 * connect(), of a socket that may have TCP_FASTOPEN_CONNECT, and MSG_FASTOPEN (`data`, else NULL): 0: a cookie is there,
 * and the SYN waits for the first write (TCP_F_DEFER); -EINPROGRESS: it was sent; else -errno.
 */
SEA_MUST_USE int sea_tcp_fastopen_syn(struct tcp_conn *c, struct tcp_syn_data *data);
/*
 * sendmsg() with MSG_FASTOPEN, or the first of a connection whose SYN waits: bytes that went with the SYN, or -errno; 0: the
 * connection is there, and takes the message as any other.
 */
ssize_t sea_tcp_fastopen_sendmsg(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc);
/* Our SYN is acknowledged: what that says of the path, and text beside it. False: data of it has to go again, and did. */
bool sea_tcp_fastopen_synack(struct tcp_conn *c, struct tcp_rx *rx);
/* A timeout, after `expired` perhaps the last: paths that swallow such connections are not asked again for a while. */
void sea_tcp_fastopen_doubt(struct tcp_conn *c, bool expired);
/* A connection that we began so ends: was it a black hole, or proof that there is none? */
void sea_tcp_fastopen_learn(struct tcp_conn *c);

void sea_tcp_fastopen_save_listen(struct sea_saver *to, const struct tcp_conn *listener);
void sea_tcp_fastopen_load_listen(struct sea_loader *from, struct tcp_conn *listener);

#endif
