/* What holds for every mosaic, exactly: areas, Euler's formula, continuity, one map a cell; and the arithmetic below. */
#include "crease/crease.h"
#include "regions/mosaic.h"
#include "regions/rational.h"
#include "support/pieces.h"
#include "support/suites.h"
#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const specs[] = {"relu:9",
                                    "relu:6/relu:5",
                                    "leaky(.2):5/prelu:4",
                                    "affine+relu:7",
                                    "relu:4+identity:2/relu:4",
                                    "relu:4/relu:3/relu:3",
                                    "relu^1:4/leaky:3"};
enum { SPECS = sizeof specs / sizeof *specs };

/* On [-2, 3] x [-1, 1.5]. */
static crease_mosaic *mosaic_of(const crease_net *net) {
    mpq_t *origin = crease_rationals_new(2), *direction = crease_rationals_new(4),
          *bound = crease_rationals_new(4);
    crease_integer_net *integer;
    crease_mosaic *mosaic;
    crease_error error;
    crease_regions_options options = {0};
    mpq_set_ui(direction[0], 1, 1);
    mpq_set_ui(direction[3], 1, 1);
    mpq_set_si(bound[0], -2, 1);
    mpq_set_si(bound[1], -1, 1);
    mpq_set_si(bound[2], 3, 1);
    mpq_set_si(bound[3], 3, 2);
    crease_status status =
        crease_integer_net_new(net, (const mpq_t *)origin, (const mpq_t *)direction, 2, &integer, &error);
    if (status == CREASE_OK)
        status = crease_mosaic_new(integer, (const mpq_t *)bound, (const mpq_t *)bound + 2, &options, &mosaic,
                                   &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    crease_rationals_free(origin, 2);
    crease_rationals_free(direction, 4);
    crease_rationals_free(bound, 4);
    return mosaic;
}

static crease_net *net_of_trial(gsl_rng *random, size_t trial) {
    const char *spec = specs[trial % SPECS];
    crease_net *net =
        trial % 3 == 0 ? pieces_integer(random, spec, 2, 2, 3) : pieces_random(random, spec, 2, 2);
    if (trial % 3 == 2)
        pieces_scale(random, net);
    return net;
}

/* ---- the checks ---- */

static void check_areas(const crease_mosaic *mosaic, size_t trial) {
    mpq_t sum, area;
    mpq_inits(sum, area, NULL);
    for (size_t i = 0; i < mosaic->cell_count; i++) {
        crease_mosaic_area(mosaic, i, area);
        ck_assert_msg(mpq_sgn(area) > 0, "trial %zu: cell %zu has no area", trial, i);
        mpq_add(sum, sum, area);
    }
    mpq_set_ui(area, 25, 2);
    ck_assert_msg(mpq_equal(sum, area), "trial %zu: the areas do not sum to 12.5", trial);
    mpq_clears(sum, area, NULL);
}

/* Different places: each coordinate pair as one sortable row. */
typedef struct point {
    mpq_t x, y;
} point;

static int compare_points(const void *a, const void *b) {
    const point *p = a, *q = b;
    int order = mpq_cmp(p->x, q->x);
    return order ? order : mpq_cmp(p->y, q->y);
}

/* V - E + F = 1 without the outside: two convex cells share one edge, which holds no other corner. */
static void check_euler(const crease_mosaic *mosaic, size_t trial) {
    size_t *pair, pairs, corners = 0, outer = 0, distinct = 0;
    ck_assert_int_eq(crease_mosaic_pairs(mosaic, &pair, &pairs, NULL), CREASE_OK);
    for (size_t i = 0; i < mosaic->cell_count; i++)
        for (size_t k = 0; k < mosaic->cell[i].corner_count; k++, corners++)
            outer += mosaic->cell[i].corner[k].line < 4;
    point *places = calloc(corners, sizeof *places);
    ck_assert_ptr_nonnull(places);
    size_t n = 0;
    for (size_t i = 0; i < mosaic->cell_count; i++)
        for (size_t k = 0; k < mosaic->cell[i].corner_count; k++, n++) {
            const mpz_t *p = (const mpz_t *)mosaic->place.value + 3 * mosaic->cell[i].corner[k].place;
            mpq_inits(places[n].x, places[n].y, NULL);
            mpq_set_num(places[n].x, p[0]);
            mpq_set_den(places[n].x, p[2]);
            mpq_canonicalize(places[n].x);
            mpq_set_num(places[n].y, p[1]);
            mpq_set_den(places[n].y, p[2]);
            mpq_canonicalize(places[n].y);
        }
    qsort(places, n, sizeof *places, compare_points);
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || compare_points(&places[i - 1], &places[i]) != 0;
    ck_assert_msg(distinct + mosaic->cell_count == pairs + outer + 1,
                  "trial %zu: %zu corners, %zu + %zu edges, %zu cells", trial, distinct, pairs, outer,
                  mosaic->cell_count);
    for (size_t i = 0; i < n; i++)
        mpq_clears(places[i].x, places[i].y, NULL);
    free(places);
    free(pair);
}

/* Both cells give the same values at both ends of the edge of the first on this line. */
static bool agree(const crease_mosaic *mosaic, size_t a, size_t b, size_t corner) {
    const crease_cell *cell = &mosaic->cell[a];
    bool same = true;
    mpq_t p, q;
    mpq_inits(p, q, NULL);
    for (size_t end = 0; end < 2; end++)
        for (size_t o = 0; o < 2; o++) {
            size_t place = cell->corner[(corner + end) % cell->corner_count].place;
            crease_mosaic_value(mosaic, a, o, place, p);
            crease_mosaic_value(mosaic, b, o, place, q);
            same = same && mpq_equal(p, q);
        }
    mpq_clears(p, q, NULL);
    return same;
}

/* Neighbours have edges on one line, and their maps are equal all along it. */
static void check_continuity(const crease_mosaic *mosaic, size_t trial) {
    size_t *pair, pairs;
    ck_assert_int_eq(crease_mosaic_pairs(mosaic, &pair, &pairs, NULL), CREASE_OK);
    for (size_t i = 0; i < pairs; i++) {
        const crease_cell *p = &mosaic->cell[pair[2 * i]], *q = &mosaic->cell[pair[2 * i + 1]];
        bool joined = false;
        for (size_t k = 0; k < p->corner_count; k++)
            for (size_t m = 0; m < q->corner_count; m++)
                joined = joined || (p->corner[k].line == q->corner[m].line && p->corner[k].line >= 4 &&
                                    agree(mosaic, pair[2 * i], pair[2 * i + 1], k));
        ck_assert_msg(joined, "trial %zu: a jump between cells %zu and %zu", trial, pair[2 * i],
                      pair[2 * i + 1]);
    }
    free(pair);
}

START_TEST(areas_euler_and_continuity) {
    gsl_rng *random = crease_random_new(51, 0);
    for (size_t trial = 0; trial < test_rounds(60, 800); trial++) {
        crease_net *net = net_of_trial(random, trial);
        crease_mosaic *mosaic = mosaic_of(net);
        check_areas(mosaic, trial);
        check_euler(mosaic, trial);
        check_continuity(mosaic, trial);
        crease_mosaic_free(mosaic);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- against evaluation ---- */

static crease_regions *box_regions(const crease_net *net) {
    crease_number *low = pieces_numbers(2, (double[]){-2, -1}), *high = pieces_numbers(2, (double[]){3, 1.5});
    crease_regions *regions;
    crease_error error;
    ck_assert_msg(crease_regions_box(net, low, high, NULL, &regions, &error) == CREASE_OK, "%s",
                  error.message);
    pieces_numbers_free(low, 2);
    pieces_numbers_free(high, 2);
    return regions;
}

static void centre_of(const crease_region *region, double *x) {
    x[0] = x[1] = 0;
    for (size_t k = 0; k < region->vertex_count; k++)
        for (size_t j = 0; j < 2; j++)
            x[j] += region->vertex[2 * k + j] / (double)region->vertex_count;
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sides at the centres of cells: all different. Returns them sorted; skips cells too thin for doubles. */
static char **patterns_of(const crease_net *net, const crease_regions *regions, size_t trial, size_t *count) {
    char **pattern = calloc(regions->region_count, sizeof *pattern);
    ck_assert_ptr_nonnull(pattern);
    *count = 0;
    for (size_t i = 0; i < regions->region_count; i++) {
        const crease_region *region = &regions->region[i];
        double x[2], y[2];
        centre_of(region, x);
        pieces_evaluate(net, x, y);
        for (size_t k = 0; k < 2; k++) {
            double here = region->gain[2 * k] * x[0] + region->gain[2 * k + 1] * x[1] + region->offset[k];
            ck_assert_msg(fabs(here - y[k]) <= 1e-11 * (1 + fabs(y[k])),
                          "trial %zu: cell %zu gives %g, not %g", trial, i, here, y[k]);
        }
        char *text = pieces_pattern(net, x);
        if (strchr(text, '0'))
            free(text);
        else
            pattern[(*count)++] = text;
    }
    qsort(pattern, *count, sizeof *pattern, compare_texts);
    for (size_t i = 1; i < *count; i++)
        ck_assert_msg(strcmp(pattern[i - 1], pattern[i]) != 0, "trial %zu: two cells have the sides %s",
                      trial, pattern[i]);
    return pattern;
}

START_TEST(every_point_of_a_grid_lies_in_a_cell_of_its_sides) {
    enum { GRID = 60 };
    gsl_rng *random = crease_random_new(52, 0);
    for (size_t trial = 0; trial < test_rounds(21, 200); trial++) {
        crease_net *net = net_of_trial(random, trial);
        crease_regions *regions = box_regions(net);
        size_t count, thin;
        char **pattern = patterns_of(net, regions, trial, &count);
        thin = regions->region_count - count;
        double least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY};
        for (size_t i = 0; i <= GRID * GRID; i++) {
            double x[2] = {-2 + 5 * (double)(i % GRID) / (GRID - 1), -1 + 2.5 * (double)(i / GRID) / GRID},
                   y[2];
            char *text = pieces_pattern(net, x);
            bool found = bsearch(&text, pattern, count, sizeof *pattern, compare_texts) != NULL;
            ck_assert_msg(found || thin > 0 || strchr(text, '0'), "trial %zu: no cell has the sides %s",
                          trial, text);
            free(text);
            pieces_evaluate(net, x, y);
            for (size_t k = 0; k < 2; k++) {
                least[k] = fmin(least[k], y[k]);
                most[k] = fmax(most[k], y[k]);
            }
        }
        for (size_t k = 0; k < 2; k++) {
            double y[2];
            pieces_evaluate(net, regions->argmin + 2 * k, y);
            ck_assert_double_eq_tol(y[k], regions->output_min[k], 1e-11 * (1 + fabs(y[k])));
            pieces_evaluate(net, regions->argmax + 2 * k, y);
            ck_assert_double_eq_tol(y[k], regions->output_max[k], 1e-11 * (1 + fabs(y[k])));
            ck_assert_double_le(regions->output_min[k], least[k] + 1e-12 * (1 + fabs(least[k])));
            ck_assert_double_ge(regions->output_max[k], most[k] - 1e-12 * (1 + fabs(most[k])));
        }
        for (size_t i = 0; i < count; i++)
            free(pattern[i]);
        free(pattern);
        crease_regions_free(regions);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- what must not matter ---- */

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static double *sorted_areas(const crease_regions *regions) {
    double *area = calloc(regions->region_count, sizeof *area);
    ck_assert_ptr_nonnull(area);
    for (size_t i = 0; i < regions->region_count; i++)
        area[i] = regions->region[i].area;
    qsort(area, regions->region_count, sizeof *area, compare_doubles);
    return area;
}

/* Units of the first layer in reverse, and each relu's incoming weights times a power of two that its outgoing ones
 * are divided by: the same function, exactly. */
static crease_net *rearranged(const crease_net *net) {
    crease_net *other;
    ck_assert_int_eq(crease_net_copy(net, &other, NULL), CREASE_OK);
    const crease_layer *first = &net->layer[0], *second = &net->layer[1];
    for (size_t u = 0; u < first->width; u++) {
        size_t v = first->width - 1 - u;
        double factor = ldexp(1, (int)u - 2);
        for (size_t j = 0; j < first->fan_in; j++)
            other->theta[first->weights + v * first->fan_in + j] =
                factor * net->theta[first->weights + u * first->fan_in + j];
        other->theta[first->biases + v] = factor * net->theta[first->biases + u];
        for (size_t k = 0; k < second->width; k++)
            other->theta[second->weights + k * second->fan_in + v] =
                net->theta[second->weights + k * second->fan_in + u] / factor;
    }
    return other;
}

START_TEST(order_and_scale_of_units_do_not_matter) {
    gsl_rng *random = crease_random_new(53, 0);
    for (size_t trial = 0; trial < test_rounds(20, 200); trial++) {
        crease_net *net = pieces_random(random, "relu:6/relu:5", 2, 2), *other = rearranged(net);
        crease_regions *a = box_regions(net), *b = box_regions(other);
        ck_assert_uint_eq(a->region_count, b->region_count);
        ck_assert_uint_eq(a->piece_count, b->piece_count);
        double *p = sorted_areas(a), *q = sorted_areas(b);
        ck_assert_msg(memcmp(p, q, a->region_count * sizeof *p) == 0, "trial %zu: other areas", trial);
        ck_assert_int_eq(memcmp(a->output_min, b->output_min, 2 * sizeof(double)), 0);
        ck_assert_int_eq(memcmp(a->output_max, b->output_max, 2 * sizeof(double)), 0);
        free(p);
        free(q);
        crease_regions_free(a);
        crease_regions_free(b);
        crease_net_free(net);
        crease_net_free(other);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- nearest doubles ---- */

/* No double is nearer, and of two that are as near the even one was taken: by exact comparison with the neighbours. */
static void check_nearest(const mpq_t value) {
    double nearest = crease_rational_nearest(value),
           next[2] = {nextafter(nearest, -INFINITY), nextafter(nearest, INFINITY)};
    mpq_t own, other;
    mpq_inits(own, other, NULL);
    mpq_set_d(own, nearest);
    mpq_sub(own, own, value);
    mpq_abs(own, own);
    for (size_t i = 0; i < 2; i++) {
        if (isinf(next[i]))
            continue;
        mpq_set_d(other, next[i]);
        mpq_sub(other, other, value);
        mpq_abs(other, other);
        ck_assert_msg(mpq_cmp(own, other) <= 0, "%a is nearer than %a", next[i], nearest);
    }
    double below = crease_rational_below(value), above = crease_rational_above(value);
    mpq_set_d(own, below);
    mpq_set_d(other, above);
    ck_assert(mpq_cmp(own, value) <= 0 && mpq_cmp(other, value) >= 0);
    ck_assert(below == above || nextafter(below, INFINITY) == above);
    mpq_clears(own, other, NULL);
}

/* A random integer of so many words of 32 bits. */
static void set_words(gsl_rng *random, size_t words, mpz_t number) {
    mpz_set_ui(number, 1);
    for (size_t i = 0; i < words; i++) {
        mpz_mul_2exp(number, number, 32);
        mpz_add_ui(number, number, gsl_rng_get(random) & 0xffffffffU);
    }
}

/* n = d (m + 1/2) and its neighbours: quotients half way between two doubles, and as near to it as d allows. */
START_TEST(quotients_next_to_ties) {
    gsl_rng *random = crease_random_new(55, 0);
    mpq_t value;
    mpz_t middle;
    mpq_init(value);
    mpz_init(middle);
    for (size_t trial = 0; trial < test_rounds(600, 20000); trial++) {
        mpz_set_d(middle, 2 * floor(ldexp(1 + gsl_rng_uniform(random), 52)) + 1);
        for (long off = -1; off <= 1; off++) {
            set_words(random, 1 + trial % 9, mpq_denref(value));
            mpz_mul_2exp(mpq_denref(value), mpq_denref(value), 1);
            mpz_mul(mpq_numref(value), mpq_denref(value), middle);
            mpz_tdiv_q_2exp(mpq_numref(value), mpq_numref(value), 1);
            if (off < 0)
                mpz_sub_ui(mpq_numref(value), mpq_numref(value), 1);
            else
                mpz_add_ui(mpq_numref(value), mpq_numref(value), (unsigned long)off);
            if (trial % 2)
                mpz_neg(mpq_numref(value), mpq_numref(value));
            mpq_canonicalize(value);
            check_nearest(value);
        }
        set_words(random, trial % 12, mpq_numref(value));
        set_words(random, trial % 7, mpq_denref(value));
        mpq_canonicalize(value);
        check_nearest(value);
    }
    mpz_clear(middle);
    mpq_clear(value);
    gsl_rng_free(random);
}
END_TEST

START_TEST(quotients_become_the_nearest_doubles) {
    gsl_rng *random = crease_random_new(54, 0);
    mpq_t value;
    mpq_init(value);
    for (size_t trial = 0; trial < test_rounds(3000, 100000); trial++) {
        double numerator = ldexp(gsl_ran_flat(random, -1, 1), 53);
        mpz_set_d(mpq_numref(value), trial % 5 ? numerator : 1 + (double)(trial % 100));
        mpz_set_d(mpq_denref(value), 1 + floor(ldexp(gsl_rng_uniform(random), (int)(trial % 60))));
        mpq_canonicalize(value);
        unsigned long shift = gsl_rng_uniform_int(random, trial % 2 ? 1180 : 80);
        if (trial % 3 && trial % 7)
            mpq_div_2exp(value, value, shift);
        else if (shift < 900)
            mpq_mul_2exp(value, value, shift);
        check_nearest(value);
    }
    for (long i = -8; i <= 8; i++) { /* ties, at 1 and among the denormals */
        mpq_set_si(value, (1L << 60) + i * 64, 1UL << 60);
        check_nearest(value);
        mpq_set_si(value, 2 * i + 1, 2);
        mpq_div_2exp(value, value, 1074);
        check_nearest(value);
    }
    mpq_set_ui(value, 1, 1);
    mpq_mul_2exp(value, value, 1024);
    ck_assert_double_eq(crease_rational_nearest(value), INFINITY);
    ck_assert_double_eq(crease_rational_below(value), DBL_MAX);
    mpq_neg(value, value);
    ck_assert_double_eq(crease_rational_above(value), -DBL_MAX);
    mpq_mul_2exp(value, value, 4000);
    ck_assert_double_eq(crease_rational_nearest(value), -INFINITY);
    mpq_clear(value);
    gsl_rng_free(random);
}
END_TEST

START_TEST(doubles_are_taken_apart_exactly) {
    static const double values[] = {0, 1, -3, 0.1, -1e150, 1e-150, DBL_MAX, DBL_MIN, 4.9406564584124654e-324};
    mpz_t integer;
    mpq_t value, expected;
    mpz_init(integer);
    mpq_inits(value, expected, NULL);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        unsigned long bits = crease_fraction_bits(values[i]);
        crease_scaled_integer(values[i], bits + 3, integer);
        mpq_set_z(value, integer);
        mpq_div_2exp(value, value, bits + 3);
        mpq_set_d(expected, values[i]);
        ck_assert_msg(mpq_equal(value, expected), "%a", values[i]);
    }
    ck_assert_uint_eq(crease_fraction_bits(0.75), 2);
    ck_assert_uint_eq(crease_fraction_bits(12), 0);
    mpz_clear(integer);
    mpq_clears(value, expected, NULL);
}
END_TEST

Suite *test_mosaic(void);
Suite *test_mosaic(void) {
    Suite *suite = suite_create("mosaic");
    TCase *tcase = tcase_create("mosaic");
    tcase_add_test(tcase, areas_euler_and_continuity);
    tcase_add_test(tcase, every_point_of_a_grid_lies_in_a_cell_of_its_sides);
    tcase_add_test(tcase, order_and_scale_of_units_do_not_matter);
    tcase_add_test(tcase, quotients_become_the_nearest_doubles);
    tcase_add_test(tcase, quotients_next_to_ties);
    tcase_add_test(tcase, doubles_are_taken_apart_exactly);
    suite_add_tcase(suite, tcase);
    return suite;
}
