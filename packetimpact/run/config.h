/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script runs with: defaults, then the script's own settings, then those of the command line, each by
 * packetdrill's names.
 */
#ifndef SEA_PACKETIMPACT_RUN_CONFIG_H
#define SEA_PACKETIMPACT_RUN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "packetimpact/dut/dut.h"
#include "packetimpact/script/script.h"

enum sea_run_family {
	SEA_RUN_IPV4,
	SEA_RUN_MAPPED, /* AF_INET6 sockets, IPv4 on the wire */
	SEA_RUN_IPV6,
};

struct sea_run_config {
	enum sea_run_family family;
	struct sea_addr local, gateway, remote; /* family 0: the default of the family */
	uint8_t prefix_len, remote_prefix_len;  /* 0: the default */
	uint16_t bind_port, connect_port;
	uint32_t mtu; /* 0: the default */
	uint32_t mss; /* packets that come in with more are super-segments; 0: none is */
	int64_t tolerance_ns;
	double tolerance_percent; /* of the time since the event before */
	uint32_t ts_tick_us;      /* of the device's timestamps; 0: they are not looked at */
	bool ts_ecr_scaled;
	bool strict_segments;
	bool verbose;
	uint64_t seed;
	int patience_ms; /* real time for a snippet of shell, and for the code of a script */
};

/* "ipv4", "ipv4-mapped-ipv6", "ipv6" */
const char *sea_run_family_name(enum sea_run_family family);

void sea_run_config_default(struct sea_run_config *config);
/*
 * NULL, or what is wrong: "is no ...", to stand behind the name and value in a sentence. `value` NULL: there is
 * none. A define is none of its settings, and is taken.
 */
const char *sea_run_config_set(struct sea_run_config *config, const char *name, const char *value);
/* Is `name` a setting that takes a value? False for one that is unknown. */
bool sea_run_config_has_value(const char *name);
/* Fills in what depends on the family. False: addresses of another family. */
bool sea_run_config_finish(struct sea_run_config *config);
/* For a device. */
void sea_run_config_dut(const struct sea_run_config *config, struct sea_dut_config *dut);

/* The defines that packetdrill's own scripts count on, by family; *n is set. */
const struct sea_script_define *sea_run_config_defines(enum sea_run_family family, size_t *n);

#endif
