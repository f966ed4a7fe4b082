/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tap or tun device, one frame a call. With IFF_VNET_HDR (the default) a frame is a super-segment
 * of up to 64 KiB with its checksum left undone, in both directions.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/link.h"
#include "link/os/port.h"

/* Linux 6.2. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

struct tap {
	struct sea_port port;
	struct sea_rx_chain chain;
};

/* What is found out while in the device's namespace. */
struct tap_device {
	const struct sea_tap_config *config;
	int fd, watch_fd;
	char name[IFNAMSIZ];
	uint32_t mtu, features;
};

/* -- opening -- */

/*
 * What the kernel may hand us undone. UDP super-segments only the other way: we can send them, but
 * a receiver would have to find the datagrams' borders again.
 */
static int set_offloads(struct tap_device *dev)
{
	unsigned want = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	int hdr_len = SEA_VNET_HDR_LEN;
	bool uso;

	if (ioctl(dev->fd, TUNSETVNETHDRSZ, &hdr_len))
		return -errno;
	uso = ioctl(dev->fd, TUNSETOFFLOAD, want | TUN_F_USO4 | TUN_F_USO6) == 0;
	if (ioctl(dev->fd, TUNSETOFFLOAD, want))
		return -errno;
	dev->features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 |
			SEA_LINK_F_RX_TRUSTED | SEA_LINK_F_RX_GSO | (uso ? SEA_LINK_F_USO : 0);
	return 0;
}

static int get_mtu(struct tap_device *dev)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	memcpy(ifr.ifr_name, dev->name, sizeof(ifr.ifr_name));
	err = ioctl(fd, SIOCGIFMTU, &ifr) ? -errno : 0;
	close(fd);
	dev->mtu = (uint32_t)ifr.ifr_mtu;
	return err;
}

static int attach(struct tap_device *dev)
{
	const struct sea_tap_config *config = dev->config;
	struct ifreq ifr = { 0 };
	int err;

	strncpy(ifr.ifr_name, config->name, sizeof(ifr.ifr_name) - 1);
	ifr.ifr_flags = (short)(IFF_NO_PI | (config->tun ? IFF_TUN : IFF_TAP) |
				(config->no_offload ? 0 : IFF_VNET_HDR));
	if (ioctl(dev->fd, TUNSETIFF, &ifr))
		return -errno;
	memcpy(dev->name, ifr.ifr_name, sizeof(dev->name));
	/* A device that was there before may have been told other things. */
	if (config->no_offload)
		err = ioctl(dev->fd, TUNSETOFFLOAD, 0) ? -errno : 0;
	else
		err = set_offloads(dev);
	return err ? err : get_mtu(dev);
}

static int open_device(void *arg)
{
	struct tap_device *dev = arg;
	int err;

	dev->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (dev->fd < 0)
		return -errno;
	err = attach(dev);
	if (!err) {
		dev->watch_fd = sea_port_watch_open();
		err = dev->watch_fd < 0 ? dev->watch_fd : 0;
	}
	if (err)
		close(dev->fd);
	return err;
}

/* -- receiving -- */

/* EAGAIN: 0; anything else means that the device was deleted under us. */
static int read_error(void)
{
	if (errno == EAGAIN)
		return 0;
	return errno == EIO ? -EIO : -ENODEV;
}

static ssize_t read_retrying(int fd, const struct iovec *iov, int cnt)
{
	ssize_t n;

	do
		n = readv(fd, iov, cnt);
	while (n < 0 && errno == EINTR);
	return n;
}

/* No memory: the frame is read to be lost, as a network card would, for it would come back else. */
static int read_lost(struct tap *tap)
{
	uint8_t scrap[128];
	struct iovec iov = { scrap, sizeof(scrap) };

	if (read_retrying(tap->port.fd, &iov, 1) < 0)
		return read_error();
	sea_link_count_lost(tap->port.link);
	return 1;
}

/* 1: a frame was read, *pkt unless it was lost; 0: there is none; -errno. */
static int read_frame(struct tap *tap, struct sea_pkt **pkt, sea_time now)
{
	struct iovec iov[1 + SEA_RX_CHAIN_MAX];
	size_t hdr_len = tap->port.vnet ? SEA_VNET_HDR_LEN : 0;
	uint8_t hdr[SEA_VNET_HDR_LEN];
	ssize_t n;
	int cnt;

	*pkt = NULL;
	if (sea_rx_chain_fill(&tap->chain, tap->port.link))
		return read_lost(tap);
	iov[0] = (struct iovec){ hdr, hdr_len };
	cnt = 1 + sea_rx_chain_iov(&tap->chain, iov + 1, SEA_RX_CHAIN_MAX);
	n = read_retrying(tap->port.fd, iov, cnt);
	if (n < 0)
		return read_error();
	if ((size_t)n > hdr_len)
		*pkt = sea_port_accept(
			&tap->port, sea_rx_chain_take(&tap->chain, (size_t)n - hdr_len), hdr, now);
	return 1;
}

static int receive(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
		   sea_time now)
{
	struct tap *tap = sea_container(port, struct tap, port);
	int more = 1;

	while (more > 0 && max--) {
		more = read_frame(tap, &pkts[*n], now);
		*n += more > 0 && pkts[*n];
	}
	return more;
}

/* -- sending -- */

/* What the device is to write: the frame, its header before it. Returns how many pieces. */
static int pieces(const struct sea_port *port, const struct sea_pkt *pkt, uint8_t *hdr,
		  struct iovec *iov)
{
	const struct sea_frag *f = &pkt->frags[0];

	if (!port->vnet)
		return sea_pkt_iov(pkt, iov, SEA_PKT_IOV_MAX);
	if (pkt->nfrags == 1 && f->off >= SEA_VNET_HDR_LEN && f->buf->refs == 1) {
		/* Room in front that is nobody else's: a small frame is one piece. */
		hdr = f->buf->data + f->off - SEA_VNET_HDR_LEN;
		iov[0] = (struct iovec){ hdr, SEA_VNET_HDR_LEN + f->len };
		sea_pkt_vnet_put(pkt, hdr);
		return 1;
	}
	sea_pkt_vnet_put(pkt, hdr);
	iov[0] = (struct iovec){ hdr, SEA_VNET_HDR_LEN };
	return 1 + sea_pkt_iov(pkt, iov + 1, SEA_PKT_IOV_MAX);
}

static ssize_t write_frame(const struct sea_port *port, const struct sea_pkt *pkt)
{
	struct iovec iov[1 + SEA_PKT_IOV_MAX];
	uint8_t hdr[SEA_VNET_HDR_LEN];
	int cnt = pieces(port, pkt, hdr, iov);
	ssize_t n;

	do
		n = writev(port->fd, iov, cnt);
	while (n < 0 && errno == EINTR);
	return n;
}

static int transmit(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
		    sea_time now)
{
	for (; *n < max; ++*n) {
		if (write_frame(port, pkts[*n]) >= 0) {
			sea_pkt_done(pkts[*n]);
			continue;
		}
		if (errno == EAGAIN || errno == ENOBUFS)
			return 1;
		if (errno == EBADFD)
			return -ENODEV;
		/* EIO: the kernel's end is down; others: this frame is not to its taste. */
		if (errno == EIO && sea_port_look(port, now))
			return -ENODEV;
		sea_port_refuse(port->link, pkts[*n], now);
	}
	return 0;
}

/* -- life -- */

static void free_tap(struct sea_port *port)
{
	struct tap *tap = sea_container(port, struct tap, port);

	sea_rx_chain_fini(&tap->chain);
	free(tap);
}

/* It takes frames as long as the kernel's end is up; its queue for them has no end. */
static int carrier(struct sea_port *port)
{
	struct pollfd fd = { .fd = port->fd, .events = POLLOUT };

	if (poll(&fd, 1, 0) < 0)
		return port->link->carrier; /* ENOMEM, EINTR: nothing new */
	if (fd.revents & POLLERR)
		return -ENODEV;
	return (fd.revents & POLLOUT) != 0;
}

static const struct sea_port_ops tap_ops = {
	.receive = receive,
	.transmit = transmit,
	.free = free_tap,
	.carrier = carrier,
};

static int add_link(struct tap *tap, struct sea_stack *stack, const struct tap_device *dev,
		    sea_time now)
{
	struct sea_link_config config = dev->config->link;

	config.type = dev->config->tun ? SEA_LINK_IP : SEA_LINK_ETHERNET;
	config.features = dev->features;
	if (!config.mtu)
		config.mtu = dev->mtu;
	return sea_port_add_link(&tap->port, stack, &config, dev->name, now);
}

int sea_tap_open(struct sea_stack *stack, const struct sea_tap_config *config,
		 struct sea_port **port, sea_time now)
{
	struct tap_device dev = { .config = config };
	struct tap *tap;
	int err;

	*port = NULL;
	if (config->size != sizeof(*config) || !config->name || !*config->name ||
	    strlen(config->name) >= IFNAMSIZ)
		return -EINVAL;
	tap = calloc(1, sizeof(*tap));
	if (!tap)
		return -ENOMEM;
	err = sea_netns_run(config->netns, open_device, &dev);
	if (err) {
		free(tap);
		return err;
	}
	tap->port = (struct sea_port){
		.ops = &tap_ops,
		.fd = dev.fd,
		.watch_fd = dev.watch_fd,
		.vnet = !config->no_offload,
	};
	err = add_link(tap, stack, &dev, now);
	if (err) {
		close(dev.fd);
		close(dev.watch_fd);
		free(tap);
		return err;
	}
	*port = &tap->port;
	return 0;
}
