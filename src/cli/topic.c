/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/topic.h"

#include <stdint.h>

#include "base/str.h"
#include "cli/hint.h"
#include "cli/topic_text.h"
#include "cli/ui.h"

/* In the order of the alphabet, as they are listed. */
const struct topic topic_table[] = {
    {"certificates", "when the certificate of a server is refused", topic_certificates},
    {"containers", "in a container, without a user's home", topic_containers},
    {"cron", "mail of cron and other programs, and mail to root", topic_cron},
    {"errors", "every hint: its cause, and what to do", NULL},
    {"exit-codes", "what the exit status means", topic_exit_codes},
    {"fastmail", "sending through Fastmail", topic_fastmail},
    {"gmail", "sending through Gmail and Google Workspace", topic_gmail},
    {"icloud", "sending through iCloud Mail", topic_icloud},
    {"mailgun", "sending through Mailgun", topic_mailgun},
    {"microsoft365", "sending through Microsoft 365 and Outlook", topic_microsoft365},
    {"oauth2", "logging in with a token in place of a password", topic_oauth2},
    {"queue", "what is kept, when it is tried again, who does it", topic_queue},
    {"relays", "SendGrid, Brevo, Mailjet, Postmark and their like", topic_relays},
    {"sendmail", "in the place of /usr/sbin/sendmail", topic_sendmail},
    {"ses", "sending through Amazon SES", topic_ses},
    {"tls", "ports, TLS from the start, STARTTLS", topic_tls},
    {"yahoo", "sending through Yahoo and AOL", topic_yahoo},
};

const size_t topic_table_count = sizeof(topic_table) / sizeof(topic_table[0]);

const struct topic *
topic_find(const char *name)
{
	for (size_t i = 0; i < topic_table_count; i++)
		if (str_eq(topic_table[i].name, name))
			return &topic_table[i];
	return NULL;
}

static void
add_labelled(const char *label, const char *text, size_t width, struct buf *out)
{
	size_t indent = 12;

	(void)buf_addf(out, "    %-8s", label);
	ui_wrapped(out, text, indent,
	    width > indent + 20 && width != SIZE_MAX ? width - indent : SIZE_MAX);
}

/* The id, the replies it is for, cause and remedy. */
static void
add_hint(const struct hint *h, size_t width, struct buf *out)
{
	const char *pattern[] = {h->host, h->code, h->status, h->text};
	struct buf words;

	(void)buf_addf(out, "%s\n", h->id);
	buf_init(&words, SIZE_MAX);
	for (size_t i = 0; i < sizeof(pattern) / sizeof(pattern[0]); i++)
		if (pattern[i] != NULL)
			(void)buf_addf(&words, "%s%s", words.len > 0 ? ", " : "", pattern[i]);
	if (words.len > 0)
		add_labelled("reply:", buf_str(&words), width, out);
	add_labelled("cause:", h->cause, width, out);
	buf_clear(&words);
	hint_advice(h, NULL, NULL, &words);
	add_labelled("remedy:", buf_str(&words), width, out);
	buf_done(&words);
}

bool
topic_show_hint(const char *id, size_t width, struct buf *out)
{
	const struct hint *h;

	for (size_t i = 0; (h = hint_at(i)) != NULL; i++) {
		if (str_eq(h->id, id)) {
			add_hint(h, width, out);
			return true;
		}
	}
	return false;
}

void
topic_show(const struct topic *t, size_t width, struct buf *out)
{
	if (t->text != NULL) {
		ui_wrapped(out, t->text, 0, width);
		return;
	}
	for (size_t i = 0; hint_at(i) != NULL; i++)
		add_hint(hint_at(i), width, out);
}
