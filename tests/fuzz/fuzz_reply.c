/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a server sends, one reply behind the other, in pieces of any size: what is
 * taken keeps within its limits, means the same however it is cut, and is fit to
 * be shown. The first octet is the size of the pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "fuzz.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

static void
check_shown(const char *s, size_t n)
{
	assert(!str_has_ctl(s, n));
	assert(str_utf8_valid(s, n));
}

static void
check_done(const struct reply *r)
{
	struct err e;

	assert(r->code >= 200 && r->code <= 599);
	assert(r->nlines >= 1 && r->nlines <= REPLY_LINES_MAX);
	assert(r->text.len <= REPLY_TOTAL_MAX && !r->text.overflow && !r->words.overflow);
	assert(r->status[0] == '\0' || r->status[0] - '0' == reply_class(r));
	check_shown(r->status, strlen(r->status));
	check_shown(buf_str(&r->words), r->words.len);
	(void)reply_error(r, ERR_RELAY, STAGE_MAIL, &e);
	assert(e.text[0] != '\0' && strlen(e.text) >= r->words.len);
}

static void
check_capabilities(const struct reply *r)
{
	struct capabilities caps;

	ehlo_parse(r, &caps);
	assert(caps.esmtp && (caps.size || caps.size_max == 0));
	check_shown(caps.mechs, strlen(caps.mechs));
	check_shown(caps.greeting_name, strlen(caps.greeting_name));
	(void)ehlo_has_mech(&caps, "PLAIN");
}

/* One reply in pieces; how it ended, and in *used how much of the input it took. */
static enum reply_parse
take(struct reply *r, const char *s, size_t n, size_t step, size_t *used)
{
	enum reply_parse got = REPLY_MORE;
	size_t piece, eaten;

	reply_reset(r, REPLY_LINE_MAX);
	for (*used = 0; *used < n && got == REPLY_MORE; *used += eaten) {
		piece = n - *used < step ? n - *used : step;
		got = reply_feed(r, s + *used, piece, &eaten);
		assert(eaten <= piece && (got != REPLY_MORE || eaten == piece));
	}
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;
	/* Made once: their memory is large, and reply_reset is all that a session does either. */
	static struct reply r, whole;
	enum reply_parse got = REPLY_DONE;
	size_t left, used, used_whole;

	if (size < 2)
		return 0;
	if (r.text.data == NULL) {
		reply_init(&r);
		reply_init(&whole);
	}
	for (left = size - 1; left > 0 && got == REPLY_DONE; left -= used, s += used) {
		got = take(&r, s, left, (size_t)data[0] + 1, &used);
		assert(take(&whole, s, left, left, &used_whole) == got);
		if (got == REPLY_BAD)
			check_shown(r.bad, strlen(r.bad));
		if (got != REPLY_DONE)
			continue;
		assert(used == used_whole && used > 0 && r.code == whole.code);
		assert(r.text.len == whole.text.len);
		assert(memcmp(r.text.data, whole.text.data, r.text.len) == 0);
		check_done(&r);
		check_capabilities(&r);
	}
	return 0;
}
