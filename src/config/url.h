/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * url.h - a server in one word: smtps://ann@mail.example.org:465?from=ann@example.org
 */
#ifndef CONFIG_URL_H
#define CONFIG_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct url_param {
	const char *key, *value;
};

struct url {
	bool lmtp;
	bool implicit_tls;        /* smtps */
	const char *user;         /* NULL: none */
	const char *host;         /* NULL with path */
	const char *path;         /* of a Unix socket */
	const char *port;         /* as written, NULL: none */
	struct url_param *params; /* behind the '?' */
	size_t nparams;
};

/* false: *problem is a sentence. A password in it is refused: arguments and environment are seen by
 * others. */
bool
url_parse(struct arena *mem, const char *text, struct url *out, const char **problem);

#endif
