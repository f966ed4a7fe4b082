/* SPDX-License-Identifier: Apache-2.0 */
/* A socket's groups, written out and read back. */
#include <errno.h>

#include "core/save.h"
#include "transport/anycast.h"
#include "transport/mcast.h"

static void save_member(struct sea_saver *to, const struct sea_mcast_member *m)
{
	sea_save_u8(to, m->family);
	sea_save_u32(to, (uint32_t)m->ifindex);
	sea_save_bytes(to, m->via.b, sizeof(m->via.b));
	sea_save_bytes(to, m->group.b, sizeof(m->group.b));
	sea_save_u8(to, m->mode);
	sea_save_u8(to, m->filtered);
	sea_save_u32(to, m->n);
	for (uint32_t i = 0; i < m->n; i++)
		sea_save_bytes(to, m->sources[i].b, sizeof(m->sources[i].b));
}

/* The oldest first, so that loading brings the list back as it was. */
void sea_mcast_save(struct sea_saver *to, const struct sea_sock *sock)
{
	const struct sea_mcast *mcast = sea_mcast_of(sock);

	sea_anycast_save(to, sock);
	sea_save_u32(to, mcast ? mcast->n4 + mcast->n6 : 0);
	if (!mcast)
		return;
	for (struct sea_list *node = mcast->members.prev; node != &mcast->members;
	     node = node->prev)
		save_member(to, sea_container(node, struct sea_mcast_member, node));
}

static void load_member(struct sea_loader *from, struct sea_sock *sock)
{
	struct sea_mcast_name name = { .family = sea_load_u8(from) };
	struct sea_mcast_member *m;
	uint32_t n;

	name.ifindex = (int)sea_load_u32(from);
	sea_load_bytes(from, name.via.b, sizeof(name.via.b));
	sea_load_bytes(from, name.group.b, sizeof(name.group.b));
	m = from->err ? NULL : sea_mcast_add(sock, &name, name.ifindex, sea_load_u8(from) & 1);
	if (!m) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	m->filtered = sea_load_u8(from);
	n = sea_load_count(from, UINT16_MAX);
	if (!sea_mcast_reserve(sock, m, n)) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	while (m->n < n && !from->err)
		sea_load_bytes(from, m->sources[m->n++].b, sizeof(m->sources[0].b));
}

void sea_mcast_load(struct sea_loader *from, struct sea_sock *sock)
{
	sea_anycast_load(from, sock);
	for (uint32_t n = sea_load_count(from, 2 * sea_mcast_members_max(sock->stack));
	     n && !from->err; n--)
		load_member(from, sock);
}
