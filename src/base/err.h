/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err.h - what went wrong, as a value.
 *
 * Filled where the trouble arises and carried unchanged to the terminal, the
 * JSON line, the journal of the queue entry and (later) the bounce. The class
 * answers the only question policy asks: whose fault is it, and does it make
 * sense to try again? The status digits never answer that (decisions.md 6).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_class {
	ERR_NONE,
	ERR_USAGE,  /* the command line */
	ERR_CONFIG, /* the configuration, a secret that cannot be had */
	/* DNS, connect, TLS, greeting, EHLO, AUTH, 421, broken protocol: no message's fault */
	ERR_RELAY,
	ERR_MESSAGE,   /* MAIL, DATA, end of data; a message we cannot take */
	ERR_RECIPIENT, /* RCPT; an address we cannot take */
	ERR_LOCAL,     /* this machine: memory, files, space, fork */
};

/* Where: the names are those of the JSON output and of probe's stop points. */
enum stage {
	STAGE_NONE,
	STAGE_INPUT, /* reading the message */
	STAGE_CONFIG,
	STAGE_SECRET,
	STAGE_DNS,
	STAGE_CONNECT,
	STAGE_TLS,
	STAGE_CERT, /* the certificate was not accepted */
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,  /* DATA/BDAT and the body */
	STAGE_FINAL, /* the reply after the body */
	STAGE_QUEUE, /* our own storage */
	STAGE_MAX
};

struct err {
	enum err_class class;
	enum stage stage;
	int code;        /* SMTP reply code that decided, 0: no reply did */
	int sysexit;     /* fixed exit status, 0: err_sysexit() derives it */
	char status[10]; /* enhanced status "5.1.1" (RFC 3463), "" when there is none */
	char text[400];  /* one sentence, no control characters, no final newline */
	char hint[32];   /* id of an entry of the hint table, "" for none */
};

/*
 * Fills *e and returns false, so that a function can `return err_set(...)`.
 * status may be "". Control characters in the result are escaped, a too long text
 * ends in "...". e may be NULL (caller does not care).
 */
bool
err_set(struct err *e, enum err_class class, enum stage stage, const char *status, const char *fmt,
    ...) __attribute__((format(printf, 5, 6)));
/* Puts words in front of e->text: "PREFIX: TEXT". Returns false. */
bool
err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sets the hint id. Returns false. */
bool
err_hint(struct err *e, const char *hint);
void
err_clear(struct err *e);

/*
 * May a later try succeed with nothing changed by a person? Relay and local class: yes;
 * message and recipient class: unless code is 5yz, or code is 0 and status begins with '5';
 * usage and config: no (the queue keeps such mail all the same, decisions.md 7).
 */
bool
err_is_temporary(const struct err *e);
/*
 * The sysexits status when nobody keeps the mail: e->sysexit if set, else from class, stage
 * and code by the table of cli.md 2.5 and decisions.md 38.
 */
int
err_sysexit(const struct err *e);
/* "dns", "connect", ...: stable lower-case names, "" for STAGE_NONE. */
const char *
err_stage_name(enum stage s);
const char *
err_class_name(enum err_class c);
/* Back from the names; false when unknown. */
bool
err_stage_parse(const char *name, enum stage *out);
bool
err_class_parse(const char *name, enum err_class *out);

#endif
