/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pager.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/proc.h"
#include "base/str.h"

#define NOT_STARTED 126 /* and 127: as the shell says that it found no such program */

/* Lines on the screen; what is too wide for it takes several. */
static size_t
count_lines(const char *text, size_t width)
{
	size_t n = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		n += 1 + (len > 0 ? (len - 1) / width : 0);
		text += len;
		text += *text == '\n';
	}
	return n;
}

/* NULL: none. */
static const char *
find_pager(void)
{
	const char *pager = getenv("PAGER"), *term = getenv("TERM");

	if (pager != NULL)
		return pager[0] == '\0' || str_eq(pager, "cat") ? NULL : pager;
	return term != NULL && !str_eq(term, "dumb") && proc_exists("less") ? "less" : NULL;
}

int
pager_show(const struct ui *ui, struct buf *b)
{
	const char *pager;
	int status = 0;

	if (!ui->out_tty || !ui->in_tty || ui->no_pager || ui->json ||
	    count_lines(buf_str(b), ui->width) < ui->height)
		return ui_data(ui, b);
	pager = find_pager();
	/* quit when all fits, colours pass, and the text stays on the screen afterwards */
	if (pager == NULL || setenv("LESS", "FRX", 0) < 0 ||
	    !proc_show(pager, buf_str(b), b->len, &status, NULL) || status >= NOT_STARTED)
		return ui_data(ui, b);
	buf_clear(b);
	return EX_OK;
}
