/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmdline.h - the MAIL and RCPT lines of an envelope.
 *
 * Parameters go along only where the server offers their extension. An address
 * is looked at once more right here, whoever checked it before: what is no
 * mailbox of RFC 5321 never becomes part of a line (reliability.md H48). What the
 * server cannot take is found out before anything is sent.
 */
#ifndef SMTP_CMDLINE_H
#define SMTP_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/envelope.h"
#include "smtp/ehlo.h"

/*
 * Is there any use in offering a message of size octets to the server called peer? false with e
 * (ERR_MESSAGE, STAGE_MAIL, code 0): the sender (5.1.7), SIZE (5.3.4), 8BITMIME (5.6.3), SMTPUTF8
 * for sender or header (5.6.7).
 */
bool
cmdline_check_message(const struct envelope *env, const struct capabilities *caps, uint64_t size,
    const char *peer, struct err *e);
/* The same for one recipient (ERR_RECIPIENT, STAGE_RCPT): the address (5.1.3), SMTPUTF8 (5.6.7). */
bool
cmdline_check_rcpt(const struct envelope *env, const struct rcpt *r,
    const struct capabilities *caps, const char *peer, struct err *e);
/* Appends "MAIL FROM:<...> ...". false, out untouched: env->from is no wire address. */
bool
cmdline_mail(struct buf *out, const struct envelope *env, const struct capabilities *caps,
    uint64_t size);
/* Appends "RCPT TO:<...> ...". false, out untouched: r->addr is no wire address. */
bool
cmdline_rcpt(struct buf *out, const struct rcpt *r, const struct capabilities *caps);

#endif
