/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A configuration file of any content: it must be refused or understood, and what is said of
 * either must be fit to be printed. The first octet chooses: a file, a URL, a netrc.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "config/account.h"
#include "config/netrc.h"
#include "config/resolve.h"
#include "config/store.h"
#include "config/url.h"
#include "fuzz.h"

static void
check_printable(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	assert(n == 0 || (!str_has_ctl(s, n) && str_utf8_valid(s, n)));
}

static void
check_findings(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *f = &d->items[i];

		assert(f->text != NULL && f->text[0] != '\0' && f->width >= 1 && f->column >= 0);
		check_printable(f->text);
		check_printable(f->source);
		/* the caret stays below the line */
		assert(f->source == NULL || (size_t)f->column <= strlen(f->source) + 1);
	}
}

static void
fuzz_file(const char *text, size_t n)
{
	struct diags d = {.n = 0};
	struct store s;

	store_init(&s, &d);
	store_read(&s, "fuzz", text, n);
	for (size_t i = 0; i < s.n; i++) {
		struct account a;

		if (s.sections[i].kind != SECTION_ACCOUNT)
			continue;
		resolve_account(&s, &s.sections[i], &a);
		/* what would be used is whole */
		assert(d.n > 0 || a.host != NULL || a.socket != NULL);
		assert(d.n > 0 || a.socket != NULL || a.port != 0);
		assert(d.n > 0 || (a.timeout_ms > 0 && a.deadline_ms > 0));
	}
	check_findings(&d);
	store_done(&s);
	diags_done(&d);
}

static void
fuzz_url(const char *text)
{
	struct arena mem = {NULL};
	const char *problem = NULL;
	struct url u;

	if (url_parse(&mem, text, &u, &problem))
		assert((u.host != NULL) != (u.path != NULL));
	else
		assert(problem != NULL);
	arena_done(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret found = {NULL, 0};
	size_t n = size - 1;
	char *text;

	if (size < 2 || size > 100000)
		return 0;
	/*
	 * A URL is a string; the others get no NUL behind the text, so that one octet too far is
	 * seen.
	 */
	text = mem_alloc(data[0] == 'u' ? n + 1 : n);
	memcpy(text, data + 1, n);
	switch (data[0]) {
	case 'u':
		fuzz_url(text);
		break;
	case 'n':
		(void)netrc_find(text, n, "h", "u", &found);
		secret_wipe(&found);
		break;
	default:
		fuzz_file(text, n);
		break;
	}
	free(text);
	return 0;
}
