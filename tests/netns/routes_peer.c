/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack whose routes a script asks about. Commands come line by line, `-` where nothing is said;
 * each is answered with a line.
 *
 *	addr LINK PREFIX                               (makes the link, too)
 *	route TYPE TABLE METRIC TOS PREFIX GATEWAY LINK
 *	rule PRIORITY ACTION TABLE FROM TO MARK TOS DPORT SUPPRESS
 *	get DST SRC LINK MARK TOS DPORT                (TCP)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <seastack/os.h>

#include "core/link.h"
#include "ip/ip.h"
#include "ip/neigh.h"

#define FIELDS 10

static struct sea_stack *stack;
static sea_time now = { 1 };

static bool said(const char *field)
{
	return field[0] != '-' || field[1];
}

static uint32_t number(const char *field)
{
	return said(field) ? (uint32_t)strtoul(field, NULL, 0) : 0;
}

static struct sea_addr addr_of(const char *text)
{
	struct sea_addr a = { 0 };

	if (said(text) && !sea_addr_parse(text, &a))
		exit(2);
	return a;
}

static void prefix_of(const char *text, struct sea_addr *addr, uint8_t *len)
{
	if (said(text) && !sea_addr_parse_prefix(text, addr, len))
		exit(2);
}

static int index_of(const char *name)
{
	const struct sea_link *link = said(name) ? sea_link_by_name(stack, name) : NULL;

	return link ? link->ifindex : 0;
}

static void answer(int err)
{
	puts(err ? strerrorname_np(-err) : "OK");
}

static int add_addr(char **f)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = f[0] };
	struct sea_ifaddr a = { .size = sizeof(a), .flags = SEA_IFA_NODAD };
	struct sea_link *link = sea_link_by_name(stack, f[0]);
	int err = link ? 0 : sea_link_add(stack, &config, &link, now);

	if (!err)
		err = sea_link_set_up(link, true, now);
	if (err)
		return err;
	a.ifindex = link->ifindex;
	prefix_of(f[1], &a.local, &a.prefix_len);
	return sea_ifaddr_add(stack, &a, now);
}

static enum sea_route_type type_of(const char *name)
{
	static const char *const names[] = {
		[SEA_ROUTE_UNICAST] = "unicast",     [SEA_ROUTE_LOCAL] = "local",
		[SEA_ROUTE_BLACKHOLE] = "blackhole", [SEA_ROUTE_UNREACHABLE] = "unreachable",
		[SEA_ROUTE_PROHIBIT] = "prohibit",   [SEA_ROUTE_THROW] = "throw"
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && !strcmp(names[i], name))
			return (enum sea_route_type)i;
	exit(2);
}

/* Scopes as ip-route(8) fills them in. */
static enum sea_scope scope_of(const struct sea_route *r)
{
	if (r->type == SEA_ROUTE_LOCAL)
		return SEA_SCOPE_HOST;
	return r->type == SEA_ROUTE_UNICAST && !r->gateway.family ? SEA_SCOPE_LINK
								  : SEA_SCOPE_GLOBAL;
}

static int add_route(char **f)
{
	struct sea_route r = { .size = sizeof(r), .type = type_of(f[0]) };

	r.table = number(f[1]);
	r.metric = number(f[2]);
	r.tos = (uint8_t)number(f[3]);
	prefix_of(f[4], &r.dst, &r.prefix_len);
	r.gateway = addr_of(f[5]);
	r.ifindex = index_of(f[6]);
	r.scope = scope_of(&r);
	return sea_route_add(stack, &r, now);
}

static int add_rule(char **f)
{
	struct sea_rule r = { .size = sizeof(r), .priority = number(f[0]), .family = SEA_AF_INET };

	r.action = !strcmp(f[1], "lookup")     ? SEA_RULE_LOOKUP
		   : !strcmp(f[1], "prohibit") ? SEA_RULE_PROHIBIT
					       : SEA_RULE_UNREACHABLE;
	r.table = number(f[2]);
	prefix_of(f[3], &r.src, &r.src_len);
	prefix_of(f[4], &r.dst, &r.dst_len);
	r.mark = number(f[5]);
	r.tos = (uint8_t)number(f[6]);
	r.dport_min = r.dport_max = (uint16_t)number(f[7]);
	r.ip_proto = r.dport_min ? 6 : 0;
	r.suppress = said(f[8]);
	r.suppress_prefix_len = (uint8_t)number(f[8]);
	return sea_rule_add(stack, &r, now);
}

static void fill(struct sea_ipaddr *to, const struct sea_addr *from)
{
	memcpy(to->b, from->b, sizeof(to->b));
}

static const char *text_of(uint8_t family, const struct sea_ipaddr *a, char *buf)
{
	struct sea_addr addr = { .family = family };

	memcpy(addr.b, a->b, sizeof(addr.b));
	return sea_addr_text(&addr, buf);
}

/* "LINK NEXTHOP SOURCE", or the error. */
static void get(char **f)
{
	struct sea_addr dst = addr_of(f[0]), src = addr_of(f[1]);
	struct sea_flow flow = { .family = dst.family, .proto = 6 };
	char hop[SEA_ADDR_TEXT_MAX], from[SEA_ADDR_TEXT_MAX];
	struct sea_dst way = { 0 };
	int err;

	fill(&flow.dst, &dst);
	fill(&flow.src, &src);
	flow.oif = index_of(f[2]);
	flow.mark = number(f[3]);
	flow.tos = (uint8_t)number(f[4]);
	flow.dport = (uint16_t)number(f[5]);
	sea_stack_enter(stack, now);
	err = sea_ip_route(stack, &flow, &way);
	if (err)
		answer(err);
	else
		printf("%s %s %s\n", way.link->name,
		       text_of(dst.family, way.neigh ? &way.neigh->addr : &way.dst, hop),
		       text_of(dst.family, &way.src, from));
	sea_dst_put(stack, &way);
	sea_stack_leave(stack);
}

static void obey(char *line)
{
	char *fields[FIELDS + 1], *save = NULL;
	unsigned n = 0;

	for (char *f = strtok_r(line, " \n", &save); f && n <= FIELDS;
	     f = strtok_r(NULL, " \n", &save))
		fields[n++] = f;
	if (n == 3 && !strcmp(fields[0], "addr"))
		answer(add_addr(fields + 1));
	else if (n == 8 && !strcmp(fields[0], "route"))
		answer(add_route(fields + 1));
	else if (n == 10 && !strcmp(fields[0], "rule"))
		answer(add_rule(fields + 1));
	else if (n == 7 && !strcmp(fields[0], "get"))
		get(fields + 1);
	else
		exit(2);
	fflush(stdout);
}

int main(void)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
	static struct sea_env env;
	char line[256];

	if (sea_env_os(&env) || sea_stack_new(NULL, &env, modules, 2, &stack))
		return 1;
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	sea_stack_free(stack);
	return 0;
}
