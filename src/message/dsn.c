/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/dsn.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "message/addr.h"
#include "message/date.h"
#include "message/encode.h"
#include "message/msgid.h"

/* A person reads so many reasons at most; programs find all of them in the delivery-status. */
#define WORDS_MAX 1000
#define WORDS_SIZE ((size_t)4 << 20)
/* What others chose must leave a line shorter than 998 (RFC 5322 2.1.1). */
#define VALUE_MAX 800
#define LINE_SIZE 1000

static void
boundary_make(char out[40])
{
	uint8_t r[12];

	crypto_random(r, sizeof r);
	snprintf(out, 40, "=_%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2],
	    r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11]);
}

/* RFC 6533: addresses beyond ASCII as they are want the types for them. */
static bool
is_global(const struct dsn *d)
{
	for (size_t i = 0; i < d->nabout && !d->narrow; i++)
		for (size_t k = 0; k < d->about[i].nrcpts; k++)
			if (addr_needs_utf8(d->about[i].rcpts[k]->addr))
				return true;
	return false;
}

/* What others chose: it starts no field of its own, and where it must be ASCII (RFC 3464 2.1), what
 * is not becomes a question mark. */
static void
add_value(struct buf *out, const char *s, bool ascii)
{
	for (size_t n = 0; s[n] != '\0' && n < VALUE_MAX; n++) {
		unsigned char c = (unsigned char)s[n];

		buf_addc(out, str_is_ctl(c) || (ascii && c >= 0x80) ? '?' : s[n]);
	}
}

static void
add_address(struct buf *out, const char *name, const char *addr, bool global)
{
	bool utf8 = addr_needs_utf8(addr);

	buf_addf(out, "%s: %s; ", name, utf8 ? "utf-8" : "rfc822");
	if (utf8 && !global && str_utf8_valid(addr, strlen(addr)))
		addr_utf8_xtext(out, addr);
	else
		add_value(out, addr, !global);
	buf_addc(out, '\n');
}

/* Length of the host in "host:port" or "[::1]:port". */
static int
host_length(const char *server)
{
	return (int)(server[0] == '[' ? strcspn(server, "]") + 1 : strcspn(server, ":"));
}

static size_t
header_length(const char *text, size_t n)
{
	const char *end = memmem(text, n, "\r\n\r\n", 4);

	return end != NULL ? (size_t)(end - text) + 2 : n;
}

static size_t
longest_line(const char *text, size_t n)
{
	size_t longest = 0;

	for (const char *p = text, *end = text + n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		nl = nl != NULL ? nl : end;
		longest = (size_t)(nl - p) > longest ? (size_t)(nl - p) : longest;
		p = nl + (nl < end);
	}
	return longest;
}

/* The third part: how the message, or its header, goes back. */
struct returned {
	const char *type; /* NULL: as quoted-printable text/rfc822-headers (RFC 6522 4) */
	bool full, eight;
	size_t len;
};

static struct returned
choose_returned(const struct dsn *d, bool global)
{
	size_t header = header_length(d->text, d->text_len);
	bool head8 = str_has_8bit(d->text, header), all8 = str_has_8bit(d->text, d->text_len);
	bool utf8 = str_utf8_valid(d->text, header);

	if (d->full && longest_line(d->text, d->text_len) < LINE_SIZE && !(all8 && d->narrow))
		return (struct returned){head8 && utf8 ? "message/global" : "message/rfc822", true,
		    all8, d->text_len};
	if (longest_line(d->text, header) >= LINE_SIZE || (head8 && !(global && utf8)))
		return (struct returned){NULL, false, false, header};
	return (struct returned){head8 ? "message/global-headers" : "text/rfc822-headers", false,
	    head8, header};
}

static const char *
status_of(const struct dsn *d, const struct rcpt *r)
{
	if (r->why != NULL && r->why->status[0] != '\0')
		return r->why->status;
	return d->delayed ? "4.0.0" : "5.0.0";
}

/* "bob@x: 550 5.1.1 No such user (said smtp.x:465)" */
static void
add_words(struct buf *out, const struct rcpt *r)
{
	buf_addf(out, "  %s\n", r->addr);
	if (r->why == NULL)
		return;
	buf_adds(out, "      ");
	if (r->why->code > 0)
		buf_addf(out, "%d ", r->why->code);
	if (r->why->status[0] != '\0')
		buf_addf(out, "%s ", r->why->status);
	buf_adds(out, r->why->text);
	if (r->why->code > 0 && r->server != NULL)
		buf_addf(out, " (said %s)", r->server);
	buf_addc(out, '\n');
}

static void
add_messages(const struct dsn *d, struct buf *out)
{
	size_t said = 0, all = 0;
	char date[DATE_MAX];

	for (size_t i = 0; i < d->nabout; i++) {
		const struct dsn_about *a = &d->about[i];

		all += a->nrcpts;
		if (said >= WORDS_MAX)
			continue;
		date_format(a->arrival_ms, date);
		if (d->nabout > 1) {
			buf_addf(out, "%sYour message of %s", i > 0 ? "\n" : "", date);
			if (a->message_id != NULL)
				buf_addf(out, " %s", a->message_id);
			buf_addf(out, ", queue id %s, to:\n", a->id);
		}
		for (size_t k = 0; k < a->nrcpts && said < WORDS_MAX; k++, said++)
			add_words(out, a->rcpts[k]);
	}
	if (said < all)
		buf_addf(out, "\nand to %zu more: all of them are in the attached report.\n",
		    all - said);
}

static void
add_text(const struct dsn *d, const struct returned *r, struct buf *out)
{
	char date[DATE_MAX];

	date_format(d->about[0].arrival_ms, date);
	if (d->nabout > 1)
		buf_addf(out, "%zu messages of yours could not be delivered:\n\n", d->nabout);
	else if (d->delayed)
		buf_addf(out, "Your message of %s has not been delivered yet to:\n\n", date);
	else
		buf_addf(out, "Your message of %s could not be delivered to:\n\n", date);
	add_messages(d, out);
	date_format(d->until_ms, date);
	if (d->delayed)
		buf_addf(out,
		    "\nYou need not send it again. It is tried until %s;\nthen you will be told.\n",
		    date);
	else if (d->nabout > 1)
		buf_adds(out,
		    "\nThey are not tried again. So many failed that they are told of together.\n");
	else
		buf_addf(out, "\nIt is not tried again for them. %s is attached.\n",
		    r->full ? "It" : "Its header");
	if (d->nabout > 1)
		buf_addf(out, "\nOn %s\n", d->host);
	else
		buf_addf(out, "\nQueue id %s on %s\n", d->about[0].id, d->host);
}

/* A text of any octets, as 7-bit text. charset: of those beyond ASCII. */
static void
add_encoded(struct buf *out, const char *type, const char *s, size_t n)
{
	const char *charset = str_utf8_valid(s, n) ? "utf-8" : "unknown-8bit";

	if (!str_has_8bit(s, n) && longest_line(s, n) < LINE_SIZE) {
		buf_addf(out, "Content-Type: %s; charset=us-ascii\n\n", type);
		buf_add(out, s, n);
		return;
	}
	buf_addf(out,
	    "Content-Type: %s; charset=%s\nContent-Transfer-Encoding: quoted-printable\n\n", type,
	    charset);
	encode_qp(out, s, n);
}

static void
add_person_part(const struct dsn *d, const struct returned *r, struct buf *out)
{
	struct buf text;

	buf_init(&text, WORDS_SIZE);
	add_text(d, r, &text);
	add_encoded(out, "text/plain", buf_str(&text), text.len);
	buf_done(&text);
}

static void
add_date(struct buf *out, const char *name, int64_t wall_ms)
{
	char date[DATE_MAX];

	date_format(wall_ms, date);
	buf_addf(out, "%s: %s\n", name, date);
}

static void
add_rcpt(const struct dsn *d, const struct dsn_about *a, const struct rcpt *r, bool global,
    struct buf *out)
{
	buf_addc(out, '\n');
	if (r->orcpt != NULL)
		add_address(out, "Original-Recipient", r->orcpt, global);
	add_address(out, "Final-Recipient", r->addr, global);
	buf_addf(out, "Action: %s\nStatus: %s\n", d->delayed ? "delayed" : "failed",
	    status_of(d, r));
	if (r->server != NULL && r->why != NULL && r->why->code > 0) {
		buf_addf(out, "Remote-MTA: dns; %.*s\n", host_length(r->server), r->server);
		buf_addf(out, "Diagnostic-Code: smtp; %d %s%s", r->why->code, r->why->status,
		    r->why->status[0] != '\0' ? " " : "");
		add_value(out, r->why->text, !global);
		buf_addc(out, '\n');
	}
	add_date(out, "Last-Attempt-Date", a->last_ms > 0 ? a->last_ms : d->now_ms);
	if (d->delayed)
		add_date(out, "Will-Retry-Until", d->until_ms);
	/* RFC 3464 2.4: fields of our own; what stands above for one message, here for each */
	if (d->nabout == 1)
		return;
	buf_addf(out, "X-Postrider-Queue-ID: %s\n", a->id);
	if (a->message_id != NULL) {
		buf_adds(out, "X-Postrider-Message-ID: ");
		add_value(out, a->message_id, !global);
		buf_addc(out, '\n');
	}
}

static void
add_status_part(const struct dsn *d, bool global, struct buf *out)
{
	buf_addf(out, "Content-Type: message/%sdelivery-status\n%s\n", global ? "global-" : "",
	    global ? "Content-Transfer-Encoding: 8bit\n" : "");
	buf_addf(out, "Reporting-MTA: dns; %s\n", d->host);
	if (d->nabout == 1 && d->about[0].envid != NULL) {
		buf_adds(out, "Original-Envelope-Id: ");
		add_value(out, d->about[0].envid, !global);
		buf_addc(out, '\n');
	}
	if (d->nabout == 1)
		add_date(out, "Arrival-Date", d->about[0].arrival_ms);
	for (size_t i = 0; i < d->nabout; i++)
		for (size_t k = 0; k < d->about[i].nrcpts; k++)
			add_rcpt(d, &d->about[i], d->about[i].rcpts[k], global, out);
}

static void
add_returned_part(const struct dsn *d, const struct returned *r, struct buf *out)
{
	if (r->type == NULL) {
		add_encoded(out, "text/rfc822-headers", d->text, r->len);
		return;
	}
	buf_addf(out, "Content-Type: %s\n%s\n", r->type,
	    r->eight ? "Content-Transfer-Encoding: 8bit\n" : "");
	buf_add(out, d->text, r->len);
}

static void
add_subject(const struct dsn *d, struct buf *out)
{
	if (d->nabout > 1)
		buf_addf(out, "Subject: %zu messages could not be delivered\n", d->nabout);
	else
		buf_addf(out, "Subject: %s\n",
		    d->delayed ? "Your mail is delayed" : "Your mail could not be delivered");
}

void
dsn_format(const struct dsn *d, struct buf *out)
{
	bool global = is_global(d), returns = d->nabout == 1 && d->text != NULL;
	struct returned r = {NULL, false, false, 0};
	const char *ref = d->nabout == 1 ? d->about[0].message_id : NULL;
	struct arena mem = {NULL};
	char boundary[40];

	if (returns)
		r = choose_returned(d, global);
	boundary_make(boundary);
	add_date(out, "Date", d->now_ms);
	buf_addf(out, "From: Mail Delivery System <%s>\nTo: %s\n", d->from, d->to);
	add_subject(d, out);
	buf_addf(out, "Message-ID: %s\n", msgid_make(&mem, addr_domain(d->from)));
	if (ref != NULL && !str_has_8bit(ref, strlen(ref)) && strlen(ref) < VALUE_MAX)
		buf_addf(out, "In-Reply-To: %s\nReferences: %s\n", ref, ref);
	buf_addf(out,
	    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=%sdelivery-status;\n boundary=\"%s\"\n",
	    global ? "global-" : "", boundary);
	/* RFC 2045 6.4: what is inside decides what the whole is */
	if (global || r.eight)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\n");
	buf_addf(out, "\n--%s\n", boundary);
	add_person_part(d, &r, out);
	buf_addf(out, "\n--%s\n", boundary);
	add_status_part(d, global, out);
	if (returns) {
		buf_addf(out, "\n--%s\n", boundary);
		add_returned_part(d, &r, out);
	}
	buf_addf(out, "\n--%s--\n", boundary);
	arena_done(&mem);
}
