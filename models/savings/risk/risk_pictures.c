/* The data of the pictures savings_distribution and savings_lifecycle. */
#include "crease/plot.h"
#include "savings/risk/risk_program.h"
#include <math.h>
#include <stdlib.h>

enum { POINTS = 401, BINS = 60, MOST_CURVES = 5 };

/* c(m) from the least cash on hand, and the kinks of first order: one empty row when there are none. */
static crease_status add_policy(crease_plot *plot, const savings_household *household,
                                const savings_rule *rule, double highest, crease_error *error) {
    double m[POINTS], c[POINTS], kink_m[SAVINGS_MOST_KINKS] = {NAN}, kink_c[SAVINGS_MOST_KINKS] = {NAN};
    for (size_t i = 0; i < POINTS; i++) {
        m[i] = rule->lowest + (highest - rule->lowest) * ((double)i + 1e-6) / (POINTS - 1);
        c[i] = savings_rule_evaluate(household, rule, m[i]).c;
    }
    size_t kinks = 0;
    for (size_t i = 0; i < rule->first_order; i++)
        if (rule->m[rule->kink[i]] <= highest) {
            kink_m[kinks] = rule->m[rule->kink[i]];
            kink_c[kinks++] = rule->c[rule->kink[i]];
        }
    crease_status status =
        crease_plot_add_data(plot, "policy", POINTS, 2, (const double *const[]){m, c}, error);
    return status != CREASE_OK ? status
                               : crease_plot_add_data(plot, "kinks", kinks ? kinks : 1, 2,
                                                      (const double *const[]){kink_m, kink_c}, error);
}

static crease_status set_label(crease_plot *plot, size_t number, const char *format, double value,
                               crease_error *error) {
    char variable[32], text[64];
    snprintf(variable, sizeof variable, "label_%zu", number);
    snprintf(text, sizeof text, format, value);
    return crease_plot_set_text(plot, variable, text, error);
}

/* The i-th of `shown` among count, the first and last included. */
static size_t spread(size_t i, size_t shown, size_t count) {
    return shown > 1 ? (i * (count - 1) + (shown - 1) / 2) / (shown - 1) : count / 2;
}

static crease_status finish(crease_status status, crease_plot **plot) {
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}

/* Shares in equal bins up to `highest`, the atoms taken out of the nodes they lie on; what is above is left out. */
static void fill_bins(const savings_distribution *d, double highest, double *middle, double *share) {
    double from = d->a[0], width = (highest - from) / BINS;
    for (size_t b = 0; b < BINS; b++) {
        middle[b] = from + width * ((double)b + .5);
        share[b] = 0;
    }
    for (size_t j = 0; j < d->nodes; j++) {
        double mass = d->marginal[j];
        for (size_t k = 0; k < d->atoms; k++)
            mass -= d->a[j] == d->atom[k] ? d->means.atom[k] : 0;
        double bin = (d->a[j] - from) / width;
        if (bin < BINS)
            share[(size_t)bin] += fmax(mass, 0);
    }
}

static crease_status add_masses(crease_plot *plot, const savings_distribution *d, crease_error *error) {
    double middle[BINS], share[BINS], highest = d->percentile[SAVINGS_PERCENTILES - 1];
    if (!(highest > d->a[0]))
        highest = d->a[0] + 1;
    fill_bins(d, highest, middle, share);
    crease_status status =
        crease_plot_add_data(plot, "bins", BINS, 2, (const double *const[]){middle, share}, error);
    const double none = NAN;
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "atoms", d->atoms ? d->atoms : 1, 2,
                                      d->atoms ? (const double *const[]){d->atom, d->means.atom}
                                               : (const double *const[]){&none, &none},
                                      error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "bin_width", middle[1] - middle[0], error);
    return status;
}

crease_status savings_distribution_plot(const savings_household *household, const savings_rule *const *rule,
                                        const savings_distribution *d, crease_plot **plot,
                                        crease_error *error) {
    size_t shown = d->states < MOST_CURVES ? d->states : MOST_CURVES;
    crease_status status = crease_plot_new("savings_distribution", plot, error);
    if (status != CREASE_OK)
        return status;
    double highest = 0;
    for (size_t s = 0; s < d->states; s++)
        for (size_t i = 0; i < rule[s]->first_order; i++)
            highest = fmax(highest, rule[s]->m[rule[s]->kink[i]]);
    for (size_t i = 0; i < shown && status == CREASE_OK; i++) {
        size_t s = spread(i, shown, d->states);
        status = add_policy(*plot, household, rule[s], 1.6 * fmax(highest, 1), error);
        if (status == CREASE_OK)
            status =
                set_label(*plot, i + 1, d->states > 1 ? "income state %g" : "c(m)", (double)s + 1, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "curves", (double)shown, error);
    if (status == CREASE_OK)
        status = add_masses(*plot, d, error);
    return finish(status, plot);
}

static crease_status add_profile(crease_plot *plot, const savings_lifecycle *l, const double *age,
                                 const savings_age_profile *profile, crease_error *error) {
    enum { COLUMNS = 6 };
    double *column = malloc(COLUMNS * l->ages * sizeof *column);
    const double *columns[COLUMNS];
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    for (size_t k = 0; k < COLUMNS; k++)
        columns[k] = column + k * l->ages;
    for (size_t t = 0; t < l->ages; t++) {
        const double row[COLUMNS] = {
            age[t],         profile[t].means.income, profile[t].means.c, profile[t].means.a,
            profile[t].p10, profile[t].p90};
        for (size_t k = 0; k < COLUMNS; k++)
            column[k * l->ages + t] = row[k];
    }
    crease_status status = crease_plot_add_data(plot, "cohort", l->ages, COLUMNS, columns, error);
    free(column);
    return status;
}

crease_status savings_lifecycle_plot(const savings_lifecycle *l, const double *age,
                                     const savings_age_profile *profile, crease_plot **plot,
                                     crease_error *error) {
    size_t shown = l->ages - 1 < MOST_CURVES ? l->ages - 1 : MOST_CURVES; /* the last age consumes all */
    double highest = 0;
    crease_status status = crease_plot_new("savings_lifecycle", plot, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < shown; i++) {
        const savings_rule *rule = l->rule[spread(i, shown, l->ages - 1) * l->states + l->states / 2];
        for (size_t k = 0; k < rule->first_order; k++)
            highest = fmax(highest, rule->m[rule->kink[k]]);
    }
    for (size_t i = 0; i < shown && status == CREASE_OK; i++) {
        size_t t = spread(i, shown, l->ages - 1);
        status = add_policy(*plot, &l->household[t], l->rule[t * l->states + l->states / 2],
                            1.4 * fmax(highest, 1), error);
        if (status == CREASE_OK)
            status = set_label(*plot, i + 1, "age %g", age[t], error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "curves", (double)shown, error);
    if (status == CREASE_OK)
        status = add_profile(*plot, l, age, profile, error);
    return finish(status, plot);
}
