/* SPDX-License-Identifier: Apache-2.0 */
/* "http:80=DIR", "echo:7", "discard:9", "chargen:19": what a stack serves, and on which port. */
#ifndef SEA_SERVICE_SPEC_H
#define SEA_SERVICE_SPEC_H

#include <stdint.h>

enum sea_service_kind {
	SEA_SERVICE_HTTP,
	SEA_SERVICE_ECHO,
	SEA_SERVICE_DISCARD,
	SEA_SERVICE_CHARGEN,
};

struct sea_service_spec {
	enum sea_service_kind kind;
	uint16_t port;
	const char *folder; /* HTTP; points into the text */
};

/* NULL, or what is wrong with it. */
const char *sea_service_spec_parse(const char *text, struct sea_service_spec *spec);
const char *sea_service_name(enum sea_service_kind kind);

#endif
