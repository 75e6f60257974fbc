/* Robustness at a point. What must stay positive, with y0 = y(x) exactly:
 *
 *   tolerance  T - (y_k - y0_k) and T + (y_k - y0_k) for each output     class  y_c - y_j for each other output j
 *
 * Each row's margin over a bound of its slope is a safe radius; the smallest of all rows counts. */
#include "crease/robust.h"
#include "regions/rational.h"
#include "specification/number.h"
#include "verify/ball.h"
#include "verify/extreme.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* All that the three radii need. */
typedef struct robust_run {
    const crease_net *net;
    const crease_robust_options *options;
    crease_robust_result *result;
    crease_chain *chain;
    crease_ball_rows rows;
    crease_question box;
    mpq_t *at, *y;          /* inputs, outputs; y: of smooth nets not used */
    double *y_low, *y_high; /* outputs around y */
    double *below, *above, *nearest, *start;
    void *memory;
} robust_run;

void crease_robust_result_clear(crease_robust_result *result) {
    free(result->output);
    free(result->gain);
    free(result->offset);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        free(result->ball[n].witness);
    *result = (crease_robust_result){0};
}

static crease_status allocate_result(const crease_net *net, crease_robust_result *result,
                                     crease_error *error) {
    *result = (crease_robust_result){.inputs = net->inputs, .outputs = net->outputs};
    result->output = calloc(net->outputs, sizeof(double));
    result->gain = calloc(net->outputs * net->inputs, sizeof(double));
    result->offset = calloc(net->outputs, sizeof(double));
    bool room = result->output && result->gain && result->offset;
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        room = (result->ball[n].witness = calloc(net->inputs, sizeof(double))) && room;
    return room ? CREASE_OK
                : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu inputs", net->inputs);
}

static crease_status allocate_run(robust_run *run, crease_error *error) {
    size_t d = run->net->inputs, m = run->net->outputs, rows = run->options->tolerance > 0 ? 2 * m : m - 1;
    run->rows.count = rows;
    run->memory = calloc(rows * (m + 3 + d) + 7 * d + 2 * m + 1, sizeof(double));
    run->rows.exact = crease_rationals_new(rows);
    run->at = crease_rationals_new(d);
    run->y = crease_rationals_new(m);
    if (!run->memory || !run->rows.exact || !run->at || !run->y)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu inputs", d);
    double *next = run->memory;
    run->rows.outputs = next;
    run->rows.constant = run->rows.outputs + rows * m;
    run->rows.constant_above = run->rows.constant + rows;
    run->rows.margin = run->rows.constant_above + rows;
    run->start = run->rows.margin + rows;
    next = run->start + rows * d;
    double **vectors[] = {&run->below,  &run->above,     &run->nearest, &run->box.lo,
                          &run->box.hi, &run->box.least, &run->box.most};
    for (size_t i = 0; i < 7; i++, next += d)
        *vectors[i] = next;
    run->y_low = next;
    run->y_high = next + m;
    return CREASE_OK;
}

static void clear_run(robust_run *run) {
    crease_chain_free(run->chain);
    crease_rationals_free(run->rows.exact, run->rows.count);
    crease_rationals_free(run->at, run->net->inputs);
    crease_rationals_free(run->y, run->net->outputs);
    free(run->memory);
}

/* ---- the point, what counts, the values ---- */

static crease_status take_point(robust_run *run, const crease_number *at, crease_error *error) {
    const crease_robust_options *options = run->options;
    crease_status status = CREASE_OK;
    mpq_t low, high;
    mpq_inits(low, high, NULL);
    run->box.inputs = run->net->inputs;
    run->box.outputs = run->net->outputs;
    for (size_t j = 0; j < run->net->inputs && status == CREASE_OK; j++) {
        crease_number_get(&at[j], run->at[j]);
        run->below[j] = at[j].below;
        run->above[j] = at[j].above;
        run->nearest[j] = crease_rational_nearest(run->at[j]);
        run->box.lo[j] = run->box.least[j] = -INFINITY;
        run->box.hi[j] = run->box.most[j] = INFINITY;
        if (!options->lower)
            continue;
        crease_number_get(&options->lower[j], low);
        crease_number_get(&options->upper[j], high);
        if (mpq_cmp(run->at[j], low) < 0 || mpq_cmp(run->at[j], high) > 0)
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "input %zu of the point, %s, lies outside the box from %s to %s", j + 1,
                                 at[j].text, options->lower[j].text, options->upper[j].text);
        run->box.lo[j] = options->lower[j].below;
        run->box.least[j] = options->lower[j].above;
        run->box.hi[j] = options->upper[j].above;
        run->box.most[j] = options->upper[j].below;
    }
    mpq_clears(low, high, NULL);
    return status;
}

/* A smooth net: derivative and values, which are enclosed by bounds over the one point. */
static crease_status smooth_map(robust_run *run, crease_error *error) {
    const crease_net *net = run->net;
    crease_robust_result *result = run->result;
    crease_work *work = NULL;
    crease_magnitude magnitude = {0};
    crease_bounder bounder = {0};
    crease_state state = {0};
    crease_status status = crease_work_new(net, &work, error);
    if (status == CREASE_OK)
        status = crease_magnitude_new(run->chain, &magnitude, error);
    if (status == CREASE_OK)
        status = crease_bounder_new(run->chain, &magnitude, &bounder, error);
    if (status == CREASE_OK)
        status = crease_state_new(run->chain, &state, error);
    if (status == CREASE_OK) {
        crease_net_local_affine(net, work, run->nearest, result->gain, result->offset);
        crease_net_evaluate(net, NULL, work, 1, run->nearest, result->output);
        memcpy(state.lo, run->below, net->inputs * sizeof(double));
        memcpy(state.hi, run->above, net->inputs * sizeof(double));
        crease_bounder_root(&bounder, &state, NULL);
    }
    for (size_t k = 0; k < net->outputs && status == CREASE_OK; k++) {
        memset(bounder.coefficients, 0, net->outputs * sizeof(double));
        bounder.coefficients[k] = 1;
        run->y_low[k] = crease_bounder_output(&bounder, &state, bounder.coefficients, NULL, NULL, NULL);
        bounder.coefficients[k] = -1;
        run->y_high[k] = -crease_bounder_output(&bounder, &state, bounder.coefficients, NULL, NULL, NULL);
        if (!isfinite(run->y_low[k]) || !isfinite(run->y_high[k]))
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "the network's values there are beyond the range of doubles");
        if (result->output[k] > result->output[result->largest])
            result->largest = k;
    }
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        result->cell_radius[n] = 0;
    crease_state_clear(&state);
    crease_bounder_clear(&bounder);
    crease_magnitude_clear(&magnitude);
    crease_work_free(work);
    return status;
}

static crease_status exact_map(robust_run *run, crease_error *error) {
    crease_status status = crease_ball_cell(run->net, (const mpq_t *)run->at, run->result, run->y, error);
    for (size_t k = 0; k < run->net->outputs && status == CREASE_OK; k++) {
        run->y_low[k] = crease_rational_below(run->y[k]);
        run->y_high[k] = crease_rational_above(run->y[k]);
        if (!isfinite(run->y_low[k]) || !isfinite(run->y_high[k]))
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "the network's values there are beyond the range of doubles");
    }
    run->result->has_cell = true;
    return status;
}

/* ---- rows ---- */

/* T + sign y0 for output k, and its margin T. */
static void tolerance_row(robust_run *run, size_t r, size_t k, double sign) {
    crease_ball_rows *rows = &run->rows;
    double tolerance = run->options->tolerance;
    rows->outputs[r * run->net->outputs + k] = -sign;
    rows->margin[r] = tolerance;
    if (run->result->has_cell) {
        mpq_set_d(rows->exact[r], tolerance);
        (sign > 0 ? mpq_add : mpq_sub)(rows->exact[r], rows->exact[r], run->y[k]);
        rows->constant[r] = crease_rational_below(rows->exact[r]);
        rows->constant_above[r] = crease_rational_above(rows->exact[r]);
        return;
    }
    rows->constant[r] = nextafter(tolerance + (sign > 0 ? run->y_low[k] : -run->y_high[k]), -INFINITY);
    rows->constant_above[r] = nextafter(tolerance + (sign > 0 ? run->y_high[k] : -run->y_low[k]), INFINITY);
}

static void class_row(robust_run *run, size_t r, size_t j) {
    crease_ball_rows *rows = &run->rows;
    size_t c = run->result->largest;
    rows->outputs[r * run->net->outputs + c] = 1;
    rows->outputs[r * run->net->outputs + j] = -1;
    if (run->result->has_cell) {
        mpq_sub(rows->exact[r], run->y[c], run->y[j]);
        rows->margin[r] = crease_rational_below(rows->exact[r]);
        mpq_set_ui(rows->exact[r], 0, 1);
    } else {
        rows->margin[r] = fmax(0, nextafter(run->y_low[c] - run->y_high[j], -INFINITY));
    }
}

static void make_rows(robust_run *run) {
    const crease_net *net = run->net;
    size_t m = net->outputs, d = net->inputs, r = 0;
    for (size_t k = 0; k < m; k++)
        if (run->options->tolerance > 0) {
            tolerance_row(run, r++, k, 1);
            tolerance_row(run, r++, k, -1);
        } else if (k != run->result->largest) {
            class_row(run, r++, k);
        }
    for (r = 0; r < run->rows.count; r++)
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < d; j++)
                run->start[r * d + j] += run->rows.outputs[r * m + k] * run->result->gain[k * d + j];
}

/* ---- radii ---- */

/* Rounded down; a slope that is no number bounds nothing. */
static double over(double margin, double slope, size_t inputs) {
    if (isnan(slope))
        return 0;
    return slope > 0 ? margin / slope * (1 - 0x1p-50 * (double)(inputs + 16)) : INFINITY;
}

/* The radii of the cell and of the global bound, and the constants. */
static crease_status simple_radii(robust_run *run, crease_error *error) {
    crease_robust_result *result = run->result;
    size_t m = result->outputs, d = result->inputs;
    double linear[CREASE_NORM_COUNT], bound[CREASE_NORM_COUNT], *w = calloc(m + 1, sizeof *w);
    crease_status status =
        w ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu outputs", m);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        linear[n] = result->radius_global[n] = INFINITY;
        for (size_t k = 0; k < m; k++)
            result->local_lipschitz[n] =
                fmax(result->local_lipschitz[n], crease_ball_dual((crease_norm)n, d, result->gain + k * d));
    }
    for (size_t k = 0; k < m && status == CREASE_OK; k++) {
        memset(w, 0, m * sizeof *w);
        w[k] = 1;
        status = crease_ball_global(run->net, w, bound, error);
        for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
            result->global_bound[n] = fmax(result->global_bound[n], bound[n]);
    }
    for (size_t r = 0; r < run->rows.count && status == CREASE_OK; r++) {
        status = crease_ball_global(run->net, run->rows.outputs + r * m, bound, error);
        for (size_t n = 0; n < CREASE_NORM_COUNT && status == CREASE_OK; n++) {
            double dual = crease_ball_dual((crease_norm)n, d, run->start + r * d);
            linear[n] = fmin(linear[n], over(run->rows.margin[r], dual, d));
            result->radius_global[n] = fmin(result->radius_global[n], over(run->rows.margin[r], bound[n], d));
        }
    }
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        result->radius_cell[n] = fmin(linear[n], result->cell_radius[n] * (1 - 0x1p-48));
        result->cell_is_exact[n] =
            result->has_cell && isfinite(linear[n]) && linear[n] <= result->cell_radius[n];
    }
    free(w);
    return status;
}

/* A witness of one norm serves the others where it is nearer than theirs; and as ||s||_inf <= ||s||_2 <= ||s||_1, a safe
 * ball of the first holds those of the others. */
static void share_findings(robust_run *run) {
    crease_robust_result *result = run->result;
    size_t d = result->inputs;
    double slack = 0x1p-50 * (double)(d + 16), *step = run->below; /* which is not needed any more */
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        for (size_t other = 0; other < CREASE_NORM_COUNT; other++) {
            crease_ball *ball = &result->ball[n];
            const crease_ball *from = &result->ball[other];
            for (size_t j = 0; j < d && from->found; j++)
                step[j] = fabs(from->witness[j] - run->nearest[j]) + 0x1p-52 * fabs(run->nearest[j]);
            double distance =
                from->found ? crease_ball_norm((crease_norm)n, d, step) * (1 + slack) : INFINITY;
            if (distance < ball->distance) {
                ball->distance = distance;
                ball->found = true;
                memcpy(ball->witness, from->witness, d * sizeof(double));
            }
        }
    for (size_t n = CREASE_NORM_COUNT - 1; n-- > 0;)
        if (isfinite(result->ball[n + 1].radius) && !result->ball[n].everywhere)
            result->ball[n].radius = fmax(result->ball[n].radius, result->ball[n + 1].radius);
    double gap = run->options->gap > 0 ? run->options->gap : 1e-6;
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        crease_ball *ball = &result->ball[n];
        if (ball->everywhere)
            continue;
        ball->radius = fmin(ball->radius, ball->distance);
        if (ball->found && ball->distance - ball->radius <= gap * ball->distance) {
            ball->certified = true;
            ball->why = NULL;
        }
    }
}

static crease_status find_balls(robust_run *run, crease_error *error) {
    const crease_robust_options *options = run->options;
    crease_robust_result *result = run->result;
    crease_status status = CREASE_OK;
    size_t threads = options->threads ? options->threads : (size_t)omp_get_max_threads();
    threads = threads < CREASE_NORM_COUNT ? threads : CREASE_NORM_COUNT;
    size_t rounds = (CREASE_NORM_COUNT + threads - 1) / threads;
    double share = options->timeout > 0 ? options->timeout / (double)rounds : INFINITY;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++) {
        crease_error own = {0};
        crease_ball_task task = {.net = run->net,
                                 .chain = run->chain,
                                 .box = &run->box,
                                 .rows = &run->rows,
                                 .below = run->below,
                                 .above = run->above,
                                 .at = run->nearest,
                                 .start = run->start,
                                 .known = fmax(result->radius_cell[n], result->radius_global[n]),
                                 .options = options,
                                 .norm = (crease_norm)n,
                                 .deadline = omp_get_wtime() + share,
                                 .ball = &result->ball[n]};
        crease_status of_ball = crease_ball_find(&task, &own);
#pragma omp critical(crease_robust_balls)
        if (of_ball != CREASE_OK && status == CREASE_OK) {
            status = of_ball;
            if (error)
                *error = own;
        }
    }
    if (status == CREASE_OK)
        share_findings(run);
    for (size_t n = 0; n < CREASE_NORM_COUNT && status == CREASE_OK; n++)
        result->interrupted =
            result->interrupted || (result->ball[n].why && strcmp(result->ball[n].why, "interrupted") == 0);
    return status;
}

crease_status crease_robust(const crease_net *net, const crease_number *at,
                            const crease_robust_options *options, crease_robust_result *result,
                            crease_error *error) {
    double begin = omp_get_wtime();
    robust_run run = {.net = net, .options = options, .result = result};
    crease_status status = allocate_result(net, result, error);
    if (status == CREASE_OK && !(options->tolerance >= 0 && isfinite(options->tolerance)))
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the tolerance must be a positive number");
    if (status == CREASE_OK && options->tolerance == 0 && net->outputs < 2)
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "a class needs several outputs, and the network has one; give a tolerance");
    if (status != CREASE_OK)
        return status;
    status = allocate_run(&run, error);
    if (status == CREASE_OK)
        status = take_point(&run, at, error);
    if (status == CREASE_OK)
        status = crease_chain_new(net, &run.chain, error);
    if (status == CREASE_OK)
        status = run.chain->straight ? exact_map(&run, error) : smooth_map(&run, error);
    if (status == CREASE_OK) {
        make_rows(&run);
        status = simple_radii(&run, error);
    }
    if (status == CREASE_OK)
        status = find_balls(&run, error);
    clear_run(&run);
    result->seconds = omp_get_wtime() - begin;
    return status;
}
