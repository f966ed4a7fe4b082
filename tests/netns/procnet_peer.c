/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net in the kernel's world and in ours, while sockets come, change and go in both: every file of ours, line by
 * line, byte by byte, as a set (the kernel's order is most often that of a hash). What cannot be the same is covered, word by
 * word, for a reason that stands in the table of files.
 */
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <seastack/procnet.h>

#include "tests/netns/world.h"

#define PROC_NET "/proc/thread-self/net"
#define TEXT_MAX 65536
#define LINES_MAX 256
#define SOCKS_MAX 32
#define SETTLE_MS 60
#define FLOWLABEL_MGR 32 /* IPV6_FLOWLABEL_MGR */

/* Of which words are covered. */
#define W(n) (1u << (n))
#define ALL_BUT_FIRST 0xfffffffeu
#define NOTHING W(30) /* but blanks in front */

struct file {
	const char *name;
	uint32_t covered;
	const char *why;
	const char *
		kernels; /* of which lines only the kernel's has: their first words, with a blank behind each */
};

#define DGRAMS W(0) | W(9) | W(11)
#define DGRAMS_WHY "the number is a hash's bucket; inodes; addresses of memory"

static const struct file files[] = {
	{ .name = "anycast6" },
	{ .name = "arp" },
	{ .name = "dev",
	  .covered = ALL_BUT_FIRST,
	  .why = "the kernel's lo counts what it says by itself" },
	{ .name = "fib_trie",
	  .covered = NOTHING,
	  .why = "nodes (`+--`) take several bits on Linux, and one here" },
	{ .name = "packet" },
	{ .name = "icmp", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "icmp6", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "if_inet6" },
	{ .name = "igmp" },
	{ .name = "igmp6" },
	{ .name = "ip_mr_cache" },
	{ .name = "ip_mr_vif" },
	{ .name = "ip6_flowlabel",
	  .covered = W(2) | W(5),
	  .why = "whose it is, the stack does not know; when it ends" },
	{ .name = "ip6_mr_cache" },
	{ .name = "ip6_mr_vif" },
	{ .name = "ipv6_route",
	  .covered = W(6),
	  .why = "references are the kernel's own business" },
	{ .name = "mcfilter" },
	{ .name = "mcfilter6" },
	{ .name = "protocols",
	  .covered = W(1) | W(3) | W(5),
	  .why = "sizes of objects; the whole machine's memory; room for headers",
	  .kernels =
		  "AF_VSOCK MPTCP MPTCPv6 PACKET RAW RAWv6 UDP-Lite UDPLITEv6 UNIX UNIX-STREAM XDP SCTP SCTPv6 " },
	{ .name = "psched" },
	{ .name = "raw", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "raw6", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "route" },
	{ .name = "rt_cache" },
	{ .name = "sockstat6" },
	{ .name = "tcp",
	  .covered = W(0) | W(5) | W(9) | W(10) | W(11),
	  .why = "the number is the order's; time until a timer fires; inodes; references; addresses" },
	{ .name = "tcp6", .covered = W(0) | W(5) | W(9) | W(10) | W(11), .why = "likewise" },
	{ .name = "udp", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "udp6", .covered = DGRAMS, .why = DGRAMS_WHY },
	{ .name = "udplite" },
	{ .name = "udplite6" },
};

/* What only the kernel has, by patterns of fnmatch(3); wrong when the stack has it as well. */
static const struct {
	const char *pattern, *why;
} lacks[] = {
	{ "unix", "sockets of AF_UNIX are the kernel's, and so is this" },
	{ "dev_snmp6/*", "counters of IPv6 are not kept link by link" },
	{ "fib_triestat", "sizes of nodes, in the memory of a tree that is another one here" },
	{ "rt6_stats", "likewise" },
	{ "rt_acct", "routes have no realms" },
	{ "softnet_stat", "packets are not spread over CPUs" },
	{ "stat/rt_cache", "there is no cache of routes, and looking one up is not counted" },
	{ "stat/arp_cache", "looking neighbours up is not counted" },
	{ "stat/ndisc_cache", "likewise" },
	{ "stat/*", "packets are not filtered" },
	{ "netfilter/*", "packets are not filtered" },
	{ "nf_conntrack*", "packets are not filtered" },
	{ "ip*_tables_*", "packets are not filtered" },
	{ "arp_tables_*", "packets are not filtered" },
	{ "*_hashlimit/*", "packets are not filtered" },
	{ "xt_*/*", "packets are not filtered" },
	{ "ip_vs*", "no virtual server" },
	{ "xfrm_stat", "no IPsec" },
	{ "sctp/*", "no SCTP" },
	{ "rpc/*", "the kernel's own" },
	{ "vlan/*", "the kernel's module says so only where it is there" },
	{ "bonding/*", "no bonds" },
	{ "ptp*", "no such link" },
	{ "pppo*", "no such link" },
	{ "wireless", "no such link" },
	{ "llc/*", "no LLC" },
	{ "x25/*", "no X.25" },
	{ "can*", "no CAN" },
	{ "vsock", "sockets of AF_VSOCK are the kernel's" },
	{ "kcm*", "sockets of AF_KCM are the kernel's" },
};

/* Whose words are numbers that hang on all that ever happened: names, and how many numbers, are compared. */
static const char *const counted[] = { "snmp", "snmp6", "netstat", "sockstat" };

struct text {
	char bytes[TEXT_MAX];
	char *line[LINES_MAX];
	unsigned n;
};

static unsigned n_compared, n_differ;

/* -- reading -- */

static void read_kernels(const char *name, struct text *t)
{
	char path[64];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), PROC_NET "/%s", name);
	f = fopen(path, "re");
	n = f ? fread(t->bytes, 1, TEXT_MAX - 1, f) : 0;
	t->bytes[n] = '\0';
	if (f)
		(void)fclose(f);
}

/* In pieces that cut lines. */
static void read_ours(struct world *w, const char *name, struct text *t)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	size_t at = 0;
	int64_t n = sea_procnet_open(w->stack, name, &reader);

	while (!n && at < TEXT_MAX - 1) {
		size_t room = TEXT_MAX - 1 - at < 100 ? TEXT_MAX - 1 - at : 100;

		n = sea_procnet_read(w->stack, &reader, t->bytes + at, room, at, w->now);
		if (n <= 0)
			break;
		at += (size_t)n;
		n = 0;
	}
	t->bytes[at] = '\0';
}

static void read_file(struct world *w, const char *name, struct text *t)
{
	if (w->ours)
		read_ours(w, name, t);
	else
		read_kernels(name, t);
}

/* -- compared -- */

/* A covered word is 'x', behind what the timer of a `tr:when` is; returns where the next line goes. */
static char *put_word(char *to, const char *word, size_t len, bool covered)
{
	size_t keep = !covered ? len : len > 3 && word[2] == ':' ? 3 : 0;

	memcpy(to, word, keep);
	to += keep;
	if (covered)
		*to++ = 'x';
	*to++ = ' ';
	return to;
}

/* Word by word; columns that are filled up to the line's end say how wide the line is. */
static char *cover(uint32_t covered, const char *line, char *to)
{
	size_t whole = strlen(line);
	bool filled = whole && line[whole - 1] == ' ';

	for (unsigned word = 0; *line; word++) {
		size_t len;

		line += strspn(line, " ");
		len = strcspn(line, " ");
		if (len)
			to = put_word(to, line, len, covered & W(word < 31 ? word : 31));
		line += len;
	}
	return to + sprintf(to, "of %zu", filled ? whole : 0) + 1;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* They begin with words, and are compared whole. */
static bool is_heading(const struct file *file, const char *line)
{
	if (strcmp(file->name, "dev") == 0)
		return strchr(line, '|') != NULL;
	return strstr(line, "sl  local_address") || !strncmp(line, "protocol ", 9);
}

/* Of the tree of fib_trie. */
static bool is_node(const char *line)
{
	return strncmp(line + strspn(line, " "), "+-- ", 4) == 0;
}

/*
 * Of these lines, too: a neighbour that is answered for on every link stays when its namespace goes, and the next namespace at the
 * same address of memory has it.
 */
static bool is_left_behind(const struct file *file, const char *line)
{
	size_t len = strlen(line);

	return !strcmp(file->name, "arp") && len > 2 && !strcmp(line + len - 2, " *");
}

static bool is_kernels(const struct file *file, const char *line)
{
	size_t len = strcspn(line, " ") + 1;

	for (const char *word = file->kernels; word && *word; word += strcspn(word, " ") + 1)
		if (!strncmp(word, line, len))
			return true;
	return false;
}

static void take_apart(const struct file *file, struct text *t, struct text *to)
{
	char *at = to->bytes, *save = NULL;

	to->n = 0;
	for (char *line = strtok_r(t->bytes, "\n", &save); line && to->n < LINES_MAX;
	     line = strtok_r(NULL, "\n", &save)) {
		if (is_node(line) || is_kernels(file, line) || is_left_behind(file, line))
			continue;
		to->line[to->n++] = at;
		if (file->covered && !is_heading(file, line))
			at = cover(file->covered, line, at);
		else
			at = stpcpy(at, line) + 1;
	}
	qsort(to->line, to->n, sizeof(to->line[0]), by_text);
}

static bool same(const struct text *a, const struct text *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return false;
	return true;
}

static void show(const char *who, const struct text *t)
{
	printf("%s\n", who);
	for (unsigned i = 0; i < t->n; i++)
		printf("	%s|\n", t->line[i]);
}

static void compare(struct world w[2], const struct file *file, const char *when)
{
	static struct text raw, of[2];
	unsigned tries = 0;
	bool alike;

	do {
		for (unsigned i = 0; i < 2; i++) {
			read_file(&w[i], file->name, &raw);
			take_apart(file, &raw, &of[i]);
		}
		alike = same(&of[0], &of[1]);
	} while (!alike && world_patient(&tries));
	n_compared += of[0].n;
	if (alike)
		return;
	n_differ++;
	printf("%s differs, %s\n", file->name, when);
	show("kernel", &of[0]);
	show("seastack", &of[1]);
}

/* Every word that is a number is 'x'; what there is only where something was counted (types of ICMP) is left out. */
static void take_names(struct text *t, struct text *to)
{
	char *at = to->bytes, *save = NULL;

	to->n = 0;
	for (char *line = strtok_r(t->bytes, "\n", &save); line && to->n < LINES_MAX;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, "IcmpMsg") || strstr(line, "Type") || strstr(line, "MPTcpExt"))
			continue;
		to->line[to->n++] = at;
		for (; *line; line++) {
			size_t len = strspn(line, "-0123456789");

			if (len && (line[-1] == ' ' || line[-1] == '\t')) {
				line += len - 1;
				*at++ = 'x';
			} else {
				*at++ = *line;
			}
		}
		*at++ = '\0';
	}
}

static void compare_names(struct world w[2], const char *name)
{
	static struct text raw, of[2];

	for (unsigned i = 0; i < 2; i++) {
		read_file(&w[i], name, &raw);
		take_names(&raw, &of[i]);
	}
	n_compared += of[0].n;
	if (of[0].n && same(&of[0], &of[1]))
		return;
	n_differ++;
	printf("%s differs\n", name);
	show("kernel", &of[0]);
	show("seastack", &of[1]);
}

/* -- names: what /proc/net lists -- */

static const struct sea_stack *listed;

static bool is_lacked(const char *name)
{
	for (unsigned i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
		if (!fnmatch(lacks[i].pattern, name, 0))
			return true;
	return false;
}

static int see(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	const char *name = path + sizeof(PROC_NET);
	bool there;

	(void)st;
	(void)at;
	if (kind != FTW_F)
		return 0;
	there = !sea_procnet_open(listed, name, &reader);
	n_compared++;
	if (there != is_lacked(name))
		return 0;
	printf("%s: the stack has %s\n", name, there ? "it, and is said not to" : "no such file");
	n_differ++;
	return 0;
}

static void compare_listing(const struct sea_stack *stack)
{
	listed = stack;
	nftw(PROC_NET, see, 16, FTW_PHYS);
}

static void compare_all(struct world w[2], const char *when)
{
	world_settle(&w[1], SETTLE_MS);
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		compare(w, &files[i], when);
	for (unsigned i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		compare_names(w, counted[i]);
}

/* -- what happens -- */

struct twins {
	struct world *w;
	struct wsock s[SOCKS_MAX][2];
	unsigned n;
};

static void must(const char *what, long kernels, long ours)
{
	if (kernels == ours && (kernels >= 0 || kernels == -EINPROGRESS))
		return;
	printf("%s: kernel %ld, seastack %ld\n", what, kernels, ours);
	n_differ++;
}

#define BOTH(what, CALL)                                   \
	do {                                               \
		long r_[2];                                \
		for (unsigned i = 0; i < 2; i++) {         \
			struct world *w = &t->w[i];        \
			r_[i] = CALL;                      \
			world_settle(&t->w[1], SETTLE_MS); \
		}                                          \
		must(what, r_[0], r_[1]);                  \
	} while (0)

static unsigned make(struct twins *t, int domain, int type, int protocol)
{
	unsigned v = t->n++;

	if (v == SOCKS_MAX)
		abort();
	BOTH("socket", world_open(w, domain, type, protocol, &t->s[v][i]));
	return v;
}

static void bind_to(struct twins *t, unsigned v, int domain, uint16_t port)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(domain, false, port, &any);

	BOTH("bind", world_bind(w, t->s[v][i], &any, len));
}

static void connect_to(struct twins *t, unsigned v, int domain, uint16_t port)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(domain, false, port, &any);

	BOTH("connect", world_connect(w, t->s[v][i], &any, len) ? 0 : 0);
}

static void send_some(struct twins *t, unsigned v, size_t len)
{
	static char bytes[4096];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	BOTH("send", world_sendmsg(w, t->s[v][i], &msg, 0));
}

static void join(struct twins *t, unsigned v)
{
	const struct ip_mreq_source source = { .imr_multiaddr.s_addr = htonl(0xe8010203),
					       .imr_interface.s_addr = htonl(INADDR_LOOPBACK),
					       .imr_sourceaddr.s_addr = htonl(0x0a000007) };
	const struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xe0000105),
					.imr_ifindex = 1 };

	BOTH("IP_ADD_MEMBERSHIP",
	     world_setsockopt(w, t->s[v][i], IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
	BOTH("IP_ADD_SOURCE_MEMBERSHIP",
	     world_setsockopt(w, t->s[v][i], IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &source,
			      sizeof(source)));
}

static void join6(struct twins *t, unsigned v)
{
	struct ipv6_mreq group = { .ipv6mr_interface = 1 };
	struct group_source_req source = { .gsr_interface = 1 };
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&source.gsr_group;

	memcpy(&group.ipv6mr_multiaddr, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\1\5", 16);
	BOTH("IPV6_JOIN_GROUP",
	     world_setsockopt(w, t->s[v][i], IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof(group)));
	in->sin6_family = AF_INET6;
	memcpy(&in->sin6_addr, "\xff\x05\0\0\0\0\0\0\0\0\0\0\0\0\1\6", 16);
	in = (struct sockaddr_in6 *)&source.gsr_source;
	in->sin6_family = AF_INET6;
	in->sin6_addr.s6_addr[0] = 0x20;
	BOTH("MCAST_JOIN_SOURCE_GROUP",
	     world_setsockopt(w, t->s[v][i], IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, &source,
			      sizeof(source)));
}

/* <linux/in6.h> does not go with <netinet/in.h>. */
struct flow_wish {
	uint8_t dst[16];
	uint32_t label;
	uint8_t action, share;
	uint16_t flags, expires_s, linger_s;
	uint32_t pad;
};

static void lease(struct twins *t, unsigned v, uint32_t label, uint8_t share, uint16_t linger_s)
{
	const struct flow_wish wish = { .dst = { 0x20, 1, 0xd, 0xb8 },
					.label = htonl(label),
					.share = share,
					.flags = 1, /* IPV6_FL_F_CREATE */
					.linger_s = linger_s };

	BOTH("IPV6_FLOWLABEL_MGR",
	     world_setsockopt(w, t->s[v][i], IPPROTO_IPV6, FLOWLABEL_MGR, &wish, sizeof(wish)));
}

/* A listener, a connection that is accepted, one that waits, bytes that nobody has read. */
static void streams(struct twins *t, int domain)
{
	unsigned door = make(t, domain, SOCK_STREAM, 0), one, two, child;

	bind_to(t, door, domain, 8000);
	BOTH("listen", world_listen(w, t->s[door][i], 5));
	one = make(t, domain, SOCK_STREAM, 0);
	bind_to(t, one, domain, 8001);
	connect_to(t, one, domain, 8000);
	child = t->n++;
	BOTH("accept", world_accept(w, t->s[door][i], &t->s[child][i]));
	compare_all(t->w, "a connection");
	two = make(t, domain, SOCK_STREAM, 0);
	bind_to(t, two, domain, 8002);
	connect_to(t, two, domain, 8000);
	send_some(t, two, 100);
	compare_all(t->w, "bytes wait, and a connection");
	BOTH("close", world_close(w, &t->s[one][i]));
	BOTH("close", world_close(w, &t->s[child][i]));
	compare_all(t->w, "a connection was closed");
}

static void datagrams(struct twins *t, int domain)
{
	unsigned v = make(t, domain, SOCK_DGRAM, 0), u = make(t, domain, SOCK_DGRAM, 0),
		 echo = make(t, domain, SOCK_DGRAM,
			     domain == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	bind_to(t, v, domain, 5353);
	bind_to(t, u, domain, 5354);
	connect_to(t, u, domain, 5353);
	/* The kernel shows those of IPv4 among those of IPv6 where they share a bucket. */
	bind_to(t, echo, domain, domain == AF_INET ? 77 : 78);
	send_some(t, u, 10);
	if (domain == AF_INET)
		join(t, v);
	else
		join6(t, v);
	if (domain == AF_INET)
		return;
	/* Not one of a process: how wide its number is, is its own business. */
	lease(t, v, 0x100, 1, 20);
	lease(t, v, 0x200, 3, 40);
	lease(t, v, 0x300, 255, 60);
}

int main(void)
{
	static struct world w[2];
	static struct twins t = { .w = w };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		return 1;
	compare_listing(w[1].stack);
	compare_all(w, "nothing yet");
	for (unsigned i = 0; i < 2; i++) {
		datagrams(&t, i ? AF_INET6 : AF_INET);
		compare_all(w, i ? "datagrams of IPv6" : "datagrams of IPv4");
		streams(&t, i ? AF_INET6 : AF_INET);
	}
	for (unsigned v = 0; v < t.n; v++)
		for (unsigned i = 0; i < 2; i++)
			if (world_is_open(&w[i], t.s[v][i]))
				world_close(&w[i], &t.s[v][i]);
	world_fini(&w[1]);
	printf("%u lines compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
