/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/log_record.h"

#include <string.h>

#include "base/str.h"
#include "base/timestamp.h"

#define LINE_MAX_LEN ((size_t)16384)
#define ID_MIN 4 /* fewer characters would fit too many messages */

static const struct log_status statuses[] = {
    {"sent", UI_GOOD, false},
    {"queued", UI_WARN, false},
    {"refused", UI_BAD, true},
    {"deferred", UI_BAD, true},
    {"unknown", UI_WARN, true},
    {"held", UI_WARN, true},
    {"released", UI_PLAIN, false},
    {"removed", UI_PLAIN, false},
    {"bounced", UI_PLAIN, true},
    {"received", UI_PLAIN, false},
    {"dead", UI_BAD, true},
    {"corrupt", UI_BAD, true},
    {"failed", UI_BAD, true},
    {"run", UI_PLAIN, false},
};

static const struct log_status *
find_status(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (str_eq(statuses[i].word, word))
			return &statuses[i];
	return NULL;
}

/* "sendmail/cron[811]:" */
static void
take_program(struct arena *mem, const char *s, size_t n, struct log_record *out)
{
	const char *open = memchr(s, '[', n);
	size_t k = open != NULL ? (size_t)(open - s) : n - 1;

	out->program = arena_strndup(mem, s, k);
	out->pid = 0;
	if (open != NULL && n > k + 3)
		(void)str_u64(arena_strndup(mem, open + 1, n - k - 3), 0, UINT32_MAX, &out->pid);
}

/* The time, maybe a host, the program with its colon: returns the octets, 0: it is not so. */
static size_t
take_head(struct arena *mem, const char *s, size_t n, int64_t now_ms, struct log_record *out)
{
	size_t at = timestamp_read(s, n, now_ms, &out->at_ms);

	if (at == 0)
		return 0;
	for (int word = 0; word < 2 && at < n && s[at] == ' '; word++) {
		const char *begin = s + at + 1, *end = memchr(begin, ' ', n - at - 1);
		size_t len = end != NULL ? (size_t)(end - begin) : 0;

		if (len == 0)
			return 0;
		at += 1 + len;
		if (len > 1 && begin[len - 1] == ':') {
			take_program(mem, begin, len, out);
			return at + 1;
		}
	}
	return 0;
}

static bool
read_safe(struct arena *mem, const char *s, size_t n, int64_t now_ms, struct log_record *out)
{
	size_t head = take_head(mem, s, n, now_ms, out);

	if (head == 0 || !logline_parse(mem, s + head, n - head, &out->fields))
		return false;
	out->status = find_status(logline_get(&out->fields, "status"));
	return out->status != NULL;
}

bool
log_record_read(struct arena *mem, const char *line, size_t n, int64_t now_ms,
    struct log_record *out)
{
	struct buf safe;
	bool good;

	if (n > LINE_MAX_LEN)
		return false;
	buf_init(&safe, 4 * LINE_MAX_LEN);
	str_escape(&safe, line, n, 0);
	good = read_safe(mem, buf_str(&safe), safe.len, now_ms, out);
	buf_done(&safe);
	return good;
}

const char *
log_record_get(struct arena *mem, const struct log_record *r, const char *key)
{
	const char *s = logline_get(&r->fields, key);
	size_t n = s != NULL ? strlen(s) : 0;
	bool addr = str_eq(key, "from") || str_eq(key, "to") || str_eq(key, "told");

	if (addr && n >= 2 && s[0] == '<' && s[n - 1] == '>')
		return arena_strndup(mem, s + 1, n - 2);
	return s;
}

static bool
fits_pattern(const char *pattern, const char *value)
{
	return pattern == NULL ||
	    (value != NULL && str_glob(pattern, value[0] != '\0' ? value : "<>"));
}

static bool
fits_id(const struct log_record *r, const char *id)
{
	const char *own = logline_get(&r->fields, "id");
	const char *message = logline_get(&r->fields, "message-id");

	if (message != NULL && strchr(id, '@') != NULL) {
		size_t n = strlen(id);

		return str_eq(message, id) ||
		    (message[0] == '<' && strncmp(message + 1, id, n) == 0 &&
			str_eq(message + 1 + n, ">"));
	}
	return own != NULL && strlen(id) >= ID_MIN && str_ends_nocase(own, id);
}

bool
log_record_fits(struct arena *mem, const struct log_record *r, const struct log_filter *f)
{
	if ((f->since_ms != 0 && r->at_ms < f->since_ms) ||
	    (f->until_ms != 0 && r->at_ms > f->until_ms))
		return false;
	if (f->failed && !r->status->failed)
		return false;
	return fits_pattern(f->to, log_record_get(mem, r, "to")) &&
	    fits_pattern(f->from, log_record_get(mem, r, "from")) &&
	    (f->id == NULL || fits_id(r, f->id));
}
