/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow labels that a socket leases (IPV6_FLOWLABEL_MGR; the labels are ip/flowlabel.h's). While any
 * label of the stack is not just anybody's, a socket sends with those alone that it leases. A stack knows
 * no processes and users: what they share, all sockets do.
 */
#ifndef SEA_TRANSPORT_FLOW_LEASE_H
#define SEA_TRANSPORT_FLOW_LEASE_H

#include <stdint.h>
#include <sys/socket.h>

#include <seastack/compiler.h>

#include "core/sock.h"
#include "ip/flowlabel.h"

/*
 * setsockopt(): `val` is a struct in6_flowlabel_req with control messages behind it, for the headers that
 * the label stands for. Of label 0 any is leased and, as on Linux, written into `val`. 0, -EINVAL,
 * -ENOENT, -EEXIST, -EPERM (another's), -ERANGE (not of those to be leased), -ENOBUFS (too many), -ESRCH,
 * -ENOPROTOOPT (labels are reflected by TCP only), -ENOMEM.
 */
SEA_MUST_USE int sea_flow_lease_set(struct sea_sock *sock, const void *val, socklen_t len);
/* getsockopt(): what the socket sends with, or got last (IPV6_FL_F_REMOTE); -EINVAL, -ENOENT. */
SEA_MUST_USE int sea_flow_lease_show(const struct sea_sock *sock, void *val, socklen_t *len);

/*
 * May the socket send with this label? 0 with its lease (NULL: it needs none), or -EINVAL. 0 is no label
 * and always may.
 */
SEA_MUST_USE int sea_flow_lease_use(const struct sea_sock *sock, uint32_t label,
				    const struct sea_flow_label **lease);

struct sea_saver;
struct sea_loader;
void sea_flow_leases_save(struct sea_saver *to, const struct sea_sock *sock);
void sea_flow_leases_load(struct sea_loader *from, struct sea_sock *sock);

#endif
