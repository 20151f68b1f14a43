/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One screen for a person, one object for a monitor: does anything need somebody? */
#include <errno.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/queue_survey.h"
#include "cli/reason.h"
#include "cli/report.h"
#include "cli/runner_setup.h"

#define OLD_MS RATE_DAY_MS

struct scene {
	const struct ui *ui;
	const char *directory;
	bool present; /* the queue's directory is there */
	bool broken;  /* the configuration cannot be used */
	bool nobody;  /* it names no account */
	struct survey survey;
	struct runner_found runner;
	int64_t now;
	struct buf out;
	struct json *json; /* NULL: text */
	size_t nproblems;
};

/* ---- what needs a person */

struct problem {
	const char *id; /* stable, for JSON */
	bool (*is_there)(const struct scene *s);
	const char *text, *todo;
};

static bool
is_broken(const struct scene *s)
{
	return s->broken;
}

static bool
has_no_account(const struct scene *s)
{
	return s->nobody && !s->broken;
}

static bool
has_unsettled(const struct scene *s)
{
	return s->survey.unsettled > 0 && !s->broken && !s->nobody;
}

static bool
has_dead(const struct scene *s)
{
	return s->survey.dead > 0;
}

static bool
has_corrupt(const struct scene *s)
{
	return s->survey.corrupt > 0;
}

static bool
has_poison(const struct scene *s)
{
	return s->survey.poisoned > 0;
}

static bool
has_orphans(const struct scene *s)
{
	return s->survey.orphans > 0 && !s->broken && !s->nobody;
}

static bool
is_old(const struct scene *s)
{
	return s->survey.oldest_ms > 0 && s->now - s->survey.oldest_ms > OLD_MS;
}

static bool
login_is_refused(const struct scene *s)
{
	for (size_t i = 0; i < s->survey.naccounts; i++)
		if (s->survey.accounts[i].needs_person)
			return true;
	return false;
}

static bool
has_live(const struct scene *s)
{
	return s->survey.due + s->survey.deferred + s->survey.waiting > 0;
}

static bool
lacks_runner(const struct scene *s)
{
	return has_live(s) && s->runner.kind == RUNNER_NONE && s->survey.runner_pid == 0;
}

static const struct problem problems[] = {
    {"config", is_broken, "the configuration cannot be used, and nothing is sent until it is",
	"postrider config check"},
    {"no-account", has_no_account, "no account is configured, so nothing can be sent",
	"postrider setup ADDRESS makes one"},
    {"unsettled", has_unsettled,
	"messages wait that came while the configuration could not be used, or lacked a domain",
	"postrider queue run sends them, or says what is still missing"},
    {"dead", has_dead, "messages were given up and nobody could be told",
	"postrider queue list, then: postrider queue release ID, or remove ID"},
    {"corrupt", has_corrupt, "files of the queue are damaged and never sent",
	"postrider queue check"},
    {"poison", has_poison, "messages were held because sending them failed in a strange way",
	"postrider queue list, then: postrider queue release ID, or remove ID"},
    {"account", has_orphans, "messages wait for an account that is not in the configuration",
	"postrider queue check names them"},
    {"login", login_is_refused, "a login was refused three times, and nothing was changed since",
	"mend user or password in the configuration; then postrider queue run --now"},
    {"old", is_old, "the oldest message has waited for more than a day",
	"postrider queue list tells why"},
    {"runner", lacks_runner, "messages wait, and nothing runs the queue",
	"postrider queue runner install --write, or now: postrider queue run"},
};

#define NPROBLEMS (sizeof(problems) / sizeof(problems[0]))

static void
tell_problems(struct scene *s)
{
	for (size_t i = 0; i < NPROBLEMS; i++) {
		const struct problem *p = &problems[i];
		struct json *j;

		if (!p->is_there(s))
			continue;
		if (s->json != NULL) {
			j = json_new();
			json_str(j, "id", p->id);
			json_str(j, "text", p->text);
			json_str(j, "todo", p->todo);
			json_push(s->json, "problems", j);
		} else {
			if (s->nproblems == 0)
				(void)buf_adds(&s->out, "\nneeds you\n");
			(void)buf_adds(&s->out, "  ");
			ui_painted(&s->out, s->ui->out_color, UI_BAD, p->text);
			(void)buf_addf(&s->out, "\n      %s\n", p->todo);
		}
		s->nproblems++;
	}
	if (s->json == NULL && s->nproblems == 0) {
		(void)buf_addc(&s->out, '\n');
		ui_painted(&s->out, s->ui->out_color, UI_GOOD, "nothing needs you");
		(void)buf_addc(&s->out, '\n');
	}
}

/* ---- the queue */

static void
add_when(struct scene *s, const char *before, int64_t ms)
{
	char when[40];

	clock_short(ms, s->now, when, sizeof(when));
	(void)buf_addf(&s->out, "%s%s", before, when);
}

/* "31 minutes", "5 hours", "3 days" */
static void
add_age(struct buf *out, int64_t ms)
{
	int64_t minutes = ms > 0 ? ms / 60000 : 0;

	if (minutes < 120)
		(void)buf_addf(out, "%d minute%s", (int)minutes, minutes == 1 ? "" : "s");
	else if (minutes < 48 * 60)
		(void)buf_addf(out, "%d hours", (int)(minutes / 60));
	else
		(void)buf_addf(out, "%d days", (int)(minutes / 1440));
}

static void
add_count(struct buf *out, size_t n, const char *word, bool *first)
{
	if (n == 0)
		return;
	(void)buf_addf(out, "%s%zu %s", *first ? "" : ", ", n, word);
	*first = false;
}

static size_t
all_messages(const struct survey *v)
{
	return v->due + v->deferred + v->waiting + v->held + v->dead;
}

static void
tell_queue(struct scene *s)
{
	const struct survey *v = &s->survey;
	size_t n = all_messages(v);
	bool first = true;

	(void)buf_addf(&s->out, "queue     %s%s\n          ", s->directory,
	    s->present ? "" : " (not there yet)");
	if (n + v->corrupt == 0) {
		(void)buf_adds(&s->out, "empty\n");
	} else {
		(void)buf_addf(&s->out, "%zu message%s, %llu KB: ", n, n == 1 ? "" : "s",
		    (unsigned long long)(v->size + 1023) / 1024);
		add_count(&s->out, v->due, "due", &first);
		add_count(&s->out, v->deferred, "deferred", &first);
		if (v->next_ms > 0)
			add_when(s, " until ", v->next_ms);
		add_count(&s->out, v->waiting, "waiting for their server", &first);
		add_count(&s->out, v->held, "held", &first);
		add_count(&s->out, v->dead, "dead", &first);
		add_count(&s->out, v->corrupt, "damaged", &first);
		(void)buf_addc(&s->out, '\n');
	}
	if (v->oldest_ms > 0) {
		(void)buf_adds(&s->out, "          the oldest has waited for ");
		add_age(&s->out, s->now - v->oldest_ms);
		(void)buf_addc(&s->out, '\n');
	}
}

static void
tell_runner(struct scene *s)
{
	const struct survey *v = &s->survey;

	(void)buf_addf(&s->out, "runner    %s\n",
	    s->runner.kind != RUNNER_NONE ? s->runner.words
					  : "none (postrider queue runner install)");
	if (v->runner_pid > 0)
		(void)buf_addf(&s->out, "          a run is going on, process %ld\n",
		    v->runner_pid);
}

/* ---- accounts */

static void
add_server(const struct account *a, struct buf *out)
{
	if (a->socket != NULL)
		(void)buf_adds(out, a->socket);
	else
		(void)buf_addf(out, "%s:%u", a->host, (unsigned)a->port);
}

static const char *
period_word(int64_t ms)
{
	return ms >= RATE_DAY_MS ? "day"
	    : ms >= 3600000      ? "hour"
	    : ms >= 60000        ? "minute"
				 : "second";
}

static const char *
state_word(const struct survey_account *a)
{
	if (a->breaker.failures > 0)
		return a->needs_person ? "login refused" : "down";
	return a->breaker.last_ok_ms > 0 ? "up" : "not used yet";
}

static void
tell_account(struct scene *s, const struct survey_account *a)
{
	const struct breaker *b = &a->breaker;
	struct buf *out = &s->out;

	(void)buf_addf(out, "account   %s, ", a->account->name);
	add_server(a->account, out);
	(void)buf_adds(out, ": ");
	ui_painted(out, s->ui->out_color, b->failures > 0 ? UI_BAD : UI_PLAIN, state_word(a));
	if (b->failures > 0)
		(void)buf_addf(out, ", %u failure%s in a row", b->failures,
		    b->failures == 1 ? "" : "s");
	if (b->failures > 0 && a->open)
		add_when(s, ", next try ", b->retry_ms);
	else if (b->failures > 0)
		(void)buf_adds(out, ", tried again with the next run");
	if (b->last_ok_ms > 0)
		add_when(s, ", last success ", b->last_ok_ms);
	if (a->messages > 0)
		(void)buf_addf(out, ", %zu%s message%s for it", a->messages,
		    s->survey.unopened > 0 ? " or more" : "", a->messages == 1 ? "" : "s");
	(void)buf_addc(out, '\n');
	if (b->failures > 0) {
		(void)buf_adds(out, "          ");
		reason_words(&b->why, out);
		(void)buf_addc(out, '\n');
	}
	for (size_t i = 0; i < a->account->nrates; i++) {
		const struct rate *r = &a->account->rates[i];

		(void)buf_addf(out, "%s%u of %u a %s", i == 0 ? "          rate used: " : ", ",
		    breaker_used(b, r, s->now), r->count, period_word(r->period_ms));
	}
	if (a->account->nrates > 0)
		(void)buf_addc(out, '\n');
}

/* ---- JSON */

static void
json_time(struct json *j, const char *key, int64_t ms)
{
	char text[40];

	if (ms <= 0)
		return;
	clock_rfc3339(ms, text, sizeof(text));
	json_str(j, key, text);
}

static struct json *
account_object(const struct scene *s, const struct survey_account *a)
{
	const struct breaker *b = &a->breaker;
	struct json *j = json_new();
	struct buf text;

	buf_init(&text, SIZE_MAX);
	json_str(j, "name", a->account->name);
	add_server(a->account, &text);
	json_str(j, "server", buf_str(&text));
	json_str(j, "state",
	    b->failures > 0         ? a->needs_person ? "login-refused" : "down"
		: b->last_ok_ms > 0 ? "up"
				    : "unused");
	json_int(j, "failures", b->failures);
	buf_clear(&text);
	if (b->failures > 0)
		reason_words(&b->why, &text);
	json_str(j, "reason", text.len > 0 ? buf_str(&text) : NULL);
	json_time(j, "next", a->open ? b->retry_ms : 0);
	json_time(j, "last_success", b->last_ok_ms);
	if (s->survey.unopened == 0)
		json_int(j, "messages", (int64_t)a->messages);
	for (size_t i = 0; i < a->account->nrates; i++) {
		const struct rate *r = &a->account->rates[i];
		struct json *rate = json_new();

		json_int(rate, "limit", r->count);
		json_str(rate, "per", period_word(r->period_ms));
		json_int(rate, "used", breaker_used(b, r, s->now));
		json_push(j, "rates", rate);
	}
	buf_done(&text);
	return j;
}

static void
fill_object(struct scene *s)
{
	const struct survey *v = &s->survey;
	struct json *j = s->json;

	json_int(j, "v", 1);
	json_str(j, "event", "status");
	json_str(j, "queue", s->directory);
	json_bool(j, "present", s->present);
	json_int(j, "due", (int64_t)v->due);
	json_int(j, "deferred", (int64_t)v->deferred);
	json_int(j, "waiting", (int64_t)v->waiting);
	json_int(j, "held", (int64_t)v->held);
	json_int(j, "dead", (int64_t)v->dead);
	json_int(j, "corrupt", (int64_t)v->corrupt);
	json_int(j, "size", (int64_t)v->size);
	json_time(j, "oldest", v->oldest_ms);
	if (v->oldest_ms > 0)
		json_int(j, "oldest_seconds",
		    s->now > v->oldest_ms ? (s->now - v->oldest_ms) / 1000 : 0);
	json_time(j, "next", v->next_ms);
	json_str(j, "runner", s->runner.words);
	json_bool(j, "running", v->runner_pid > 0);
	for (size_t i = 0; i < v->naccounts; i++)
		json_push(j, "accounts", account_object(s, &v->accounts[i]));
}

/* ---- */

static int
tell(struct scene *s)
{
	int status, printed = 0;

	buf_init(&s->out, SIZE_MAX);
	if (s->ui->json) {
		s->json = json_new();
		fill_object(s);
	} else {
		tell_queue(s);
		tell_runner(s);
		for (size_t i = 0; i < s->survey.naccounts; i++)
			tell_account(s, &s->survey.accounts[i]);
	}
	tell_problems(s);
	status = s->nproblems > 0;
	if (s->json != NULL) {
		json_int(s->json, "exit", status);
		json_line(s->json, &s->out);
	}
	if (!s->ui->quiet)
		printed = ui_data(s->ui, &s->out);
	buf_done(&s->out);
	return printed != 0 ? printed : status;
}

static int
trouble(const struct ui *ui, const struct err *e)
{
	report_cause(ui, NULL, e);
	return err_sysexit(e);
}

static int
look(const struct command_call *call, const struct ui *ui, const struct config *c, bool broken)
{
	struct scene s = {.ui = ui, .now = clock_wall_ms(), .broken = broken};
	struct spool *sp = NULL;
	bool good;
	struct err e;

	s.nobody = config_naccounts(c) == 0;
	s.directory = config_queue(c)->directory;
	if (s.directory != NULL) {
		sp = spool_open(s.directory, false, &e);
		if (sp == NULL && errno != ENOENT)
			return trouble(ui, &e);
	} else {
		s.directory = "no place for a queue is known";
	}
	s.present = sp != NULL;
	good = queue_survey(call->mem, sp, c, s.now, &s.survey, &e);
	spool_close(sp);
	if (!good)
		return trouble(ui, &e);
	s.runner = runner_setup_find(call->mem, s.present ? s.directory : NULL, true);
	return tell(&s);
}

int
cmd_status(const struct command_call *call)
{
	struct shared shared = call->shared;
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	struct ui ui;
	int status;

	args.ngroups = cmd_help_groups(groups);
	groups[0].target = &shared;
	if (!command_begin(call, &args, &shared, &ui, &status))
		return status;
	if (args.operands.n > 0) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "'status' takes no words, not '%s'",
		    args.operands.items[0]);
		return ui_usage(&ui, &e, NULL);
	}
	shared_request(&shared, &want);
	c = config_load(&want, &d);
	if (c == NULL) {
		(void)complain_config(&ui, &d, NULL);
		c = config_load_rest(&want);
		status = look(call, &ui, c, true);
	} else {
		status = look(call, &ui, c, false);
	}
	config_free(c);
	diags_done(&d);
	return status;
}
