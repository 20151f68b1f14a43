/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/checklist.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/credential.h"
#include "cli/queue_survey.h"
#include "cli/report.h"
#include "cli/runner_setup.h"
#include "cli/transcript.h"
#include "config/password.h"
#include "queue/spool.h"

/* The first ones are the machine's, then come an account's, in the order of checkup.h. */
enum {
	ID_CONFIG,
	ID_ALIASES,
	ID_QUEUE,
	ID_RUNNER,
	ID_SECRET,
	ID_NETWORK,
	ID_COUNT = ID_NETWORK + CHECKUP_STEPS
};

static const char *const ids[ID_COUNT] = {"config", "aliases", "queue", "runner", "secret", "dns",
    "tcp", "tcp6", "tls", "cert-expiry", "ehlo", "auth", "sender", "recipient"};

bool
checklist_is_id(const char *id)
{
	for (size_t i = 0; i < ID_COUNT; i++)
		if (str_eq(ids[i], id))
			return true;
	return false;
}

void
checklist_ids(struct buf *out)
{
	for (size_t i = 0; i < ID_COUNT; i++)
		(void)buf_addf(out, "%s%s", i > 0 ? " " : "", ids[i]);
}

static bool
is_wanted(const struct checklist *c, const char *id)
{
	bool wanted = c->only.n == 0;

	for (size_t i = 0; i < c->only.n; i++)
		wanted = wanted || str_eq(c->only.items[i], id);
	for (size_t i = 0; i < c->skip.n; i++)
		wanted = wanted && !str_eq(c->skip.items[i], id);
	return wanted;
}

/* ---- one finding */

static const struct {
	const char *word, *json;
	enum ui_paint paint;
} verdicts[] = {
    [CHECKUP_SKIPPED] = {"skipped", "skip", UI_PLAIN},
    [CHECKUP_OK] = {"ok", "ok", UI_GOOD},
    [CHECKUP_WARN] = {"warn", "warn", UI_WARN},
    [CHECKUP_FAILED] = {"FAIL", "fail", UI_BAD},
};

static void
print_finding(const struct checklist *c, const struct account *a, const char *id,
    const struct checkup_finding *f)
{
	size_t width = strlen(verdicts[f->verdict].word);
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (c->ui->json) {
		struct json *j = json_new();

		json_int(j, "v", 1);
		json_str(j, "event", "check");
		json_str(j, "account", a != NULL ? a->name : NULL);
		json_str(j, "id", id);
		json_str(j, "status", verdicts[f->verdict].json);
		if (f->ms >= 0)
			json_int(j, "ms", f->ms);
		json_str(j, "text", f->text);
		if (f->verdict == CHECKUP_FAILED && f->why.code > 0)
			json_int(j, "code", f->why.code);
		json_line(j, &b);
	} else {
		(void)buf_addf(&b, "  %-11s ", id);
		ui_painted(&b, c->ui->out_color, verdicts[f->verdict].paint,
		    verdicts[f->verdict].word);
		(void)buf_addf(&b, "%*s", (int)(width < 8 ? 8 - width : 1), "");
		ui_wrapped(&b, f->text, 22,
		    c->ui->out_tty && c->ui->width > 60 ? c->ui->width - 22 : SIZE_MAX);
	}
	(void)ui_out(&b);
	buf_done(&b);
}

static void
tell(struct checklist *c, const struct account *a, const char *id, const struct checkup_finding *f)
{
	if (!is_wanted(c, id))
		return;
	if (!c->ui->quiet || f->verdict >= CHECKUP_WARN)
		print_finding(c, a, id, f);
	c->nwarnings += f->verdict == CHECKUP_WARN;
	if (f->verdict != CHECKUP_FAILED)
		return;
	if (c->nfailed++ == 0)
		c->status = err_sysexit(&f->why);
	/* the first is the cause; its hint comes behind the list */
	if (c->why.class == ERR_NONE)
		c->why = f->why;
}

static void
tell_hint(struct checklist *c, const struct account *a)
{
	if (!c->ui->json && c->why.class != ERR_NONE)
		report_hint(c->ui, a, &c->why);
	err_clear(&c->why);
}

static void __attribute__((format(printf, 5, 6))) found(struct checklist *c,
    const struct account *a, size_t id, enum checkup_verdict v, const char *fmt, ...)
{
	struct checkup_finding f = {.verdict = v, .ms = -1};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f.text, sizeof f.text, fmt, ap);
	va_end(ap);
	if (v == CHECKUP_FAILED)
		err_set(&f.why, ERR_CONFIG, STAGE_CONFIG, "", "%s", f.text);
	tell(c, a, ids[id], &f);
}

static void
print_title(const struct checklist *c, const char *text)
{
	struct buf b;

	if (c->ui->json || c->ui->quiet)
		return;
	buf_init(&b, SIZE_MAX);
	ui_painted(&b, c->ui->out_color, UI_BOLD, text);
	(void)buf_addc(&b, '\n');
	(void)ui_out(&b);
	buf_done(&b);
}

/* ---- the machine */

static void
check_config(struct checklist *c)
{
	struct buf b;
	const char *path;
	bool there;
	size_t n = 0;

	buf_init(&b, 350);
	for (size_t i = 0; (path = config_path(c->config, i, &there)) != NULL; i++) {
		struct stat st;

		if (!there || stat(path, &st) < 0)
			continue;
		(void)buf_addf(&b, "%s%s, mode %03o", n++ > 0 ? "; " : "", path,
		    (unsigned)st.st_mode & 0777);
	}
	if (config_naccounts(c->config) == 0) {
		found(c, NULL, ID_CONFIG, CHECKUP_FAILED, "%s%sno account is configured",
		    buf_str(&b), n > 0 ? ": " : "");
		(void)err_hint(&c->why, "no-account");
	} else {
		found(c, NULL, ID_CONFIG, CHECKUP_OK, "%s",
		    n > 0 ? buf_str(&b) : "no file is needed");
	}
	buf_done(&b);
}

/* Does mail for root and the like arrive anywhere? */
static void
check_aliases(struct checklist *c)
{
	const struct alias_settings *s = config_aliases(c->config);
	struct diags d = {.n = 0};
	const struct aliases *a = aliases_load(c->mem, s->files, s->nfiles, s->may_lack, &d);
	const char *domain = config_domain(c->config);
	size_t n = aliases_count(a);
	char count[40];

	(void)snprintf(count, sizeof count, n == 0 ? "none" : n == 1 ? "one" : "%zu", n);
	if (d.n > 0)
		found(c, NULL, ID_ALIASES, CHECKUP_WARN, "%s:%d: %s%s", d.items[0].file,
		    d.items[0].line, d.items[0].text,
		    d.n > 1 ? ", and more (newaliases tells)" : "");
	else if (s->nlocal_to > 0)
		found(c, NULL, ID_ALIASES, CHECKUP_OK,
		    "%s; users of this machine without one: %s%s", count, s->local_to[0],
		    s->nlocal_to > 1 ? ", ..." : "");
	else if (domain != NULL)
		found(c, NULL, ID_ALIASES, CHECKUP_OK,
		    "%zu; users of this machine without one: at %s", n, domain);
	else if (aliases_find(a, "root", 4) != NULL)
		found(c, NULL, ID_ALIASES, CHECKUP_OK, "%s, root among them", count);
	else
		found(c, NULL, ID_ALIASES, CHECKUP_WARN,
		    "mail to root has nowhere to go: set local-to in [defaults]");
	diags_done(&d);
}

static void
describe_queue(struct checklist *c, const char *dir, const struct survey *v)
{
	size_t live = v->due + v->deferred + v->waiting;

	if (v->dead + v->corrupt + v->poisoned + v->orphans > 0)
		found(c, NULL, ID_QUEUE, CHECKUP_WARN, "%s needs you: postrider status", dir);
	else if (live + v->held == 0)
		found(c, NULL, ID_QUEUE, CHECKUP_OK, "%s, empty", dir);
	else
		found(c, NULL, ID_QUEUE, CHECKUP_OK, "%s: %zu wait, %zu held", dir, live, v->held);
}

/* The queue, opened if it is there; NULL: it is not, or there is trouble, which was told. */
static struct spool *
check_queue(struct checklist *c)
{
	const struct queue_settings *q = config_queue(c->config);
	struct spool *sp = NULL;
	struct survey v;
	struct err e;

	if (!q->enabled)
		found(c, NULL, ID_QUEUE, CHECKUP_SKIPPED, "off: nothing is kept");
	else if (q->directory == NULL)
		found(c, NULL, ID_QUEUE, CHECKUP_FAILED,
		    "no home directory of yours is known: set [queue] directory");
	else if ((sp = spool_open(q->directory, false, &e)) == NULL && errno == ENOENT)
		found(c, NULL, ID_QUEUE, CHECKUP_OK, "%s, made when it is needed", q->directory);
	else if (sp == NULL || !queue_survey(c->mem, sp, c->config, clock_wall_ms(), &v, &e))
		found(c, NULL, ID_QUEUE, CHECKUP_FAILED, "%s", e.text);
	else if (!spool_has_space(sp, &e))
		found(c, NULL, ID_QUEUE, CHECKUP_FAILED, "%s: nothing new is kept", e.text);
	else
		describe_queue(c, q->directory, &v);
	return sp;
}

void
checklist_machine(struct checklist *c)
{
	const char *dir = config_queue(c->config)->directory;
	struct runner_found r;
	struct spool *sp;

	print_title(c, "this machine");
	check_config(c);
	check_aliases(c);
	sp = check_queue(c);
	r = runner_setup_find(c->mem, sp != NULL ? dir : NULL, true);
	if (!config_queue(c->config)->enabled)
		found(c, NULL, ID_RUNNER, CHECKUP_SKIPPED, "there is no queue");
	else if (r.kind != RUNNER_NONE)
		found(c, NULL, ID_RUNNER, CHECKUP_OK, "%s", r.words);
	else
		found(c, NULL, ID_RUNNER, CHECKUP_WARN,
		    "nothing runs the queue: postrider queue runner install");
	spool_close(sp);
	if (config_naccounts(c->config) == 0) /* else behind the account that suffers from it */
		tell_hint(c, NULL);
}

/* ---- an account */

static bool
check_secret(struct checklist *c, const struct account *a)
{
	struct secret secret = {NULL, 0};
	struct checkup_finding f = {.verdict = CHECKUP_FAILED, .ms = -1};
	bool good = false;

	if (!a->auth) {
		found(c, a, ID_SECRET, CHECKUP_SKIPPED, "no login is configured");
		return true;
	}
	if (a->password_source == PASSWORD_NONE && !c->ui->no_input && c->ui->err_tty) {
		found(c, a, ID_SECRET, CHECKUP_SKIPPED, "none is configured: it is asked for");
		return true;
	}
	if (!password_get(a, false, &secret, &f.why)) {
		(void)snprintf(f.text, sizeof f.text, "%s", f.why.text);
		tell(c, a, ids[ID_SECRET], &f);
	} else if (secret.len == 0) {
		found(c, a, ID_SECRET, CHECKUP_FAILED, "%s: it is empty",
		    credential_source_name(a));
	} else {
		found(c, a, ID_SECRET, CHECKUP_OK, "%s, %zu character%s", credential_source_name(a),
		    secret.len, secret.len == 1 ? "" : "s");
		good = true;
	}
	secret_wipe(&secret);
	return good;
}

/* Where something answers when the configured port does not, or not as it should. */
static void
look_elsewhere(struct checklist *c, const struct account *a)
{
	bool open[CHECKUP_NPORTS];
	struct buf b;

	if (a->host == NULL || c->ui->json)
		return;
	checkup_look(a->host, open);
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < CHECKUP_NPORTS; i++)
		if (open[i] && checkup_ports[i] != a->port)
			(void)buf_addf(&b,
			    "%sport %u on the same host answers: try port = %u, tls = %s",
			    b.len > 0 ? "\n" : "", checkup_ports[i], checkup_ports[i],
			    checkup_ports[i] == 465 ? "implicit" : "starttls");
	if (b.len > 0)
		ui_label(c->ui, "hint:", buf_str(&b));
	buf_done(&b);
}

static void
check_server(struct checklist *c, const struct account *a)
{
	struct checkup_finding findings[CHECKUP_STEPS];
	struct transcript t;
	const struct checkup up = {
	    .account = a,
	    .from = c->from,
	    .to = c->to,
	    .expiry_warn_ms = c->expiry_warn_ms,
	    .may_ask = !c->ui->no_input && c->ui->err_tty,
	    .trace = &t.hooks,
	};
	struct err e;
	bool good, elsewhere = false;

	transcript_init(&t, c->ui, &(struct transcript_want){c->timing, -1});
	good = checkup_run(&up, findings, &e);
	transcript_done(&t);
	if (!good) {
		found(c, a, ID_NETWORK, CHECKUP_FAILED, "%s", e.text);
		return;
	}
	for (size_t i = 0; i < CHECKUP_STEPS; i++) {
		tell(c, a, ids[ID_NETWORK + i], &findings[i]);
		good = good && findings[i].verdict != CHECKUP_FAILED;
		elsewhere = elsewhere ||
		    (findings[i].verdict == CHECKUP_FAILED &&
			(i == CHECKUP_TCP || i == CHECKUP_TLS) &&
			findings[i].why.stage != STAGE_CERT);
	}
	tell_hint(c, a);
	if (elsewhere)
		look_elsewhere(c, a);
	if (good)
		credential_release(c->config, a);
}

void
checklist_account(struct checklist *c, const struct account *a)
{
	const char *own = account_address(a);
	struct buf b;

	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "account %s%s%s", a->name, own != NULL ? ", from " : "",
	    own != NULL ? own : "");
	print_title(c, buf_str(&b));
	buf_done(&b);
	if (check_secret(c, a)) {
		check_server(c, a);
		return;
	}
	for (size_t i = ID_NETWORK; i < ID_COUNT; i++)
		found(c, a, i, CHECKUP_SKIPPED, "not reached");
	tell_hint(c, a);
}

int
checklist_end(struct checklist *c)
{
	struct buf b;
	int printed;

	if (c->status == 0 && c->strict && c->nwarnings > 0)
		c->status = 1;
	buf_init(&b, SIZE_MAX);
	if (c->ui->json) {
		struct json *j = json_new();

		json_int(j, "v", 1);
		json_str(j, "event", "result");
		json_int(j, "failed", (int64_t)c->nfailed);
		json_int(j, "warnings", (int64_t)c->nwarnings);
		json_int(j, "exit", c->status);
		json_line(j, &b);
	} else if (!c->ui->quiet) {
		if (c->nwarnings > 0)
			(void)buf_addf(&b, "%zu warning%s, ", c->nwarnings,
			    c->nwarnings == 1 ? "" : "s");
		if (c->nfailed > 0)
			(void)buf_addf(&b, "%zu failed", c->nfailed);
		else
			(void)buf_adds(&b, c->nwarnings > 0 ? "nothing wrong" : "Nothing wrong");
		(void)buf_adds(&b, ". No mail was sent.\n");
	}
	printed = b.len > 0 ? ui_data(c->ui, &b) : 0;
	buf_done(&b);
	return c->status != 0 ? c->status : printed;
}
