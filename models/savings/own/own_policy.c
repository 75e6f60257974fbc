/* The policy that a value function implies: c = (V'/R)^(-1/g), against the state, or for end-of-period assets against
 * m = a + c. There a concave kink of V at k is the stretch m in [k + c-, k + c+] on which a stays at k and c = m - k, and c has
 * a kink at both its ends. In the other two cases c jumps with V' unless R jumps with it; a network is continuous, so of a
 * policy that jumps none is made. The rows' own V' are used where they are given, which show kinks of c that are none of
 * V (a hard limit); else those of the fitted network. */
#include "savings/own/own_parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 400, STRETCH = 9, STARTS = 4, MOST_HELD = 8 };
static const double JUMP = .01; /* of the range of c */

typedef struct policy_rows {
    size_t n, known_count;
    double *at, *c;   /* variable and consumption, ascending */
    double *known;    /* kinks that the value's kinks imply */
    double low, high; /* of c */
} policy_rows;

static void policy_rows_clear(policy_rows *rows) {
    free(rows->at);
    free(rows->c);
    free(rows->known);
}

static double return_at(const savings_own_fit *fit, double x, int side) {
    const savings_own_options *o = &fit->options;
    if (o->state != SAVINGS_OWN_ASSETS)
        return 1;
    bool below = fit->kink_count > 0 && (x < fit->kink[0].x || (x == fit->kink[0].x && side < 0));
    double R = below ? o->return_below : o->return_above;
    return R > 0 ? R : 1;
}

static double consumption(const savings_own_fit *fit, double x, int side, double dV) {
    return savings_own_consumption(fit->options.crra, dV, return_at(fit, x, side));
}

static void add(const savings_own_fit *fit, policy_rows *rows, double x, int side, double dV) {
    double c = consumption(fit, x, side, dV);
    rows->at[rows->n] = fit->options.state == SAVINGS_OWN_END ? x + c : x;
    rows->c[rows->n++] = c;
}

/* Both sides of a kink; false when c jumps there. */
static bool add_kink(const savings_own_fit *fit, policy_rows *rows, double k) {
    double V, left, right;
    savings_own_evaluate(fit, 0, k, -1, &V, &left);
    savings_own_evaluate(fit, 0, k, 1, &V, &right);
    double c_left = consumption(fit, k, -1, left), c_right = consumption(fit, k, 1, right);
    if (fit->options.state == SAVINGS_OWN_END) {
        for (int i = 0; i <= STRETCH; i++) {
            double c = i < STRETCH ? c_left + (c_right - c_left) * i / STRETCH : c_right;
            rows->at[rows->n] = k + c;
            rows->c[rows->n++] = c;
        }
        rows->known[rows->known_count++] = k + c_left;
        rows->known[rows->known_count++] = k + c_right;
        return c_right > c_left;
    }
    rows->at[rows->n] = k;
    rows->c[rows->n++] = (c_left + c_right) / 2;
    rows->known[rows->known_count++] = k;
    return fabs(c_right - c_left) <= JUMP * (rows->high - rows->low);
}

static bool is_kink(const savings_own_fit *fit, double x) {
    for (size_t k = 0; k < fit->kink_count; k++)
        if (fit->kink[k].x == x)
            return true;
    return false;
}

/* The i-th place at which there is a slope, and that slope. */
static double slope_at(const savings_own_fit *fit, const savings_own_data *data, size_t i, double *dV) {
    double V, x;
    if (data->dV) {
        *dV = data->dV[i];
        return data->x[i];
    }
    x = data->x[0] + (data->x[data->n - 1] - data->x[0]) * (double)i / (GRID - 1);
    savings_own_evaluate(fit, 0, x, 0, &V, dV);
    return x;
}

/* The range of c. False, with the reason, where there is no c. */
static bool measure(const savings_own_fit *fit, const savings_own_data *data, size_t places,
                    policy_rows *rows, char *why, size_t size) {
    double steepest = 0, dV;
    rows->low = INFINITY;
    rows->high = 0;
    for (size_t i = 0; i < places; i++) {
        slope_at(fit, data, i, &dV);
        steepest = fmax(steepest, fabs(dV));
    }
    for (size_t i = 0; i < places; i++) {
        double x = slope_at(fit, data, i, &dV), c = consumption(fit, x, 0, dV);
        if (!(dV > 1e-12 * steepest && isfinite(c))) {
            snprintf(why, size, "the fitted value %s at %.6g, and no consumption has such a marginal utility",
                     fabs(dV) <= 1e-12 * steepest ? "is flat" : "does not rise", x);
            return false;
        }
        rows->low = fmin(rows->low, c);
        rows->high = fmax(rows->high, c);
    }
    return true;
}

/* Fills rows in the order of the state. False, with the reason in why, where there is no policy. */
static bool list(const savings_own_fit *fit, const savings_own_data *data, policy_rows *rows, char *why,
                 size_t size) {
    size_t places = data->dV ? data->n : GRID, next = 0;
    double range = data->x[data->n - 1] - data->x[0];
    if (!measure(fit, data, places, rows, why, size))
        return false;
    for (size_t i = 0; i < places; i++) {
        double dV, x = slope_at(fit, data, i, &dV);
        for (; next < fit->kink_count && fit->kink[next].x <= x; next++)
            if (!add_kink(fit, rows, fit->kink[next].x)) {
                snprintf(why, size,
                         fit->options.state == SAVINGS_OWN_END
                             ? "the kink at %.6g is convex: the policy jumps over it, and takes an upper "
                               "envelope to find"
                             : "the implied consumption jumps at the kink %.6g, and a network is continuous "
                               "(is the state end-of-period assets, --state "
                               "end, or does the return change there, --R BELOW,ABOVE?)",
                         fabs(fit->kink[next].x) < 1e-12 * range ? 0 : fit->kink[next].x);
                return false;
            }
        if (!is_kink(fit, x))
            add(fit, rows, x, 0, dV);
    }
    for (size_t i = 1; i < rows->n; i++)
        if (!(rows->at[i] > rows->at[i - 1])) {
            snprintf(why, size,
                     "cash on hand does not rise with assets at m = %.6g: the value is not concave there",
                     rows->at[i]);
            return false;
        }
    return true;
}

/* Known kinks, and those seen in c between them. */
static crease_status find_kinks(const policy_rows *rows, const savings_own_rows *fitted,
                                const crease_fit_options *options, savings_own_policy *policy,
                                crease_error *error) {
    savings_own_found found;
    crease_status status = savings_own_find_kinks(fitted, options, &found, error);
    if (status != CREASE_OK)
        return status;
    policy->kink = calloc(found.count + rows->known_count + 1, sizeof *policy->kink);
    if (!policy->kink)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for kinks");
    double least = (rows->at[rows->n - 1] - rows->at[0]) / (double)rows->n;
    size_t k = 0, j = 0;
    while (status == CREASE_OK && (k < rows->known_count || j < found.count)) {
        bool known = k < rows->known_count && !(j < found.count && found.kink[j].x < rows->known[k]);
        double x = known ? rows->known[k++] : found.kink[j++].x;
        bool seen = false;
        for (size_t i = 0; i < rows->known_count && !known; i++)
            seen |= fabs(rows->known[i] - x) <= least;
        if (!seen)
            policy->kink[policy->kink_count++] = x;
    }
    free(found.kink);
    return status;
}

static crease_status judge(const policy_rows *rows, savings_own_policy *policy, crease_error *error) {
    crease_work *work;
    crease_status status = crease_work_new(policy->net, &work, error);
    double sum = 0;
    policy->rows = rows->n;
    for (size_t i = 0; status == CREASE_OK && i < rows->n; i++) {
        double c;
        crease_net_evaluate(policy->net, NULL, work, 1, &rows->at[i], &c);
        policy->max_error = fmax(policy->max_error, fabs(c - rows->c[i]));
        sum += (c - rows->c[i]) * (c - rows->c[i]);
    }
    policy->rms = sqrt(sum / (double)rows->n);
    crease_work_free(work);
    return status;
}

static crease_status fit_policy(const savings_own_fit *fit, const policy_rows *rows,
                                savings_own_policy *policy, crease_error *error) {
    savings_own_rows all = {.n = rows->n, .x = rows->at, .z = rows->c}, fitted;
    double *storage;
    crease_status status = savings_own_thin(&all, SAVINGS_OWN_MOST_ROWS, &fitted, &storage, error);
    if (status != CREASE_OK)
        return status;
    crease_fit_options options = fit->options.fit;
    options.starts = STARTS;
    options.progress = NULL;
    savings_own_map plain = {.pinv = false};
    savings_own_choice choice = {0};
    status = find_kinks(rows, &fitted, &options, policy, error);
    savings_own_task task = {
        .rows = &fitted, .map = &plain, .kink = policy->kink, .kinks = policy->kink_count, .fit = &options};
    if (policy->kink_count > MOST_HELD) { /* kinks without end: the best polyline instead */
        task.kinks = policy->kink_count = 0;
        task.net = "affine+relu:16";
    }
    if (status == CREASE_OK)
        status = task.net ? savings_own_fit_spec(&task, task.net, &choice, error)
                          : savings_own_choose(&task, &choice, error);
    policy->net = choice.net;
    free(storage);
    return status == CREASE_OK ? judge(rows, policy, error) : status;
}

crease_status savings_own_imply_policy(savings_own_fit *fit, const savings_own_data *data,
                                       crease_error *error) {
    savings_own_policy *policy = &fit->policy;
    size_t room = (data->dV ? data->n : GRID) + (STRETCH + 2) * (fit->kink_count + 1);
    *policy = (savings_own_policy){.from_slopes = data->dV != NULL};
    if (fit->options.crra == 0) {
        snprintf(policy->why, sizeof policy->why,
                 "consumption follows from the marginal value only with a risk aversion: --crra G");
        return CREASE_OK;
    }
    policy_rows rows = {.at = calloc(room, sizeof *rows.at),
                        .c = calloc(room, sizeof *rows.c),
                        .known = calloc(2 * fit->kink_count + 1, sizeof *rows.known)};
    crease_status status = CREASE_OK;
    if (!rows.at || !rows.c || !rows.known)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", room);
    else if (list(fit, data, &rows, policy->why, sizeof policy->why))
        status = fit_policy(fit, &rows, policy, error);
    policy_rows_clear(&rows);
    return status;
}

/* ---- the table ---- */

static void set_row(const savings_own_fit *fit, crease_table *table, double x, int side) {
    size_t row = table->rows++;
    double V, dV;
    savings_own_evaluate(fit, 0, x, side, &V, &dV);
    table->column[0][row] = x;
    table->column[1][row] = V;
    table->column[2][row] = dV;
    if (table->columns > 3)
        table->column[3][row] = consumption(fit, x, side, dV);
    if (table->columns > 4)
        table->column[4][row] = x + table->column[3][row];
}

crease_status savings_own_policy_table(const savings_own_fit *fit, const savings_own_data *data,
                                       const char *const name[3], size_t points, crease_table **table,
                                       crease_error *error) {
    double from = data->x[0], to = data->x[data->n - 1];
    bool with_c = fit->options.crra > 0;
    size_t columns = !with_c ? 3 : fit->options.state == SAVINGS_OWN_END ? 5 : 4, next = 0;
    const char *const title[5] = {name[0], name[1], name[2], "c", "m"};
    crease_status status = crease_table_new(table, points + 2 * fit->kink_count, columns, error);
    for (size_t j = 0; status == CREASE_OK && j < columns; j++)
        status = crease_table_set_name(*table, j, title[j], error);
    if (status != CREASE_OK)
        return status;
    (*table)->rows = 0;
    for (size_t i = 0; i < points; i++) {
        double x = i + 1 < points ? from + (to - from) * (double)i / (double)(points - 1) : to;
        bool at_kink = false;
        for (; next < fit->kink_count && fit->kink[next].x <= x; next++) {
            set_row(fit, *table, fit->kink[next].x, -1);
            set_row(fit, *table, fit->kink[next].x, 1);
            at_kink = fit->kink[next].x == x;
        }
        if (!at_kink)
            set_row(fit, *table, x, 0);
    }
    return CREASE_OK;
}
