/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakeserver_text.h"

/* The sizes of so many reads are listed one by one; the rest is only counted. */
#define SIZES_MAX 256
/* A client that never stops must not fill the memory of the test machine. */
#define COMMANDS_MAX 100000

/* A JSON array that grows. */
struct list {
	FILE *f;
	char *text;
	size_t len;
	unsigned n;
};

struct reads {
	struct list sizes;
	uint64_t n, octets, largest;
};

struct record {
	unsigned connection;
	int64_t started;
	struct list commands, waits, faults, logins, messages;
	struct reads clear, tls_in;
	unsigned turns;
	bool quit;
	char version[16], cipher[48], sni[256];
	char *script;
	char end[128];
};

static void
put_string(FILE *f, const char *s, size_t len)
{
	fputc('"', f);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c >= 0x7f)
			fprintf(f, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void
put_text(FILE *f, const char *s)
{
	put_string(f, s, strlen(s));
}

/* Opens the next element of the list. */
static FILE *
list_next(struct list *l)
{
	if (l->n++ > 0)
		fputs(", ", l->f);
	return l->f;
}

struct record *
record_new(unsigned connection)
{
	struct record *r = text_alloc(sizeof(*r));
	struct list *lists[] = {&r->commands, &r->waits, &r->faults, &r->logins, &r->messages,
	    &r->clear.sizes, &r->tls_in.sizes};

	r->connection = connection;
	r->started = text_now();
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		lists[i]->f = text_stream(&lists[i]->text, &lists[i]->len);
	return r;
}

void
record_command(struct record *r, bool tls, const char *line, size_t len)
{
	FILE *f;

	if (r->commands.n >= COMMANDS_MAX)
		return;
	f = list_next(&r->commands);
	fprintf(f, "{\"tls\":%s,\"line\":", tls ? "true" : "false");
	put_string(f, line, len);
	fputc('}', f);
}

void
record_read(struct record *r, bool tls, size_t n)
{
	struct reads *reads = tls ? &r->tls_in : &r->clear;

	reads->n++;
	reads->octets += n;
	if (n > reads->largest)
		reads->largest = n;
	if (reads->sizes.n < SIZES_MAX)
		fprintf(list_next(&reads->sizes), "%zu", n);
}

void
record_wait(struct record *r, const char *topic)
{
	if (r->waits.n < COMMANDS_MAX)
		put_text(list_next(&r->waits), topic);
	r->turns++;
}

void
record_wait_was_idle(struct record *r)
{
	r->turns--;
}

void
record_fault(struct record *r, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (r->faults.n >= 100)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(list_next(&r->faults), text);
}

void
record_tls(struct record *r, const char *version, const char *cipher, const char *sni)
{
	snprintf(r->version, sizeof(r->version), "%s", version);
	snprintf(r->cipher, sizeof(r->cipher), "%s", cipher);
	snprintf(r->sni, sizeof(r->sni), "%s", sni);
}

void
record_auth(struct record *r, const char *mechanism, const char *user, bool ok)
{
	FILE *f = list_next(&r->logins);

	fputs("{\"mechanism\":", f);
	put_text(f, mechanism);
	fputs(",\"user\":", f);
	put_text(f, user);
	fprintf(f, ",\"ok\":%s}", ok ? "true" : "false");
}

void
record_message(struct record *r, const struct record_message *m)
{
	FILE *f = list_next(&r->messages);

	fputs("{\"from\":", f);
	put_text(f, m->from);
	fputs(",\"to\":[", f);
	for (size_t i = 0; i < m->nto; i++) {
		if (i > 0)
			fputc(',', f);
		put_text(f, m->to[i]);
	}
	fputs("],\"by\":", f);
	put_text(f, m->by);
	fprintf(f, ",\"size\":%llu,\"sha256\":", (unsigned long long)m->size);
	put_text(f, m->sha256);
	if (m->file != NULL) {
		fputs(",\"file\":", f);
		put_text(f, m->file);
	}
	fprintf(f, ",\"complete\":%s,\"reply\":", m->complete ? "true" : "false");
	put_text(f, m->reply);
	fputc('}', f);
}

void
record_end(struct record *r, const char *how)
{
	snprintf(r->end, sizeof(r->end), "%s", how);
}

void
record_quit(struct record *r)
{
	r->quit = true;
}

void
record_script(struct record *r, const char *outcome)
{
	free(r->script);
	r->script = text_dup(outcome, strlen(outcome));
}

/* ---- writing it out */

static void
append(const char *path, const char *line, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, len) != (ssize_t)len)
		fprintf(stderr, "fakeserver: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Ends the list and writes it as the value of name. */
static void
put_list(FILE *f, const char *name, struct list *l)
{
	fclose(l->f);
	fprintf(f, ",\"%s\":[%s]", name, l->text);
	free(l->text);
}

static void
put_reads(FILE *f, const char *name, struct reads *reads)
{
	fprintf(f, ",\"%s\":{\"reads\":%llu,\"octets\":%llu,\"largest\":%llu", name,
	    (unsigned long long)reads->n, (unsigned long long)reads->octets,
	    (unsigned long long)reads->largest);
	put_list(f, "sizes", &reads->sizes);
	fputc('}', f);
}

static void
put_facts(FILE *f, const struct record *r)
{
	fprintf(f,
	    "{\"event\":\"connection\",\"connection\":%u,\"ms\":%lld,\"turns\":%u,\"quit\":%s",
	    r->connection, (long long)(text_now() - r->started), r->turns,
	    r->quit ? "true" : "false");
	fputs(",\"end\":", f);
	put_text(f, r->end);
	if (r->script != NULL) {
		fputs(",\"script\":", f);
		put_text(f, r->script);
	}
	if (r->version[0] != '\0') {
		fputs(",\"tls\":{\"version\":", f);
		put_text(f, r->version);
		fputs(",\"cipher\":", f);
		put_text(f, r->cipher);
		fputs(",\"sni\":", f);
		put_text(f, r->sni);
		fputc('}', f);
	}
}

void
record_write(struct record *r, const char *path)
{
	char *line;
	size_t len;
	FILE *f = text_stream(&line, &len);

	put_facts(f, r);
	put_list(f, "waits", &r->waits);
	put_list(f, "commands", &r->commands);
	put_list(f, "auth", &r->logins);
	put_list(f, "messages", &r->messages);
	put_list(f, "faults", &r->faults);
	put_reads(f, "clear", &r->clear);
	put_reads(f, "tls_in", &r->tls_in);
	fputs("}\n", f);
	fclose(f);
	if (path != NULL)
		append(path, line, len);
	free(line);
	free(r->script);
	free(r);
}

void
record_write_end(const char *path, unsigned connections, unsigned failed)
{
	char line[100];
	int n = snprintf(line, sizeof(line),
	    "{\"event\":\"end\",\"connections\":%u,\"failed\":%u}\n", connections, failed);

	if (path != NULL)
		append(path, line, (size_t)n);
}
