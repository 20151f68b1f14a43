/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli.h - from argv to an exit status.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* argv ends in NULL and may hold nothing else. */
int
cli_main(char **argv);

#endif
