/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file.h - whole reads and whole writes.
 *
 * read(2) and write(2) do less than asked and are interrupted; here they are
 * not. A read error is never end of file.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"

/* All n bytes; EINTR and short writes are gone on with. false: errno tells. */
bool
file_write(int fd, const void *data, size_t n);
bool
file_pwrite(int fd, const void *data, size_t n, uint64_t off);
/* One read(2) retried on EINTR: bytes, 0 at the end, -1 with errno. */
ssize_t
file_read(int fd, void *data, size_t n);
/* As many bytes as there are, at most n: fewer only at the end of file; -1 with errno. */
ssize_t
file_pread(int fd, void *data, size_t n, uint64_t off);
/* Everything up to the end into b; false with errno (EFBIG when b's ceiling is passed). */
bool
file_slurp(int fd, struct buf *b);
/* Opens path (O_RDONLY|O_CLOEXEC|flags), reads it whole, fills st if not NULL. false with errno. */
bool
file_load(const char *path, int flags, struct buf *b, struct stat *st);
/* mkdir -p with mode for what is missing, fsync of each parent it changed. false with errno. */
bool
file_mkdirs(const char *path, mode_t mode);
/* fds 0-2 that are closed are opened on /dev/null: nothing we open later can become stderr. */
void
file_fix_std(void);

#endif
