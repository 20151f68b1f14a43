/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "base/json.h"
#include "cli/cmd.h"
#include "config/config.h"
#include "smtp/sasl.h"

/* In the order of strength, as they are tried. */
static const char *const mechanisms[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN",
    "LOGIN"};

#define NMECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

void
cmd_version_line(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	(void)buf_adds(&b, "postrider " POSTRIDER_VERSION "\n");
	(void)ui_out(&b);
	buf_done(&b);
}

static void
add_json(const struct config *c, struct buf *out)
{
	struct json *j = json_new();
	const char *path;
	bool found;

	json_int(j, "v", 1);
	json_str(j, "version", POSTRIDER_VERSION);
	for (size_t i = 0; c != NULL && (path = config_path(c, i, &found)) != NULL; i++)
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
	for (size_t i = 0; c != NULL && (path = config_path(c, i, &found)) != NULL; i++)
		(void)buf_addf(out, "configuration: %s (%s)\n", path, found ? "read" : "absent");
	(void)buf_adds(out, "login:");
	for (size_t i = 0; i < NMECHANISMS; i++)
		if (sasl_supports(mechanisms[i]))
			(void)buf_addf(out, " %s", mechanisms[i]);
	(void)buf_adds(out, "\nLicence: GPL-3.0-or-later. There is no warranty.\n");
}

/* A configuration that cannot be loaded is `config check`'s affair: then its paths are left out. */
static struct config *
load_config(const struct shared *shared)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	diags_done(&d);
	return c;
}

int
cmd_version(const struct command_call *call)
{
	struct shared shared = call->shared;
	struct args_group group = shared_group(&shared);
	struct args args = {.mem = call->mem, .groups = &group, .ngroups = 1, .words = call->words};
	struct config *c;
	struct ui ui;
	struct buf b;
	int status;

	if (!command_begin(call, &args, &shared, &ui, &status))
		return status;
	c = load_config(&shared);
	buf_init(&b, SIZE_MAX);
	if (ui.json)
		add_json(c, &b);
	else
		add_text(c, &b);
	status = ui_data(&ui, &b);
	buf_done(&b);
	config_free(c);
	return status;
}
