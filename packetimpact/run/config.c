// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {
	[SEA_RUN_IPV4] = "ipv4",
	[SEA_RUN_MAPPED] = "ipv4-mapped-ipv6",
	[SEA_RUN_IPV6] = "ipv6",
};

const char *sea_run_family_name(enum sea_run_family family)
{
	return families[family];
}

void sea_run_config_default(struct sea_run_config *config)
{
	*config = (struct sea_run_config){
		.bind_port = 8080,
		.connect_port = 8080,
		.tolerance_ns = 4000000,
		.tolerance_percent = 12.5,
		.seed = 1,
		.patience_ms = SEA_DUT_PATIENCE_MS,
	};
}

static const char *set_number(const char *value, uint64_t max, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(value, &end, 0);
	if (errno || *end || end == value || *value == '-' || *number > max)
		return "is no number that fits";
	return NULL;
}

#define NUMBER_SETTER(name, type, max, unit)                                            \
	static const char *set_##name(struct sea_run_config *config, const char *value) \
	{                                                                               \
		uint64_t number = 0;                                                    \
		const char *wrong = set_number(value, max, &number);                    \
                                                                                        \
		config->name = (type)(number * (unit));                                 \
		return wrong;                                                           \
	}

NUMBER_SETTER(bind_port, uint16_t, 65535, 1)
NUMBER_SETTER(connect_port, uint16_t, 65535, 1)
NUMBER_SETTER(mss, uint32_t, 65535, 1)
NUMBER_SETTER(mtu, uint32_t, 65535, 1)
NUMBER_SETTER(tolerance_ns, int64_t, 1000000000000, 1000)
NUMBER_SETTER(ts_tick_us, uint32_t, 1000000, 1)
NUMBER_SETTER(seed, uint64_t, UINT64_MAX, 1)
NUMBER_SETTER(patience_ms, int, 3600, 1000)

static const char *set_percent(struct sea_run_config *config, const char *value)
{
	char *end;

	config->tolerance_percent = strtod(value, &end);
	if (*end || end == value || !(config->tolerance_percent >= 0) ||
	    config->tolerance_percent > 10000)
		return "is no percentage";
	return NULL;
}

static const char *set_family(struct sea_run_config *config, const char *value)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strcmp(families[i], value))
			continue;
		config->family = (enum sea_run_family)i;
		return NULL;
	}
	return "is none of ipv4, ipv4-mapped-ipv6 and ipv6";
}

static const char *set_local(struct sea_run_config *config, const char *value)
{
	return sea_addr_parse(value, &config->local) ? NULL : "is no address";
}

static const char *set_gateway(struct sea_run_config *config, const char *value)
{
	return sea_addr_parse(value, &config->gateway) ? NULL : "is no address";
}

static const char *set_remote(struct sea_run_config *config, const char *value)
{
	if (!strchr(value, '/')) {
		config->remote_prefix_len = 0;
		return sea_addr_parse(value, &config->remote) ? NULL : "is no address";
	}
	return sea_addr_parse_prefix(value, &config->remote, &config->remote_prefix_len)
		       ? NULL
		       : "is no address with a prefix";
}

static const char *set_netmask(struct sea_run_config *config, const char *value)
{
	struct sea_addr mask;
	uint32_t bits = 0;

	if (!sea_addr_parse(value, &mask) || mask.family != SEA_AF_INET)
		return "is no IPv4 netmask";
	for (unsigned i = 0; i < 4; i++)
		bits = bits << 8 | mask.b[i];
	config->prefix_len = (uint8_t)__builtin_popcount(bits);
	if (!bits || bits != ~0u << (32 - config->prefix_len))
		return "is no IPv4 netmask";
	return NULL;
}

static const char *set_strict(struct sea_run_config *config, const char *value)
{
	(void)value;
	config->strict_segments = true;
	return NULL;
}

static const char *set_scaled(struct sea_run_config *config, const char *value)
{
	(void)value;
	config->ts_ecr_scaled = true;
	return NULL;
}

static const char *set_verbose(struct sea_run_config *config, const char *value)
{
	(void)value;
	config->verbose = true;
	return NULL;
}

static const char *set_define(struct sea_run_config *config, const char *value)
{
	(void)config;
	return strchr(value, '=') ? NULL : "is not NAME=VALUE";
}

static const struct setting {
	const char *name;
	bool value;
	const char *(*set)(struct sea_run_config *config, const char *value);
} settings[] = {
	{ "bind_port", true, set_bind_port },
	{ "connect_port", true, set_connect_port },
	{ "define", true, set_define },
	{ "gateway_ip", true, set_gateway },
	{ "ip_version", true, set_family },
	{ "local_ip", true, set_local },
	{ "mss", true, set_mss },
	{ "mtu", true, set_mtu },
	{ "netmask_ip", true, set_netmask },
	{ "patience", true, set_patience_ms },
	{ "remote_ip", true, set_remote },
	{ "seed", true, set_seed },
	{ "strict_segments", false, set_strict },
	{ "tcp_ts_ecr_scaled", false, set_scaled },
	{ "tcp_ts_tick_usecs", true, set_ts_tick_us },
	{ "tolerance_percent", true, set_percent },
	{ "tolerance_usecs", true, set_tolerance_ns },
	{ "verbose", false, set_verbose },
};

static const struct setting *setting_of(const char *name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

bool sea_run_config_has_value(const char *name)
{
	const struct setting *setting = setting_of(name);

	return setting && setting->value;
}

const char *sea_run_config_set(struct sea_run_config *config, const char *name, const char *value)
{
	const struct setting *setting = setting_of(name);

	if (!setting)
		return "is no setting";
	if (setting->value && !value)
		return "needs a value";
	if (!setting->value && value)
		return "takes no value";
	return setting->set(config, value);
}

static struct sea_addr parsed(const char *text)
{
	struct sea_addr addr = { 0 };

	(void)sea_addr_parse(text, &addr);
	return addr;
}

bool sea_run_config_finish(struct sea_run_config *config)
{
	bool v6 = config->family == SEA_RUN_IPV6;
	uint8_t family = v6 ? SEA_AF_INET6 : SEA_AF_INET;

	if (!config->local.family)
		config->local = parsed(v6 ? "fd3d:a0b:17d6::1" : "192.168.0.1");
	if (!config->remote.family)
		config->remote = parsed(v6 ? "fd3d:fa7b:d17d::1" : "192.0.2.1");
	if (!config->prefix_len)
		config->prefix_len = v6 ? 48 : 16;
	if (!config->remote_prefix_len)
		config->remote_prefix_len = v6 ? 128 : 32;
	if (!config->mtu)
		config->mtu = v6 ? 1520 : 1500;
	return config->local.family == family && config->remote.family == family &&
	       (!config->gateway.family || config->gateway.family == family);
}

/* A route is to a network: no bits behind its prefix. */
static void mask(struct sea_addr *addr, uint8_t prefix_len)
{
	for (unsigned bit = prefix_len; bit < 128; bit++)
		addr->b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

void sea_run_config_dut(const struct sea_run_config *config, struct sea_dut_config *dut)
{
	sea_dut_config_default(dut, config->local.family);
	dut->local = config->local;
	dut->prefix_len = config->prefix_len;
	dut->gateway = config->gateway;
	/* an address of its own is no way out */
	if (!memcmp(&dut->gateway, &dut->local, sizeof(dut->local)))
		dut->gateway = (struct sea_addr){ 0 };
	dut->remote = config->remote;
	dut->remote_prefix_len = config->remote_prefix_len;
	mask(&dut->remote, config->remote_prefix_len);
	dut->mtu = config->mtu;
	dut->seed = config->seed;
	dut->patience_ms = config->patience_ms;
}

const struct sea_script_define *sea_run_config_defines(enum sea_run_family family, size_t *n)
{
	static const struct sea_script_define defines[][4] = {
		[SEA_RUN_IPV4] = { { "TFO_COOKIE", "3021b9d889017eeb" },
				   { "CMSG_LEVEL_IP", "SOL_IP" },
				   { "CMSG_TYPE_RECVERR", "IP_RECVERR" },
				   { "CODE", "host_unreachable" } },
		[SEA_RUN_MAPPED] = { { "TFO_COOKIE", "3021b9d889017eeb" },
				     { "CMSG_LEVEL_IP", "SOL_IPV6" },
				     { "CMSG_TYPE_RECVERR", "IPV6_RECVERR" },
				     { "CODE", "host_unreachable" } },
		[SEA_RUN_IPV6] = { { "TFO_COOKIE", "c1d1e9742a47a9bc" },
				   { "CMSG_LEVEL_IP", "SOL_IPV6" },
				   { "CMSG_TYPE_RECVERR", "IPV6_RECVERR" },
				   { "CODE", "address_unreachable" } },
	};

	*n = 4;
	return defines[family];
}
