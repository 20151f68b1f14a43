/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configurations of other programs. The first octet chooses whose: m, s, n, d; a form feed ends a
 * file and begins the next one of that program. Whatever comes out must load,
 * and what is said must be fit to be printed.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/config.h"
#include "config/import.h"
#include "fuzz.h"

static const struct {
	char letter;
	import_fn *run;
	const char *files[14];
} kinds[] = {
    {'m', import_msmtp, {"msmtprc"}},
    {'s', import_ssmtp, {"ssmtp.conf", "revaliases"}},
    {'n', import_nullmailer,
	{"remotes", "me", "defaulthost", "defaultdomain", "adminaddr", "allmailfrom", "helohost",
	    "pausetime", "maxpause", "queuelifetime", "idhost", "doublebounceto", "sendtimeout"}},
    {'d', import_dma, {"dma.conf", "auth.conf"}},
};

static void
add_sources(struct import *im, const char *const *names, const char *s, size_t n)
{
	for (; *names != NULL; names++) {
		const char *end = n > 0 ? memchr(s, '\f', n) : NULL;
		size_t len = end != NULL ? (size_t)(end - s) : n;

		import_add_source(im, *names, *names, s, len);
		s += len + (end != NULL);
		n -= len + (end != NULL);
	}
}

static void
check_text(const struct buf *text)
{
	struct config_request want = {.text = buf_str(text)};
	struct diags d = {.n = 0};
	struct config *c = config_load(&want, &d);

	assert(c != NULL && d.n == 0 && config_naccounts(c) > 0);
	for (size_t i = 0; i < config_naccounts(c); i++)
		assert(config_account(c, i)->password_source != PASSWORD_INLINE);
	config_free(c);
	diags_done(&d);
}

static void
check_said(const struct import *im)
{
	for (size_t i = 0; i < im->diags->n; i++) {
		const struct diag *f = &im->diags->items[i];

		assert(f->text[0] != '\0' && !str_has_ctl(f->text, strlen(f->text)));
		assert(f->source == NULL && f->line >= 0);
	}
	for (size_t i = 0; i < im->ndrops; i++)
		assert(im->drops[i].lines > 0 &&
		    !str_has_ctl(im->drops[i].what, strlen(im->drops[i].what)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags d = {.n = 0};
	struct import im;
	struct buf text;

	if (size < 1 || size > 20000)
		return 0;
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		if (kinds[k].letter != (char)data[0])
			continue;
		import_init(&im, "/conf", &d);
		add_sources(&im, kinds[k].files, (const char *)data + 1, size - 1);
		kinds[k].run(&im);
		buf_init(&text, SIZE_MAX);
		if (import_render(&im, &text))
			check_text(&text);
		check_said(&im);
		buf_done(&text);
		import_done(&im);
		diags_done(&d);
	}
	return 0;
}
