// SPDX-License-Identifier: Apache-2.0
/*
 * packetdrill's table says nothing of addresses, so we read them where it reads them: on its command line,
 * and, where that says nothing, among the options at the head of its script.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/judge/plugin.h"

#define WORDS_MAX 65536

struct options {
	char ip_version[32], local_ip[64], remote_ip[64], gateway_ip[64], netmask_ip[64], mtu[16];
};

static void set(char *to, size_t size, const char *value, bool again)
{
	size_t len = strcspn(value, " \t\r\n");

	if (*to && !again)
		return;
	snprintf(to, size, "%.*s", (int)len, value);
}

/* One "--name=value"; what was said before counts unless `again`. */
static void take(struct options *o, const char *word, bool again)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} known[] = {
		{ "--ip_version=", o->ip_version, sizeof(o->ip_version) },
		{ "--local_ip=", o->local_ip, sizeof(o->local_ip) },
		{ "--remote_ip=", o->remote_ip, sizeof(o->remote_ip) },
		{ "--gateway_ip=", o->gateway_ip, sizeof(o->gateway_ip) },
		{ "--netmask_ip=", o->netmask_ip, sizeof(o->netmask_ip) },
		{ "--mtu=", o->mtu, sizeof(o->mtu) },
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(word, known[i].name, strlen(known[i].name)))
			set(known[i].to, known[i].size, word + strlen(known[i].name), again);
}

/* Options stand before anything else in a script, one or more a line. */
static void read_script(struct options *o, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		char *at = line + strspn(line, " \t");

		if (!strncmp(at, "//", 2) || *at == '\n' || *at == '#')
			continue;
		if (strncmp(at, "--", 2))
			break;
		for (char *save, *word = strtok_r(at, " \t\n", &save); word;
		     word = strtok_r(NULL, " \t\n", &save))
			take(o, word, false);
	}
	if (file)
		(void)fclose(file);
}

static size_t read_command_line(char *words, size_t size)
{
	FILE *file = fopen("/proc/self/cmdline", "re");
	size_t n = file ? fread(words, 1, size - 1, file) : 0;

	if (file)
		(void)fclose(file);
	words[n] = 0;
	return n;
}

static bool bad(const char *name, const char *value)
{
	fprintf(stderr, "%s=%s is no such address\n", name, value);
	return false;
}

static uint8_t netmask_len(const char *text)
{
	struct in_addr mask;

	return inet_pton(AF_INET, text, &mask) == 1 ? (uint8_t)__builtin_popcount(mask.s_addr) : 16;
}

/* Bits beyond a prefix of a route are none. */
static void mask_prefix(struct sea_addr *addr, unsigned len)
{
	for (unsigned i = 0; i < sizeof(addr->b); i++) {
		unsigned keep = len > 8 * i ? len - 8 * i : 0;

		if (keep < 8)
			addr->b[i] &= (uint8_t)(0xff00u >> keep);
	}
}

static bool apply(const struct options *o, struct sea_dut_config *config)
{
	if (!*o->local_ip) {
		fprintf(stderr, "--local_ip= is missing: packetdrill would draw one\n");
		return false;
	}
	if (!sea_addr_parse(o->local_ip, &config->local))
		return bad("--local_ip", o->local_ip);
	if (*o->remote_ip &&
	    !sea_addr_parse_prefix(o->remote_ip, &config->remote, &config->remote_prefix_len))
		return bad("--remote_ip", o->remote_ip);
	if (*o->gateway_ip && !sea_addr_parse(o->gateway_ip, &config->gateway))
		return bad("--gateway_ip", o->gateway_ip);
	/* An address of its own is no way out. */
	if (!memcmp(&config->gateway, &config->local, sizeof(config->local)))
		config->gateway = (struct sea_addr){ 0 };
	if (*o->netmask_ip)
		config->prefix_len = netmask_len(o->netmask_ip);
	if (*o->mtu)
		config->mtu = (uint32_t)strtoul(o->mtu, NULL, 10);
	mask_prefix(&config->remote, config->remote_prefix_len);
	return true;
}

bool sea_pd_options(struct sea_dut_config *config)
{
	struct options o;
	char *words = malloc(WORDS_MAX), *script = NULL;
	size_t n = words ? read_command_line(words, WORDS_MAX) : 0;
	bool ok;

	memset(&o, 0, sizeof(o));
	for (char *word = words; word && word < words + n; word += strlen(word) + 1) {
		if (!strncmp(word, "--", 2))
			take(&o, word, true);
		else
			script = word;
	}
	if (script)
		read_script(&o, script);
	sea_dut_config_default(config, strcmp(o.ip_version, "ipv6") ? SEA_AF_INET : SEA_AF_INET6);
	ok = apply(&o, config);
	free(words);
	return ok;
}
