/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a connection's packets take: labels that change in trouble, classes that are reflected. */
#include "tests/lib/tcp_script.h"

#define SO_TXREHASH_ 74 /* newer than some C libraries' headers */

/* Of the frame that was taken last. */
static uint32_t label_seen(const struct tcp_script *s)
{
	uint32_t word;

	memcpy(&word, s->t.frame.bytes + 14, sizeof(word));
	return ntohl(word) & 0xfffff;
}

/* A segment that is not acknowledged, and is sent again twice: does its label change? */
static bool label_changes(struct tcp_script *s)
{
	uint32_t first;

	assert_int_equal(script_write(s, 10), 10);
	EXPECT(s, "PA", 1, 1, 10);
	first = label_seen(s);
	test_advance(&s->t, 2 * SEA_SEC);
	while (script_take(s))
		;
	return label_seen(s) != first;
}

/* RFC 6438: what the label says chooses the way. */
static void a_timeout_changes_the_label_unless_told_not_to(void **state)
{
	struct tcp_script s;

	(void)state;
	if (!script_is6())
		skip();
	for (int how = 0; how < 4; how++) {
		script_new(&s);
		script_sysctl(&s, "net.core.txrehash", how == 2 ? "0" : "1");
		script_established(&s);
		if (how == 1 || how == 3)
			assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_TXREHASH_, 0), 0);
		if (how == 3)
			assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_TXREHASH_, -1), 0);
		assert_int_equal(label_changes(&s), how == 0 || how == 3);
		assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTcpTimeoutRehash) != 0,
				 how == 0 || how == 3);
		script_free(&s);
	}
}

static void an_accepted_socket_has_its_listeners_will(void **state)
{
	struct tcp_script s;

	(void)state;
	for (int v = 0; v < 2; v++) {
		script_new(&s);
		script_listen(&s, 5);
		assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_TXREHASH_, v), 0);
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_accept(&s), 0);
		assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_TXREHASH_), v);
		script_free(&s);
	}
}

static int tos_of(struct tcp_script *s, sea_socket sock)
{
	return script_is6() ? script_get(s, sock, IPPROTO_IPV6, IPV6_TCLASS)
			    : script_get(s, sock, IPPROTO_IP, IP_TOS);
}

/* The class of the SYN without ECN's bits, instead of the listener's. */
static void the_class_of_a_syn_is_reflected_where_asked_for(void **state)
{
	struct tcp_script s;

	(void)state;
	for (int on = 0; on < 2; on++) {
		script_new(&s);
		script_sysctl(&s, "net.ipv4.tcp_reflect_tos", on ? "1" : "0");
		script_listen(&s, 5);
		assert_int_equal(script_set(&s, s.listener,
					    script_is6() ? IPPROTO_IPV6 : IPPROTO_IP,
					    script_is6() ? IPV6_TCLASS : IP_TOS, 0x40),
				 0);
		SEND(&s, "S", 0, 0, 0, .tos = 0x2b);
		EXPECT(&s, "SA", 0, 1, 0);
		assert_int_equal(s.seen_tos, on ? 0x28 : 0x40);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_accept(&s), 0);
		assert_int_equal(tos_of(&s, s.sock), on ? 0x28 : 0x40);
		assert_int_equal(script_write(&s, 5), 5);
		EXPECT(&s, "PA", 1, 1, 5);
		assert_int_equal(s.seen_tos, on ? 0x28 : 0x40);
		script_free(&s);
	}
}

/* The next control message at `at`, of IPPROTO_IP: its int; moves on. */
static int next_int(const uint8_t **at, int type)
{
	struct cmsghdr head;
	int v;

	memcpy(&head, *at, sizeof(head));
	assert_int_equal(head.cmsg_level, IPPROTO_IP);
	assert_int_equal(head.cmsg_type, type);
	memcpy(&v, *at + CMSG_LEN(0), sizeof(v));
	*at += CMSG_ALIGN(head.cmsg_len);
	return v;
}

/* TTL and class of the ACK that ended the handshake, and whom it was for; who opened is told nothing. */
static void the_handshakes_last_packet_is_remembered(void **state)
{
	static const int wanted[] = { IP_PKTINFO, IP_RECVTTL, IP_RECVTOS };
	const socklen_t all = CMSG_SPACE(12) + 2 * CMSG_SPACE(4);
	struct tcp_script s;

	SCRIPT_ONLY4();
	(void)state;
	for (int accepted = 0; accepted < 2; accepted++) {
		uint8_t buf[200];
		const uint8_t *at = buf;
		socklen_t len = sizeof(buf);

		script_new(&s);
		if (accepted) {
			script_listen(&s, 5);
			SEND(&s, "S", 0, 0, 0);
			EXPECT(&s, "SA", 0, 1, 0);
			SEND(&s, "A", 1, 1, 0, .tos = 0x28);
			assert_int_equal(script_accept(&s), 0);
		} else {
			script_connected(&s);
		}
		assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_IP, IP_PKTOPTIONS,
						       buf, &len, s.t.now),
				 0);
		assert_int_equal(len, 0);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(script_set(&s, s.sock, IPPROTO_IP, wanted[i], 1), 0);
		len = sizeof(buf);
		assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_IP, IP_PKTOPTIONS,
						       buf, &len, s.t.now),
				 0);
		assert_int_equal(len, all);
		assert_memory_equal(buf + CMSG_LEN(8), test_ip4("10.0.0.1").b, 4);
		assert_int_equal(next_int(&at, IP_PKTINFO), accepted ? s.t.link->ifindex : 0);
		assert_int_equal(next_int(&at, IP_TTL), accepted ? 64 : 1);
		assert_int_equal(next_int(&at, IP_TOS), accepted ? 0x28 : 0);
		len = 20; /* cut where there is no room */
		assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_IP, IP_PKTOPTIONS,
						       buf, &len, s.t.now),
				 0);
		assert_int_equal(len, 20);
		script_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timeout_changes_the_label_unless_told_not_to),
		cmocka_unit_test(an_accepted_socket_has_its_listeners_will),
		cmocka_unit_test(the_class_of_a_syn_is_reflected_where_asked_for),
		cmocka_unit_test(the_handshakes_last_packet_is_remembered),
	};

	return SCRIPT_RUN(tests);
}
