/* The backward step with its work space, for the loop of the infinite horizon. */
#ifndef SAVINGS_ENDOGENOUS_GRID_H
#define SAVINGS_ENDOGENOUS_GRID_H

#include "savings/rule.h"

typedef struct savings_step_work savings_step_work;
/* NULL without memory. options: chosen. */
savings_step_work *savings_step_work_new(const savings_household *household,
                                         const savings_grid_options *options);
void savings_step_work_free(savings_step_work *work);

/* With the defaults in place of zeros; options may be NULL. */
savings_grid_options savings_grid_chosen(const savings_grid_options *options);

/* savings_rule_step of one state; options: chosen. */
void savings_step_state(const savings_household *household, const savings_grid_options *options,
                        const savings_rule *const *next, size_t state, bool with_value,
                        savings_step_work *work, savings_rule *rule);

/* Point t in [0, 1] of a grid that widens from low to high. */
double savings_grid_point(double low, double high, double scale, double t);

#endif
