/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message from any program, made canonical and recoded: what leaves can be carried (no NUL, no
 * line of the body over 998, no line end but CRLF), its facts are exact, it needs no more
 * mending, it is the same however the body is cut, and quoted-printable gives the body back.
 * The first octet is the size of the pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "fuzz.h"
#include "message/fixup.h"
#include "message/recode.h"

#define ROOM ((size_t)64 << 20)

struct text {
	struct buf head, body;
	struct facts head_facts, body_facts;
};

static void
text_init(struct text *t)
{
	*t = (struct text){.body_facts = {.utf8 = true}};
	buf_init(&t->head, ROOM);
	buf_init(&t->body, ROOM);
}

static void
text_done(struct text *t)
{
	buf_done(&t->head);
	buf_done(&t->body);
}

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct text *t = arg;

	(void)found;
	(void)e;
	return buf_add(&t->head, block, n);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct text *t = arg;

	(void)e;
	return buf_add(&t->body, data, n);
}

static bool
take_in(struct text *t, const char *s, size_t n)
{
	const struct fixup_sink sink = {on_begin, on_body, t};
	const struct fixup_opts opts = {.from = "me@here.example",
	    .domain = "here.example",
	    .from_fallback = "me@here.example"};
	struct arena mem = {NULL};
	struct fixup *f = fixup_new(&mem, &opts, &sink);
	struct facts all;
	struct err e;
	bool good = fixup_feed(f, s, n, &e) && fixup_end(f, &all, &e);

	if (good) {
		fixup_facts(f, &t->head_facts, &t->body_facts);
		assert(t->head_facts.size == t->head.len && t->body_facts.size == t->body.len);
	}
	fixup_free(f);
	arena_done(&mem);
	return good;
}

static bool
to_buf(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

static void
recode(const struct recode_plan *plan, const struct text *in, struct text *out, size_t step)
{
	struct recode r;

	text_init(out);
	recode_header(plan, in->head.data, in->head.len, &out->head);
	recode_init(&r, plan, to_buf, &out->body, &out->body_facts);
	for (size_t at = 0; at < in->body.len; at += step)
		assert(recode_feed(&r, in->body.data + at,
		    in->body.len - at < step ? in->body.len - at : step));
	assert(recode_end(&r));
}

/* By the octet, as a reader of the wire would see it. */
static void
check_body(const struct buf *b, const struct facts *f)
{
	size_t column = 0, longest = 0;
	bool eight = false;

	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		assert(c != '\0');
		assert(c != '\r' || (i + 1 < b->len && b->data[i + 1] == '\n'));
		assert(c != '\n' || (i > 0 && b->data[i - 1] == '\r'));
		eight = eight || c >= 0x80;
		column = c == '\n' ? 0 : column + (c != '\r');
		longest = column > longest ? column : longest;
	}
	assert(column == 0 && longest <= WRAP_LINE_MAX);
	assert(f->longest == longest && f->size == b->len && f->body_8bit == eight);
}

static int
value_of(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

static void
check_qp(const struct buf *qp, const struct buf *body)
{
	const char *s = buf_str(qp);
	size_t at = 0;

	for (; *s != '\0'; s++) {
		char c = *s;

		if (strncmp(s, "=\r\n", 3) == 0) {
			s += 2;
			continue;
		}
		if (c == '=') {
			c = (char)(value_of(s[1]) << 4 | value_of(s[2]));
			s += 2;
		}
		assert(at < body->len && body->data[at] == c);
		at++;
	}
	assert(at == body->len);
}

static void
check(const struct text *in, size_t step)
{
	struct mime m = mime_look(in->head.data, in->head.len);
	struct recode_plan plan, again;
	struct text one, other;
	struct err e;

	if (!recode_decide(&m, &in->body_facts, &plan, &e)) {
		assert(in->body_facts.body_nul && e.class == ERR_MESSAGE);
		return;
	}
	recode(&plan, in, &one, in->body.len + 1);
	recode(&plan, in, &other, step);
	assert(one.body.len == other.body.len);
	assert(one.body.len == 0 || memcmp(one.body.data, other.body.data, one.body.len) == 0);
	check_body(&one.body, &one.body_facts);
	if (plan.body == RECODE_QP)
		check_qp(&one.body, &in->body);
	if (!plan.needed) {
		assert(one.head.len == in->head.len && one.body.len == in->body.len);
		assert(memcmp(one.head.data, in->head.data, in->head.len) == 0);
		assert(
		    one.body.len == 0 || memcmp(one.body.data, in->body.data, in->body.len) == 0);
	}
	m = mime_look(one.head.data, one.head.len);
	assert(recode_decide(&m, &one.body_facts, &again, &e) && !again.needed);
	text_done(&one);
	text_done(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in;

	if (size < 1)
		return 0;
	text_init(&in);
	if (take_in(&in, (const char *)data + 1, size - 1))
		check(&in, (size_t)data[0] + 1);
	text_done(&in);
	return 0;
}
