/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "deliver/intake_state.h"
#include "message/addr.h"
#include "message/fixup.h"

#define CHUNK ((size_t)128 * 1024)

/* What the caller asked for, and not what we made of it: it is decided later. */
static void
note_wishes(struct intake_state *r)
{
	struct envelope *env = r->env;
	const char *given = r->in->from;

	r->out->account = NULL;
	env->account = NULL;
	env->sender_open = given == NULL || (given[0] != '\0' && addr_domain(given) == NULL);
	if (r->full_name != NULL)
		env->full_name = arena_strdup(&env->mem, r->full_name);
}

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct intake_state *r = arg;
	struct envelope *env = r->env;

	if (!intake_sender_choose(r, found, e) || !intake_rcpts_add(r, found, e))
		return false;
	if (r->sender[0] != '\0' && !addr_is_wire(r->sender))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.7",
		    "the sender '%s' is not a mail address", r->sender);
	env->account = r->out->account != NULL ? r->out->account->name : NULL;
	if (env->unsettled)
		note_wishes(r);
	env->from = arena_strdup(&env->mem, r->sender);
	env->smtputf8 = env->smtputf8 || r->in->smtputf8 || addr_needs_utf8(env->from);
	env->ret = r->in->ret;
	env->lifetime_ms = r->in->lifetime_ms;
	env->envid = r->in->envid != NULL ? arena_strdup(&env->mem, r->in->envid) : NULL;
	env->message_id = found->message_id;
	r->mime = mime_look(block, n);
	r->out->subject = found->subject;
	r->out->repeated = found->repeated;
	return entry_begin(r->out->entry, e) && entry_write(r->out->entry, block, n, e);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct intake_state *r = arg;

	return entry_write(r->out->entry, data, n, e);
}

static ssize_t
read_input(const struct intake *in, char *chunk, uint64_t *at)
{
	ssize_t n;

	if (in->source == NULL && in->read != NULL)
		return in->read(in->read_arg, chunk, CHUNK);
	if (in->source == NULL)
		return file_read(in->fd, chunk, CHUNK);
	n = entry_read(in->source, chunk, CHUNK, *at);
	if (n > 0)
		*at += (uint64_t)n;
	return n;
}

/* cron mails an empty output all the same; a pipe whose writer failed is better told about it. */
static bool
is_enough(const struct intake_state *r, struct err *e)
{
	if (!r->out->empty || !r->in->require_body)
		return true;
	return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0",
	    "the message is empty: neither header nor body");
}

/* Feeds the whole input; after trouble it is still read to its end, or the writer would get
 * SIGPIPE. */
static bool
feed_all(struct intake_state *r, struct fixup *f, struct err *e)
{
	uint64_t at = 0;
	char *chunk;
	bool good = true;
	ssize_t n;

	if (r->in->text != NULL) {
		r->out->empty = r->in->text_len == 0;
		return is_enough(r, e) && fixup_feed(f, r->in->text, r->in->text_len, e);
	}
	chunk = mem_alloc(CHUNK);
	while (!fixup_ended(f) && (n = read_input(r->in, chunk, &at)) != 0) {
		if (n < 0) {
			/* a read error is not the end of the message: what came before must not be
			 * sent as if it were whole */
			good = !good ? false
				     : err_set(e, ERR_LOCAL, STAGE_INPUT, "",
					   "cannot read the message: %s", strerror(errno));
			break;
		}
		r->out->empty = false;
		if (good)
			good = fixup_feed(f, chunk, (size_t)n, e);
	}
	free(chunk);
	return good && is_enough(r, e);
}

static void
drain(const struct intake *in)
{
	uint64_t at = 0;
	char *chunk;

	if (in->text != NULL || in->source != NULL)
		return;
	chunk = mem_alloc(CHUNK);
	while (read_input(in, chunk, &at) > 0)
		;
	free(chunk);
}

bool
intake_run(const struct intake *in, struct intake_result *out, struct err *e)
{
	struct intake_state r = {.in = in, .out = out};
	struct fixup_sink sink = {on_begin, on_body, &r};
	struct fixup_opts opts = {.read_recipients = in->read_recipients, .dot_ends = in->dot_ends};
	struct fixup *f;
	bool good;

	*out = (struct intake_result){.entry = entry_new(in->queue_dir, e), .empty = true};
	if (out->entry == NULL) {
		drain(in);
		return false;
	}
	r.env = entry_envelope(out->entry);
	if (in->arrival_ms > 0)
		entry_set_arrival(out->entry, in->arrival_ms);
	intake_sender_init(&r);
	opts.domain = intake_sender_domain(&r);
	opts.from_fallback = r.host_addr;
	opts.sender = intake_sender_ask;
	opts.sender_arg = &r;
	opts.replace = intake_sender_replace;
	opts.replace_arg = &r;
	opts.host = config_local(in->config)->host_short;
	opts.undisclosed = config_undisclosed(in->config);
	opts.full_name = r.full_name;
	opts.now_ms = clock_wall_ms();
	f = fixup_new(&r.env->mem, &opts, &sink);
	good = feed_all(&r, f, e) && fixup_end(f, &r.env->facts, e) &&
	    entry_finish(out->entry, e) && intake_recode(&r, f, e);
	fixup_free(f);
	if (!good) {
		entry_close(out->entry);
		out->entry = NULL;
	}
	return good;
}

bool
intake_again(struct spool *sp, const struct config *config, struct entry *en, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	const char **rcpts = mem_array(NULL, env->nrcpts + 1, sizeof *rcpts);
	struct intake_wish *wishes = mem_array(NULL, env->nrcpts + 1, sizeof *wishes);
	struct intake in = {
	    .config = config,
	    .from = env->sender_open ? NULL : env->from,
	    .full_name = env->full_name,
	    .rcpts = rcpts,
	    .nrcpts = env->nrcpts,
	    .wishes = wishes,
	    .smtputf8 = env->smtputf8,
	    .ret = env->ret,
	    .envid = env->envid,
	    .lifetime_ms = env->lifetime_ms,
	    .queue_dir = spool_path(sp, ROOM_QUEUE),
	    .source = en,
	    .arrival_ms = entry_arrival_ms(en),
	};
	struct intake_result out;
	bool good;

	for (size_t i = 0; i < env->nrcpts; i++) {
		rcpts[i] = env->rcpts[i].addr;
		wishes[i] = (struct intake_wish){env->rcpts[i].notify, env->rcpts[i].orcpt};
	}
	good = intake_run(&in, &out, e);
	free(rcpts);
	free(wishes);
	if (!good)
		return false;
	/* nobody is left out because the configuration makes a wrong address of a name */
	if (out.nbad > 0)
		good = err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "%s", out.bad.text);
	good = good && spool_replace(sp, ROOM_QUEUE, out.entry, entry_id(en), e);
	entry_close(out.entry);
	return good;
}
