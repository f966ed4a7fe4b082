// SPDX-License-Identifier: Apache-2.0
/* tun0: packets are written to it, and seen by a packet socket, which tells when they left. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "core/checksum.h"
#include "packetimpact/dut/linux.h"

#define SNIFFER_BYTES (8 << 20)

struct sea_linux_packet {
	struct sea_list node;
	sea_time time;
	size_t len;
	uint16_t gso_size;
	uint8_t bytes[];
};

static int open_tun(void)
{
	const unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, TUNSETIFF, &ifr) && !ioctl(fd, TUNSETOFFLOAD, offloads))
		return fd;
	(void)close(fd);
	return -errno;
}

static int open_sniffer(void)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = __builtin_bswap16(ETH_P_ALL),
					.sll_ifindex = (int)if_nametoindex("tun0") };
	const int on = 1, bytes = SNIFFER_BYTES;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (!setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) &&
	    !bind(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fd;
	(void)close(fd);
	return -errno;
}

int sea_linux_wire_open(struct sea_linux *lx)
{
	lx->tun = open_tun();
	if (lx->tun < 0)
		return lx->tun;
	lx->sniffer = open_sniffer();
	return lx->sniffer < 0 ? lx->sniffer : 0;
}

void sea_linux_wire_close(struct sea_linux *lx)
{
	struct sea_list *node;

	if (lx->sniffer >= 0)
		(void)close(lx->sniffer);
	if (lx->tun >= 0)
		(void)close(lx->tun);
	while ((node = sea_list_first(&lx->packets))) {
		sea_list_remove(node);
		free(sea_container(node, struct sea_linux_packet, node));
	}
	free(lx->taken);
}

/* -- out -- */

/* The kernel stamps with the wall's clock. */
static sea_time stamp(struct sea_linux *lx, struct msghdr *msg)
{
	struct timespec real, at;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		int64_t ago;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(c), sizeof(at));
		(void)clock_gettime(CLOCK_REALTIME, &real);
		ago = (real.tv_sec - at.tv_sec) * SEA_SEC + real.tv_nsec - at.tv_nsec;
		return sea_time_add(sea_linux_now(&lx->dut), -ago);
	}
	return sea_linux_now(&lx->dut);
}

static void complete_sum(const struct virtio_net_hdr *hdr, struct sea_linux_packet *p)
{
	size_t start = hdr->csum_start, at = start + hdr->csum_offset;
	uint16_t field;

	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || at + 2 > p->len)
		return;
	field = (uint16_t)~sea_csum_fold(sea_csum_scalar(p->bytes + start, p->len - start, 0));
	/* RFC 768: a UDP checksum of 0 would mean that there is none. */
	sea_csum_put(p->bytes + at, field ? field : 0xffff);
}

static void keep(struct sea_linux *lx, const struct virtio_net_hdr *hdr, const uint8_t *bytes,
		 size_t len, sea_time time)
{
	struct sea_linux_packet *p = malloc(sizeof(*p) + len);

	if (!p)
		return;
	p->time = time;
	p->len = len;
	p->gso_size = hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE ? 0 : hdr->gso_size;
	memcpy(p->bytes, bytes, len);
	complete_sum(hdr, p);
	sea_list_push_back(&lx->packets, &p->node);
}

static bool read_one(struct sea_linux *lx)
{
	static uint8_t bytes[SEA_DUT_PACKET_MAX];
	union {
		struct cmsghdr align;
		char room[128];
	} control;
	struct virtio_net_hdr hdr;
	struct sockaddr_ll from;
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { bytes, sizeof(bytes) } };
	struct msghdr msg = { .msg_name = &from,
			      .msg_namelen = sizeof(from),
			      .msg_iov = iov,
			      .msg_iovlen = 2,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(lx->sniffer, &msg, MSG_DONTWAIT);

	if (n < 0)
		return false;
	if (from.sll_pkttype == PACKET_OUTGOING && (size_t)n > sizeof(hdr))
		keep(lx, &hdr, bytes, (size_t)n - sizeof(hdr), stamp(lx, &msg));
	return true;
}

void sea_linux_wire_read(struct sea_linux *lx)
{
	uint8_t gone[sizeof(struct virtio_net_hdr) + 1];

	/* What was sent leaves the queue of tun0, too. */
	while (read(lx->tun, gone, sizeof(gone)) > 0)
		continue;
	while (read_one(lx))
		continue;
}

bool sea_linux_take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	struct sea_linux *lx = sea_linux_of(dut);
	struct sea_list *node;
	struct sea_linux_packet *p;

	sea_linux_wire_read(lx);
	node = sea_list_first(&lx->packets);
	if (!node)
		return false;
	p = sea_container(node, struct sea_linux_packet, node);
	sea_list_remove(node);
	free(lx->taken);
	lx->taken = p;
	*packet = (struct sea_dut_packet){
		.bytes = p->bytes, .len = p->len, .gso_size = p->gso_size, .time = p->time
	};
	return true;
}

/* -- in -- */

int sea_linux_inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	struct virtio_net_hdr hdr = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	struct iovec iov[2] = { { &hdr, sizeof(hdr) },
				{ (void *)(uintptr_t)packet->bytes, packet->len } };
	uint8_t version = packet->len ? packet->bytes[0] >> 4 : 0;

	if (packet->len > SEA_DUT_PACKET_MAX || (version != 4 && version != 6))
		return -EINVAL;
	if (packet->gso_size) {
		hdr.gso_type = version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
		hdr.gso_size = packet->gso_size;
	}
	/* What the kernel refuses at the door is lost as it would be on a wire. */
	return writev(sea_linux_of(dut)->tun, iov, 2) < 0 && errno != EINVAL ? -errno : 0;
}
