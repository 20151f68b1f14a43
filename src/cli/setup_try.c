/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "cli/report.h"
#include "cli/setup.h"
#include "cli/transcript.h"
#include "deliver/checkup.h"

static const struct {
	enum checkup_step step;
	const char *label;
} shown[] = {
    {CHECKUP_TCP, "connect"},
    {CHECKUP_TLS, "TLS"},
    {CHECKUP_AUTH, "login"},
    {CHECKUP_SENDER, "sender"},
};

static void
tell_step(const struct setup *s, const char *label, const struct checkup_finding *f)
{
	bool failed = f->verdict == CHECKUP_FAILED;
	struct buf b;

	if (s->ui->quiet || (f->verdict == CHECKUP_SKIPPED && !failed))
		return;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "  %-9s ", label);
	ui_painted(&b, s->ui->err_color, failed ? UI_BAD : UI_GOOD, failed ? "FAIL" : "ok");
	(void)buf_addf(&b, "%s  %s\n", failed ? "" : "  ", f->text);
	ui_err(&b);
	buf_done(&b);
}

/* The first that failed, before the sender; else the sender, if that did. */
static const struct checkup_finding *
first_failure(const struct checkup_finding *f)
{
	for (size_t i = 0; i <= CHECKUP_SENDER; i++)
		if (f[i].verdict == CHECKUP_FAILED)
			return &f[i];
	return NULL;
}

/* The account alone, for it stands in no file yet. */
static const struct account *
load(const struct setup *s, struct buf *text, struct config **c, struct err *e)
{
	struct config_request want;
	struct diags d = {.n = 0};
	const struct pick pick = {.name = s->name};
	const struct account *a = NULL;
	const char *route;

	*c = NULL;
	if (!setup_section(s, text, e))
		return NULL;
	shared_request(s->shared, &want);
	want.text = buf_str(text);
	*c = config_load(&want, &d);
	if (*c != NULL)
		a = config_pick(*c, &pick, &route, e);
	else
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "%s",
		    d.n > 0 ? d.items[0].text : "the account cannot be used");
	diags_done(&d);
	return a;
}

bool
setup_judge(const struct setup *s, struct err *e)
{
	struct config *c;
	struct buf text;
	bool good;

	buf_init(&text, SIZE_MAX);
	good = load(s, &text, &c, e) != NULL;
	config_free(c);
	buf_done(&text);
	return good;
}

static int
try_account(const struct setup *s, const struct account *a, struct err *why)
{
	struct checkup_finding f[CHECKUP_STEPS];
	const struct checkup_finding *failed;
	struct transcript t;
	const struct checkup up = {.account = a,
	    .secret = s->secret.data != NULL ? &s->secret : NULL,
	    .trace = &t.hooks};

	transcript_init(&t, s->ui, &(struct transcript_want){false, -1});
	if (!checkup_run(&up, f, why)) {
		report_cause(s->ui, a, why);
		return err_sysexit(why);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		tell_step(s, shown[i].label, &f[shown[i].step]);
	failed = first_failure(f);
	if (failed == NULL)
		return 0;
	*why = failed->why;
	report_cause(s->ui, a, why);
	return err_sysexit(why);
}

int
setup_try(const struct setup *s, struct err *why)
{
	const struct account *a;
	struct config *c;
	struct buf text;
	int status;

	buf_init(&text, SIZE_MAX);
	a = load(s, &text, &c, why);
	if (a == NULL) {
		report_cause(s->ui, NULL, why);
		status = err_sysexit(why);
	} else {
		setup_tell(s, "Trying it");
		status = try_account(s, a, why);
	}
	config_free(c);
	buf_done(&text);
	return status;
}
