/* SPDX-License-Identifier: Apache-2.0 */
/* Files: formats, link types, packed ones; what is cut, damaged or no capture at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/lint/report.h"
#include "packetimpact/lint/svg.h"
#include "tests/unit/packetimpact/lint/cases.h"
#include "tests/unit/packetimpact/lint/packed.h"
#include "wire/pcapng.h"

#include <cmocka.h>

#define FILE_ROOM 65536

struct bytes {
	uint8_t b[FILE_ROOM];
	size_t n;
};

static void put(struct bytes *f, const void *from, size_t n)
{
	assert_true(f->n + n <= FILE_ROOM);
	memcpy(f->b + f->n, from, n);
	f->n += n;
}

static void put_words(struct bytes *f, const uint32_t *words, size_t n)
{
	put(f, words, n * sizeof(*words));
}

static void put_head(struct bytes *f, uint32_t linktype)
{
	put_words(f, (const uint32_t[]){ 0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, linktype }, 6);
}

static void put_frame(struct bytes *f, const char *front, size_t front_len,
		      const struct sea_lint_frame *frame)
{
	uint32_t n = (uint32_t)front_len + frame->caplen;

	put_words(f,
		  (const uint32_t[]){ (uint32_t)(frame->time_ns / 1000000000u),
				      (uint32_t)(frame->time_ns % 1000000000u), n,
				      (uint32_t)front_len + frame->len },
		  4);
	if (front_len)
		put(f, front, front_len);
	put(f, frame->ip, frame->caplen);
}

static void put_scene(struct bytes *f, uint32_t linktype, const char *front, size_t front_len,
		      const char *text)
{
	struct sea_lint_frame frame;
	uint8_t room[SCENE_ROOM];

	put_head(f, linktype);
	for (uint64_t n = 1; (text = scene_packet(text, n, room, &frame)); n++)
		put_frame(f, front, front_len, &frame);
}

struct outcome {
	unsigned frames, findings;
	int status; /* of the last read; 2: not opened */
	char why[SEA_CAPTURE_WHY];
	struct sea_svg svg;
	struct sea_lint_report report;
};

static void found(void *arg, const struct sea_lint_finding *f)
{
	struct outcome *o = arg;

	o->findings++;
	if (o->report.out)
		sea_lint_report_finding(&o->report, f);
}

static void watch(void *arg, const struct sea_lint_look *look)
{
	struct outcome *o = arg;

	sea_svg_add(&o->svg, look);
}

static void judge(FILE *file, struct outcome *o)
{
	struct sea_capture *capture = sea_capture_open(file, o->why);
	struct sea_lint_frame frame;
	struct sea_lint lint;

	o->status = 2;
	if (!capture)
		return;
	sea_lint_init(&lint, found, o);
	lint.watch = watch;
	o->svg.flow = 1;
	if (o->report.out)
		sea_lint_report_begin(&o->report, "a \"name\"");
	while ((o->status = sea_capture_next(capture, &frame, o->why)) > 0) {
		o->frames++;
		sea_lint_frame(&lint, &frame);
	}
	sea_lint_end(&lint);
	if (o->report.out)
		sea_lint_report_end(&o->report, &lint, sea_capture_frames(capture),
				    sea_capture_others(capture), NULL);
	sea_lint_fini(&lint);
	sea_capture_free(capture);
}

static struct outcome judge_bytes(const uint8_t *from, size_t n)
{
	struct outcome o = { 0 };
	uint8_t *copy = malloc(n);
	FILE *file;

	assert_non_null(copy);
	memcpy(copy, from, n);
	file = fmemopen(copy, n, "r");
	assert_non_null(file);
	judge(file, &o);
	sea_svg_fini(&o.svg);
	free(copy);
	return o;
}

/* Without libpcap nothing of this can be, and it is said. */
static bool there_is_no_libpcap(void)
{
	struct outcome o = judge_bytes(one_plain, sizeof(one_plain));

	return o.status == 2 && strstr(o.why, "without libpcap");
}

static void every_link_type_leads_to_ip(void **state)
{
	static const struct {
		uint32_t linktype, front_len;
		const char *front;
	} links[] = {
		{ 1, 14, "\1\1\1\1\1\1\2\2\2\2\2\2\x08\0" },
		{ 1, 18, "\1\1\1\1\1\1\2\2\2\2\2\2\x81\0\0\7\x08\0" },
		{ 1, 22, "\1\1\1\1\1\1\2\2\2\2\2\2\x88\xa8\0\7\x81\0\0\7\x08\0" },
		{ 101, 0, "" },
		{ 228, 0, "" },
		{ 0, 4, "\2\0\0\0" },
		{ 0, 4, "\0\0\0\2" },
		{ 108, 4, "\0\0\0\2" },
		{ 113, 16, "\0\0\0\1\0\6\1\1\1\1\1\1\0\0\x08\0" },
		{ 276, 20, "\x08\0\0\0\0\0\0\1\0\1\0\6\1\1\1\1\1\1\0\0" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct bytes f = { .n = 0 };
		struct outcome o;

		put_scene(&f, links[i].linktype, links[i].front, links[i].front_len,
			  PLAIN "30 > P 1:5 - 100\n");
		o = judge_bytes(f.b, f.n);
		if (o.status || o.frames != 4 || o.findings != 1)
			fail_msg("link type %u: %u frames, %u findings %s", links[i].linktype,
				 o.frames, o.findings, o.why);
	}
}

static void frames_without_ip_are_counted_only(void **state)
{
	struct bytes f = { .n = 0 };
	struct outcome o;

	put_scene(&f, 1, "\1\1\1\1\1\1\2\2\2\2\2\2\x08\6", 14, PLAIN);
	o = judge_bytes(f.b, f.n);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.frames, 0);
}

static void pcapng_is_read(void **state)
{
	struct bytes f = { .n = 0 };
	struct sea_lint_frame frame;
	uint8_t room[SCENE_ROOM];
	struct outcome o;
	const char *text = PLAIN;

	f.n = sea_pcapng_put_section(f.b, FILE_ROOM, "test");
	f.n += sea_pcapng_put_interface(f.b + f.n, FILE_ROOM - f.n, SEA_LINKTYPE_RAW, 0, "x");
	for (uint64_t n = 1; (text = scene_packet(text, n, room, &frame)); n++) {
		struct sea_pcapng_packet pkt = { .time_ns = frame.time_ns,
						 .len = frame.len,
						 .caplen = frame.caplen };
		uint8_t *at = sea_pcapng_put_packet(f.b + f.n, FILE_ROOM - f.n, &pkt);

		assert_non_null(at);
		memcpy(at, frame.ip, frame.caplen);
		f.n += sea_pcapng_packet_size(&pkt);
	}
	o = judge_bytes(f.b, f.n);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.frames, 3);
	assert_int_equal(o.findings, 0);
}

static void packed_captures_are_unpacked(void **state)
{
	const struct {
		const uint8_t *b;
		size_t n;
	} all[] = { { one_plain, sizeof(one_plain) },
		    { one_gzip, sizeof(one_gzip) },
		    { one_zstd, sizeof(one_zstd) },
		    { one_lz4, sizeof(one_lz4) } };

	for (size_t i = 0; i < 4; i++) {
		struct outcome o = judge_bytes(all[i].b, all[i].n);

		if (o.status == 2 && strstr(o.why, "without the library"))
			continue;
		assert_int_equal(o.status, 0);
		assert_int_equal(o.frames, 1);
	}
}

static void what_is_packed_twice_is_no_capture(void **state)
{
	struct outcome o = judge_bytes(one_twice, sizeof(one_twice));

	assert_int_equal(o.status, 2);
	assert_true(strstr(o.why, "no capture") || strstr(o.why, "without the library"));
}

/* Nothing that is cut passes for whole, but between two frames. */
static void cut_files_are_told_of(void **state)
{
	struct bytes f = { .n = 0 };
	size_t head = 24, frame = 16 + 24;

	put_scene(&f, 101, "", 0, "0 > S 0:0 - 100 mss=1460\n1 > S 0:0 - 100 mss=1460\n");
	frame = (f.n - head) / 2;
	for (size_t n = 1; n < f.n; n++) {
		struct outcome o = judge_bytes(f.b, n);

		if (n < head)
			assert_int_equal(o.status, 2);
		else
			assert_int_equal(o.status, (n - head) % frame ? -1 : 0);
		assert_true(n < head || o.frames == (n - head) / frame);
		assert_true(!o.status || o.why[0]);
	}
	for (size_t n = 1; n < sizeof(one_gzip); n++)
		assert_int_not_equal(judge_bytes(one_gzip, n).status, 0);
	for (size_t n = 1; n < sizeof(one_zstd); n++)
		assert_int_not_equal(judge_bytes(one_zstd, n).status, 0);
	for (size_t n = 1; n < sizeof(one_lz4); n++)
		assert_int_not_equal(judge_bytes(one_lz4, n).status, 0);
}

static void what_is_no_capture_is_refused(void **state)
{
	static const char text[] =
		"This is a letter, and no capture, though it is long enough for one.\n";
	struct bytes f = { .n = 0 };
	struct outcome o = judge_bytes((const uint8_t *)text, sizeof(text));
	FILE *none = fopen("/dev/null", "re"), *folder = fopen("/", "re");

	assert_int_equal(o.status, 2);
	assert_non_null(strstr(o.why, "no capture"));
	judge(none, &o);
	assert_string_equal(o.why, "the file is empty");
	assert_non_null(folder);
	judge(folder, &o);
	assert_string_equal(o.why, strerror(EISDIR));
	/* IEEE 802.11 */
	put_head(&f, 105);
	o = judge_bytes(f.b, f.n);
	assert_int_equal(o.status, 2);
	assert_non_null(strstr(o.why, "link type is 105"));
}

static void lengths_of_four_gigabytes_are_refused(void **state)
{
	static const uint32_t lens[] = { 0xffffffff, 0x7fffffff, 0x10000000 };

	for (size_t i = 0; i < 3; i++) {
		struct bytes f = { .n = 0 };
		uint32_t block[] = { 0x0a0d0d0a, lens[i], 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff };

		put_head(&f, 101);
		put_words(&f, (const uint32_t[]){ 1, 1, lens[i], lens[i], 0, 0 }, 6);
		assert_int_equal(judge_bytes(f.b, f.n).status, -1);
		assert_int_equal(judge_bytes((const uint8_t *)block, sizeof(block)).status, 2);
	}
}

static char *printed(bool json, const char *text, size_t *len)
{
	struct outcome o = { .report.json = json };
	struct bytes f = { .n = 0 };
	char *out = NULL;
	FILE *file;

	put_scene(&f, 101, "", 0, text);
	o.report.out = open_memstream(&out, len);
	file = fmemopen(f.b, f.n, "r");
	assert_non_null(file);
	judge(file, &o);
	sea_svg_fini(&o.svg);
	fclose(o.report.out);
	return out;
}

static void a_finding_names_frame_flow_and_clause(void **state)
{
	size_t len = 0;
	char *text = printed(false, PLAIN "30 > P 1:5 - 100\n", &len);

	assert_non_null(strstr(text, "frame 4, "));
	assert_non_null(
		strstr(text, "flow 1, 192.0.2.1:40000 > 192.0.2.2:80; RFC 9293 3.1; ack_missing"));
	assert_non_null(strstr(text, "began with a handshake, ended not in this capture"));
	assert_non_null(strstr(text, "\n1 flows, 1 errors, 0 warnings, 0 notes\n"));
	free(text);
	text = printed(true, PLAIN "30 > P 1:5 - 100\n", &len);
	assert_non_null(strstr(text, "{\"file\": \"a \\\"name\\\"\", \"findings\": ["));
	assert_non_null(strstr(text, "\"rule\": \"ack_missing\", \"severity\": \"error\""));
	free(text);
}

static void a_plot_shows_what_was_sent_again(void **state)
{
	struct outcome o = { 0 };
	struct bytes f = { .n = 0 };
	char *out = NULL;
	size_t len = 0;
	FILE *file;

	put_scene(&f, 101, "", 0,
		  PLAIN "30 > . 1:100 1 100\n300 > . 1:100 1 100\n310 < . 1:0 101 1000\n");
	file = fmemopen(f.b, f.n, "r");
	assert_non_null(file);
	judge(file, &o);
	file = open_memstream(&out, &len);
	assert_true(sea_svg_write(&o.svg, file));
	fclose(file);
	assert_non_null(strstr(out, "class=\"again\" d=\"M"));
	assert_non_null(strstr(out, "time (s)"));
	assert_non_null(strstr(out, "flow 1: 192.0.2.1 port 40000 to 192.0.2.2 port 80"));
	free(out);
	sea_svg_fini(&o.svg);
	file = open_memstream(&out, &len);
	assert_false(sea_svg_write(&o.svg, file));
	fclose(file);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_leads_to_ip),
		cmocka_unit_test(frames_without_ip_are_counted_only),
		cmocka_unit_test(pcapng_is_read),
		cmocka_unit_test(packed_captures_are_unpacked),
		cmocka_unit_test(what_is_packed_twice_is_no_capture),
		cmocka_unit_test(cut_files_are_told_of),
		cmocka_unit_test(what_is_no_capture_is_refused),
		cmocka_unit_test(lengths_of_four_gigabytes_are_refused),
		cmocka_unit_test(a_finding_names_frame_flow_and_clause),
		cmocka_unit_test(a_plot_shows_what_was_sent_again),
	};

	if (there_is_no_libpcap()) {
		puts("SKIP: there is no libpcap");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
