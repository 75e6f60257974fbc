/* State: s_0 .. s_{N-1}, for order 2 then v, and x_0 last: spacings rather than positions, which grow and whose
 * differences would be noise on the kinks. x_i = x_0 + s_0 + .. + s_{i-1}, s_i' = v_{i+1} - v_i. Surfaces of car i:
 *   2i      (s_i - sj) / Tg          kink: the first ReLU of V
 *   2i + 1  (s_i - sj) / Tg - vmax   kink: the second
 *   2N + i  s_i - vehicle length     event, downward
 * V by the sides: 0, z, or vmax. */
#include "traffic/ring/ring.h"
#include <math.h>
#include <stdlib.h>

struct ring_motion {
    ring_problem problem;
    crease_ode *ode;
    crease_ode_surface *surface;
    double *state, *slope; /* of crease_ode_at: dimension each */
    double *before;        /* for the summary: 2 N */
    bool full;             /* all steps together are too large */
};

static double between(const ring_problem *p, const double *x, size_t i) {
    return i + 1 < p->vehicles ? x[i + 1] - x[i] : x[0] + (p->length - x[i]);
}

static double allowed(const ring_problem *p, const double *y, const bool *above, size_t i) {
    if (!above[2 * i])
        return 0;
    return above[2 * i + 1] ? p->law.speed : (y[i] - p->law.standstill) / p->law.gap_time;
}

static int field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const ring_problem *p = context;
    const size_t n = p->vehicles;
    (void)t;
    for (size_t i = 0; i < n && p->law.order == 2; i++) {
        dydt[i] = y[n + (i + 1) % n] - y[n + i];
        dydt[n + i] = (allowed(p, y, above, i) - y[n + i]) / p->law.tau;
    }
    if (p->law.order == 2) {
        dydt[2 * n] = y[n];
        return 0;
    }
    const double first = allowed(p, y, above, 0);
    double own = first;
    for (size_t i = 0; i < n; i++) {
        const double next = i + 1 < n ? allowed(p, y, above, i + 1) : first;
        dydt[i] = next - own;
        own = next;
    }
    dydt[n] = first;
    return 0;
}

static int surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    const ring_problem *p = context;
    const size_t n = p->vehicles;
    (void)t;
    (void)above;
    for (size_t i = 0; i < n; i++) {
        z[2 * i] = (y[i] - p->law.standstill) / p->law.gap_time;
        z[2 * i + 1] = z[2 * i] - p->law.speed;
        z[2 * n + i] = y[i] - p->vehicle;
    }
    return 0;
}

static int surface_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                         void *context) {
    const ring_problem *p = context;
    const size_t n = p->vehicles;
    (void)t;
    (void)y;
    (void)above;
    for (size_t i = 0; i < n; i++) {
        rate[2 * i] = rate[2 * i + 1] = dydt[i] / p->law.gap_time;
        rate[2 * n + i] = dydt[i];
    }
    return 0;
}

/* All steps are kept, so that they can be asked about. */
static bool is_to_end(void *context) {
    ring_motion *m = context;
    const size_t n = m->problem.vehicles,
                 step = (n * (size_t)m->problem.law.order + 1) * sizeof(double) + 6 * n * sizeof(bool);
    m->full = m->ode && crease_ode_statistics_of(m->ode).steps >= RING_MOST_BYTES / step;
    return m->full || (m->problem.interrupted && m->problem.interrupted(NULL));
}

static crease_status check(const ring_problem *p, const double *x, const double *v, crease_error *error) {
    const crease_status status = follow_check(&p->law, error);
    if (status != CREASE_OK)
        return status;
    if (p->vehicles < 1 || p->vehicles > RING_MOST_VEHICLES)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a ring takes 1 to %d vehicles, not %zu",
                           RING_MOST_VEHICLES, p->vehicles);
    if (!(p->length > 0 && p->length <= 1e9) || !(p->vehicle >= 0) || !isfinite(p->vehicle))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a ring of %g m with vehicles of %g m does not exist; its length is above 0, at "
                           "most 1e9 m",
                           p->length, p->vehicle);
    for (size_t i = 0; i < p->vehicles; i++) {
        if (!isfinite(x[i]) || (v && !(v[i] >= 0 && v[i] <= 1e9)))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "vehicle %zu starts at %g m with %g m/s", i + 1,
                               x[i], v ? v[i] : 0.);
        if (!(between(p, x, i) > p->vehicle))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "vehicle %zu starts %g m behind the next, within its length of %g m; take fewer "
                "vehicles, a longer ring or a smaller perturbation",
                i + 1, between(p, x, i), p->vehicle);
    }
    return CREASE_OK;
}

static crease_status prepare(ring_motion *m, const double *x, const double *v, crease_error *error) {
    const ring_problem *p = &m->problem;
    const size_t n = p->vehicles, dimension = n * (size_t)p->law.order + 1;
    m->surface = calloc(3 * n, sizeof *m->surface);
    m->state = calloc(2 * dimension, sizeof *m->state);
    m->before = calloc(2 * n, sizeof *m->before);
    if (!m->surface || !m->state || !m->before)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a ring of %zu vehicles", n);
    m->slope = m->state + dimension;
    for (size_t i = 0; i < n; i++)
        m->surface[2 * n + i] = (crease_ode_surface){CREASE_ODE_EVENT, -1, p->stop};
    for (size_t i = 0; i < n; i++) {
        m->state[i] = between(p, x, i);
        if (p->law.order == 2)
            m->state[n + i] = v ? v[i] : follow_speed(&p->law, p->length / (double)n);
    }
    m->state[dimension - 1] = x[0];
    const crease_ode_system system = {.dimension = dimension,
                                      .surface_count = 3 * n,
                                      .surface = m->surface,
                                      .field = field,
                                      .surfaces = surfaces,
                                      .surface_rates = surface_rates,
                                      .context = &m->problem};
    /* a motion that stands still takes ever longer steps; one as long as the driver's own times is enough */
    const crease_ode_options options = {.tolerance = p->tolerance > 0 ? p->tolerance : 1e-10,
                                        .largest_step = 10 * p->law.gap_time,
                                        .interrupted = is_to_end,
                                        .interrupted_context = m};
    return crease_ode_new(&system, &options, 0, m->state, &m->ode, error);
}

crease_status ring_motion_new(const ring_problem *problem, const double *x, const double *v,
                              ring_motion **motion, crease_error *error) {
    crease_status status = check(problem, x, v, error);
    if (status != CREASE_OK)
        return status;
    ring_motion *m = calloc(1, sizeof *m);
    if (!m)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a ring");
    m->problem = *problem;
    status = prepare(m, x, v, error);
    if (status != CREASE_OK)
        ring_motion_free(m);
    else
        *motion = m;
    return status;
}

void ring_motion_free(ring_motion *m) {
    if (!m)
        return;
    crease_ode_free(m->ode);
    free(m->surface);
    free(m->state);
    free(m->before);
    free(m);
}

crease_status ring_motion_advance(ring_motion *m, double t, crease_ode_end *end, crease_error *error) {
    const crease_status status = crease_ode_advance(m->ode, t, end, error);
    if (status == CREASE_OK && m->full)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the motion of %zu vehicles takes more than %zu GB until %g s; take fewer vehicles or a "
            "shorter time",
            m->problem.vehicles, RING_MOST_BYTES >> 30, crease_ode_time(m->ode));
    return status;
}

double ring_motion_time(const ring_motion *m) {
    return crease_ode_time(m->ode);
}

void ring_motion_at(ring_motion *m, double t, double *x, double *v, double *spacing) {
    const ring_problem *p = &m->problem;
    const size_t n = p->vehicles;
    const double *s = m->state;
    crease_ode_at(m->ode, t, m->state, NULL, NULL);
    double place = s[n * (size_t)p->law.order];
    for (size_t i = 0; i < n; i++) {
        if (x)
            x[i] = place;
        if (v)
            v[i] = p->law.order == 2 ? s[n + i] : follow_speed(&p->law, s[i]);
        if (spacing)
            spacing[i] = s[i];
        place += s[i];
    }
}

/* ---- summary ---- */

/* Least value on [0, h] of the cubic with these ends and slopes, and where. */
static double least_of_cubic(double h, double a, double da, double b, double db, double *where) {
    double least = a <= b ? a : b;
    *where = a <= b ? 0 : h;
    /* in u = t / h: a + c u + q u^2 + p u^3 */
    const double c = h * da, q = 3 * (b - a) - h * (2 * da + db), p = 2 * (a - b) + h * (da + db);
    const double discriminant = q * q - 3 * p * c;
    if (!(discriminant > 0))
        return least;
    /* the minimum is where the second derivative, 2 sqrt(discriminant), is positive */
    const double root = sqrt(discriminant), u = q > 0 ? -c / (q + root) : (root - q) / (3 * p);
    if (!(u > 0 && u < 1))
        return least;
    const double value = a + u * (c + u * (q + u * p));
    if (value < least) {
        least = value;
        *where = u * h;
    }
    return least;
}

static void count_crossings(const ring_motion *m, ring_summary *s) {
    size_t count;
    const size_t n = m->problem.vehicles;
    const crease_ode_crossing *crossing = crease_ode_crossings(m->ode, &count);
    for (size_t i = 0; i < count; i++) {
        const bool kink = crossing[i].surface < 2 * n;
        if (kink && s->kinks++ == 0)
            s->first_kink = crossing[i].t;
        if (!kink && s->collisions++ == 0) {
            s->first_collision = crossing[i].t;
            s->first_collided = crossing[i].surface - 2 * n;
        }
    }
}

typedef struct place {
    double spacing, t;
    size_t vehicle;
} place;

static void take(place *p, double spacing, double t, size_t vehicle) {
    if (spacing < p->spacing)
        *p = (place){spacing, t, vehicle};
}

/* The least at the ends of steps, and where a cubic is lowest, the motion itself. */
static void look_for_least(ring_motion *m, ring_summary *s) {
    size_t count;
    const size_t n = m->problem.vehicles;
    const double *t = crease_ode_times(m->ode, &count);
    double *gap = m->before, *rate = m->before + n;
    place seen = {INFINITY, 0, 0}, guess = seen;
    for (size_t k = 0; k < count; k++) {
        crease_ode_at(m->ode, t[k], m->state, m->slope, NULL);
        for (size_t i = 0; i < n; i++) {
            const double now = m->state[i], opens = m->slope[i];
            double where;
            take(&seen, now, t[k], i);
            if (k > 0) {
                const double low = least_of_cubic(t[k] - t[k - 1], gap[i], rate[i], now, opens, &where);
                take(&guess, low, t[k - 1] + where, i);
            }
            gap[i] = now;
            rate[i] = opens;
        }
    }
    if (guess.spacing < seen.spacing) {
        crease_ode_at(m->ode, guess.t, m->state, NULL, NULL);
        take(&seen, m->state[guess.vehicle], guess.t, guess.vehicle);
    }
    s->least_spacing = seen.spacing;
    s->least_time = seen.t;
    s->least_vehicle = seen.vehicle;
}

crease_status ring_motion_summary(ring_motion *m, ring_summary *summary, crease_error *error) {
    const size_t n = m->problem.vehicles;
    const crease_ode_statistics statistics = crease_ode_statistics_of(m->ode);
    const double t = crease_ode_time(m->ode);
    ring_summary s = {.steps = statistics.steps,
                      .calls = statistics.calls,
                      .first_kink = NAN,
                      .first_collision = NAN,
                      .least_spacing = INFINITY,
                      .mean_speed = NAN};
    count_crossings(m, &s);
    look_for_least(m, &s);
    double way = 0, *x = m->before, *start = m->before + n;
    ring_motion_at(m, 0, start, NULL, NULL);
    ring_motion_at(m, t, x, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        way += x[i] - start[i];
    if (t > 0)
        s.mean_speed = way / ((double)n * t);
    if (!isfinite(s.least_spacing))
        return crease_fail(error, CREASE_INTERNAL, "the motion on the ring left the finite numbers");
    *summary = s;
    return CREASE_OK;
}
