/* SPDX-License-Identifier: Apache-2.0 */
/* splice and sendfile that wait, and what their segments look like. */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static void splice_waits_for_bytes(void **state)
{
	struct host h;
	struct sea_dut_call call;
	int p[2];
	long conn;

	host_new(&h);
	conn = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	begin(&h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, 0);
	assert_false(call.done);
	peer_send(&h, SEA_TCP_ACK, 300);
	assert_true(call.done);
	assert_int_equal(call.result, 300);
	begin(&h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, 0);
	peer_send(&h, SEA_TCP_FIN | SEA_TCP_ACK, 0);
	assert_int_equal(call.result, 0);
	host_end(&h);
}

static void splice_obeys_the_sockets_timeout(void **state)
{
	struct host h;
	struct timeval tv = { 2, 0 };
	struct sea_dut_call call;
	int p[2];
	long conn;

	host_new(&h);
	conn = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	assert_int_equal(
		sys(&h, SEA_DUT_setsockopt, conn, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	begin(&h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, 0);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.ended.ns - call.began.ns, 2 * SEA_SEC);
	assert_int_equal(call.result, -EAGAIN);
	host_end(&h);
}

static void a_full_pipe_takes_no_more_until_it_is_read(void **state)
{
	static char buf[65536];
	struct host h;
	struct sea_dut_call call;
	int p[2];
	long conn;

	host_new(&h);
	conn = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	assert_int_equal(sys(&h, SEA_DUT_write, p[1], buf, 65536), 65536);
	peer_send(&h, SEA_TCP_ACK, 300);
	begin(&h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, SPLICE_F_NONBLOCK);
	assert_int_equal(call.result, -EAGAIN);
	begin(&h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, 0);
	assert_false(call.done);
	assert_int_equal(sys(&h, SEA_DUT_read, p[0], buf, 4096), 4096);
	assert_true(call.done);
	assert_int_equal(call.result, 300);
	host_end(&h);
}

static void what_leaves_a_pipe_is_one_write(void **state)
{
	struct host h;
	int p[2];
	long conn;

	host_new(&h);
	conn = host_connection(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	for (int i = 0; i < 3; i++) {
		peer_send(&h, SEA_TCP_ACK, 100);
		assert_int_equal(sys(&h, SEA_DUT_splice, conn, NULL, p[1], NULL, 100, 0), 100);
	}
	while (peer_take(&h, NULL) >= 0)
		continue;
	assert_int_equal(sys(&h, SEA_DUT_splice, p[0], NULL, conn, NULL, 1000, 0), 300);
	assert_int_equal(peer_take(&h, NULL), 300);
	host_end(&h);
}

static long file_of(struct host *h, off_t len)
{
	char path[] = "/tmp/seastack-dut-file-XXXXXX";
	int fd = mkstemp(path);
	long opened;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, len), 0);
	close(fd);
	opened = sys(h, SEA_DUT_open, path, O_RDONLY, 0);
	unlink(path);
	return opened;
}

static void sendfile_waits_for_room(void **state)
{
	struct host h;
	struct sea_dut_call call;
	const off_t len = 1000000;
	long conn, file, got = 0, n;
	unsigned rounds = 0;

	host_new(&h);
	conn = host_connection(&h);
	file = file_of(&h, len);
	begin(&h, &call, SEA_DUT_sendfile, conn, file, NULL, 2 * len);
	assert_false(call.done);
	while (got < len && rounds++ < 100000) {
		while ((n = peer_take(&h, NULL)) >= 0)
			got += n;
		peer_send(&h, SEA_TCP_ACK, 0);
		(void)sea_dut_run(h.dut, sea_time_add(sea_dut_now(h.dut), SEA_MSEC), 0);
	}
	assert_int_equal(got, len);
	assert_true(call.done);
	assert_int_equal(call.result, len);
	host_end(&h);
}

static void sendfile_that_does_not_wait_is_short(void **state)
{
	struct host h;
	long conn, file, n;
	off_t at = 10;

	host_new(&h);
	conn = host_connection(&h);
	file = file_of(&h, 10000000);
	assert_int_equal(sys(&h, SEA_DUT_fcntl, conn, F_SETFL, O_NONBLOCK), 0);
	n = sys(&h, SEA_DUT_sendfile, conn, file, &at, 9000000);
	assert_true(n > 0 && n < 9000000);
	assert_int_equal(at, 10 + n);
	assert_int_equal(sys(&h, SEA_DUT_sendfile, conn, file, &at, 9000000), -EAGAIN);
	assert_int_equal(at, 10 + n);
	host_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splice_waits_for_bytes),
		cmocka_unit_test(splice_obeys_the_sockets_timeout),
		cmocka_unit_test(a_full_pipe_takes_no_more_until_it_is_read),
		cmocka_unit_test(what_leaves_a_pipe_is_one_write),
		cmocka_unit_test(sendfile_waits_for_room),
		cmocka_unit_test(sendfile_that_does_not_wait_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
