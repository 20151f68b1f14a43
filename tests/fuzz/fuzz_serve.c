/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a program says to our side of an SMTP dialogue, with no account behind it: the dialogue
 * comes to an end, each of its replies is one whole line fit to be shown, and no message is
 * promised. Paths and parameters also by themselves.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "fuzz.h"
#include "message/addr.h"
#include "serve/dialogue.h"
#include "serve/mailpath.h"
#include "serve/param.h"

static void
check_error(const struct err *e, int least)
{
	assert(e->code >= least && e->code < 600 && e->text[0] != '\0');
	assert(e->status[0] == (char)('0' + e->code / 100));
	assert(!str_has_ctl(e->text, strlen(e->text)));
}

static void
check_path(struct arena *mem, const char *s, bool sender)
{
	const char *addr, *rest, *full;
	struct param_mail m;
	struct param_rcpt r;
	struct err e;

	if (!mailpath_parse(mem, s, sender, &addr, &rest, &e)) {
		check_error(&e, 500);
		return;
	}
	assert(rest >= s && rest <= s + strlen(s) && (*rest == '\0' || str_is_blank(*rest)));
	full = addr_domain(addr) != NULL ? addr : arena_printf(mem, "%s@localhost", addr);
	assert((sender && addr[0] == '\0') || addr_is_wire(full));
	if (!param_mail(mem, rest, &m, &e))
		check_error(&e, 500);
	if (!param_rcpt(mem, rest, &r, &e))
		check_error(&e, 500);
	else
		assert(r.orcpt == NULL || !str_has_ctl(r.orcpt, strlen(r.orcpt)));
}

static void
check_replies(const char *s)
{
	assert(strncmp(s, "220 here.example ESMTP", 22) == 0);
	while (*s != '\0') {
		const char *end = strstr(s, "\r\n");

		assert(end != NULL && end - s >= 4 && end - s <= 510);
		assert(s[0] >= '2' && s[0] <= '5' && str_is_digit(s[1]) && str_is_digit(s[2]));
		assert(s[3] == ' ' || s[3] == '-');
		assert(!str_has_ctl(s, (size_t)(end - s)) && str_utf8_valid(s, (size_t)(end - s)));
		assert(strncmp(s + 4, "2.0.0 sent", 10) != 0);
		assert(strncmp(s + 4, "2.0.0 queued", 12) != 0);
		s = end + 2;
	}
}

static void
check_dialogue(const uint8_t *data, size_t n)
{
	static struct config *config;
	const struct config_request none = {.file = "/dev/null"};
	struct service s = {.name = "here.example", .idle_ms = 1000, .size_max = 4096};
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	struct buf said;

	if (config == NULL)
		config = config_load_rest(&none);
	s.config = config;
	assert(in >= 0 && out >= 0 && file_write(in, data, n) && lseek(in, 0, SEEK_SET) == 0);
	(void)dialogue_run(&s, in, out);
	assert(lseek(out, 0, SEEK_SET) == 0);
	buf_init(&said, SIZE_MAX);
	assert(file_slurp(out, &said));
	assert(memchr(said.data, '\0', said.len) == NULL);
	check_replies(buf_str(&said));
	buf_done(&said);
	close(in);
	close(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena mem = {NULL};
	const char *s = arena_strndup(&mem, (const char *)data, n);

	check_path(&mem, s, true);
	check_path(&mem, s, false);
	arena_done(&mem);
	check_dialogue(data, n);
	return 0;
}
