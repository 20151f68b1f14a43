/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/topic.h"

#include <stdint.h>

#include "base/str.h"
#include "cli/hint.h"
#include "cli/ui.h"

const struct topic topic_table[] = {
    {"certificates", "when the certificate of a server is refused",
	"A server is trusted when its certificate leads to an authority of the system's trust store (or of "
	"tls-ca), is valid today, is meant for servers, and names the very host of the account.\n"
	"\n"
	"A company's own authority: put its certificate into a file and set\n"
	"  tls-ca = /etc/ssl/corp-ca.pem\n"
	"A server with a certificate of its own making: ask the operator for the pin of its key, compare it "
	"with the one in the error message, and set\n"
	"  tls-pin = sha256:...\n"
	"Then only this key counts: no name, no authority and no date. Several pins may be listed, the old "
	"one and the next."},
    {"cron", "mail of cron and other programs, and mail to root",
	"Programs call /usr/sbin/sendmail (make install-sendmail) and send as root, to root. For that "
	"/etc/postrider/postrider.conf needs one account and one line more:\n"
	"\n"
	"[defaults]\n"
	"local-to = you@example.org\n"
	"[account home]\n"
	"host = smtp.example.org\n"
	"from = nas@example.org\n"
	"user = nas@example.org\n"
	"password-file = /etc/postrider/secret\n"
	"\n"
	"Mail to root and to other users of the machine then goes to you, unless /etc/aliases says otherwise, "
	"and it leaves as nas@example.org, for most servers take no other sender; the name that cron gave "
	"stays, and what the sender was is in X-Original-From.\n"
	"\n"
	"postrider sendmail -bv root   where mail to root would go\n"
	"newaliases                    what is wrong with the aliases\n"
	"postrider check --as www-data does another user get through?"},
    {"errors", "every hint, and what it is for", NULL},
    {"exit", "what the exit status means",
	"0   every recipient was accepted by the server\n"
	"1   some were accepted and some refused for good (postrider send only)\n"
	"64  the command line is wrong\n"
	"65  the message, or an address, cannot be used\n"
	"66  the message cannot be read\n"
	"67  every recipient was refused as unknown\n"
	"68  the name of the server does not exist\n"
	"69  the server refuses the message for good, or serves nobody\n"
	"70  a bug of postrider\n"
	"74  the result cannot be written\n"
	"75  temporary trouble, nothing is kept: try again later\n"
	"76  the server broke the protocol, or TLS failed\n"
	"77  login refused, sender not permitted, or certificate not trusted\n"
	"78  the configuration is wrong, or a password cannot be had"},
    {"gmail", "sending through Gmail and Google Workspace",
	"Google takes no normal password here, but an app password: 16 letters for one program, made after "
	"2-Step Verification was turned on, at https://myaccount.google.com/apppasswords\n"
	"\n"
	"[account gmail]\n"
	"host = smtp.gmail.com\n"
	"from = you@gmail.com\n"
	"user = you@gmail.com\n"
	"password-keyring = yes\n"
	"\n"
	"and once, where the keyring is unlocked:\n"
	"secret-tool store --label=mail host smtp.gmail.com service smtp user you@gmail.com\n"
	"\n"
	"A mailbox may send about 500 messages a day, one of a Workspace 2,000."},
    {"microsoft365", "sending through Microsoft 365 and Outlook",
	"[account m365]\n"
	"host = smtp.office365.com\n"
	"port = 587\n"
	"tls = starttls\n"
	"from = you@example.org\n"
	"user = you@example.org\n"
	"\n"
	"535 5.7.139 \"SmtpClientAuthentication is disabled\": the organisation has SMTP AUTH switched off; an "
	"administrator can switch it on for a mailbox.\n"
	"\"basic authentication is disabled\", 5.7.30: no password is taken for this mailbox, only OAuth2.\n"
	"5.7.60, 5.2.252: the mailbox may not send as this address; use its own, or have Send As granted."},
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

/* "gmail-rate: *.gmail.com, 421, 4.7.0" and the advice. */
static void
add_hint(const struct hint *h, size_t width, struct buf *out)
{
	const char *parts[] = {h->host, h->code, h->status, h->text};
	const char *between = ": ";
	struct buf advice;

	(void)buf_adds(out, h->id);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] == NULL)
			continue;
		(void)buf_addf(out, "%s%s", between, parts[i]);
		between = ", ";
	}
	(void)buf_adds(out, "\n    ");
	buf_init(&advice, SIZE_MAX);
	hint_advice(h, NULL, &advice);
	ui_wrapped(out, buf_str(&advice), 4, width - 4);
	buf_done(&advice);
}

void
topic_show(const struct topic *t, size_t width, struct buf *out)
{
	if (t->text != NULL) {
		ui_wrapped(out, t->text, 0, width);
		return;
	}
	for (size_t i = 0; i < hint_table_count; i++)
		add_hint(&hint_table[i], width, out);
}
