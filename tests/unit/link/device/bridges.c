/* SPDX-License-Identifier: Apache-2.0 */
#include "bridges.h"

#include <stdio.h>

#include "link/device/bridge.h"

sea_time bridge_now;

static struct sea_link *by_name(unsigned n)
{
	char name[16];

	snprintf(name, sizeof(name), "p%u", n);
	return sea_link_by_name(k.f.stack, name);
}

struct sea_link *port(unsigned n)
{
	struct sea_link *link = by_name(n);

	assert_non_null(link);
	return link;
}

static void make_port(unsigned n)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .mac = { 2, 0, 0, 0, 1, (uint8_t)n } };
	struct sea_link *link;
	char name[16];

	snprintf(name, sizeof(name), "p%u", n);
	config.name = name;
	assert_int_equal(sea_link_add(k.f.stack, &config, &link, NOW), 0);
	assert_int_equal(sea_link_set_up(link, true, NOW), 0);
	assert_int_equal(set_u32(name, IFLA_MASTER, (uint32_t)link_of("br")->ifindex), 0);
}

void make_bridge(unsigned n_ports)
{
	const struct message m = making("bridge", "br", NULL, 0);

	bridge_now = NOW;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("br"), true, NOW), 0);
	for (unsigned n = 1; n <= n_ports; n++)
		make_port(n);
	left();
}

/* -- frames -- */

void come_bytes(unsigned n, const uint8_t *bytes, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(port(n), bytes, len);

	assert_non_null(pkt);
	sea_link_input(port(n), &pkt, 1, bridge_now);
	sea_stack_advance(k.f.stack, bridge_now);
}

void come_by_mac(unsigned n, const uint8_t dst[6], const uint8_t src[6])
{
	uint8_t frame[60] = { 0 };

	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5; /* IEEE 802's local experiments */
	come_bytes(n, frame, sizeof(frame));
}

static void put_station(uint8_t mac[6], uint8_t n)
{
	const uint8_t unicast[6] = { 2, 0, 0, 0, 2, n };

	memcpy(mac, unicast, 6);
	if (n == 0xff)
		memset(mac, 0xff, 6);
}

void come_by(unsigned n, uint8_t dst, uint8_t src)
{
	uint8_t macs[2][6];

	put_station(macs[0], dst);
	put_station(macs[1], src);
	come_by_mac(n, macs[0], macs[1]);
}

void come_tagged(unsigned n, uint8_t dst, uint8_t src, uint16_t vid)
{
	uint8_t frame[64] = { 0 };

	put_station(frame, dst);
	put_station(frame + 6, src);
	sea_put16(frame + 12, SEA_ETHERTYPE_VLAN);
	sea_put16(frame + 14, vid);
	sea_put16(frame + 16, 0x88b5);
	come_bytes(n, frame, sizeof(frame));
}

unsigned left_by(unsigned n, uint8_t bytes[FRAME_BYTES], uint32_t *len)
{
	struct sea_pkt *pkts[16];
	unsigned got = sea_link_take_tx(port(n), pkts, 16, bridge_now);

	for (unsigned i = 0; i < got; i++) {
		*len = pkts[i]->len;
		assert_true(*len <= FRAME_BYTES);
		assert_true(sea_pkt_read(pkts[i], 0, bytes, *len));
		sea_pkt_done(pkts[i]);
	}
	return got;
}

unsigned left(void)
{
	uint8_t bytes[FRAME_BYTES];
	unsigned ports = 0;
	uint32_t len;

	for (unsigned n = 1; n < 8; n++)
		if (by_name(n) && left_by(n, bytes, &len))
			ports |= 1u << n;
	return ports;
}

/* -- settings -- */

static int set_data(const char *link, uint16_t nest, uint16_t type, const void *value, uint16_t len)
{
	struct message m = message_of(RTM_NEWLINK, link_of(link)->ifindex);
	uint8_t data[64], info[128];
	uint16_t n = 0;

	if (nest == IFLA_INFO_DATA)
		n = put_nlattr(info, IFLA_INFO_KIND, "bridge", 6);
	n = (uint16_t)(n + put_nlattr(info + n, nest, data, put_nlattr(data, type, value, len)));
	add_attr(&m, IFLA_LINKINFO, info, n);
	return ask(&m);
}

int set_bridge(uint16_t type, const void *value, uint16_t len)
{
	return set_data("br", IFLA_INFO_DATA, type, value, len);
}

int set_bridge_u8(uint16_t type, uint8_t value)
{
	return set_bridge(type, &value, 1);
}

int set_bridge_u32(uint16_t type, uint32_t value)
{
	return set_bridge(type, &value, 4);
}

int set_port_u8(unsigned n, uint16_t type, uint8_t value)
{
	return set_data(port(n)->name, IFLA_INFO_SLAVE_DATA, type, &value, 1);
}

int set_station(const char *link, uint16_t type, uint8_t station, uint16_t state, uint8_t flags,
		uint16_t vid)
{
	const struct ndmsg ndm = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = link_of(link)->ifindex,
				   .ndm_state = state,
				   .ndm_flags = flags };
	struct message m = message_of(type, 0);
	uint8_t mac[6];

	m.h.nlmsg_len = sizeof(m.h) + sizeof(ndm);
	memcpy(&m.i, &ndm, sizeof(ndm));
	if (type == RTM_NEWNEIGH)
		m.h.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	put_station(mac, station);
	add_attr(&m, NDA_LLADDR, mac, 6);
	if (vid)
		add_attr(&m, NDA_VLAN, &vid, 2);
	return ask(&m);
}

int set_vlan(const char *link, uint16_t type, uint16_t vid, uint16_t flags, bool self)
{
	const struct bridge_vlan_info info = { .vid = vid, .flags = flags };
	const uint16_t whose = self ? BRIDGE_FLAGS_SELF : BRIDGE_FLAGS_MASTER;
	struct message m = message_of(type, link_of(link)->ifindex);
	uint8_t spec[32];
	uint16_t len = put_nlattr(spec, IFLA_BRIDGE_FLAGS, &whose, 2);

	m.i.ifi_family = AF_BRIDGE;
	len = (uint16_t)(len + put_nlattr(spec + len, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info)));
	add_attr(&m, IFLA_AF_SPEC, spec, len);
	return ask(&m);
}

unsigned station_at(uint8_t station, uint16_t vid)
{
	const struct sea_bridge_fdb *f;
	struct sea_mac mac;

	put_station(mac.b, station);
	f = sea_bridge_fdb_find(sea_bridge_of(link_of("br")), &mac, vid);
	return f && f->port ? f->port->no : 0;
}
