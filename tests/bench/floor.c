/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor marks|enqueue DIR NUMBER - what this disk takes for the same promises, and no more.
 *
 * marks: for each of NUMBER files two octets written in place, each followed by
 * fdatasync, then the file removed; the folder is synced once for sixteen of them.
 * enqueue: a nameless file of 1 KiB, fsync, link, fsync of the folder.
 *
 * Prints the whole time, and the median of one file, in milliseconds.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIZE 1024
#define SYNC_EVERY 16

static const char *dir;
static int dir_fd;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

/* A file of SIZE octets that has no name yet. */
static int
make_file(void)
{
	char data[SIZE];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	must(fd >= 0, dir);
	memset(data, 'x', sizeof data);
	must(write(fd, data, sizeof data) == SIZE, "write");
	return fd;
}

static void
link_file(int fd, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) == 0, name);
}

static void
name_of(size_t i, char name[32])
{
	snprintf(name, 32, "floor%zu", i);
}

static void
mark_one(size_t i)
{
	char name[32];
	int fd;

	name_of(i, name);
	fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC);
	must(fd >= 0, name);
	for (int k = 0; k < 2; k++)
		must(pwrite(fd, k == 0 ? "a" : "b", 1, 200) == 1 && fdatasync(fd) == 0,
		    "fdatasync");
	close(fd);
	must(unlinkat(dir_fd, name, 0) == 0, "unlink");
	if ((i + 1) % SYNC_EVERY == 0)
		must(fsync(dir_fd) == 0, "fsync");
}

static void
enqueue_one(size_t i)
{
	char name[32];
	int fd = make_file();

	must(fsync(fd) == 0, "fsync");
	name_of(i, name);
	link_file(fd, name);
	must(fsync(dir_fd) == 0, "fsync");
	close(fd);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(void (*one)(size_t i), size_t n)
{
	double *each = calloc(n + 1, sizeof *each), sum = 0;

	must(each != NULL, "calloc");
	for (size_t i = 0; i < n; i++) {
		double began = now();
		one(i);
		each[i] = now() - began;
		sum += each[i];
	}
	qsort(each, n, sizeof *each, by_size);
	printf("%.2f %.3f\n", sum, each[n / 2]);
	free(each);
}

int
main(int argc, char **argv)
{
	char name[32];
	size_t n;

	if (argc != 4)
		return 2;
	dir = argv[2];
	n = strtoul(argv[3], NULL, 10);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir_fd >= 0, dir);
	if (strcmp(argv[1], "marks") == 0) {
		for (size_t i = 0; i < n; i++) {
			int fd = make_file();
			name_of(i, name);
			link_file(fd, name);
			close(fd);
		}
		must(syncfs(dir_fd) == 0, "syncfs");
		measure(mark_one, n);
		return 0;
	}
	measure(enqueue_one, n);
	for (size_t i = 0; i < n; i++) {
		name_of(i, name);
		unlinkat(dir_fd, name, 0);
	}
	return 0;
}
