/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ui.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 200
#define MESSAGE_MAX 8192

static bool
is_dumb(void)
{
	const char *term = getenv("TERM");

	return term == NULL || str_eq(term, "dumb");
}

static bool
wants_color(enum shared_color color, bool tty)
{
	const char *no = getenv("NO_COLOR");

	if (color != SHARED_COLOR_AUTO)
		return color == SHARED_COLOR_ALWAYS;
	/* no-color.org: present and not empty, whatever its value */
	return tty && (no == NULL || no[0] == '\0') && !is_dumb();
}

size_t
ui_terminal_width(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) < 0 || w.ws_col == 0 ? 80 : w.ws_col;
}

static size_t
text_width(int fd)
{
	size_t n = ui_terminal_width(fd);

	return n < WIDTH_MIN ? WIDTH_MIN : n > WIDTH_MAX ? WIDTH_MAX : n;
}

static size_t
text_height(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) < 0 || w.ws_row == 0 ? SIZE_MAX : w.ws_row;
}

void
ui_init(struct ui *ui, const char *program, bool own, const struct shared *s)
{
	*ui = (struct ui){
	    .program = program,
	    .own = own,
	    .in_tty = isatty(STDIN_FILENO) == 1,
	    .out_tty = isatty(STDOUT_FILENO) == 1,
	    .err_tty = isatty(STDERR_FILENO) == 1,
	    .verbose = s->verbose,
	    .json = s->json,
	    .quiet = s->quiet,
	    .no_input = s->no_input,
	    .no_pager = s->no_pager,
	};
	ui->out_color = wants_color(s->color, ui->out_tty);
	ui->err_color = wants_color(s->color, ui->err_tty);
	ui->err_cursor = ui->err_tty && !is_dumb();
	ui->width = text_width(ui->err_tty ? STDERR_FILENO : STDOUT_FILENO);
	ui->height = text_height(ui->err_tty ? STDERR_FILENO : STDOUT_FILENO);
}

bool
ui_out(struct buf *b)
{
	bool good = file_write(STDOUT_FILENO, buf_str(b), b->len);

	buf_clear(b);
	return good;
}

void
ui_err(struct buf *b)
{
	(void)file_write(STDERR_FILENO, buf_str(b), b->len);
	buf_clear(b);
}

__attribute__((format(printf, 2, 0))) static void
say(const struct ui *ui, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];
	struct buf b;

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "%s: ", ui->program);
	str_escape(&b, text, strlen(text), 0);
	(void)buf_addc(&b, '\n');
	ui_err(&b);
	buf_done(&b);
}

void
ui_say(const struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	if (ui->mute)
		return;
	va_start(ap, fmt);
	say(ui, fmt, ap);
	va_end(ap);
}

void
ui_note(const struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	if (ui->mute || ui->quiet)
		return;
	va_start(ap, fmt);
	say(ui, fmt, ap);
	va_end(ap);
}

size_t
ui_columns(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Octets of s that fit into `room` columns, cut at a blank: a longer word (a URL) stays whole. */
static size_t
fitting(const char *s, size_t n, size_t room)
{
	size_t columns = 0, blank = 0;

	for (size_t i = 0; i < n; i++) {
		columns += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (columns > room && blank > 0)
			return blank;
		if (s[i] == ' ')
			blank = i;
	}
	return columns > room && blank > 0 ? blank : n;
}

static void
add_line(struct buf *out, const char *s, size_t n, size_t indent, size_t room)
{
	bool first = true;

	do {
		size_t k = fitting(s, n, room);

		if (!first)
			(void)buf_addf(out, "%*s", (int)indent, "");
		str_escape(out, s, k, 0);
		(void)buf_addc(out, '\n');
		first = false;
		while (k < n && s[k] == ' ')
			k++;
		s += k;
		n -= k;
	} while (n > 0);
}

void
ui_wrapped(struct buf *out, const char *text, size_t indent, size_t room)
{
	for (bool first = true; first || *text != '\0'; first = false) {
		size_t n = strcspn(text, "\n");

		if (!first)
			(void)buf_addf(out, "%*s", (int)indent, "");
		/* a command is there to be copied */
		add_line(out, text, n, indent, str_starts(text, "postrider ") ? SIZE_MAX : room);
		text += n;
		text += *text == '\n';
	}
}

void
ui_label(const struct ui *ui, const char *label, const char *text)
{
	size_t indent = ui_columns(label) + 1, room = SIZE_MAX;
	struct buf b;

	if (ui->mute)
		return;
	if (ui->err_tty && ui->width > indent + WIDTH_MIN / 2)
		room = ui->width - indent;
	buf_init(&b, SIZE_MAX);
	ui_painted(&b, ui->err_color, UI_BOLD, label);
	(void)buf_addc(&b, ' ');
	ui_wrapped(&b, text, indent, room);
	ui_err(&b);
	buf_done(&b);
}

void
ui_painted(struct buf *out, bool color, enum ui_paint paint, const char *text)
{
	static const char *const codes[] = {
	    [UI_PLAIN] = "",
	    [UI_BOLD] = "1",
	    [UI_GOOD] = "32",
	    [UI_WARN] = "33",
	    [UI_BAD] = "31",
	};

	if (!color || paint == UI_PLAIN)
		(void)buf_adds(out, text);
	else
		(void)buf_addf(out, "\033[%sm%s\033[0m", codes[paint], text);
}

int
ui_data(const struct ui *ui, struct buf *b)
{
	if (ui_out(b))
		return EX_OK;
	if (errno != EPIPE)
		ui_say(ui, "cannot write the output: %s", strerror(errno));
	return EX_IOERR;
}

int
ui_usage(const struct ui *ui, const struct err *e, const char *fate)
{
	ui_say(ui, "%s%s%s", e->text, fate != NULL ? "; " : "", fate != NULL ? fate : "");
	return err_sysexit(e);
}
