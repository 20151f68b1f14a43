/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message from any program: what leaves holds no line end but CRLF, no NUL in its header, none
 * in its body that is not told of, and no blind copy; no line of its header is longer than mail may
 * have, its addresses may stand in a command, it is the same however the input is cut, and mended
 * once more it stays as it is.
 * The first octet chooses the options, the second is the size of the pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "fuzz.h"
#include "message/addr.h"
#include "message/fixup.h"
#include "message/header.h"

struct run {
	struct arena mem;
	struct buf out;
	struct fixup_found found;
	struct facts facts;
	size_t block, begun;
	bool good;
};

static void
check_addresses(const struct mailbox_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *addr = list->items[i].addr;

		assert(!str_has_ctl(addr, strlen(addr)));
		assert(addr_domain(addr) == NULL || addr_is_wire(addr));
	}
}

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct run *r = arg;
	struct header_field f;
	size_t pos = 0;

	(void)e;
	assert(r->begun++ == 0 && n >= 2 && memcmp(block + n - 2, "\r\n", 2) == 0);
	assert(n == 2 || memcmp(block + n - 4, "\r\n", 2) == 0);
	while (header_next(block, n, &pos, &f)) {
		assert(f.name_len > 0 && f.start[f.name_len] == ':');
		assert(!header_is(&f, "Bcc") && !header_is(&f, "Resent-Bcc"));
		assert(!header_is(&f, "Return-Path"));
	}
	assert(pos == n - 2); /* the only empty line is the last one */
	for (size_t at = 0, len; at < n; at += len) {
		len = (size_t)((const char *)memchr(block + at, '\n', n - at) - (block + at)) + 1;
		assert(len <= 1000);
	}
	assert(header_find(block, n, "Date", &f) && header_find(block, n, "Message-ID", &f));
	assert(header_find(block, n, "From", &f) && found->message_id != NULL);
	check_addresses(&found->rcpts);
	check_addresses(&found->from);
	assert((found->nbad > 0) == (found->bad_rcpt.class != ERR_NONE));
	r->found = *found;
	r->block = n;
	return buf_add(&r->out, block, n);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct run *r = arg;

	(void)e;
	assert(r->begun == 1);
	return buf_add(&r->out, data, n);
}

static void
check_text(const struct buf *b, size_t block, bool nul)
{
	bool met = false;

	for (size_t i = 0; i < b->len; i++) {
		assert(b->data[i] != '\0' || i >= block);
		met = met || b->data[i] == '\0';
		assert(b->data[i] != '\r' || b->data[i + 1] == '\n');
		assert(b->data[i] != '\n' || (i > 0 && b->data[i - 1] == '\r'));
	}
	assert(b->len == 0 || b->data[b->len - 1] == '\n');
	assert(met == nul);
}

static void
run(struct run *r, const struct fixup_opts *o, const char *s, size_t n, size_t step)
{
	const struct fixup_sink sink = {on_begin, on_body, r};
	struct fixup *f;
	struct err e;

	*r = (struct run){.good = true};
	buf_init(&r->out, (size_t)16 << 20);
	f = fixup_new(&r->mem, o, &sink);
	for (size_t at = 0; r->good && at < n && !fixup_ended(f); at += step)
		r->good = fixup_feed(f, s + at, n - at < step ? n - at : step, &e);
	r->good = r->good && fixup_end(f, &r->facts, &e);
	fixup_free(f);
	if (!r->good) {
		assert(e.class == ERR_MESSAGE && e.status[0] == '5' && e.text[0] != '\0');
		return;
	}
	assert(r->begun == 1 && r->facts.size == r->out.len);
	assert(r->facts.header_8bit == str_has_8bit(r->out.data, r->block));
	assert(r->facts.body_8bit == str_has_8bit(r->out.data + r->block, r->out.len - r->block));
	check_text(&r->out, r->block, r->facts.body_nul);
}

/* What left, taken in again, leaves as it is. */
static void
check_again(const struct fixup_opts *o, const struct run *first)
{
	struct run again;
	struct fixup_opts same = *o;

	if (!first->good)
		return;
	same.dot_ends = false;
	run(&again, &same, first->out.data, first->out.len, first->out.len);
	assert(again.good && again.out.len == first->out.len);
	assert(memcmp(again.out.data, first->out.data, first->out.len) == 0);
	buf_done(&again.out);
	arena_done(&again.mem);
}

/* The relay takes no sender of this machine. */
static const char *
replace(void *arg, const struct fixup_found *found, const char *addr)
{
	(void)arg;
	(void)found;
	return str_ends_nocase(addr, "here.example") ? "ann@relay.example" : NULL;
}

/* The same but for the identifiers that were added, which are all of one length. */
static void
check_same(const struct run *a, const struct run *b)
{
	assert(a->good == b->good);
	if (!a->good)
		return;
	assert(a->block == b->block && a->out.len == b->out.len);
	assert(memcmp(a->out.data + a->block, b->out.data + b->block, a->out.len - a->block) == 0);
	assert(a->found.rcpts.n == b->found.rcpts.n && a->found.nbad == b->found.nbad);
	assert(a->found.removed_bcc == b->found.removed_bcc);
	assert(a->facts.longest == b->facts.longest && a->facts.utf8 == b->facts.utf8);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run one, other;

	if (size < 2)
		return 0;
	const struct fixup_opts o = {
	    .read_recipients = (data[0] & 1) != 0,
	    .dot_ends = (data[0] & 2) != 0,
	    .domain = (data[0] & 4) != 0 ? NULL : "here.example",
	    .from = (data[0] & 8) != 0 ? "" : "me@here.example",
	    .from_fallback = "fallback@here.example",
	    .replace = (data[0] & 32) != 0 ? replace : NULL,
	    .host = "nas",
	    .undisclosed = (data[0] & 64) != 0,
	    .full_name = (data[0] & 16) != 0 ? "J\xc3\xbcrgen\nBcc: a@x.org" : NULL,
	};

	run(&one, &o, (const char *)data + 2, size - 2, size);
	run(&other, &o, (const char *)data + 2, size - 2, (size_t)data[1] + 1);
	check_same(&one, &other);
	check_again(&o, &one);
	buf_done(&one.out);
	buf_done(&other.out);
	arena_done(&one.mem);
	arena_done(&other.mem);
	return 0;
}
