/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of tunnels stand on: a stack with eth0 (10.0.0.1, the other end is 10.0.0.2), and tunnels that messages make. */
#ifndef TESTS_UNIT_LINK_DEVICE_TUNNELS_H
#define TESTS_UNIT_LINK_DEVICE_TUNNELS_H

#include "kinds.h"

#include <linux/if_arp.h>
#include <linux/if_tunnel.h>

#include <seastack/save.h>

#include "core/gso.h"
#include "link/device/tunnel.h"
#include "tests/lib/routes.h"
#include "tests/lib/stack_fixture.h"

#define INNER_US "192.168.9.1"
#define INNER_PEER "192.168.9.2"
#define INNER6_FROM "2001:db8::5"

extern struct test_stack t;

int tunnels_setup(void **state);  /* IPv4 alone, so that nobody speaks of himself */
int tunnels_setup6(void **state); /* with IPv6 */
int tunnels_teardown(void **state);
void tunnels_restore(void);

/* Data of IFLA_INFO_DATA, written one attribute behind the other. */
struct data {
	uint16_t len;
	uint8_t bytes[200];
};
void put_bytes(struct data *d, uint16_t type, const void *value, uint16_t len);
void put_addr(struct data *d, uint16_t type, const char *addr);
void put_addr6(struct data *d, uint16_t type, const char *addr);
void put_u8(struct data *d, uint16_t type, uint8_t v);
void put_u16(struct data *d, uint16_t type, uint16_t v);
void put_u32(struct data *d, uint16_t type, uint32_t v);

/* "tun0" of a kind with this data; the second: up, with INNER_US/24. */
int ask_tunnel(const char *kind, const char *name, const struct data *d);
struct sea_link *make_tunnel(const char *kind, const struct data *d);
/* Of ipip and sit, from 10.0.0.1 to 10.0.0.2. */
struct data plain_data(void);
void add_addr(struct sea_link *link, const char *prefix);
void add_route(const char *prefix, const struct sea_link *link);
/* Sends on between links. */
void forward(void);

/* An echo request INNER_PEER → INNER_US as an IPv4 packet, and how long it is. */
size_t put_echo(uint8_t *packet, uint8_t tos, uint8_t ttl);
/* The same between two IPv6 addresses. */
size_t put_echo6(uint8_t *packet, const char *src, const char *dst, uint8_t tclass);
/* A UDP datagram from the peer on eth0 to `dst`, of `len` bytes of IP. */
void inject_inner(const char *dst, uint16_t len, bool df);
/* The next frame, an IPv4 packet of protocol `proto` between both ends: its header and payload. */
const struct sea_ipv4_hdr *take_outer(uint8_t proto, const uint8_t **payload, size_t *len);

/* -- through IPv6 -- */

/* The same from INNER6_FROM, which is not the peer, over IPv6, behind destination options (NULL: none). */
void inject_inner6(const char *dst, uint16_t len, const uint8_t *exts, size_t exts_len);
void inject_outer6(uint8_t proto, uint8_t tclass, const void *inner, size_t len);
/* The next frame, an IPv6 packet between both ends, with this encapsulation limit (-1: none): what is behind that. */
const struct sea_ipv6_hdr *take_outer6(uint8_t proto, int limit, const uint8_t **payload,
				       size_t *len);
/* The peer sends an ICMPv6 error about the packet in the last frame. */
void inject_error6(uint8_t type, uint8_t code, uint32_t info);

int run_gre_tests(void);
int run_ip6_ioctl_tests(void);
int run_ip6tnl_tests(void);
int run_ip6tnl_way_tests(void);
int run_ip6gre_tests(void);
int run_sit_tests(void);
int run_ioctl_tests(void);
int run_vxlan_tests(void);
int run_vxlan_fdb_tests(void);

/* -- tunnel_vxlan.c -- */

#define VXLAN_VNI 42u
#define VXLAN_PORT 4789

/* Of VNI 42 at port 4789, from 10.0.0.1; to 10.0.0.2, or to nobody that is known. */
struct data vxlan_data(bool remote);
void put_vxlan_port(struct data *d, uint16_t port);
/* A VXLAN header and a frame from station 02:00:00:00:00:NN to the link, an echo request, from 10.0.0.HOST. */
void inject_vxlan(const struct sea_link *link, uint8_t station, uint8_t host);
/* The same with these first words, and of this TOS without and within. */
struct vxlan_frame {
	const char *src; /* NULL: 10.0.0.2 */
	uint32_t flags, vni;
	uint8_t tos, inner_tos;
	struct sea_mac from;
	size_t cut; /* bytes at the end that are missing */
};
void inject_vxlan_frame(const struct sea_link *link, const struct vxlan_frame *f);
/* The next frame that went out, to `dst`: its outer header and what is behind that of VXLAN, all checked. */
const uint8_t *take_vxlan(const char *dst, const struct sea_ipv4_hdr **outer, size_t *len);
/* A frame from the link to a station of this address goes out (or does not). */
void send_to_station(struct sea_link *link, struct sea_mac to);
static inline struct sea_mac station(uint8_t n)
{
	return (struct sea_mac){ { 2, 0, 0, 0, 0, n } };
}

#endif
