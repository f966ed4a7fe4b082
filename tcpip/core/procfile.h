/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc/net (<seastack/procnet.h>): modules say which they have, and write them piece by piece.
 */
#ifndef SEA_CORE_PROCFILE_H
#define SEA_CORE_PROCFILE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/procnet.h>

#include "wire/text.h"

struct sea_link;
struct sea_stack;

/* No piece is longer; the longest is a line with the names of all counters of TCP. */
#define SEA_PROCNET_PIECE_MAX 4096u

struct sea_procnet_file {
	const char *name; /* "tcp" */
	/*
	 * Writes the piece at the cursor (a line, or a few) and moves the cursor behind it; false: nothing is left. A piece
	 * may be empty. Depends on nothing but the cursor and the stack; a cursor outlives changes, as that of a walk does.
	 */
	bool (*write)(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t);
};

#define SEA_PROCNET_FILES_MAX 8 /* of those who add some */

/* A kind of socket, which has a line in "protocols". */
struct sea_procnet_proto {
	const char *name;               /* "TCPv6" */
	size_t size;                    /* of a socket's object */
	uint8_t domain, type, protocol; /* type, protocol 0: any */
	bool slab;                      /* Linux keeps such objects apart, by their size */
	unsigned max_header;            /* room that is kept in front of what is sent */
	const char *
		ops; /* y or n for each of Linux's operations: cl co di ac io in de sh ss gs se re bi br ha uh gp em */
	int64_t (*pages)(
		struct sea_stack
			*stack); /* that all queues of such sockets hold; NULL: not counted */
	bool (*pressed)(const struct sea_stack *stack); /* do they hold too many? NULL: no matter */
};

/* The files of one module, and the kinds of socket that it has, which live as long as the stack. */
struct sea_procnet_files {
	const struct sea_procnet_file *files;
	unsigned n;
	const struct sea_procnet_proto *protos;
	unsigned n_protos;
};

/* From a module's init; asserts on a full table or a second file of that name. */
void sea_stack_add_proc_files(struct sea_stack *stack, const struct sea_procnet_files *files);

/* -- for those who write -- */

/* As printf. */
SEA_PRINTF(2, 3)
void sea_procnet_put(struct sea_text *t, const char *fmt, ...);
/* Blanks, until the line that began at `from` has this many bytes; and its end. */
void sea_procnet_put_end(struct sea_text *t, size_t from, size_t width);

/*
 * Where a walk over links stands: place[1] is the index of the link, place[0] whether the file's header is written.
 * The link at the cursor, or the next one that is there; NULL: none is.
 */
struct sea_link *sea_procnet_link(struct sea_stack *stack, const struct sea_procnet_cursor *cursor);
/* True, once: the header is to be written now. */
bool sea_procnet_begins(struct sea_procnet_cursor *cursor);

/* Sockets that packets find: listeners and connections, others with a port or an identifier, raw ones; and all of netlink. */
struct sea_procnet_in_use {
	uint32_t n;
	uint64_t pages; /* of what lies there to be read */
};
struct sea_procnet_in_use sea_procnet_in_use(struct sea_stack *stack, uint8_t domain, uint8_t type,
					     uint8_t protocol);

bool sea_procnet_write_protocols(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);

/* What needs no module but the stack: dev, protocols, ptype and so on. */
extern const struct sea_procnet_files sea_core_proc_files;

#endif
