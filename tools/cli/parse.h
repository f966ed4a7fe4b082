/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a command line: strict, whole words only, false when it is no such value or out of range.
 */
#ifndef SEA_CLI_PARSE_H
#define SEA_CLI_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits, at most `max`. */
bool sea_parse_number(const char *text, uint64_t max, uint64_t *value);
/* 1..65535. */
bool sea_parse_port(const char *text, uint16_t *port);
/* Bytes: "1500", "64K", "16M", "2G", powers of 1024. */
bool sea_parse_size(const char *text, uint64_t *bytes);
/* "20ms", "1.5s", "100us", "5ns"; "0". */
bool sea_parse_duration(const char *text, int64_t *ns);
/* Seconds: "1", "0.2". */
bool sea_parse_seconds(const char *text, int64_t *ns);
/* "2%", "0.05%" as parts per million, at most 100%. */
bool sea_parse_percent(const char *text, uint32_t *ppm);
/* "10mbit", "1.5gbit", "800kbit", "9600bit" as bits a second. */
bool sea_parse_rate(const char *text, uint64_t *bits);
/* "02:00:00:00:00:01"; neither all zero nor a group address. */
bool sea_parse_mac(const char *text, uint8_t mac[6]);
/* Of a network device: 1..15 bytes, no '/', no white space, not "." or "..". */
bool sea_parse_ifname(const char *text);

#endif
