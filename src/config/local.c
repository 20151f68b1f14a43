/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/local.h"

#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "message/addr.h"

void
local_init(struct arena *mem, struct local *out)
{
	char host[256];

	*out = (struct local){.host = "localhost", .host_short = "localhost"};
	if (gethostname(host, sizeof host) < 0)
		return;
	host[sizeof host - 1] = '\0';
	/* it may stand behind an @ of a header */
	if (addr_make(mem, "x", host, NULL) == NULL)
		return;
	out->host = arena_strdup(mem, host);
	out->host_short = arena_strndup(mem, host, strcspn(host, "."));
}

static bool
is_domain(const struct local *l, const char *domain)
{
	static const char *const always[] = {"localhost", "localhost.localdomain"};

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		if (str_eq_nocase(domain, always[i]))
			return true;
	for (size_t i = 0; i < l->ndomains; i++)
		if (str_eq_nocase(domain, l->domains[i]))
			return true;
	return str_eq_nocase(domain, l->host) || str_eq_nocase(domain, l->host_short);
}

bool
local_is(const struct local *l, const char *addr)
{
	const char *domain = addr_domain(addr);

	return domain == NULL || is_domain(l, domain);
}
