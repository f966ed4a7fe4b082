/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages for recvmsg(), of every kind of socket. */
#ifndef SEA_CORE_CMSG_H
#define SEA_CORE_CMSG_H

#include <stddef.h>
#include <sys/socket.h>

/* Writes to msg->msg_control: begin, any number of puts, end. */
struct sea_cmsg_out {
	struct msghdr *msg;
	size_t room, used;
};

void sea_cmsg_begin(struct sea_cmsg_out *out, struct msghdr *msg);
/* Cuts what does not fit and sets MSG_CTRUNC. */
void sea_cmsg_put(struct sea_cmsg_out *out, int level, int type, const void *data, size_t len);
/* Sets msg->msg_controllen to what was written. */
void sea_cmsg_end(struct sea_cmsg_out *out);

#endif
