/* Which network: affine+tanh:H+relu:K with its K hinges held at the kinks, H = 0, 1, 2, 3, 4, 6, 8 by cross-validation:
 * every fifth row is left out in turn (never the two ends, beyond which nothing is known), each fold starts from the fit to
 * all rows, and errors are counted in V. The smallest network within a tenth of the least error is taken; affine+relu:K alone when it is exact
 * to rounding. Longer tables are screened on 300 rows at even ranks, and what is chosen is polished on all. With shape constraints, and for the caller's affine+relu:N, the search of crease/knots.h with knots held at the kinks. */
#include "savings/own/own_parts.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, SCREEN_ROWS = 300 };
static const double EXACT = 1e-10, GOOD_ENOUGH = 1.1;
static const size_t SMOOTH_UNITS[] = {0, 1, 2, 3, 4, 6, 8}, FREE_KNOTS[] = {1, 2, 3, 5, 8, 12, 16};

/* ---- one fit ---- */

/* Takes the place of *net. */
static crease_status search_knots(const savings_own_task *task, const savings_own_rows *rows, size_t knots,
                                  crease_net **net, crease_error *error) {
    static const double rising[2] = {0, INFINITY};
    crease_data data = {
        .n = rows->n, .inputs = 1, .outputs = 1, .x = rows->x, .y = rows->z, .weight = rows->weight};
    crease_knots_options options = {.knots = knots,
                                    .curvature = task->concave ? CREASE_CONCAVE : CREASE_ANY_CURVATURE,
                                    .slope_limits = task->increasing ? rising : NULL,
                                    .fixed_knot = task->kink,
                                    .fixed_knot_count = task->kinks,
                                    .work = -1,
                                    .interrupted = task->fit->interrupted,
                                    .interrupted_context = task->fit->interrupted_context};
    crease_knots_result result = {0};
    crease_net *found = NULL;
    crease_status status = crease_knots_fit(&data, &options, &result, error);
    if (status == CREASE_OK)
        status = crease_pwl_to_net(result.pwl, &found, error);
    if (status == CREASE_OK) {
        crease_net_free(*net);
        *net = found;
    }
    crease_knots_result_clear(&result);
    return status;
}

static size_t count_relu(const crease_net *net) {
    size_t count = 0;
    for (size_t u = 0; net->layer_count == 1 && u < net->layer[0].width; u++) {
        double parameter;
        count += crease_net_unit(net, 0, u, &parameter)->activation == CREASE_RELU;
    }
    return count;
}

static bool is_polyline(const crease_net *net) {
    return net->affine &&
           (net->layer_count == 0 || (net->layer_count == 1 && count_relu(net) == net->layer[0].width));
}

/* ---- cross-validation ---- */

typedef struct folds {
    savings_own_rows train;         /* arrays owned below */
    double *storage;                /* 5 n */
    crease_net *net;                /* copy, refitted */
    savings_own_squares squares[2]; /* of values and slopes */
} folds;

static bool left_out(const savings_own_rows *rows, size_t i, size_t fold) {
    return i % FOLDS == fold && i > 0 && i + 1 < rows->n;
}

static void list_training(const savings_own_rows *rows, size_t fold, folds *f) {
    size_t n = rows->n, kept = 0;
    double *x = f->storage, *z = x + n, *dz = z + n, *right = dz + n, *weight = right + n;
    for (size_t i = 0; i < n; i++) {
        if (left_out(rows, i, fold))
            continue;
        x[kept] = rows->x[i];
        z[kept] = rows->z[i];
        dz[kept] = rows->dz ? rows->dz[i] : 0;
        right[kept] = rows->dz_right ? rows->dz_right[i] : NAN;
        weight[kept++] = rows->weight ? rows->weight[i] : 1;
    }
    f->train = (savings_own_rows){
        kept, x, z, rows->dz ? dz : NULL, rows->dz_right ? right : NULL, rows->weight ? weight : NULL};
}

static bool near_any(const savings_own_task *task, double x) {
    for (size_t k = 0; k < task->kinks; k++)
        if (task->kink[k] == x)
            return true;
    return false;
}

static crease_status judge_fold(const savings_own_task *task, size_t fold, folds *f, crease_error *error) {
    crease_work *work;
    const savings_own_rows *rows = task->rows;
    crease_status status = crease_work_new(f->net, &work, error);
    for (size_t i = 0; status == CREASE_OK && i < rows->n; i++) {
        double z, slope, V, dV, true_V, true_dV;
        if (!left_out(rows, i, fold) || (rows->weight && rows->weight[i] == 0))
            continue;
        crease_net_input_gradient(f->net, NULL, work, 1, &rows->x[i], &z, &slope);
        bool valid = savings_own_backward(task->map, z, &V, &dV);
        savings_own_backward(task->map, rows->z[i], &true_V, &true_dV);
        savings_own_squares_add(&f->squares[0], valid ? V - true_V : INFINITY);
        if (rows->dz && !near_any(task, rows->x[i]))
            savings_own_squares_add(&f->squares[1], valid ? dV * slope - true_dV * rows->dz[i] : INFINITY);
    }
    crease_work_free(work);
    return status;
}

static const savings_own_errors unknown = {NAN, NAN, NAN};

static crease_status cross_validate(const savings_own_task *task, const savings_own_held *held,
                                    savings_own_choice *choice, crease_error *error) {
    const savings_own_rows *rows = task->rows;
    folds f = {.storage = reallocarray(NULL, rows->n, 5 * sizeof *f.storage)};
    savings_own_held again = *held;
    crease_status status =
        f.storage ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", rows->n);
    again.keep = true;
    for (size_t fold = 0; status == CREASE_OK && fold < FOLDS && !choice->interrupted; fold++) {
        status = crease_net_copy(choice->net, &f.net, error);
        list_training(rows, fold, &f);
        if (status == CREASE_OK)
            status =
                choice->searched
                    ? search_knots(task, &f.train, choice->net->layer_count ? choice->net->layer[0].width : 0,
                                   &f.net, error)
                    : savings_own_fit_held(f.net, &f.train, &again, task->fit, error);
        if (status == CREASE_OK)
            status = judge_fold(task, fold, &f, error);
        crease_net_free(f.net);
        f.net = NULL;
        choice->interrupted = savings_own_interrupted(task->fit);
    }
    choice->left_out =
        (savings_own_errors){f.squares[0].largest, savings_own_squares_rms(&f.squares[0]), NAN};
    choice->left_out_slope =
        (savings_own_errors){f.squares[1].largest, savings_own_squares_rms(&f.squares[1]), NAN};
    if (choice->interrupted)
        choice->left_out = unknown;
    if (choice->interrupted || f.squares[1].count == 0)
        choice->left_out_slope = unknown;
    free(f.storage);
    return status;
}

/* ---- a network ---- */

static crease_status is_exact(const savings_own_task *task, savings_own_choice *choice, crease_error *error) {
    const savings_own_rows *rows = task->rows;
    double low = INFINITY, high = -INFINITY, worst = 0;
    crease_work *work;
    crease_status status = crease_work_new(choice->net, &work, error);
    for (size_t i = 0; status == CREASE_OK && i < rows->n; i++) {
        double z;
        crease_net_evaluate(choice->net, NULL, work, 1, &rows->x[i], &z);
        worst = fmax(worst, fabs(z - rows->z[i]));
        low = fmin(low, rows->z[i]);
        high = fmax(high, rows->z[i]);
    }
    choice->exact = status == CREASE_OK && is_polyline(choice->net) &&
                    worst <= EXACT * fmax(high - low, fmax(fabs(low), fabs(high)) * 1e-4);
    crease_work_free(work);
    return status;
}

/* At most `most` rows at even ranks, both ends and rows of two slopes among them; *storage is the caller's. */
crease_status savings_own_thin(const savings_own_rows *rows, size_t most, savings_own_rows *thin,
                               double **storage, crease_error *error) {
    size_t n = rows->n, kept = 0, last = SIZE_MAX;
    *storage = n <= SIZE_MAX / 64 ? malloc(5 * n * sizeof **storage) : NULL;
    if (!*storage)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    double *x = *storage, *z = x + n, *dz = z + n, *right = dz + n, *weight = right + n;
    for (size_t i = 0; i < n; i++) {
        size_t rank = n > most ? (size_t)((double)i * (double)(most - 1) / (double)(n - 1)) : i;
        bool pair = rows->dz_right && isfinite(rows->dz_right[i]);
        if (rank == last && !pair && i + 1 < n)
            continue;
        x[kept] = rows->x[i];
        z[kept] = rows->z[i];
        dz[kept] = rows->dz ? rows->dz[i] : 0;
        right[kept] = rows->dz_right ? rows->dz_right[i] : NAN;
        weight[kept++] = rows->weight ? rows->weight[i] : 1;
        last = rank;
    }
    *thin = (savings_own_rows){
        kept, x, z, rows->dz ? dz : NULL, rows->dz_right ? right : NULL, rows->weight ? weight : NULL};
    return CREASE_OK;
}

/* Can the held fit have this network? */
static crease_status check_units(const savings_own_task *task, const crease_net *net, crease_error *error) {
    size_t relu = count_relu(net);
    if (net->layer_count > 1 || (net->layer_count == 1 && net->layer[0].slope_count > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network must have one hidden layer without prelu units");
    if (relu == 0 || relu == task->kinks)
        return CREASE_OK;
    if (task->kinks == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "there is no kink to hold the %zu relu units at: leave them out, place them by "
                           "--kinks X, or have them all "
                           "free in affine+relu:%zu",
                           relu, relu);
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "beside smooth units there is one relu unit for each kink, so write relu:%zu, not relu:%zu",
        task->kinks, relu);
}

/* Fit and errors left out, on the rows of the task. */
static crease_status screen(const savings_own_task *task, const char *spec, savings_own_choice *choice,
                            crease_error *error) {
    savings_own_held held = {task->kink, task->kinks, task->lambda, false};
    double started = omp_get_wtime();
    *choice = (savings_own_choice){.left_out = unknown, .left_out_slope = unknown};
    crease_status status = crease_net_parse(spec, 1, 1, &choice->net, error);
    if (status != CREASE_OK)
        return status;
    size_t relu = count_relu(choice->net);
    bool shaped = task->concave || task->increasing;
    choice->searched = is_polyline(choice->net) && relu >= task->kinks && (shaped || relu > task->kinks);
    if (shaped && !choice->searched)
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "a shape can be enforced on affine+relu:N with at least one unit for each of "
                             "the %zu kinks, not on %s",
                             task->kinks, spec);
    else if (choice->searched)
        status = search_knots(task, task->rows, relu, &choice->net, error);
    else {
        held.kinks = relu; /* without a hinge none is held */
        status = check_units(task, choice->net, error);
        if (status == CREASE_OK)
            status = savings_own_fit_held(choice->net, task->rows, &held, task->fit, error);
    }
    choice->held = choice->searched ? task->kinks : held.kinks;
    if (status == CREASE_OK)
        status = is_exact(task, choice, error);
    choice->interrupted = savings_own_interrupted(task->fit);
    if (status == CREASE_OK && !choice->interrupted)
        status = cross_validate(task, &held, choice, error);
    if (status != CREASE_OK) {
        crease_net_free(choice->net);
        choice->net = NULL;
    }
    choice->seconds = omp_get_wtime() - started;
    return status;
}

static crease_status polish(const savings_own_task *task, savings_own_choice *choice, crease_error *error) {
    savings_own_held held = {task->kink, choice->held, task->lambda, true};
    if (choice->searched)
        return search_knots(task, task->rows, choice->net->layer_count ? choice->net->layer[0].width : 0,
                            &choice->net, error);
    return choice->interrupted ? CREASE_OK
                               : savings_own_fit_held(choice->net, task->rows, &held, task->fit, error);
}

/* Screens, by `work`, on few rows; polishes what came of it on all. */
static crease_status on_few_rows(const savings_own_task *task, const char *spec, savings_own_choice *choice,
                                 crease_status (*work)(const savings_own_task *, const char *,
                                                       savings_own_choice *, crease_error *),
                                 crease_error *error) {
    savings_own_task few = *task;
    savings_own_rows thin;
    double *storage;
    if (task->rows->n <= SCREEN_ROWS)
        return work(task, spec, choice, error);
    crease_status status = savings_own_thin(task->rows, SCREEN_ROWS, &thin, &storage, error);
    few.rows = &thin;
    if (status == CREASE_OK)
        status = work(&few, spec, choice, error);
    free(storage);
    if (status == CREASE_OK)
        status = polish(task, choice, error);
    return status;
}

crease_status savings_own_fit_spec(const savings_own_task *task, const char *spec, savings_own_choice *choice,
                                   crease_error *error) {
    return on_few_rows(task, spec, choice, screen, error);
}

static void write_spec(const savings_own_task *task, size_t units, char *spec, size_t size) {
    if (task->concave || task->increasing) {
        snprintf(spec, size, "affine+relu:%zu", units > task->kinks ? units : task->kinks);
        return;
    }
    size_t used = (size_t)snprintf(spec, size, "affine");
    if (units > 0)
        used += (size_t)snprintf(spec + used, size - used, "+tanh:%zu", units);
    if (task->kinks > 0)
        snprintf(spec + used, size - used, "+relu:%zu", task->kinks);
}

/* The smallest candidate within a tenth of the best; interrupted ones have no error. */
static size_t pick(const savings_own_choice *list, size_t count) {
    double least = INFINITY;
    for (size_t i = 0; i < count; i++)
        least = fmin(least, list[i].left_out.rms);
    for (size_t i = 0; i < count && isfinite(least); i++)
        if (list[i].left_out.rms <= GOOD_ENOUGH * least)
            return i;
    return count > 0 ? count - 1 : 0;
}

static crease_status choose(const savings_own_task *task, const char *unused, savings_own_choice *choice,
                            crease_error *error) {
    enum { SIZES = sizeof SMOOTH_UNITS / sizeof *SMOOTH_UNITS };
    savings_own_choice list[SIZES] = {0};
    bool shaped = task->concave || task->increasing;
    size_t count = 0, best = 0;
    double started = omp_get_wtime(), least = INFINITY;
    (void)unused;
    crease_status status = CREASE_OK;
    for (size_t i = 0, worse = 0; status == CREASE_OK && i < SIZES && worse < 2; i++) {
        size_t units = shaped ? FREE_KNOTS[i] : SMOOTH_UNITS[i],
               free_count = 2 + 2 * task->kinks + (shaped ? 2 : 3) * units;
        char spec[96];
        if ((i > 0 && 2 * free_count > task->rows->n) || (count > 0 && list[count - 1].interrupted))
            break;
        write_spec(task, units, spec, sizeof spec);
        status = screen(task, spec, &list[count], error);
        if (status != CREASE_OK)
            break;
        list[count].units[0] = units;
        worse = list[count].left_out.rms < least ? 0 : worse + 1;
        least = fmin(least, list[count].left_out.rms);
        if (task->fit->progress)
            task->fit->progress(i + 1, SIZES, task->fit->progress_context);
        if (list[count++].exact)
            break;
    }
    best = count > 0 && list[count - 1].exact ? count - 1 : pick(list, count);
    if (status == CREASE_OK) {
        *choice = list[best];
        choice->candidate_count = count;
        choice->interrupted = list[count - 1].interrupted;
        choice->seconds = omp_get_wtime() - started;
        for (size_t i = 0; i < count; i++) {
            choice->units[i] = list[i].units[0];
            choice->error[i] = list[i].left_out.rms;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (status != CREASE_OK || i != best)
            crease_net_free(list[i].net);
    return status;
}

crease_status savings_own_choose(const savings_own_task *task, savings_own_choice *choice,
                                 crease_error *error) {
    return on_few_rows(task, NULL, choice, choose, error);
}
