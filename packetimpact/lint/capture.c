// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "packetimpact/lint/unpack.h"
#include "wire/bytes.h"
#include "wire/ether.h"

#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_QINQ_OLD 0x9100

struct sea_capture {
	pcap_t *pcap;
	int linktype;
	uint64_t frames, others;
};

/* -- what stands in front of IP: its length, or -1 where no IP follows -- */

static bool is_ip(uint16_t type)
{
	return type == SEA_ETHERTYPE_IPV4 || type == SEA_ETHERTYPE_IPV6;
}

/* From the bytes of an EtherType on, past tags. */
static int skip_tags(const uint8_t *frame, uint32_t len, uint32_t at)
{
	while (at + 2 <= len) {
		uint16_t type = sea_get16(frame + at);

		if (is_ip(type))
			return (int)(at + 2);
		if (type != SEA_ETHERTYPE_VLAN && type != ETHERTYPE_QINQ &&
		    type != ETHERTYPE_QINQ_OLD)
			return -1;
		at += 4;
	}
	return -1;
}

/* The address family in the first four bytes, in the order of the machine that wrote it. */
static int skip_family(const uint8_t *frame, uint32_t len)
{
	uint32_t family;

	if (len < 4)
		return -1;
	family = sea_get32(frame);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	/* AF_INET, and AF_INET6 of Linux, the BSDs and macOS */
	return family == 2 || family == 10 || family == 24 || family == 28 || family == 30 ? 4 : -1;
}

static int skip_link(int linktype, const uint8_t *frame, uint32_t len)
{
	switch (linktype) {
	case DLT_EN10MB:
		return skip_tags(frame, len, 12);
	case DLT_LINUX_SLL:
		return skip_tags(frame, len, 14);
	case DLT_LINUX_SLL2:
		return len >= 20 && is_ip(sea_get16(frame)) ? 20 : -1;
	case DLT_NULL:
	case DLT_LOOP:
		return skip_family(frame, len);
	default:
		return len ? 0 : -1;
	}
}

static bool known_link(int linktype)
{
	switch (linktype) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
		return true;
	default:
		return false;
	}
}

/* -- opening -- */

static void close_file(FILE *file)
{
	if (file != stdin)
		fclose(file);
}

FILE *sea_capture_unpack(FILE *file, char why[SEA_CAPTURE_WHY])
{
	uint8_t head[4];
	size_t n = fread(head, 1, sizeof(head), file);
	const char *packer = NULL;
	FILE *all, *out;

	if (!n || ferror(file)) {
		snprintf(why, SEA_CAPTURE_WHY, "%s",
			 ferror(file) ? strerror(errno) : "the file is empty");
		close_file(file);
		return NULL;
	}
	all = sea_unpack_nothing(file, head, n);
	if (!all) {
		snprintf(why, SEA_CAPTURE_WHY, "%s", strerror(ENOMEM));
		close_file(file);
		return NULL;
	}
	if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b)
		packer = "gzip";
	else if (n == 4 && !memcmp(head, "\x28\xb5\x2f\xfd", 4))
		packer = "zstd";
	else if (n == 4 && !memcmp(head, "\x04\x22\x4d\x18", 4))
		packer = "lz4";
	if (!packer)
		return all;
	out = *packer == 'g'   ? sea_unpack_gzip(all)
	      : *packer == 'z' ? sea_unpack_zstd(all)
			       : sea_unpack_lz4(all);
	if (!out) {
		snprintf(
			why, SEA_CAPTURE_WHY,
			errno == ENOTSUP
				? "it is compressed with %s, and this program was built without the library for it"
				: "%s: no memory",
			packer);
		fclose(all);
	}
	return out;
}

struct sea_capture *sea_capture_open(FILE *file, char why[SEA_CAPTURE_WHY])
{
	struct sea_capture *c = calloc(1, sizeof(*c));
	char error[PCAP_ERRBUF_SIZE] = "";
	FILE *plain;

	if (!c) {
		snprintf(why, SEA_CAPTURE_WHY, "%s", strerror(ENOMEM));
		close_file(file);
		return NULL;
	}
	plain = sea_capture_unpack(file, why);
	if (!plain)
		goto fail;
	c->pcap =
		pcap_fopen_offline_with_tstamp_precision(plain, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!c->pcap) {
		fclose(plain);
		snprintf(why, SEA_CAPTURE_WHY, "this is no capture: %.200s", error);
		goto fail;
	}
	c->linktype = pcap_datalink(c->pcap);
	if (!known_link(c->linktype)) {
		const char *name = pcap_datalink_val_to_name(c->linktype);

		snprintf(why, SEA_CAPTURE_WHY,
			 "its link type is %d (%s), which is none of those known here", c->linktype,
			 name ? name : "nameless");
		sea_capture_free(c);
		return NULL;
	}
	return c;
fail:
	free(c);
	return NULL;
}

/* -- reading -- */

int sea_capture_next(struct sea_capture *c, struct sea_lint_frame *frame, char why[SEA_CAPTURE_WHY])
{
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	int status, skip;

	while ((status = pcap_next_ex(c->pcap, &head, &bytes)) == 1) {
		c->frames++;
		skip = skip_link(c->linktype, bytes, head->caplen);
		if (skip < 0 || (uint32_t)skip >= head->caplen) {
			c->others++;
			continue;
		}
		*frame = (struct sea_lint_frame){
			.number = c->frames,
			.time_ns = (uint64_t)head->ts.tv_sec * 1000000000u +
				   (uint64_t)head->ts.tv_usec,
			.ip = bytes + skip,
			.caplen = head->caplen - (uint32_t)skip,
			/* A frame that says it was shorter than what is there of it does not know. */
			.len = (head->len < head->caplen ? head->caplen : head->len) -
			       (uint32_t)skip,
		};
		return 1;
	}
	if (status == PCAP_ERROR_BREAK)
		return 0;
	snprintf(why, SEA_CAPTURE_WHY, "it is cut or damaged behind frame %llu: %.150s",
		 (unsigned long long)c->frames, pcap_geterr(c->pcap));
	return -1;
}

uint64_t sea_capture_frames(const struct sea_capture *c)
{
	return c->frames;
}

uint64_t sea_capture_others(const struct sea_capture *c)
{
	return c->others;
}

void sea_capture_free(struct sea_capture *c)
{
	if (!c)
		return;
	pcap_close(c->pcap);
	free(c);
}
