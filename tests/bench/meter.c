/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meter FILE COMMAND... - runs it and puts into FILE what it took: wall, user and system
 * time in milliseconds, and the largest resident set of its processes in KiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int
main(int argc, char **argv)
{
	struct rusage used;
	double began, wall;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 2;
	began = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return 2;
	wall = now() - began;
	f = fopen(argv[1], "w");
	if (f == NULL)
		return 2;
	fprintf(f, "%.2f %.2f %.2f %ld\n", wall, ms(used.ru_utime), ms(used.ru_stime),
	    used.ru_maxrss);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
