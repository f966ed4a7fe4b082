/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing and reading a stack's state field by field: little-endian, no pointer as key or order,
 * timers as deadlines, ops by name. An error sticks: callers check once at the end. Each section
 * begins with a tag, so that a mismatch is found where it happens.
 */
#ifndef SEA_CORE_SAVE_H
#define SEA_CORE_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/save.h>

struct sea_pkt;
struct sea_pool;
struct sea_pktq;
struct sea_timer;
struct sea_sock;
struct sea_sock_ext;
struct sea_sock_ops;
struct sea_stack;

struct sea_saver {
	sea_save_fn *write;
	void *ctx;
	int err;
};

void sea_save_bytes(struct sea_saver *to, const void *bytes, size_t len);
void sea_save_u8(struct sea_saver *to, uint8_t v);
void sea_save_u16(struct sea_saver *to, uint16_t v);
void sea_save_u32(struct sea_saver *to, uint32_t v);
void sea_save_u64(struct sea_saver *to, uint64_t v);
void sea_save_time(struct sea_saver *to, sea_time v);
void sea_save_text(struct sea_saver *to, const char *text); /* at most 255 bytes */
void sea_save_tag(struct sea_saver *to, const char tag[4]);
/* Length, facts and bytes of a queued packet, from its present first byte on; and its cb. */
void sea_save_pkt(struct sea_saver *to, const struct sea_pkt *pkt);
void sea_save_pktq(struct sea_saver *to, const struct sea_pktq *q);
/* The deadline, or NEVER. */
void sea_save_timer(struct sea_saver *to, const struct sea_timer *timer);
/* The common part; protocols save theirs behind it. */
void sea_save_sock(struct sea_saver *to, const struct sea_sock *sock);
/* Extension headers; NULL: none. */
void sea_save_sock_ext(struct sea_saver *to, const struct sea_sock_ext *ext);
/* How many sockets have these ops and a handle, then ops->save() of each, by index. */
void sea_save_socks(struct sea_saver *to, struct sea_stack *stack, const struct sea_sock_ops *ops);

struct sea_loader {
	sea_load_fn *read;
	void *ctx;
	int err;
	bool fresh_secrets;
};

/* Makes an error stick, unless one does already. */
void sea_load_fail(struct sea_loader *from, int err);
void sea_load_bytes(struct sea_loader *from, void *bytes, size_t len);
uint8_t sea_load_u8(struct sea_loader *from);
uint16_t sea_load_u16(struct sea_loader *from);
uint32_t sea_load_u32(struct sea_loader *from);
uint64_t sea_load_u64(struct sea_loader *from);
sea_time sea_load_time(struct sea_loader *from);
void sea_load_text(struct sea_loader *from, char text[256]);
/* -EINVAL sticks when the tag is another. */
void sea_load_tag(struct sea_loader *from, const char tag[4]);
/* A count that must not exceed `max` (else -EINVAL sticks and 0 comes back). */
uint32_t sea_load_count(struct sea_loader *from, uint32_t max);
/* NULL on error. */
struct sea_pkt *sea_load_pkt(struct sea_loader *from, struct sea_pool *pool);
void sea_load_pktq(struct sea_loader *from, struct sea_pool *pool, struct sea_pktq *q);
void sea_load_timer(struct sea_loader *from, struct sea_stack *stack, struct sea_timer *timer);
struct sea_sock_ext *sea_load_sock_ext(struct sea_loader *from, struct sea_pool *pool);
/* Fills what sea_sock_init() made, and gives it the handle it had (none: it had none). */
void sea_load_sock(struct sea_loader *from, struct sea_stack *stack, struct sea_sock *sock);

#endif
