/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs: from a file to an address space that is ready to run.
 */
#ifndef SEA_SENTRY_LOADER_LOADER_H
#define SEA_SENTRY_LOADER_LOADER_H

#include <stdint.h>

#include <seastack/compiler.h>

struct sea_mm;
struct sea_node;
struct sea_task;

struct sea_image {
	uint64_t entry;   /* where the program begins: the interpreter's, if there is one */
	uint64_t program; /* the program's own entry                                      */
	uint64_t base;    /* the interpreter's, 0: none                                   */
	uint64_t phdr;    /* where the program headers came to lie                        */
	uint64_t phnum;
	uint64_t heap; /* where the heap begins */
	char interpreter[256];
};

/* Maps an ELF file. `kernel->why` says in words what was wrong with it. -ENOEXEC, -EACCES, ... */
SEA_MUST_USE int sea_elf_load(struct sea_task *task, struct sea_mm *mm, struct sea_node *node,
			      struct sea_image *image, int is_interpreter);

/* Pages that the stack may be lower by, at random. */
#define SEA_STACK_RANDOM 0x10000ull

/* Arguments, environment and auxiliary vector on a new stack; *sp is where the program finds
 * them. -E2BIG, -ENOMEM. */
SEA_MUST_USE int sea_stack_build(struct sea_task *task, struct sea_mm *mm,
				 const struct sea_image *image, const char *path, char **argv,
				 char **envp, uint64_t *sp);

#endif
