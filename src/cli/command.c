/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"

#include <stdint.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/report_json.h"

const struct command command_table[] = {
    {
	.name = "send",
	.synopsis = "[OPTION...] RECIPIENT...",
	.help = "compose a message, or take a ready one, and send it now",
	.examples =
	    "postrider send bob@example.org -s Minutes -m @minutes.txt --attach agenda.pdf\n"
	    "df -h | postrider send admin@example.org -s 'disk of nas'\n"
	    "postrider send --message ready.eml --json bob@example.org",
	.sends = true,
	.run = cmd_send,
	.groups = cmd_send_groups,
    },
    {
	.name = "sendmail",
	.synopsis = "[OPTION...] [ADDRESS...]",
	.help = "the sendmail(8) command line; also meant by a first word with '-' or '@'",
	.examples = "postrider sendmail -t -i < message\n"
		    "postrider -t < message\n"
		    "postrider bob@example.org < message",
	.sends = true,
	.run = cmd_sendmail,
	.groups = cmd_sendmail_groups,
    },
    {
	.name = "check",
	.operands = "@accounts",
	.synopsis = "[OPTION...] [ACCOUNT...]",
	.help = "find out what keeps mail from leaving; sends none",
	.examples = "postrider check\n"
		    "postrider check --all --only tls,cert-expiry --strict\n"
		    "sudo postrider check --as www-data",
	.run = cmd_check,
	.groups = cmd_check_groups,
    },
    {
	.name = "doctor",
	.operands = "@accounts",
	.synopsis = "[OPTION...] [ACCOUNT...]",
	.run = cmd_check,
	.groups = cmd_check_groups,
    },
    {
	.name = "test",
	.synopsis = "[OPTION...] [ADDRESS]",
	.help = "check, then send one small message, to yourself unless told otherwise",
	.examples = "postrider test\n"
		    "postrider -a work test ann@example.org",
	.sends = true,
	.run = cmd_test,
	.groups = cmd_test_groups,
    },
    {
	.name = "probe",
	.operands = "@accounts",
	.synopsis = "[OPTION...] [ACCOUNT | URL | DOMAIN]",
	.help = "look at a server: stages, certificates, abilities; sends no mail",
	.examples =
	    "postrider probe\n"
	    "postrider probe smtps://smtp.example.org --cert chain\n"
	    "postrider probe gmail --stop-after auth --timing -vv\n"
	    "postrider probe smtp://mx.example.org:25 --from me@example.org --to you@example.org",
	.run = cmd_probe,
	.groups = cmd_probe_groups,
    },
    {
	.name = "lookup",
	.synopsis = "[OPTION...] DOMAIN | ADDRESS",
	.help = "what the DNS says about the mail of a domain, and what is missing there",
	.examples = "postrider lookup example.org\n"
		    "postrider lookup ann@example.org --selector p2026",
	.run = cmd_lookup,
	.groups = cmd_lookup_groups,
    },
    {
	.name = "queue",
	.operands =
	    "list|show @ids|run @ids|retry @ids|hold @ids|release @ids|remove @ids|export @ids|check|runner install,remove,status",
	.synopsis = "[list | show ID | run | retry ID... | hold ID... | release ID... |\n"
		    "           remove ID... | export [ID...] | check | runner [install | remove]]",
	.help = "what is kept, and what is to become of it",
	.examples = "postrider queue\n"
		    "postrider queue show 3KF9Q2 --history\n"
		    "postrider queue remove --rcpt '*@example.org'\n"
		    "postrider queue runner install --write",
	.run = cmd_queue,
	.groups = cmd_queue_groups,
    },
    {
	.name = "log",
	.synopsis = "[--since TIME] [--until TIME] [--to PATTERN] [--from PATTERN] [--failed]\n"
		    "           [--id ID] [--lines N] [--follow]",
	.help = "what became of the mail of the last days",
	.examples = "postrider log --since 2h\n"
		    "postrider log --since yesterday --failed\n"
		    "postrider log --to '*@example.org' --json\n"
		    "postrider log --follow",
	.run = cmd_log,
	.groups = cmd_log_groups,
    },
    {
	.name = "status",
	.synopsis = "[--json | --quiet]",
	.help = "one screen: queue, accounts, runner; exit status 1 when something needs you",
	.examples = "postrider status\n"
		    "postrider status --quiet || echo 'look after the mail'",
	.run = cmd_status,
	.groups = cmd_help_groups,
    },
    {
	.name = "setup",
	.synopsis = "[OPTION...] [ADDRESS]",
	.help = "an account from your address: finds the server, tries it, writes it",
	.examples =
	    "postrider setup ann@example.org\n"
	    "postrider setup ann@corp.example --server smtp://mail.corp.example:587 --tls-ca corp-ca.pem\n"
	    "pass show mail | postrider setup ann@example.org --password-file - --no-input",
	.run = cmd_setup,
	.groups = cmd_setup_groups,
    },
    {
	.name = "account",
	.operands = "list|show @accounts|default @accounts|login @accounts|logout @accounts",
	.synopsis = "list | show [NAME] | default NAME | login [OPTION...] [NAME] | logout [NAME]",
	.help = "the accounts, and their passwords",
	.examples = "postrider account list\n"
		    "postrider account login gmail\n"
		    "pass show mail/work | postrider account login work --password-file -",
	.run = cmd_account,
	.groups = cmd_account_groups,
    },
    {
	.name = "config",
	.operands = "check|show|get @keys|set @keys|unset @keys|edit|path|keys",
	.synopsis = "check | show [--origin] | get KEY | set KEY VALUE | unset KEY |\n"
		    "           edit | path | keys",
	.help = "check the configuration, show it, change it, list its keys",
	.examples = "postrider config check\n"
		    "postrider config show --origin\n"
		    "postrider config set account.gmail.tls starttls\n"
		    "postrider --set account.gmail.port=587 config show",
	.run = cmd_config,
	.groups = cmd_config_groups,
    },
    {
	.name = "import",
	.operands = "msmtp @files|ssmtp @files|nullmailer @files|dma @files",
	.synopsis = "msmtp | ssmtp | nullmailer | dma [FILE] [--write [--force]]",
	.help = "another program's configuration, said in postrider's",
	.examples = "postrider import msmtp\n"
		    "postrider import msmtp ~/.msmtprc --write\n"
		    "sudo postrider import ssmtp --write",
	.run = cmd_import,
	.groups = cmd_import_groups,
    },
    {
	.name = "help",
	.operands = "@commands @topics",
	.synopsis = "[COMMAND | TOPIC]",
	.help = "help about a command or a topic",
	.examples = "postrider help send\n"
		    "postrider help gmail",
	.run = cmd_help,
	.groups = cmd_help_groups,
    },
    {
	.name = "version",
	.synopsis = "",
	.help = "the version and what it can do",
	.run = cmd_version,
	.groups = cmd_help_groups,
    },
    {
	.name = "__complete",
	.synopsis = "accounts | commands | ids | keys | topics",
	.run = cmd_complete,
	.groups = cmd_help_groups,
    },
    {
	.name = "__options",
	.synopsis = "COMMAND",
	.run = cmd_complete_options,
	.groups = cmd_help_groups,
    },
};

const size_t command_table_count = sizeof(command_table) / sizeof(command_table[0]);

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < command_table_count; i++)
		if (str_eq(command_table[i].name, name))
			return &command_table[i];
	return NULL;
}

void
command_names(struct arena *mem, bool hidden, struct args_list *out)
{
	for (size_t i = 0; i < command_table_count; i++)
		if (hidden || command_table[i].help != NULL)
			args_push(mem, out, command_table[i].name);
}

/* Another name of a command has no words of its own. */
static const struct command *
told_of(const struct command *c)
{
	for (size_t i = 0; c->help == NULL && i < command_table_count; i++)
		if (command_table[i].run == c->run && command_table[i].help != NULL)
			return &command_table[i];
	return c;
}

void
command_usage(const struct command *c, struct buf *out)
{
	struct args_group groups[COMMAND_GROUPS_MAX];
	const struct command *told = told_of(c);
	size_t n = c->groups(groups);

	(void)buf_addf(out, "Usage: postrider %s %s\n", c->name, c->synopsis);
	if (told->help != NULL)
		(void)buf_addf(out, "%s\n", told->help);
	if (told->examples != NULL) {
		(void)buf_adds(out, "\nExamples:\n  ");
		ui_wrapped(out, told->examples, 2, SIZE_MAX);
	}
	args_help(groups, n, out);
}

static int
print_usage(const struct command *c, const struct ui *ui)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	command_usage(c, &b);
	status = ui_data(ui, &b);
	buf_done(&b);
	return status;
}

bool
command_begin(const struct command_call *call, struct args *args, const struct shared *shared,
    struct ui *ui, int *status)
{
	struct err e;
	bool good = args_parse(args, &e);

	ui_init(ui, call->program, call->own, shared);
	*status = 0;
	if (!good) {
		*status = ui_usage(ui, &e, call->command->sends ? "nothing was sent" : NULL);
		if (shared->json)
			report_json_trouble(&e, *status);
	} else if (shared->help) {
		*status = print_usage(call->command, ui);
	} else if (shared->version) {
		*status = cmd_version_show(shared, ui);
	} else {
		return true;
	}
	return false;
}
