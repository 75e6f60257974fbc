/* Certificates: maxima against grids, the numbers of the specification, wrong ones refused. */
#include "arm/plane/plane_lyapunov.h"
#include "arm/plane/plane_path.h"
#include "support/plane.h"
#include "support/suites.h"
#include <stdlib.h>
#include <string.h>

/* ---- a quadratic function on a polygon ---- */

/* Corners on a circle, then stretched: convex. */
static size_t random_polygon(gsl_rng *random, double *corner, double reach[2]) {
    size_t n = 3 + gsl_rng_uniform_int(random, 5);
    double angle = 0, step[8], sum = 0, x = gsl_ran_flat(random, -3, 3), w = gsl_ran_flat(random, -3, 3);
    double a = gsl_ran_flat(random, .1, 3), b = gsl_ran_flat(random, .1, 3);
    for (size_t i = 0; i < n; i++)
        sum += step[i] = gsl_ran_flat(random, .2, 1);
    reach[0] = reach[1] = 0;
    for (size_t i = 0; i < n; i++) {
        corner[2 * i] = x + a * cos(angle);
        corner[2 * i + 1] = w + b * sin(angle);
        angle += 2 * M_PI * step[i] / sum;
        for (size_t k = 0; k < 2; k++)
            reach[k] = fmax(reach[k], fabs(corner[2 * i + k]));
    }
    return n;
}

static double value(const arm_quadratic *f, double x, double w) {
    return f->q[0] * x * x + 2 * f->q[1] * x * w + f->q[2] * w * w + 2 * (f->l[0] * x + f->l[1] * w);
}

static arm_quadratic random_quadratic(gsl_rng *random, size_t trial) {
    arm_quadratic f;
    for (size_t k = 0; k < 3; k++)
        f.q[k] = gsl_ran_gaussian(random, 2);
    if (trial % 3 == 0) { /* negative definite */
        double a = gsl_ran_gaussian(random, 1), b = gsl_ran_gaussian(random, 1),
               c = gsl_ran_gaussian(random, 1);
        f.q[0] = -a * a - .1;
        f.q[1] = -a * b;
        f.q[2] = -b * b - c * c;
    }
    if (trial % 7 == 0) /* of rank 1 */
        f.q[2] = f.q[1] * f.q[1] / f.q[0];
    for (size_t k = 0; k < 2; k++)
        f.l[k] = gsl_ran_gaussian(random, 3);
    memcpy(f.size_q, (const double[]){fabs(f.q[0]), fabs(f.q[1]), fabs(f.q[2])}, sizeof f.size_q);
    memcpy(f.size_l, (const double[]){fabs(f.l[0]), fabs(f.l[1])}, sizeof f.size_l);
    return f;
}

START_TEST(maxima_against_a_grid) {
    gsl_rng *random = crease_random_new(31, 0);
    enum { GRID = 30 };
    for (size_t trial = 0; trial < test_rounds(1500, 30000); trial++) {
        double corner[16], reach[2], most, where[2], above, best = -HUGE_VAL;
        size_t n = random_polygon(random, corner, reach);
        arm_quadratic f = random_quadratic(random, trial);
        arm_quadratic_most(&f, corner, n, reach, &most, where, &above);
        /* triangles from the first corner, each with a grid */
        for (size_t i = 1; i + 1 < n; i++)
            for (size_t a = 0; a <= GRID; a++)
                for (size_t b = 0; a + b <= GRID; b++) {
                    double u = (double)a / GRID, v = (double)b / GRID, s[2];
                    for (size_t k = 0; k < 2; k++)
                        s[k] = (1 - u - v) * corner[k] + u * corner[2 * i + k] + v * corner[2 * i + 2 + k];
                    best = fmax(best, value(&f, s[0], s[1]));
                }
        double size = 1 + fabs(most) + fabs(value(&f, reach[0], reach[1]));
        ck_assert_msg(best <= most + 1e-12 * size, "trial %zu: %.15g on the grid, most %.15g", trial, best,
                      most);
        ck_assert_msg(most <= best + 6e-2 * size, "trial %zu: %.15g on the grid, most %.15g", trial, best,
                      most);
        ck_assert_double_eq_tol(value(&f, where[0], where[1]), most, 1e-12 * size);
        ck_assert_msg(above >= most && above <= most + 1e-8 * size, "trial %zu: most %.17g, above %.17g",
                      trial, most, above);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(cones_against_directions) {
    gsl_rng *random = crease_random_new(32, 0);
    size_t negative = 0, positive = 0;
    for (size_t trial = 0; trial < test_rounds(3000, 60000); trial++) {
        arm_quadratic f = random_quadratic(random, trial);
        bool around = trial % 2;
        double from = gsl_ran_flat(random, 0, 6), width = gsl_ran_flat(random, .1, 2.9), most = -HUGE_VAL;
        const double corner[6] = {0, 0, cos(from), sin(from), 2 * cos(from + width), 2 * sin(from + width)};
        for (size_t i = 0; i <= 600; i++) {
            double angle = around ? M_PI * (double)i / 600 : from + width * (double)i / 600;
            const double x = cos(angle), w = sin(angle);
            most = fmax(most, f.q[0] * x * x + 2 * f.q[1] * x * w + f.q[2] * w * w);
        }
        bool said = arm_quadratic_negative(&f, corner, 3, around);
        ck_assert_msg(!said || most < 0, "trial %zu: it is %g somewhere", trial, most);
        ck_assert_msg(said || most > -1e-4 * (10 + fabs(f.q[0]) + fabs(f.q[1]) + fabs(f.q[2])),
                      "trial %zu: it is at most %g, but not said to be below 0", trial, most);
        negative += said;
        positive += !said;
    }
    ck_assert(negative > 100 && positive > 100);
    gsl_rng_free(random);
}
END_TEST

/* ---- certificates ---- */

typedef struct loop {
    crease_net *law;
    arm_plane *plane;
    arm_pieces *pieces;
} loop;

static loop loop_of(crease_net *law, bool gravity, double reference, double x, double w) {
    arm_plant plant = plane_elbow(gravity);
    loop l = {.law = law, .plane = plane_cut(&plant, law, reference, x, w)};
    crease_error error = {0};
    ck_assert_msg(arm_pieces_new(l.plane, .1, &l.pieces, &error) == CREASE_OK, "%s", error.message);
    return l;
}

static void loop_clear(loop *l) {
    arm_pieces_free(l->pieces);
    arm_plane_free(l->plane);
    crease_net_free(l->law);
}

/* V' by the law and the plant alone. */
static double rate_at(const loop *l, const double p[3], const double s[2]) {
    double x = s[0] - l->pieces->centre[0], w = s[1];
    return 2 * ((p[0] * x + p[1] * w) * w + (p[1] * x + p[2] * w) * plane_acceleration(l->plane, s));
}

/* On a proved box V' is below 0 on a grid of odd size, but at the centre. */
static void check_grid(const loop *l, const arm_certificate *c, size_t trial) {
    enum { GRID = 70 };
    for (size_t i = 0; i <= GRID; i++)
        for (size_t j = 0; j <= GRID; j++) {
            const double s[2] = {c->low[0] + (c->high[0] - c->low[0]) * (double)i / GRID,
                                 c->low[1] + (c->high[1] - c->low[1]) * (double)j / GRID};
            double distance = fabs(s[0] - c->centre[0]) + fabs(s[1] - c->centre[1]),
                   rate = rate_at(l, c->p, s);
            ck_assert_msg(rate < 0 || distance < 1e-7, "trial %zu: V' = %g at (%g, %g)", trial, rate, s[0],
                          s[1]);
        }
}

START_TEST(numbers_of_the_specification) {
    loop l = loop_of(plane_example(), false, 1.5, 12, 60);
    const double tuned[3] = {42.343674, 4.454558, 1.46862};
    double p[3], scale;
    arm_certificate c;
    scale = arm_lyapunov_largest(l.pieces, tuned);
    arm_lyapunov_judge(l.pieces, tuned, scale, &c);
    ck_assert(c.proved && !c.refuted);
    ck_assert_double_eq_tol(c.high[0], 6.7258, 1e-4);
    ck_assert_double_eq_tol(c.high[1], 33.629, 1e-3);
    ck_assert_double_eq_tol(c.level, 1130.92, 2e-2);
    ck_assert_double_eq_tol(c.extent[0], 6.263, 1e-3);
    ck_assert_double_eq_tol(c.extent[1], 33.63, 1e-2);
    check_grid(&l, &c, 0);
    ck_assert(arm_lyapunov_equation(l.pieces, 1, p));
    ck_assert_double_eq_tol(12 * arm_lyapunov_largest(l.pieces, p), .158, 5e-4);
    ck_assert_int_eq(arm_lyapunov_tune(l.pieces, p, &scale, NULL, NULL), CREASE_OK);
    ck_assert_double_ge(12 * scale, 6.7258);
    arm_lyapunov_judge(l.pieces, p, scale, &c);
    ck_assert(c.proved);
    check_grid(&l, &c, 1);
    /* and no more: a little beyond, V' is 0 or above somewhere */
    arm_lyapunov_judge(l.pieces, p, 1.001 * scale, &c);
    ck_assert(!c.proved && c.refuted);
    ck_assert_double_gt(rate_at(&l, p, c.worst), 0);
    loop_clear(&l);
}
END_TEST

START_TEST(the_equation_is_solved) {
    loop l = loop_of(plane_example(), false, 1.5, 3, 15);
    const double J = 0.938652730438, a[4] = {0, 1, -20 / J, -(3.9804259903721997 + 4) / J};
    for (double weight = 1e-3; weight < 1e3; weight *= 7) {
        double p[3];
        ck_assert(arm_lyapunov_equation(l.pieces, weight, p));
        /* A'P + PA is a multiple of -diag(1, weight) */
        double q11 = 2 * p[1] * a[2], q12 = p[0] * a[1] + p[1] * a[3] + p[2] * a[2],
               q22 = 2 * (p[1] * a[1] + p[2] * a[3]);
        ck_assert_double_eq_tol(q22 / q11, weight, 1e-10 * weight);
        ck_assert_double_eq_tol(q12 / q11, 0, 1e-10 * (1 + weight));
        ck_assert_double_eq_tol(p[0] / (p[0] * p[2] - p[1] * p[1]), 1, 1e-12);
    }
    loop_clear(&l);
}
END_TEST

START_TEST(a_wrong_matrix_is_refused) {
    loop l = loop_of(plane_example(), false, 1.5, 3, 15);
    const double wrong[][3] = {{1, 0, 1},   {42, -4, 1.4},   {1, 2, 1}, {-1, 0, 1},
                               {NAN, 0, 1}, {42, 4.4, 1e-9}, {0, 0, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        arm_certificate c;
        arm_lyapunov_judge(l.pieces, wrong[i], 1, &c);
        ck_assert_msg(!c.proved && c.level == 0, "matrix %zu", i);
        ck_assert_msg(!c.refuted || rate_at(&l, wrong[i], c.worst) > 0, "matrix %zu: V' = %g", i,
                      rate_at(&l, wrong[i], c.worst));
    }
    arm_certificate c;
    arm_lyapunov_judge(l.pieces, wrong[1], 1, &c); /* a positive definite one: with a place where V grows */
    ck_assert(c.refuted && rate_at(&l, wrong[1], c.worst) > 0);
    loop_clear(&l);
    /* a law that pushes away from the reference: nothing can be proved */
    loop away = loop_of(plane_law_of(pieces_net("affine", 2, 1, (const double[]){0, -5, 1}), "e,w", 0), false,
                        0, 1, 1);
    double p[3], scale;
    ck_assert(!arm_lyapunov_equation(away.pieces, 1, p));
    ck_assert_int_eq(arm_lyapunov_tune(away.pieces, p, &scale, NULL, NULL), CREASE_OK);
    ck_assert_double_eq(scale, 0);
    for (size_t i = 0; i < 20; i++) {
        const double any[3] = {1 + (double)i, .3 * (double)i / 20, 1};
        arm_lyapunov_judge(away.pieces, any, .5, &c);
        ck_assert(!c.proved);
    }
    loop_clear(&away);
}
END_TEST

/* u = 40 e - 8 w and a small random network, every other one held within 25 N m. */
static crease_net *stable_law(gsl_rng *random, size_t trial) {
    static const char *const specs[] = {"affine+relu:4", "affine+relu:3/relu:3", "affine+leaky(.3):4"};
    crease_net *net = pieces_random(random, specs[trial % 3], 2, 1);
    for (size_t i = net->output_weights; i < net->parameter_count; i++)
        net->theta[i] *= 4;
    net->theta[net->affine_weights] = -40;
    net->theta[net->affine_weights + 1] = -8;
    if (trial % 2 == 0)
        return net;
    crease_net *limited;
    ck_assert_int_eq(arm_plane_limit_law(net, 25, &limited, NULL), CREASE_OK);
    crease_net_free(net);
    return limited;
}

START_TEST(random_stable_laws) {
    gsl_rng *random = crease_random_new(33, 0);
    size_t proved = 0, sharp = 0;
    for (size_t trial = 0; trial < test_rounds(15, 150); trial++) {
        bool gravity = trial % 3 == 2;
        loop l =
            loop_of(stable_law(random, trial), gravity, gravity ? gsl_ran_flat(random, -1, 1) : 0, 2, 10);
        double p[3];
        arm_certificate c;
        ck_assert(arm_lyapunov_equation(l.pieces, .1, p));
        double scale = arm_lyapunov_largest(l.pieces, p);
        arm_lyapunov_judge(l.pieces, p, scale, &c);
        ck_assert(c.proved == (scale > 0));
        if (scale > 0)
            check_grid(&l, &c, trial);
        proved += scale > 0;
        bool ends_with_plane = fmax(c.high[0], -c.low[0]) > 1.999 || fmax(c.high[1], -c.low[1]) > 9.999;
        arm_lyapunov_judge(l.pieces, p, fmin(1, 1.01 * scale), &c);
        if (!gravity && scale > 0 && !ends_with_plane) {
            ck_assert_msg(!c.proved && rate_at(&l, p, c.worst) >= 0, "trial %zu", trial);
            sharp++;
        }
        loop_clear(&l);
    }
    ck_assert_msg(proved >= 5 && sharp >= 1, "%zu, %zu", proved, sharp);
    gsl_rng_free(random);
}
END_TEST

START_TEST(v_falls_along_motions_in_the_ellipse) {
    for (size_t gravity = 0; gravity < 2; gravity++) {
        loop l = loop_of(plane_example(), gravity == 1, 1.5, 12, 60);
        double p[3], scale;
        arm_certificate c;
        ck_assert_int_eq(arm_lyapunov_tune(l.pieces, p, &scale, NULL, NULL), CREASE_OK);
        arm_lyapunov_judge(l.pieces, p, scale, &c);
        ck_assert(c.proved);
        gsl_rng *random = crease_random_new(34, gravity);
        for (size_t i = 0; i < 25; i++) {
            arm_path path;
            double s[2], V, angle = gsl_ran_flat(random, 0, 2 * M_PI), last = HUGE_VAL;
            /* scaled to the border of the ellipse */
            s[0] = c.centre[0] + cos(angle);
            s[1] = sin(angle);
            V = arm_lyapunov_value(l.pieces, p, s, NULL);
            s[0] = c.centre[0] + cos(angle) * sqrt(.999 * c.level / V);
            s[1] = sin(angle) * sqrt(.999 * c.level / V);
            ck_assert_int_eq(arm_path_new(l.plane, s, 4, 200, &path, NULL), CREASE_OK);
            ck_assert(!path.left);
            for (size_t k = 0; k < path.count; k++) {
                const double at[2] = {path.x[k], path.w[k]};
                V = arm_lyapunov_value(l.pieces, p, at, NULL);
                ck_assert(at[0] >= c.low[0] && at[0] <= c.high[0] && at[1] >= c.low[1] && at[1] <= c.high[1]);
                ck_assert_msg(V < last || V < 1e-6 * c.level, "V grows from %.12g to %.12g", last, V);
                last = V;
            }
            ck_assert_double_lt(last, 1e-4 * c.level);
            arm_path_clear(&path);
        }
        gsl_rng_free(random);
        loop_clear(&l);
    }
}
END_TEST

/* ---- pieces ---- */

/* At any place of a piece the larger of its two functions is at least the true V'; the pieces make up the
 * box. */
START_TEST(pieces_bound_the_true_rate) {
    gsl_rng *random = crease_random_new(35, 0);
    for (size_t trial = 0; trial < test_rounds(12, 120); trial++) {
        bool gravity = trial % 4 != 3;
        loop l = loop_of(stable_law(random, trial), gravity, gsl_ran_flat(random, -1, 1) * gravity, 2, 10);
        double area = 0;
        const double p[3] = {30, gsl_ran_flat(random, -1, 4), 1};
        for (size_t i = 0; i < l.pieces->count; i++) {
            const arm_piece *piece = &l.pieces->piece[i];
            double share[32], sum = 0, d[2] = {0, 0};
            ck_assert_uint_le(piece->count, 32);
            for (size_t k = 0; k < piece->count; k++) {
                const double *a = piece->corner + 2 * k, *b = piece->corner + 2 * ((k + 1) % piece->count);
                area += (a[0] * b[1] - b[0] * a[1]) / 2;
                sum += share[k] = gsl_ran_exponential(random, 1);
            }
            for (size_t k = 0; k < 2 * piece->count; k++)
                d[k % 2] += share[k / 2] / sum * piece->corner[k];
            const double s[2] = {d[0] + l.pieces->centre[0], d[1]};
            double bound = -HUGE_VAL, rate = rate_at(&l, p, s);
            for (size_t k = 0; k < 2; k++) {
                double pull = piece->a1[k] * d[0] + piece->a2 * d[1] + piece->e[k];
                bound = fmax(bound,
                             2 * ((p[0] * d[0] + p[1] * d[1]) * d[1] + (p[1] * d[0] + p[2] * d[1]) * pull));
            }
            ck_assert_msg(rate <= bound + 1e-9 * (1 + fabs(rate)),
                          "trial %zu, piece %zu: V' = %.12g, bound %.12g", trial, i, rate, bound);
            ck_assert_msg(bound - rate < .05 * (1 + fabs(rate) + 100 * gravity),
                          "trial %zu, piece %zu: bound %g for %g", trial, i, bound, rate);
        }
        ck_assert_double_eq_tol(area, 80, 1e-9);
        loop_clear(&l);
    }
    gsl_rng_free(random);
}
END_TEST

/* The rest point on creases: u = -20 x - 30 relu(x) [- 5 relu(w)] - 6 w, so the pieces meet in it on an
 * edge or in a corner. */
START_TEST(creases_through_the_rest_point) {
    for (size_t units = 1; units <= 2; units++) {
        const double one[] = {1, 0, 0, -30, 0, -20, -6}, two[] = {1, 0, 0, 1, 0, 0, -30, -5, 0, -20, -6};
        loop l = loop_of(units == 1 ? pieces_net("affine+relu:1", 2, 1, one)
                                    : pieces_net("affine+relu:2", 2, 1, two),
                         false, 0, 2, 10);
        double p[3], scale;
        arm_certificate c;
        ck_assert_int_eq(arm_lyapunov_tune(l.pieces, p, &scale, NULL, NULL), CREASE_OK);
        ck_assert_double_eq(scale, 1); /* homogeneous: all or nothing */
        arm_lyapunov_judge(l.pieces, p, 1, &c);
        ck_assert(c.proved);
        check_grid(&l, &c, units);
        /* V' >= 0 in one of the cones: V must be refused */
        const double bad[3] = {1000, 1, 1};
        arm_lyapunov_judge(l.pieces, bad, 1, &c);
        ck_assert(!c.proved && c.refuted && rate_at(&l, bad, c.worst) > 0);
        loop_clear(&l);
    }
}
END_TEST

START_TEST(no_rest_point_is_said) {
    crease_error error;
    arm_plant plant = plane_elbow(false);
    crease_net *law =
        pieces_net("affine+relu:1", 2, 1, (const double[]){1, 0, 0, 0, 5, 0, -1}); /* u = 5 - w */
    arm_plane *plane = plane_cut(&plant, law, 0, 1, 1);
    arm_pieces *pieces;
    ck_assert_int_eq(arm_pieces_new(plane, .1, &pieces, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(pieces);
    ck_assert_int_eq(arm_pieces_new(plane, NAN, &pieces, &error), CREASE_BAD_ARGUMENT);
    arm_plane_free(plane);
    crease_net_free(law);
    arm_pieces_free(NULL);
}
END_TEST

/* A rest point off the middle: the box around it that is proved ends where the plane that was cut does, although V' < 0 goes on
 * for the law there; and no box beyond it is proved. */
START_TEST(nothing_is_proved_beyond_the_plane) {
    const double rest[] = {-.75, .4}, shares[] = {.25, .6};
    for (size_t i = 0; i < 2; i++) {
        crease_net *law =
            pieces_net("affine+relu:1", 2, 1,
                       (const double[]){1, 0, 0, 0, 20 * rest[i], -20, -4}); /* stable everywhere */
        loop l = loop_of(law, false, 0, 1, 5);
        arm_certificate c;
        double p[3];
        ck_assert_double_eq_tol(l.pieces->centre[0], rest[i], 1e-12);
        ck_assert(arm_lyapunov_equation(l.pieces, 1, p));
        double scale = arm_lyapunov_largest(l.pieces, p);
        ck_assert_double_eq_tol(scale, shares[i], 1e-9);
        arm_lyapunov_judge(l.pieces, p, scale, &c);
        ck_assert(c.proved && c.low[0] >= -1 && c.high[0] <= 1);
        arm_lyapunov_judge(l.pieces, p, scale * (1 + 1e-6), &c);
        ck_assert(!c.proved);
        const struct {
            double low[2], high[2];
            bool proved;
        } box[] = {{{-1, -5}, {1, 5}, true},
                   {{-1, -5}, {1.001, 5}, false},
                   {{-1, -5.001}, {1, 5}, false},
                   {{rest[i] - .1, -1}, {rest[i] + .2, 2}, true},
                   {{rest[i] + .01, -1}, {rest[i] + .2, 1}, false}}; /* the rest point is outside */
        for (size_t k = 0; k < sizeof box / sizeof *box; k++) {
            arm_lyapunov_judge_box(l.pieces, p, box[k].low, box[k].high, &c);
            ck_assert_msg(c.proved == box[k].proved, "rest %g, box %zu", rest[i], k);
            if (c.proved)
                check_grid(&l, &c, k);
        }
        loop_clear(&l);
    }
}
END_TEST

Suite *test_arm_plane_lyapunov(void) {
    Suite *suite = suite_create("arm_plane_lyapunov");
    TCase *tcase = tcase_create("lyapunov");
    tcase_add_test(tcase, maxima_against_a_grid);
    tcase_add_test(tcase, cones_against_directions);
    tcase_add_test(tcase, numbers_of_the_specification);
    tcase_add_test(tcase, the_equation_is_solved);
    tcase_add_test(tcase, a_wrong_matrix_is_refused);
    tcase_add_test(tcase, random_stable_laws);
    tcase_add_test(tcase, v_falls_along_motions_in_the_ellipse);
    tcase_add_test(tcase, pieces_bound_the_true_rate);
    tcase_add_test(tcase, creases_through_the_rest_point);
    tcase_add_test(tcase, no_rest_point_is_said);
    tcase_add_test(tcase, nothing_is_proved_beyond_the_plane);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
