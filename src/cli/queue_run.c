/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_run.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/maillog.h"
#include "cli/queue_loop.h"
#include "cli/report.h"
#include "queue/breaker.h"

bool
queue_run_parse(const char *text, struct queue_run_args *out)
{
	bool others = text[0] == '!';
	const char *word = text + others;
	struct queue_run_part *part;

	switch (word[0]) {
	case 'I':
		part = &out->id;
		break;
	case 'R':
		part = &out->rcpt;
		break;
	case 'S':
		part = &out->sender;
		break;
	case 'f':
		out->now = out->now || !others;
		return !others;
	/* how the queue is grouped, and where the run happens, makes no difference here */
	case 'G':
	case 'i':
	case 'l':
	case 'p':
		return !others;
	default:
		return !others && str_duration_ms(text, &out->every_ms) && out->every_ms > 0;
	}
	if (word[1] == '\0')
		return false;
	*part = (struct queue_run_part){word + 1, others};
	out->now = true;
	return true;
}

static bool
has_rcpt(const struct envelope *env, const char *text)
{
	for (size_t i = 0; i < env->nrcpts; i++)
		if (str_find_nocase(env->rcpts[i].addr, text) != NULL)
			return true;
	return false;
}

/* Each part that was given has to fit. */
static bool
is_wanted(void *arg, const char *id, const struct envelope *env)
{
	const struct queue_run_args *a = arg;

	if (a->id.text != NULL && (str_find_nocase(id, a->id.text) != NULL) == a->id.others)
		return false;
	if (a->sender.text != NULL &&
	    (str_find_nocase(env->from, a->sender.text) != NULL) == a->sender.others)
		return false;
	return a->rcpt.text == NULL || has_rcpt(env, a->rcpt.text) != a->rcpt.others;
}

static void
add_part(struct buf *b, const char *before, size_t n, const char *after)
{
	if (n > 0)
		(void)buf_addf(b, "%s%s%zu%s", b->len > 0 ? ", " : "", before, n, after);
}

/* "sent to 3 recipients, 1 put off, 2 messages wait for their server" */
static void
tell(const struct ui *ui, const struct runner_result *out)
{
	char when[40];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	add_part(&b, "sent to ", out->sent, out->sent == 1 ? " recipient" : " recipients");
	add_part(&b, "", out->open, " put off");
	add_part(&b, "", out->failed, " refused for good");
	add_part(&b, "", out->held,
	    out->held == 1 ? " message waits for its server" : " messages wait for their server");
	if (ui->err_tty || out->trouble.class != ERR_NONE || ui->verbose > 0)
		ui_note(ui, "%s", b.len > 0 ? buf_str(&b) : "nothing is due");
	buf_done(&b);
	if (out->again_ms > 0) {
		clock_short(out->again_ms, clock_wall_ms(), when, sizeof(when));
		ui_note(ui, "the rate of an account is used up: the rest may go at %s", when);
	}
}

int
queue_run_once(const struct config *c, struct spool *sp, const struct ui *ui,
    const struct queue_run_args *args, struct runner_result *result)
{
	struct queue_run_args copy = *args;
	bool some = args->id.text != NULL || args->rcpt.text != NULL || args->sender.text != NULL;
	struct runner r = {.spool = sp,
	    .config = c,
	    .now = args->now || args->only != NULL,
	    .only = args->only,
	    .wanted = some ? is_wanted : NULL,
	    .wanted_arg = &copy,
	    .stop = interrupt_flag()};
	struct runner_result out;
	struct err e;
	bool good;

	interrupt_catch();
	good = runner_run(&r, &out, &e);
	interrupt_release();
	if (result != NULL)
		*result = out;
	if (!good) {
		report_cause(ui, NULL, &e);
		return err_sysexit(&e);
	}
	if (out.busy) {
		ui_note(ui, "the queue is being run already");
		return 0;
	}
	if (out.trouble.class != ERR_NONE)
		report_cause(ui, NULL, &out.trouble);
	tell(ui, &out);
	return out.trouble.class == ERR_LOCAL ? EX_TEMPFAIL : 0;
}

static int
run_in(const struct config *c, const struct ui *ui, const struct queue_run_args *args)
{
	const char *dir = config_queue(c)->directory;
	struct spool *sp;
	struct err e;
	int status;

	err_set(&e, ERR_CONFIG, STAGE_QUEUE, "",
	    "no place for a queue is known: set directory in [queue]");
	errno = 0;
	sp = dir != NULL ? spool_open(dir, false, &e) : NULL;
	if (sp == NULL && errno == ENOENT)
		return 0; /* no mail was ever kept */
	if (sp == NULL) {
		report_cause(ui, NULL, &e);
		return err_sysexit(&e);
	}
	status = queue_run_once(c, sp, ui, args, NULL);
	spool_close(sp);
	return status;
}

int
queue_run(const struct shared *shared, const struct ui *ui, const struct queue_run_args *args)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	int status;

	if (args->every_ms > 0)
		return queue_loop(shared, ui, args);
	shared_request(shared, &want);
	c = config_load(&want, &d);
	if (c != NULL)
		maillog_settle(c);
	status = c != NULL ? run_in(c, ui, args) : complain_config(ui, &d, NULL);
	config_free(c);
	diags_done(&d);
	return status;
}
