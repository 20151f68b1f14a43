/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * topic_text.h - the texts of topic.c's table.
 *
 * Long lines, for they are broken where they are shown; what begins with "[" up
 * to an empty line is a configuration that loads as it stands.
 */
#ifndef CLI_TOPIC_TEXT_H
#define CLI_TOPIC_TEXT_H

extern const char topic_certificates[], topic_containers[], topic_cron[], topic_exit_codes[],
    topic_fastmail[], topic_gmail[], topic_icloud[], topic_mailgun[], topic_microsoft365[],
    topic_oauth2[], topic_queue[], topic_relays[], topic_sendmail[], topic_ses[], topic_tls[],
    topic_yahoo[];

#endif
