/* The data of the picture savings_sovereign. */
#include "crease/plot.h"
#include "savings/risk/sovereign.h"
#include <math.h>
#include <stdlib.h>

enum { CURVES = 3 };

/* States near 5 % below mean income, at it and 5 % above. */
static size_t shown_state(const savings_sovereign *s, size_t i) {
    double wanted = .95 + .05 * (double)i;
    size_t best = 0;
    for (size_t y = 1; y < s->states; y++)
        if (fabs(s->income->level[y] - wanted) < fabs(s->income->level[best] - wanted))
            best = y;
    return best;
}

static crease_status add_curve(crease_plot *plot, const savings_sovereign *s, size_t number, double *column,
                               crease_error *error) {
    size_t y = shown_state(s, number), n = s->points;
    double *value = column, *price = column + n, threshold = s->threshold[y], at = s->fail[y];
    bool defaults;
    for (size_t i = 0; i < n; i++) {
        value[i] = savings_sovereign_value(s, y, i, &defaults);
        price[i] = s->price[y * n + i];
    }
    if (!isfinite(threshold))
        threshold = at = NAN;
    crease_status status =
        crease_plot_add_data(plot, "country", n, 3, (const double *const[]){s->b, value, price}, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "kinks", 1, 2, (const double *const[]){&threshold, &at}, error);
    char variable[32], text[64];
    snprintf(variable, sizeof variable, "label_%zu", number + 1);
    snprintf(text, sizeof text, "income %.3f", s->income->level[y]);
    return status != CREASE_OK ? status : crease_plot_set_text(plot, variable, text, error);
}

/* b*(y) of the states that have one on the grid. */
static crease_status add_limits(crease_plot *plot, const savings_sovereign *s, double *column,
                                crease_error *error) {
    size_t count = 0;
    for (size_t y = 0; y < s->states; y++)
        if (isfinite(s->threshold[y])) {
            column[count] = s->threshold[y];
            column[s->states + count++] = s->income->level[y];
        }
    if (count == 0)
        column[0] = column[s->states] = NAN;
    return crease_plot_add_data(plot, "limits", count ? count : 1, 2,
                                (const double *const[]){column, column + s->states}, error);
}

crease_status savings_sovereign_plot(const savings_sovereign *s, crease_plot **plot, crease_error *error) {
    double *column = malloc(2 * (s->points + s->states) * sizeof *column);
    *plot = NULL;
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    crease_status status = crease_plot_new("savings_sovereign", plot, error);
    for (size_t i = 0; i < CURVES && status == CREASE_OK; i++)
        status = add_curve(*plot, s, i, column, error);
    if (status == CREASE_OK)
        status = add_limits(*plot, s, column, error);
    free(column);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
