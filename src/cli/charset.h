/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * charset.h - what people type becomes UTF-8.
 *
 * Text that is valid UTF-8 is taken for UTF-8 when nothing else is said, for cron has no locale
 * and texts in another charset are hardly ever valid by chance.
 */
#ifndef CLI_CHARSET_H
#define CLI_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Of the person's locale (LC_CTYPE); NULL: one that says no more than ASCII. */
const char *
charset_of_locale(struct arena *mem);
/* Known to iconv? false: e (ERR_USAGE). */
bool
charset_check(const char *charset, struct err *e);
/*
 * s[0..n) from that charset, appended to out in UTF-8. false: e (ERR_MESSAGE, 65): which octet is
 * none of its characters; ERR_USAGE when the charset is not known.
 */
bool
charset_convert(const char *charset, const char *s, size_t n, struct buf *out, struct err *e);
/*
 * A word of the command line in UTF-8: as it is when it is UTF-8 already, else from charset, else
 * as it is.
 */
const char *
charset_word(struct arena *mem, const char *charset, const char *word);

#endif
