/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * holder.h - who has the flock on a file, found out without touching it.
 *
 * Trying the lock would tell too, but whoever wants it in that very moment would
 * find it taken by somebody who only looks: a runner would go away and leave the
 * mail where it is. So the kernel's list is read; where there is none, nobody knows.
 */
#ifndef BASE_HOLDER_H
#define BASE_HOLDER_H

/* The process that has it; 0: nobody, no such file, or it cannot be known. */
long
holder_of(int dirfd, const char *name);

#endif
