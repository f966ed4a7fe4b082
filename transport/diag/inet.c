/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about sockets of AF_INET and AF_INET6: a dump, one of them, or the end of one. */
#include "transport/diag/inet.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/sock_diag.h>

#include "core/stack.h"
#include "netlink/netlink.h"
#include "transport/diag/bytecode.h"

#define ATTR_PROTOCOL 3     /* INET_DIAG_REQ_PROTOCOL */
#define ATTR_BPF_STORAGES 2 /* INET_DIAG_REQ_SK_BPF_STORAGES */
#define ATTR_MAX 3
#define ONE_MAX 4096u /* what one socket may take: a page, as there */
#define NO_COOKIE UINT32_MAX
#define UDPLITE 136

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_CURSOR,
	ARG_PROTOCOL,
	ARG_ASKED, /* family, attributes */
	ARG_STATES,
	ARG_PORTS,
	ARG_TYPE
};

/* One request, whatever its shape was. */
struct asked {
	struct inet_diag_req_v2 r;
	uint32_t protocol; /* an attribute may say more than a byte */
	const uint8_t *code;
	uint32_t code_len; /* 0: every socket */
};

const struct sea_diag_proto *sea_diag_proto_of(const struct sea_stack *stack, uint32_t protocol)
{
	for (unsigned i = 0; i < SEA_SOCK_FAMILIES_MAX && stack->sock_families[i]; i++) {
		const struct sea_diag_proto *diag = stack->sock_families[i]->diag;

		if (diag && diag->protocol == protocol)
			return diag;
	}
	return NULL;
}

/* -- read -- */

static int read_attrs(struct sea_nl_req *req, uint32_t hdr_len, struct asked *a)
{
	struct sea_nl_attr attr;
	uint32_t at = 0;

	while (sea_nl_next(req->payload + hdr_len, req->len - hdr_len, &at, &attr)) {
		if (attr.type == ATTR_PROTOCOL && attr.len != sizeof(uint32_t))
			return -EINVAL;
		if (attr.type == ATTR_PROTOCOL)
			a->protocol = sea_nl_u32(&attr);
		if (attr.type == ATTR_BPF_STORAGES)
			return -EPERM; /* as to who may use no BPF */
		if (attr.type == INET_DIAG_REQ_BYTECODE) {
			a->code = attr.value;
			a->code_len = attr.len;
		}
	}
	return 0;
}

static int read_request(struct sea_nl_req *req, struct asked *a)
{
	*a = (struct asked){ 0 };
	if (req->len < sizeof(a->r))
		return -EINVAL;
	memcpy(&a->r, req->payload, sizeof(a->r));
	a->protocol = a->r.sdiag_protocol;
	return read_attrs(req, sizeof(a->r), a);
}

/* A request of TCPDIAG_GETSOCK. Its dumps are of all families. */
static int read_compat(struct sea_nl_req *req, struct asked *a)
{
	struct inet_diag_req old;

	*a = (struct asked){ 0 };
	if (req->len < sizeof(old))
		return -EINVAL;
	memcpy(&old, req->payload, sizeof(old));
	a->r.sdiag_family = old.idiag_family;
	a->r.idiag_ext = old.idiag_ext;
	a->r.idiag_states = old.idiag_states;
	a->r.id = old.id;
	a->protocol = IPPROTO_TCP;
	return read_attrs(req, sizeof(old), a);
}

/* -- dumps -- */

static int begin(struct sea_nl_dump *d, const struct asked *a, uint8_t family, uint16_t type)
{
	const struct inet_diag_sockid *id = &a->r.id;

	d->arg[ARG_PROTOCOL] = a->protocol;
	d->arg[ARG_ASKED] = (uint64_t)family << 8 | a->r.idiag_ext;
	d->arg[ARG_STATES] = a->r.idiag_states;
	d->arg[ARG_PORTS] = (uint64_t)ntohs(id->idiag_sport) << 16 | ntohs(id->idiag_dport);
	d->arg[ARG_TYPE] = type;
	if (!a->code)
		return 0;
	if (sea_diag_audit(a->code, a->code_len))
		return -EINVAL;
	return sea_nl_dump_keep(d, a->code, a->code_len);
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct asked a;
	int err = read_request(req, &a);

	return err ? err : begin(d, &a, a.r.sdiag_family, SOCK_DIAG_BY_FAMILY);
}

static int start_compat(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct asked a;
	int err = read_compat(req, &a);

	return err ? err : begin(d, &a, AF_UNSPEC, TCPDIAG_GETSOCK);
}

/* Linux asks what is bound and does nothing for its ports by filters alone. */
static bool has_ports(const struct sea_nl_dump *d, const struct sea_diag *e)
{
	uint16_t sport = (uint16_t)(d->arg[ARG_PORTS] >> 16), dport = (uint16_t)d->arg[ARG_PORTS];

	return e->short_of_all || ((!sport || sport == e->sport) && (!dport || dport == e->dport));
}

static bool is_wanted(const struct sea_nl_dump *d, const struct sea_diag *e)
{
	uint8_t family = (uint8_t)(d->arg[ARG_ASKED] >> 8);

	return (e->states & (uint32_t)d->arg[ARG_STATES]) && (!family || family == e->family) &&
	       has_ports(d, e) && (!d->kept || sea_diag_run(d->kept, d->kept_len, e));
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_diag_proto *proto =
		sea_diag_proto_of(d->stack, (uint32_t)d->arg[ARG_PROTOCOL]);
	const struct sea_diag_who who = { .port = d->port,
					  .seq = d->msg_seq,
					  .type = (uint16_t)d->arg[ARG_TYPE],
					  .flags = d->msg_flags,
					  .ext = (uint8_t)d->arg[ARG_ASKED] };
	uint64_t cursor = d->arg[ARG_CURSOR];
	struct sea_diag e = { 0 };

	if (!proto) /* UDP-Lite is known, and nobody speaks it */
		return d->arg[ARG_PROTOCOL] == UDPLITE ? 0 : -ENOENT;
	while (proto->next(d->stack, &cursor, &e)) {
		if (is_wanted(d, &e) && !sea_diag_fill(&e, proto, &who, out))
			return 1;
		d->arg[ARG_CURSOR] = cursor;
		e = (struct sea_diag){ 0 };
	}
	return 0;
}

const struct sea_nl_kind sea_diag_inet4 = {
	.type = SOCK_DIAG_BY_FAMILY, .family = AF_INET, .start = start, .dump = dump
};
const struct sea_nl_kind sea_diag_inet6 = {
	.type = SOCK_DIAG_BY_FAMILY, .family = AF_INET6, .start = start, .dump = dump
};
const struct sea_nl_kind sea_diag_compat = {
	.type = TCPDIAG_GETSOCK, .family = AF_UNSPEC, .start = start_compat, .dump = dump
};

/* -- one -- */

static bool is_mapped(const void *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

/* -EINVAL: of no family that could be looked up. */
static int key_of(const struct inet_diag_req_v2 *r, bool swapped, struct sea_diag_key *key)
{
	const struct inet_diag_sockid *id = &r->id;
	const void *src = swapped ? id->idiag_dst : id->idiag_src;
	const void *dst = swapped ? id->idiag_src : id->idiag_dst;
	bool six = r->sdiag_family == AF_INET6;
	size_t skip = six && is_mapped(src) && is_mapped(dst) ? 12 : 0;

	if (!six && r->sdiag_family != AF_INET)
		return -EINVAL;
	*key = (struct sea_diag_key){
		.family = six && !skip ? SEA_AF_INET6 : SEA_AF_INET,
		.sport = ntohs(swapped ? id->idiag_dport : id->idiag_sport),
		.dport = ntohs(swapped ? id->idiag_sport : id->idiag_dport),
		.ifindex = id->idiag_if,
	};
	memcpy(key->src.b, (const uint8_t *)src + skip, six && !skip ? 16 : 4);
	memcpy(key->dst.b, (const uint8_t *)dst + skip, six && !skip ? 16 : 4);
	return 0;
}

const struct sea_diag_key *sea_diag_settle(const struct sea_diag_key *key,
					   struct sea_diag_key *room)
{
	if (key->family != SEA_AF_INET6 || !is_mapped(key->src.b))
		return key;
	*room = *key;
	room->family = SEA_AF_INET;
	memset(&room->src, 0, sizeof(room->src));
	memset(&room->dst, 0, sizeof(room->dst));
	memcpy(room->src.b, key->src.b + 12, 4);
	return room;
}

static bool is_stale(const struct inet_diag_sockid *id, const struct sea_diag *e)
{
	if (id->idiag_cookie[0] == NO_COOKIE && id->idiag_cookie[1] == NO_COOKIE)
		return false;
	return id->idiag_cookie[0] != (uint32_t)e->cookie ||
	       id->idiag_cookie[1] != (uint32_t)(e->cookie >> 32);
}

static int answer(struct sea_nl_req *req, const struct asked *a, const struct sea_diag_proto *proto)
{
	const struct sea_diag_who who = { .port = req->from_port,
					  .seq = req->hdr.nlmsg_seq,
					  .type = req->hdr.nlmsg_type,
					  .ext = a->r.idiag_ext };
	uint8_t bytes[ONE_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	struct sea_diag e = { 0 };
	struct sea_diag_key key;
	int err = key_of(&a->r, proto->find_is_swapped, &key);

	if (err)
		return err;
	if (!proto->find(req->stack, &key, &e))
		return -ENOENT;
	if (is_stale(&a->r.id, &e))
		return -proto->find_stale;
	if (!sea_diag_fill(&e, proto, &who, &out))
		return -EMSGSIZE;
	return sea_nl_answer(req, &out);
}

static int destroy(struct sea_nl_req *req, const struct asked *a,
		   const struct sea_diag_proto *proto)
{
	struct sea_diag e = { 0 };
	struct sea_diag_key key;
	int err = key_of(&a->r, false, &key);

	if (err)
		return err;
	if (!proto->find(req->stack, &key, &e) || is_stale(&a->r.id, &e))
		return -ENOENT;
	return proto->destroy(req->stack, &e);
}

static int exact(struct sea_nl_req *req, const struct asked *a)
{
	const struct sea_diag_proto *proto = sea_diag_proto_of(req->stack, a->protocol);

	if (!proto)
		return -ENOENT;
	if (req->hdr.nlmsg_type == SOCK_DESTROY)
		return destroy(req, a, proto);
	return answer(req, a, proto);
}

int sea_diag_inet_receive(struct sea_nl_req *req, const struct sea_nl_kind *kind)
{
	struct asked a;
	int err;

	if (req->len < sizeof(a.r))
		return -EINVAL;
	if (req->hdr.nlmsg_type == SOCK_DIAG_BY_FAMILY && req->hdr.nlmsg_flags & NLM_F_DUMP)
		return sea_nl_dump_start(req, kind);
	err = read_request(req, &a);
	return err ? err : exact(req, &a);
}

int sea_diag_compat_receive(struct sea_nl_req *req)
{
	struct asked a;
	int err = read_compat(req, &a);

	if (req->len < sizeof(struct inet_diag_req))
		return -EINVAL;
	if (req->hdr.nlmsg_flags & NLM_F_DUMP)
		return sea_nl_dump_start(req, &sea_diag_compat);
	return err ? err : exact(req, &a);
}
