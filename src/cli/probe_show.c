/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/probe_show.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/keyword.h"
#include "cli/reason.h"
#include "cli/report_json.h"

#define DAY_MS ((int64_t)86400 * 1000)
#define MARGIN 22 /* columns before what a stage found */

static void
flush(struct buf *b)
{
	(void)ui_out(b);
	buf_done(b);
}

static void
begin_line(const struct probe_show *s, const char *stage, struct buf *out)
{
	(void)buf_addf(out, "%7" PRId64 " ms  %-8s  ", clock_mono_ms() - s->lines.started, stage);
}

static void
add_line(struct buf *out, const char *label, const char *text)
{
	(void)buf_addf(out, "%*s%-8s %s\n", MARGIN, "", label, text);
}

/* ---- stages */

static const char *
stage_title(enum stage stage)
{
	return stage == STAGE_CERT ? "tls" : err_stage_name(stage);
}

static void
format_stage(const struct probe_show *s, const struct trace_stage *st, struct buf *out)
{
	const char *detail = st->detail != NULL ? st->detail : "";

	begin_line(s, stage_title(st->stage), out);
	if (st->err != NULL) {
		ui_painted(out, s->ui->out_color, UI_BAD, "FAILED");
		(void)buf_adds(out, "  ");
		reason_words(st->err, out);
	} else if (st->stage == STAGE_DNS) {
		(void)buf_addf(out, "%s resolved", s->account->host);
	} else if (st->stage == STAGE_CONNECT && s->account->host != NULL) {
		(void)buf_addf(out, "%s (%s)", detail, s->account->host);
	} else if (st->stage == STAGE_AUTH) {
		(void)buf_addf(out, "%s as %s", detail, s->account->user);
	} else {
		str_escape(out, detail, strlen(detail), 0);
	}
	if (s->timing)
		(void)buf_addf(out, " (took %" PRId64 " ms)", st->ms);
	(void)buf_addc(out, '\n');
}

static void
on_stage(void *arg, const struct trace_stage *st)
{
	struct probe_show *s = arg;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (s->ui->json)
		report_json_stage(st, &b);
	else if (!s->hide)
		format_stage(s, st, &b);
	/* what is behind it was seen before it was over */
	(void)buf_add(&b, buf_str(&s->later), s->later.len);
	buf_clear(&s->later);
	flush(&b);
}

static void
on_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	struct probe_show *s = arg;
	struct json *j;
	struct buf b, shown;

	buf_init(&b, SIZE_MAX);
	if (!s->ui->json) {
		transcript_format_line(&s->lines, dir, encrypted, text, n,
		    clock_mono_ms() - s->lines.started, &b);
		flush(&b);
		return;
	}
	buf_init(&shown, SIZE_MAX);
	str_escape(&shown, text, n, 0);
	j = json_new();
	json_int(j, "v", 1);
	json_str(j, "event", "line");
	json_str(j, "direction", dir == TRACE_IN ? "in" : dir == TRACE_OUT ? "out" : "note");
	json_bool(j, "encrypted", encrypted);
	json_str(j, "text", buf_str(&shown));
	json_int(j, "ms", clock_mono_ms() - s->lines.started);
	json_line(j, &b);
	buf_done(&shown);
	flush(&b);
}

/* ---- certificates */

static void
add_dates(const struct tls_view_cert *c, struct buf *out)
{
	int64_t now = clock_wall_ms(), left = (c->not_after - now) / DAY_MS;
	char from[40], until[40];

	clock_rfc3339(c->not_before, from, sizeof(from));
	clock_rfc3339(c->not_after, until, sizeof(until));
	(void)buf_addf(out, "%.10s .. %.10s", from, until);
	if (now > c->not_after)
		(void)buf_addf(out, "  EXPIRED %" PRId64 " days ago", -left);
	else if (now < c->not_before)
		(void)buf_adds(out, "  NOT YET VALID");
	else
		(void)buf_addf(out, "  (%" PRId64 " day%s)", left, left == 1 ? "" : "s");
}

static void
add_names(const struct tls_view *v, struct buf *out)
{
	for (size_t i = 0; i < v->nnames; i++)
		(void)buf_addf(out, "%s%s%s", i > 0 ? ", " : "", v->names[i].name,
		    v->names[i].matches ? " (matches)" : "");
	if (v->nnamed > v->nnames)
		(void)buf_addf(out, ", and %zu more", v->nnamed - v->nnames);
	if (v->nnamed == 0)
		(void)buf_adds(out, "none: a common name does not count");
}

static void
add_cert(const struct tls_view_cert *c, const char *names, struct buf *out)
{
	struct buf dates;

	buf_init(&dates, SIZE_MAX);
	add_dates(c, &dates);
	if (names != NULL)
		add_line(out, "names", names);
	add_line(out, "issuer", c->issuer);
	add_line(out, "valid", buf_str(&dates));
	buf_clear(&dates);
	(void)buf_addf(&dates, "%s, signed with %s", c->key, c->signature);
	add_line(out, "key", buf_str(&dates));
	add_line(out, "sha256", c->fingerprint);
	buf_clear(&dates);
	/* ready to be pasted */
	(void)buf_addf(&dates, "tls-pin = %s", c->pin);
	add_line(out, "pin", buf_str(&dates));
	buf_done(&dates);
}

static void
add_chain(const struct tls_view *v, struct buf *out)
{
	struct buf title;

	for (size_t i = 1; i < v->nchain; i++) {
		buf_init(&title, SIZE_MAX);
		(void)buf_addf(&title, "%zu of %zu: %s", i + 1, v->nsent, v->chain[i].subject);
		add_line(out, "chain", buf_str(&title));
		buf_done(&title);
		add_cert(&v->chain[i], NULL, out);
	}
}

static void
format_tls(const struct probe_show *s, const struct tls_view *v, struct buf *out)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	(void)buf_addf(&text, "%s %s%s%s%s%s%s", v->version, v->cipher,
	    v->group[0] != '\0' ? ", key exchange " : "", v->group,
	    v->alpn[0] != '\0' ? ", ALPN " : "", v->alpn, v->resumed ? ", resumed" : "");
	add_line(out, "session", buf_str(&text));
	buf_clear(&text);
	add_names(v, &text);
	if (v->nchain > 0)
		add_cert(&v->chain[0], buf_str(&text), out);
	buf_clear(&text);
	(void)buf_addf(&text, "%zu certificate%s sent", v->nsent, v->nsent == 1 ? "" : "s");
	if (s->cert == PROBE_SHOW_SUMMARY && v->nsent > 1)
		(void)buf_adds(&text, " (--cert chain shows them)");
	add_line(out, "chain", buf_str(&text));
	if (s->cert != PROBE_SHOW_SUMMARY)
		add_chain(v, out);
	if (s->cert == PROBE_SHOW_PEM)
		(void)buf_adds(out, v->pem);
	buf_done(&text);
}

static struct json *
json_cert(const struct tls_view_cert *c)
{
	struct json *j = json_new();
	char from[40], until[40];

	clock_rfc3339(c->not_before, from, sizeof(from));
	clock_rfc3339(c->not_after, until, sizeof(until));
	json_str(j, "subject", c->subject);
	json_str(j, "issuer", c->issuer);
	json_str(j, "not_before", from);
	json_str(j, "not_after", until);
	json_str(j, "key", c->key);
	json_str(j, "signature", c->signature);
	json_str(j, "sha256", c->fingerprint);
	json_str(j, "pin", c->pin);
	return j;
}

static void
json_tls(const struct probe_show *s, const struct tls_view *v, struct buf *out)
{
	struct json *j = json_new();

	json_int(j, "v", 1);
	json_str(j, "event", "tls");
	json_str(j, "version", v->version);
	json_str(j, "cipher", v->cipher);
	json_str(j, "group", v->group);
	json_bool(j, "resumed", v->resumed);
	for (size_t i = 0; i < v->nnames; i++) {
		json_push_str(j, "names", v->names[i].name);
		if (v->names[i].matches)
			json_push_str(j, "matching", v->names[i].name);
	}
	for (size_t i = 0; i < v->nchain; i++)
		json_push(j, "chain", json_cert(&v->chain[i]));
	if (s->cert == PROBE_SHOW_PEM)
		json_str(j, "pem", v->pem);
	json_line(j, out);
}

void
probe_show_tls(void *arg, const struct tls_view *v)
{
	struct probe_show *s = arg;

	if (s->ui->json)
		json_tls(s, v, &s->later);
	else if (!s->hide)
		format_tls(s, v, &s->later);
}

/* ---- EHLO */

static void
add_keyword(const struct probe_show *s, const char *line, struct buf *out)
{
	struct buf meaning;

	(void)buf_addf(out, "%*s%s\n", MARGIN, "", line);
	if (!s->explain)
		return;
	buf_init(&meaning, SIZE_MAX);
	keyword_explain(line, &meaning);
	(void)buf_addf(out, "%*s    %s\n", MARGIN, "", buf_str(&meaning));
	buf_done(&meaning);
}

/* Calls add for each line. */
static void
each_keyword(const struct capabilities *c,
    void (*add)(const struct probe_show *s, const char *line, struct buf *out),
    const struct probe_show *s, struct buf *out)
{
	char line[sizeof(c->keywords)];
	const char *p = c->keywords;

	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		memcpy(line, p, n);
		line[n] = '\0';
		add(s, line, out);
		p += n + (p[n] == '\n');
	}
}

static void
format_caps(const struct probe_show *s, const struct capabilities *c, const char *mech,
    const struct err *why, struct buf *out)
{
	each_keyword(c, add_keyword, s, out);
	if (c->mechs[0] == '\0')
		return;
	if (mech != NULL)
		(void)buf_addf(out, "%*slogin: %s would be used\n", MARGIN, "", mech);
	else
		(void)buf_addf(out, "%*slogin: %s\n", MARGIN, "", why->text);
}

static void
json_caps(const struct capabilities *c, const char *mech, struct buf *out)
{
	struct json *j = json_new();
	const char *p = c->keywords;
	struct buf line;

	json_int(j, "v", 1);
	json_str(j, "event", "capabilities");
	json_str(j, "name", c->greeting_name);
	buf_init(&line, SIZE_MAX);
	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		buf_clear(&line);
		(void)buf_add(&line, p, n);
		json_push_str(j, "keywords", buf_str(&line));
		p += n + (p[n] == '\n');
	}
	buf_done(&line);
	json_str(j, "mechanism", mech);
	json_line(j, out);
}

void
probe_show_caps(void *arg, const struct capabilities *c, const char *mech, const struct err *why)
{
	struct probe_show *s = arg;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (s->ui->json)
		json_caps(c, mech, &b);
	/* the conversation has shown the keywords already */
	else if (!s->hide && (s->ui->verbose < 2 || s->explain))
		format_caps(s, c, mech, why, &b);
	flush(&b);
}

/* ---- */

void
probe_show_times(const struct probe_result *r, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < STAGE_MAX; i++) {
		if (r->ms[i] < 0 || i == STAGE_CERT)
			continue;
		(void)buf_addf(out, "%s%s %" PRId64, between, err_stage_name((enum stage)i),
		    r->ms[i]);
		between = ", ";
	}
	(void)buf_adds(out, " ms");
}

void
probe_show_init(struct probe_show *s)
{
	transcript_init(&s->lines, s->ui, &(struct transcript_want){s->timing, -1});
	buf_init(&s->later, SIZE_MAX);
	s->hooks = (struct trace){
	    .line = s->ui->verbose > 1 ? on_line : NULL,
	    .stage = on_stage,
	    .arg = s,
	};
}

void
probe_show_done(struct probe_show *s)
{
	buf_done(&s->later);
}
