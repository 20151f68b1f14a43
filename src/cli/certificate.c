/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/certificate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

#define DAY_MS INT64_C(86400000)
#define PIN_LEN (7 + 44) /* "sha256:" and 32 octets in base64 */
#define CLOCK " (this computer's clock says"

/* What stands in front of a part, and what people are told in its place. */
static const struct {
	const char *word, *label;
} parts[] = {
    {"key pin ", "key pin:"},
    {"offered ", "offered:"},
    {"issued by ", "issuer:"},
    {"valid ", "valid:"},
};

bool
certificate_is_refusal(const struct err *e)
{
	return e->stage == STAGE_CERT && e->class == ERR_RELAY &&
	    str_starts(e->text, "the certificate of ");
}

bool
certificate_pin(const struct err *e, char pin[CERTIFICATE_PIN_MAX])
{
	const char *at = strstr(e->text, "key pin sha256:");
	size_t n;

	if (e->stage != STAGE_CERT)
		return false;
	if (at == NULL)
		at = strstr(e->text, "it showed sha256:");
	if (at == NULL)
		return false;
	at = strstr(at, "sha256:");
	n = strcspn(at, " ,;");
	if (n != PIN_LEN)
		return false;
	(void)snprintf(pin, CERTIFICATE_PIN_MAX, "%.*s", (int)n, at);
	return true;
}

/* Octets of the first part, where a quoted name may hold anything. */
static size_t
part_len(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		quoted ^= s[n] == '"';
		if (!quoted && s[n] == ';' && s[n + 1] == ' ')
			break;
	}
	return n;
}

/* Octets of the headline: up to the reason, or the clock, which the dates say again. */
static size_t
headline_len(const char *text)
{
	const char *reason = strstr(text, ": "), *clock = strstr(text, CLOCK);
	size_t n = part_len(text);

	if (reason != NULL && (size_t)(reason - text) < n)
		n = (size_t)(reason - text);
	if (clock != NULL && (size_t)(clock - text) < n)
		n = (size_t)(clock - text);
	return n;
}

void
certificate_headline(const struct err *e, struct buf *out)
{
	(void)buf_add(out, e->text, headline_len(e->text));
}

/* ---- dates */

/* "2027-06-01"; -1: it is none. */
static int64_t
day_ms(const char *s)
{
	struct tm tm = {.tm_mday = 1};
	char text[11] = "";
	uint64_t y, m, d;

	(void)snprintf(text, sizeof(text), "%s", s);
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -1;
	text[4] = text[7] = '\0';
	if (!str_u64(text, 1970, 9999, &y) || !str_u64(text + 5, 1, 12, &m) ||
	    !str_u64(text + 8, 1, 31, &d))
		return -1;
	tm.tm_year = (int)y - 1900;
	tm.tm_mon = (int)m - 1;
	tm.tm_mday = (int)d;
	return (int64_t)timegm(&tm) * 1000;
}

static void
add_days(struct buf *out, int64_t ms)
{
	int64_t days = ms / DAY_MS;

	if (days < 730)
		(void)buf_addf(out, "%d day%s", (int)days, days == 1 ? "" : "s");
	else
		(void)buf_addf(out, "%d years", (int)(days / 365));
}

/* "2025-06-01 to 2027-06-01", and what that means today. */
static void
explain_dates(const char *s, int64_t now_ms, struct buf *out)
{
	const char *to = strstr(s, " to ");
	int64_t from = day_ms(s), until = to != NULL ? day_ms(to + 4) : -1;
	char today[40];

	(void)buf_adds(out, s);
	if (from < 0 || until < 0)
		return;
	clock_rfc3339(now_ms, today, sizeof(today));
	today[10] = '\0';
	if (now_ms >= from && now_ms < until + DAY_MS) {
		(void)buf_adds(out, ", ");
		add_days(out, until + DAY_MS - now_ms);
		(void)buf_adds(out, " left");
		return;
	}
	(void)buf_adds(out, now_ms < from ? ", NOT YET: begins in " : ", EXPIRED ");
	add_days(out, now_ms < from ? from - now_ms : now_ms - until);
	(void)buf_addf(out, "%s (this computer's clock: %s; check it if that is wrong)",
	    now_ms < from ? "" : " ago", today);
}

/* ---- facts */

struct list {
	int64_t now_ms;
	void (*add)(const char *label, const char *text, void *arg);
	void *arg;
};

static void
add_part(const struct list *l, const char *s, size_t n)
{
	const char *label = "reason:";
	size_t skip = 0;
	struct buf text, told;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (n > strlen(parts[i].word) && str_starts(s, parts[i].word)) {
			label = parts[i].label;
			skip = strlen(parts[i].word);
		}
	}
	buf_init(&text, SIZE_MAX);
	buf_init(&told, SIZE_MAX);
	(void)buf_add(&text, s + skip, n - skip);
	if (str_eq(label, "valid:"))
		explain_dates(buf_str(&text), l->now_ms, &told);
	else
		(void)buf_adds(&told, buf_str(&text));
	l->add(label, buf_str(&told), l->arg);
	buf_done(&told);
	buf_done(&text);
}

/* What stands behind the headline in the first part: why, or the name that was wanted. */
static void
add_reason(const struct list *l, const char *s, size_t n)
{
	static const char wanted[] = ": expected ";
	struct buf b;

	if (n < 3 || s[0] != ':')
		return;
	buf_init(&b, SIZE_MAX);
	if (n >= sizeof(wanted) && str_starts(s, wanted)) {
		(void)buf_add(&b, s + sizeof(wanted) - 1, n - sizeof(wanted) + 1);
		l->add("expected:", buf_str(&b), l->arg);
	} else {
		(void)buf_add(&b, s + 2, n - 2);
		l->add("reason:", buf_str(&b), l->arg);
	}
	buf_done(&b);
}

void
certificate_facts(const struct err *e, int64_t now_ms,
    void (*add)(const char *label, const char *text, void *arg), void *arg)
{
	const struct list l = {now_ms, add, arg};
	const char *s = e->text;
	size_t head = headline_len(s), n = part_len(s);

	add_reason(&l, s + head, n - head);
	for (s += n; s[0] == ';'; s += n) {
		s += 2;
		n = part_len(s);
		add_part(&l, s, n);
	}
}
