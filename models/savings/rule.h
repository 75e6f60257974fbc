/* Consumption rules cell by cell, for the solver's inner loops. Cell 0 lies below the first node, cell i between nodes i - 1 and
 * i, cell `count` beyond the last. */
#ifndef SAVINGS_RULE_H
#define SAVINGS_RULE_H

#include "savings/risk/households.h"

/* Probability that income state `to` follows `from`. */
static inline double savings_transition(const savings_household *household, size_t from, size_t to) {
    return household->transition ? household->transition[from * household->states + to] : 1;
}

/* Number of nodes at or below m; guess: the answer for an m not above this one, or 0. */
size_t savings_rule_cell(const savings_rule *rule, double m, size_t guess);
/* c and its slope (from the right at a node). */
double savings_rule_consume(const savings_rule *rule, size_t cell, double m, double *mpc);

/* V(m) = constant + lower V[node] + upper V[node + 1]. */
typedef struct savings_value_weights {
    double constant, lower, upper;
    size_t node;
} savings_value_weights;
savings_value_weights savings_rule_value_weights(const savings_rule *rule, double crra, size_t cell,
                                                 double m);
double savings_rule_value(const savings_rule *rule, double crra, size_t cell, double m);

#endif
