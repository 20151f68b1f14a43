/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/dsn.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "message/addr.h"
#include "message/date.h"
#include "message/msgid.h"

static void
boundary_make(char out[40])
{
	uint8_t r[12];

	crypto_random(r, sizeof r);
	snprintf(out, 40, "=_%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2],
	    r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11]);
}

static bool
is_utf8(const struct dsn *d)
{
	for (size_t i = 0; i < d->nrcpts; i++)
		if (addr_needs_utf8(d->rcpts[i]->addr))
			return true;
	return false;
}

/* Status fields are ASCII (RFC 3464 2.1): what is not becomes a question mark. */
static void
add_ascii(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(out,
		    (unsigned char)*s >= 0x80 || str_is_ctl((unsigned char)*s) ? '?' : *s);
}

/* What the sender chose starts no field of its own. */
static void
add_line(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s: ", name);
	for (; *value != '\0'; value++)
		buf_addc(out, str_is_ctl((unsigned char)*value) ? '?' : *value);
	buf_addc(out, '\n');
}

/* Length of the host in "host:port" or "[::1]:port". */
static int
host_length(const char *server)
{
	return (int)(server[0] == '[' ? strcspn(server, "]") + 1 : strcspn(server, ":"));
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
add_text(const struct dsn *d, struct buf *out)
{
	char date[DATE_MAX];

	date_format(d->arrival_ms, date);
	buf_adds(out,
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
	if (d->delayed)
		buf_addf(out, "Your message of %s has not been delivered yet to:\n\n", date);
	else
		buf_addf(out, "Your message of %s could not be delivered to:\n\n", date);
	for (size_t i = 0; i < d->nrcpts; i++)
		add_words(out, d->rcpts[i]);
	if (d->delayed) {
		date_format(d->until_ms, date);
		buf_addf(out,
		    "\nYou need not send it again. It is tried until %s;\nthen you will be told.\n",
		    date);
	} else {
		buf_adds(out, "\nIt is not tried again for them. Its header is attached.\n");
	}
	buf_addf(out, "\nQueue id %s on %s\n", d->id, d->host);
}

static void
add_status(const struct dsn *d, bool utf8, struct buf *out)
{
	char date[DATE_MAX];

	buf_addf(out, "Content-Type: message/%sdelivery-status\n%s\n", utf8 ? "global-" : "",
	    utf8 ? "Content-Transfer-Encoding: 8bit\n" : "");
	buf_addf(out, "Reporting-MTA: dns; %s\n", d->host);
	if (d->envid != NULL)
		add_line(out, "Original-Envelope-Id", d->envid);
	date_format(d->arrival_ms, date);
	buf_addf(out, "Arrival-Date: %s\n", date);
	for (size_t i = 0; i < d->nrcpts; i++) {
		const struct rcpt *r = d->rcpts[i];

		buf_addc(out, '\n');
		if (r->orcpt != NULL)
			add_line(out, "Original-Recipient", r->orcpt);
		buf_addf(out, "Final-Recipient: %s; %s\n",
		    addr_needs_utf8(r->addr) ? "utf-8" : "rfc822", r->addr);
		buf_addf(out, "Action: %s\nStatus: %s\n", d->delayed ? "delayed" : "failed",
		    status_of(d, r));
		if (r->server != NULL && r->why != NULL && r->why->code > 0) {
			buf_addf(out, "Remote-MTA: dns; %.*s\n", host_length(r->server), r->server);
			buf_addf(out, "Diagnostic-Code: smtp; %d %s%s", r->why->code,
			    r->why->status, r->why->status[0] != '\0' ? " " : "");
			add_ascii(out, r->why->text);
			buf_addc(out, '\n');
		}
		date_format(d->now_ms, date);
		buf_addf(out, "Last-Attempt-Date: %s\n", date);
		if (d->delayed) {
			date_format(d->until_ms, date);
			buf_addf(out, "Will-Retry-Until: %s\n", date);
		}
	}
}

void
dsn_format(const struct dsn *d, struct buf *out)
{
	struct arena mem = {NULL};
	char boundary[40], date[DATE_MAX];
	bool utf8 = is_utf8(d), eight = str_has_8bit(d->header, d->header_len);

	boundary_make(boundary);
	date_format(d->now_ms, date);
	buf_addf(out, "Date: %s\nFrom: Mail Delivery System <%s>\nTo: %s\n", date, d->from, d->to);
	buf_addf(out, "Subject: %s\n",
	    d->delayed ? "Your mail is delayed" : "Your mail could not be delivered");
	buf_addf(out, "Message-ID: %s\n", msgid_make(&mem, addr_domain(d->from)));
	if (d->message_id != NULL)
		buf_addf(out, "In-Reply-To: %s\nReferences: %s\n", d->message_id, d->message_id);
	buf_addf(out,
	    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=%sdelivery-status;\n boundary=\"%s\"\n\n",
	    utf8 ? "global-" : "", boundary);
	buf_addf(out, "--%s\n", boundary);
	add_text(d, out);
	buf_addf(out, "\n--%s\n", boundary);
	add_status(d, utf8, out);
	buf_addf(out, "\n--%s\nContent-Type: %s\n%s\n", boundary,
	    eight ? "message/global-headers" : "text/rfc822-headers",
	    eight ? "Content-Transfer-Encoding: 8bit\n" : "");
	buf_add(out, d->header, d->header_len);
	buf_addf(out, "\n--%s--\n", boundary);
	arena_done(&mem);
}
