/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An alias file of any content: what is read leads to addresses that may stand in a command, or to
 * a sentence fit to be printed, and never on and on.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/alias_expand.h"
#include "fuzz.h"
#include "message/addr.h"

struct run {
	const struct local *local;
	size_t n;
};

static void
check_printable(const char *s)
{
	assert(s != NULL && s[0] != '\0');
	assert(!str_has_ctl(s, strlen(s)) && str_utf8_valid(s, strlen(s)));
}

static void
on_add(void *arg, const char *addr)
{
	struct run *r = arg;

	assert(++r->n <= ALIAS_EXPAND_MAX);
	assert(addr[0] != '\0' && !str_has_ctl(addr, strlen(addr)));
	/* nothing goes to this machine by its name */
	assert(addr_domain(addr) == NULL || (addr_is_wire(addr) && !local_is(r->local, addr)));
}

static void
on_refuse(void *arg, const struct err *why)
{
	(void)arg;
	assert(why->class == ERR_RECIPIENT);
	check_printable(why->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct alias_settings settings = {.nfiles = 0};
	const struct local local = {"nas.example", "nas", NULL, 0};
	struct run r = {&local, 0};
	struct arena mem = {NULL};
	struct diags d = {.n = 0};
	struct alias_expand x = {.settings = &settings,
	    .local = &local,
	    .mem = &mem,
	    .add = on_add,
	    .refuse = on_refuse,
	    .arg = &r};
	const struct aliases *a;

	a = aliases_parse(&mem, "fuzz", (const char *)data, size, &d);
	for (size_t i = 0; i < d.n; i++)
		check_printable(d.items[i].text);
	x.aliases = a;
	for (size_t i = 0; i < aliases_count(a) && i < 50; i++) {
		const char *name = aliases_at(a, i)->name;

		assert(aliases_find(a, name, strlen(name)) == aliases_at(a, i));
		r.n = 0;
		alias_expand(&x, name);
	}
	diags_done(&d);
	arena_done(&mem);
	return 0;
}
