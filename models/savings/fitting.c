/* Networks fitted to exact values of an object: from free starts, with hinges held where theory puts kinks, under shape
 * constraints, or to the Euler equation. */
#include "savings/euler_fit.h"
#include "savings/held.h"
#include "savings/savings.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* c and V' = u'(c) of K3 and D1: shares of consumption are what the Euler equation measures. */
static bool is_of_shares(const savings_solution *solution, savings_object object) {
    return solution->household && (object == SAVINGS_CONSUMPTION || object == SAVINGS_DV);
}

/* x = from + (to - from) u^power of even u. */
static double spacing_power(const savings_solution *solution, savings_object object) {
    if (solution->model == SAVINGS_D)
        return 2;
    return solution->household && object != SAVINGS_W && object != SAVINGS_PINV_W ? 1.5 : 1;
}

typedef struct sampling {
    size_t n, kinks;
    double *x, *y, *weight; /* n + kinks each, one block owned through x */
    bool of_shares;
} sampling;

/* n states spread over the range, and behind them the kinks. */
static crease_status sample(const savings_solution *solution, savings_object object, sampling *rows,
                            const double *kink, crease_error *error) {
    double from, to, power = spacing_power(solution, object);
    double kink_weight = (double)SAVINGS_KINK_WEIGHT * SAVINGS_KINK_WEIGHT;
    size_t n = rows->n, all = n + rows->kinks;
    rows->x = n > 1 && n <= SIZE_MAX / (8 * sizeof *rows->x) ? malloc(3 * all * sizeof *rows->x) : NULL;
    if (!rows->x)
        return crease_fail(error, n > 1 ? CREASE_NO_MEMORY : CREASE_BAD_ARGUMENT, "cannot fit to %zu points",
                           n);
    rows->y = rows->x + all;
    rows->weight = rows->y + all;
    savings_object_range(solution, object, &from, &to);
    for (size_t i = 0; i < all; i++) {
        double share = (double)i / (double)(n - 1);
        double x = i < n ? from + (to - from) * pow(share, power) : kink[i - n];
        double y = savings_object_at(solution, object, x, NULL, NULL);
        rows->x[i] = x;
        rows->y[i] = y;
        rows->weight[i] = (rows->of_shares ? 1 / (y * y) : 1) * (i < n ? 1 : kink_weight);
        if (!isfinite(y))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT, "%s has no finite value at %s = %g with these parameters",
                savings_object_name(object), savings_object_variable(solution->model, object), x);
    }
    return CREASE_OK;
}

/* Power of hinge u of the only layer, 0 for other units. */
static double hinge_power(const crease_net *net, size_t u) {
    double parameter;
    crease_activation activation = crease_net_unit(net, 0, u, &parameter)->activation;
    return activation == CREASE_RELU ? 1 : activation == CREASE_HINGE ? parameter : 0;
}

/* A place for every hinge of the net, in order: those of one power take the points one after the other. */
static crease_status place_hinges(const savings_solution *solution, savings_object object,
                                  const crease_net *net, double *place, size_t hinges, crease_error *error) {
    double *point = calloc(hinges + 1, sizeof *point), last = 0;
    if (!point)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu hinges", hinges);
    size_t known = savings_hold_points(solution, object, point, hinges), used = 0, next = 0;
    crease_status status = CREASE_OK;
    if (hinges == 0)
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "to hold kinks takes a network of one hidden layer with relu units; this one "
                             "has none such in %zu layers",
                             net->layer_count);
    for (size_t u = 0; hinges > 0 && u < net->layer[0].width && status == CREASE_OK; u++) {
        double power = hinge_power(net, u);
        if (power == 0)
            continue;
        used = power == last ? used : 0;
        last = power;
        if (used >= known)
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "%s has %zu kink(s) to hold a hinge at, fewer than the relu units of one "
                                 "power in this network",
                                 savings_object_name(object), known);
        else
            place[next++] = point[used++];
    }
    free(point);
    return status;
}

/* affine+relu:k, which shape constraints can be put on. */
static bool is_relu_on_a_line(const crease_net *net) {
    bool is = net->layer_count == 1 && net->affine;
    for (size_t u = 0; is && u < net->layer[0].width; u++) {
        double parameter;
        is = crease_net_unit(net, 0, u, &parameter)->activation == CREASE_RELU;
    }
    return is;
}

/* Least squares among polylines of the right slopes and curvature; *net is replaced. */
static crease_status fit_shaped(const savings_solution *solution, savings_object object, crease_net **net,
                                const crease_data *data, const double *place, size_t held,
                                const crease_fit_options *options, crease_error *error) {
    savings_theory theory = savings_theory_of(solution, object);
    double limits[2] = {theory.slope > 0 ? 0 : -INFINITY, theory.slope < 0 ? 0 : INFINITY};
    if (object == SAVINGS_CONSUMPTION)
        limits[1] = 1;
    crease_knots_options chosen = {.knots = (*net)->layer[0].width,
                                   .min_points = held > 0 ? CREASE_NO_MINIMUM : 0,
                                   .curvature = theory.curvature,
                                   .slope_limits = limits,
                                   .fixed_knot = place,
                                   .fixed_knot_count = held,
                                   .work = -1,
                                   .interrupted = options->interrupted,
                                   .interrupted_context = options->interrupted_context};
    crease_knots_result result;
    crease_net *made = NULL;
    crease_status status = crease_knots_fit(data, &chosen, &result, error);
    if (status != CREASE_OK)
        return status;
    status = crease_pwl_to_net(result.pwl, &made, error);
    crease_knots_result_clear(&result);
    if (status == CREASE_OK) {
        crease_net_free(*net);
        *net = made;
    }
    return status;
}

typedef struct fitting {
    const savings_solution *solution;
    savings_object object;
    savings_fit_options options;
    crease_net *net;
    crease_data data;
    double *place; /* of the hinges that are held */
    size_t held;
    bool shaped;
} fitting;

static crease_status fit(fitting *f, crease_error *error) {
    crease_fit_result result = {0};
    const savings_fit_options *options = &f->options;
    crease_status status = CREASE_OK;
    f->shaped = options->shape && is_relu_on_a_line(f->net);
    if (f->shaped)
        return fit_shaped(f->solution, f->object, &f->net, &f->data, f->place, f->held, &options->fit, error);
    if (f->held > 0)
        status = savings_fit_held(f->net, &f->data, f->place, f->held, &options->fit, error);
    else
        status = crease_fit(f->net, &f->data, &options->fit, &result, error);
    crease_fit_result_clear(&result);
    if (status == CREASE_OK && options->goal == SAVINGS_LEAST_EULER)
        status = savings_minimise_euler(f->solution, f->net, f->data.n, f->data.x, f->place, f->held, .1,
                                        &options->fit, error);
    return status;
}

static crease_status check(const savings_solution *solution, savings_object object,
                           const savings_fit_options *options, crease_error *error) {
    if (!savings_object_exists(solution->model, object))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s belongs to models B, K3 and D1; model %s has none",
                           savings_object_name(object), savings_model_name(solution->model));
    if (options->goal == SAVINGS_LEAST_EULER && object != SAVINGS_CONSUMPTION)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "Euler errors can be minimised for a policy, the object c, not for %s",
                           savings_object_name(object));
    return CREASE_OK;
}

/* The net, where its hinges are held, and the rows to fit to. */
static crease_status prepare(fitting *f, const char *spec, sampling *rows, crease_error *error) {
    crease_status status = crease_net_parse(spec, 1, 1, &f->net, error);
    if (status == CREASE_OK)
        status = check(f->solution, f->object, &f->options, error);
    if (status == CREASE_OK && f->options.hold_kink) {
        f->held = savings_count_hinges(f->net);
        f->place = calloc(f->held + 1, sizeof *f->place);
        status = f->place ? place_hinges(f->solution, f->object, f->net, f->place, f->held, error)
                          : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu hinges", f->held);
    }
    if (status != CREASE_OK)
        return status;
    rows->of_shares = is_of_shares(f->solution, f->object);
    rows->n = f->options.points ? f->options.points : rows->of_shares ? 400 : 200;
    rows->kinks = rows->of_shares && f->object == SAVINGS_CONSUMPTION ? f->held : 0;
    status = sample(f->solution, f->object, rows, f->place, error);
    f->data =
        (crease_data){.n = rows->n + rows->kinks, .inputs = 1, .outputs = 1, .x = rows->x, .y = rows->y};
    if (rows->of_shares)
        f->data.weight = rows->weight;
    return status;
}

crease_status savings_fit(const savings_solution *solution, savings_object object, const char *spec,
                          const savings_fit_options *options, savings_fit_row *row, crease_error *error) {
    fitting f = {.solution = solution, .object = object};
    sampling rows = {0};
    double started = omp_get_wtime();
    if (options)
        f.options = *options;
    *row = (savings_fit_row){0};
    crease_status status = prepare(&f, spec, &rows, error);
    if (status == CREASE_OK)
        status = fit(&f, error);
    if (status == CREASE_OK) {
        double seconds = omp_get_wtime() - started;
        status = savings_judge(solution, object, f.net, row, error);
        f.net = NULL; /* the row has it, or it is freed */
        row->seconds = seconds;
        row->fitted = true;
        row->held = f.held > 0;
        row->n_held = f.held;
        row->shaped = f.shaped;
        row->goal = f.options.goal;
        row->n_free -= status == CREASE_OK ? f.held : 0;
    }
    crease_net_free(f.net);
    free(f.place);
    free(rows.x);
    return status;
}
