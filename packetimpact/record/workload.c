// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/record/workload.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "wire/pcapng.h"

#define SNIFFER_BYTES (64 << 20)
#define PACKET_MAX 65600u
#define TICK_MS 50
#define LAST_TICKS 6 /* how long what the program left behind is listened to */

static int use_device(unsigned mtu)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = (int)mtu };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0 || ioctl(fd, SIOCSIFMTU, &ifr) || ioctl(fd, SIOCGIFFLAGS, &ifr))
		err = -errno;
	ifr.ifr_flags |= IFF_UP;
	if (!err && ioctl(fd, SIOCSIFFLAGS, &ifr))
		err = -errno;
	if (fd >= 0)
		(void)close(fd);
	return err;
}

static int open_sniffer(void)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_ALL),
					.sll_ifindex = (int)if_nametoindex("lo") };
	const int on = 1, bytes = SNIFFER_BYTES;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (!setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) &&
	    !bind(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fd;
	err = -errno;
	(void)close(fd);
	return err;
}

/* -- the capture -- */

static bool write_head(FILE *out)
{
	struct utsname name = { 0 };
	char about[160];
	uint8_t head[512];
	size_t n;

	(void)uname(&name);
	snprintf(about, sizeof(about), "packetimpact record, linux %.60s", name.release);
	n = sea_pcapng_put_section(head, sizeof(head), about);
	n += sea_pcapng_put_interface(head + n, sizeof(head) - n, SEA_LINKTYPE_RAW, 0, "lo");
	return fwrite(head, 1, n, out) == n;
}

static bool write_frame(FILE *out, const uint8_t *bytes, size_t len, uint64_t time_ns)
{
	const struct sea_pcapng_packet pkt = { .time_ns = time_ns,
					       .len = (uint32_t)len,
					       .caplen = (uint32_t)len };
	size_t size = sea_pcapng_packet_size(&pkt);
	uint8_t *block = malloc(size);
	uint8_t *at = block ? sea_pcapng_put_packet(block, size, &pkt) : NULL;
	bool good = at;

	if (at) {
		memcpy(at, bytes, len);
		good = fwrite(block, 1, size, out) == size;
	}
	free(block);
	return good;
}

static uint64_t stamp_of(struct msghdr *msg)
{
	struct timespec at = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&at, CMSG_DATA(c), sizeof(at));
	}
	return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* All that came. False: it could not be written. A loopback device shows each packet twice: as it leaves is enough. */
static bool drain(struct sea_workload *w, int fd, FILE *out)
{
	static uint8_t bytes[PACKET_MAX];
	union {
		struct cmsghdr align;
		char room[128];
	} control;

	for (;;) {
		struct sockaddr_ll from;
		struct iovec iov = { bytes, sizeof(bytes) };
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control.room,
				      .msg_controllen = sizeof(control.room) };
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0)
			return true;
		if (from.sll_pkttype != PACKET_OUTGOING || !n)
			continue;
		if (!write_frame(out, bytes, (size_t)n, stamp_of(&msg)))
			return false;
		w->frames++;
	}
}

/* -- the program -- */

static bool has_ended(struct sea_workload *w, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	w->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

static bool follow(struct sea_workload *w, pid_t pid, int fd, FILE *out)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	bool ended = false, good = true;

	for (unsigned ticks = 0; ticks < LAST_TICKS;) {
		int n = poll(&poll_fd, 1, TICK_MS);

		good = good && drain(w, fd, out);
		ended = ended || has_ended(w, pid);
		/* what is quiet is over */
		ticks += ended && n <= 0;
	}
	return good;
}

int sea_workload_run(struct sea_workload *w, FILE *out, const char **what)
{
	bool headed;
	pid_t pid;
	int fd, err;

	w->frames = 0;
	*what = "a network namespace";
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -errno;
	*what = "its loopback device";
	err = use_device(w->mtu);
	if (err)
		return err;
	*what = "a packet socket";
	fd = open_sniffer();
	if (fd < 0)
		return fd;
	*what = "a process";
	pid = fork();
	if (!pid) {
		execvp(w->argv[0], w->argv);
		_exit(127);
	}
	err = pid < 0 ? -errno : 0;
	*what = "the capture";
	headed = write_head(out);
	/* It is waited for in any case. */
	if (!err && (!follow(w, pid, fd, out) || !headed))
		err = -(errno ? errno : EIO);
	(void)close(fd);
	return err;
}
