/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers stand between a link and its wire and see every frame in both directions: capture,
 * faults, coalescing. Several stack up; each new one goes outermost, next to the wire. A wrapper
 * lives until it is removed or its link is deleted.
 */
#ifndef SEASTACK_WRAP_H
#define SEASTACK_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_link;
struct sea_wrapper;

/* Takes a wrapper out; what it holds back is dropped. */
SEA_API void sea_wrapper_remove(struct sea_wrapper *wrapper, sea_time now);

/*
 * Capture: pcapng (draft-ietf-opsawg-pcapng) with one Enhanced Packet Block a frame, checksums
 * completed in the copy, and a dropped frame's reason as its comment. Bytes collect in a buffer of
 * at most `buffer_max` bytes (0: 4 MiB) until the consumer takes them; what does not fit is left
 * out and counted, the traffic never waits.
 */
struct sea_capture_config {
	size_t size;
	size_t buffer_max;
	uint32_t snaplen; /* bytes kept of each frame; 0: 262,144 */
};

/* 0, -EINVAL (`config`: its size, a buffer too small for one frame), -ENOMEM; so the others, too. */
SEA_API SEA_MUST_USE int sea_wrap_capture(struct sea_link *link,
					  const struct sea_capture_config *config,
					  struct sea_wrapper **wrapper, sea_time now);
/* Moves up to `len` finished bytes out; 0 when there are none. */
SEA_API size_t sea_capture_take(struct sea_wrapper *capture, void *buf, size_t len);
/* Finishes frames whose fate was still open, so that take gets all. */
SEA_API void sea_capture_flush(struct sea_wrapper *capture);
/* Frames that were left out for want of room. */
SEA_API uint64_t sea_capture_lost(const struct sea_wrapper *capture);

/*
 * Faults, each direction on its own, drawn from a seeded generator: the same seed and frames give
 * the same faults. Probabilities are parts per million.
 */
struct sea_fault_profile {
	uint32_t loss_ppm;
	uint32_t duplicate_ppm;
	uint32_t corrupt_ppm; /* one bit somewhere in the frame flips */
	uint32_t reorder_ppm; /* the frame skips the delay and so overtakes others */
	int64_t delay_ns;     /* each frame waits this long */
	int64_t jitter_ns;    /* plus up to this, uniformly; order is kept */
	uint64_t rate_bps;    /* bits a second on the wire; 0: no limit */
	uint32_t queue_max;   /* frames held back at most; 0: 10,000; more are lost */
	bool partition;       /* nothing passes */
};

struct sea_fault_config {
	size_t size;
	uint64_t seed;
	struct sea_fault_profile rx, tx; /* towards the stack, towards the wire */
};

/* Frames of one direction, each counted under every fault that it met. */
struct sea_fault_stats {
	uint64_t passed, lost, duplicated, corrupted, reordered, overflowed;
};

SEA_API SEA_MUST_USE int sea_wrap_fault(struct sea_link *link,
					const struct sea_fault_config *config,
					struct sea_wrapper **wrapper, sea_time now);
/* Other faults from now on; frames held back keep the times they have. The seed stays. */
SEA_API void sea_fault_set(struct sea_wrapper *fault, const struct sea_fault_profile *rx,
			   const struct sea_fault_profile *tx, sea_time now);
SEA_API void sea_fault_stats(const struct sea_wrapper *fault, struct sea_fault_stats *rx,
			     struct sea_fault_stats *tx);

/*
 * Coalescing (GRO): in-order TCP segments of one flow that came in one batch become one
 * super-segment, only where headers, flags, TTL, TOS and options match exactly and pushes end one.
 */
SEA_API SEA_MUST_USE int sea_wrap_gro(struct sea_link *link, struct sea_wrapper **wrapper,
				      sea_time now);

/*
 * A wire between two links of two stacks (veth) or of one: what one sends the other receives, at the
 * next sea_stack_advance() of the receiver, through a queue of `queue_max` frames (0: 1,000). Frames
 * are copied across, for a packet belongs to its stack. The pair ends with either link. 0, -EINVAL (one
 * link twice, two types, loopback), -EBUSY (in a pair already), -ENOMEM.
 */
struct sea_pair;
SEA_API SEA_MUST_USE int sea_pair_join(struct sea_link *a, struct sea_link *b, unsigned queue_max,
				       sea_time now);

SEA_END_DECLS
#endif
