/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/mailpath.h"

#include <string.h>

#include "base/str.h"
#include "message/addr.h"
#include "message/addrlist.h"

static bool
refuse(struct err *e, int code)
{
	e->code = code;
	return false;
}

/* Behind the path that begins at s: behind its '>', or at the next blank; NULL: it does not end. */
static const char *
path_end(const char *s)
{
	bool angle = *s == '<', quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && quoted && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && (angle ? *s == '>' : str_is_blank(*s)))
			return angle ? s + 1 : s;
	}
	return angle || quoted ? NULL : s;
}

static bool
is_address(struct arena *mem, const char *addr)
{
	return addr_is_wire(
	    addr_domain(addr) != NULL ? addr : arena_printf(mem, "%s@localhost", addr));
}

static bool
parse_address(struct arena *mem, const char *s, size_t n, const char **addr, struct err *e)
{
	struct mailbox_list list = {.n = 0};
	size_t bad;

	if (!addrlist_parse(mem, s, n, &list, &bad, e))
		return false;
	if (list.n != 1 || list.group || list.items[0].name != NULL ||
	    !is_address(mem, list.items[0].addr))
		return err_set(e, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%.*s' is not one address",
		    (int)n, s);
	*addr = list.items[0].addr;
	return true;
}

bool
mailpath_parse(struct arena *mem, const char *s, bool is_sender, const char **addr,
    const char **rest, struct err *e)
{
	const char *end;
	size_t n;

	s += strspn(s, " \t");
	end = path_end(s);
	if (end == NULL || end == s || (*end != '\0' && !str_is_blank(*end))) {
		err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.5.4", "'%s' is not a path", s);
		return refuse(e, 501);
	}
	n = (size_t)(end - s);
	*rest = end;
	if (is_sender && n == 2 && s[0] == '<') {
		*addr = "";
		return true;
	}
	if (parse_address(mem, s, n, addr, e))
		return true;
	if (is_sender && str_eq(e->status, "5.1.3"))
		memcpy(e->status, "5.1.7", sizeof "5.1.7");
	return refuse(e, 553);
}
