/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* Notices and journals must still fit when the last message has been taken (decisions.md 16). */
#define FREE_MIN ((uint64_t)16 << 20)
#define SHORT_LEN 6
#define ID_TRIES 8
/* Between the moment of a name and that of its file's time; the shortest wait is longer. */
#define FRESH_MS 10000
#define LITTER_AGE_MS ((int64_t)3600 * 1000)

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char *const room_names[ROOM_MAX] = {"queue", "hold", "dead", "corrupt"};

struct spool {
	struct arena mem;
	const char *root;
	const char *paths[ROOM_MAX];
	int root_fd;
	int fds[ROOM_MAX];
};

static bool
trouble(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE,
	    errno == ENOSPC || errno == EDQUOT ? "4.3.1" : "4.3.0", "%s %s: %s", what, path,
	    strerror(errno));
}

/* A directory of ours that nobody else may write to. */
static int
open_dir(const char *path, bool create, struct err *e)
{
	struct stat st;
	int fd;

	if (create && !file_mkdirs(path, 0700)) {
		trouble(e, "cannot make the queue directory", path);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int saved = errno;
		trouble(e, "cannot open the queue directory", path);
		if (fd >= 0)
			close(fd);
		errno = saved;
		return -1;
	}
	if (st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return fd;
	err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
	    "the queue directory %s must belong to you and be writable by nobody else (chmod 700)",
	    path);
	close(fd);
	errno = EPERM;
	return -1;
}

struct spool *
spool_open(const char *root, bool create, struct err *e)
{
	struct spool *sp = mem_alloc(sizeof *sp);
	bool good;

	sp->root = arena_strdup(&sp->mem, root);
	for (int i = 0; i < ROOM_MAX; i++)
		sp->fds[i] = -1;
	sp->root_fd = open_dir(root, create, e);
	good = sp->root_fd >= 0;
	for (int i = 0; i < ROOM_MAX && good; i++) {
		sp->paths[i] = arena_printf(&sp->mem, "%s/%s", root, room_names[i]);
		sp->fds[i] = open_dir(sp->paths[i], create, e);
		good = sp->fds[i] >= 0;
	}
	if (!good) {
		int saved = errno;
		spool_close(sp);
		errno = saved;
		return NULL;
	}
	return sp;
}

void
spool_close(struct spool *sp)
{
	if (sp == NULL)
		return;
	if (sp->root_fd >= 0)
		close(sp->root_fd);
	for (int i = 0; i < ROOM_MAX; i++)
		if (sp->fds[i] >= 0)
			close(sp->fds[i]);
	arena_done(&sp->mem);
	free(sp);
}

const char *
spool_root(const struct spool *sp)
{
	return sp->root;
}

const char *
spool_path(const struct spool *sp, enum spool_room room)
{
	return sp->paths[room];
}

int
spool_fd(const struct spool *sp, enum spool_room room)
{
	return sp->fds[room];
}

int
spool_root_fd(const struct spool *sp)
{
	return sp->root_fd;
}

const char *
spool_room_name(enum spool_room room)
{
	return room_names[room];
}

bool
spool_has_space(const struct spool *sp, struct err *e)
{
	struct statvfs v;

	/* the message is on the disk already, without a name: what counts is what would be left */
	if (fstatvfs(sp->root_fd, &v) < 0 || (uint64_t)v.f_bavail * v.f_frsize >= FREE_MIN)
		return true;
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.1",
	    "less than %d MiB are free for the queue in %s", (int)(FREE_MIN >> 20), sp->root);
}

/* Sixteen characters of Crockford's base32: ten of time in ms, six random. */
static void
make_id(char id[ENTRY_ID_MAX], int64_t wall_ms)
{
	uint64_t t = (uint64_t)wall_ms;
	uint8_t r[6];

	for (int i = 9; i >= 0; i--, t >>= 5)
		id[i] = alphabet[t & 31];
	crypto_random(r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		id[10 + i] = alphabet[r[i] & 31];
	id[16] = '\0';
}

bool
spool_commit(struct spool *sp, enum spool_room room, struct entry *en, const char *id,
    bool *existed, struct err *e)
{
	char fresh[ENTRY_ID_MAX];
	int r = -1;

	if (existed != NULL)
		*existed = false;
	if (!spool_has_space(sp, e) || !entry_seal(en, e))
		return false;
	for (int i = 0; i < ID_TRIES && r < 0; i++) {
		if (id == NULL)
			make_id(fresh, clock_wall_ms());
		r = entry_link(en, sp->fds[room], id != NULL ? id : fresh);
		if (r < 0 && (errno != EEXIST || id != NULL))
			break;
	}
	if (r < 0 && errno == EEXIST && existed != NULL) {
		*existed = true;
		return true;
	}
	if (r < 0)
		return trouble(e, "cannot put the message into", sp->paths[room]);
	if (spool_sync(sp, room))
		return true;
	trouble(e, "cannot make the message durable in", sp->paths[room]);
	/* told as not kept, so it must not be found; if even this fails a duplicate is better than
	 * a loss */
	spool_remove(sp, room, entry_id(en));
	return false;
}

/* A queue that was restored may have a file of that name there: mail is never replaced. */
static int
rename_new(int from, int to, const char *id)
{
	struct stat st;

#ifdef RENAME_NOREPLACE
	if (renameat2(from, id, to, id, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	if (fstatat(to, id, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from, id, to, id);
}

bool
spool_replace(struct spool *sp, enum spool_room room, struct entry *en, const char *id,
    struct err *e)
{
	char temp[ENTRY_ID_MAX + 8];

	snprintf(temp, sizeof temp, ".t-%s", id);
	if (!spool_has_space(sp, e) || !entry_seal(en, e))
		return false;
	/* a leftover of a run that was killed just here: it never was anything but a copy */
	unlinkat(sp->fds[room], temp, 0);
	if (entry_link(en, sp->fds[room], temp) < 0)
		return trouble(e, "cannot put the message into", sp->paths[room]);
	if (renameat(sp->fds[room], temp, sp->fds[room], id) == 0 && spool_sync(sp, room))
		return true;
	trouble(e, "cannot replace the message in", sp->paths[room]);
	unlinkat(sp->fds[room], temp, 0);
	return false;
}

bool
spool_move(struct spool *sp, enum spool_room from, enum spool_room to, const char *id)
{
	if (rename_new(sp->fds[from], sp->fds[to], id) < 0)
		return false;
	return spool_sync(sp, to) && spool_sync(sp, from);
}

bool
spool_remove(struct spool *sp, enum spool_room room, const char *id)
{
	return unlinkat(sp->fds[room], id, 0) == 0;
}

bool
spool_sync(struct spool *sp, enum spool_room room)
{
	return fsync(sp->fds[room]) == 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct spool_item *x = a, *y = b;

	return strcmp(x->id, y->id);
}

/* A directory stream of its own: the kept descriptor has one offset for all. */
static DIR *
open_stream(const struct spool *sp, enum spool_room room)
{
	int fd = openat(sp->fds[room], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

bool
spool_list(struct spool *sp, enum spool_room room, struct spool_item **items, size_t *n,
    struct err *e)
{
	struct spool_item *list = NULL;
	size_t count = 0, cap = 0;
	struct dirent *d;
	DIR *dir = open_stream(sp, room);

	if (dir == NULL)
		return trouble(e, "cannot read", sp->paths[room]);
	while (errno = 0, (d = readdir(dir)) != NULL) {
		struct stat st;
		if (d->d_name[0] == '.' || strlen(d->d_name) >= ENTRY_ID_MAX ||
		    fstatat(sp->fds[room], d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (count == cap) {
			cap = cap > 0 ? 2 * cap : 64;
			list = mem_array(list, cap, sizeof *list);
		}
		memcpy(list[count].id, d->d_name, strlen(d->d_name) + 1);
		list[count].mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
		    st.st_mtim.tv_nsec / 1000000;
		list[count].size = (uint64_t)st.st_size;
		count++;
	}
	if (errno != 0) {
		trouble(e, "cannot read", sp->paths[room]);
		closedir(dir);
		free(list);
		return false;
	}
	closedir(dir);
	if (count > 1)
		qsort(list, count, sizeof *list, by_id);
	*items = list;
	*n = count;
	return true;
}

bool
spool_has_other(struct spool *sp, enum spool_room room, const char *id)
{
	DIR *dir = open_stream(sp, room);
	bool found = false;
	struct dirent *d;

	while (dir != NULL && !found && (d = readdir(dir)) != NULL)
		found = d->d_name[0] != '.' && (id == NULL || !str_eq(d->d_name, id));
	if (dir != NULL)
		closedir(dir);
	return found;
}

bool
spool_looks_fresh(const struct spool_item *item)
{
	int64_t came = 0;

	for (size_t i = 0; i < 10; i++) {
		const char *digit = item->id[i] != '\0' ? strchr(alphabet, item->id[i]) : NULL;

		if (digit == NULL)
			return false;
		came = came * 32 + (digit - alphabet);
	}
	return item->mtime_ms < came + FRESH_MS;
}

bool
spool_is_id(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < ENTRY_ID_MAX && strspn(name, alphabet) == n;
}

void
spool_short_id(const char *id, char out[ENTRY_ID_MAX])
{
	size_t n = strlen(id), skip = n > SHORT_LEN ? n - SHORT_LEN : 0, i;

	for (i = 0; id[skip + i] != '\0' && i < ENTRY_ID_MAX - 1; i++) {
		char c = id[skip + i];
		out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	out[i] = '\0';
}

struct search {
	const char *typed;
	char *id;                /* the first that fits */
	char also[ENTRY_ID_MAX]; /* another one */
	enum spool_room *room;
	size_t found;
};

/* A whole id is looked for by name. */
static bool
find_whole(const struct spool *sp, struct search *s)
{
	struct stat st;

	if (!spool_is_id(s->typed))
		return false;
	for (int r = 0; r < ROOM_MAX; r++)
		if (fstatat(sp->fds[r], s->typed, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			snprintf(s->id, ENTRY_ID_MAX, "%s", s->typed);
			*s->room = (enum spool_room)r;
			return true;
		}
	return false;
}

/* The end of an id is compared with every name; the files are left alone. */
static bool
find_end(const struct spool *sp, enum spool_room room, struct search *s, struct err *e)
{
	struct dirent *d;
	DIR *dir = open_stream(sp, room);

	if (dir == NULL)
		return trouble(e, "cannot read", sp->paths[room]);
	while (errno = 0, (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || strlen(d->d_name) >= ENTRY_ID_MAX ||
		    !str_ends_nocase(d->d_name, s->typed))
			continue;
		snprintf(s->found++ == 0 ? s->id : s->also, ENTRY_ID_MAX, "%s", d->d_name);
		*s->room = room;
	}
	if (errno != 0)
		trouble(e, "cannot read", sp->paths[room]);
	closedir(dir);
	return e->class == ERR_NONE;
}

bool
spool_find(struct spool *sp, const char *typed, char id[ENTRY_ID_MAX], enum spool_room *room,
    struct err *e)
{
	struct search s = {.typed = typed, .id = id, .room = room};

	err_clear(e);
	if (find_whole(sp, &s))
		return true;
	for (int r = 0; typed[0] != '\0' && r < ROOM_MAX; r++)
		if (!find_end(sp, (enum spool_room)r, &s, e))
			return false;
	if (s.found == 1)
		return true;
	if (s.found > 1)
		return err_set(e, ERR_USAGE, STAGE_QUEUE, "",
		    "'%s' fits %zu messages (%s, %s, ...): give more of the id", typed, s.found, id,
		    s.also);
	return err_set(e, ERR_USAGE, STAGE_QUEUE, "", "no message '%s' in the queue", typed);
}

size_t
spool_sweep(struct spool *sp, int64_t now_ms)
{
	size_t swept = 0;
	struct dirent *d;
	DIR *dir = open_stream(sp, ROOM_QUEUE);

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		struct stat st;
		int fd;

		if (!str_starts(d->d_name, ".t-"))
			continue;
		fd = openat(sp->fds[ROOM_QUEUE], d->d_name,
		    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		/* its writer holds the lock as long as it lives: age alone would be a guess */
		if (fstat(fd, &st) == 0 &&
		    now_ms - (int64_t)st.st_mtim.tv_sec * 1000 > LITTER_AGE_MS &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    unlinkat(sp->fds[ROOM_QUEUE], d->d_name, 0) == 0)
			swept++;
		close(fd);
	}
	if (dir != NULL)
		closedir(dir);
	return swept;
}
