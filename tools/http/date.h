/* SPDX-License-Identifier: Apache-2.0 */
/* Times as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7). */
#ifndef SEA_HTTP_DATE_H
#define SEA_HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

#define SEA_HTTP_DATE_MAX 40
char *sea_http_date(char to[SEA_HTTP_DATE_MAX], time_t when);

#endif
