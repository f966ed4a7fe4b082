/* SPDX-License-Identifier: Apache-2.0 */
/* What both IP modules write out and read back alike. Errors stick to the saver or loader. */
#ifndef SEA_IP_IP_SAVE_H
#define SEA_IP_IP_SAVE_H

#include "core/save.h"
#include "core/siphash.h"

/* A key stays what it is where the loader wants fresh secrets. */
void sea_ip_save_key(struct sea_saver *to, const struct sea_siphash_key *key);
void sea_ip_load_key(struct sea_loader *from, struct sea_siphash_key *key);

struct sea_pktq;
/*
 * Whole packets that wait, network header first: loaded onto the end of `q`, header offsets and all,
 * and the headers in one piece. Their links are the caller's to set.
 */
void sea_ip_save_pending(struct sea_saver *to, const struct sea_pktq *q);
void sea_ip_load_pending(struct sea_loader *from, struct sea_pool *pool, struct sea_pktq *q);

#endif
