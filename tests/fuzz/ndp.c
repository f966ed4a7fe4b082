/* SPDX-License-Identifier: Apache-2.0 */
/* Options that are taken lie within their message, and what is written of them reads the same. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/ndp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(const uint8_t *data, size_t size, const uint8_t *at, size_t len)
{
	if (at < data || len > size || (size_t)(at - data) > size - len)
		abort();
}

static void check_once(const uint8_t *opts, size_t len)
{
	struct sea_ndp_once once;

	sea_ndp_once_parse(opts, len, &once);
	if (once.nonce)
		within(opts, len, once.nonce, once.nonce_len);
	if (once.redirected)
		within(opts, len, once.redirected, once.redirected_len);
}

static void check_route(const struct sea_ndp_opt *opt)
{
	struct sea_ndp_route route, again;
	struct sea_ndp_opt ours;
	uint8_t bytes[24];
	size_t at = 0;

	if (!sea_ndp_route_parse(opt, &route))
		return;
	if (!sea_ndp_opt_next(bytes, sea_ndp_put_route(bytes, &route), &at, &ours) ||
	    !sea_ndp_route_parse(&ours, &again) || memcmp(&again.prefix, &route.prefix, 16) ||
	    again.prefix_len != route.prefix_len || again.pref != route.pref)
		abort();
}

static void check_names(const struct sea_ndp_opt *opt)
{
	char text[SEA_NDP_DOMAIN_MAX];
	struct sea_ndp_dnssl dnssl;
	size_t at = 0;

	if (!sea_ndp_dnssl_parse(opt, &dnssl))
		return;
	within(opt->bytes, opt->len, dnssl.names, dnssl.len);
	while (sea_ndp_domain_next(&dnssl, &at, text))
		if (at > dnssl.len || strlen(text) > 253)
			abort();
}

static void check_opt(const struct sea_ndp_opt *opt)
{
	struct sea_ndp_prefix prefix;
	struct sea_ndp_rdnss rdnss;

	if (sea_ndp_prefix_parse(opt, &prefix) && prefix.prefix_len > 128)
		abort();
	if (sea_ndp_rdnss_parse(opt, &rdnss))
		within(opt->bytes, opt->len, rdnss.addrs, rdnss.n * 16);
	check_route(opt);
	check_names(opt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t fixed = size ? sea_ndp_fixed_len(data[0]) : 0, at = 0;
	struct sea_ndp_opt opt;

	if (!fixed || size < fixed || !sea_ndp_opts_valid(data + fixed, size - fixed))
		return 0;
	check_once(data + fixed, size - fixed);
	while (sea_ndp_opt_next(data + fixed, size - fixed, &at, &opt)) {
		within(data, size, opt.bytes, opt.len);
		check_opt(&opt);
	}
	return 0;
}
