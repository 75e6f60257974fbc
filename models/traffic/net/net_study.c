/* Many fits to simulated data of a known diagram.
 *
 * Run r draws `points` densities even at random on (0, reach rho_j) and flows q (1 + s z) or q + s C z, z standard normal,
 * from stream (seed, r): the runs at different reaches share their random numbers. Each fit is a job of its own, one
 * thread each; jobs fill places known beforehand, so the digits do not depend on the number of threads. */
#include "crease/random.h"
#include "traffic/net/net.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

crease_status traffic_net_simulate(const traffic_diagram *truth, const traffic_net_study_options *options,
                                   size_t run, double reach, double *density, double *flow,
                                   crease_error *error) {
    traffic_audit known;
    traffic_audit_diagram(truth, 0.0, &known);
    gsl_rng *generator = crease_random_new(options->fit.seed, run);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a random stream");
    for (size_t i = 0; i < options->points; i++) {
        const double share = gsl_rng_uniform_pos(generator), z = gsl_ran_gaussian(generator, options->noise);
        density[i] = share * reach * known.jam_density;
        flow[i] = traffic_diagram_flow(truth, density[i]);
        flow[i] += z * (options->noise_of_capacity ? known.capacity : flow[i]);
    }
    gsl_rng_free(generator);
    return CREASE_OK;
}

size_t traffic_net_summary(const traffic_net_study *study, size_t reach, size_t model, size_t offset,
                           double *median, double *least, double *largest) {
    const traffic_net_cell *cell = &study->cell[reach * study->model_count + model];
    double *value = malloc((study->runs + 1) * sizeof *value);
    size_t n = 0;
    *median = *least = *largest = NAN;
    for (size_t r = 0; value && r < study->runs; r++) {
        memcpy(&value[n], (const char *)&cell->run[r] + offset, sizeof *value);
        n += isnan(value[n]) ? 0 : 1;
    }
    if (n > 0) {
        gsl_sort(value, 1, n);
        *median = gsl_stats_median_from_sorted_data(value, 1, n);
        *least = value[0];
        *largest = value[n - 1];
    }
    free(value);
    return n;
}

/* ---- one job ---- */

typedef struct net_jobs {
    traffic_net_study *study;
    const traffic_net_study_options *options;
    double beyond; /* how far flows beyond the jam are looked at */
    char *done;    /* runs x reaches x models */
} net_jobs;

static void draw_curve(const traffic_net_study *s, const traffic_net_curve *curve, traffic_net_cell *cell) {
    for (size_t i = 0; i < TRAFFIC_NET_DRAWN; i++) {
        cell->flow[i] = traffic_net_flow(curve, s->drawn[i]);
        cell->slope[i] = traffic_net_slope(curve, s->drawn[i]);
    }
}

static crease_status fit_run(const net_jobs *jobs, size_t run, size_t reach, size_t model,
                             crease_error *error) {
    traffic_net_study *s = jobs->study;
    traffic_net_cell *cell = &s->cell[reach * s->model_count + model];
    double *rows = malloc(2 * s->points * sizeof *rows), least = INFINITY, largest = 0.0;
    traffic_study *fit = NULL;
    traffic_net_curve curve = {0};
    traffic_study_options options = {.fit = jobs->options->fit, .jam_density = s->jam_density};
    options.fit.threads = 1;
    options.fit.progress = NULL;
    options.fit.seed = jobs->options->fit.seed + 1000003u * run;
    crease_status status = rows ? traffic_net_simulate(&s->truth, jobs->options, run, s->reach[reach], rows,
                                                       rows + s->points, error)
                                : crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", s->points);
    for (size_t i = 0; status == CREASE_OK && i < s->points; i++) {
        least = fmin(least, rows[i]);
        largest = fmax(largest, rows[i]);
    }
    if (status == CREASE_OK)
        status = traffic_study_run(s->points, rows, rows + s->points, (const char *const *)&s->model[model],
                                   1, &options, &fit, error);
    if (status != CREASE_OK || fit->row_count == 0 || fit->interrupted)
        goto end;
    status = traffic_net_curve_of_row(&fit->row[0], &curve, error);
    if (status == CREASE_OK)
        status =
            traffic_net_audit_curve(&curve, least, largest, &s->truth, jobs->beyond, &cell->run[run], error);
    if (status != CREASE_OK)
        goto end;
    jobs->done[(run * s->reach_count + reach) * s->model_count + model] = 1;
    if (run == 0)
        draw_curve(s, &curve, cell);
end:
    traffic_net_curve_clear(&curve);
    traffic_study_free(fit);
    free(rows);
    return status;
}

static bool is_physical(const char *model) {
    return strcmp(model, "triangular") == 0 || strcmp(model, "trapezoidal") == 0 ||
           strncmp(model, "physical:", 9) == 0;
}

/* The model against the truth itself, at even densities without noise. */
static crease_status fit_exact(const net_jobs *jobs, size_t reach, size_t model, crease_error *error) {
    traffic_net_study *s = jobs->study;
    traffic_net_cell *cell = &s->cell[reach * s->model_count + model];
    if (!is_physical(s->model[model]))
        return CREASE_OK;
    double *rows = malloc(2 * s->points * sizeof *rows), sum = 0.0;
    if (!rows)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", s->points);
    const double jam = s->truth_audit.jam_density, end = s->reach[reach] * jam;
    for (size_t i = 0; i < s->points; i++) {
        rows[i] = end * ((double)i + 0.5) / (double)s->points;
        rows[s->points + i] = traffic_diagram_flow(&s->truth, rows[i]);
    }
    const traffic_data data = {s->points, rows, rows + s->points, NULL};
    traffic_diagram diagram;
    traffic_audit audit;
    const crease_status status = traffic_fit_model(s->model[model], &data, NULL, false, s->jam_density,
                                                   jobs->options->fit.seed, NULL, &diagram, error);
    if (status == CREASE_OK) {
        traffic_audit_diagram(&diagram, end, &audit);
        cell->jam_bias = audit.jam_density - jam;
        for (size_t i = 0; i < s->points; i++) {
            const double residual = rows[s->points + i] - traffic_diagram_flow(&diagram, rows[i]);
            sum += residual * residual;
        }
        cell->exact_rmse = sqrt(sum / (double)s->points);
    }
    free(rows);
    return status;
}

/* ---- all of them ---- */

/* Jobs of the runs come first, run by run; then those without noise. The first failure, by number, counts. */
static crease_status run_jobs(net_jobs *jobs, crease_error *error) {
    const traffic_net_study *s = jobs->study;
    const crease_fit_options *fit = &jobs->options->fit;
    const size_t cells = s->reach_count * s->model_count, count = cells * (s->runs_asked + 1);
    const int threads = fit->threads > 0 ? (int)fit->threads : omp_get_max_threads();
    size_t failed = count, finished = 0;
    crease_status status = CREASE_OK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t j = 0; j < count; j++) {
        crease_error mine;
        if (fit->interrupted && fit->interrupted(fit->interrupted_context))
            continue;
        const size_t run = j / cells, reach = j % cells / s->model_count, model = j % s->model_count;
        const crease_status result = run < s->runs_asked ? fit_run(jobs, run, reach, model, &mine)
                                                         : fit_exact(jobs, reach, model, &mine);
#pragma omp critical(traffic_net_job)
        {
            if (result != CREASE_OK && j < failed) {
                failed = j;
                status = crease_fail(error, result, "%s", mine.message);
            }
            finished++;
            if (fit->progress)
                fit->progress(finished, count, fit->progress_context);
        }
    }
    return status;
}

/* Leaves the finished runs, in their order. */
static void keep_finished(net_jobs *jobs) {
    traffic_net_study *s = jobs->study;
    const size_t cells = s->reach_count * s->model_count;
    for (size_t r = 0; r < s->runs_asked; r++) {
        size_t done = 0;
        for (size_t c = 0; c < cells; c++)
            done += jobs->done[r * cells + c] ? 1 : 0;
        if (done < cells) {
            s->interrupted = true;
            continue;
        }
        for (size_t c = 0; c < cells; c++)
            s->cell[c].run[s->runs] = s->cell[c].run[r];
        s->runs++;
    }
}

/* The two ways to write a parabola, relu(vf rho - vf rho^2/rho_j) and vf relu(rho) relu(1 - rho/rho_j): their difference
 * on [-rho_j/2, 3 rho_j/2], and where the second bends between 0 and rho_j. */
static void compare_forms(traffic_net_study *s) {
    enum { PLACES = 3000 };
    const double vf = s->truth.free_speed, jam = s->truth_audit.jam_density, capacity = vf * jam / 4.0;
    const double h = jam / (PLACES / 2);
    size_t bends = 0, inner = 0;
    for (int i = 0; i <= PLACES; i++) {
        double product[3];
        const double x = jam * (2.0 * i / PLACES - 0.5), sum = fmax(vf * x - vf * x * x / jam, 0.0);
        for (int k = 0; k < 3; k++) {
            const double at = x + h * (k - 1);
            product[k] = vf * fmax(at, 0.0) * fmax(1.0 - at / jam, 0.0);
        }
        s->form_difference = fmax(s->form_difference, fabs(product[1] - sum) / capacity);
        if (x > 1.5 * h && x < jam - 1.5 * h) {
            inner++;
            bends += fabs(product[0] - 2.0 * product[1] + product[2]) > 1e-12 * capacity;
        }
    }
    s->form_bend = (double)bends / (double)inner;
}

static crease_status describe(traffic_net_study *s, size_t m, crease_error *error) {
    const char *model = s->model[m];
    s->n_free[m] = traffic_model_parameters(model);
    s->kind[m] = is_physical(model) ? TRAFFIC_NET_PHYSICAL : TRAFFIC_NET_DIAGRAM;
    if (s->n_free[m] > 0) {
        s->n_free[m] -= s->jam_density > 0.0 && traffic_model_has_jam(model);
        return CREASE_OK;
    }
    crease_net *net = NULL;
    const crease_status status = crease_net_parse(model, 1, 1, &net, error);
    if (status == CREASE_OK) {
        s->n_free[m] = crease_net_free_count(net);
        s->kind[m] = crease_net_is_piecewise_linear(net) ? TRAFFIC_NET_RELU : TRAFFIC_NET_SMOOTH;
    }
    crease_net_free(net);
    return status;
}

static crease_status study_new(const traffic_diagram *truth, const char *const *models, size_t model_count,
                               const traffic_net_study_options *o, traffic_net_study **study,
                               crease_error *error) {
    const size_t cells = o->reach_count * model_count;
    traffic_net_study *s = calloc(1, sizeof *s);
    *study = s;
    if (!s)
        goto no_memory;
    s->truth = *truth;
    traffic_audit_diagram(truth, 0.0, &s->truth_audit);
    s->points = o->points;
    s->runs_asked = o->runs;
    s->noise = o->noise;
    s->noise_of_capacity = o->noise_of_capacity;
    s->jam_density = o->jam_density;
    s->reach_count = o->reach_count;
    s->reach = calloc(o->reach_count, sizeof *s->reach);
    s->model = calloc(model_count, sizeof *s->model);
    s->n_free = calloc(model_count, sizeof *s->n_free);
    s->kind = calloc(model_count, sizeof *s->kind);
    s->cell = calloc(cells, sizeof *s->cell);
    s->drawn = calloc(TRAFFIC_NET_DRAWN, sizeof *s->drawn);
    s->row_density = calloc(o->reach_count * o->points, sizeof *s->row_density);
    s->row_flow = calloc(o->reach_count * o->points, sizeof *s->row_flow);
    if (!s->reach || !s->model || !s->n_free || !s->kind || !s->cell || !s->drawn || !s->row_density ||
        !s->row_flow)
        goto no_memory;
    s->model_count = model_count;
    memcpy(s->reach, o->reach, o->reach_count * sizeof *s->reach);
    for (size_t m = 0; m < model_count; m++)
        if (!(s->model[m] = strdup(models[m])))
            goto no_memory;
    for (size_t m = 0; m < model_count; m++) {
        const crease_status status = describe(s, m, error);
        if (status != CREASE_OK)
            return status;
    }
    for (size_t c = 0; c < cells; c++) {
        s->cell[c].jam_bias = s->cell[c].exact_rmse = NAN;
        for (size_t i = 0; i < TRAFFIC_NET_DRAWN; i++)
            s->cell[c].flow[i] = s->cell[c].slope[i] = NAN;
        if (!(s->cell[c].run = calloc(o->runs, sizeof *s->cell[c].run)))
            goto no_memory;
    }
    return CREASE_OK;
no_memory:
    return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu runs of %zu models", o->runs, model_count);
}

static crease_status check(const traffic_diagram *truth, size_t model_count,
                           const traffic_net_study_options *o, crease_error *error) {
    traffic_audit known;
    traffic_audit_diagram(truth, 0.0, &known);
    if (isnan(known.jam_density) || !(known.capacity > 0.0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a truth needs a capacity and a finite jam density");
    if (model_count == 0 || o->reach_count == 0 || o->runs == 0 || o->points < 2 || o->points > 10000000 ||
        o->runs > 1000000 || !(o->noise >= 0.0))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a study needs models, runs (at most 1000000), 2 to 10000000 points a run, a reach, "
            "and noise that is not negative");
    for (size_t i = 0; i < o->reach_count; i++)
        if (!(o->reach[i] > 0.0) || !(o->reach[i] <= 100.0))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "data cannot reach to %g times the jam density; give shares above 0, at most 100",
                o->reach[i]);
    return CREASE_OK;
}

crease_status traffic_net_study_run(const traffic_diagram *truth, const char *const *models,
                                    size_t model_count, const traffic_net_study_options *options,
                                    traffic_net_study **study, crease_error *error) {
    const double begun = omp_get_wtime();
    net_jobs jobs = {.options = options};
    *study = NULL;
    crease_status status = check(truth, model_count, options, error);
    for (size_t m = 0; status == CREASE_OK && m < model_count; m++)
        status = traffic_model_check(models[m], error);
    if (status != CREASE_OK)
        return status;
    status = study_new(truth, models, model_count, options, &jobs.study, error);
    if (status != CREASE_OK)
        goto end;
    traffic_net_study *s = jobs.study;
    const double jam = s->truth_audit.jam_density;
    double farthest = 4.0 / 3.0;
    for (size_t i = 0; i < s->reach_count; i++)
        farthest = fmax(farthest, s->reach[i]);
    jobs.beyond = farthest * jam;
    for (size_t i = 0; i < TRAFFIC_NET_DRAWN; i++)
        s->drawn[i] = jobs.beyond * (double)i / (TRAFFIC_NET_DRAWN - 1);
    jobs.done = calloc(s->reach_count * model_count * options->runs, 1);
    if (!jobs.done)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu runs", options->runs);
    for (size_t i = 0; i < s->reach_count && status == CREASE_OK; i++)
        status = traffic_net_simulate(truth, options, 0, s->reach[i], s->row_density + i * s->points,
                                      s->row_flow + i * s->points, error);
    if (status == CREASE_OK)
        status = run_jobs(&jobs, error);
    if (status != CREASE_OK)
        goto end;
    keep_finished(&jobs);
    compare_forms(s);
    s->seconds = omp_get_wtime() - begun;
    *study = s;
    jobs.study = NULL;
end:
    free(jobs.done);
    traffic_net_study_free(jobs.study);
    return status;
}

void traffic_net_study_free(traffic_net_study *s) {
    if (!s)
        return;
    for (size_t c = 0; s->cell && c < s->reach_count * s->model_count; c++)
        free(s->cell[c].run);
    for (size_t m = 0; s->model && m < s->model_count; m++)
        free(s->model[m]);
    free(s->cell);
    free(s->model);
    free(s->reach);
    free(s->n_free);
    free(s->kind);
    free(s->drawn);
    free(s->row_density);
    free(s->row_flow);
    free(s);
}
