/* SPDX-License-Identifier: Apache-2.0 */
/* AF_UNIX and AF_PACKET: there are no sockets, and how one is asked for them is judged. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "transport/diag/diag.h"

static int dump_nothing(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	(void)d;
	(void)out;
	return 0;
}

const struct sea_nl_kind sea_diag_unix = { .type = SOCK_DIAG_BY_FAMILY,
					   .family = AF_UNIX,
					   .dump = dump_nothing };
const struct sea_nl_kind sea_diag_packet = { .type = SOCK_DIAG_BY_FAMILY,
					     .family = AF_PACKET,
					     .dump = dump_nothing };

int sea_diag_unix_receive(struct sea_nl_req *req)
{
	struct unix_diag_req r;

	if (req->hdr.nlmsg_type == SOCK_DESTROY)
		return -EOPNOTSUPP;
	if (req->len < sizeof(r))
		return -EINVAL;
	if (req->hdr.nlmsg_flags & NLM_F_DUMP)
		return sea_nl_dump_start(req, &sea_diag_unix);
	memcpy(&r, req->payload, sizeof(r));
	return r.udiag_ino ? -ENOENT : -EINVAL;
}

int sea_diag_packet_receive(struct sea_nl_req *req)
{
	struct packet_diag_req r;

	if (req->hdr.nlmsg_type == SOCK_DESTROY)
		return -EOPNOTSUPP;
	if (req->len < sizeof(r))
		return -EINVAL;
	memcpy(&r, req->payload, sizeof(r));
	if (r.sdiag_protocol)
		return -EINVAL;
	if (req->hdr.nlmsg_flags & NLM_F_DUMP)
		return sea_nl_dump_start(req, &sea_diag_packet);
	return -EOPNOTSUPP;
}
