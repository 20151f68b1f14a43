/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a log that anybody may have written: what is read of them holds no control
 * character, is printed as lines of text and objects of JSON, and is the same when it is written
 * by us and read again.
 */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/logline.h"
#include "base/str.h"
#include "cli/log_print.h"
#include "cli/log_record.h"
#include "fuzz.h"

#define NOW INT64_C(1795416685000)
#define SHORT_LEN 150 /* a value that is not cut, whatever is in it */

static void
check_values(const struct log_record *r)
{
	assert(r->status != NULL && r->program != NULL &&
	    !str_has_ctl(r->program, strlen(r->program)));
	assert(r->fields.n > 0 && r->fields.n <= LOGLINE_FIELDS_MAX);
	for (size_t i = 0; i < r->fields.n; i++) {
		const struct logline_field *f = &r->fields.items[i];

		assert(f->key[0] != '\0' && !str_has_ctl(f->value, strlen(f->value)));
		assert(str_utf8_valid(f->value, strlen(f->value)));
	}
}

static void
check_again(struct arena *mem, const struct log_record *r)
{
	struct logline_fields again;
	struct logline l;
	size_t k = 0;

	logline_init(&l, LOG_LEVEL_INFO);
	for (size_t i = 0; i < r->fields.n; i++)
		if (strlen(r->fields.items[i].value) <= SHORT_LEN)
			logline_str(&l, r->fields.items[i].key, r->fields.items[i].value);
	if (l.text.len > 0)
		assert(logline_parse(mem, buf_str(&l.text), l.text.len, &again));
	for (size_t i = 0; l.text.len > 0 && i < r->fields.n && k < again.n; i++) {
		const struct logline_field *f = &r->fields.items[i];

		if (f->value[0] == '\0' || strlen(f->value) > SHORT_LEN)
			continue;
		assert(str_eq(again.items[k].key, f->key));
		assert(str_eq(again.items[k].value, f->value));
		k++;
	}
	buf_done(&l.text);
}

static void
check_printed(struct arena *mem, const struct log_record *r)
{
	const struct ui ui = {.width = 80, .out_tty = true};
	struct buf out, event;

	buf_init(&out, SIZE_MAX);
	buf_init(&event, SIZE_MAX);
	log_print_text(&ui, mem, r, &out);
	for (size_t i = 0; i < out.len; i++)
		assert(out.data[i] == '\n' || !str_is_ctl((unsigned char)out.data[i]));
	buf_clear(&out);
	log_print_json(mem, r, &out);
	assert(json_get_str(buf_str(&out), out.len, "event", &event));
	assert(str_eq(buf_str(&event), "log"));
	assert(memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	buf_done(&event);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size, *nl;

	for (; p < end; p = nl + 1) {
		struct arena mem = {NULL};
		const struct log_filter f = {.to = "*@*", .from = "?*", .id = "3kf9q2"};
		struct log_record r;

		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl != NULL ? nl : end;
		if (log_record_read(&mem, p, (size_t)(nl - p), NOW, &r)) {
			check_values(&r);
			check_again(&mem, &r);
			check_printed(&mem, &r);
			(void)log_record_fits(&mem, &r, &f);
		}
		arena_done(&mem);
	}
	return 0;
}
