// SPDX-License-Identifier: Apache-2.0
/* A packet of a script as text. */
#include "packetimpact/script/script.h"

static const char *ecn_word(const struct sea_script_ip *ip)
{
	static const char *const words[] = { "noecn", "ect1", "ect0", "ce" };

	return ip->tos_check == SEA_TOS_ECT01 ? "ect01" : words[ip->tos & 3];
}

static void print_ip(const struct sea_script_ip *ip, FILE *out)
{
	const char *between = "[";

	if (ip->tos_check == SEA_TOS_BYTE)
		fprintf(out, "%stos 0x%x", between, ip->tos);
	else if (ip->tos_check != SEA_TOS_ANY)
		fprintf(out, "%s%s", between, ecn_word(ip));
	if (ip->tos_check != SEA_TOS_ANY)
		between = ", ";
	if (ip->has_flowlabel) {
		fprintf(out, "%sflowlabel 0x%x", between, ip->flowlabel);
		between = ", ";
	}
	if (ip->has_ttl) {
		fprintf(out, "%sttl %u", between, ip->ttl);
		between = ", ";
	}
	if (*between == ',')
		fputs("] ", out);
}

static void print_mpls(const struct sea_script_encap *encap, FILE *out)
{
	fputs("mpls", out);
	for (size_t i = 0; i < encap->n_mpls; i++)
		fprintf(out, " (label %u, tc %u, %sttl %u)", encap->mpls[i].label,
			encap->mpls[i].tc, encap->mpls[i].bottom ? "[S], " : "",
			encap->mpls[i].ttl);
}

static void print_encap(const struct sea_script_encap *encap, FILE *out)
{
	char src[SEA_ADDR_TEXT_MAX], dst[SEA_ADDR_TEXT_MAX];

	if (encap->kind == SEA_ENCAP_GRE) {
		fprintf(out, "gre flags 0x%x, sum 0x%x, off 0x%x, key = 0x%x, seq 0x%x",
			encap->gre.flags, encap->gre.sum, encap->gre.off, encap->gre.key,
			encap->gre.seq);
	} else if (encap->kind == SEA_ENCAP_MPLS) {
		print_mpls(encap, out);
	} else {
		fputs(encap->kind == SEA_ENCAP_IPV4 ? "ipv4 " : "ipv6 ", out);
		print_ip(&encap->ip, out);
		fprintf(out, "%s > %s ", sea_addr_text(&encap->src, src),
			sea_addr_text(&encap->dst, dst));
	}
	fputs(": ", out);
}

static void print_hex(const char *word, const struct sea_script_option *option, FILE *out)
{
	fputs(word, out);
	if (option->len)
		fputc(' ', out);
	for (size_t i = 0; i < option->len; i++)
		fprintf(out, "%02x", option->bytes[i]);
}

static void print_ao(const struct sea_script_option *option, FILE *out)
{
	fprintf(out, "ao keyid %u rnext %u ", option->keyid, option->rnext);
	if (!option->key) {
		print_hex("mac", option, out);
		return;
	}
	fprintf(out, "maclen %zu ", option->len);
	if (option->alg) {
		fputs("alg ", out);
		sea_script_print_expr(option->alg, out);
		fputc(' ', out);
	}
	fputs("key ", out);
	sea_script_print_expr(option->key, out);
}

static void print_accecn(const struct sea_script_option *option, FILE *out)
{
	static const char *const names[] = { "e0b", "ceb", "e1b" };

	fputs("ECN", out);
	for (size_t i = 0; i < option->n_accecn; i++)
		fprintf(out, " %s %u", names[option->accecn[i].which], option->accecn[i].value);
}

static void print_sack(const struct sea_script_option *option, FILE *out)
{
	fputs("sack", out);
	for (size_t i = 0; i < option->n_sack; i++)
		fprintf(out, " %u:%u", option->sack[i].left, option->sack[i].right);
}

static void print_option(const struct sea_script_option *option, FILE *out)
{
	switch (option->kind) {
	case SEA_OPTION_EOL:
		fputs("eol", out);
		break;
	case SEA_OPTION_NOP:
		fputs("nop", out);
		break;
	case SEA_OPTION_MSS:
		fprintf(out, "mss %u", option->mss);
		break;
	case SEA_OPTION_WSCALE:
		fprintf(out, "wscale %u", option->wscale);
		break;
	case SEA_OPTION_SACKOK:
		fputs("sackOK", out);
		break;
	case SEA_OPTION_SACK:
		print_sack(option, out);
		break;
	case SEA_OPTION_TS:
		fprintf(out, "TS val %u ecr %u", option->ts_val, option->ts_ecr);
		break;
	case SEA_OPTION_MD5:
		print_hex("md5", option, out);
		break;
	case SEA_OPTION_AO:
		print_ao(option, out);
		break;
	case SEA_OPTION_FO:
		print_hex("FO", option, out);
		break;
	case SEA_OPTION_FOEXP:
		print_hex("FOEXP", option, out);
		break;
	case SEA_OPTION_ACCECN:
		print_accecn(option, out);
		break;
	}
}

static void print_flags(const struct sea_script_tcp *tcp, FILE *out)
{
	static const char letters[] = "FSRP.UEWA";
	unsigned flags = tcp->ace ? tcp->flags & 0x3fu : tcp->flags;

	for (unsigned i = 0; letters[i]; i++)
		if (flags & 1u << i)
			fputc(letters[i], out);
	if (tcp->ace)
		fprintf(out, "%u", tcp->flags >> 6 & 7u);
	else if (!flags)
		fputc('-', out);
}

static void print_ports(const struct sea_script_packet *packet, FILE *out)
{
	if (packet->src_port || packet->dst_port)
		fprintf(out, "%u > %u ", packet->src_port, packet->dst_port);
}

static void print_tcp(const struct sea_script_packet *packet, FILE *out)
{
	const struct sea_script_tcp *tcp = &packet->tcp;
	const char *between = " <";

	if (tcp->has_psp)
		fprintf(out, "encap psp spi %u ", tcp->psp_spi);
	print_ports(packet, out);
	print_flags(tcp, out);
	fprintf(out, " %u:%u(%u)", tcp->seq, tcp->seq + tcp->payload, tcp->payload);
	if (tcp->ack || (tcp->flags & SEA_FLAG_ACK))
		fprintf(out, " ack %u", tcp->ack);
	if (tcp->has_win)
		fprintf(out, " win %u", tcp->win);
	if (tcp->urg)
		fprintf(out, " urg %u", tcp->urg);
	if (tcp->any_options)
		fputs(" <...>", out);
	for (const struct sea_script_option *o = tcp->options; o; o = o->next) {
		fputs(between, out);
		print_option(o, out);
		between = ",";
	}
	if (tcp->options)
		fputc('>', out);
}

static void print_icmp(const struct sea_script_icmp *icmp, FILE *out)
{
	fprintf(out, "icmp %s", icmp->type.s);
	if (icmp->code.len)
		fprintf(out, " %s", icmp->code.s);
	if (icmp->has_mtu)
		fprintf(out, " mtu %u", icmp->mtu);
	if (icmp->id)
		fprintf(out, " id %u", icmp->id);
	if (icmp->quote == SEA_QUOTE_TCP)
		fprintf(out, " [%u:%u(%u)]", icmp->quote_seq, icmp->quote_seq + icmp->quote_payload,
			icmp->quote_payload);
	else if (icmp->quote != SEA_QUOTE_NONE)
		fprintf(out, " [%s (%u)]", icmp->quote == SEA_QUOTE_UDP ? "udp" : "raw",
			icmp->quote_payload);
}

void sea_script_print_packet(const struct sea_script_packet *packet, FILE *out)
{
	fputs(packet->outbound ? "> " : "< ", out);
	for (const struct sea_script_encap *encap = packet->encaps; encap; encap = encap->next)
		print_encap(encap, out);
	print_ip(&packet->ip, out);
	if (packet->proto == SEA_SCRIPT_TCP) {
		print_tcp(packet, out);
	} else if (packet->proto == SEA_SCRIPT_ICMP) {
		print_icmp(&packet->icmp, out);
	} else {
		fputs("udp ", out);
		print_ports(packet, out);
		fprintf(out, "(%u)", packet->udp_payload);
	}
}
