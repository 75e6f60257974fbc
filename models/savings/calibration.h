/* A model with all its parameters, by name: from a JSON file, or from wherever names and numbers come.
 *
 *   {"model": "K3", "beta": 0.95, "rates": [1.2, 1.05, 1.02], "rate_kinks": [0, 2], "limit": "natural", "shocks": "income.csv"}
 *
 * Keys are those of savings_parameter_at and income_points (of each lognormal shock), all optional but the model; what is left out has the model's default. "limit" may be
 * "natural" (K3, D1). "shocks" is a CSV beside the file (savings_shocks_load) or a list of [probability, permanent, transitory].
 * Unknown keys are refused, so that a misspelt one cannot go unnoticed; "comment" is free. */
#ifndef SAVINGS_CALIBRATION_H
#define SAVINGS_CALIBRATION_H

#include "savings/savings.h"
#include <stdio.h>

typedef struct savings_calibration {
    savings_model model;
    savings_parameters parameters;
    savings_shocks *shocks; /* owned; parameters.shocks when there are any */
} savings_calibration;

/* A parameter that is one number. */
typedef struct savings_parameter {
    const char *name;
    unsigned models; /* bit 1 << model */
    size_t offset;   /* of the double in savings_parameters */
} savings_parameter;

/* NULL after the last. */
const savings_parameter *savings_parameter_at(size_t index);

/* The model's defaults. */
savings_calibration savings_calibration_of(savings_model model);
void savings_calibration_clear(savings_calibration *calibration);
/* BAD_ARGUMENT, naming the models there are. */
crease_status savings_model_parse(const char *name, savings_model *model, crease_error *error);

/* BAD_ARGUMENT, naming what there is, for a name the model does not have. A standard deviation or a probability of 0 is none. */
crease_status savings_calibration_set(savings_calibration *calibration, const char *name, double value,
                                      crease_error *error);
/* The number of a parameter as it was set. */
double savings_calibration_get(const savings_parameters *parameters, const savings_parameter *parameter);
/* rates: count marginal returns with count - 1 kinks between them (K3, D1). */
crease_status savings_calibration_set_rates(savings_calibration *calibration, size_t count,
                                            const double *rate, size_t kink_count, const double *kink,
                                            crease_error *error);
crease_status savings_calibration_set_shocks(savings_calibration *calibration, const char *path,
                                             crease_error *error);

/* BAD_DATA, with the file, line and key, for what is no calibration. */
crease_status savings_calibration_load(const char *path, savings_calibration *calibration,
                                       crease_error *error);
/* `source` names the text in messages; folder: of files named in it, or NULL for the present one. */
crease_status savings_calibration_read(const char *text, size_t size, const char *source, const char *folder,
                                       savings_calibration *calibration, crease_error *error);

#endif
