/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/account.h"

#include <string.h>

#include "message/addr.h"

const char *
account_address(const struct account *a)
{
	for (size_t i = 0; i < a->nfrom; i++)
		if (strpbrk(a->from[i], "*?") == NULL)
			return a->from[i];
	return NULL;
}

bool
account_is_name(const char *name)
{
	return name[0] != '\0' && strlen(name) <= 64 && name[0] != '.' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

bool
account_owns(const struct account *a, const char *addr)
{
	for (size_t i = 0; i < a->nfrom; i++)
		if (addr_matches(a->from[i], addr))
			return true;
	return false;
}
