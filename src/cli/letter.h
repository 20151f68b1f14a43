/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * letter.h - the message that `send` composes, from its options.
 *
 * Texts are read and converted at once, files are opened; then the message can be read, and files
 * are read as it goes.
 */
#ifndef CLI_LETTER_H
#define CLI_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/args.h"
#include "cli/ui.h"
#include "message/compose.h"

struct letter_want {
	const char *subject, *from; /* NULL: none */
	struct args_list to, cc, reply_to, headers, added;
	enum compose_priority priority;
	const char *body, *html;          /* textarg words, NULL: not given */
	const char *format;               /* "text", "flowed" or NULL */
	const char *charset;              /* of the texts, NULL: not said */
	struct args_list attach, inlines; /* words of attach.h */
	bool require_body;                /* an empty text is refused */
};

struct letter;

/* The first option given that says what is in the message, with its dashes; NULL: none. */
const char *
letter_option(const struct letter_want *w);
bool
letter_reads_stdin(const struct letter_want *w);
struct letter *
letter_new(struct arena *mem);
void
letter_free(struct letter *l);
/* Why letter_read failed. */
const struct err *
letter_trouble(const struct letter *l);
/*
 * false: e: options that do not go together, a field that is none (64), a text or file that cannot
 * be read (66) or is not in its charset (65).
 */
bool
letter_open(struct letter *l, const struct letter_want *w, const struct ui *ui, struct err *e);
/* As read(2): the message, LF lines. */
ssize_t
letter_read(void *letter, char *chunk, size_t n);

#endif
