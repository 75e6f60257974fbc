/* The commands of crease, one file each. argv[0] is the command's own name; the result is the exit code. */
#ifndef CREASE_CLI_COMMANDS_H
#define CREASE_CLI_COMMANDS_H

int command_fit(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_knots(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_kinks(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_regions(int argc, char **argv);
int command_range(int argc, char **argv);
int command_milp(int argc, char **argv);
int command_robust(int argc, char **argv);

#endif
