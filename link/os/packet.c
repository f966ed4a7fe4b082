/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AF_PACKET socket on an interface of the host: the stack is another station on its wire. A
 * filter in the kernel lets only frames for our MAC, and group frames, through; batches cross with
 * recvmmsg() and sendmmsg(). With PACKET_VNET_HDR (the default) frames are super-segments. Without,
 * each is a frame of the wire, except that a sender on this host may have left its checksum to a card
 * which was never there: PACKET_AUXDATA tells of which frames that is so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/gso.h"
#include "core/link.h"
#include "core/stack.h"
#include "link/os/port.h"

/* Chains that take super-segments hold 66 KiB each, so there are fewer. */
#define RX_GSO_CHAINS 32u
#define TX_BATCH 64u
#define TX_IOV 256
static_assert(TX_IOV > SEA_PKT_IOV_MAX, "one packet always fits");

/* Some tens of super-segments; the default holds three. */
#define SOCKET_BUFFER (4 << 20)

struct auxdata {
	alignas(struct cmsghdr) uint8_t cmsg[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

struct packet {
	struct sea_port port;
	int ifindex;
	unsigned n_chains;
	struct sea_rx_chain chains[SEA_PORT_BATCH];
	uint8_t hdrs[SEA_PORT_BATCH][SEA_VNET_HDR_LEN];
	struct auxdata aux[SEA_PORT_BATCH];
	struct iovec iov[SEA_PORT_BATCH][1 + SEA_RX_CHAIN_MAX];
	struct mmsghdr msgs[SEA_PORT_BATCH];
};

/* What is found out and set while in the interface's namespace. */
struct packet_device {
	const struct sea_afpacket_config *config;
	int fd, watch_fd, ifindex;
	uint32_t mtu;
	uint8_t mac[6]; /* the interface's */
};

/* -- opening -- */

static int set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) ? -errno : 0;
}

static int ask(struct packet_device *dev, unsigned long what, struct ifreq *ifr)
{
	memset(ifr, 0, sizeof(*ifr));
	strncpy(ifr->ifr_name, dev->config->interface, sizeof(ifr->ifr_name) - 1);
	return ioctl(dev->fd, what, ifr) ? -errno : 0;
}

static int ask_interface(struct packet_device *dev)
{
	struct ifreq ifr;
	int err = ask(dev, SIOCGIFINDEX, &ifr);

	if (err)
		return err;
	dev->ifindex = ifr.ifr_ifindex;
	err = ask(dev, SIOCGIFMTU, &ifr);
	if (err)
		return err;
	dev->mtu = (uint32_t)ifr.ifr_mtu;
	err = ask(dev, SIOCGIFHWADDR, &ifr);
	memcpy(dev->mac, ifr.ifr_hwaddr.sa_data, sizeof(dev->mac));
	return err;
}

static void enlarge_buffers(int fd)
{
	static const int size = SOCKET_BUFFER;
	static const int forced[] = { SO_RCVBUFFORCE, SO_SNDBUFFORCE };
	static const int asked[] = { SO_RCVBUF, SO_SNDBUF };

	/* What is refused leaves a smaller buffer, which still works. */
	for (unsigned i = 0; i < 2; i++)
		if (setsockopt(fd, SOL_SOCKET, forced[i], &size, sizeof(size)))
			(void)!setsockopt(fd, SOL_SOCKET, asked[i], &size, sizeof(size));
}

static int set_up_socket(struct packet_device *dev)
{
	int err = ask_interface(dev);

	if (!err)
		err = set_option(dev->fd, PACKET_IGNORE_OUTGOING, 1);
	if (!err)
		err = set_option(dev->fd,
				 dev->config->no_offload ? PACKET_AUXDATA : PACKET_VNET_HDR, 1);
	enlarge_buffers(dev->fd);
	return err;
}

/* Of protocol 0 and unbound: nothing comes in before the filter stands. */
static int open_socket(void *arg)
{
	struct packet_device *dev = arg;
	int err;

	dev->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (dev->fd < 0)
		return -errno;
	err = set_up_socket(dev);
	if (!err) {
		dev->watch_fd = sea_port_watch_open();
		err = dev->watch_fd < 0 ? dev->watch_fd : 0;
	}
	if (err)
		close(dev->fd);
	return err;
}

#define LOAD_TAGGED \
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT))

/*
 * Frames to `mac` and to groups. Those with a VLAN tag are another link's, and the kernel has taken
 * the tag out, so that they would look like ours.
 */
static int attach_filter(int fd, const uint8_t mac[6])
{
	uint32_t high = sea_get16(mac), low = sea_get32(mac + 2);
	struct sock_filter code[] = {
		LOAD_TAGGED,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 4, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ? -errno : 0;
}

static int add_membership(const struct packet_device *dev, unsigned short type)
{
	struct packet_mreq mreq = { .mr_ifindex = dev->ifindex, .mr_type = type };

	return setsockopt(dev->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) ? -errno
											   : 0;
}

/* From here on frames come in. */
static int start(const struct packet_device *dev, const uint8_t mac[6])
{
	bool same = memcmp(dev->mac, mac, sizeof(dev->mac)) == 0;
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = dev->ifindex,
	};
	int err = attach_filter(dev->fd, mac);

	if (!err)
		err = add_membership(dev, same ? PACKET_MR_ALLMULTI : PACKET_MR_PROMISC);
	if (!err && bind(dev->fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = -errno;
	return err;
}

/* -- receiving -- */

/*
 * The interface went down (it may come back) or away. The socket tells both alike, so the name of
 * its index is asked for.
 */
static int receive_error(const struct packet *p)
{
	struct ifreq ifr = { .ifr_ifindex = p->ifindex };

	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (errno == ENETDOWN && ioctl(p->port.fd, SIOCGIFNAME, &ifr) == 0)
		return 0;
	return -ENODEV;
}

/* A frame took pieces with it: new ones, in the places that the message has for them. False: no memory. */
static bool refill(struct packet *p, unsigned i)
{
	struct iovec *iov = p->iov[i];
	int cnt;

	if (sea_rx_chain_fill(&p->chains[i], p->port.link))
		return false;
	cnt = sea_rx_chain_iov(&p->chains[i], iov + 1, SEA_RX_CHAIN_MAX);
	iov[0] = (struct iovec){ p->hdrs[i], p->port.vnet ? SEA_VNET_HDR_LEN : 0 };
	p->msgs[i].msg_hdr = (struct msghdr){
		.msg_iov = iov,
		.msg_iovlen = (size_t)cnt + 1,
		.msg_control = p->port.vnet ? NULL : &p->aux[i],
	};
	return true;
}

/*
 * As many messages, up to `max`, as there is memory for. Of small frames nothing stays in the pieces, so most
 * messages are still as they were, but for what the kernel wrote there.
 */
static unsigned prepare(struct packet *p, unsigned max)
{
	size_t control = p->port.vnet ? 0 : sizeof(p->aux[0]);
	unsigned i = 0;

	for (; i < max; i++) {
		if (!p->chains[i].bufs[0] && !refill(p, i))
			break;
		p->msgs[i].msg_hdr.msg_controllen = control;
	}
	return i;
}

/* No memory: a frame is read to be lost, as a network card would. */
static int receive_lost(struct packet *p)
{
	uint8_t scrap[128];

	if (recv(p->port.fd, scrap, sizeof(scrap), 0) < 0)
		return receive_error(p);
	sea_link_count_lost(p->port.link);
	return 1;
}

static bool is_sum_unfinished(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	struct tpacket_auxdata aux;

	if (!cmsg || cmsg->cmsg_level != SOL_PACKET || cmsg->cmsg_type != PACKET_AUXDATA)
		return false;
	memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
	return aux.tp_status & TP_STATUS_CSUMNOTREADY;
}

/* What the virtio header would have told. */
static void mark_unfinished(struct sea_pkt *pkt)
{
	struct sea_gso_view view;

	if (sea_gso_view(pkt, ETH_HLEN, &view))
		sea_gso_make_partial(pkt, &view);
}

static struct sea_pkt *take(struct packet *p, unsigned i, sea_time now)
{
	size_t hdr_len = p->port.vnet ? SEA_VNET_HDR_LEN : 0;
	size_t len = p->msgs[i].msg_len;
	struct sea_pkt *pkt;

	if (len <= hdr_len)
		return NULL;
	pkt = sea_rx_chain_take(&p->chains[i], len - hdr_len);
	if (pkt && (p->msgs[i].msg_hdr.msg_flags & MSG_TRUNC)) {
		sea_link_reject(p->port.link, pkt, SEA_DROP_LINK_TOO_BIG, now);
		return NULL;
	}
	if (pkt && is_sum_unfinished(&p->msgs[i].msg_hdr))
		mark_unfinished(pkt);
	return sea_port_accept(&p->port, pkt, p->hdrs[i], now);
}

static int receive(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
		   sea_time now)
{
	struct packet *p = sea_container(port, struct packet, port);
	unsigned want = prepare(p, max < p->n_chains ? max : p->n_chains);
	int got;

	if (!want)
		return receive_lost(p);
	got = recvmmsg(port->fd, p->msgs, want, 0, NULL);
	if (got < 0)
		return receive_error(p);
	for (int i = 0; i < got; i++) {
		pkts[*n] = take(p, (unsigned)i, now);
		*n += pkts[*n] != NULL;
	}
	return (unsigned)got == want;
}

/* -- sending -- */

/* Some packets as messages for one sendmmsg(). */
struct tx_batch {
	struct mmsghdr msgs[TX_BATCH];
	struct iovec iov[TX_IOV];
	uint8_t hdrs[TX_BATCH][SEA_VNET_HDR_LEN];
};

/* How many of `n` packets fit. */
static unsigned fill_batch(const struct sea_port *port, struct tx_batch *b, struct sea_pkt **pkts,
			   unsigned n)
{
	int used = 0;
	unsigned i = 0;

	for (; i < n && i < TX_BATCH; i++) {
		struct iovec *iov = b->iov + used;
		int cnt = sea_pkt_iov(pkts[i], iov + 1, TX_IOV - used - 1);

		if (cnt < 0)
			break;
		if (port->vnet)
			sea_pkt_vnet_put(pkts[i], b->hdrs[i]);
		iov[0] = (struct iovec){ b->hdrs[i], port->vnet ? SEA_VNET_HDR_LEN : 0 };
		b->msgs[i].msg_hdr =
			(struct msghdr){ .msg_iov = iov, .msg_iovlen = (size_t)cnt + 1 };
		used += cnt + 1;
		if (used == TX_IOV)
			return i + 1;
	}
	return i;
}

/* What kept the first of the frames from going: 1 full, 0 refused and dropped, -errno gone. */
static int transmit_error(struct sea_port *port, struct sea_pkt *pkt, sea_time now)
{
	if (errno == EAGAIN || errno == ENOBUFS)
		return 1;
	if (errno == ENXIO || errno == ENODEV)
		return -ENODEV;
	if (errno == ENETDOWN && sea_port_look(port, now))
		return -ENODEV;
	sea_port_refuse(port->link, pkt, now);
	return 0;
}

static int transmit(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
		    sea_time now)
{
	struct tx_batch b;

	while (*n < max) {
		unsigned want = fill_batch(port, &b, pkts + *n, max - *n);
		int sent = sendmmsg(port->fd, b.msgs, want, 0);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			int full = transmit_error(port, pkts[*n], now);

			if (full)
				return full;
			++*n;
		}
		for (int i = 0; i < sent; i++)
			sea_pkt_done(pkts[(*n)++]);
	}
	return 0;
}

/* -- life -- */

static void free_packet(struct sea_port *port)
{
	struct packet *p = sea_container(port, struct packet, port);

	for (unsigned i = 0; i < p->n_chains; i++)
		sea_rx_chain_fini(&p->chains[i]);
	free(p);
}

/* The interface is up, and so is its wire. */
static int carrier(struct sea_port *port)
{
	const struct packet *p = sea_container(port, struct packet, port);
	struct ifreq ifr = { .ifr_ifindex = p->ifindex };

	if (ioctl(port->fd, SIOCGIFNAME, &ifr) || ioctl(port->fd, SIOCGIFFLAGS, &ifr))
		return -ENODEV;
	return (ifr.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

static const struct sea_port_ops packet_ops = {
	.receive = receive,
	.transmit = transmit,
	.free = free_packet,
	.carrier = carrier,
};

static int add_link(struct packet *p, struct sea_stack *stack, const struct packet_device *dev,
		    sea_time now)
{
	struct sea_link_config config = dev->config->link;
	struct sea_link_info info = { .size = sizeof(info) };
	int err;

	config.type = SEA_LINK_ETHERNET;
	config.features = 0;
	if (p->port.vnet)
		config.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 |
				  SEA_LINK_F_RX_TRUSTED | SEA_LINK_F_RX_GSO;
	if (!config.mtu)
		config.mtu = dev->mtu;
	err = sea_port_add_link(&p->port, stack, &config, dev->config->interface, now);
	if (err)
		return err;
	sea_link_info(p->port.link, &info);
	err = start(dev, info.mac);
	if (err)
		sea_link_del(p->port.link, now);
	return err;
}

static int new_port(struct sea_stack *stack, const struct packet_device *dev,
		    struct sea_port **port, sea_time now)
{
	struct packet *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->port = (struct sea_port){
		.ops = &packet_ops,
		.fd = dev->fd,
		.watch_fd = dev->watch_fd,
		.vnet = !dev->config->no_offload,
	};
	p->ifindex = dev->ifindex;
	p->n_chains = p->port.vnet ? RX_GSO_CHAINS : SEA_PORT_BATCH;
	err = add_link(p, stack, dev, now);
	if (err)
		free(p);
	else
		*port = &p->port;
	return err;
}

int sea_afpacket_open(struct sea_stack *stack, const struct sea_afpacket_config *config,
		      struct sea_port **port, sea_time now)
{
	struct packet_device dev = { .config = config };
	int err;

	*port = NULL;
	if (config->size != sizeof(*config) || !config->interface || !*config->interface ||
	    strlen(config->interface) >= IFNAMSIZ)
		return -EINVAL;
	err = sea_netns_run(config->netns, open_socket, &dev);
	if (err)
		return err;
	err = new_port(stack, &dev, port, now);
	if (err) {
		close(dev.fd);
		close(dev.watch_fd);
	}
	return err;
}
