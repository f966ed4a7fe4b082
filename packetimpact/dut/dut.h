/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device under test: a host with one interface, `tun0`, whose other end the script is, and a process
 * on it whose system calls the script makes. The loop of use:
 *
 *	sea_dut_config_default(&config, AF_INET);
 *	dut = sea_dut_seastack_new(&config);               or sea_dut_linux_new()
 *	sea_dut_shell(dut, "sysctl -q net.ipv4.tcp_sack=1", ".");
 *	sea_dut_call_init(&call, SEA_DUT_accept, fd, 0, 0, 0, 0, 0);
 *	sea_dut_begin(dut, &call);                         call.done already, or it blocks
 *	sea_dut_inject(dut, &syn);
 *	why = sea_dut_run(dut, until, SEA_DUT_STOP_PACKET | SEA_DUT_STOP_CALL);
 *	if (sea_dut_take(dut, &packet))
 *		compare(packet.bytes, packet.len, packet.time);
 *	sea_dut_close(dut);
 *
 * Times are of the device's own clock, which begins at 0 where the device does. Seastack's moves in
 * sea_dut_run() alone, so that nothing depends on the machine; Linux's is the monotonic one.
 *
 * A call is a raw one: its arguments are machine words, and those that are addresses point to memory of
 * this process laid out as Linux's ABI wants it (struct sockaddr, msghdr, epoll_event, …). Any bytes
 * may stand there: a device answers -EFAULT for NULL, as Linux, and must survive any value that is not an
 * address. Descriptors are the device's own numbers, the lowest free one as POSIX has it.
 *
 * The calls of this header are made by one thread.
 */
#ifndef SEA_PACKETIMPACT_DUT_H
#define SEA_PACKETIMPACT_DUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/stack.h>
#include <seastack/time.h>

struct sea_dut;

/* SEA_DUT_socket, SEA_DUT_bind, … */
enum sea_dut_nr {
#define CALL(name, args) SEA_DUT_##name,
#include "packetimpact/dut/call.def"
#undef CALL
	SEA_DUT_CALLS,
};

/* "socket"; how many arguments it has. */
const char *sea_dut_nr_name(enum sea_dut_nr nr);
unsigned sea_dut_nr_args(enum sea_dut_nr nr);
/* False: no such call. */
bool sea_dut_nr_by_name(const char *name, enum sea_dut_nr *nr);

/*
 * One system call. The caller's, with all that its arguments point at, and must stay where it is until
 * `done`; several may be pending, each as a thread of its own.
 */
struct sea_dut_call {
	enum sea_dut_nr nr;
	uint64_t arg[6];
	bool done;
	long result; /* when done: what the kernel returns, -errno for an error */
	sea_time began, ended;
	struct sea_dut_call *next; /* the device's */
	void *priv;                /* the device's */
};

static inline void sea_dut_call_init(struct sea_dut_call *call, enum sea_dut_nr nr, uint64_t a0,
				     uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
				     uint64_t a5)
{
	*call = (struct sea_dut_call){ .nr = nr, .arg = { a0, a1, a2, a3, a4, a5 } };
}

#define SEA_DUT_PACKET_MAX (65535u + 64u)

/* A packet on tun0: it begins with the IP header. */
struct sea_dut_packet {
	const uint8_t *bytes;
	size_t len;
	/*
	 * A super-segment: bytes of TCP payload in each of its segments; 0: it is none. Its checksum is that
	 * of the whole, as in any other packet. What comes from the device has its checksums in any case,
	 * also where they were left to the card.
	 */
	uint16_t gso_size;
	sea_time time; /* when it left the device; sea_dut_inject() does not look at it */
};

/* The interface, as packetdrill makes it. */
struct sea_dut_config {
	struct sea_addr local; /* tun0 has it, with prefix_len */
	uint8_t prefix_len;
	struct sea_addr gateway; /* of the remote prefix; family 0: remote is on the link */
	struct sea_addr remote;  /* the prefix that is behind tun0 */
	uint8_t remote_prefix_len;
	uint32_t mtu;
	uint64_t
		seed; /* what a device draws (ISNs, ports, …) is a function of it; Linux's is not */
	int patience_ms; /* real time that a snippet of shell may take: then it is ended */
};

#define SEA_DUT_PATIENCE_MS 60000

/*
 * packetdrill's addresses: 192.168.0.2/16, gateway 192.168.0.1, 192.0.2.0/24 remote; or
 * fd3d:fa7b:d17d::2/48, gateway fd3d:fa7b:d17d:8888::, 2001:db8::/32. MTU 1500, seed 1, a minute of patience.
 */
void sea_dut_config_default(struct sea_dut_config *config, int family);

/*
 * Devices. NULL with *why in words (static or the process's until it ends), never NULL, where there can be
 * none: out of memory, a configuration that the stack refuses, or, of Linux, no right to make a namespace.
 */
struct sea_dut *sea_dut_seastack_new(const struct sea_dut_config *config, const char **why);
struct sea_dut *sea_dut_linux_new(const struct sea_dut_config *config, const char **why);
/* Ends the device with all that is on it. Pending calls are never done then. */
void sea_dut_close(struct sea_dut *dut);

/* "seastack", "linux"; for the second its kernel's version behind it: "linux 6.18.5". */
const char *sea_dut_name(const struct sea_dut *dut);
/* True: time is virtual, and what a script says of it can be demanded to the microsecond. */
bool sea_dut_is_virtual(const struct sea_dut *dut);
sea_time sea_dut_now(struct sea_dut *dut);

/* Starts a call, and takes it as far as it goes now. */
void sea_dut_begin(struct sea_dut *dut, struct sea_dut_call *call);
/* A signal for the thread of a pending call: it is done then, with its short count or -EINTR. */
void sea_dut_interrupt(struct sea_dut *dut, struct sea_dut_call *call);

/* Why sea_dut_run() came back. */
#define SEA_DUT_STOP_PACKET 1u /* there is a packet to take */
#define SEA_DUT_STOP_CALL 2u   /* a call became done that was pending before */

/*
 * Time goes on until `until`, or until something of `stop` is there. Returns what is there; 0 where it is
 * `until`, or where nothing more can happen before it: a device in virtual time is at `until` even then,
 * unless that is SEA_TIME_NEVER. Linux cannot know that nothing more will happen: NEVER is 30 s there.
 * `until` in the past does what is due and comes back.
 */
unsigned sea_dut_run(struct sea_dut *dut, sea_time until, unsigned stop);

/*
 * A packet comes in on tun0, now. The bytes are copied. 0; -EINVAL where it is no IP packet of at most
 * SEA_DUT_PACKET_MAX bytes (what is wrong inside is for the device to find).
 */
int sea_dut_inject(struct sea_dut *dut, const struct sea_dut_packet *packet);
/*
 * The oldest packet that left tun0 and was not taken; false: there is none (or time has to go on first). Its
 * bytes are the device's, until the next call of this function.
 */
bool sea_dut_take(struct sea_dut *dut, struct sea_dut_packet *packet);

/*
 * One sysctl by name ("net.ipv4.tcp_sack"; '/' for '.' will do), as text without newline. get: its length
 * or -errno; set: 0 or -errno. next: names in order, as sea_sysctl_next(); Linux tells none.
 */
int sea_dut_sysctl_get(struct sea_dut *dut, const char *name, char *text, size_t len);
int sea_dut_sysctl_set(struct sea_dut *dut, const char *name, const char *text);
bool sea_dut_sysctl_next(struct sea_dut *dut, char name[SEA_SYSCTL_NAME_MAX]);

/*
 * An offload of tun0 by ethtool's short name: "tso", "gso", "gro", "tx", "rx"; 0, or -EOPNOTSUPP. While
 * "tso" is on, as at first, super-segments leave as one packet.
 */
int sea_dut_offload(struct sea_dut *dut, const char *name, bool on);

/*
 * A command that configures the device: sysctl, ip, tc, ethtool, nstat, ifconfig, without a shell. What it
 * writes goes to the descriptors; returns its exit status (127: no such command).
 */
int sea_dut_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd);

/*
 * `sh -c text` on the machine of the device, in the folder `dir`, with PACKETDRILL_PID this process's id:
 * sysctl, ip, tc, ethtool and nstat act on the device, and /proc/sys/net is its own.
 * Standard input is empty, output and errors go to this process's. No time passes on a device in virtual
 * time. What it leaves in the background ends with the device. Returns the exit status, 128 + the signal that
 * ended it, -ETIME where it took too long and was ended, or -errno where there is no shell.
 */
int sea_dut_shell(struct sea_dut *dut, const char *text, const char *dir);

/* What a device implements; its struct begins with this. Contracts as above. */
struct sea_dut_ops {
	const char *(*name)(const struct sea_dut *dut);
	bool is_virtual;
	void (*close)(struct sea_dut *dut);
	sea_time (*now)(struct sea_dut *dut);
	void (*begin)(struct sea_dut *dut, struct sea_dut_call *call);
	void (*interrupt)(struct sea_dut *dut, struct sea_dut_call *call);
	unsigned (*run)(struct sea_dut *dut, sea_time until, unsigned stop);
	int (*inject)(struct sea_dut *dut, const struct sea_dut_packet *packet);
	bool (*take)(struct sea_dut *dut, struct sea_dut_packet *packet);
	int (*sysctl_get)(struct sea_dut *dut, const char *name, char *text, size_t len);
	int (*sysctl_set)(struct sea_dut *dut, const char *name, const char *text);
	bool (*sysctl_next)(struct sea_dut *dut, char name[SEA_SYSCTL_NAME_MAX]);
	int (*offload)(struct sea_dut *dut, const char *name, bool on);
	int (*command)(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd);
	int (*shell)(struct sea_dut *dut, const char *text, const char *dir);
};

struct sea_dut {
	const struct sea_dut_ops *ops;
};

#endif
