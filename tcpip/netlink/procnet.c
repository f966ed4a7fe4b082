/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/netlink, and its line of protocols. */
#include <inttypes.h>
#include <sys/socket.h>

#include "core/procfile.h"
#include "netlink/sock.h"

/* Of the cursor, behind what sea_procnet_begins() uses: the protocol, and how many of its sockets are written. */
enum { PROTOCOL = 1, SOCKET };

static const struct sea_nl_sock *sock_at(const struct nl_state *nl,
					 const struct sea_procnet_cursor *cursor)
{
	uint64_t skip = cursor->place[SOCKET];
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &nl->socks[cursor->place[PROTOCOL]])
	{
		if (!skip--)
			return sea_container(node, const struct sea_nl_sock, node);
	}
	return NULL;
}

/* Addresses of memory are nobody's business, and nobody but its program holds a socket. */
static void put_sock(struct sea_text *t, const struct sea_nl_sock *s)
{
	sea_procnet_put(t, "%016x %-3d %-10" PRIu32 " %08" PRIx32 " %-8d %-8d ", 0,
			s->sock.protocol, s->port, (uint32_t)s->groups[0], s->sock.rmem_alloc,
			s->sock.wmem_alloc);
	sea_procnet_put(t, "%-5d %-8d %-8" PRIu32 " %-8" PRIu32 "\n",
			s->flags & NL_F_DUMPING ? 1 : 0, 2, s->sock.drops,
			sea_sock_owner_of(&s->sock).inode);
}

static bool write_netlink(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			  struct sea_text *t)
{
	const struct sea_nl_sock *s;

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, "sk               Eth Pid        Groups   Rmem     Wmem     "
				"Dump  Locks    Drops    Inode\n");
		return true;
	}
	if (cursor->place[PROTOCOL] >= NL_PROTOCOLS_MAX)
		return false;
	s = sock_at(sea_nl_state(stack), cursor);
	if (s) {
		put_sock(t, s);
		cursor->place[SOCKET]++;
	} else {
		cursor->place[PROTOCOL]++;
		cursor->place[SOCKET] = 0;
	}
	return true;
}

static const struct sea_procnet_file files[] = { { .name = "netlink", .write = write_netlink } };

static const struct sea_procnet_proto protos[] = {
	{ .name = "NETLINK",
	  .size = sizeof(struct sea_nl_sock),
	  .domain = AF_NETLINK,
	  .ops = "nnnnnnnnnnnnnnnnnn" },
};

const struct sea_procnet_files sea_nl_proc_files = { files, 1, protos, 1 };
