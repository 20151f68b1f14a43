/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "queue/entry_file.h"

#define OUT_MAX ((size_t)128 * 1024)

bool
entry_storage_error(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE,
	    errno == ENOSPC || errno == EDQUOT ? "4.3.1" : "4.3.0", "%s: %s", what,
	    strerror(errno));
}

struct entry *
entry_new(const char *dir, struct err *e)
{
	struct entry *en = mem_alloc(sizeof *en);

	if (!entry_settle(en, dir, e)) {
		free(en);
		return NULL;
	}
	envelope_init(&en->env);
	buf_init(&en->out, OUT_MAX);
	return en;
}

void
entry_close(struct entry *en)
{
	if (en == NULL)
		return;
	if (en->temp != NULL)
		unlink(en->temp);
	free(en->temp);
	close(en->fd);
	envelope_done(&en->env);
	buf_done(&en->out);
	free(en->cells);
	free(en);
}

struct envelope *
entry_envelope(struct entry *en)
{
	return &en->env;
}

struct entry_times *
entry_times(struct entry *en)
{
	return &en->times;
}

const char *
entry_id(const struct entry *en)
{
	return en->id;
}

int64_t
entry_arrival_ms(const struct entry *en)
{
	return en->arrival_ms;
}

static bool
flush_out(struct entry *en, struct err *e)
{
	if (en->out.len > 0 && !entry_store(en, en->out.data, en->out.len, e))
		return false;
	buf_clear(&en->out);
	return true;
}

/* Small pieces are gathered, large ones go out as they are. */
static bool
put(struct entry *en, const char *data, size_t n, struct err *e)
{
	if (en->out.len + n > OUT_MAX && !flush_out(en, e))
		return false;
	if (n > OUT_MAX / 2 && en->out.len == 0)
		return entry_store(en, data, n, e);
	buf_add(&en->out, data, n);
	return true;
}

/* An address, an identifier: xtext, so that no blank or control character splits a head line. */
static void
add_pair(struct buf *line, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(line, "%s ", key);
	str_xtext(line, value, strlen(value));
	buf_addc(line, '\n');
}

static void
add_rcpt(struct buf *line, const struct rcpt *r)
{
	buf_adds(line, "rcpt ");
	str_xtext(line, r->addr, strlen(r->addr));
	if (r->notify != 0)
		buf_addf(line, " notify=%u", r->notify);
	if (r->orcpt != NULL) {
		buf_adds(line, " orcpt=");
		str_xtext(line, r->orcpt, strlen(r->orcpt));
	}
	buf_addc(line, '\n');
}

static bool
put_head(struct entry *en, struct err *e)
{
	const struct envelope *env = &en->env;
	struct buf line;
	bool good;

	buf_init(&line, OUT_MAX);
	if (env->unsettled)
		buf_addf(&line, "unsettled %s\n", env->sender_open ? "open" : "given");
	if (env->unsettled)
		add_pair(&line, "name", env->full_name);
	add_pair(&line, "from", env->from);
	add_pair(&line, "account", env->account);
	if (env->notice)
		buf_adds(&line, "class notice\n");
	if (env->lifetime_ms > 0)
		buf_addf(&line, "lifetime %lld\n", (long long)env->lifetime_ms);
	add_pair(&line, "envid", env->envid);
	add_pair(&line, "msgid", env->message_id);
	if (env->ret != RETURN_DEFAULT)
		add_pair(&line, "ret", env->ret == RETURN_FULL ? "full" : "hdrs");
	for (size_t i = 0; i < env->nabout; i++)
		add_pair(&line, "about", env->about[i]);
	good = put(en, buf_str(&line), line.len, e);
	for (size_t i = 0; i < env->nrcpts && good; i++) {
		buf_clear(&line);
		add_rcpt(&line, &env->rcpts[i]);
		good = put(en, buf_str(&line), line.len, e);
	}
	buf_done(&line);
	return good && put(en, "\n", 1, e);
}

void
entry_set_arrival(struct entry *en, int64_t wall_ms)
{
	en->arrival_ms = wall_ms;
}

bool
entry_begin(struct entry *en, struct err *e)
{
	char blank[ENTRY_CELLS_AT];

	if (en->arrival_ms == 0)
		en->arrival_ms = clock_wall_ms();
	/* the two lines are written when the lengths are known; until then no reader takes this for
	 * an entry */
	memset(blank, ' ', sizeof blank);
	en->cells = mem_alloc(en->env.nrcpts + 1);
	memset(en->cells, CELL_PENDING, en->env.nrcpts);
	if (!put(en, blank, sizeof blank, e) || !put(en, en->cells, en->env.nrcpts, e) ||
	    !put(en, "\n", 1, e) || !put_head(en, e))
		return false;
	en->body_at = en->written + en->out.len;
	return true;
}

bool
entry_write(struct entry *en, const char *data, size_t n, struct err *e)
{
	return put(en, data, n, e);
}

bool
entry_put_line(struct entry *en, uint64_t at, size_t size, const char *text)
{
	char line[ENTRY_FIXED_LEN];
	size_t n = strlen(text);

	memset(line, ' ', sizeof line);
	memcpy(line, text, n < size ? n : size - 1);
	line[size - 1] = '\n';
	return file_pwrite(en->fd, line, size, at);
}

void
entry_fixed_text(const struct entry *en, char *out)
{
	const struct facts *f = &en->env.facts;
	size_t head = (size_t)(en->body_at - ENTRY_CELLS_AT - en->env.nrcpts - 1);
	char flags[] = {f->header_8bit ? 'h' : '-', f->body_8bit ? 'b' : '-', f->utf8 ? 'u' : '-',
	    en->env.smtputf8 ? 's' : '-', '\0'};

	snprintf(out, ENTRY_FIXED_LEN, ENTRY_MAGIC " %08zu %012llu %06zu %015lld %s %010zu", head,
	    (unsigned long long)en->body_len, en->env.nrcpts, (long long)en->arrival_ms, flags,
	    f->longest);
}

bool
entry_finish(struct entry *en, struct err *e)
{
	char text[ENTRY_FIXED_LEN];

	if (!flush_out(en, e))
		return false;
	en->body_len = en->written - en->body_at;
	en->env.facts.size = en->body_len;
	/* the sums are due when it gets a name: what is sent from here at once is never read back
	 */
	entry_fixed_text(en, text);
	while (!entry_put_line(en, 0, ENTRY_FIXED_LEN, text) || !entry_save_times(en))
		if (!entry_retreat(en, e))
			return false;
	return true;
}

ssize_t
entry_read(struct entry *en, void *data, size_t n, uint64_t off)
{
	if (off >= en->body_len)
		return 0;
	if (n > en->body_len - off)
		n = (size_t)(en->body_len - off);
	return file_pread(en->fd, data, n, en->body_at + off);
}
