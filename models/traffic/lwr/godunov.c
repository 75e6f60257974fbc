/* Godunov's scheme as a method of lines: explicit Euler at a fixed Courant number, the third-order method of Shu & Osher
 * (1988), u1 = u + k L(u), u2 = 3/4 u + (u1 + k L(u1))/4, u' = u/3 + 2/3 (u2 + k L(u2)), or gsl_odeiv2. Limits and inflows
 * are constant in between the times at which one of them changes. */
#include "traffic/lwr/godunov.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char godunov_steppers[] = "euler, ssp3, rk2, rk4, rkf45, rkck, rk8pd and msadams";

typedef struct scheme {
    const lwr_problem *problem;
    const godunov_options *options;
    godunov_result *result;
    size_t cells;
    double width, left, right; /* densities beyond the ends of a line */
    double *u, *rate, *stage;
    lwr_cursor *cursor; /* of the places, then of the inflow and the outflow */
    size_t *border;     /* of the places: 0 .. cells */
    double *limit;      /* of every border, cells + 1 */
    double inflow, outflow, waiting;
    double in, out;        /* flows at the ends, of the last call */
    double speed;          /* largest wave speed between the densities that can occur */
    bool rises_then_falls; /* the flux between the densities that can occur */
} scheme;

static const gsl_odeiv2_step_type *stepper_named(const char *name) {
    const struct {
        const char *name;
        const gsl_odeiv2_step_type *type;
    } known[] = {{"rk2", gsl_odeiv2_step_rk2},     {"rk4", gsl_odeiv2_step_rk4},
                 {"rkf45", gsl_odeiv2_step_rkf45}, {"rkck", gsl_odeiv2_step_rkck},
                 {"rk8pd", gsl_odeiv2_step_rk8pd}, {"msadams", gsl_odeiv2_step_msadams}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].type;
    return NULL;
}

bool godunov_knows(const char *stepper) {
    return strcmp(stepper, "euler") == 0 || strcmp(stepper, "ssp3") == 0 || stepper_named(stepper);
}

/* Largest flow that the road can send from, or take at, a density. */
static double end_flow(const scheme *g, bool entry, double u) {
    const lwr_flux *f = g->problem->flux;
    if (!entry)
        return fmin(g->outflow, lwr_flux_godunov(f, u, f->critical_density));
    const double demand = g->waiting > 0 ? INFINITY : g->inflow;
    return fmin(demand, lwr_flux_godunov(f, f->critical_density, u));
}

/* A density with what it can send on and take in: the parts of Godunov's flow where the flux rises, then falls. */
typedef struct side {
    double u, sends, takes;
} side;

static side side_of(const scheme *g, double u) {
    const lwr_flux *f = g->problem->flux;
    if (!g->rises_then_falls)
        return (side){u, 0, 0};
    const double q = lwr_flux_at(f, u);
    const bool free = u < f->critical_density;
    return (side){u, free ? q : f->capacity, free ? f->capacity : q};
}

static double flow_between(const scheme *g, side a, side b) {
    return g->rises_then_falls ? fmin(a.sends, b.takes) : lwr_flux_godunov(g->problem->flux, a.u, b.u);
}

/* Smallest of the flows that a limit, the Riemann problem and the ends allow. */
static void rates(scheme *g, const double *u, double *rate) {
    const lwr_problem *p = g->problem;
    const size_t n = g->cells;
    const bool ring = p->domain == LWR_RING, road = p->domain == LWR_ROAD;
    side here = side_of(g, u[0]);
    double before = road ? end_flow(g, true, u[0])
                         : fmin(g->limit[0], flow_between(g, side_of(g, ring ? u[n - 1] : g->left), here));
    g->in = before;
    for (size_t i = 0; i < n; i++) {
        double after;
        if (i + 1 < n) {
            const side next = side_of(g, u[i + 1]);
            after = fmin(g->limit[i + 1], flow_between(g, here, next));
            here = next;
        } else if (ring)
            after = g->in;
        else
            after = road ? end_flow(g, false, u[i])
                         : fmin(g->limit[n], flow_between(g, here, side_of(g, g->right)));
        rate[i] = (before - after) / g->width;
        before = after;
    }
    g->out = before;
    g->result->calls++;
}

/* Flow through the ends during a step. */
static void account(scheme *g, double in, double out, double step) {
    g->result->net_inflow += (in - out) * step;
    if (g->problem->domain == LWR_ROAD && g->inflow < INFINITY)
        g->waiting = fmax(g->waiting + (g->inflow - in) * step, 0);
}

static void euler(scheme *g, double step) {
    rates(g, g->u, g->rate);
    for (size_t i = 0; i < g->cells; i++)
        g->u[i] += step * g->rate[i];
    account(g, g->in, g->out, step);
}

static void ssp3(scheme *g, double step) {
    static const double keep[3] = {0, .75, 1. / 3}, weight[3] = {1. / 6, 1. / 6, 2. / 3};
    double in = 0, out = 0;
    memcpy(g->stage, g->u, g->cells * sizeof *g->u);
    for (int k = 0; k < 3; k++) {
        rates(g, g->stage, g->rate);
        in += weight[k] * g->in;
        out += weight[k] * g->out;
        for (size_t i = 0; i < g->cells; i++)
            g->stage[i] = keep[k] * g->u[i] + (1 - keep[k]) * (g->stage[i] + step * g->rate[i]);
    }
    memcpy(g->u, g->stage, g->cells * sizeof *g->u);
    account(g, in, out, step);
}

/* For gsl_odeiv2 the flow through the ends is one more unknown. */
static int right_hand_side(double t, const double y[], double dydt[], void *context) {
    scheme *g = context;
    (void)t;
    rates(g, y, dydt);
    dydt[g->cells] = g->in - g->out;
    dydt[g->cells + 1] = g->in;
    return GSL_SUCCESS;
}

static bool asked_to_stop(const scheme *g) {
    return g->options->interrupted && g->options->interrupted(g->options->context);
}

static void end_step(scheme *g, double t) {
    g->result->steps++;
    g->result->time = t;
    if (g->options->step)
        g->options->step(g->options->context, t, g->u);
}

static crease_status drive(scheme *g, const gsl_odeiv2_step_type *type, double from, double to,
                           crease_error *error) {
    const double tolerance = g->options->tolerance > 0 ? g->options->tolerance : 1e-6;
    gsl_odeiv2_system system = {right_hand_side, NULL, g->cells + 2, g};
    double t = from, h = .1 * g->width / g->speed;
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(&system, type, h, tolerance, tolerance);
    int code = GSL_SUCCESS;
    if (!driver)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu cells", g->cells);
    g->u[g->cells] = g->u[g->cells + 1] = 0;
    while (t < to && code == GSL_SUCCESS && !asked_to_stop(g)) {
        code = gsl_odeiv2_evolve_apply(driver->e, driver->c, driver->s, &system, &t, to, &h, g->u);
        end_step(g, t);
    }
    gsl_odeiv2_driver_free(driver);
    g->result->net_inflow += g->u[g->cells];
    if (g->problem->domain == LWR_ROAD && g->inflow < INFINITY)
        g->waiting = fmax(g->waiting + g->inflow * (t - from) - g->u[g->cells + 1], 0);
    if (code != GSL_SUCCESS)
        return crease_fail(error, CREASE_INTERNAL, "gsl_odeiv2 gives up at %g h: %s", t, gsl_strerror(code));
    return CREASE_OK;
}

/* From one change of a limit to the next. */
static crease_status stretch(scheme *g, double from, double to, crease_error *error) {
    const char *name = g->options->stepper ? g->options->stepper : "euler";
    const gsl_odeiv2_step_type *type = stepper_named(name);
    if (type)
        return drive(g, type, from, to, error);
    const double cfl = g->options->cfl > 0 ? g->options->cfl : .95;
    const double steps = fmax(ceil((to - from) * g->speed / (cfl * g->width)), 1), step = (to - from) / steps;
    for (double i = 0; i < steps; i++) {
        if (asked_to_stop(g))
            return CREASE_OK;
        if (strcmp(name, "ssp3") == 0)
            ssp3(g, step);
        else
            euler(g, step);
        end_step(g, from + (i + 1) * step);
    }
    return CREASE_OK;
}

/* Limits now and the time at which the first of them changes. */
static double set_limits(scheme *g) {
    const lwr_problem *p = g->problem;
    const size_t n = p->place_count;
    double next = fmin(g->cursor[n].next, g->cursor[n + 1].next);
    for (size_t i = 0; i <= g->cells; i++)
        g->limit[i] = INFINITY;
    for (size_t i = 0; i < n; i++) {
        g->limit[g->border[i]] = fmin(g->limit[g->border[i]], g->cursor[i].value);
        next = fmin(next, g->cursor[i].next);
    }
    g->inflow = g->cursor[n].value;
    g->outflow = g->cursor[n + 1].value;
    return next;
}

static const lwr_schedule *schedule(const lwr_problem *p, size_t i) {
    return i < p->place_count ? &p->place[i].limit : i == p->place_count ? &p->inflow : &p->outflow;
}

static crease_status run(scheme *g, double time, crease_error *error) {
    const lwr_problem *p = g->problem;
    for (size_t i = 0; i < p->place_count + 2; i++)
        lwr_cursor_start(schedule(p, i), &g->cursor[i]);
    for (double t = 0; t < time;) {
        const double next = fmin(set_limits(g), time);
        const crease_status status = stretch(g, t, next, error);
        if (status != CREASE_OK || (g->result->time < next && asked_to_stop(g)))
            return status;
        for (size_t i = 0; i < p->place_count + 2; i++)
            while (g->cursor[i].next <= next)
                lwr_cursor_step(schedule(p, i), &g->cursor[i]);
        t = g->result->time = next;
    }
    return CREASE_OK;
}

/* The largest wave speed between the least and the largest density; places and ends make any physical one. */
static void find_speed(scheme *g, const lwr_profile *initial) {
    const lwr_flux *f = g->problem->flux;
    double low = fmin(g->left, g->right), high = fmax(g->left, g->right);
    for (size_t i = 0; i < initial->count; i++) {
        low = fmin(low, initial->density[i]);
        high = fmax(high, initial->density[i]);
    }
    if (g->problem->place_count > 0 || g->problem->domain == LWR_ROAD) {
        low = fmin(low, 0);
        high = fmax(high, f->jam_density);
    }
    g->rises_then_falls = f->concave && low >= 0 && !isnan(f->critical_density);
    g->speed = 0;
    for (size_t i = 0; i <= f->pwl->knot_count; i++)
        if ((i == 0 || f->pwl->x[i - 1] <= high) && (i == f->pwl->knot_count || f->pwl->x[i] >= low))
            g->speed = fmax(g->speed, fabs(f->slope[i]));
}

static crease_status check(const lwr_problem *p, const godunov_options *o, crease_error *error) {
    lwr_solution *s = NULL; /* it refuses what has no meaning */
    const crease_status status = lwr_solution_new(p, NULL, &s, error);
    lwr_solution_free(s);
    if (status != CREASE_OK)
        return status;
    if (o->stepper && !godunov_knows(o->stepper))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no stepper '%s'; there are %s", o->stepper,
                           godunov_steppers);
    if (!(o->cfl >= 0 && o->cfl <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a Courant number of %g is not in (0, 1]", o->cfl);
    if (o->cells == 0 || o->cells > SIZE_MAX / 64)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there must be cells");
    for (size_t i = 0; i < p->place_count; i++)
        if (p->place[i].speed > 0)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "cells cannot follow a place that moves; take front tracking for it");
    return CREASE_OK;
}

static crease_status begin(scheme *g, crease_error *error) {
    const lwr_problem *p = g->problem;
    lwr_profile initial;
    const crease_status status = lwr_problem_profile(p, &initial, error);
    if (status != CREASE_OK)
        return status;
    lwr_profile_averages(&initial, g->cells, g->u);
    g->left = p->domain == LWR_LINE ? p->density[0] : g->u[0];
    g->right = p->domain == LWR_LINE ? p->density[p->count - 1] : g->u[0];
    find_speed(g, &initial);
    lwr_profile_clear(&initial);
    for (size_t i = 0; i < p->place_count; i++) {
        const double border = round((p->place[i].x - p->low) / g->width);
        g->border[i] = (size_t)fmin(fmax(border, 0), (double)g->cells);
        if (p->domain == LWR_RING && g->border[i] == g->cells)
            g->border[i] = 0;
    }
    return CREASE_OK;
}

crease_status godunov_solve(const lwr_problem *problem, const godunov_options *options, double time,
                            double *average, godunov_result *result, crease_error *error) {
    *result = (godunov_result){0};
    crease_status status = check(problem, options, error);
    if (status != CREASE_OK)
        return status;
    const size_t n = options->cells, places = problem->place_count;
    double *memory = malloc((4 * n + 8) * sizeof *memory);
    scheme g = {.problem = problem,
                .options = options,
                .result = result,
                .cells = n,
                .width = (problem->high - problem->low) / (double)n,
                .cursor = calloc(places + 2, sizeof *g.cursor),
                .border = calloc(places + 1, sizeof *g.border)};
    if (!memory || !g.cursor || !g.border)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu cells", n);
    if (status == CREASE_OK) {
        g.u = memory; /* two more for gsl_odeiv2 */
        g.rate = memory + n + 2;
        g.stage = memory + 2 * n + 4;
        g.limit = memory + 3 * n + 6;
        status = begin(&g, error);
    }
    if (status == CREASE_OK)
        status = run(&g, time, error);
    if (status == CREASE_OK) {
        memcpy(average, g.u, n * sizeof *average);
        result->waiting = g.waiting;
    }
    free(memory);
    free(g.cursor);
    free(g.border);
    return status;
}
