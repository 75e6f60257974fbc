/* What the files of `crease savings fit FILE --value COL` share. */
#ifndef SAVINGS_OWN_PROGRAM_H
#define SAVINGS_OWN_PROGRAM_H

#include "crease/app.h"
#include "savings/own/own.h"

/* Is `fit ...` about a file of the user's? With --value, or when a file comes first. */
bool savings_own_is_meant(int argc, char **argv);
int savings_own_command(int argc, char **argv);

typedef struct savings_own_program {
    crease_app app;
    crease_app_data_options columns;
    const char *x, *value, *marginal; /* as given */
    const char *stem;                 /* -o, NULL */
    size_t points;                    /* rows of STEM_policy.csv, kinks apart */
    double *kink;                     /* --kinks X,.., owned */
    savings_own_options options;
    crease_app_data table;
    const char *x_name, *value_name,
        *marginal_name; /* of the columns; marginal_name is made up where there is none */
    savings_own_data data;
    savings_own_fit fit;
    char *file[3]; /* written: value, policy table, policy network; owned, NULL */
} savings_own_program;

void savings_own_print(const savings_own_program *run, FILE *file);
json_t *savings_own_json(const savings_own_program *run);
crease_status savings_own_plot(const savings_own_program *run, struct crease_plot **plot,
                               crease_error *error);

/* "affine+tanh:4+relu:1 @kink" where hinges are held. */
void savings_own_label(const savings_own_row *row, char *text, size_t size);
/* "m" for end-of-period assets, else the name of the state. */
const char *savings_own_policy_variable(const savings_own_program *run);

#endif
