/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/textarg.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

bool
textarg_is_stdin(const char *word)
{
	return str_eq(word, "-");
}

static bool
cannot(const char *what, struct err *e)
{
	if (errno == EFBIG)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4",
		    "%s is over %zu MB: send a ready message with --message", what,
		    TEXTARG_MAX >> 20);
	return err_set(e, ERR_LOCAL, STAGE_INPUT, "", "cannot read %s: %s", what, strerror(errno));
}

bool
textarg_load(const char *word, struct buf *out, struct err *e)
{
	if (textarg_is_stdin(word))
		return file_slurp(STDIN_FILENO, out) || cannot("standard input", e);
	if (word[0] == '@' && word[1] != '@')
		return file_load(word + 1, 0, out, NULL) || cannot(word + 1, e);
	(void)buf_adds(out, word + (word[0] == '@'));
	return true;
}

bool
textarg_announce(const struct ui *ui, const char *what, struct err *e)
{
	if (!ui->in_tty)
		return true;
	if (ui->no_input)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "%s would be read from the terminal, and --no-input forbids it", what);
	ui_note(ui, "reading %s from the terminal; end it with Ctrl-D", what);
	return true;
}

const char *
textarg_path(struct arena *mem, const char *name)
{
	char folder[PATH_MAX];

	if (name == NULL || name[0] == '\0' || strchr("/~$", name[0]) != NULL ||
	    getcwd(folder, sizeof folder) == NULL)
		return name;
	return arena_printf(mem, "%s/%s", folder, name);
}
