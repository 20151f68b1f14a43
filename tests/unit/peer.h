/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peer.h - the other end of a connection, played by a child from a script.
 *
 * A script is a list of lines with one letter of what to do:
 *
 *	S text	send text and CRLF
 *	R text	send text as it is
 *	C glob	a line must come that matches
 *	N n	n octets must come
 *	D	lines must come up to the lone dot
 *	M n	n RCPT lines must come; each is answered by 250 at once
 *	Q	QUIT must come, and then the end
 *	E	the end must come, and nothing before it
 *	Z	say nothing more, read until the end
 *	F text	send text and CRLF for ever, until the other end has enough
 *	L text	the same without the CRLF
 *	X	close, whatever is unread
 *
 * What goes otherwise makes peer_finish fail with the line of the script. Everything
 * ends by itself after 20 s.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/trace.h"

struct peer {
	pid_t pid;
	int fd;         /* our end of a pair */
	int complaints; /* what the child has to say */
	char dir[64], path[96];
	unsigned short port; /* of peer_listen_tcp */
};

/* Over a socket pair: p->fd is the caller's to close (stream_close does). */
void
peer_pair(struct peer *p, const char *const *script);
/* The same, with as little room in between as the system allows: whoever only writes gets stuck. */
void
peer_pair_narrow(struct peer *p, const char *const *script);
/* Listens on the Unix socket p->path and plays the script on the first connection. */
void
peer_listen(struct peer *p, const char *const *script);
/* Both with a function in place of a script; it returns NULL or a complaint. */
void
peer_pair_run(struct peer *p, const char *(*run)(int fd));
void
peer_listen_run(struct peer *p, const char *(*run)(int fd));
/* On a port of 127.0.0.1. */
void
peer_listen_tcp(struct peer *p, const char *const *script);
void
peer_listen_tcp_run(struct peer *p, const char *(*run)(int fd));
/* Waits for the child; fails the test when the script was not played to its end. */
void
peer_finish(struct peer *p);

/* One line without its end into buf; NULL at the end or after too many octets. */
const char *
peer_read_line(int fd, char *buf, size_t size);
void
peer_say(int fd, const char *line);

/* What a trace was told: lines ">text" out, "<text" in, "#text" notes; stages "=name detail". */
struct watch {
	struct trace trace;
	char text[65536];
	size_t len;
	unsigned nprogress;
	bool encrypted; /* some line was */
};
void
watch_init(struct watch *w);

/* How often this program has called send(2): what "in one write" is checked by. */
extern unsigned peer_sends;

#endif
