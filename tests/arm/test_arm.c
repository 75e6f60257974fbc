/* The arm against closed forms, conservation laws, an integrator of the tests' own, and odd requests. */
#include "arm/arm.h"
#include "crease/random.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static arm_plant plant_of(const char *name, bool gravity) {
    arm_plant plant;
    ck_assert_int_eq(arm_plant_find(name, &plant, NULL), CREASE_OK);
    if (!gravity)
        plant.gravity = 0;
    return plant;
}

static arm_motion *move(const arm_plant *plant, const arm_controller *controller,
                        const arm_options *options) {
    arm_motion *motion;
    crease_error error;
    ck_assert_msg(arm_motion_new(plant, controller, options, &motion, &error) == CREASE_OK, "%s",
                  error.message);
    return motion;
}

static arm_metrics measure(arm_motion *motion) {
    arm_metrics metrics;
    crease_error error;
    ck_assert_msg(arm_motion_measure(motion, &metrics, &error) == CREASE_OK, "%s", error.message);
    return metrics;
}

static double uniform(gsl_rng *random, double lo, double hi) {
    return lo + (hi - lo) * gsl_rng_uniform(random);
}

/* x'' + 2 a x' + c x = 0 from (x0, v0): complex or real pair of eigenvalues. */
static double damped(double a, double c, double x0, double v0, double t) {
    double d = a * a - c;
    if (d < 0) {
        double w = sqrt(-d);
        return exp(-a * t) * (x0 * cos(w * t) + (v0 + a * x0) / w * sin(w * t));
    }
    double fast = -a - sqrt(d), slow = c / fast;
    return ((v0 - slow * x0) * exp(fast * t) - (v0 - fast * x0) * exp(slow * t)) / (fast - slow);
}

START_TEST(linear_motion_at_all_times) {
    gsl_rng *random = crease_random_new(11, 0);
    for (size_t trial = 0; trial < test_rounds(40, 500); trial++) {
        const arm_plant plant = plant_of("A", false);
        arm_controller c =
            arm_controller_default((arm_law)(trial % 3), (arm_pair)(trial % 2 ? ARM_GELU : ARM_RELU));
        c.gain = uniform(random, 1, 60);
        c.rate_gain = uniform(random, 0, 10);
        c.lead_time = uniform(random, 0, 0.3);
        const arm_options o = {.reference = uniform(random, -1, 1),
                               .start_angle = uniform(random, -0.3, 0.3)};
        double friction = plant.friction + (c.law == ARM_LAW_PDX   ? c.rate_gain
                                            : c.law == ARM_LAW_PDI ? c.gain * c.lead_time
                                                                   : 0);
        arm_motion *motion = move(&plant, &c, &o);
        for (size_t i = 0; i < 100; i++) {
            double state[ARM_STATES], t = uniform(random, 0, 8);
            arm_motion_at(motion, t, state);
            double q = o.reference + damped(friction / plant.inertia / 2, c.gain / plant.inertia,
                                            o.start_angle - o.reference, 0, t);
            ck_assert_msg(fabs(state[ARM_ANGLE] - q) <= 1e-10,
                          "seed 11, trial %zu, t %g: %.15g, wanted %.15g", trial, t, state[ARM_ANGLE], q);
        }
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

/* For J e'' + d e' + K e = 0 from (e0, 0): the integral of e is e0 d/K, of t e e0 (d^2 - J K)/K^2, of e'^2
 * K e0^2/2d, of e^2 (J/K) that + d e0^2/2K. Overdamped, so that |e| = e. */
START_TEST(integrals_in_closed_form) {
    gsl_rng *random = crease_random_new(12, 0);
    for (size_t trial = 0; trial < test_rounds(20, 500); trial++) {
        const arm_plant plant = plant_of("A", false);
        arm_controller c = arm_controller_default(ARM_LAW_PDX, ARM_RELU);
        c.gain = uniform(random, 10, 80);
        c.rate_gain = uniform(random, 20, 40);
        double e0 = uniform(random, 0.1, 1), d = plant.friction + c.rate_gain, J = plant.inertia, K = c.gain;
        const arm_options o = {.reference = e0, .time = 120};
        arm_motion *motion = move(&plant, &c, &o);
        arm_metrics m = measure(motion);
        double rate = K * e0 * e0 / (2 * d), square = J / K * rate + d * e0 * e0 / (2 * K);
        double torque = K * K * square - K * c.rate_gain * e0 * e0 + c.rate_gain * c.rate_gain * rate;
        ck_assert_double_eq_tol(m.iae, e0 * d / K, 1e-9);
        ck_assert_double_eq_tol(m.itae, e0 * (d * d - J * K) / (K * K), 1e-9);
        ck_assert_double_eq_tol(m.int_u2, torque, 1e-9 * torque);
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

/* Without friction and rate terms the energy J w^2/2 - G cos q + K e^2/2 stays. */
START_TEST(energy_is_conserved) {
    gsl_rng *random = crease_random_new(13, 0);
    for (size_t trial = 0; trial < 12; trial++) {
        arm_plant plant = plant_of(trial % 2 ? "A" : "A2", true);
        plant.friction = 0;
        plant.torque_limit = 1e6;
        arm_controller c = arm_controller_default(ARM_LAW_P, ARM_SOFTPLUS);
        c.gain = trial < 4 ? 0 : uniform(random, 0, 40);
        const arm_options o = {.reference = uniform(random, -2, 2),
                               .start_angle = uniform(random, -3, 3),
                               .start_rate = uniform(random, -4, 4)};
        arm_motion *motion = move(&plant, &c, &o);
        double first = NAN;
        for (size_t i = 0; i <= 200; i++) {
            double state[ARM_STATES];
            arm_motion_at(motion, 8 * (double)i / 200, state);
            double q = state[ARM_ANGLE], w = state[ARM_RATE], e = o.reference - q;
            double energy = plant.inertia * w * w / 2 - plant.gravity * cos(q) + c.gain * e * e / 2;
            if (i == 0)
                first = energy;
            ck_assert_msg(fabs(energy - first) <= 1e-9 * fmax(1, fabs(first)),
                          "seed 13, trial %zu: %.15g, then %.15g", trial, first, energy);
        }
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(pairs_that_are_the_same_line) {
    static const arm_pair same[] = {ARM_LEAKY, ARM_SOFTPLUS, ARM_SILU, ARM_GELU};
    const arm_plant plant = plant_of("A", true);
    const arm_options o = {.reference = 1.5, .start_rate = -2};
    for (int law = 0; law < ARM_LAW_COUNT; law++) {
        const arm_controller relu = arm_controller_default((arm_law)law, ARM_RELU);
        arm_motion *first = move(&plant, &relu, &o);
        for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
            const arm_controller other = arm_controller_default((arm_law)law, same[k]);
            arm_motion *second = move(&plant, &other, &o);
            for (size_t i = 0; i <= 400; i++) {
                double a[ARM_STATES], b[ARM_STATES];
                arm_motion_at(first, (double)i / 50, a);
                arm_motion_at(second, (double)i / 50, b);
                ck_assert_double_eq_tol(a[ARM_ANGLE], b[ARM_ANGLE], 1e-10);
                ck_assert_double_eq_tol(a[ARM_RATE], b[ARM_RATE], 1e-9);
            }
            arm_motion_free(second);
        }
        arm_motion_free(first);
    }
}
END_TEST

/* phi written out by hand. */
static double pair_by_hand(arm_pair pair, double e) {
    switch (pair) {
    case ARM_TANH:
        return tanh(e);
    case ARM_SIGMOID:
        return (1 / (1 + exp(-e)) - 1 / (1 + exp(e))) / 2;
    case ARM_ELU:
        return e > 0 ? e + 1 - exp(-e) : e - 1 + exp(e);
    case ARM_SATRELU:
        return e > 0.5 ? 0.5 : e < -0.5 ? -0.5 : e;
    default:
        return e;
    }
}

START_TEST(pairs_their_slopes_and_their_networks) {
    for (int p = 0; p < ARM_PAIR_COUNT; p++) {
        const arm_controller c = arm_controller_default(ARM_LAW_P, (arm_pair)p);
        crease_net *net;
        crease_work *work;
        ck_assert_int_eq(arm_controller_net(&c, &net, NULL), CREASE_OK);
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_uint_eq(net->parameter_count, 7);
        for (double e = -3.03; e < 3; e += 0.1) {
            double slope, output, h = 1e-5, value = arm_pair_evaluate(c.pair, c.norm, e, &slope);
            double difference = (pair_by_hand(c.pair, e + h) - pair_by_hand(c.pair, e - h)) / (2 * h);
            ck_assert_double_eq_tol(value, pair_by_hand(c.pair, e), 1e-14);
            ck_assert_double_eq_tol(slope, difference, 1e-9);
            crease_net_evaluate(net, NULL, work, 1, &e, &output);
            ck_assert_double_eq_tol(output, arm_controller_command(&c, e, 0, 0), 1e-12);
        }
        arm_pair parsed;
        ck_assert_int_eq(arm_pair_parse(arm_pair_name((arm_pair)p), &parsed, NULL), CREASE_OK);
        ck_assert_int_eq(parsed, p);
        crease_work_free(work);
        crease_net_free(net);
    }
}
END_TEST

/* An integrator apart from the library's: classical Runge-Kutta with small steps, the law by hand. */
typedef struct by_hand {
    arm_plant plant;
    arm_controller c;
    double reference;
} by_hand;

static double torque_by_hand(const by_hand *h, double q, double w) {
    const arm_controller *c = &h->c;
    double lead = c->law == ARM_LAW_PDI ? c->lead_time * w : 0,
           brake = c->law == ARM_LAW_PDX ? c->rate_gain * w : 0;
    double u = c->gain * pair_by_hand(c->pair, h->reference - q - lead) - brake,
           limit = h->plant.torque_limit;
    return u > limit ? limit : u < -limit ? -limit : u;
}

static double acceleration_by_hand(const by_hand *h, double q, double w) {
    return (torque_by_hand(h, q, w) - h->plant.friction * w - h->plant.gravity * sin(q)) / h->plant.inertia;
}

static void step_by_hand(const by_hand *h, double dt, double *q, double *w) {
    double q1 = *w, w1 = acceleration_by_hand(h, *q, *w);
    double q2 = *w + dt / 2 * w1, w2 = acceleration_by_hand(h, *q + dt / 2 * q1, q2);
    double q3 = *w + dt / 2 * w2, w3 = acceleration_by_hand(h, *q + dt / 2 * q2, q3);
    double q4 = *w + dt * w3, w4 = acceleration_by_hand(h, *q + dt * q3, q4);
    *q += dt / 6 * (q1 + 2 * q2 + 2 * q3 + q4);
    *w += dt / 6 * (w1 + 2 * w2 + 2 * w3 + w4);
}

/* The metrics from a fine grid; a settling time whose passage is a mere touch of the band is NaN: it jumps.
 */
static arm_metrics metrics_by_hand(const by_hand *h, double start, double q_ss) {
    enum { STEPS = 80000 };
    double dt = 8.0 / STEPS, *q = malloc((STEPS + 1) * sizeof *q), w = 0;
    ck_assert_ptr_nonnull(q);
    arm_metrics m = {.settle_2pct_s = NAN};
    double size = q_ss - start, low = NAN, high = NAN, top = 0, nearest_touch = INFINITY;
    double u = torque_by_hand(h, start, 0);
    q[0] = start;
    m.peak_torque_n_m = fabs(u);
    m.int_u2 = dt / 3 * u * u;
    m.iae = dt / 3 * fabs(h->reference - start);
    for (size_t i = 1; i <= STEPS; i++) {
        double next = q[i - 1], before = w;
        step_by_hand(h, dt, &next, &w);
        q[i] = next;
        double done = (next - start) / size, done_before = (q[i - 1] - start) / size,
               step = done - done_before;
        if (isnan(low) && done >= 0.1)
            low = dt * ((double)i - 1 + (0.1 - done_before) / step);
        if (isnan(high) && done >= 0.9)
            high = dt * ((double)i - 1 + (0.9 - done_before) / step);
        if (done > top) {
            top = done;
            m.peak_time_s = dt * (double)i;
        }
        if (before * w < 0)
            nearest_touch = fmin(nearest_touch, fabs(fabs(done - 1) - 0.02));
        u = torque_by_hand(h, next, w);
        m.peak_torque_n_m = fmax(m.peak_torque_n_m, fabs(u));
        double simpson = dt / 3 * (i == STEPS ? 1 : i % 2 ? 4 : 2);
        m.int_u2 += simpson * u * u;
        m.iae += simpson * fabs(h->reference - next);
    }
    m.rise_10_90_s = high - low;
    m.overshoot_pct = 100 * (top - 1);
    for (size_t i = STEPS; i > 0 && isnan(m.settle_2pct_s) && nearest_touch > 1e-5; i--) {
        double off = fabs((q[i - 1] - q_ss) / size), next = fabs((q[i] - q_ss) / size);
        if (off > 0.02)
            m.settle_2pct_s =
                i == STEPS && next > 0.02 ? INFINITY : dt * ((double)i - (0.02 - next) / (off - next));
    }
    free(q);
    return m;
}

static void near(const char *what, size_t trial, double got, double wanted, double tolerance) {
    ck_assert_msg(fabs(got - wanted) <= tolerance, "seed 14, trial %zu: %s is %.10g, by hand %.10g", trial,
                  what, got, wanted);
}

START_TEST(metrics_by_brute_force) {
    gsl_rng *random = crease_random_new(14, 0);
    for (size_t trial = 0; trial < test_rounds(27, 300); trial++) {
        by_hand h = {plant_of(trial % 5 == 4 ? "A2" : "A", trial % 2), {0}, 0};
        h.c = arm_controller_default((arm_law)(trial % 3), (arm_pair)(trial % ARM_PAIR_COUNT));
        h.c.gain = uniform(random, 20, 150);
        h.c.rate_gain = uniform(random, 0, 15);
        h.c.lead_time = uniform(random, 0, 0.25);
        h.reference = uniform(random, 0.2, 1.8);
        const arm_options o = {.reference = h.reference, .start_angle = uniform(random, -0.2, 0.1)};
        arm_motion *motion = move(&h.plant, &h.c, &o);
        arm_metrics m = measure(motion), wanted = metrics_by_hand(&h, o.start_angle, m.q_ss_rad);
        double balance =
            h.c.gain * pair_by_hand(h.c.pair, h.reference - m.q_ss_rad) - h.plant.gravity * sin(m.q_ss_rad);
        near("torque off balance at q_ss", trial, balance, 0, 1e-12 * h.c.gain);
        /* the method by hand is of order 2 at the kinks of a held torque, which A2 passes many times */
        double slack = trial % 5 == 4 ? 10 : 1;
        near("rise", trial, m.rise_10_90_s, wanted.rise_10_90_s, 1e-5 * slack);
        near("overshoot", trial, m.overshoot_pct, fmax(0, wanted.overshoot_pct), 1e-4 * slack);
        if (m.overshoot_pct > 0.01)
            near("peak time", trial, m.peak_time_s, wanted.peak_time_s, 2e-4);
        if (isinf(wanted.settle_2pct_s))
            ck_assert_msg(isnan(m.settle_2pct_s) && m.settle_why, "seed 14, trial %zu", trial);
        else if (!isnan(wanted.settle_2pct_s))
            near("settling", trial, m.settle_2pct_s, wanted.settle_2pct_s, 1e-4 * slack);
        near("peak torque", trial, m.peak_torque_n_m, wanted.peak_torque_n_m, 1e-5 * wanted.peak_torque_n_m);
        near("integral of |e|", trial, m.iae, wanted.iae, 1e-6 * slack);
        near("integral of u^2", trial, m.int_u2, wanted.int_u2,
             1e-5 * wanted.int_u2); /* the grid errs at kinks of u */
        arm_motion_free(motion);
    }
    gsl_rng_free(random);
}
END_TEST

/* Upright, K = 20: a slope of 1 holds the arm, the sigmoid's 1/4 (below G/K = .4388) lets it fall to another
 * equilibrium, which is then the end value. */
START_TEST(upright) {
    const arm_plant plant = plant_of("A", true);
    const arm_options o = {.reference = M_PI, .start_angle = M_PI - 0.05, .time = 30};
    static const arm_pair pairs[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID};
    for (size_t i = 0; i < 3; i++) {
        arm_controller c = arm_controller_default(ARM_LAW_P, pairs[i]);
        c.gain = 20;
        arm_motion *motion = move(&plant, &c, &o);
        arm_metrics m = measure(motion);
        arm_linear linear = arm_linearise(&plant, &c, M_PI, m.q_ss_rad);
        ck_assert_double_eq_tol(m.state_end[0], m.q_ss_rad, 1e-9);
        if (pairs[i] == ARM_SIGMOID)
            ck_assert_double_gt(M_PI - m.q_ss_rad, 1);
        else
            ck_assert_double_eq_tol(m.q_ss_rad, M_PI, 1e-12);
        ck_assert_double_gt(linear.gain, 0);
        arm_motion_free(motion);
    }
}
END_TEST

START_TEST(metrics_that_do_not_exist_have_a_reason) {
    const arm_plant plant = plant_of("A", false);
    arm_controller c = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_options o = {.reference = 0.5, .time = 0.1}; /* too short to get anywhere */
    arm_motion *motion = move(&plant, &c, &o);
    arm_metrics m = measure(motion);
    ck_assert(isnan(m.rise_10_90_s) && m.rise_why);
    ck_assert(isnan(m.settle_2pct_s) && m.settle_why);
    ck_assert(m.overshoot_pct == 0 && isnan(m.peak_time_s) && m.peak_time_why);
    arm_motion_free(motion);
    o.time = 0.3; /* past the end value, and still on the way up */
    motion = move(&plant, &c, &o);
    m = measure(motion);
    ck_assert(isnan(m.overshoot_pct) && m.overshoot_why && isnan(m.peak_time_s) && m.peak_time_why);
    ck_assert(!isnan(m.rise_10_90_s) && !m.rise_why);
    arm_motion_free(motion);
    o = (arm_options){.reference = 0.5, .start_angle = 0.5};
    motion = move(&plant, &c, &o);
    m = measure(motion);
    ck_assert(isnan(m.rise_10_90_s) && m.rise_why && isnan(m.overshoot_pct) && m.settle_why);
    ck_assert(m.q_ss_rad == 0.5 && m.iae == 0 && m.peak_torque_n_m == 0);
    arm_motion_free(motion);
    c.gain = 0; /* and no gravity: each angle is an equilibrium */
    o.start_angle = 0;
    motion = move(&plant, &c, &o);
    m = measure(motion);
    ck_assert(isnan(m.q_ss_rad) && m.q_ss_why && isnan(m.steady_state_error_rad) && m.rise_why);
    ck_assert_double_eq_tol(m.iae, 4, 1e-12);
    ck_assert_double_eq_tol(m.itae, 16, 1e-11);
    arm_motion_free(motion);
}
END_TEST

START_TEST(mirror_image) {
    const arm_plant plant = plant_of("A", true);
    const arm_controller c = arm_controller_default(ARM_LAW_PDX, ARM_ELU);
    const arm_options up = {.reference = 1.2, .start_angle = -0.3},
                      down = {.reference = -1.2, .start_angle = 0.3};
    arm_motion *a = move(&plant, &c, &up), *b = move(&plant, &c, &down);
    arm_metrics m = measure(a), n = measure(b);
    ck_assert_double_eq_tol(m.rise_10_90_s, n.rise_10_90_s, 1e-12);
    ck_assert_double_eq_tol(m.overshoot_pct, n.overshoot_pct, 1e-9);
    ck_assert_double_eq_tol(m.settle_2pct_s, n.settle_2pct_s, 1e-11);
    ck_assert_double_eq_tol(m.q_ss_rad, -n.q_ss_rad, 1e-14);
    ck_assert_double_eq_tol(m.int_u2, n.int_u2, 1e-9);
    arm_motion_free(a);
    arm_motion_free(b);
}
END_TEST

START_TEST(unusable_requests_are_refused) {
    const arm_plant plant = plant_of("A", true);
    const arm_controller good = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_controller bad_c[] = {good, good, good, good, good};
    bad_c[0].gain = -1;
    bad_c[1].gain = NAN;
    bad_c[2].rate_gain = INFINITY;
    bad_c[3].norm = 0;
    bad_c[4].lead_time = -1e-3;
    const arm_options fine = {.reference = 0.5};
    const arm_options bad_o[] = {{.time = -1},         {.time = NAN},         {.tolerance = -1},
                                 {.tolerance = 1e-20}, {.reference = 1e9},    {.start_angle = -2000},
                                 {.start_rate = NAN},  {.start_rate = 1e300}, {.time = INFINITY}};
    arm_motion *motion = NULL;
    crease_error error;
    for (size_t i = 0; i < sizeof bad_c / sizeof *bad_c; i++) {
        ck_assert_int_eq(arm_motion_new(&plant, &bad_c[i], &fine, &motion, &error), CREASE_BAD_ARGUMENT);
        ck_assert_ptr_null(motion);
    }
    for (size_t i = 0; i < sizeof bad_o / sizeof *bad_o; i++) {
        ck_assert_int_eq(arm_motion_new(&plant, &good, &bad_o[i], &motion, &error), CREASE_BAD_ARGUMENT);
        ck_assert_ptr_null(motion);
    }
    arm_plant other;
    ck_assert_int_eq(arm_plant_find("B", &other, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "A2"));
    arm_pair pair;
    ck_assert_int_eq(arm_pair_parse("rleu", &pair, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "satrelu"));
    arm_law law;
    ck_assert_int_eq(arm_law_parse("PID", &law, &error), CREASE_BAD_ARGUMENT);
}
END_TEST

/* The extremes that are allowed end in bounded time, with finite numbers or a sentence. */
START_TEST(extremes_end) {
    const arm_plant plant = plant_of("A2", true);
    for (int p = 0; p < ARM_PAIR_COUNT; p++) {
        arm_controller c = arm_controller_default((arm_law)(p % 3), (arm_pair)p);
        const arm_options far = {.reference = -1000, .start_angle = 1000, .start_rate = 1000, .time = 2};
        arm_motion *motion = NULL;
        arm_metrics m;
        crease_error error;
        ck_assert_int_eq(arm_motion_new(&plant, &c, &far, &motion, &error), CREASE_OK);
        ck_assert_int_eq(arm_motion_measure(motion, &m, &error), CREASE_OK);
        ck_assert(isfinite(m.iae) && isfinite(m.int_u2) && isfinite(m.state_end[0]) &&
                  m.peak_torque_n_m <= 8);
        arm_motion_free(motion);
        c.gain = 1e6;
        const arm_options coarse = {.reference = 1, .time = 0.1, .tolerance = 1e-2};
        crease_status status = arm_motion_new(&plant, &c, &coarse, &motion, &error);
        ck_assert(status == CREASE_OK || status == CREASE_BAD_ARGUMENT);
        if (status == CREASE_OK)
            ck_assert_int_eq(arm_motion_measure(motion, &m, &error), CREASE_OK);
        arm_motion_free(motion);
    }
}
END_TEST

static bool stop_after_fifty(void *context) {
    return ++*(size_t *)context > 50;
}

START_TEST(an_interrupted_motion_is_a_shorter_one) {
    const arm_plant plant = plant_of("A", true);
    const arm_controller c = arm_controller_default(ARM_LAW_P, ARM_TANH);
    size_t asked = 0;
    const arm_options whole = {.reference = 0.5};
    arm_options cut = whole;
    cut.interrupted = stop_after_fifty;
    cut.interrupted_context = &asked;
    arm_motion *a = move(&plant, &c, &whole), *b = move(&plant, &c, &cut);
    ck_assert_uint_eq(arm_motion_step_count(b), 50);
    ck_assert_double_lt(arm_motion_end(b), 8);
    ck_assert_uint_lt(arm_motion_calls(b), arm_motion_calls(a));
    double x[ARM_STATES], y[ARM_STATES];
    size_t calls = arm_motion_calls(a);
    arm_motion_at(a, arm_motion_end(b), x);
    arm_motion_at(b, 100, y); /* held at the end */
    ck_assert_uint_eq(arm_motion_calls(a), calls);
    for (size_t i = 0; i < ARM_STATES; i++)
        ck_assert_double_eq_tol(x[i], y[i], 1e-14);
    arm_motion_free(a);
    arm_motion_free(b);
    arm_motion_free(NULL);
}
END_TEST

Suite *test_arm(void) {
    Suite *suite = suite_create("arm: motions and metrics");
    TCase *tests = tcase_create("motions");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, linear_motion_at_all_times);
    tcase_add_test(tests, integrals_in_closed_form);
    tcase_add_test(tests, energy_is_conserved);
    tcase_add_test(tests, pairs_that_are_the_same_line);
    tcase_add_test(tests, pairs_their_slopes_and_their_networks);
    tcase_add_test(tests, metrics_by_brute_force);
    tcase_add_test(tests, upright);
    tcase_add_test(tests, metrics_that_do_not_exist_have_a_reason);
    tcase_add_test(tests, mirror_image);
    tcase_add_test(tests, unusable_requests_are_refused);
    tcase_add_test(tests, extremes_end);
    tcase_add_test(tests, an_interrupted_motion_is_a_shorter_one);
    suite_add_tcase(suite, tests);
    return suite;
}
