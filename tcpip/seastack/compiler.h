/* SPDX-License-Identifier: Apache-2.0 */
/* What the public headers ask of the compiler. */
#ifndef SEASTACK_COMPILER_H
#define SEASTACK_COMPILER_H

/* Linkage of everything that libseastack exports. */
#define SEA_API __attribute__((visibility("default")))

/* The result is an error code (0 or -errno) that must be looked at. */
#define SEA_MUST_USE __attribute__((warn_unused_result))

#define SEA_NORETURN __attribute__((noreturn))
#define SEA_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

#ifdef __cplusplus
#define SEA_BEGIN_DECLS extern "C" {
#define SEA_END_DECLS }
#else
#define SEA_BEGIN_DECLS
#define SEA_END_DECLS
#endif

#endif
