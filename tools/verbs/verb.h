/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `seastack`, each a command line of its own: argv[0] is the verb. */
#ifndef SEA_VERBS_VERB_H
#define SEA_VERBS_VERB_H

int sea_verb_up(int argc, char **argv);
int sea_verb_get(int argc, char **argv);
int sea_verb_ping(int argc, char **argv);
int sea_verb_stat(int argc, char **argv);
int sea_verb_top(int argc, char **argv);
int sea_verb_drops(int argc, char **argv);
int sea_verb_sockets(int argc, char **argv);
int sea_verb_routes(int argc, char **argv);
int sea_verb_neigh(int argc, char **argv);
int sea_verb_addrs(int argc, char **argv);
int sea_verb_exec(int argc, char **argv);
int sea_verb_version(int argc, char **argv);

#endif
