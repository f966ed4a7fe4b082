/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `packetimpact`, each a command line of its own: argv[0] is the verb. They return the exit status. */
#ifndef SEA_PACKETIMPACT_VERB_H
#define SEA_PACKETIMPACT_VERB_H

#define SEA_IMPACT_OK 0
#define SEA_IMPACT_FAILED 1
#define SEA_IMPACT_USAGE 2

int sea_impact_check(int argc, char **argv);
int sea_impact_lint(int argc, char **argv);
int sea_impact_list(int argc, char **argv);
int sea_impact_record(int argc, char **argv);
int sea_impact_replay(int argc, char **argv);
int sea_impact_run(int argc, char **argv);

/* list --tags */
int sea_impact_tags(void);

#endif
