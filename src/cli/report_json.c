/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_json.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/hint.h"

#define VERSION 1 /* of the form */

static struct json *
event(const char *name)
{
	struct json *j = json_new();

	json_int(j, "v", VERSION);
	json_str(j, "event", name);
	return j;
}

static void
str_if(struct json *j, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_str(j, key, value);
}

static void
add_err(struct json *j, const struct err *e, const char *server)
{
	const struct hint *h = hint_find(e, server);

	if (e->code != 0)
		json_int(j, "code", e->code);
	str_if(j, "enhanced", e->status);
	json_str(j, "text", e->text);
	if (e->class == ERR_NONE)
		return;
	str_if(j, "stage", err_stage_name(e->stage));
	json_str(j, "class", err_class_name(e->class));
	json_str(j, "hint_id", h != NULL ? h->id : NULL);
}

/* "... queued as 4F3aB1": the server's own name for the message, which its operator will ask for.
 */
static void
add_remote_id(struct json *j, const char *text)
{
	static const char key[] = "queued as ";
	const char *id = str_find_nocase(text, key);
	struct arena mem = {NULL};

	if (id == NULL)
		return;
	id += sizeof(key) - 1;
	json_str(j, "remote_id", arena_strndup(&mem, id, strcspn(id, " ,;)")));
	arena_done(&mem);
}

static void
add_recipient(const struct report *r, const struct rcpt *rcpt, struct buf *out)
{
	struct json *j = event("recipient");

	json_str(j, "id", r->id);
	json_str(j, "to", rcpt->addr);
	json_str(j, "status", outcome_status(rcpt, r->dry_run));
	if (rcpt->state == RCPT_PENDING || rcpt->state == RCPT_UNKNOWN)
		json_bool(j, "kept", r->id != NULL);
	if (rcpt->why != NULL)
		add_err(j, rcpt->why, rcpt->server);
	if (rcpt->state == RCPT_SENT && rcpt->why != NULL)
		add_remote_id(j, rcpt->why->text);
	if (rcpt->state == RCPT_QUEUED && r->next_ms > 0) {
		char when[40];

		clock_rfc3339(r->next_ms, when, sizeof(when));
		json_str(j, "next_try", when);
	}
	json_str(j, "server", rcpt->server);
	json_int(j, "ms", rcpt->ms);
	json_line(j, out);
}

static void
add_bad(const struct report *r, struct buf *out)
{
	struct json *j = event("error");

	add_err(j, r->bad, NULL);
	json_int(j, "recipients", (int64_t)r->nbad);
	json_line(j, out);
}

static void
add_result(const struct outcome *o, const struct report *r, int status, struct buf *out)
{
	struct json *j = event("result");

	if (r != NULL) {
		json_str(j, "id", r->id);
		json_str(j, "message_id", r->env->message_id);
	}
	json_int(j, "sent", (int64_t)o->sent);
	json_int(j, "queued", (int64_t)o->queued);
	json_int(j, "refused", (int64_t)o->refused);
	json_int(j, "deferred", (int64_t)o->deferred);
	json_int(j, "unknown", (int64_t)o->unknown);
	json_int(j, "exit", status);
	json_line(j, out);
}

void
report_json_format(const struct report *r, const struct outcome *o, int status, struct buf *out)
{
	struct outcome shown = *o;

	if (r->nbad > 0)
		add_bad(r, out);
	for (size_t i = 0; i < r->env->nrcpts; i++)
		add_recipient(r, &r->env->rcpts[i], out);
	if (r->dry_run)
		shown.sent = 0;
	add_result(&shown, r, status, out);
}

void
report_json_format_trouble(const struct err *e, int status, struct buf *out)
{
	const struct outcome none = {.total = 0};
	struct json *j = event("error");

	add_err(j, e, NULL);
	json_line(j, out);
	add_result(&none, NULL, status, out);
}

void
report_json_trouble(const struct err *e, int status)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	report_json_format_trouble(e, status, &b);
	(void)ui_out(&b);
	buf_done(&b);
}

void
report_json_note(const char *text, struct buf *out)
{
	struct json *j = event("note");

	json_str(j, "text", text);
	json_line(j, out);
}

void
report_json_stage(const struct trace_stage *s, struct buf *out)
{
	struct json *j = event("stage");

	json_str(j, "stage", err_stage_name(s->stage));
	json_bool(j, "ok", s->err == NULL);
	json_int(j, "ms", s->ms);
	str_if(j, "detail", s->detail);
	str_if(j, "version", s->tls_version);
	str_if(j, "cipher", s->tls_cipher);
	str_if(j, "peer", s->cert_name);
	str_if(j, "expires", s->cert_expires);
	if (s->err != NULL)
		add_err(j, s->err, NULL);
	json_line(j, out);
}
