/* SPDX-License-Identifier: Apache-2.0 */
/* Not strftime(), whose names of days follow the locale. */
#include <stdio.h>

#include "tools/http/date.h"

char *sea_http_date(char to[SEA_HTTP_DATE_MAX], time_t when)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	snprintf(to, SEA_HTTP_DATE_MAX, "%.3s, %02d %.3s %d %02d:%02d:%02d GMT",
		 days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
		 tm.tm_hour, tm.tm_min, tm.tm_sec);
	return to;
}
