/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generic netlink against the kernel's: nlctrl and tcp_metrics. Arguments: how many random requests, from which seed on.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/netns/netlink_genl.h"

#define METRICS TCP_METRICS_GENL_NAME
#define N(array) (sizeof(array) / sizeof((array)[0]))

static uint16_t metrics_id[2], ethtool_id[2];

/* -- asking -- */

struct genl_ask genl_ask_of(const char *name, const char *family, uint8_t cmd, uint16_t flags)
{
	const struct genlmsghdr h = { .cmd = cmd, .version = 1 };

	return (struct genl_ask){ .r = request_of(name, GENL_ID_CTRL, flags, &h, sizeof(h)),
				  .family = family };
}

void genl_put_id(struct genl_ask *a, uint16_t id)
{
	put_attr(&a->r, CTRL_ATTR_FAMILY_ID, &id, sizeof(id));
}

void genl_put_metrics_id(struct genl_ask *a)
{
	a->id_at = a->r.len + 4;
	genl_put_id(a, 0);
}

static uint16_t id_of(const struct genl_ask *a, unsigned i)
{
	const char *name = a->about ? a->about : a->family;

	return name && !strcmp(name, "ethtool") ? ethtool_id[i] : metrics_id[i];
}

static long ask_one(struct world *w, unsigned i, const struct genl_ask *a, struct genl_messages *m)
{
	static struct answers answers;
	struct request r = a->r;
	struct wsock s;
	long sent;

	if (a->family)
		r.type = id_of(a, i);
	if (a->id_at)
		memcpy(r.body + a->id_at, &metrics_id[i], sizeof(metrics_id[i]));
	if (world_open(w, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &s))
		abort();
	set_mode(w, s, a->mode);
	sent = ask(w, s, &r);
	listen_to(w, s, &answers);
	world_close(w, &s);
	genl_messages_of(&answers, a, id_of(a, i), m);
	return sent;
}

void genl_compare_once(struct world w[2], const struct genl_ask *a, bool again)
{
	static struct genl_messages m[2];
	unsigned tries = 0;
	long sent[2];

	sent[1] = ask_one(&w[1], 1, a, &m[1]);
	do {
		sent[0] = ask_one(&w[0], 0, a, &m[0]);
	} while (again && !genl_messages_same(&m[0], &m[1]) && world_patient(&tries) &&
		 (!n_differ || tries < 60));
	n_compared++;
	if (sent[0] == sent[1] && genl_messages_same(&m[0], &m[1]))
		return;
	n_differ++;
	printf("differ: %s (%s, flags 0x%x, mode %u): sent %ld, %ld\n  body", a->r.name,
	       a->family ? a->family : "nlctrl", a->r.flags, a->mode, sent[0], sent[1]);
	for (uint32_t k = 0; k < a->r.len; k++)
		printf("%s%02x", k % 4 ? "" : " ", a->r.body[k]);
	printf("\n");
	genl_messages_print("kernel", &m[0]);
	genl_messages_print("ours", &m[1]);
}

void genl_compare(struct world w[2], struct genl_ask *a)
{
	for (a->mode = 0; a->mode < MODES; a->mode++)
		genl_compare_once(w, a, false);
}

/* -- nlctrl -- */

static const char *const names[] = { "nlctrl", METRICS,           "no such family",
				     "",       "fifteen chars x", "sixteen chars xx" };

static void families_by_name(struct world w[2], uint8_t cmd, uint16_t flags)
{
	for (unsigned i = 0; i < N(names); i++)
		for (uint16_t cut = 0; cut < 2; cut++) {
			struct genl_ask a = genl_ask_of(names[i], NULL, cmd, flags);
			uint16_t len = (uint16_t)(strlen(names[i]) + 1 - cut);

			put_attr(&a.r, CTRL_ATTR_FAMILY_NAME, names[i], len);
			genl_compare(w, &a);
			genl_put_id(&a, GENL_ID_CTRL);
			genl_compare(w, &a);
		}
}

static void families_by_number(struct world w[2], uint8_t cmd, uint16_t flags)
{
	static const uint16_t numbers[] = { GENL_ID_CTRL, 0, 1, 999, 65535 };

	for (unsigned i = 0; i < N(numbers); i++)
		for (uint16_t len = 0; len <= 4; len++) {
			const uint32_t v = numbers[i];
			struct genl_ask a = genl_ask_of("by number", NULL, cmd, flags);

			put_attr(&a.r, CTRL_ATTR_FAMILY_ID, &v, len);
			genl_compare(w, &a);
			put_attr(&a.r, CTRL_ATTR_FAMILY_NAME, METRICS, sizeof(METRICS));
			genl_compare(w, &a);
		}
}

static void policies(struct world w[2])
{
	for (uint32_t op = 0; op < 13; op++)
		for (unsigned metrics = 0; metrics < 2; metrics++) {
			struct genl_ask a =
				genl_ask_of("policy", NULL, CTRL_CMD_GETPOLICY, NLM_F_DUMP);

			if (metrics)
				genl_put_metrics_id(&a);
			else
				genl_put_id(&a, GENL_ID_CTRL);
			if (op < 12)
				put_attr(&a.r, CTRL_ATTR_OP, &op, sizeof(op));
			genl_compare(w, &a);
			put_attr(&a.r, 77, &op, sizeof(op));
			genl_compare(w, &a);
		}
}

/* Every command of every kind, with headers and flags that mean nothing. */
static void commands(struct world w[2])
{
	static const uint16_t flags[] = { NLM_F_ACK,  NLM_F_DUMP, NLM_F_ROOT, NLM_F_MATCH,
					  NLM_F_ECHO, 0x400,      0x800,      0x40 };

	for (unsigned k = 0; k < 2; k++)
		for (unsigned cmd = 0; cmd < 14; cmd++)
			for (unsigned f = 0; f < N(flags); f++) {
				struct genl_ask a = genl_ask_of("command", k ? METRICS : NULL,
								(uint8_t)cmd, flags[f]);

				genl_compare_once(w, &a, false);
				a.mode = 1;
				genl_compare_once(w, &a, false);
				a.r.body[2] = 5; /* reserved */
				genl_compare_once(w, &a, false);
				a.r.len = 3;
				genl_compare_once(w, &a, false);
				a.r.len = 0;
				genl_compare_once(w, &a, false);
			}
}

static void numbers_of_no_family(struct world w[2])
{
	static const uint16_t types[] = { 0, 1, 2, 3, 4, 15, 1023, 1024, 65535 };

	for (unsigned i = 0; i < N(types); i++) {
		struct genl_ask a = genl_ask_of("no family", NULL, 3, NLM_F_ACK);

		a.r.type = types[i];
		genl_compare(w, &a);
		a.r.flags |= NLM_F_DUMP;
		genl_compare(w, &a);
	}
}

static void groups(struct world w[2])
{
	for (int group = -1; group < 70; group++) {
		long r[2], listed[2];

		for (unsigned i = 0; i < 2; i++) {
			uint32_t words[8] = { 0 };
			socklen_t len = sizeof(words);
			struct wsock s;

			if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &s))
				abort();
			r[i] = world_setsockopt(&w[i], s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
						&group, sizeof(group));
			listed[i] = world_getsockopt(&w[i], s, SOL_NETLINK,
						     NETLINK_LIST_MEMBERSHIPS, words, &len);
			listed[i] = listed[i] ? listed[i]
					      : (long)(words[0] ^ words[1] * 7u) + (long)len;
			world_close(&w[i], &s);
		}
		compare_results("a member of a group", r);
		compare_results("its groups", listed);
	}
}

/* -- tcp_metrics -- */

static const char *const addrs[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3",       "10.9.8.7",
				     "::1",       "fd00::9",   "::ffff:127.0.0.1" };

static void put_addr(struct genl_ask *a, const char *text, uint16_t type4)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		put_attr(&a->r, type4, bytes, 4);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		put_attr(&a->r, (uint16_t)(type4 + 1), bytes, 16);
}

static socklen_t name_of(const char *text, uint16_t port, struct sockaddr_storage *any)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool is4 = inet_pton(AF_INET, text, &in.sin_addr) == 1;

	if (!is4)
		inet_pton(AF_INET6, text, &in6.sin6_addr);
	memcpy(any, is4 ? (void *)&in : (void *)&in6, is4 ? sizeof(in) : sizeof(in6));
	return is4 ? sizeof(in) : sizeof(in6);
}

/* A connection from `src` to `dst`, which ends in order. */
static void visit(struct world *w, const char *src, const char *dst, uint16_t port)
{
	struct sockaddr_storage any;
	socklen_t len = name_of(dst, port, &any);
	struct wsock l = world_socket(w, any.ss_family), c = world_socket(w, any.ss_family), s;
	unsigned tries = 0;
	long r;

	if (world_bind(w, l, &any, len) || world_listen(w, l, 1))
		abort();
	len = name_of(src, 0, &any);
	if (world_bind(w, c, &any, len))
		abort();
	len = name_of(dst, port, &any);
	(void)world_connect(w, c, &any, len);
	do {
		world_settle(w, 2);
		r = world_accept(w, l, &s);
	} while (r && world_patient(&tries));
	if (r)
		abort();
	world_close(w, &c);
	world_settle(w, 2);
	world_close(w, &s);
	world_settle(w, 60);
	world_close(w, &l);
}

static void dump_of_peers(struct world w[2])
{
	struct genl_ask a = genl_ask_of("peers", METRICS, TCP_METRICS_CMD_GET, NLM_F_DUMP);

	for (a.mode = 0; a.mode < MODES; a.mode++)
		genl_compare_once(w, &a, true);
	put_attr(&a.r, 99, "abc", 3);
	put_attr(&a.r, TCP_METRICS_ATTR_ADDR_IPV4, "abc", 3);
	genl_compare(w, &a);
}

/* One pair each: of several the kernel shows that which its hash finds first. */
static void make_peers(struct world w[2])
{
	static uint16_t port = 7000;

	for (unsigned i = 0; i < 2; i++) {
		visit(&w[i], "127.0.0.1", "127.0.0.2", port);
		visit(&w[i], "127.0.0.3", "127.0.0.3", (uint16_t)(port + 1));
		visit(&w[i], "::1", "::1", (uint16_t)(port + 2));
	}
	port = (uint16_t)(port + 3);
	dump_of_peers(w);
}

static void single_peers(struct world w[2], uint8_t cmd)
{
	for (unsigned d = 0; d < N(addrs); d++)
		for (unsigned s = 0; s <= N(addrs); s++) {
			struct genl_ask a = genl_ask_of(addrs[d], METRICS, cmd, NLM_F_ACK);

			a.mode = s % MODES;
			put_addr(&a, addrs[d], TCP_METRICS_ATTR_ADDR_IPV4);
			if (s < N(addrs))
				put_addr(&a, addrs[s], TCP_METRICS_ATTR_SADDR_IPV4);
			genl_compare_once(w, &a, false);
		}
}

/* Attributes of every type and of lengths that are not theirs. */
static void odd_attrs(struct world w[2])
{
	static const uint16_t lens[] = { 0, 3, 4, 5, 8, 15, 16, 17 };
	static const uint8_t bytes[32] = { 1, 2, 3, 4 };

	for (uint16_t type = 1; type < 17; type++)
		for (unsigned i = 0; i < N(lens); i++) {
			struct genl_ask a = genl_ask_of("odd", METRICS, TCP_METRICS_CMD_GET, 0);

			a.mode = 1;
			put_attr(&a.r, type, bytes, lens[i]);
			genl_compare_once(w, &a, false);
			put_addr(&a, "10.9.8.7", TCP_METRICS_ATTR_ADDR_IPV4);
			genl_compare_once(w, &a, false);
			put(&a.r, bytes, 2);
			a.r.flags |= NLM_F_ACK;
			genl_compare_once(w, &a, false);
			a.r.body[0] = TCP_METRICS_CMD_DEL;
			if (type != TCP_METRICS_ATTR_ADDR_IPV4)
				genl_compare_once(w, &a, false);
		}
}

static void metrics(struct world w[2])
{
	struct genl_ask flush = genl_ask_of("flush", METRICS, TCP_METRICS_CMD_DEL, NLM_F_ACK);

	dump_of_peers(w);
	make_peers(w);
	single_peers(w, TCP_METRICS_CMD_GET);
	odd_attrs(w);
	dump_of_peers(w);
	single_peers(w, TCP_METRICS_CMD_DEL);
	dump_of_peers(w);
	make_peers(w);
	put_addr(&flush, "127.0.0.1", TCP_METRICS_ATTR_SADDR_IPV4);
	genl_compare_once(w, &flush, false);
	dump_of_peers(w);
}

/* -- anything -- */

static uint64_t next_random(uint64_t *seed, uint64_t below)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static void some_request(struct world w[2], uint64_t *seed)
{
	static const uint16_t types[] = { 1, 2, 10, 11, 12, 3, 6, 8, 40 };
	static const uint16_t flags[] = { 0, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP, NLM_F_ROOT };
	const char *family = next_random(seed, 2) ? METRICS : NULL;
	uint8_t cmds[] = { 1, 2, 3, 3, 10, 10, (uint8_t)next_random(seed, 256) };
	struct genl_ask a = genl_ask_of("random", family, cmds[next_random(seed, N(cmds))],
					flags[next_random(seed, N(flags))]);
	uint8_t bytes[24] = { GENL_ID_CTRL };

	a.mode = (unsigned)next_random(seed, MODES);
	for (unsigned n = (unsigned)next_random(seed, 4); n; n--) {
		uint16_t type = types[next_random(seed, N(types))];
		uint16_t len = (uint16_t)next_random(seed, 20);

		if (next_random(seed, 3))
			len = type == 2 && !family ? 7 : type == 2 || type == 12 ? 16 : 4;
		if (type == 2 && !family)
			put_attr(&a.r, type, names[next_random(seed, 2)], len < 7 ? len : 7);
		else
			put_attr(&a.r, (uint16_t)(type | (next_random(seed, 9) ? 0 : NLA_F_NESTED)),
				 bytes, len);
	}
	if (!next_random(seed, 8))
		put(&a.r, bytes, (uint32_t)next_random(seed, 4));
	genl_compare_once(w, &a, false);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	static struct world w[2];

	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		return 1;
	for (unsigned i = 0; i < 2; i++) {
		metrics_id[i] = genl_id_of(&w[i], METRICS);
		ethtool_id[i] = genl_id_of(&w[i], "ethtool");
		if (!metrics_id[i] || !ethtool_id[i])
			return 1;
	}
	families_by_name(w, CTRL_CMD_GETFAMILY, 0);
	families_by_name(w, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	families_by_number(w, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	families_by_number(w, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	policies(w);
	commands(w);
	numbers_of_no_family(w);
	groups(w);
	metrics(w);
	compare_ethtool(w);
	for (; n; n--)
		some_request(w, &seed);
	world_fini(&w[1]);
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
