/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <linux/netlink.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seastack/stats.h>

#include "tests/lib/exec_seat.h"
#include "transport/tcp/ao_struct.h"

#define AT(offset) (EXEC_ARENA_AT + (offset))
#define CALL(name, ...) exec_seat_call(seat, SYS_##name, (const uint64_t[6]){ __VA_ARGS__ })

static int set_up(void **state)
{
	static struct exec_seat seat;

	exec_seat_open(&seat);
	*state = &seat;
	return 0;
}

static int tear_down(void **state)
{
	exec_seat_close(*state);
	return 0;
}

static short ready(uint64_t fd)
{
	struct pollfd there = { .fd = (int)fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	return poll(&there, 1, 0) < 0 ? -1 : there.revents;
}

/* A socket of 127.0.0.1 and this port; its name lies at the arena's beginning. */
static uint64_t bound(struct exec_seat *seat, int type, uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int64_t fd = CALL(socket, AF_INET, (uint64_t)type, 0);

	assert_true(fd > 2);
	memcpy(seat->arena, &name, sizeof(name));
	assert_int_equal(CALL(bind, (uint64_t)fd, AT(0), sizeof(name)), 0);
	return (uint64_t)fd;
}

static void turn_until(struct exec_seat *seat, uint64_t fd, short mask)
{
	for (int i = 0; i < 1000 && (ready(fd) & mask) != mask; i++)
		exec_seat_turn(seat);
	assert_int_equal(ready(fd) & mask, mask);
}

static void a_datagram_shows_and_is_read(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = bound(seat, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 77);

	assert_int_equal(fcntl((int)fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(ready(fd), POLLOUT);
	assert_int_equal(CALL(recvfrom, fd, AT(100), 10), -EAGAIN);
	memcpy(seat->arena + 50, "hello", 5);
	assert_int_equal(CALL(sendto, fd, AT(50), 5, 0, AT(0), sizeof(struct sockaddr_in)), 5);
	turn_until(seat, fd, POLLIN);
	assert_int_equal(CALL(read, fd, AT(100), 10), 5);
	assert_memory_equal(seat->arena + 100, "hello", 5);
	assert_int_equal(ready(fd), POLLOUT);
}

static void a_call_waits_until_there_is_something(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = bound(seat, SOCK_DGRAM, 78);

	assert_int_equal(CALL(recvfrom, fd, AT(100), 10), -EINPROGRESS);
	assert_int_equal(CALL(sendto, fd, AT(50), 5, 0, AT(0), sizeof(struct sockaddr_in)), 5);
	for (int i = 0; i < 1000 && seat->answered_id != 3; i++)
		exec_seat_turn(seat);
	assert_int_equal(seat->result, 5);
	assert_int_equal(ready(fd), POLLOUT);
}

static size_t count_sockets(struct exec_seat *seat)
{
	struct sea_memory memory = { .size = sizeof(memory) };

	sea_stack_memory(seat->host.stack, &memory);
	return memory.sockets;
}

/* As if_nametoindex() asks: by a socket of the kernel's, or of ours. */
static void asking_for_a_link_leaves_no_socket(void **state)
{
	struct exec_seat *seat = *state;
	const size_t before = count_sockets(seat);
	uint64_t strange = (uint64_t)socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t own = (uint64_t)CALL(socket, AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { .ifr_name = "no such link" };

	memcpy(seat->arena, &ifr, sizeof(ifr));
	assert_int_equal(CALL(ioctl, strange, SIOCGIFINDEX, AT(0)), -ENODEV);
	assert_int_equal(CALL(ioctl, own, SIOCGIFINDEX, AT(0)), -ENODEV);
	strcpy((char *)seat->arena, "lo");
	assert_int_equal(CALL(ioctl, strange, SIOCGIFINDEX, AT(0)), 0);
	memcpy(&ifr, seat->arena, sizeof(ifr));
	assert_int_equal(ifr.ifr_ifindex, 1);
	assert_int_equal(CALL(ioctl, strange, SIOCGIFINDEX, 8), -EFAULT);
	assert_int_equal(count_sockets(seat), before + 1);
	exec_seat_close_given(seat, 0);
	sea_standin_look(seat->server, UINT32_MAX, sea_os_now());
	assert_int_equal(count_sockets(seat), before);
	close((int)strange);
}

static void the_last_close_closes_the_stacks_socket(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = bound(seat, SOCK_STREAM, 79), again;
	int twin = dup((int)fd);

	assert_int_equal(CALL(listen, fd, 1), 0);
	exec_seat_close_given(seat, 0);
	again = (uint64_t)CALL(socket, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(CALL(bind, again, AT(0), sizeof(struct sockaddr_in)), -EADDRINUSE);
	close(twin);
	assert_int_equal(CALL(bind, again, AT(0), sizeof(struct sockaddr_in)), 0);
}

static void a_datagram_sockets_port_is_free_after_its_close(void **state)
{
	struct exec_seat *seat = *state;

	bound(seat, SOCK_DGRAM, 80);
	exec_seat_close_given(seat, 0);
	bound(seat, SOCK_DGRAM, 80);
}

static void a_connection_shows_its_end(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t door = bound(seat, SOCK_STREAM, 81), one, two;

	assert_int_equal(CALL(listen, door, 1), 0);
	one = (uint64_t)CALL(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(CALL(connect, one, AT(0), sizeof(struct sockaddr_in)), -EINPROGRESS);
	turn_until(seat, door, POLLIN);
	two = (uint64_t)CALL(accept4, door, 0, 0, SOCK_CLOEXEC);
	turn_until(seat, one, POLLOUT);
	assert_int_equal(ready(one), POLLOUT);
	assert_int_equal(CALL(shutdown, two, SHUT_WR), 0);
	turn_until(seat, one, POLLRDHUP);
	assert_int_equal(ready(one), POLLIN | POLLOUT | POLLRDHUP);
	assert_int_equal(CALL(read, one, AT(100), 10), 0);
	assert_int_equal(CALL(shutdown, one, SHUT_WR), 0);
	assert_int_equal(ready(one), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void what_is_not_the_stacks_is_the_kernels(void **state)
{
	struct exec_seat *seat = *state;

	CALL(read, 0, AT(0), 10);
	assert_true(seat->went_on);
	CALL(write, 999999, AT(0), 10);
	assert_true(seat->went_on);
	strcpy((char *)seat->arena, "/etc/passwd");
	CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY);
	assert_true(seat->went_on);
	assert_int_equal(CALL(socket, AF_NETLINK, SOCK_RAW, 99), -EPROTONOSUPPORT);
}

static void a_sysctl_is_read_and_written(void **state)
{
	struct exec_seat *seat = *state;
	char text[16] = "";
	int64_t fd;

	strcpy((char *)seat->arena, "/proc/sys/net/ipv4/ip_default_ttl");
	fd = CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_WRONLY | O_TRUNC);
	memcpy(seat->arena + 100, "99\n", 3);
	assert_int_equal(CALL(write, (uint64_t)fd, AT(100), 3), 3);
	assert_int_equal(CALL(write, (uint64_t)fd, AT(0), 3), -EINVAL);
	assert_int_equal(CALL(write, (uint64_t)fd, AT(102), 1), -EINVAL); /* an empty line */
	assert_int_equal(CALL(sendto, (uint64_t)fd, AT(100), 3, 0, 0, 0), -ENOTSOCK);
	fd = CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY);
	assert_int_equal(read((int)fd, text, sizeof(text)), 3);
	assert_string_equal(text, "99\n");
}

static uint32_t netlink_port(struct exec_seat *seat)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	const uint32_t room = sizeof(name);
	int64_t fd = CALL(socket, AF_NETLINK, SOCK_RAW, 0);

	assert_true(fd > 2);
	memcpy(seat->arena, &name, sizeof(name));
	memcpy(seat->arena + 50, &room, sizeof(room));
	assert_int_equal(CALL(bind, (uint64_t)fd, AT(0), sizeof(name)), 0);
	assert_int_equal(CALL(bind, (uint64_t)fd, AT(0), sizeof(name)), -EINVAL); /* it has one */
	assert_int_equal(CALL(getsockname, (uint64_t)fd, AT(0), AT(50)), 0);
	memcpy(&name, seat->arena, sizeof(name));
	return name.nl_pid;
}

static void a_netlink_port_is_the_number_of_the_process(void **state)
{
	struct exec_seat *seat = *state;
	uint32_t second;

	assert_int_equal(netlink_port(seat), getpid());
	second = netlink_port(seat);
	assert_true(second && second != (uint32_t)getpid());
}

static rlim_t limit_descriptors(rlim_t limit)
{
	struct rlimit r;
	rlim_t was;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	was = r.rlim_cur;
	r.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	return was;
}

static void few_descriptors_are_left_to_calls_that_end_at_once(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = bound(seat, SOCK_DGRAM, 84);
	rlim_t was = limit_descriptors(100);

	assert_int_equal(CALL(socket, AF_INET, SOCK_DGRAM, 0), -ENFILE);
	assert_int_equal(CALL(recvfrom, fd, AT(100), 10), -ENOBUFS);
	assert_int_equal(CALL(recvfrom, fd, AT(100), 10, MSG_DONTWAIT), -EAGAIN);
	limit_descriptors(3); /* none is left */
	assert_int_equal(CALL(sendto, fd, AT(50), 5, 0, AT(0), sizeof(struct sockaddr_in)),
			 -ENOBUFS);
	limit_descriptors(was);
	assert_int_equal(CALL(sendto, fd, AT(50), 5, 0, AT(0), sizeof(struct sockaddr_in)), 5);
}

static void a_table_of_the_stack_is_read(void **state)
{
	struct exec_seat *seat = *state;
	char text[1024] = "";
	int64_t fd;

	bound(seat, SOCK_DGRAM, 83);
	strcpy((char *)seat->arena, "/proc/self/net/udp");
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDWR), -EACCES);
	fd = CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY);
	assert_int_equal(read((int)fd, text, sizeof(text) - 1), 2 * 128);
	assert_non_null(strstr(text, ": 0100007F:0053 00000000:0000 07 "));
	assert_int_equal(lseek((int)fd, 128, SEEK_SET), 128);
	assert_int_equal(read((int)fd, text, sizeof(text) - 1), 128);
	strcpy((char *)seat->arena, "/proc/net/no_such_table");
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY), -ENOENT);
	strcpy((char *)seat->arena, "/proc/net/unix");
	CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY);
	assert_true(seat->went_on);
}

/* -- folders -- */

static void ask_for(struct exec_seat *seat, const char *path)
{
	strcpy((char *)seat->arena, path);
}

/* The names that a descriptor lists in pieces of `room` bytes, with a blank behind each, in order; folders end in '/'. */
static char *listed(struct exec_seat *seat, uint64_t fd, size_t room)
{
	static char names[4096];
	char *to = names;
	int64_t n;

	while ((n = CALL(getdents64, fd, AT(1024), room)) > 0) {
		for (size_t at = 1024; at < 1024 + (size_t)n;) {
			const char *name = (char *)seat->arena + at + 19;
			uint16_t len;

			memcpy(&len, seat->arena + at + 16, sizeof(len));
			assert_true(len >= 24 && len % 8 == 0);
			if (name[0] != '.')
				to += sprintf(to, "%s%s ", name, name[-1] == DT_DIR ? "/" : "");
			at += len;
		}
	}
	assert_int_equal(n, 0);
	*to = '\0';
	return names;
}

/* What the kernel has as well is its own, but for what is listed of it. */
static void the_kernels_folder_lists_what_the_stack_has(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = (uint64_t)open("/proc/sys/net/ipv4/conf", O_RDONLY | O_CLOEXEC);

	ask_for(seat, "/proc/sys/net/ipv4/conf");
	CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY | O_DIRECTORY);
	assert_true(seat->went_on);
	CALL(newfstatat, (uint64_t)AT_FDCWD, AT(0), AT(1024), 0);
	assert_true(seat->went_on);
	assert_string_equal(listed(seat, fd, 1024), "all/ default/ lo/ ");
	assert_int_equal(lseek((int)fd, 0, SEEK_SET), 0);
	assert_string_equal(listed(seat, fd, 32), "all/ default/ lo/ ");
	assert_int_equal(lseek((int)fd, 0, SEEK_SET), 0);
	assert_int_equal(CALL(getdents64, fd, AT(1024), 23), -EINVAL);
	assert_int_equal(CALL(getdents64, fd, 8, 1024), -EFAULT);
	close((int)fd);
}

static void a_folder_of_the_stacks_alone_is_a_folder(void **state)
{
	struct exec_seat *seat = *state;
	struct stat of_path, of_fd;
	int64_t fd, file;

	ask_for(seat, "/proc/sys/net/ipv4/neigh/default/");
	fd = CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY | O_DIRECTORY);
	assert_true(fd > 2);
	assert_int_equal(fcntl((int)fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	CALL(newfstatat, (uint64_t)AT_FDCWD, AT(0), AT(1024), 0);
	memcpy(&of_path, seat->arena + 1024, sizeof(of_path));
	assert_int_equal(CALL(fstat, (uint64_t)fd, AT(1024)), 0);
	memcpy(&of_fd, seat->arena + 1024, sizeof(of_fd));
	assert_int_equal(of_fd.st_mode, S_IFDIR | 0555);
	assert_int_equal(of_fd.st_ino, of_path.st_ino);
	assert_int_equal(of_fd.st_dev, of_path.st_dev);
	assert_non_null(strstr(listed(seat, (uint64_t)fd, 64), "anycast_delay app_solicit "));
	assert_int_equal(CALL(read, (uint64_t)fd, AT(1024), 1), -EISDIR);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDWR), -EISDIR);
	assert_int_equal(CALL(lgetxattr, AT(0), AT(0), AT(1024), 9), -EOPNOTSUPP);
	ask_for(seat, "mcast_solicit");
	file = CALL(openat, (uint64_t)fd, AT(0), O_RDONLY);
	assert_int_equal(read((int)file, seat->arena + 1024, 99), 2);
	assert_int_equal(CALL(openat, (uint64_t)fd, AT(0), O_DIRECTORY), -ENOTDIR);
	ask_for(seat, "../lo/mcast_solicit");
	assert_int_equal(CALL(faccessat, (uint64_t)fd, AT(0), R_OK | W_OK), 0);
	assert_int_equal(CALL(faccessat, (uint64_t)fd, AT(0), X_OK), -EACCES);
	ask_for(seat, "");
	assert_int_equal(CALL(newfstatat, (uint64_t)fd, AT(0), AT(1024), AT_EMPTY_PATH), 0);
	CALL(newfstatat, (uint64_t)fd, AT(0), AT(1024), 0);
	assert_true(seat->went_on);
}

/* Where the kind is the last byte. */
static void old_programs_list_as_well(void **state)
{
#ifdef SYS_getdents
	struct exec_seat *seat = *state;
	uint64_t fd = (uint64_t)open("/proc/sys/net/ipv4/conf", O_RDONLY | O_CLOEXEC);
	uint16_t len;

	assert_int_equal(CALL(getdents, fd, AT(0), 1024), 2 * 24 + 24 + 32 + 24);
	memcpy(&len, seat->arena + 2 * 24 + 16, sizeof(len));
	assert_int_equal(len, 24);
	assert_string_equal((char *)seat->arena + 2 * 24 + 18, "all");
	assert_int_equal(seat->arena[2 * 24 + 23], DT_DIR);
	assert_int_equal(CALL(getdents, fd, AT(0), 1024), 0);
	close((int)fd);
#else
	(void)state;
	skip();
#endif
}

static void expect_mode(struct exec_seat *seat, const char *path, mode_t mode)
{
	struct stat st;

	ask_for(seat, path);
	assert_int_equal(CALL(newfstatat, (uint64_t)AT_FDCWD, AT(0), AT(1024), 0), 0);
	memcpy(&st, seat->arena + 1024, sizeof(st));
	assert_int_equal(st.st_mode, mode);
}

static void modes_say_who_may_do_what(void **state)
{
	struct exec_seat *seat = *state;

	expect_mode(seat, "/proc/sys/net/ipv4/ip_forward", S_IFREG | 0644);
	expect_mode(seat, "/proc/sys/net/ipv4/tcp_available_congestion_control", S_IFREG | 0444);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_WRONLY), -EACCES);
	assert_int_equal(CALL(faccessat, (uint64_t)AT_FDCWD, AT(0), W_OK), -EACCES);
	expect_mode(seat, "/proc/sys/net/ipv4/tcp_fastopen_key", S_IFREG | 0600);
	expect_mode(seat, "/proc/sys/net/ipv4/route/flush", S_IFREG | 0200);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY), -EACCES);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDWR), -EACCES);
	assert_true(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_WRONLY) > 2);
	expect_mode(seat, "/proc/net/tcp", S_IFREG | 0444);
	ask_for(seat, "/proc/sys/net/ipv4/ip_forward/");
	assert_int_equal(CALL(newfstatat, (uint64_t)AT_FDCWD, AT(0), AT(1024), 0), -ENOTDIR);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY), -ENOTDIR);
	ask_for(seat, "/proc/sys/net/no_such_folder");
	assert_int_equal(CALL(newfstatat, (uint64_t)AT_FDCWD, AT(0), AT(1024), 0), -ENOENT);
	assert_int_equal(CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_DIRECTORY), -ENOENT);
}

/* A secret that was never set is an error to who reads it. */
static void reading_what_is_not_there_is_an_error(void **state)
{
	struct exec_seat *seat = *state;
	int64_t fd;

	expect_mode(seat, "/proc/sys/net/ipv6/conf/lo/stable_secret", S_IFREG | 0600);
	fd = CALL(openat, (uint64_t)AT_FDCWD, AT(0), O_RDONLY);
	assert_true(fd > 2);
	assert_int_equal(CALL(read, (uint64_t)fd, AT(1024), 99), -EIO);
}

static void pointers_that_lead_nowhere_are_faults(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = bound(seat, SOCK_DGRAM, 82);

	assert_int_equal(CALL(connect, fd, 8, 16), -EFAULT);
	assert_int_equal(CALL(sendto, fd, 8, 16, 0, AT(0), 16), -EFAULT);
	assert_int_equal(CALL(sendmsg, fd, AT(EXEC_ARENA - 8), 0), -EFAULT);
	assert_int_equal(CALL(getsockname, fd, AT(0), 8), -EFAULT);
	assert_int_equal(CALL(writev, fd, AT(0), 1025), -EINVAL);
}

#define KEY sizeof(struct tcp_ao_getsockopt)

/* A stream with keys 1 to 3; 0: this build has none. */
static uint64_t with_keys(struct exec_seat *seat)
{
	uint64_t fd = (uint64_t)CALL(socket, AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in peer = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (uint8_t i = 1; i <= 3; i++) {
		struct tcp_ao_add key = { .alg_name = "hmac(sha1)",
					  .prefix = 32,
					  .sndid = i,
					  .rcvid = i,
					  .keylen = 3,
					  .key = "key" };
		int64_t err;

		memcpy(&key.addr, &peer, sizeof(peer));
		memcpy(seat->arena, &key, sizeof(key));
		err = CALL(setsockopt, fd, IPPROTO_TCP, TCP_AO_ADD_KEY, AT(0), sizeof(key));
		if (err == -ENOPROTOOPT)
			return 0;
		assert_int_equal(err, 0);
	}
	return fd;
}

/* Asks for at most `n` keys, into elements of `len` bytes from `at` on. */
static int64_t keys_of(struct exec_seat *seat, uint64_t fd, size_t at, unsigned n, int len)
{
	struct tcp_ao_getsockopt wish = { .nkeys = n, .bits = TCP_AO_GET_ALL };

	memcpy(seat->arena + at, &wish, sizeof(wish));
	memcpy(seat->arena, &len, sizeof(len));
	return CALL(getsockopt, fd, IPPROTO_TCP, TCP_AO_GET_KEYS, AT(at), AT(0));
}

static struct tcp_ao_getsockopt key_at(const struct exec_seat *seat, size_t at)
{
	struct tcp_ao_getsockopt key;

	memcpy(&key, seat->arena + at, sizeof(key));
	return key;
}

static void keys_are_told_as_on_linux(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = with_keys(seat);
	int len;

	if (!fd)
		skip();
	memset(seat->arena, 0xee, EXEC_ARENA);
	assert_int_equal(keys_of(seat, fd, 8, 2, KEY), 0);
	memcpy(&len, seat->arena, sizeof(len));
	assert_int_equal(len, KEY);
	assert_int_equal(key_at(seat, 8).nkeys, 3);
	assert_int_equal(key_at(seat, 8).keylen, 3);
	assert_int_equal(key_at(seat, 8 + KEY).keylen, 3);
	assert_int_equal(key_at(seat, 8 + 2 * KEY).keylen, 0xee);
	assert_int_not_equal(key_at(seat, 8).sndid, key_at(seat, 8 + KEY).sndid);
	/* None. */
	assert_int_equal(keys_of(seat, fd, 8, 0, KEY), 0);
	assert_int_equal(key_at(seat, 8).nkeys, 3);
	assert_int_equal(key_at(seat, 8).keylen, 0);
	/* A newer program's elements are longer. */
	assert_int_equal(keys_of(seat, fd, 8, 9, KEY + 96), -E2BIG);
	memset(seat->arena + 8 + KEY, 0, 96);
	assert_int_equal(keys_of(seat, fd, 8, 9, KEY + 96), 0);
	assert_int_equal(key_at(seat, 8 + 2 * (KEY + 96)).keylen, 3);
	assert_int_equal(keys_of(seat, fd, 8, 9, KEY - 1), -EINVAL);
	assert_int_equal(keys_of(seat, fd, 8, 9, 1 << 30), -E2BIG);
}

static void keys_beyond_the_programs_memory_are_a_fault(void **state)
{
	struct exec_seat *seat = *state;
	uint64_t fd = with_keys(seat);
	size_t at = EXEC_ARENA - 2 * KEY;

	if (!fd)
		skip();
	assert_int_equal(keys_of(seat, fd, at, 2, KEY), 0);
	assert_int_equal(keys_of(seat, fd, at, UINT32_MAX, KEY), -EFAULT);
	assert_int_equal(CALL(getsockopt, fd, IPPROTO_TCP, TCP_AO_GET_KEYS, AT(at + KEY + 1),
			      AT(0)),
			 -EFAULT);
}

/* Where a filter of this machine's keeps descriptors apart, nothing of this can be. */
static bool may_fetch(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int fetched = (int)syscall(SYS_pidfd_getfd, self, 0, 0);

	close(fetched);
	close(self);
	return fetched >= 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_datagram_shows_and_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_call_waits_until_there_is_something, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(asking_for_a_link_leaves_no_socket, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_last_close_closes_the_stacks_socket, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_datagram_sockets_port_is_free_after_its_close,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_connection_shows_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_the_stacks_is_the_kernels, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_sysctl_is_read_and_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_netlink_port_is_the_number_of_the_process, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(few_descriptors_are_left_to_calls_that_end_at_once,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_table_of_the_stack_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_kernels_folder_lists_what_the_stack_has, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_folder_of_the_stacks_alone_is_a_folder, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(old_programs_list_as_well, set_up, tear_down),
		cmocka_unit_test_setup_teardown(modes_say_who_may_do_what, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reading_what_is_not_there_is_an_error, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(pointers_that_lead_nowhere_are_faults, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(keys_are_told_as_on_linux, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_beyond_the_programs_memory_are_a_fault, set_up,
						tear_down),
	};

	if (!may_fetch()) {
		puts("SKIP: pidfd_getfd(2) is not allowed here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
