/* SPDX-License-Identifier: Apache-2.0 */
/* System calls on the device: descriptors, sockets, memory that is none, waiting in virtual time. */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "transport/tcp/ao_struct.h"

static void a_call_is_known_by_its_name(void **state)
{
	enum sea_dut_nr nr;

	assert_true(sea_dut_nr_by_name("sendfile", &nr));
	assert_int_equal(nr, SEA_DUT_sendfile);
	assert_string_equal(sea_dut_nr_name(nr), "sendfile");
	assert_int_equal(sea_dut_nr_args(nr), 4);
	assert_false(sea_dut_nr_by_name("reboot", &nr));
}

static void the_lowest_descriptor_is_given(void **state)
{
	struct host h;

	host_new(&h);
	assert_int_equal(sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM, 0), 0);
	assert_int_equal(sys(&h, SEA_DUT_socket, AF_INET, SOCK_DGRAM, 0), 1);
	assert_int_equal(sys(&h, SEA_DUT_dup, 1), 2);
	assert_int_equal(sys(&h, SEA_DUT_close, 1), 0);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, 2, F_DUPFD, 5), 5);
	assert_int_equal(sys(&h, SEA_DUT_dup, 2), 1);
	assert_int_equal(sys(&h, SEA_DUT_dup2, 0, 9), 9);
	assert_int_equal(sys(&h, SEA_DUT_close, 3), -EBADF);
	assert_int_equal(sys(&h, SEA_DUT_dup2, 3, 0), -EBADF);
	host_end(&h);
}

static void flags_are_kept_in_the_file(void **state)
{
	struct host h;
	long fd, copy;

	host_new(&h);
	fd = sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, fd, F_GETFL), O_RDWR | O_NONBLOCK);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, fd, F_GETFD), FD_CLOEXEC);
	copy = sys(&h, SEA_DUT_dup, fd);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, copy, F_GETFD), 0);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, copy, F_SETFL, O_RDWR), 0);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, fd, F_GETFL), O_RDWR);
	assert_int_equal(sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM | 0x100, 0), -EINVAL);
	host_end(&h);
}

static void bytes_come_and_go(void **state)
{
	struct host h;
	char buf[100] = { 1 };
	uint8_t flags;
	int n = 0;
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_write, fd, buf, 10), 10);
	assert_int_equal(peer_take(&h, &flags), 10);
	assert_int_equal(flags, SEA_TCP_PSH | SEA_TCP_ACK);
	peer_send(&h, SEA_TCP_ACK, 30);
	assert_int_equal(sys(&h, SEA_DUT_ioctl, fd, SIOCINQ, &n), 0);
	assert_int_equal(n, 30);
	assert_int_equal(sys(&h, SEA_DUT_read, fd, buf, sizeof(buf)), 30);
	assert_int_equal(buf[0], 0);
	host_end(&h);
}

static void memory_that_is_none_is_efault(void **state)
{
	struct host h;
	struct iovec iov = { (void *)8, 10 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	long fd, other;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_write, fd, NULL, 10), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_send, fd, ~0ul - 5, 10), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_sendmsg, fd, &msg, 0), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_sendmsg, fd, NULL, 0), -EFAULT);
	/* An empty queue speaks first. */
	assert_int_equal(sys(&h, SEA_DUT_recv, fd, NULL, 10, MSG_DONTWAIT), -EAGAIN);
	peer_send(&h, SEA_TCP_ACK, 30);
	assert_int_equal(sys(&h, SEA_DUT_recv, fd, NULL, 10), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_readv, fd, &iov, 1), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_getsockopt, fd, SOL_SOCKET, SO_ERROR, NULL, NULL),
			 -EFAULT);
	other = sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(sys(&h, SEA_DUT_bind, other, NULL, 16), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_pipe, 1), -EFAULT);
	assert_int_equal(sys(&h, SEA_DUT_write, other, NULL, 10), -EPIPE);
	host_end(&h);
}

static void other_files_are_no_sockets(void **state)
{
	struct host h;
	int fds[2];

	host_new(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, fds), 0);
	assert_int_equal(sys(&h, SEA_DUT_listen, fds[0], 1), -ENOTSOCK);
	assert_int_equal(sys(&h, SEA_DUT_send, fds[1], "x", 1, 0), -ENOTSOCK);
	assert_int_equal(sys(&h, SEA_DUT_accept, 77, NULL, NULL), -EBADF);
	assert_int_equal(sys(&h, SEA_DUT_write, fds[0], "x", 1), -EBADF);
	assert_int_equal(sys(&h, SEA_DUT_read, fds[1], fds, 1), -EBADF);
	host_end(&h);
}

static void accept_waits_for_the_peer(void **state)
{
	struct host h;
	struct sea_dut_call call;
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);
	long listener;

	host_new(&h);
	listener = host_listen(&h, 0);
	begin(&h, &call, SEA_DUT_accept, listener, &from, &len);
	assert_false(call.done);
	assert_int_equal(sea_dut_run(h.dut, (sea_time){ 3 * SEA_SEC }, SEA_DUT_STOP_CALL), 0);
	assert_int_equal(sea_dut_now(h.dut).ns, 3 * SEA_SEC);
	peer_connect(&h);
	assert_true(call.done);
	assert_int_equal(call.began.ns, 0);
	assert_int_equal(call.ended.ns, 3 * SEA_SEC);
	assert_int_equal(call.result, listener + 1);
	assert_int_equal(ntohs(from.sin_port), PEER_PORT);
	host_end(&h);
}

static void a_timeout_ends_the_wait_to_the_nanosecond(void **state)
{
	struct host h;
	struct timeval tv = { .tv_usec = 150000 };
	struct sea_dut_call call;
	char byte;
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
			 0);
	begin(&h, &call, SEA_DUT_read, fd, &byte, 1);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.result, -EAGAIN);
	assert_int_equal(call.ended.ns, 150 * SEA_MSEC);
	host_end(&h);
}

static void a_signal_ends_a_wait(void **state)
{
	struct host h;
	struct sea_dut_call call, more;
	char buf[100];
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	begin(&h, &call, SEA_DUT_read, fd, buf, 10);
	sea_dut_interrupt(h.dut, &call);
	assert_true(call.done);
	assert_int_equal(call.result, -EINTR);
	begin(&h, &more, SEA_DUT_recv, fd, buf, 100, MSG_WAITALL);
	peer_send(&h, SEA_TCP_ACK, 30);
	assert_false(more.done);
	sea_dut_interrupt(h.dut, &more);
	assert_int_equal(more.result, 30);
	host_end(&h);
}

/* The file lives as long as somebody is in a call on it. */
static void a_pending_call_survives_close(void **state)
{
	struct host h;
	struct sea_dut_call call;
	char byte;
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	begin(&h, &call, SEA_DUT_read, fd, &byte, 1);
	assert_int_equal(sys(&h, SEA_DUT_close, fd), 0);
	assert_int_equal(peer_take(&h, NULL), -1);
	peer_send(&h, SEA_TCP_ACK, 1);
	assert_true(call.done);
	assert_int_equal(call.result, 1);
	host_end(&h);
}

static void close_lingers_until_the_peer_has_all(void **state)
{
	struct host h;
	struct linger linger = { 1, 5 };
	struct sea_dut_call call;
	uint8_t flags;
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(
		sys(&h, SEA_DUT_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	assert_int_equal(sys(&h, SEA_DUT_write, fd, "x", 1), 1);
	begin(&h, &call, SEA_DUT_close, fd);
	assert_false(call.done);
	assert_int_equal(peer_take(&h, &flags), 1);
	assert_int_equal(peer_take(&h, &flags), 0);
	assert_int_equal(flags, SEA_TCP_FIN | SEA_TCP_ACK);
	peer_send(&h, SEA_TCP_ACK, 0);
	assert_true(call.done);
	assert_int_equal(call.result, 0);
	host_end(&h);
}

static void time_jumps_to_the_next_packet(void **state)
{
	struct host h;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sea_dut_packet packet;
	struct sea_dut_call call;
	long fd;

	host_new(&h);
	to.sin_addr.s_addr = htonl(0xc0000201);
	fd = sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM, 0);
	begin(&h, &call, SEA_DUT_connect, fd, &to, sizeof(to));
	assert_true(sea_dut_take(h.dut, &packet));
	assert_int_equal(packet.time.ns, 0);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_PACKET),
			 SEA_DUT_STOP_PACKET);
	assert_true(sea_dut_take(h.dut, &packet));
	assert_int_equal(packet.time.ns, SEA_SEC);
	assert_false(sea_dut_take(h.dut, &packet));
	assert_false(call.done);
	host_end(&h);
}

static void nothing_happens_where_nothing_waits(void **state)
{
	struct host h;

	host_new(&h);
	assert_int_equal(sea_dut_run(h.dut, (sea_time){ SEA_SEC }, SEA_DUT_STOP_PACKET), 0);
	assert_int_equal(sea_dut_now(h.dut).ns, SEA_SEC);
	host_end(&h);
}

static void super_segments_leave_whole_until_tso_is_off(void **state)
{
	struct host h;
	struct sea_dut_packet packet;
	char buf[4000] = { 0 };
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_write, fd, buf, 4000), 4000);
	assert_true(sea_dut_take(h.dut, &packet));
	assert_int_equal(packet.gso_size, 536);
	assert_true(packet.len > 1500);
	assert_int_equal(
		sea_csum_fold(sea_csum_scalar(packet.bytes + 20, packet.len - 20,
					      sea_csum_pseudo4(packet.bytes + 12, packet.bytes + 16,
							       6, (uint32_t)packet.len - 20))),
		0xffff);
	while (peer_take(&h, NULL) >= 0)
		continue;
	peer_send(&h, SEA_TCP_ACK, 0);
	assert_int_equal(sea_dut_offload(h.dut, "tso", false), 0);
	assert_int_equal(sys(&h, SEA_DUT_write, fd, buf, 4000), 4000);
	while (sea_dut_take(h.dut, &packet)) {
		assert_int_equal(packet.gso_size, 0);
		assert_true(packet.len <= 536 + 40);
	}
	assert_int_equal(sea_dut_offload(h.dut, "rx-fcs", true), -EOPNOTSUPP);
	host_end(&h);
}

static void an_injected_super_segment_is_one(void **state)
{
	struct host h;
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	unsigned before;
	long fd;

	host_new(&h);
	fd = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	before = info.tcpi_segs_in;
	h.peer_gso = 1000;
	peer_send(&h, SEA_TCP_ACK, 3000);
	assert_int_equal(sys(&h, SEA_DUT_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(info.tcpi_bytes_received, 3000);
	assert_int_equal(info.tcpi_segs_in - before, 3);
	host_end(&h);
}

static void what_is_no_packet_is_refused(void **state)
{
	static uint8_t much[SEA_DUT_PACKET_MAX + 1] = { 0x45 };
	struct host h;
	struct sea_dut_packet packet = { .bytes = (const uint8_t *)"\x25", .len = 1 };

	host_new(&h);
	assert_int_equal(sea_dut_inject(h.dut, &packet), -EINVAL);
	packet.len = 0;
	assert_int_equal(sea_dut_inject(h.dut, &packet), -EINVAL);
	packet = (struct sea_dut_packet){ .bytes = much, .len = sizeof(much) };
	assert_int_equal(sea_dut_inject(h.dut, &packet), -EINVAL);
	packet.len = 3;
	assert_int_equal(sea_dut_inject(h.dut, &packet), 0);
	host_end(&h);
}

static void files_of_the_machine_are_read_only(void **state)
{
	struct host h;
	char path[] = "/tmp/seastack-dut-file-XXXXXX", buf[8];
	int made = mkstemp(path);
	long fd;

	assert_true(made >= 0);
	assert_int_equal(write(made, "hello", 5), 5);
	close(made);
	host_new(&h);
	fd = sys(&h, SEA_DUT_open, path, O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(sys(&h, SEA_DUT_read, fd, buf, 3), 3);
	assert_int_equal(sys(&h, SEA_DUT_read, fd, buf, 8), 2);
	assert_int_equal(sys(&h, SEA_DUT_read, fd, buf, 8), 0);
	assert_int_equal(sys(&h, SEA_DUT_open, path, O_RDWR, 0), -EROFS);
	assert_int_equal(sys(&h, SEA_DUT_open, "/dev/null", O_RDONLY, 0), -EACCES);
	assert_int_equal(sys(&h, SEA_DUT_open, NULL, O_RDONLY, 0), -EFAULT);
	unlink(path);
	assert_int_equal(sys(&h, SEA_DUT_open, path, O_RDONLY, 0), -ENOENT);
	host_end(&h);
}

static long ask_keys(struct host *h, long fd, struct tcp_ao_getsockopt *keys, socklen_t *len)
{
	return sys(h, SEA_DUT_getsockopt, fd, IPPROTO_TCP, TCP_AO_GET_KEYS, keys, len);
}

static void keys_are_told_as_on_linux(void **state)
{
	struct tcp_ao_add add = {
		.alg_name = "hmac(sha1)", .prefix = 32, .keylen = 3, .key = "key"
	};
	struct tcp_ao_getsockopt wish = { .nkeys = 2, .bits = TCP_AO_GET_ALL }, *keys;
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000001) };
	socklen_t len = sizeof(wish);
	struct host h;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long fd, err = 0;

	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	host_new(&h);
	fd = sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM, 0);
	memcpy(&add.addr, &peer, sizeof(peer));
	for (add.sndid = 1; add.sndid <= 3 && !err; add.sndid++) {
		add.rcvid = add.sndid;
		err = sys(&h, SEA_DUT_setsockopt, fd, IPPROTO_TCP, TCP_AO_ADD_KEY, &add,
			  sizeof(add));
	}
	keys = (void *)(page + 4096 - 2 * sizeof(*keys));
	*keys = wish;
	if (!err) {
		assert_int_equal(ask_keys(&h, fd, keys, &len), 0);
		assert_int_equal(len, sizeof(*keys));
		assert_int_equal(keys[0].nkeys, 3);
		assert_int_equal(keys[1].keylen, 3);
		wish.nkeys = UINT32_MAX;
		*keys = wish;
		assert_int_equal(ask_keys(&h, fd, keys, &len), -EFAULT);
	}
	host_end(&h);
	munmap(page, 8192);
	if (err == -ENOPROTOOPT)
		skip();
	assert_int_equal(err, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_known_by_its_name),
		cmocka_unit_test(the_lowest_descriptor_is_given),
		cmocka_unit_test(flags_are_kept_in_the_file),
		cmocka_unit_test(bytes_come_and_go),
		cmocka_unit_test(memory_that_is_none_is_efault),
		cmocka_unit_test(other_files_are_no_sockets),
		cmocka_unit_test(accept_waits_for_the_peer),
		cmocka_unit_test(a_timeout_ends_the_wait_to_the_nanosecond),
		cmocka_unit_test(a_signal_ends_a_wait),
		cmocka_unit_test(a_pending_call_survives_close),
		cmocka_unit_test(close_lingers_until_the_peer_has_all),
		cmocka_unit_test(time_jumps_to_the_next_packet),
		cmocka_unit_test(nothing_happens_where_nothing_waits),
		cmocka_unit_test(super_segments_leave_whole_until_tso_is_off),
		cmocka_unit_test(an_injected_super_segment_is_one),
		cmocka_unit_test(keys_are_told_as_on_linux),
		cmocka_unit_test(what_is_no_packet_is_refused),
		cmocka_unit_test(files_of_the_machine_are_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
