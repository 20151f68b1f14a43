/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd.h - the commands, one file each: cmd_NAME.c. The table is in command.c.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "cli/args.h"
#include "cli/command.h"

int
cmd_send(const struct command_call *call);
size_t
cmd_send_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_sendmail(const struct command_call *call);
size_t
cmd_sendmail_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_queue(const struct command_call *call);
size_t
cmd_queue_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_log(const struct command_call *call);
size_t
cmd_log_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_status(const struct command_call *call);
int
cmd_check(const struct command_call *call);
size_t
cmd_check_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_probe(const struct command_call *call);
size_t
cmd_probe_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_lookup(const struct command_call *call);
size_t
cmd_lookup_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_test(const struct command_call *call);
size_t
cmd_test_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_config(const struct command_call *call);
size_t
cmd_config_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_setup(const struct command_call *call);
size_t
cmd_setup_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_account(const struct command_call *call);
size_t
cmd_account_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_import(const struct command_call *call);
size_t
cmd_import_groups(struct args_group out[COMMAND_GROUPS_MAX]);
int
cmd_help(const struct command_call *call);
size_t
cmd_help_groups(struct args_group out[COMMAND_GROUPS_MAX]);
/* What `postrider` alone shows to a person. */
int
cmd_help_overview(const struct ui *ui);
int
cmd_version(const struct command_call *call);
/* "postrider 1.2.3", the libraries, where the configuration is. Returns the exit status. */
int
cmd_version_show(const struct shared *shared, const struct ui *ui);
/* For completions and tests; their output is stable, a line an item. */
int
cmd_complete(const struct command_call *call);
/* One list, a line an item. false: there is none of that name. */
bool
cmd_complete_list(const char *name, const struct shared *shared, struct buf *out);
int
cmd_complete_options(const struct command_call *call);

#endif
