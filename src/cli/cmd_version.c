/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "base/crypto.h"
#include "base/idn.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "config/config.h"
#include "smtp/sasl.h"

/* In the order of strength, as they are tried. */
static const char *const mechanisms[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN",
    "LOGIN", "OAUTHBEARER", "XOAUTH2"};

#define NMECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
    {"GnuTLS", crypto_library},
    {"libgsasl", sasl_library},
    {"libidn2", idn_library},
    {"jansson", json_library},
};

#define NLIBRARIES (sizeof(libraries) / sizeof(libraries[0]))

static void
add_json(const struct config *c, struct buf *out)
{
	struct json *j = json_new(), *libs = json_new();
	const char *path;
	bool found;

	json_int(j, "v", 1);
	json_str(j, "version", POSTRIDER_VERSION);
	for (size_t i = 0; i < NLIBRARIES; i++)
		json_str(libs, libraries[i].name, libraries[i].version());
	json_obj(j, "libraries", libs);
	for (size_t i = 0; (path = config_path(c, i, &found)) != NULL; i++)
		json_push_str(j, "configuration", path);
	for (size_t i = 0; i < NMECHANISMS; i++)
		if (sasl_supports(mechanisms[i]))
			json_push_str(j, "mechanisms", mechanisms[i]);
	json_line(j, out);
}

static void
add_text(const struct config *c, struct buf *out)
{
	const char *path;
	bool found;

	(void)buf_adds(out, "postrider " POSTRIDER_VERSION "\n");
	(void)buf_adds(out, "libraries:");
	for (size_t i = 0; i < NLIBRARIES; i++)
		(void)buf_addf(out, "%s %s %s", i > 0 ? "," : "", libraries[i].name,
		    libraries[i].version());
	(void)buf_addc(out, '\n');
	for (size_t i = 0; (path = config_path(c, i, &found)) != NULL; i++)
		(void)buf_addf(out, "configuration: %s (%s)\n", path, found ? "read" : "absent");
	(void)buf_adds(out, "login:");
	for (size_t i = 0; i < NMECHANISMS; i++)
		if (sasl_supports(mechanisms[i]))
			(void)buf_addf(out, " %s", mechanisms[i]);
	(void)buf_adds(out, "\nLicence: GPL-3.0-or-later. There is no warranty.\n");
}

/* Where it is looked for is told of a broken one, too; what is wrong is `config check`'s affair. */
static struct config *
load_config(const struct shared *shared)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	diags_done(&d);
	return c != NULL ? c : config_load_rest(&want);
}

int
cmd_version_show(const struct shared *shared, const struct ui *ui)
{
	struct config *c = load_config(shared);
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	if (ui->json)
		add_json(c, &b);
	else
		add_text(c, &b);
	status = ui_data(ui, &b);
	buf_done(&b);
	config_free(c);
	return status;
}

int
cmd_version(const struct command_call *call)
{
	struct shared shared = call->shared;
	struct args_group group = shared_group(&shared);
	struct args args = {.mem = call->mem, .groups = &group, .ngroups = 1, .words = call->words};
	struct ui ui;
	int status;

	if (!command_begin(call, &args, &shared, &ui, &status))
		return status;
	return cmd_version_show(&shared, &ui);
}
