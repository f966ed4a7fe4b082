/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIOCETHTOOL: what ethtool(8) asked before there was netlink for it, and what some of its requests are still. A struct
 * that begins with its number goes both ways by way of ifr_data.
 */
#include <errno.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>

#include "core/ioctl.h"
#include "core/sock.h"
#include "core/stack.h"
#include "ip/ethtool/ethtool.h"

#define ETOOSMALL_LINUX 525
#define NAME_LEN ETH_GSTRING_LEN
#define MODE_WORDS ((SEA_ETHTOOL_LINK_MODES + 31) / 32)

/* -- data -- */

static int get(const struct sea_ioctl *call, void *to, size_t len)
{
	if (!call->data || call->data_len < len)
		return -EFAULT;
	memcpy(to, call->data, len);
	return 0;
}

/* Behind what was put before. */
static int put_at(struct sea_ioctl *call, size_t at, const void *from, size_t len)
{
	if (!call->data || call->data_len < at || call->data_len - at < len)
		return -EFAULT;
	if (len)
		memcpy((uint8_t *)call->data + at, from, len);
	call->data_written = at + len;
	return 0;
}

static int put(struct sea_ioctl *call, const void *from, size_t len)
{
	return put_at(call, 0, from, len);
}

static int put_value(struct sea_ioctl *call, uint32_t cmd, uint32_t data)
{
	const struct ethtool_value v = { .cmd = cmd, .data = data };

	return put(call, &v, sizeof(v));
}

/* Into zeros, of which one stays at the end. */
static void copy_text(char *to, size_t room, const char *text)
{
	memcpy(to, text, strnlen(text, room - 1));
}

/* -- the link -- */

static int get_link(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	return put_value(call, cmd, sea_link_running(link));
}

static int get_driver(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_drvinfo info = { .cmd = cmd };
	struct sea_ethtool_driver driver;

	if (!sea_ethtool_driver_of(link, &driver))
		return -EOPNOTSUPP;
	copy_text(info.driver, sizeof(info.driver), driver.name);
	copy_text(info.version, sizeof(info.version), driver.version);
	info.n_stats = sea_ethtool_stats_n(link);
	return put(call, &info, sizeof(info));
}

/* Nobody burned one in. */
static int get_permanent(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	static const uint8_t none[6];
	struct ethtool_perm_addr addr;
	uint32_t len = link->type == SEA_LINK_IP ? 0 : sizeof(none);
	int err = get(call, &addr, sizeof(addr));

	if (err)
		return err;
	if (addr.size < len)
		return -ETOOSMALL_LINUX;
	addr.cmd = cmd;
	addr.size = len;
	err = put(call, &addr, sizeof(addr));
	return err ? err : put_at(call, sizeof(addr), none, len);
}

static int get_stamping(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_ts_info info = { .cmd = cmd,
					.so_timestamping = SEA_ETHTOOL_STAMPS,
					.phc_index = -1 };

	(void)link;
	return put(call, &info, sizeof(info));
}

static int get_settings(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_cmd settings = { .cmd = cmd };
	struct sea_ethtool_wire wire;

	if (!sea_ethtool_wire_of(link, &wire))
		return -EOPNOTSUPP;
	ethtool_cmd_speed_set(&settings, wire.speed);
	settings.duplex = wire.duplex;
	settings.port = wire.port;
	return put(call, &settings, sizeof(settings));
}

/* Who does not say how many words a mask of modes has is told, and asks again. */
static int get_link_settings(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	static const uint32_t no_modes[3 * MODE_WORDS];
	struct ethtool_link_settings asked, settings = { .cmd = cmd };
	struct sea_ethtool_wire wire;
	int err;

	if (!sea_ethtool_wire_of(link, &wire))
		return -EOPNOTSUPP;
	err = get(call, &asked, sizeof(asked));
	if (err)
		return err;
	if (asked.link_mode_masks_nwords != MODE_WORDS) {
		settings.link_mode_masks_nwords = -(int8_t)MODE_WORDS;
		return put(call, &settings, sizeof(settings));
	}
	settings.link_mode_masks_nwords = MODE_WORDS;
	settings.speed = wire.speed;
	settings.duplex = wire.duplex;
	settings.port = wire.port;
	err = put(call, &settings, sizeof(settings));
	return err ? err : put_at(call, sizeof(settings), no_modes, sizeof(no_modes));
}

/* -- names and counters -- */

static int put_names(struct sea_link *link, struct sea_ioctl *call, uint32_t set, uint32_t n)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < n; i++) {
		char name[NAME_LEN] = { 0 };

		copy_text(name, sizeof(name), sea_ethtool_name(link, set, i));
		err = put_at(call, sizeof(struct ethtool_gstrings) + i * sizeof(name), name,
			     sizeof(name));
	}
	return err;
}

static int get_names(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_gstrings names;
	uint32_t n;
	int err = get(call, &names, sizeof(names));

	if (err)
		return err;
	if (!sea_ethtool_names_by_ioctl(link, names.string_set))
		return -EOPNOTSUPP;
	n = sea_ethtool_names_n(link, names.string_set);
	if (names.len && names.len != n) /* who expects others gets none */
		n = 0;
	names.cmd = cmd;
	names.len = n;
	err = put(call, &names, sizeof(names));
	return err ? err : put_names(link, call, names.string_set, names.len);
}

/* How many names each set has that is asked for, and there. */
static int get_sets(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_sset_info info;
	uint64_t asked;
	size_t at = sizeof(info);
	int err = get(call, &info, sizeof(info));

	if (err || !info.sset_mask)
		return err;
	asked = info.sset_mask;
	info = (struct ethtool_sset_info){ .cmd = cmd };
	for (uint32_t set = 0; !err && set < 64; set++) {
		uint32_t n;

		if (!(asked >> set & 1) || !sea_ethtool_names_by_ioctl(link, set))
			continue;
		info.sset_mask |= UINT64_C(1) << set;
		n = sea_ethtool_names_n(link, set);
		err = put_at(call, at, &n, sizeof(n));
		at += sizeof(n);
	}
	if (!err)
		err = put(call, &info, sizeof(info));
	call->data_written = at;
	return err;
}

static int get_stats(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_stats stats;
	uint32_t n = sea_ethtool_stats_n(link);
	int err = n ? get(call, &stats, sizeof(stats)) : -EOPNOTSUPP;

	if (err)
		return err;
	stats.cmd = cmd;
	stats.n_stats = n;
	err = put(call, &stats, sizeof(stats));
	for (uint32_t i = 0; !err && i < n; i++) {
		uint64_t value = sea_ethtool_stat(link, i);

		err = put_at(call, sizeof(stats) + i * sizeof(value), &value, sizeof(value));
	}
	return err;
}

/* -- which -- */

struct by_cmd {
	uint32_t cmd;
	int (*serve)(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd);
};

static const struct by_cmd by_cmd[] = {
	{ ETHTOOL_GSET, get_settings },
	{ ETHTOOL_GDRVINFO, get_driver },
	{ ETHTOOL_GLINK, get_link },
	{ ETHTOOL_GSTRINGS, get_names },
	{ ETHTOOL_GSTATS, get_stats },
	{ ETHTOOL_GPERMADDR, get_permanent },
	{ ETHTOOL_GSSET_INFO, get_sets },
	{ ETHTOOL_GET_TS_INFO, get_stamping },
	{ ETHTOOL_GLINKSETTINGS, get_link_settings },
	{ ETHTOOL_GRXCSUM, sea_ethtool_get_some },
	{ ETHTOOL_GTXCSUM, sea_ethtool_get_some },
	{ ETHTOOL_GSG, sea_ethtool_get_some },
	{ ETHTOOL_GTSO, sea_ethtool_get_some },
	{ ETHTOOL_GGSO, sea_ethtool_get_some },
	{ ETHTOOL_GGRO, sea_ethtool_get_some },
	{ ETHTOOL_SRXCSUM, sea_ethtool_set_some },
	{ ETHTOOL_STXCSUM, sea_ethtool_set_some },
	{ ETHTOOL_SSG, sea_ethtool_set_some },
	{ ETHTOOL_STSO, sea_ethtool_set_some },
	{ ETHTOOL_SGSO, sea_ethtool_set_some },
	{ ETHTOOL_SGRO, sea_ethtool_set_some },
	{ ETHTOOL_GFLAGS, sea_ethtool_get_flags },
	{ ETHTOOL_SFLAGS, sea_ethtool_set_flags },
	{ ETHTOOL_GFEATURES, sea_ethtool_get_features },
	{ ETHTOOL_SFEATURES, sea_ethtool_set_features },
};

static int serve_link(struct sea_stack *stack, struct sea_ioctl *call, const struct ifreq *ifr)
{
	struct sea_link *link = sea_link_of_ifreq(stack, ifr);
	uint32_t cmd;
	int err = get(call, &cmd, sizeof(cmd));

	if (err)
		return err;
	if (!link)
		return -ENODEV;
	for (unsigned i = 0; i < sizeof(by_cmd) / sizeof(by_cmd[0]); i++)
		if (by_cmd[i].cmd == cmd)
			return by_cmd[i].serve(link, call, cmd);
	return -EOPNOTSUPP;
}

static int serve(struct sea_sock *sock, struct sea_ioctl *call)
{
	struct ifreq ifr;
	int result;

	if (call->request != SIOCETHTOOL)
		return -ENOTTY;
	result = sea_ioctl_read(call, &ifr, sizeof(ifr));
	if (!result)
		result = serve_link(sock->stack, call, &ifr);
	if (result < 0)
		call->data_written = 0;
	return result;
}

const struct sea_ioctl_ops sea_ethtool_ioctl_ops = {
	.serve = serve,
};
