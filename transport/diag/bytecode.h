/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of dumps (INET_DIAG_REQ_BYTECODE): small programs that jump forward alone, by `yes` and `no`; behind the end
 * is "shown", four bytes further "not shown". They are judged once, as Linux does, and run for each socket.
 */
#ifndef SEA_TRANSPORT_DIAG_BYTECODE_H
#define SEA_TRANSPORT_DIAG_BYTECODE_H

#include "transport/diag/inet.h"

/* 0 or -EINVAL. `code` is aligned to 4 bytes. */
SEA_MUST_USE int sea_diag_audit(const uint8_t *code, uint32_t len);
/* Is it to be shown? `code` was judged. */
bool sea_diag_run(const uint8_t *code, uint32_t len, const struct sea_diag *e);

#endif
