/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place.h - addresses of loopback that answer, refuse, or say nothing.
 */
#ifndef PLACE_H
#define PLACE_H

#include "net/race.h"

struct place {
	struct race_addr addr;
	int fds[4]; /* kept open while the place exists, -1: none */
};

/* A listener on ip; backlog < 0: the port is free again, whoever connects is refused. */
struct place
place_make(const char *ip, int backlog);
/* Nobody accepts and the backlog is full: the kernel drops what asks for a connection. */
struct place
place_make_hole(const char *ip);
void
place_drop(struct place *p);
unsigned short
place_port(const struct race_addr *a);
/* fd leads there, does not block and is not inherited. */
void
place_check(int fd, const struct race_addr *a);

/* Descriptors this process has open. */
int
place_count_fds(void);

#endif
