/* Multi-start: standardise, choose the method, run every start on its own random stream, keep the best. Long
 * data are fitted on a random sample first and the best start is polished on all rows. */
#include "base/blas.h"
#include "base/dense.h"
#include "crease/random.h"
#include "fit/starts.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { SCREEN_ABOVE = 20000, SCREEN_ROWS = 4096 };

/* rows x parameters^2 above which a quasi-Newton step is cheaper than least squares */
static const double LEAST_SQUARES_WORK = 2e7;

/* The sample of long data draws from a stream of its own. */
static const uint64_t SCREEN_STREAM = UINT64_C(2) << 32;

/* ---- data: checks, scaling, sample ---- */

static crease_status check_data(const crease_net *net, const crease_data *data, crease_error *error) {
    if (net->inputs != data->inputs || net->outputs != data->outputs)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network has %zu inputs and %zu outputs, the data %zu "
                           "and %zu",
                           net->inputs, net->outputs, data->inputs, data->outputs);
    return crease_data_check(data, error);
}

/* Weighted mean and standard deviation of column k of an n x width array, safe for values near the largest
 * double. */
static void moments(const double *value, const double *weight, size_t n, size_t width, size_t k, double *mean,
                    double *deviation) {
    double largest = 0, total = 0, sum = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        if (!weight || weight[i] > 0)
            largest = fmax(largest, fabs(value[i * width + k]));
    double unit = largest > 0 ? largest : 1;
    for (size_t i = 0; i < n; i++) {
        double w = weight ? weight[i] : 1;
        if (w == 0)
            continue;
        total += w;
        sum += w * (value[i * width + k] / unit);
    }
    double centre = sum / total;
    for (size_t i = 0; i < n; i++) {
        if (weight && weight[i] == 0)
            continue;
        double d = value[i * width + k] / unit - centre;
        square += (weight ? weight[i] : 1) * d * d;
    }
    *mean = centre * unit;
    *deviation = sqrt(square / total) * unit;
}

/* A column whose spread is rounding counts as constant. */
static double usable_scale(double mean, double deviation) {
    return deviation > 1e-14 * fabs(mean) && deviation > 1e-300 ? deviation : 1;
}

static void set_scaling(crease_net *net, const crease_data *data) {
    double deviation;
    for (size_t k = 0; k < net->inputs; k++) {
        moments(data->x, data->weight, data->n, net->inputs, k, &net->input_shift[k], &deviation);
        net->input_scale[k] = usable_scale(net->input_shift[k], deviation);
    }
    for (size_t o = 0; o < net->outputs; o++) {
        moments(data->y, data->weight, data->n, net->outputs, o, &net->output_shift[o], &deviation);
        net->output_scale[o] = usable_scale(net->output_shift[o], deviation);
    }
}

/* Spread of y over all outputs, the unit of residuals; 1 where y is constant. */
static double y_deviation(const crease_data *data, bool *constant) {
    double square = 0, mean, deviation, largest_mean = 0;
    for (size_t o = 0; o < data->outputs; o++) {
        moments(data->y, data->weight, data->n, data->outputs, o, &mean, &deviation);
        square = hypot(square, deviation);
        largest_mean = fmax(largest_mean, fabs(mean));
    }
    double spread = square / sqrt((double)data->outputs);
    *constant = usable_scale(largest_mean, spread) == 1 && spread != 1;
    return usable_scale(largest_mean, spread);
}

/* A random sample of rows of positive weight, in their order. *storage owns it. */
static crease_status draw_sample(const crease_data *data, uint64_t seed, crease_data *sample,
                                 double **storage, crease_error *error) {
    size_t per_row = data->inputs + data->outputs + 1, usable = 0, m = SCREEN_ROWS;
    size_t *row = malloc(data->n * sizeof *row), *taken = malloc(m * sizeof *taken);
    gsl_rng *generator = crease_random_new(seed, SCREEN_STREAM);
    *storage = malloc(m * per_row * sizeof **storage);
    crease_status status = CREASE_OK;
    if (!row || !taken || !generator || !*storage) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a sample of the rows");
        goto done;
    }
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0)
            row[usable++] = i;
    m = usable < m ? usable : m;
    gsl_ran_choose(generator, taken, m, row, usable, sizeof *row);
    double *x = *storage, *y = x + m * data->inputs, *weight = y + m * data->outputs;
    for (size_t i = 0; i < m; i++) {
        memcpy(x + i * data->inputs, data->x + taken[i] * data->inputs, data->inputs * sizeof *x);
        memcpy(y + i * data->outputs, data->y + taken[i] * data->outputs, data->outputs * sizeof *y);
        weight[i] = data->weight ? data->weight[taken[i]] : 1;
    }
    *sample = (crease_data){.n = m,
                            .inputs = data->inputs,
                            .outputs = data->outputs,
                            .x = x,
                            .y = y,
                            .weight = data->weight ? weight : NULL};
done:
    free(row);
    free(taken);
    if (generator)
        gsl_rng_free(generator);
    return status;
}

/* ---- starts ---- */

static crease_method choose_method(const crease_net *net, const crease_data *data,
                                   const crease_fit_options *options) {
    if (options->method != CREASE_METHOD_AUTO)
        return options->method;
    double p = (double)net->parameter_count, n = (double)(data->n * data->outputs);
    if (fmax(n, p) * p * p > LEAST_SQUARES_WORK)
        return CREASE_METHOD_BFGS;
    bool separable = net->layer_count <= 1 && net->outputs == 1 && !(options->l2 > 0);
    return separable ? CREASE_METHOD_VARPRO : CREASE_METHOD_LM;
}

static crease_status draw_start(const crease_net_problem *p, const crease_fit_options *options, size_t start,
                                double *theta, crease_error *error) {
    const crease_net *net = p->net;
    if (crease_exchange_applies(p, options))
        return crease_exchange_start(p, options, start, theta, error);
    if (p->hinges > 0)
        return crease_hybrid_start(p, options, start, theta, error);
    if (options->init == CREASE_INIT_AUTO || options->init == CREASE_INIT_DATA)
        return crease_data_start(p, options->seed, start, NULL, theta, error);
    if (options->init == CREASE_INIT_KEEP) {
        memcpy(theta, net->theta, net->parameter_count * sizeof *theta);
        return CREASE_OK;
    }
    gsl_rng *generator = crease_random_new(options->seed, start);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a random stream");
    crease_net_initialise(net, options->init, generator, theta);
    gsl_rng_free(generator);
    return CREASE_OK;
}

/* Root mean square residual without the penalty, in the units of y. */
static double rmse_of(const crease_net_problem *p, double loss, const double *theta) {
    double penalty = 0;
    for (size_t j = 0; p->l2 > 0 && j < p->net->parameter_count; j++)
        penalty += p->is_weight[j] ? p->l2 * theta[j] * theta[j] / 2 : 0;
    return sqrt(fmax(0, 2 * (loss - penalty)) / (double)p->net->outputs) * p->y_scale;
}

typedef struct outcome {
    crease_status status;
    crease_error error;
    double loss;
    bool resolved; /* see crease_hybrid_settle: such starts go first */
} outcome;

/* A single start of a first-order method reports its epochs instead of itself. */
static bool reports_epochs(const crease_fit_options *options) {
    return options->starts == 1 && options->method >= CREASE_METHOD_ADAM;
}

/* What the global search found is not moved: no step lowers its loss. */
static crease_status keep_start(const crease_problem *problem, const crease_fit_options *options,
                                const double *theta, crease_minimum *minimum, crease_error *error) {
    double *r = malloc(problem->residuals * sizeof *r), norm = INFINITY;
    void *work = problem->work_new(problem->context);
    bool ok = r && work;
    if (ok && problem->residual(problem->context, work, theta, r))
        norm = crease_dense_norm(problem->residuals, r);
    problem->work_free(work);
    free(r);
    *minimum = (crease_minimum){.loss = norm * norm / 2, .stop = CREASE_STOP_STALLED, .evaluations = 1};
    if (!ok)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu residuals", problem->residuals);
    crease_trace_step(options, 0, 0, problem->parameters, minimum->loss, theta, NULL, NAN);
    return CREASE_OK;
}

/* theta: starts x parameters. The first one is searched for globally with on_a_line. Starts that an interruption leaves out have loss infinity. */
static void run_starts(const crease_net_problem *p, const crease_fit_options *options, bool on_a_line,
                       double *theta, outcome *outcomes, crease_start_result *results) {
    crease_problem problem = crease_net_problem_interface(p);
    size_t parameters = p->net->parameter_count, done = 0;
    int threads = options->threads ? (int)options->threads : omp_get_num_procs();
    if (!crease_blas_is_thread_safe())
        threads = 1;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < options->starts; i++) {
        double began = omp_get_wtime();
        crease_minimum minimum = {.stop = CREASE_STOP_INTERRUPTED};
        outcomes[i] = (outcome){.loss = INFINITY};
        results[i] = (crease_start_result){.rmse = NAN, .stop = CREASE_STOP_INTERRUPTED};
        if (i > 0 && crease_fit_interrupted(options))
            continue;
        double *own = theta + i * parameters;
        bool search = on_a_line && i == 0;
        outcomes[i].status = search ? crease_line_start(p, options, own, &outcomes[i].error)
                                    : draw_start(p, options, i, own, &outcomes[i].error);
        if (outcomes[i].status == CREASE_OK && search)
            outcomes[i].status = keep_start(&problem, options, own, &minimum, &outcomes[i].error);
        else if (outcomes[i].status == CREASE_OK)
            outcomes[i].status = crease_minimise(&problem, options, i, own, &minimum, &outcomes[i].error);
        if (outcomes[i].status == CREASE_OK && isfinite(minimum.loss)) {
            if (options->method < CREASE_METHOD_ADAM && !(options->l2 > 0))
                crease_balance_units(p->net, own);
            outcomes[i].loss = minimum.loss;
            outcomes[i].resolved = crease_hybrid_settle(p, own);
            results[i].rmse = rmse_of(p, minimum.loss, own);
        }
        results[i].stop = minimum.stop;
        results[i].iterations = minimum.iterations;
        results[i].seconds = omp_get_wtime() - began;
#pragma omp critical(crease_callback)
        {
            done++;
            if (options->progress && !reports_epochs(options))
                options->progress(done, options->starts, options->progress_context);
        }
    }
}

static size_t least_loss(const outcome *outcomes, size_t starts) {
    size_t best = 0;
    for (size_t i = 1; i < starts; i++)
        if (outcomes[i].resolved != outcomes[best].resolved ? outcomes[i].resolved
                                                            : outcomes[i].loss < outcomes[best].loss)
            best = i;
    return best;
}

static double hit_rate(const crease_start_result *results, size_t starts, size_t best, double y_sd) {
    size_t hits = 0, run = 0;
    for (size_t i = 0; i < starts; i++) {
        run += isfinite(results[i].rmse) ? 1 : 0;
        hits += results[i].rmse <= 1.01 * results[best].rmse + 1e-4 * y_sd ? 1 : 0;
    }
    return run ? (double)hits / (double)run : NAN;
}

/* Runs the best start on with all rows. */
static crease_status polish(crease_net *net, const crease_data *data, double y_scale,
                            const crease_fit_options *options, crease_fit_result *result,
                            crease_error *error) {
    crease_net_problem *p = NULL;
    crease_minimum minimum;
    crease_fit_options all_rows = *options;
    if (all_rows.method == CREASE_METHOD_VARPRO)
        all_rows.method = CREASE_METHOD_LM;
    /* from a converged sample a few steps are enough: the error falls to the sampling error in the first */
    all_rows.iterations = all_rows.method == CREASE_METHOD_LM ? 30 : 100;
    all_rows.tolerance = 1e-8;
    crease_status status = crease_net_problem_new(&p, net, data, y_scale, options, error);
    if (status == CREASE_OK) {
        crease_problem problem = crease_net_problem_interface(p);
        status = crease_minimise(&problem, &all_rows, options->starts, net->theta, &minimum, error);
    }
    if (status == CREASE_OK) {
        result->stop = minimum.stop;
        result->iterations += minimum.iterations;
    }
    crease_net_problem_free(p);
    return status;
}

static crease_status finish(crease_net *net, const crease_data *data, crease_fit_result *result,
                            crease_error *error) {
    crease_work *work = NULL;
    crease_status status = crease_net_score(net, data, &result->score, error);
    if (status == CREASE_OK && (status = crease_work_new(net, &work, error)) == CREASE_OK)
        result->dead_units = crease_net_dead_units(net, work, data->n, data->x);
    crease_work_free(work);
    return status;
}

crease_status crease_fit(crease_net *net, const crease_data *data, const crease_fit_options *given,
                         crease_fit_result *result, crease_error *error) {
    double began = omp_get_wtime();
    bool constant;
    double *sample_storage = NULL, *theta = NULL;
    outcome *outcomes = NULL;
    crease_net_problem *p = NULL;
    crease_layer_trace *layer_trace = NULL;
    crease_data sample = *data;
    *result = (crease_fit_result){0};
    crease_status status = check_data(net, data, error);
    if (status == CREASE_OK)
        status = crease_fit_options_check(given, error);
    if (status != CREASE_OK)
        return status;
    crease_fit_options plain = given ? *given : (crease_fit_options){0};
    bool first_order_asked = plain.method >= CREASE_METHOD_ADAM;
    bool on_a_line = crease_line_start_applies(net, data, &plain);
    bool screen =
        data->n > SCREEN_ABOVE && !first_order_asked && plain.init != CREASE_INIT_KEEP && !on_a_line;
    if (screen && (status = draw_sample(data, plain.seed, &sample, &sample_storage, error)) != CREASE_OK)
        goto done;
    if (plain.init != CREASE_INIT_KEEP)
        set_scaling(net, data);
    double y_scale = y_deviation(data, &constant);
    if (on_a_line && plain.starts == 0)
        plain.starts = 1; /* there is nothing to try again */
    crease_fit_options options = crease_fit_options_filled(&plain, choose_method(net, &sample, &plain));
    size_t parameters = net->parameter_count;
    if (options.starts > SIZE_MAX / sizeof *theta / parameters)
        options.starts = SIZE_MAX / sizeof *theta / parameters;
    theta = malloc(options.starts * parameters * sizeof *theta);
    outcomes = calloc(options.starts, sizeof *outcomes);
    result->start = calloc(options.starts, sizeof *result->start);
    if (!theta || !outcomes || !result->start) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu starts", options.starts);
        goto done;
    }
    if ((status = crease_net_problem_new(&p, net, &sample, y_scale, &options, error)) != CREASE_OK ||
        (status = crease_hybrid_prepare(p, &options, error)) != CREASE_OK ||
        (status = crease_layer_trace_new(&layer_trace, net, data, &options, error)) != CREASE_OK)
        goto done;
    run_starts(p, &options, on_a_line, theta, outcomes, result->start);
    size_t best = least_loss(outcomes, options.starts);
    if (!isfinite(outcomes[best].loss)) {
        status =
            outcomes[0].status != CREASE_OK
                ? crease_fail(error, outcomes[0].status, "%s", outcomes[0].error.message)
                : crease_fail(error, CREASE_BAD_DATA, "no start reached a finite error; rescale the data");
        goto done;
    }
    memcpy(net->theta, theta + best * parameters, parameters * sizeof *theta);
    result->method = options.method;
    result->searched = on_a_line;
    result->stop = result->start[best].stop;
    result->iterations = result->start[best].iterations;
    result->starts = options.starts;
    result->best_start = best;
    result->hit_rate = hit_rate(result->start, options.starts, best, constant ? 0 : y_scale);
    result->screened_rows = sample.n;
    if (screen && !crease_fit_interrupted(&options) &&
        (status = polish(net, data, y_scale, &options, result, error)) != CREASE_OK)
        goto done;
    if (crease_fit_interrupted(&options))
        result->stop = CREASE_STOP_INTERRUPTED;
    status = finish(net, data, result, error);
    result->seconds = omp_get_wtime() - began;
done:
    crease_layer_trace_free(layer_trace);
    crease_net_problem_free(p);
    free(sample_storage);
    free(theta);
    free(outcomes);
    if (status != CREASE_OK)
        crease_fit_result_clear(result);
    return status;
}

void crease_fit_result_clear(crease_fit_result *result) {
    free(result->start);
    *result = (crease_fit_result){0};
}
