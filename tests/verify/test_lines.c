/* Lines around activations: those of two straight pieces in rational arithmetic at their ends and corner, which is all
 * there is to see of them; the others in extended precision, densely and at the ends. */
#include "crease/random.h"
#include "support/exact_numbers.h"
#include "support/suites.h"
#include "verify/lines.h"
#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"tanh",     "sigmoid", "softplus", "elu",      "gelu",    "silu",
                                    "relu^1.5", "relu^2",  "relu^.5",  "relu^.01", "relu^16", "relu^1.001"};
enum { KINDS = sizeof names / sizeof *names };

/* A net of one unit of the kind. */
static crease_net *one_unit(const char *name, double slope) {
    char spec[80];
    crease_net *net;
    if (strcmp(name, "leaky") == 0)
        snprintf(spec, sizeof spec, "prelu:1");
    else
        snprintf(spec, sizeof spec, "%s:1", name);
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, NULL) == CREASE_OK, "%s", spec);
    if (net->layer[0].slope_count)
        net->theta[net->layer[0].slopes] = slope;
    return net;
}

/* Of any size, some of them equal to or next to each other. */
static void random_interval(gsl_rng *rng, double *l, double *u) {
    double size = pow(10, gsl_ran_flat(rng, -12, 4)), a = size * gsl_ran_gaussian(rng, 1), b;
    if (gsl_rng_uniform_int(rng, 12) == 0)
        a *= pow(10, gsl_ran_flat(rng, -310, 300));
    switch (gsl_rng_uniform_int(rng, 6)) {
    case 0:
        b = a;
        break;
    case 1:
        b = nextafter(a, INFINITY);
        break;
    case 2:
        b = a + fabs(a) * pow(10, gsl_ran_flat(rng, -16, 0));
        break;
    case 3:
        b = 0;
        break;
    default:
        b = size * gsl_ran_gaussian(rng, 1) * pow(10, gsl_ran_flat(rng, -4, 4));
    }
    *l = fmin(a, b);
    *u = fmax(a, b);
}

static void set_value(double slope, double z, mpq_t value) {
    mpq_t factor;
    mpq_init(factor);
    mpq_set_d(value, z);
    mpq_set_d(factor, z < 0 ? slope : 1);
    mpq_mul(value, value, factor);
    mpq_clear(factor);
}

/* sign (line(z) - f(z)) >= 0 */
static bool on_its_side(double slope, double line_slope, double shift, double z, int sign) {
    if (!isfinite(line_slope) || !isfinite(shift))
        return true; /* what is computed with it is no number, and no bound */
    mpq_t line, value;
    mpq_inits(line, value, NULL);
    mpq_set_d(line, line_slope);
    mpq_set_d(value, z);
    mpq_mul(line, line, value);
    mpq_set_d(value, shift);
    mpq_add(line, line, value);
    set_value(slope, z, value);
    bool right = sign * mpq_cmp(line, value) >= 0;
    mpq_clears(line, value, NULL);
    return right;
}

START_TEST(two_straight_pieces) {
    gsl_rng *rng = crease_random_new(1, 30);
    size_t numbers = 0, count = test_rounds(3000, 60000);
    for (size_t trial = 0; trial < count; trial++) {
        static const double slopes[] = {0, .01, .5, 1, 2, -.5, -3, 1e-200, 1e200};
        double slope = slopes[gsl_rng_uniform_int(rng, 9)], l, u;
        if (gsl_rng_uniform_int(rng, 4) == 0)
            slope = gsl_ran_gaussian(rng, 2);
        random_interval(rng, &l, &u);
        if (gsl_rng_uniform_int(rng, 30) == 0)
            l = -INFINITY;
        if (gsl_rng_uniform_int(rng, 30) == 0)
            u = gsl_rng_uniform_int(rng, 2) ? INFINITY : DBL_MAX;
        crease_net *net = one_unit("leaky", slope);
        crease_chain *chain;
        crease_lines lines;
        ck_assert(crease_chain_new(net, &chain, NULL) == CREASE_OK);
        ck_assert(crease_lines_new(chain, &lines, NULL) == CREASE_OK);
        double share = gsl_rng_uniform(rng), free_slope[8] = {NAN};
        if (gsl_rng_uniform_int(rng, 2))
            free_slope[0] = fmin(fmax(slope + share * (1 - slope), fmin(slope, 1)), fmax(slope, 1));
        double lower[8] = {l}, upper[8] = {u};
        crease_lines_layer(chain, 0, lower, upper, free_slope, &lines);
        double at[] = {isinf(l) ? -DBL_MAX : l, isinf(u) ? DBL_MAX : u, l < 0 && u > 0 ? 0 : u, -1, 1};
        for (size_t k = 0; k < 5; k++) {
            double z = at[k];
            if (!(z >= l && z <= u && isfinite(z)))
                continue;
            ck_assert_msg(on_its_side(slope, lines.low_slope[0], lines.low_shift[0], z, -1) &&
                              on_its_side(slope, lines.up_slope[0], lines.up_shift[0], z, 1),
                          "trial %zu: slope %g on [%.17g, %.17g] at %.17g: %g z + %g, %g z + %g", trial,
                          slope, l, u, z, lines.low_slope[0], lines.low_shift[0], lines.up_slope[0],
                          lines.up_shift[0]);
        }
        bool finite = isfinite(lines.low_shift[0]) && isfinite(lines.up_shift[0]);
        numbers += finite;
        ck_assert_msg(finite || isinf(l) || isinf(u) || fabs(slope) > 1e100 || u - l > 1e300,
                      "trial %zu: no lines for slope %g on [%g, %g]", trial, slope, l, u);
        bool listed = lines.live_count[0] == 1;
        ck_assert(listed == (lines.low_slope[0] != 0 || lines.up_slope[0] != 0 || lines.up_shift[0] != 0 ||
                             lines.low_shift[0] != 0));
        crease_lines_clear(&lines);
        crease_chain_free(chain);
        crease_net_free(net);
    }
    ck_assert_uint_gt(numbers, count / 2);
    gsl_rng_free(rng);
}
END_TEST

/* The upper line of a ReLU is at most a thousandth of its width off the chord. */
START_TEST(chords_are_close) {
    gsl_rng *rng = crease_random_new(2, 30);
    crease_net *net = one_unit("relu", 0);
    crease_chain *chain;
    crease_lines lines;
    ck_assert(crease_chain_new(net, &chain, NULL) == CREASE_OK);
    ck_assert(crease_lines_new(chain, &lines, NULL) == CREASE_OK);
    for (size_t trial = 0; trial < 2000; trial++) {
        double l = -exp(gsl_ran_gaussian(rng, 2)), u = exp(gsl_ran_gaussian(rng, 2));
        crease_lines_layer(chain, 0, (double[8]){l}, (double[8]){u}, NULL, &lines);
        double over_l = lines.up_slope[0] * l + lines.up_shift[0],
               over_u = lines.up_slope[0] * u + lines.up_shift[0] - u;
        ck_assert_msg(fmax(over_l, over_u) <= 1e-3 * (u - l), "[%g, %g]: %g, %g", l, u, over_l, over_u);
    }
    crease_lines_clear(&lines);
    crease_chain_free(chain);
    crease_net_free(net);
    gsl_rng_free(rng);
}
END_TEST

static long double exact_value(crease_activation kind, double parameter, long double z) {
    switch (kind) {
    case CREASE_TANH:
        return tanhl(z);
    case CREASE_SIGMOID:
        return z > 0 ? 1 / (1 + expl(-z)) : expl(z) / (1 + expl(z));
    case CREASE_SOFTPLUS:
        return fmaxl(z, 0) + log1pl(expl(-fabsl(z)));
    case CREASE_ELU:
        return z > 0 ? z : expm1l(z);
    case CREASE_GELU:
        return z * erfcl(-z * 0.707106781186547524400844362104849039L) / 2;
    case CREASE_SILU:
        return z > 0 ? z / (1 + expl(-z)) : z * expl(z) / (1 + expl(z));
    case CREASE_HINGE:
        return z > 0 ? powl(z, parameter) : 0;
    default:
        return NAN;
    }
}

/* How far z is over a line (side 1: the upper one), less what extended precision cannot see; > 0: the line is wrong. A
 * line that is no number is never used. */
static long double beyond(const crease_group *unit, const double *line, int side, double z) {
    long double f = exact_value(unit->activation, unit->parameter, z), slope = line[side > 0 ? 2 : 0],
                shift = line[side > 0 ? 3 : 1];
    long double noise =
        0x1p-58L * fabsl(f) * fmaxl(1, fminl(fabsl(z) / 8, 8)); /* gelu's argument is rounded */
    if (!isfinite(slope) || !isfinite(shift))
        return -1;
    return side * (f - slope * z - shift) - noise - 0x1p-62L * fabsl(slope * z);
}

static void check_interval(const crease_group *unit, const char *name, double l, double u, size_t points,
                           gsl_rng *rng) {
    double line[4];
    crease_lines_smooth(unit->activation, unit->parameter, l, u, line);
    for (size_t k = 0; k < points; k++) {
        double share = (double)k / (double)(points - 1);
        if (k > 4 && k % 2)
            share = k % 4 == 1 ? pow(10, gsl_ran_flat(rng, -17, 0)) : gsl_rng_uniform(rng);
        double z = fmin(fmax(l + share * (u - l), l), u);
        if (k == 1)
            z = fmin(fmax(0, l), u);
        if (k == 2)
            z = u;
        for (int side = -1; side <= 1; side += 2)
            ck_assert_msg(!(beyond(unit, line, side, z) > 0),
                          "%s on [%.17g, %.17g] at %.17g: %Lg beyond %g z + %g", name, l, u, z,
                          beyond(unit, line, side, z), line[side + 1], line[side + 2]);
    }
}

START_TEST(smooth_activations) {
    if (LDBL_MANT_DIG < 64)
        skip_test("long double is no longer than double");
    gsl_rng *rng = crease_random_new(3, 30);
    crease_net *net = one_unit(names[_i], 0);
    const crease_group *unit = &net->layer[0].group[0];
    for (size_t trial = 0; trial < test_rounds(1000, 15000); trial++) {
        double l, u;
        random_interval(rng, &l, &u);
        check_interval(unit, names[_i], l, u, 24, rng);
    }
    for (double z = -45; z < 45; z += .0625) /* points, and the shortest intervals */
        for (size_t width = 0; width < 3; width++) {
            double l = z + .01 * gsl_rng_uniform(rng), u = width == 0   ? l
                                                           : width == 1 ? nextafter(l, 99)
                                                                        : l + 1e-9;
            check_interval(unit, names[_i], l, u, 5, rng);
        }
    double tiny[] = {-1e-320, -0x1p-1074, 0, 0x1p-1074, 3 * 0x1p-1074, 1e-320, 1e-310, 1e-300};
    for (size_t a = 0; a < 8; a++)
        for (size_t b = a; b < 8; b++)
            check_interval(unit, names[_i], tiny[a], tiny[b], 40, rng);
    crease_net_free(net);
    gsl_rng_free(rng);
}
END_TEST

/* The gap shrinks with the square of the width where f'' is continuous. */
START_TEST(smooth_lines_are_close) {
    static const size_t smooth[] = {0, 1, 2, 4, 5, 7};
    for (size_t k = 0; k < sizeof smooth / sizeof *smooth; k++) {
        crease_net *net = one_unit(names[smooth[k]], 0);
        const crease_group *unit = &net->layer[0].group[0];
        for (double middle = -3; middle <= 3; middle += .37) {
            double line[4], width = 1e-4;
            crease_lines_smooth(unit->activation, unit->parameter, middle - width / 2, middle + width / 2,
                                line);
            double gap = (line[2] - line[0]) * middle + line[3] - line[1];
            ck_assert_msg(gap >= 0 && gap <= 3 * width * width, "%s at %g: gap %g", names[smooth[k]], middle,
                          gap);
        }
        crease_net_free(net);
    }
}
END_TEST

START_TEST(no_lines_without_bounds) {
    double line[4];
    crease_lines_smooth(CREASE_TANH, 0, -INFINITY, 1, line);
    ck_assert(line[1] == -INFINITY && line[3] == INFINITY);
    crease_lines_smooth(CREASE_GELU, 0, 0, INFINITY, line);
    ck_assert(line[1] == -INFINITY && line[3] == INFINITY);
}
END_TEST

Suite *test_lines(void) {
    Suite *suite = suite_create("test_lines");
    TCase *all = tcase_create("lines");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, two_straight_pieces);
    tcase_add_test(all, chords_are_close);
    tcase_add_loop_test(all, smooth_activations, 0, KINDS);
    tcase_add_test(all, smooth_lines_are_close);
    tcase_add_test(all, no_lines_without_bounds);
    suite_add_tcase(suite, all);
    return suite;
}
