/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/worker.h"

#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/sandbox.h"
#include "deliver/ask.h"
#include "deliver/handover.h"
#include "deliver/relay.h"
#include "smtp/session.h"

void
worker_signals(pid_t parent)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, ign = {.sa_handler = SIG_IGN};

#ifdef __linux__
	/* a parent that was killed has promised nothing: nobody would learn what we do */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
#else
	(void)parent;
#endif
	/* the terminal's Ctrl-C goes to the whole group, but what to do about it is the parent's
	 * decision */
	sigaction(SIGINT, &ign, NULL);
	sigaction(SIGHUP, &ign, NULL);
	sigaction(SIGPIPE, &ign, NULL);
	sigaction(SIGTERM, &dfl, NULL);
}

/* Relay trouble is nobody's fault: the next server may take those it left behind. */
static void
reopen_undelivered(struct envelope *env)
{
	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_PENDING && r->why != NULL && r->why->class == ERR_RELAY) {
			r->why = NULL;
			r->server = NULL;
		}
	}
}

static const struct session *volatile current;
static volatile sig_atomic_t stopped;

/*
 * The parent is asked to stop, and the message is on its way: cut off before its end nobody takes
 * it, and behind its end there is only the answer to wait for.
 */
static void
on_stop(int sig)
{
	const struct session *s = current;

	stopped = sig;
	if (s != NULL)
		session_cut(s);
}

static bool
try_server(const struct worker *w, uint32_t index, struct handover *h, struct err *e)
{
	const struct account *a = w->accounts[index];
	struct ask ask = {w->ask, index};
	struct server srv;
	struct session *s;
	bool good;

	relay_server(a, &srv);
	srv.password = ask_password;
	srv.password_arg = &ask;
	h->max_recipients = a->max_recipients;
	s = session_open(&srv, w->limit, w->trace, e);
	if (s == NULL)
		return false;
	current = s;
	good = handover_send(h, s, e);
	current = NULL;
	session_close(s);
	return good;
}

int
worker_main(const struct worker *w)
{
	struct envelope *env = entry_envelope(w->entry);
	struct handover h = {.dry_run = w->dry_run};
	struct sigaction stop = {.sa_handler = on_stop};
	struct err e;

	handover_init(&h, w->entry);
	sigaction(SIGTERM, &stop, NULL);
	sandbox_no_core();
	relay_confine(w->accounts, w->naccounts, NULL);
	for (uint32_t i = 0; i < w->naccounts && handover_open(env) > 0 && stopped == 0; i++) {
		err_clear(&e);
		if (try_server(w, i, &h, &e))
			break;
		handover_settle_open(&h, &e, relay_peer(&env->mem, w->accounts[i]));
		if (i + 1 < w->naccounts && stopped == 0 && e.class == ERR_RELAY)
			reopen_undelivered(env);
	}
	handover_done(&h);
	return h.storage_failed ? 1 : 0;
}
