#include "crease/inference.h"
#include "crease/random.h"
#include "fit/pwl_refit.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

/* The assignment of rows to folds draws from a stream of its own. */
static const uint64_t FOLD_STREAM = UINT64_C(5) << 32;

static const double NO_ERROR = 1e-20; /* of the total sum of squares */

/* A fit of one number of knots, to all rows (part 0) or all but a fold. */
typedef struct task {
    double sse, tss, weight; /* all rows: errors of the fit; fold: of its rows, without tss */
    size_t knots;            /* that the fit has */
    bool done;
    crease_status status;
    crease_error error;
} task;

typedef struct chooser {
    const crease_data *data;
    const crease_choice_options *options;
    crease_sample sample;
    size_t most, folds;
    size_t *fold; /* of each row of the data; SIZE_MAX for weight 0 */
    task *task;   /* (most + 1) x (folds + 1) */
} chooser;

static bool assign_folds(chooser *c) {
    const crease_sample *s = &c->sample;
    gsl_rng *rng = crease_random_new(c->options->seed, FOLD_STREAM);
    size_t *label = malloc((c->folds + 1) * sizeof *label);
    bool ok = rng && label;
    for (size_t i = 0; i < c->data->n; i++)
        c->fold[i] = SIZE_MAX;
    for (size_t i = 0; ok && c->folds > 0 && i < s->rows; i++) {
        if (i % c->folds == 0) {
            for (size_t f = 0; f < c->folds; f++)
                label[f] = f;
            crease_random_shuffle(rng, label, c->folds);
        }
        c->fold[s->row[i]] = label[i % c->folds];
    }
    free(label);
    if (rng)
        gsl_rng_free(rng);
    return ok;
}

static crease_status chooser_make(chooser *c, crease_error *error) {
    const crease_choice_options *o = c->options;
    crease_status status = crease_sample_new(c->data, &c->sample, error);
    if (status != CREASE_OK)
        return status;
    size_t rows = c->sample.rows, least = o->fit && o->fit->min_points ? o->fit->min_points : 3;
    size_t held = least == CREASE_NO_MINIMUM ? c->sample.points : c->sample.points / least;
    size_t by_rows = rows > 4 ? (rows - 3) / 2 : 0;
    c->most = o->most ? o->most : 10;
    c->most = c->most < by_rows ? c->most : by_rows;
    if (c->most >= held)
        c->most = held > 0 ? held - 1 : 0;
    c->folds = o->folds ? o->folds : 10;
    if (c->folds == 1 || rows < 2 * c->folds)
        c->folds = 0;
    c->fold = malloc(c->data->n * sizeof *c->fold);
    c->task = calloc((c->most + 1) * (c->folds + 1), sizeof *c->task);
    if (!c->fold || !c->task || !assign_folds(c))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu folds of %zu rows", c->folds,
                           rows);
    return CREASE_OK;
}

static void chooser_clear(chooser *c) {
    crease_sample_clear(&c->sample);
    free(c->fold);
    free(c->task);
}

/* weight: room for the rows. */
static void run_task(const chooser *c, size_t knots, size_t part, double *weight, task *t) {
    const crease_data *all = c->data;
    crease_data data = *all;
    crease_knots_options fit = c->options->fit ? *c->options->fit : (crease_knots_options){0};
    crease_knots_result result;
    fit.knots = knots;
    fit.work = part == 0 ? 1 : -1; /* a good search matters on all rows; no certificate is asked for */
    data.weight = weight;
    for (size_t i = 0; i < all->n; i++) {
        weight[i] = all->weight ? all->weight[i] : 1;
        if (part > 0 && c->fold[i] == part - 1)
            weight[i] = 0;
    }
    t->status = crease_knots_fit(&data, &fit, &result, &t->error);
    if (t->status != CREASE_OK)
        return;
    t->knots = result.pwl->knot_count;
    t->sse = result.sse;
    t->tss = result.tss;
    t->done = !result.interrupted;
    for (size_t i = 0; part > 0 && i < all->n; i++)
        weight[i] = c->fold[i] == part - 1 ? all->weight ? all->weight[i] : 1 : 0;
    if (part > 0) {
        t->sse = 0;
        for (size_t i = 0; i < all->n; i++)
            if (weight[i] > 0) {
                double e = all->y[i] - crease_pwl_evaluate(result.pwl, all->x[i]);
                t->sse += weight[i] * e * e;
                t->weight += weight[i];
            }
    }
    crease_knots_result_clear(&result);
}

static bool stopped(const chooser *c) {
    const crease_knots_options *fit = c->options->fit;
    return fit && fit->interrupted && fit->interrupted(fit->interrupted_context);
}

static crease_status run(chooser *c, crease_error *error) {
    const crease_choice_options *o = c->options;
    size_t parts = c->folds + 1, total = (c->most + 1) * parts, finished = 0;
    int threads = o->threads ? (int)o->threads : omp_get_num_procs();
#pragma omp parallel num_threads(threads)
    {
        double *weight = malloc(c->data->n * sizeof *weight);
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < total; i++) {
            task *t = &c->task[i];
            if (stopped(c))
                continue;
            if (weight)
                run_task(c, i / parts, i % parts, weight, t);
            else
                t->status =
                    crease_fail(&t->error, CREASE_NO_MEMORY, "out of memory for %zu weights", c->data->n);
#pragma omp critical(crease_callback)
            {
                finished++;
                if (o->progress)
                    o->progress(finished, total, o->progress_context);
            }
        }
        free(weight);
    }
    for (size_t i = 0; i < total; i++)
        if (c->task[i].status != CREASE_OK)
            return crease_fail(error, c->task[i].status, "%s", c->task[i].error.message);
    return CREASE_OK;
}

/* False when a task of the row was not finished. */
static bool fill_row(const chooser *c, size_t knots, crease_knot_count_row *row) {
    const task *t = &c->task[knots * (c->folds + 1)];
    double n = (double)c->sample.rows, error = 0, weight = 0, mean = 0, square = 0;
    for (size_t f = 0; f <= c->folds; f++)
        if (!t[f].done)
            return false;
    *row = (crease_knot_count_row){.knots = knots, .sse = t->sse, .cv = NAN, .cv_rmse = NAN, .cv_se = NAN};
    row->bic = n * log(fmax(t->sse, NO_ERROR * t->tss) / n) + (2 + 2 * (double)knots) * log(n);
    if (c->folds == 0)
        return true;
    for (size_t f = 1; f <= c->folds; f++) {
        error += t[f].sse;
        weight += t[f].weight;
        mean += t[f].sse / t[f].weight / (double)c->folds;
    }
    for (size_t f = 1; f <= c->folds; f++)
        square += pow(t[f].sse / t[f].weight - mean, 2);
    row->cv = error / weight;
    row->cv_rmse = sqrt(row->cv);
    row->cv_se = sqrt(square / (double)(c->folds - 1) / (double)c->folds);
    return true;
}

static void choose(const chooser *c, crease_knot_choice *choice) {
    const crease_knot_count_row *row = choice->row;
    for (size_t k = 1; k < choice->row_count; k++) {
        if (row[k].bic < row[choice->by_bic].bic)
            choice->by_bic = k;
        if (row[k].cv < row[choice->least_cv].cv)
            choice->least_cv = k;
    }
    choice->by_cv = c->folds == 0 ? choice->by_bic : choice->least_cv;
    for (size_t k = choice->by_cv; c->folds > 0 && k-- > 0;)
        if (row[k].cv <= row[choice->least_cv].cv + row[choice->least_cv].cv_se)
            choice->by_cv = k;
}

void crease_knot_choice_clear(crease_knot_choice *choice) {
    free(choice->row);
    *choice = (crease_knot_choice){0};
}

crease_status crease_knots_choose(const crease_data *data, const crease_choice_options *options,
                                  crease_knot_choice *choice, crease_error *error) {
    static const crease_choice_options defaults;
    chooser c = {.data = data, .options = options ? options : &defaults};
    *choice = (crease_knot_choice){0};
    crease_status status = chooser_make(&c, error);
    if (status == CREASE_OK && !(choice->row = calloc(c.most + 1, sizeof *choice->row)))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu numbers of knots", c.most + 1);
    if (status == CREASE_OK)
        status = run(&c, error);
    if (status == CREASE_OK) {
        /* the data may hold fewer knots than were asked for: then there are no further rows */
        while (choice->row_count <= c.most &&
               c.task[choice->row_count * (c.folds + 1)].knots == choice->row_count &&
               fill_row(&c, choice->row_count, &choice->row[choice->row_count]))
            choice->row_count++;
        choice->folds = c.folds;
        choice->interrupted = stopped(&c);
        choose(&c, choice);
    }
    chooser_clear(&c);
    if (status != CREASE_OK)
        crease_knot_choice_clear(choice);
    return status;
}
