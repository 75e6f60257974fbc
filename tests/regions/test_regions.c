/* Exact linear regions: closed forms, counts of arrangements of lines, and what holds for every mosaic. */
#include "crease/crease.h"
#include "support/pieces.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_regions *regions_of(const crease_net *net, const double *lower, const double *upper) {
    crease_number *low = pieces_numbers(net->inputs, lower), *high = pieces_numbers(net->inputs, upper);
    crease_regions *regions;
    crease_error error;
    crease_status status = crease_regions_box(net, low, high, NULL, &regions, &error);
    pieces_numbers_free(low, net->inputs);
    pieces_numbers_free(high, net->inputs);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    ck_assert(regions->complete && !regions->why);
    return regions;
}

static crease_regions *square(const crease_net *net, double half) {
    return regions_of(net, (double[]){-half, -half}, (double[]){half, half});
}

/* ---- closed forms ---- */

START_TEST(one_unit_halves_the_square) {
    /* y = 3 max(0, 2 x1 - x2) + 1 on [-1, 1]^2: area 2 on either side of x2 = 2 x1 */
    crease_net *net = pieces_net("relu:1", 2, 1, (double[]){2, -1, 0, 3, 1});
    crease_regions *regions = square(net, 1);
    ck_assert_uint_eq(regions->region_count, 2);
    ck_assert_uint_eq(regions->piece_count, 2);
    ck_assert_uint_eq(regions->hyperplane_count, 1);
    ck_assert_double_eq(regions->zaslavsky, 2);
    for (size_t i = 0; i < 2; i++) {
        const crease_region *region = &regions->region[i];
        bool on = region->gain[0] != 0;
        ck_assert_double_eq(region->area, 2);
        ck_assert_uint_eq(region->vertex_count, 4);
        ck_assert_double_eq(region->gain[0], on ? 6 : 0);
        ck_assert_double_eq(region->gain[1], on ? -3 : 0);
        ck_assert_double_eq(region->offset[0], 1);
        ck_assert_uint_eq(region->neighbour_count, 1);
        ck_assert_uint_eq(region->neighbour[0], 1 - i);
    }
    ck_assert_double_eq(regions->output_min[0], 1);
    ck_assert_double_eq(regions->output_max[0], 10);
    ck_assert_double_eq(regions->argmax[0], 1);
    ck_assert_double_eq(regions->argmax[1], -1);
    crease_regions_free(regions);
    crease_net_free(net);
}
END_TEST

START_TEST(a_second_layer_bends_the_lines_of_the_first) {
    /* max(0, |x1| + |x2| - 1): the diamond and its four corners */
    crease_net *net = pieces_net("relu:4/relu:1", 2, 1,
                                 (double[]){1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0, 1, 1, 1, 1, -1, 1, 0});
    crease_regions *regions = square(net, 1);
    ck_assert_uint_eq(regions->region_count, 8);
    ck_assert_uint_eq(regions->piece_count, 5); /* the four triangles inside carry 0 */
    double inside = 0;
    for (size_t i = 0; i < 8; i++) {
        ck_assert_double_eq(regions->region[i].area, 0.5);
        ck_assert_uint_eq(regions->region[i].vertex_count, 3);
        inside += regions->region[i].gain[0] == 0;
        ck_assert_uint_eq(regions->region[i].neighbour_count, regions->region[i].gain[0] == 0 ? 3 : 1);
    }
    ck_assert_double_eq(inside, 4);
    ck_assert_double_eq(regions->output_min[0], 0);
    ck_assert_double_eq(regions->output_max[0], 1);
    ck_assert(!regions->one_layer);
    crease_regions_free(regions);
    crease_net_free(net);
}
END_TEST

START_TEST(units_that_cancel_leave_one_piece) {
    crease_net *net = pieces_net("relu:2", 2, 1, (double[]){1, 1, 2, 2, 0, 0, 2, -1, 5});
    crease_regions *regions = square(net, 1); /* 2 max(0, s) - max(0, 2 s) + 5 */
    ck_assert_uint_eq(regions->region_count, 2);
    ck_assert_uint_eq(regions->hyperplane_count, 1);
    ck_assert_uint_eq(regions->piece_count, 1);
    ck_assert_uint_eq(regions->region[1].piece, 0);
    crease_regions_free(regions);
    crease_net_free(net);
}
END_TEST

START_TEST(decimals_of_the_box_are_exact) {
    /* The kink at the double .1 lies above the decimal .1 by 5.5e-18 and cuts off a sliver; at the double it does not */
    crease_net *net = pieces_net("relu:1", 1, 1, (double[]){1, -0.1, 1, 0});
    crease_number low, high;
    crease_regions *regions;
    ck_assert_int_eq(crease_number_parse("0.1", &low, NULL), CREASE_OK);
    ck_assert_int_eq(crease_number_parse("1", &high, NULL), CREASE_OK);
    ck_assert_int_eq(crease_regions_box(net, &low, &high, NULL, &regions, NULL), CREASE_OK);
    ck_assert_uint_eq(regions->region_count, 2);
    ck_assert_double_eq_tol(regions->region[0].area, 5.5511151231257827e-18, 1e-33);
    crease_regions_free(regions);
    crease_number_clear(&low);
    ck_assert_int_eq(crease_number_from_double(0.1, &low, NULL), CREASE_OK);
    ck_assert_int_eq(crease_regions_box(net, &low, &high, NULL, &regions, NULL), CREASE_OK);
    ck_assert_uint_eq(regions->region_count, 1);
    crease_regions_free(regions);
    crease_number_clear(&low);
    crease_number_clear(&high);
    crease_net_free(net);
}
END_TEST

/* ---- arrangements of lines ---- */

/* Lines a x + b y + c = 0 of integers: how many cut the open square, and meetings in it, each counted once where no
 * three lines meet. Exact in long integers. */
static size_t lines_count(size_t n, const double *ab, const double *c, long half, bool *general) {
    size_t count = 1;
    long *a = calloc(3 * n + 1, sizeof *a);
    ck_assert_ptr_nonnull(a);
    for (size_t i = 0; i < n; i++) {
        a[3 * i] = lround(ab[2 * i]);
        a[3 * i + 1] = lround(ab[2 * i + 1]);
        a[3 * i + 2] = lround(c[i]);
        long reach = (labs(a[3 * i]) + labs(a[3 * i + 1])) * half;
        count += labs(a[3 * i + 2]) < reach;
    }
    *general = true;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const long *p = a + 3 * i, *q = a + 3 * j;
            long w = p[0] * q[1] - p[1] * q[0];
            long x = p[1] * q[2] - p[2] * q[1], y = p[2] * q[0] - p[0] * q[2];
            *general = *general && w != 0 && labs(x) != half * labs(w) && labs(y) != half * labs(w);
            count += w != 0 && labs(x) < half * labs(w) && labs(y) < half * labs(w);
            for (size_t k = j + 1; k < n; k++)
                *general = *general && a[3 * k] * x + a[3 * k + 1] * y + a[3 * k + 2] * w != 0;
        }
    free(a);
    return count;
}

START_TEST(one_layer_makes_as_many_regions_as_its_lines) {
    gsl_rng *random = crease_random_new(41, 0);
    size_t full = 0;
    for (size_t trial = 0; trial < test_rounds(150, 2000); trial++) {
        size_t n = 1 + gsl_rng_uniform_int(random, 12);
        char spec[20];
        snprintf(spec, sizeof spec, "relu:%zu", n);
        crease_net *net = pieces_integer(random, spec, 2, 1, 99);
        const crease_layer *layer = &net->layer[0];
        bool large = trial % 2, general;
        long half = large ? 40000 : 1;
        size_t expected =
            lines_count(n, net->theta + layer->weights, net->theta + layer->biases, half, &general);
        crease_regions *regions = square(net, (double)half);
        ck_assert_double_le((double)regions->region_count, regions->zaslavsky);
        if (general)
            ck_assert_msg(regions->region_count == expected, "trial %zu: %zu regions, not %zu", trial,
                          regions->region_count, expected);
        if (general && large) { /* all meetings of such lines lie within 2 * 99^2 */
            full++;
            ck_assert_double_eq((double)regions->region_count, 1 + (double)n + (double)(n * (n - 1) / 2));
            ck_assert_double_eq((double)regions->region_count, regions->zaslavsky);
        }
        crease_regions_free(regions);
        crease_net_free(net);
    }
    ck_assert_uint_gt(full, 20);
    gsl_rng_free(random);
}
END_TEST

static void check_count(const double *theta, size_t units, size_t regions_expected, size_t lines_expected) {
    char spec[20];
    snprintf(spec, sizeof spec, "relu:%zu", units);
    crease_net *net = pieces_net(spec, 2, 1, NULL);
    memcpy(net->theta, theta, 3 * units * sizeof *theta);
    for (size_t u = 0; u < units; u++)
        net->theta[net->output_weights + u] = 1;
    crease_regions *regions = square(net, 1);
    ck_assert_uint_eq(regions->region_count, regions_expected);
    ck_assert_uint_eq(regions->hyperplane_count, lines_expected);
    crease_regions_free(regions);
    crease_net_free(net);
}

START_TEST(degenerate_lines) {
    check_count((double[]){1, 0, 1, 0, 1, 0, -.5, 0, .5}, 3, 4, 3);  /* parallel */
    check_count((double[]){1, 2, -3, -6, .25, -.75}, 2, 2, 1);       /* one line twice, opposite signs */
    check_count((double[]){1, 0, 0, 1, 1, 1, 0, 0, 0}, 3, 6, 3);     /* three through one point */
    check_count((double[]){1, 0, 0, -1, -1, -1}, 2, 1, 0);           /* on the edges x = 1, y = -1 */
    check_count((double[]){1, 1, 1, -1, -2, 0}, 2, 2, 1);            /* through a corner; through two */
    check_count((double[]){0, 0, 0, 0, 3, 0}, 2, 1, 0);              /* no weights: constant, and 0 */
    check_count((double[]){1, 0, 0, 0, 0, 1, 0, -7, 0}, 3, 4, 2);    /* a constant one between */
    check_count((double[]){1, 0, 1, 1e-300, 0, 0}, 2, 4, 2);         /* slivers of width 1e-300 */
    check_count((double[]){1e150, 0, 0, 1e-150, 1e149, 0}, 2, 4, 2); /* scales do not matter */
}
END_TEST

/* ---- one dimension ---- */

START_TEST(intervals_are_the_knots_of_the_polyline) {
    static const char *const specs[] = {"relu:5", "affine+relu:4", "leaky(.1):4/relu:3",
                                        "relu:4/prelu:4+identity:1"};
    gsl_rng *random = crease_random_new(42, 0);
    for (size_t trial = 0; trial < test_rounds(60, 600); trial++) {
        crease_net *net = pieces_random(random, specs[trial % 4], 1, 1);
        crease_error error;
        crease_pwl *pwl;
        pieces_scale(random, net);
        ck_assert_msg(crease_pwl_from_net(net, &pwl, &error) == CREASE_OK, "%s", error.message);
        crease_regions *regions = regions_of(net, (double[]){-50}, (double[]){50});
        ck_assert_double_eq(regions->region[0].vertex[0], -50);
        for (size_t i = 0; i < regions->region_count; i++) {
            const crease_region *region = &regions->region[i];
            double middle = (region->vertex[0] + region->vertex[1]) / 2, y;
            pieces_evaluate(net, &middle, &y);
            ck_assert_double_eq_tol(region->gain[0] * middle + region->offset[0], y, 1e-10 * (1 + fabs(y)));
            if (i > 0)
                ck_assert_double_eq(region->vertex[0], regions->region[i - 1].vertex[1]);
        }
        size_t seen = 0; /* each knot of the polyline inside is an end of an interval */
        for (size_t k = 0; k < pwl->knot_count; k++)
            for (size_t i = 0; i + 1 < regions->region_count && fabs(pwl->x[k]) < 50; i++)
                if (fabs(regions->region[i].vertex[1] - pwl->x[k]) <= 1e-9 * (1 + fabs(pwl->x[k]))) {
                    seen++;
                    break;
                }
        size_t inside = 0;
        for (size_t k = 0; k < pwl->knot_count; k++)
            inside += fabs(pwl->x[k]) < 50;
        ck_assert_msg(seen == inside, "trial %zu: %zu of %zu knots are ends of regions", trial, seen, inside);
        crease_regions_free(regions);
        crease_pwl_free(pwl);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(along_a_segment) {
    gsl_rng *random = crease_random_new(43, 0);
    for (size_t trial = 0; trial < test_rounds(20, 200); trial++) {
        crease_net *net = pieces_random(random, "relu:12/relu:8", 5, 2);
        double from[5], to[5], x[5], y[2];
        pieces_scale(random, net);
        for (size_t j = 0; j < 5; j++) {
            from[j] = gsl_ran_flat(random, -2, 2);
            to[j] = gsl_ran_flat(random, -2, 2);
        }
        crease_number *a = pieces_numbers(5, from), *b = pieces_numbers(5, to);
        crease_regions *regions;
        ck_assert_int_eq(crease_regions_segment(net, a, b, NULL, &regions, NULL), CREASE_OK);
        ck_assert(regions->segment && regions->dimension == 1);
        double total = 0;
        char *last = NULL;
        for (size_t i = 0; i < regions->region_count; i++) {
            const crease_region *region = &regions->region[i];
            double t = (region->vertex[0] + region->vertex[1]) / 2;
            total += region->area;
            for (size_t j = 0; j < 5; j++)
                x[j] = from[j] + t * (to[j] - from[j]);
            pieces_evaluate(net, x, y);
            for (size_t k = 0; k < 2; k++) {
                ck_assert_double_eq_tol(region->gain[k] * t + region->offset[k], y[k],
                                        1e-11 * (1 + fabs(y[k])));
                ck_assert_double_le(regions->output_min[k], y[k] + 1e-12);
                ck_assert_double_ge(regions->output_max[k], y[k] - 1e-12);
            }
            char *pattern = pieces_pattern(net, x); /* every breakpoint is a change of some unit's side */
            ck_assert(region->area < 1e-6 || !last || strcmp(last, pattern) != 0);
            free(last);
            last = pattern;
        }
        free(last);
        ck_assert_double_eq_tol(total, 1, 1e-14);
        crease_regions_free(regions);
        pieces_numbers_free(a, 5);
        pieces_numbers_free(b, 5);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(a_slice_is_the_net_with_that_input_folded_in) {
    /* x2 = 3 fixed: z = w0 x1 + w1 3 + w2 x3 + b */
    gsl_rng *random = crease_random_new(44, 0);
    crease_net *net = pieces_integer(random, "relu:7/relu:3", 3, 1, 9),
               *folded = pieces_net("relu:7/relu:3", 2, 1, NULL);
    for (size_t u = 0; u < 7; u++) {
        folded->theta[2 * u] = net->theta[3 * u];
        folded->theta[2 * u + 1] = net->theta[3 * u + 2];
        folded->theta[14 + u] = net->theta[21 + u] + 3 * net->theta[3 * u + 1];
    }
    memcpy(folded->theta + 21, net->theta + 28, (folded->parameter_count - 21) * sizeof(double));
    crease_regions *slice = regions_of(net, (double[]){-2, 3, -1}, (double[]){2, 3, 1});
    crease_regions *plane = regions_of(folded, (double[]){-2, -1}, (double[]){2, 1});
    ck_assert_uint_eq(slice->varying[0], 0);
    ck_assert_uint_eq(slice->varying[1], 2);
    ck_assert_uint_eq(slice->region_count, plane->region_count);
    ck_assert_uint_gt(slice->region_count, 5);
    for (size_t i = 0; i < slice->region_count; i++) {
        const crease_region *a = &slice->region[i], *b = &plane->region[i];
        ck_assert_uint_eq(a->vertex_count, b->vertex_count);
        ck_assert_int_eq(memcmp(a->vertex, b->vertex, 2 * a->vertex_count * sizeof(double)), 0);
        ck_assert_int_eq(memcmp(a->gain, b->gain, 2 * sizeof(double)), 0);
        ck_assert_double_eq(a->offset[0], b->offset[0]);
        ck_assert_double_eq(a->area, b->area);
    }
    crease_regions_free(slice);
    crease_regions_free(plane);
    crease_net_free(net);
    crease_net_free(folded);
    gsl_rng_free(random);
}
END_TEST

/* ---- what is refused ---- */

static void check_refused(const crease_net *net, const double *lower, const double *upper, const char *says) {
    crease_number *low = pieces_numbers(net->inputs, lower), *high = pieces_numbers(net->inputs, upper);
    crease_regions *regions;
    crease_error error = {0};
    ck_assert_int_eq(crease_regions_box(net, low, high, NULL, &regions, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(regions);
    ck_assert_msg(strstr(error.message, says) != NULL, "%s", error.message);
    pieces_numbers_free(low, net->inputs);
    pieces_numbers_free(high, net->inputs);
}

START_TEST(what_has_no_regions_is_refused) {
    const double zero[3] = {0, 0, 0}, one[3] = {1, 1, 1};
    crease_net *net = pieces_net("relu:2+tanh:1", 2, 1, NULL);
    check_refused(net, zero, one, "smooth units");
    crease_net_free(net);
    net = pieces_net("relu^1.5:2", 2, 1, NULL);
    check_refused(net, zero, one, "smooth units");
    crease_net_free(net);
    net = pieces_net("relu:2", 3, 1, NULL);
    check_refused(net, zero, one, "3 inputs vary");
    check_refused(net, one, one, "0 inputs vary");
    check_refused(net, one, zero, "is empty");
    net->theta[3] = NAN;
    check_refused(net, zero, (double[]){0, 1, 1}, "not a finite number");
    net->theta[3] = 0;
    net->input_scale[0] = INFINITY;
    check_refused(net, zero, (double[]){0, 1, 1}, "not a finite number");
    crease_number *a = pieces_numbers(3, one);
    crease_regions *regions;
    ck_assert_int_eq(crease_regions_segment(net, a, a, NULL, &regions, NULL), CREASE_BAD_ARGUMENT);
    pieces_numbers_free(a, 3);
    crease_net_free(net);
}
END_TEST

static bool after_five(void *context) {
    return ++*(size_t *)context > 5;
}

START_TEST(the_search_can_be_ended) {
    gsl_rng *random = crease_random_new(45, 0);
    crease_net *net = pieces_random(random, "relu:10", 2, 1);
    crease_number *low = pieces_numbers(2, (double[]){-9, -9}), *high = pieces_numbers(2, (double[]){9, 9});
    crease_regions *regions;
    size_t calls = 0;
    crease_regions_options limit = {.limit = 7}, stop = {.interrupted = after_five, .context = &calls};
    ck_assert_int_eq(crease_regions_box(net, low, high, &limit, &regions, NULL), CREASE_OK);
    ck_assert(!regions->complete);
    ck_assert_str_eq(regions->why, "limit");
    ck_assert_uint_eq(regions->region_count, 7);
    crease_regions_free(regions);
    ck_assert_int_eq(crease_regions_box(net, low, high, &stop, &regions, NULL), CREASE_OK);
    ck_assert_str_eq(regions->why, "interrupted");
    ck_assert_uint_eq(regions->region_count, 5);
    crease_regions_free(regions);
    ck_assert_int_eq(crease_regions_box(net, low, high, NULL, &regions, NULL), CREASE_OK);
    limit.limit = regions->region_count; /* exactly enough is enough */
    crease_regions_free(regions);
    ck_assert_int_eq(crease_regions_box(net, low, high, &limit, &regions, NULL), CREASE_OK);
    ck_assert(regions->complete);
    crease_regions_free(regions);
    crease_regions_free(NULL);
    pieces_numbers_free(low, 2);
    pieces_numbers_free(high, 2);
    crease_net_free(net);
    gsl_rng_free(random);
}
END_TEST

Suite *test_regions(void);
Suite *test_regions(void) {
    Suite *suite = suite_create("regions");
    TCase *tcase = tcase_create("regions");
    tcase_add_test(tcase, one_unit_halves_the_square);
    tcase_add_test(tcase, a_second_layer_bends_the_lines_of_the_first);
    tcase_add_test(tcase, units_that_cancel_leave_one_piece);
    tcase_add_test(tcase, decimals_of_the_box_are_exact);
    tcase_add_test(tcase, one_layer_makes_as_many_regions_as_its_lines);
    tcase_add_test(tcase, degenerate_lines);
    tcase_add_test(tcase, intervals_are_the_knots_of_the_polyline);
    tcase_add_test(tcase, along_a_segment);
    tcase_add_test(tcase, a_slice_is_the_net_with_that_input_folded_in);
    tcase_add_test(tcase, what_has_no_regions_is_refused);
    tcase_add_test(tcase, the_search_can_be_ended);
    suite_add_tcase(suite, tcase);
    return suite;
}
