/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_nursery.h - many servers out of one process: loading the libraries costs more than
 * serving does.
 */
#ifndef FAKESERVER_NURSERY_H
#define FAKESERVER_NURSERY_H

/*
 * fakeserver --nursery: each line of stdin is a call, FIFO and STDERR and then options, with tabs
 * between. The server is a child that has the FIFO as its stdin, so whoever has that open for
 * writing keeps it, and STDERR, a file ("": ours), for its complaints; it says PORT or PATH on our
 * stdout as ever. When it is over, "END NUMBER STATUS" follows: the number of the call, from 1, and
 * the exit status, or 128 and the signal.
 *
 * Returns in each child with its arguments (NULL at the end; argv[0] is the program), and in the
 * nursery, when stdin has ended, with NULL. Servers that are left live on.
 */
char **
nursery_run(char *program);

#endif
