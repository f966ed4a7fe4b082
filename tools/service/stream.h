/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small TCP services: echo sends back what comes, discard reads until the peer closes, chargen
 * sends as fast as the peer takes it and ignores what comes in (RFC 862, 863, 864).
 */
#ifndef SEA_SERVICE_STREAM_H
#define SEA_SERVICE_STREAM_H

#include "tools/host/host.h"
#include "tools/service/listener.h"
#include "tools/service/spec.h"

/* Goes as far as one call can: > 0, 0 when all is done, or -errno (-EAGAIN: it would block). */
struct sea_stream_flow;
typedef int sea_stream_step(struct sea_stack *stack, struct sea_stream_flow *flow, sea_time now);

/* Of the caller, who keeps it until the host is closed. */
struct sea_stream_service {
	struct sea_listener listener;
	sea_stream_step *step;
};

/* 0 or -errno. */
SEA_MUST_USE int sea_stream_service_open(struct sea_stream_service *service, struct sea_host *host,
					 const struct sea_service_spec *spec);

#endif
