/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the IP modules show in /proc/net (core/procfile.h). The order of lines is Linux's where it means anything; where it
 * is that of a hash or of coming (arp, igmp, if_inet6), it is that of our tables.
 */
#ifndef SEA_IP_PROC_H
#define SEA_IP_PROC_H

#include "core/procfile.h"
#include "core/timerq.h"

/* arp, dev_mcast, fib_trie, igmp, ip_mr_cache, ip_mr_vif, mcfilter, netstat, route, rt_cache, snmp, sockstat; and those of IPv6. */
extern const struct sea_procnet_files sea_ipv4_proc_files, sea_ipv6_proc_files;

/* -- sea_procnet_file.write -- */

bool sea_procnet_write_snmp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			    struct sea_text *t);
bool sea_procnet_write_snmp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			     struct sea_text *t);
bool sea_procnet_write_netstat(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			       struct sea_text *t);
bool sea_procnet_write_sockstat(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t);
bool sea_procnet_write_sockstat6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);
bool sea_procnet_write_dev_mcast(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);
bool sea_procnet_write_fib_trie(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t);
bool sea_procnet_write_igmp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			    struct sea_text *t);
bool sea_procnet_write_igmp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			     struct sea_text *t);
bool sea_procnet_write_mcfilter(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t);
bool sea_procnet_write_mcfilter6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);

bool sea_procnet_write_mr_vif(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			      struct sea_text *t);
bool sea_procnet_write_mr_vif6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			       struct sea_text *t);
bool sea_procnet_write_mr_cache(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t);
bool sea_procnet_write_mr_cache6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);
bool sea_procnet_write_flowlabel(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t);

/* Sixteen bytes as 32 hexadecimal digits. */
void sea_procnet_put_in6(struct sea_text *t, const uint8_t addr[16]);
/* As words of a little-endian machine are printed: what a `%08X` makes of four bytes in network order. */
uint32_t sea_procnet_word(const uint8_t b[4]);
/* Until it fires, in 1/100 s (USER_HZ); 0: it is not armed, or due. */
uint64_t sea_procnet_ticks(const struct sea_stack *stack, const struct sea_timer *timer);

#endif
