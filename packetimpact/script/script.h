/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of the packetdrill language, as a tree: what stands there, not what it means. Names stay names
 * (AF_INET, EINVAL, frag_needed); only those that a --define gives a value are that value already.
 *
 *	rc = sea_script_load("close.pkt", NULL, 0, &script, &error);
 *	if (rc)
 *		sea_script_error_print(&error, stderr);
 *	for (event = script->events; event; event = event->next)
 *		…
 *	sea_script_free(script);
 *
 * Everything lives in one arena and goes with the script. Any bytes may be parsed: what is no script is an
 * error with its place, in time and memory linear in the length.
 */
#ifndef SEA_PACKETIMPACT_SCRIPT_H
#define SEA_PACKETIMPACT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <seastack/addr.h>

/* Both count from 1; a column is one byte. */
struct sea_script_pos {
	uint32_t line;
	uint32_t column;
};

/* Bytes with a length; a NUL stands behind them that does not count. */
struct sea_script_text {
	const char *s;
	size_t len;
};

/* ---- expressions: arguments and results of calls ---- */

enum sea_expr_kind {
	SEA_EXPR_ELLIPSIS, /* ... : the runner's choice, or: not looked at */
	SEA_EXPR_INTEGER,  /* integer; hex: how it was written */
	SEA_EXPR_NAME,     /* text */
	SEA_EXPR_STRING,   /* text, escapes resolved; open: "abc"... which is a beginning */
	SEA_EXPR_OR,       /* a | b | c */
	SEA_EXPR_LIST,     /* [a, b] */
	SEA_EXPR_GROUP, /* {a, b}: items, fields among them: {sa_family=AF_INET, …}, {..., 10} */
	SEA_EXPR_FIELD, /* text = items[0]; msg_iov(1) = …: items[1] is what is in the parentheses */
	SEA_EXPR_CALL, /* htons(8080), inet_addr("192.0.2.1"): text is the function */
};

struct sea_expr {
	enum sea_expr_kind kind;
	struct sea_script_pos pos;
	bool hex;
	bool open;
	int64_t integer;
	struct sea_script_text text;
	struct sea_expr **items;
	size_t n_items;
};

/* The field of a group, or NULL. */
const struct sea_expr *sea_expr_field(const struct sea_expr *group, const char *name);

/* ---- packets ---- */

enum sea_script_tos {
	SEA_TOS_ANY,   /* nothing said */
	SEA_TOS_ECN,   /* [noecn] [ect0] [ect1] [ce]: the two bits of `tos` */
	SEA_TOS_ECT01, /* [ect01]: ECT(0) or ECT(1) */
	SEA_TOS_BYTE,  /* [tos 0x10]: all eight */
};

/* What stands in brackets before a packet, of its IP header. */
struct sea_script_ip {
	enum sea_script_tos tos_check;
	uint8_t tos;
	bool has_ttl, has_flowlabel;
	uint8_t ttl;
	uint32_t flowlabel;
};

enum sea_script_encap_kind {
	SEA_ENCAP_IPV4,
	SEA_ENCAP_IPV6,
	SEA_ENCAP_GRE,
	SEA_ENCAP_MPLS,
};

#define SEA_GRE_CHECKSUM 0x8000u
#define SEA_GRE_KEY 0x2000u
#define SEA_GRE_SEQUENCE 0x1000u

struct sea_script_mpls {
	uint32_t label; /* 20 bits */
	uint8_t tc;     /* 3 bits */
	bool bottom;
	uint8_t ttl;
};

/* A header around the packet. */
struct sea_script_encap {
	enum sea_script_encap_kind kind;
	struct sea_script_ip ip;
	struct sea_addr src, dst;
	struct {
		uint16_t flags, sum, off;
		uint32_t key, seq;
	} gre;
	struct sea_script_mpls *mpls; /* from the top */
	size_t n_mpls;
	struct sea_script_encap *next; /* the one inside */
};

/* A TCP option by what it says. */
enum sea_script_option_kind {
	SEA_OPTION_EOL,
	SEA_OPTION_NOP,
	SEA_OPTION_MSS,
	SEA_OPTION_WSCALE,
	SEA_OPTION_SACKOK,
	SEA_OPTION_SACK,
	SEA_OPTION_TS,
	SEA_OPTION_MD5,    /* bytes */
	SEA_OPTION_AO,     /* IDs, and bytes or what makes them; kind 29 */
	SEA_OPTION_FO,     /* bytes, kind 34 */
	SEA_OPTION_FOEXP,  /* bytes, kind 254 with fast open's magic */
	SEA_OPTION_ACCECN, /* counters in the order written */
};

struct sea_script_sack {
	uint32_t left, right;
};

enum sea_script_accecn {
	SEA_ACCECN_E0B,
	SEA_ACCECN_CEB,
	SEA_ACCECN_E1B,
};

struct sea_script_option {
	enum sea_script_option_kind kind;
	struct sea_script_pos pos;
	uint16_t mss;
	uint8_t wscale;
	uint32_t ts_val, ts_ecr;
	struct sea_script_sack *sack;
	size_t n_sack;
	const uint8_t *bytes; /* NULL: none, or a MAC that the key makes */
	size_t len;
	uint8_t keyid, rnext;
	const struct sea_expr *key, *alg; /* strings; NULL: none, and "hmac(sha1)" */
	struct {
		enum sea_script_accecn which;
		uint32_t value; /* 24 bits */
	} accecn[3];
	size_t n_accecn;
	struct sea_script_option *next;
};

#define SEA_FLAG_FIN 0x001u
#define SEA_FLAG_SYN 0x002u
#define SEA_FLAG_RST 0x004u
#define SEA_FLAG_PSH 0x008u
#define SEA_FLAG_ACK 0x010u
#define SEA_FLAG_URG 0x020u
#define SEA_FLAG_ECE 0x040u
#define SEA_FLAG_CWR 0x080u
#define SEA_FLAG_AE 0x100u

struct sea_script_tcp {
	uint16_t flags; /* SEA_FLAG_* */
	bool ace;       /* the three of AccECN were written as a number: "S.5" */
	uint32_t seq;
	uint32_t payload;
	uint32_t ack; /* 0 where nothing stands */
	bool has_win;
	uint16_t win;
	uint16_t urg;
	bool any_options; /* <...> */
	struct sea_script_option *options;
	bool has_psp; /* encap psp spi N */
	uint32_t psp_spi;
};

enum sea_script_quote {
	SEA_QUOTE_NONE,
	SEA_QUOTE_TCP, /* [1:1001(1000)] */
	SEA_QUOTE_UDP, /* [udp (100)] */
	SEA_QUOTE_RAW, /* [raw (100)] */
};

struct sea_script_icmp {
	struct sea_script_text type; /* "unreachable", or a number */
	struct sea_script_text code; /* empty where nothing stands */
	bool has_mtu;
	uint32_t mtu;
	uint16_t id;
	enum sea_script_quote quote;
	uint32_t quote_seq;
	uint32_t quote_payload;
};

enum sea_script_proto {
	SEA_SCRIPT_TCP,
	SEA_SCRIPT_UDP,
	SEA_SCRIPT_ICMP,
};

struct sea_script_packet {
	bool outbound; /* '>': the device sends it */
	struct sea_script_pos pos;
	struct sea_script_encap *encaps; /* outermost first */
	struct sea_script_ip ip;
	enum sea_script_proto proto;
	uint16_t src_port, dst_port; /* 0: the connection's */
	struct sea_script_tcp tcp;
	struct sea_script_icmp icmp;
	uint32_t udp_payload;
};

/* ---- events ---- */

enum sea_script_time_kind {
	SEA_TIME_ABSOLUTE, /* since the script began */
	SEA_TIME_RELATIVE, /* +: since the event before */
	SEA_TIME_ANY,      /* * */
};

struct sea_script_time {
	enum sea_script_time_kind kind;
	bool range; /* from ~ to */
	int64_t from_ns, to_ns;
};

struct sea_script_call {
	struct sea_script_text name;
	struct sea_expr **args;
	size_t n_args;
	struct sea_expr *result;
	struct sea_script_text error; /* "EAGAIN"; empty: none */
	struct sea_script_text note;  /* words in parentheses behind the result: for the reader */
	bool blocking; /* …end: comes back at end_ns, which counts as the event's time */
	int64_t end_ns;
};

enum sea_event_kind {
	SEA_EVENT_PACKET,
	SEA_EVENT_CALL,
	SEA_EVENT_SHELL, /* `…`: text */
	SEA_EVENT_CODE,  /* %{ … }%: text, white space around it cut */
};

struct sea_script_event {
	enum sea_event_kind kind;
	struct sea_script_pos pos; /* of its time */
	struct sea_script_time time;
	struct sea_script_packet packet;
	struct sea_script_call call;
	struct sea_script_text text;
	struct sea_script_event *next;
};

/* --name, --name=value */
struct sea_script_setting {
	struct sea_script_pos pos;
	struct sea_script_text name; /* without the dashes */
	bool has_value;
	struct sea_script_text value; /* "" and `` around it stay in what follows a define's '=' */
	struct sea_script_setting *next;
};

struct sea_script {
	const char *path;
	struct sea_script_text source;
	struct sea_script_setting *settings;
	struct sea_script_text init; /* s NULL: none */
	struct sea_script_pos init_pos;
	struct sea_script_event *events;
	size_t n_events;
	struct sea_script_text cleanup; /* s NULL: none */
};

/* Where the first thing is that is wrong. Has no pointer into anything. */
struct sea_script_error {
	char path[256];
	struct sea_script_pos pos; /* line 0: the file itself */
	char message[256];
	char line[256]; /* as much of it as fits, around the column */
	unsigned caret; /* index into `line` */
};

/*
 * A name and what takes its place: a number, a word, a "string" or a `command`. Those of a script's own
 * --define settings join them, and give way to these.
 */
struct sea_script_define {
	const char *name;
	const char *value;
};

/*
 * 0, or -EINVAL (no script), -ENOMEM, or (load) what reading the file gave; then *error is filled in and
 * *script is NULL. A script is at most 16 MiB.
 */
int sea_script_parse(const char *path, const char *text, size_t len,
		     const struct sea_script_define *defines, size_t n_defines,
		     struct sea_script **script, struct sea_script_error *error);
int sea_script_load(const char *path, const struct sea_script_define *defines, size_t n_defines,
		    struct sea_script **script, struct sea_script_error *error);
void sea_script_free(struct sea_script *script);

/* file:line:column: sentence, the line, and a caret below. */
void sea_script_error_print(const struct sea_script_error *error, FILE *out);

/* The script again, in one form for one tree: parsed again it is the same tree. */
void sea_script_print(const struct sea_script *script, FILE *out);
/* Parts of it, on one line and without a newline. */
void sea_script_print_event(const struct sea_script_event *event, FILE *out);
void sea_script_print_packet(const struct sea_script_packet *packet, FILE *out);
void sea_script_print_expr(const struct sea_expr *expr, FILE *out);

#endif
