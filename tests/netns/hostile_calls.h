/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with arguments that no sound program has, drawn from a seed: hostile_calls_peer.c makes them in two worlds. */
#ifndef SEA_TESTS_HOSTILE_CALLS_H
#define SEA_TESTS_HOSTILE_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define HOSTILE_BYTES 600

enum hostile_slot { H_LISTENER, H_CLIENT, H_CHILD, H_UDP, H_UDP_PEER, H_ECHO, H_FRESH, H_SLOTS };

enum hostile_what {
	H_SOCKET,
	H_BIND,
	H_CONNECT,
	H_LISTEN,
	H_ACCEPT,
	H_SEND,
	H_RECV,
	H_SHUTDOWN,
	H_SET,
	H_GET,
	H_IOCTL,
	H_NAME,
	H_PEER,
	H_CLOSE,
	H_REOPEN,
	H_WHATS
};

/* Decided once, made in both worlds. */
struct hostile_call {
	enum hostile_what what;
	enum hostile_slot slot;
	int domain, type, protocol; /* SOCKET */
	int number;                 /* a backlog, a `how` */
	int flags, level, name;
	unsigned long request;
	bool null; /* where the memory would be */
	socklen_t len;
	size_t pieces, piece; /* of a message: so many, each so long */
	size_t control_len;
	uint8_t bytes[HOSTILE_BYTES];   /* a name, or the value of an option */
	uint8_t control[HOSTILE_BYTES]; /* of a message */
};

/* `port`: the first of a round's, one for each slot. */
struct hostile_draw {
	uint64_t state;
	uint16_t port;
};

uint32_t hostile_below(struct hostile_draw *draw, uint32_t n);
/* False: a call that is left out, for what it says is each world's own. */
bool hostile_draw_call(struct hostile_draw *draw, struct hostile_call *call);
void hostile_print_call(const struct hostile_call *call);

extern const char *const hostile_slots[H_SLOTS];

#endif
