/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Save and restore: everything long-lived in a stack, field by field, as bytes that any build of the
 * same version reads. Drivers, wrappers and pairs are the consumer's to attach again; frames that
 * waited in transmit queues, loopback or wrappers are lost, as a wire may lose them.
 */
#ifndef SEASTACK_SAVE_H
#define SEASTACK_SAVE_H

#include <stddef.h>

#include <seastack/compiler.h>
#include <seastack/stack.h>

SEA_BEGIN_DECLS

/* Takes `len` bytes; 0 or -errno, which ends the save. */
typedef int sea_save_fn(void *ctx, const void *bytes, size_t len);
/* Gives exactly `len` bytes; 0 or -errno (-EIO at the end). */
typedef int sea_load_fn(void *ctx, void *bytes, size_t len);

/* Writes the stack, which goes on unchanged. 0, or what `write` said. */
SEA_API SEA_MUST_USE int sea_stack_save(struct sea_stack *stack, sea_save_fn *write, void *ctx);

/*
 * Makes a stack from saved bytes, with the modules it had. Socket values stay valid; events that
 * were pending come again. `fresh_secrets` gives new keys for ISNs, ports and cookies, as two
 * copies of one snapshot must have. 0, -EINVAL (not a saved stack, another version, missing modules),
 * -ENOMEM, or what `read` said; on error *stack is NULL.
 */
SEA_API SEA_MUST_USE int sea_stack_load(const struct sea_stack_config *config,
					const struct sea_env *env,
					const struct sea_module *const *modules, size_t n,
					bool fresh_secrets, sea_load_fn *read, void *ctx,
					struct sea_stack **stack);

SEA_END_DECLS
#endif
