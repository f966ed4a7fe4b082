/* SPDX-License-Identifier: Apache-2.0 */
/* Lines about sockets in /proc/net: what all begin with, and those of datagrams. */
#include "transport/procnet.h"

#include <inttypes.h>

#include "core/sock.h"
#include "transport/diag/inet.h"

const char sea_procnet_socks4[] = "  sl  local_address rem_address   "
				  "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const char sea_procnet_socks6[] =
	"  sl  local_address                         remote_address                        "
	"st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

/* As words of a little-endian machine. */
static void put_end(struct sea_text *t, uint8_t family, const uint8_t addr[16], uint16_t port)
{
	for (unsigned i = 0; i < (family == SEA_AF_INET6 ? 16u : 4u); i += 4)
		sea_procnet_put(t, "%02X%02X%02X%02X", addr[i + 3], addr[i + 2], addr[i + 1],
				addr[i]);
	sea_procnet_put(t, ":%04X ", port);
}

void sea_procnet_put_sock(struct sea_text *t, const struct sea_diag *e, int columns,
			  uint64_t number)
{
	sea_procnet_put(t, "%*" PRIu64 ": ", columns, number);
	put_end(t, e->family, e->src, e->sport);
	put_end(t, e->family, e->dst, e->dport);
	sea_procnet_put(t, "%02X %08" PRIX32 ":%08" PRIX32 " ", e->state, e->wqueue, e->rqueue);
}

/* -- datagrams -- */

static void put_line(struct sea_text *t, const struct sea_procnet_dgrams *file,
		     const struct sea_diag *e, uint64_t number)
{
	size_t from = t->len;

	sea_procnet_put_sock(t, e, file->columns, number);
	sea_procnet_put(t, "00:00000000 00000000 %5" PRIu32 "        0 %" PRIu32, e->owner.uid,
			e->owner.inode);
	sea_procnet_put(t, " 2 0000000000000000 %" PRIu32, e->sock->drops);
	sea_procnet_put_end(t, from, file->width);
}

/* place[0] is the number of the next line, the headings' included; place[1] is next's. */
bool sea_procnet_write_dgrams(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			      struct sea_text *t, const struct sea_procnet_dgrams *file)
{
	struct sea_diag e = { 0 };

	if (sea_procnet_begins(cursor)) {
		sea_procnet_put(t, "%s%s ref pointer drops", file->indent,
				file->family == SEA_AF_INET6 ? sea_procnet_socks6
							     : sea_procnet_socks4);
		sea_procnet_put_end(t, 0, file->width);
		return true;
	}
	do {
		e = (struct sea_diag){ 0 };
		if (!file->next(stack, &cursor->place[1], &e))
			return false;
	} while (e.family != file->family);
	put_line(t, file, &e, cursor->place[0] - 2);
	return true;
}
