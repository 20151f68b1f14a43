/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialogue_state.h - what the parts of one dialogue share; of dialogue*.c alone.
 *
 * dialogue.c knows the commands and the end, dialogue_message.c takes a message in.
 */
#ifndef SERVE_DIALOGUE_STATE_H
#define SERVE_DIALOGUE_STATE_H

#include <stdbool.h>

#include "serve/channel.h"
#include "serve/dialogue.h"
#include "serve/parcel.h"

struct dialogue {
	const struct service *s;
	struct channel *ch;
	struct parcel parcel;
	unsigned bad, idle;
	bool again;   /* the line is still to be obeyed */
	bool aborted; /* the message that was on its way is given up */
	bool done;
	enum dialogue_end end;
	bool crlf; /* so the line ended */
	char line[CHANNEL_LINE_MAX + 1];
};

struct dialogue_command {
	const char *name;
	void (*run)(struct dialogue *d, const char *args);
	bool aborts; /* may stand between the chunks of a message, and ends it */
};

/* Answers what is no command, or not now. */
void
dialogue_bad(struct dialogue *d, int code, const char *status, const char *text);
/* It ends with 421, and not by the client's QUIT. */
void
dialogue_give_up(struct dialogue *d, enum dialogue_end end, const char *status, const char *text);
/* The next line that is fit to be looked at; false: the dialogue is over. */
bool
dialogue_take_line(struct dialogue *d);
/* The command in the line, NULL: none. */
const struct dialogue_command *
dialogue_find(const struct dialogue *d, const char **args);

/* DATA and BDAT. */
void
dialogue_message_data(struct dialogue *d, const char *args);
void
dialogue_message_bdat(struct dialogue *d, const char *args);

#endif
