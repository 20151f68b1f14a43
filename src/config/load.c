/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "config/check.h"
#include "config/keypath.h"
#include "config/resolve.h"
#include "config/url.h"

#define FILE_MAX ((size_t)4 << 20)
#define INCLUDES_MAX 32
#define SYSTEM_FILE POSTRIDER_SYSCONFDIR "/postrider/postrider.conf"
#define SYSTEM_DIR POSTRIDER_SYSCONFDIR "/postrider/conf.d"

static void
note_path(struct store *s, struct load *l, const char *path, bool found)
{
	l->paths = arena_grow(&s->mem, l->paths, l->n, sizeof *l->paths);
	l->paths[l->n++] = (struct load_path){arena_strdup(&s->mem, path), found};
}

/* Anybody who can write here decides where mail and password go. */
static bool
is_trusted(struct store *s, const char *path, const struct stat *st)
{
	struct place at = {.file = path};

	if (!S_ISREG(st->st_mode)) {
		/* <(...) of a shell, /dev/stdin: given on purpose, and nobody else's */
		if (S_ISFIFO(st->st_mode) && st->st_uid == geteuid())
			return true;
		place_report(s->d, &at, NULL, "it is not a regular file");
		return false;
	}
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		place_report(s->d, &at, arena_printf(&s->mem, "chown it to yourself, or to root"),
		    "the file belongs to uid %lu, neither to you nor to root",
		    (unsigned long)st->st_uid);
		return false;
	}
	if ((st->st_mode & 022) != 0) {
		place_report(s->d, &at, arena_printf(&s->mem, "chmod go-w %s", path),
		    "others may write to the file");
		return false;
	}
	return true;
}

static const char *
user_name(struct arena *mem, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	return pw != NULL ? arena_strdup(mem, pw->pw_name)
			  : arena_printf(mem, "uid %lu", (unsigned long)uid);
}

static const char *
group_name(struct arena *mem, gid_t gid)
{
	const struct group *gr = getgrgid(gid);

	return gr != NULL ? arena_strdup(mem, gr->gr_name)
			  : arena_printf(mem, "gid %lu", (unsigned long)gid);
}

static void
cannot_read(struct store *s, const char *path, int error)
{
	struct place at = {.file = path};
	const char *group, *hint = "ask its owner, or use a configuration of your own";
	struct stat st;

	if (error != EACCES || stat(path, &st) < 0) {
		place_report(s->d, &at, NULL, "cannot read it: %s", strerror(error));
		return;
	}
	group = group_name(&s->mem, st.st_gid);
	if ((st.st_mode & S_IRGRP) != 0)
		hint = arena_printf(&s->mem,
		    "join the group %s, or use a configuration of your own", group);
	place_report(s->d, &at, hint,
	    "you may not read it: it belongs to %s, group %s, with mode %03o, and you are %s",
	    user_name(&s->mem, st.st_uid), group, (unsigned)st.st_mode & 0777,
	    user_name(&s->mem, geteuid()));
}

/* What the file just read includes, NULL: nothing. */
static const struct setting *
included(const struct store *s)
{
	return s->include.source == s->source ? &s->include : NULL;
}

static void
read_file(struct store *s, struct load *l, const char *path, bool required);

static void
read_includes(struct store *s, struct load *l, const struct setting *include)
{
	/* reading a file that includes others replaces it */
	const struct setting copy = include != NULL ? *include : (struct setting){.key = NULL};
	const struct setting *set = include != NULL ? &copy : NULL;
	bool weak = s->weak;
	const char *const *paths;
	size_t n;

	if (set == NULL)
		return;
	paths = resolve_list(&s->mem, set->value, &n);
	if (s->source > INCLUDES_MAX) {
		place_report(s->d, &set->value_at, NULL, "too many files include one another");
		return;
	}
	s->weak = true;
	for (size_t i = 0; i < n; i++) {
		const char *home = check_home(&s->mem), *path = paths[i];
		const char *slash = strrchr(set->at.file, '/');
		if (str_starts(path, "~/") && home != NULL)
			path = arena_printf(&s->mem, "%s%s", home, path + 1);
		else if (path[0] != '/' &&
		    slash != NULL) /* beside the file that names it, wherever we run */
			path = arena_printf(&s->mem, "%.*s/%s", (int)(slash - set->at.file),
			    set->at.file, path);
		read_file(s, l, path, true);
	}
	s->weak = weak;
}

static void
read_file(struct store *s, struct load *l, const char *path, bool required)
{
	const struct setting *includes = NULL;
	struct stat st;
	struct buf text;

	buf_init(&text, FILE_MAX);
	path = arena_strdup(&s->mem, path);
	if (!file_load(l->draft_of != NULL && str_eq(path, l->draft_of) ? l->draft : path, O_NOCTTY,
		&text, &st)) {
		int error = errno;
		bool absent = error == ENOENT || error == ENOTDIR;

		note_path(s, l, path, !absent);
		if (required || !absent)
			cannot_read(s, path, error);
		buf_done(&text);
		return;
	}
	note_path(s, l, path, true);
	if (is_trusted(s, path, &st)) {
		store_read(s, path, buf_str(&text), text.len);
		includes = included(s);
		if (s->secret && (st.st_mode & 077) != 0)
			place_report(s->d, &s->secret_at,
			    arena_printf(&s->mem, "chmod 600 %s", path),
			    "the file holds a password and others may read it (mode %03o)",
			    (unsigned)st.st_mode & 0777);
	}
	buf_wipe(&text);
	buf_done(&text);
	read_includes(s, l, includes);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* conf.d/NAME.conf in the order of their names. */
static void
read_dir(struct store *s, struct load *l, const char *dir)
{
	const char **names = NULL;
	size_t n = 0;
	struct dirent *d;
	DIR *stream = opendir(dir);

	while (stream != NULL && (d = readdir(stream)) != NULL) {
		if (d->d_name[0] == '.' || !str_ends_nocase(d->d_name, ".conf"))
			continue;
		names = arena_grow(&s->mem, names, n, sizeof *names);
		names[n++] = arena_printf(&s->mem, "%s/%s", dir, d->d_name);
	}
	if (stream != NULL)
		closedir(stream);
	if (n > 1)
		qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++)
		read_file(s, l, names[i], true);
}

static const char *
user_file(struct store *s)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = check_home(&s->mem);
	struct stat st;

	if (xdg != NULL && xdg[0] == '/' && stat(xdg, &st) == 0 && st.st_uid == geteuid())
		return arena_printf(&s->mem, "%s/postrider/postrider.conf", xdg);
	return home != NULL ? arena_printf(&s->mem, "%s/.config/postrider/postrider.conf", home)
			    : NULL;
}

static void
read_usual(struct store *s, struct load *l)
{
	const char *own = user_file(s);

	if (own != NULL) {
		read_file(s, l, own, false);
		if (l->paths[l->n - 1].found)
			return; /* the user's file replaces the system's (decisions.md 19) */
	}
	read_file(s, l, SYSTEM_FILE, false);
	read_dir(s, l, SYSTEM_DIR);
}

/* An account from a URL: the URL itself as its `server`, what stands behind '?' as further keys. */
static void
read_url(struct store *s, struct load *l, const char *name, const char *text, const char *source)
{
	struct place at = {.file = source};
	const char *problem = "";
	struct url url;

	if (!url_parse(&s->mem, text, &url, &problem)) {
		place_report(s->d, &at, NULL, "the URL cannot be used: %s", problem);
		return;
	}
	l->account = name;
	store_set(s, SECTION_ACCOUNT, name, "server",
	    arena_strndup(&s->mem, text, strcspn(text, "?")), &at);
	for (size_t i = 0; i < url.nparams; i++)
		if (str_eq(url.params[i].key, "password"))
			place_report(s->d, &at, "use password-file or password-command",
			    "a password is not taken from a URL, where others see it");
		else
			store_set(s, SECTION_ACCOUNT, name, url.params[i].key, url.params[i].value,
			    &at);
}

/* --set KEY=VALUE: account.NAME.KEY, defaults.KEY, queue.KEY, log.KEY. */
static void
read_set(struct store *s, const char *text)
{
	const char *eq = strchr(text, '='), *path;
	struct place at = {.file = "--set"};
	struct keypath key;

	path = eq != NULL ? arena_strndup(&s->mem, text, (size_t)(eq - text)) : text;
	if (eq == NULL || !keypath_split(&s->mem, path, &key))
		place_report(s->d, &at,
		    "write: --set account.NAME.KEY=VALUE, defaults.KEY=VALUE, queue.KEY=VALUE "
		    "or log.KEY=VALUE",
		    "'%s' names no key", place_quote(&s->mem, path, strlen(path)));
	else if (str_eq(key.key, "password"))
		place_report(s->d, &at, "use password-file or password-command",
		    "a password is not taken from the command line, where others see it");
	else
		store_set(s, key.kind, key.name, key.key, eq + 1, &at);
}

void
load_all(struct store *s, const struct config_request *req, struct load *out)
{
	const char *url = getenv("POSTRIDER_URL"), *file = getenv("POSTRIDER_PASSWORD_FILE");
	struct place at = {.file = "POSTRIDER_PASSWORD_FILE"};

	*out = (struct load){.draft_of = req->draft_of, .draft = req->draft};
	if (req->text != NULL) {
		store_read(s, "text", req->text, strlen(req->text));
		return;
	}
	if (req->file != NULL)
		read_file(s, out, req->file, true);
	if (req->server != NULL) {
		/* an own file may still say domain, timeouts and the like */
		if (req->file == NULL)
			read_usual(s, out);
		read_url(s, out, "server", req->server, "--server");
	} else if (req->file == NULL && url != NULL && url[0] != '\0') {
		read_url(s, out, "env", url, "POSTRIDER_URL");
		if (out->account != NULL && file != NULL && file[0] != '\0')
			store_set(s, SECTION_ACCOUNT, "env", "password-file", file, &at);
	} else if (req->file == NULL) {
		read_usual(s, out);
	}
	for (size_t i = 0; i < req->nsets; i++)
		read_set(s, req->sets[i]);
}
