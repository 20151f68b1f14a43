/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/keyword.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define MEGA 1000000

static const struct {
	const char *name, *meaning;
} keywords[] = {
    {"8BITMIME", "text with 8-bit characters may be sent as it is (RFC 6152)"},
    {"ATRN", "takes mail for a domain behind a dial-up line (RFC 2645)"},
    {"AUTH", "logins by these mechanisms (RFC 4954)"},
    {"BINARYMIME", "binary bodies may be sent as they are (RFC 3030)"},
    {"BURL", "takes bodies from an IMAP server (RFC 4468)"},
    {"CHUNKING", "bodies go in counted pieces, without dots to stuff (RFC 3030)"},
    {"DELIVERBY", "a time limit can go with a message (RFC 2852)"},
    {"DSN", "reports of delivery can be asked for (RFC 3461)"},
    {"ENHANCEDSTATUSCODES", "replies carry a code like 5.1.1 that says more (RFC 2034)"},
    {"ETRN", "a queue can be started from outside (RFC 1985)"},
    {"EXPN", "tells the members of lists"},
    {"FUTURERELEASE", "messages can be sent now for a later time (RFC 4865)"},
    {"HELP", "answers HELP"},
    {"LIMITS", "tells how much it takes (RFC 9422)"},
    {"MT-PRIORITY", "messages can have a priority (RFC 6710)"},
    {"NO-SOLICITING", "does not want advertising (RFC 3865)"},
    {"PIPELINING", "several commands may go at once: fewer round trips (RFC 2920)"},
    {"REQUIRETLS", "TLS can be demanded for the whole way of a message (RFC 8689)"},
    {"RRVS", "mail can be kept from a reassigned mailbox (RFC 7293)"},
    {"SIZE", "messages of any size (RFC 1870)"},
    {"SMTPUTF8", "addresses and headers may be in UTF-8 (RFC 6531)"},
    {"STARTTLS", "the connection can be encrypted from here on (RFC 3207)"},
    {"TURN", "the two sides can change roles: obsolete, and no good sign"},
    {"VRFY", "answers whether an address exists"},
    {"XCLIENT", "a trusted proxy may say who the client is (Postfix)"},
    {"XFORWARD", "a trusted filter may say who the client was (Postfix)"},
};

/* "messages of up to 36 MB": false when no limit is told. */
static bool
explain_size(const char *params, struct buf *out)
{
	uint64_t n;

	if (!str_u64(params, 1, UINT64_MAX, &n))
		return false;
	if (n >= MEGA)
		(void)buf_addf(out, "messages of up to %" PRIu64 " MB (RFC 1870)", n / MEGA);
	else
		(void)buf_addf(out, "messages of up to %" PRIu64 " octets (RFC 1870)", n);
	return true;
}

void
keyword_explain(const char *line, struct buf *out)
{
	size_t n = strcspn(line, " =");
	const char *params = line[n] != '\0' ? line + n + 1 : line + n;

	if (str_neq_nocase(line, n, "SIZE") && explain_size(params, out))
		return;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (str_neq_nocase(line, n, keywords[i].name)) {
			(void)buf_adds(out, keywords[i].meaning);
			return;
		}
	(void)buf_adds(out,
	    n > 0 && str_lower(line[0]) == 'x' ? "an extension of its own"
					       : "not known to postrider");
}
