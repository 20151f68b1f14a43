/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ehlo_name.h - what we call ourselves (RFC 5321 4.1.3, 4.1.4).
 *
 * Servers refuse "localhost" and names without a dot, and a container's name
 * means nothing to anybody, so an address literal is better than those.
 */
#ifndef SMTP_EHLO_NAME_H
#define SMTP_EHLO_NAME_H

#include "base/err.h"

/*
 * The argument of EHLO, allocated: configured (NULL: not), else the host name if it is a full one,
 * else the address literal of our end of fd. On a Unix socket the host name in any form. NULL with
 * e (ERR_CONFIG, STAGE_EHLO) when what is configured is no domain and no address literal: it could
 * smuggle something into the command.
 */
char *
ehlo_name_choose(const char *configured, int fd, struct err *e);

#endif
