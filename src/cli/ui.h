/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ui.h - how we speak: to a person, a program, or nobody.
 *
 * stdout is for data, stderr for messages, each a whole write(2), so the
 * network process can print too and nothing is printed twice after a fork. A
 * message is "PROGRAM: WHAT: WHY", then "hint:" lines; words carry the
 * meaning, colour only repeats it. What cannot be written is lost without
 * changing what became of the mail.
 */
#ifndef CLI_UI_H
#define CLI_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/dispatch.h"
#include "cli/shared.h"

enum ui_paint { UI_PLAIN, UI_BOLD, UI_GOOD, UI_WARN, UI_BAD };

struct ui {
	const char *program;
	bool in_tty, out_tty, err_tty;
	bool out_color, err_color;
	bool err_cursor;  /* a line on stderr can be taken away again */
	size_t width;     /* columns of the terminal, 80 when nobody knows; for wrapped text */
	size_t height;    /* its lines, SIZE_MAX when nobody knows */
	unsigned verbose; /* 1: stages, 2: the conversation */
	bool json, quiet, no_input, no_pager;
	bool own;              /* called by our own name */
	bool sendmail;         /* the sendmail grammar: success is silent, trouble one line */
	const char *report_to; /* file for a copy of the report in JSON, NULL: none */
	bool mute;             /* -oeq: errors are not printed at all */
};

void
ui_init(struct ui *ui, const char *program, bool own, const struct shared *s);
/* Columns of that terminal as it is now, 80 when nobody knows. */
size_t
ui_terminal_width(int fd);
/* What the buffer holds, in one piece; the buffer is emptied. false: errno tells. */
bool
ui_out(struct buf *b);
void
ui_err(struct buf *b);
/* "PROGRAM: ..." on stderr, unless mute. */
void
ui_say(const struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, but not when quiet. */
void
ui_note(const struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Appends text and a line end, broken at blanks so that no line is over `room` columns (SIZE_MAX:
 * not at all), the further lines indented; line breaks in it stay, and so does a line that is a
 * command of ours.
 */
void
ui_wrapped(struct buf *out, const char *text, size_t indent, size_t room);
/*
 * "LABEL text" on stderr, wrapped to the width of a terminal with the further lines indented below
 * the text; line breaks in it stay.
 */
void
ui_label(const struct ui *ui, const char *label, const char *text);
/* Appends text, in colour when asked to. */
void
ui_painted(struct buf *out, bool color, enum ui_paint paint, const char *text);
/* Columns that UTF-8 text takes, near enough: code points. */
size_t
ui_columns(const char *text);
/*
 * ui_out for a command whose purpose is what it prints: returns its exit status, and says so when
 * it could not be written (74), unless the reader has gone away.
 */
int
ui_data(const struct ui *ui, struct buf *b);
/*
 * A usage error, one line; fate: what became of the mail ("nothing was sent"), NULL where there was
 * none. Returns the exit status.
 */
int
ui_usage(const struct ui *ui, const struct err *e, const char *fate);

#endif
