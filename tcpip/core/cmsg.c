/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cmsg.h"

#include <stdint.h>
#include <string.h>

void sea_cmsg_begin(struct sea_cmsg_out *out, struct msghdr *msg)
{
	*out = (struct sea_cmsg_out){ .msg = msg,
				      .room = msg->msg_control ? msg->msg_controllen : 0 };
}

void sea_cmsg_put(struct sea_cmsg_out *out, int level, int type, const void *data, size_t len)
{
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type };
	size_t left = out->room - out->used, space = CMSG_SPACE(len);
	uint8_t *at;

	if (left < sizeof(head)) {
		out->msg->msg_flags |= MSG_CTRUNC;
		return;
	}
	at = (uint8_t *)out->msg->msg_control + out->used;
	if (left < head.cmsg_len) {
		out->msg->msg_flags |= MSG_CTRUNC;
		head.cmsg_len = left;
	}
	memcpy(at, &head, sizeof(head));
	memcpy(at + CMSG_LEN(0), data, head.cmsg_len - CMSG_LEN(0));
	out->used += space < left ? space : left;
}

void sea_cmsg_end(struct sea_cmsg_out *out)
{
	out->msg->msg_controllen = out->used;
}
