/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_smtp.h - a correct ESMTP or LMTP server with chosen replies.
 *
 * It answers as RFC 5321, 2033, 2920, 3030, 3207 and 4954 ask, and notes as a
 * fault whatever a client does against them, while it goes on serving.
 */
#ifndef FAKESERVER_SMTP_H
#define FAKESERVER_SMTP_H

#include "fakeserver_conn.h"

/* One connection, from the handshake or the greeting to its end. */
void
smtp_serve(struct conn *c, unsigned connection);

#endif
