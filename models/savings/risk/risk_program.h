/* The commands of crease savings with a second state: income in the plane, age, persistent income. */
#ifndef SAVINGS_RISK_PROGRAM_H
#define SAVINGS_RISK_PROGRAM_H

#include "crease/app.h"
#include "savings/program.h"
#include "savings/risk/distribution.h"
#include "savings/risk/lifecycle.h"

int savings_plane_command(int argc, char **argv);
int savings_lifecycle_command(int argc, char **argv);
int savings_distribution_command(int argc, char **argv);
int savings_sovereign_command(int argc, char **argv);

/* ---- the household from options ---- */

/* Options of K3 and D1 (K3 unless named), and a persistent level of income. */
typedef struct savings_risk_options {
    savings_model_options model;
    size_t states; /* 1: no persistent level */
    double persistence, sd;
    savings_calibration calibration; /* after savings_risk_read */
} savings_risk_options;

/* The child argp of what both commands share; its input is a savings_risk_options. */
extern const struct argp savings_risk_argp;
/* Defaults; app as the parent has it. */
savings_risk_options savings_risk_begin(const crease_app *app);
/* Fills the calibration; ends with a usage error for a model without income risk. unheard: NULL or names of parameters that
 * have no meaning here, up to NULL, each refused as an option with `because`. */
crease_status savings_risk_read(savings_risk_options *options, const char *const *unheard,
                                const char *because, crease_error *error);
void savings_risk_end(savings_risk_options *options);
/* {name: value} with states, persistence, sd. */
json_t *savings_risk_json(const savings_risk_options *options);

/* ---- reports and pictures of policies ---- */

/* [{m, c, a, mpc_left, mpc_right}] */
json_t *savings_rule_kinks_json(const savings_rule *rule);
struct crease_plot;
/* Consumption in each income state with its kinks; below, how many households hold how much, with the atoms as bars. */
crease_status savings_distribution_plot(const savings_household *household, const savings_rule *const *rule,
                                        const savings_distribution *distribution, struct crease_plot **plot,
                                        crease_error *error);
/* Consumption at some ages (in the middle income state) with its kinks; below, income, consumption and assets by age. */
crease_status savings_lifecycle_plot(const savings_lifecycle *lifecycle, const double *age,
                                     const savings_age_profile *profile, struct crease_plot **plot,
                                     crease_error *error);

#endif
