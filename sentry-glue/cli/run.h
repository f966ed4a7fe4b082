/* SPDX-License-Identifier: Apache-2.0 */
/* `runsea do`: from the command line to the program's exit status. */
#ifndef SEA_SENTRY_CLI_RUN_H
#define SEA_SENTRY_CLI_RUN_H

/* argv[0] is the verb. The exit status; ends by the program's signal where it did. */
int sea_run_main(int argc, char **argv);

#endif
