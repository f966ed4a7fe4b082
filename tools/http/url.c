/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts are addresses: nothing here asks a name server. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/cli/parse.h"
#include "tools/http/url.h"

static bool is_clean(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c >= 0x7f)
			return false;
	}
	return true;
}

static const char *read_port(const char *text, struct sea_url *url)
{
	url->port = 80;
	if (!*text)
		return NULL;
	return *text == ':' && sea_parse_port(text + 1, &url->port)
		       ? NULL
		       : "its port is no number from 1 to 65535";
}

/* "[2001:db8::1]:80": what is a zone's % is written %25. */
static const char *read_bracketed(char *host, struct sea_url *url)
{
	char *end = strchr(host, ']'), *zone = strstr(host, "%25");

	if (!end)
		return "its host lacks the closing bracket";
	*end = '\0';
	if (zone)
		memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
	if (!sea_peer_parse(host + 1, &url->host) || url->host.addr.family != SEA_AF_INET6)
		return "what stands in brackets must be an IPv6 address";
	return read_port(end + 1, url);
}

static const char *read_host(char *host, struct sea_url *url)
{
	const char *wrong;
	char *colon;

	if (*host == '[')
		return read_bracketed(host, url);
	colon = strchr(host, ':');
	wrong = read_port(colon ? colon : "", url);
	if (wrong)
		return wrong;
	if (colon)
		*colon = '\0';
	if (!*host)
		return "it names no host";
	if (!sea_peer_parse(host, &url->host) || url->host.addr.family != SEA_AF_INET)
		return "its host must be an IPv4 address or [an IPv6 address], for names are not "
		       "looked up";
	return NULL;
}

/* The fragment is for whoever reads the file. */
static const char *read_target(const char *text, struct sea_url *url)
{
	size_t len = strcspn(text, "#");

	if (len + 2 > sizeof(url->target))
		return "it is too long";
	snprintf(url->target, sizeof(url->target), "%s%.*s", *text == '/' ? "" : "/", (int)len,
		 text);
	return NULL;
}

const char *sea_url_parse(const char *text, struct sea_url *url)
{
	char host[96];
	const char *rest, *wrong;
	size_t len;

	if (!strncasecmp(text, "https://", 8))
		return "https needs TLS, which is not spoken here: write http://";
	if (strncasecmp(text, "http://", 7))
		return "a URL looks like http://10.0.0.1/file";
	if (!is_clean(text))
		return "it has spaces or other characters that must be written as %XX";
	rest = text + 7;
	len = strcspn(rest, "/?#");
	if (memchr(rest, '@', len))
		return "it holds a user name, which would not be sent";
	if (len >= sizeof(host))
		return "its host must be an address, for names are not looked up";
	memcpy(host, rest, len);
	host[len] = '\0';
	wrong = read_host(host, url);
	return wrong ? wrong : read_target(rest + len, url);
}

const char *sea_url_follow(struct sea_url *url, const char *location)
{
	struct sea_url next;
	const char *wrong;

	if (*location == '/' && location[1] != '/')
		return is_clean(location) ? read_target(location, url) : "it is no address";
	wrong = sea_url_parse(location, &next);
	if (wrong)
		return wrong;
	if (next.host.addr.family != url->host.addr.family ||
	    memcmp(next.host.addr.b, url->host.addr.b, sizeof(next.host.addr.b)) ||
	    next.port != url->port)
		return "it is on another host";
	next.host = url->host; /* the zone is known to us only */
	*url = next;
	return NULL;
}

char *sea_url_host(const struct sea_url *url, char text[SEA_URL_HOST_MAX])
{
	bool is_v6 = url->host.addr.family == SEA_AF_INET6;
	char addr[SEA_ADDR_TEXT_MAX];

	snprintf(text, SEA_URL_HOST_MAX, "%s%s%s:%u", is_v6 ? "[" : "",
		 sea_addr_text(&url->host.addr, addr), is_v6 ? "]" : "", url->port);
	return text;
}

void sea_url_filename(const struct sea_url *url, char *name, size_t room)
{
	size_t path = strcspn(url->target, "?"), start = path;

	while (start && url->target[start - 1] != '/')
		start--;
	snprintf(name, room, "%.*s", (int)(path - start), url->target + start);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		snprintf(name, room, "index.html");
}
