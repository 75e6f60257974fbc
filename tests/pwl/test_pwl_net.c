/* Polylines to networks and back: against each other, against the network as it is evaluated, and through files. */
#include "crease/model_file.h"
#include "crease/pwl.h"
#include "crease/random.h"
#include "support/run.h"
#include "support/suites.h"
#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_pwl *new_pwl(size_t knots) {
    crease_pwl *pwl;
    ck_assert_int_eq(crease_pwl_new(&pwl, knots, NULL), CREASE_OK);
    return pwl;
}

static crease_net *to_net(const crease_pwl *pwl) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_pwl_to_net(pwl, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static crease_pwl *from_net(const crease_net *net) {
    crease_pwl *pwl;
    crease_error error;
    ck_assert_msg(crease_pwl_from_net(net, &pwl, &error) == CREASE_OK, "%s", error.message);
    return pwl;
}

static void values(const crease_net *net, size_t n, const double *x, double *y) {
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, n, x, y);
    crease_work_free(work);
}

static double steepest(const crease_pwl *p) {
    double slope = fmax(fabs(p->slope_left), fabs(p->slope_right));
    for (size_t i = 1; i < p->knot_count; i++)
        slope = fmax(slope, fabs((p->y[i] - p->y[i - 1]) / (p->x[i] - p->x[i - 1])));
    return slope;
}

/* Largest |y| that a polyline is made of, slopes over the range of the knots included. */
static double size_of(const crease_pwl *p) {
    size_t k = p->knot_count;
    double range = k > 1 ? p->x[k - 1] - p->x[0] : 1, size = 0;
    for (size_t i = 0; i < k; i++)
        size = fmax(size, fabs(p->y[i] - p->y[0]));
    return fmax(size, range * fmax(fabs(p->slope_left), fabs(p->slope_right)));
}

/* Knots to the bit, values and end slopes within `tolerance` of the size. */
static void check_same(const crease_pwl *a, const crease_pwl *b, double tolerance, const char *what,
                       unsigned long seed) {
    ck_assert_msg(a->knot_count == b->knot_count, "%s, seed %lu: %zu knots, then %zu", what, seed,
                  a->knot_count, b->knot_count);
    size_t k = a->knot_count;
    double size = size_of(a), largest = 0;
    for (size_t i = 0; i < k; i++) {
        largest = fmax(largest, fabs(a->y[i]));
        ck_assert_msg(a->x[i] == b->x[i], "%s, seed %lu: knot %zu at %.17g, then %.17g", what, seed, i,
                      a->x[i], b->x[i]);
    }
    /* an end slope is the sum of a steep piece's and a jump, which is rounded */
    double steep = 2 * DBL_EPSILON * steepest(a);
    tolerance = tolerance * size + 2 * DBL_EPSILON * largest;
    for (size_t i = 0; i < k; i++)
        ck_assert_msg(fabs(a->y[i] - b->y[i]) <= tolerance, "%s, seed %lu: knot %zu has %.17g, then %.17g",
                      what, seed, i, a->y[i], b->y[i]);
    ck_assert_msg(fabs(a->slope_left - b->slope_left) <= steep &&
                      fabs(a->slope_right - b->slope_right) <= steep,
                  "%s, seed %lu: end slopes %.17g %.17g, then %.17g %.17g", what, seed, a->slope_left,
                  a->slope_right, b->slope_left, b->slope_right);
    if (k == 0)
        ck_assert_msg(a->value_at_zero == b->value_at_zero, "%s, seed %lu: line", what, seed);
}

/* Knots that are neither too close nor on a line: the step is at least a tenth of the mean. */
static crease_pwl *random_pwl(gsl_rng *rng, size_t k, double start, double step, double height) {
    crease_pwl *p = new_pwl(k);
    for (size_t i = 0; i < k; i++) {
        p->x[i] = (i ? p->x[i - 1] : start) + step * (.1 + gsl_rng_uniform(rng));
        p->y[i] = height * gsl_ran_gaussian(rng, 1);
    }
    double steep = height / step / (double)(k ? k : 1);
    p->slope_left = steep * gsl_ran_gaussian(rng, 1);
    p->slope_right = k ? steep * gsl_ran_gaussian(rng, 1) : p->slope_left;
    p->value_at_zero = height * gsl_ran_gaussian(rng, 1);
    return p;
}

typedef struct place {
    double start, step, height;
} place;

static const place places[] = {{0, 1, 1},      {-3, .2, 1},         {1e6, 1e-3, 1},   {-1e9, 1e3, 1e-9},
                               {.3, 1e150, 1}, {0, 1e-150, 1e-150}, {.1, .03, 1e150}, {-1e3, .37, 1e100}};

START_TEST(there_and_back) {
    for (uint64_t seed = 1; seed <= test_rounds(60, 2000); seed++)
        for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
            gsl_rng *rng = crease_random_new(seed, j);
            size_t k = gsl_rng_uniform_int(rng, 13);
            crease_pwl *p = random_pwl(rng, k, places[j].start, places[j].step, places[j].height);
            crease_net *net = to_net(p);
            crease_pwl *back = from_net(net);
            char spec[40], wanted[40] = "affine";
            crease_net_spec(net, spec, sizeof spec);
            if (k)
                snprintf(wanted, sizeof wanted, "affine+relu:%zu", k);
            ck_assert_str_eq(spec, wanted);
            check_same(p, back, 1e-14, spec, seed);
            for (size_t i = 0; k && i < 40; i++) { /* the net as it is evaluated, also beyond the knots */
                double range = k > 1 ? p->x[k - 1] - p->x[0] : places[j].step;
                double x = p->x[0] + range * (2 * gsl_rng_uniform(rng) - .5), y;
                values(net, 1, &x, &y);
                double expected = crease_pwl_evaluate(p, x), at_x = fabs(expected) + fabs(p->y[0]);
                double tolerance = 4 * DBL_EPSILON * (steepest(p) * ((double)k * range + fabs(x)) + at_x);
                ck_assert_msg(fabs(y - expected) <= tolerance,
                              "seed %lu, place %zu, %s: %.17g at %.17g, not %.17g", (unsigned long)seed, j,
                              spec, y, x, expected);
            }
            crease_pwl_free(p);
            crease_pwl_free(back);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

/* 10^5 knots of a curve and of noise come back to the last digits, whatever the partial sums. */
START_TEST(very_many_knots) {
    enum { k = 100000 };
    for (int noise = 0; noise < 2; noise++)
        for (size_t j = 0; j < 3; j++) {
            if (test_leaves_out(j + (size_t)noise))
                continue;
            static const double starts[] = {0, -.4, 1e6};
            gsl_rng *rng = crease_random_new(1, j);
            crease_pwl *p = new_pwl(k);
            for (size_t i = 0; i < k; i++) {
                double t = ((double)i + .9 * gsl_rng_uniform(rng)) / k;
                p->x[i] = starts[j] + t;
                p->y[i] = noise ? gsl_rng_uniform(rng) : sin(20 * t);
            }
            p->slope_left = .7;
            p->slope_right = -1.3;
            crease_net *net = to_net(p);
            crease_pwl *back = from_net(net);
            check_same(p, back, noise ? 1e-12 : 1e-14, noise ? "noise" : "curve", j);
            crease_pwl_free(p);
            crease_pwl_free(back);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

/* ---- networks to polylines ---- */

static crease_net *parse(const char *spec) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static const char *const specs[] = {"affine",
                                    "identity:2",
                                    "relu:1",
                                    "affine+relu:5",
                                    "relu:8",
                                    "leaky(.3):4",
                                    "prelu:3+relu:2",
                                    "identity:2+relu:3",
                                    "relu:6/relu:6",
                                    "prelu:3/leaky(.5):3+identity:1/relu:3",
                                    "affine+relu:9/relu:5"};

START_TEST(polyline_of_a_network_is_the_network) {
    for (uint64_t seed = 1; seed <= test_rounds(30, 1000); seed++)
        for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
            gsl_rng *rng = crease_random_new(seed, 100 + s);
            crease_net *net = parse(specs[s]);
            for (size_t j = 0; j < net->parameter_count; j++)
                net->theta[j] = gsl_ran_gaussian(rng, 1);
            net->input_shift[0] = gsl_ran_gaussian(rng, 2);
            net->input_scale[0] = .5 + 2 * gsl_rng_uniform(rng);
            net->output_shift[0] = gsl_ran_gaussian(rng, 5);
            net->output_scale[0] = .5 + 2 * gsl_rng_uniform(rng);
            crease_pwl *p = from_net(net);
            size_t k = p->knot_count;
            double low = k ? p->x[0] : -1, high = k ? p->x[k - 1] : 1, range = fmax(high - low, 1);
            for (size_t i = 0; i < 60; i++) {
                double x = i < k ? p->x[i] : low + range * (3 * gsl_rng_uniform(rng) - 1), y;
                values(net, 1, &x, &y);
                double size = 10 * (double)net->parameter_count * (1 + fabs(x) + fabs(y));
                ck_assert_msg(fabs(y - crease_pwl_evaluate(p, x)) <= 1e-14 * size,
                              "seed %lu, %s: %.17g at %.17g, polyline %.17g", (unsigned long)seed, specs[s],
                              y, x, crease_pwl_evaluate(p, x));
            }
            crease_net *again = to_net(p); /* and as one layer */
            crease_pwl *back = from_net(again);
            check_same(p, back, 1e-14, specs[s], seed);
            crease_net_free(again);
            crease_pwl_free(back);
            crease_pwl_free(p);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

static void check_theta(const char *spec, const double *theta, size_t parameters, size_t knots,
                        const double *x, const double *y, double slope_left, double slope_right) {
    crease_net *net = parse(spec);
    ck_assert_uint_eq(net->parameter_count, parameters);
    memcpy(net->theta, theta, parameters * sizeof *theta);
    crease_pwl *p = from_net(net);
    ck_assert_msg(p->knot_count == knots, "%s: %zu knots, not %zu", spec, p->knot_count, knots);
    for (size_t i = 0; i < knots; i++)
        ck_assert_msg(fabs(p->x[i] - x[i]) <= 1e-15 && fabs(p->y[i] - y[i]) <= 1e-15,
                      "%s: knot %zu: %.17g %.17g", spec, i, p->x[i], p->y[i]);
    if (!knots)
        ck_assert_double_eq_tol(p->value_at_zero, y[0], 1e-15);
    ck_assert_double_eq_tol(p->slope_left, slope_left, 1e-14);
    ck_assert_double_eq_tol(p->slope_right, slope_right, 1e-14);
    crease_pwl_free(p);
    crease_net_free(net);
}

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define CHECK(spec, theta, knots, x, y, left, right)                                                         \
    check_theta(spec, theta, COUNT(theta), knots, (const double[]){x}, (const double[]){y}, left, right)

START_TEST(corners_that_meet_or_cancel) {
    const double same[] = {1, 3, -.7, -2.1, 5, 1, 0};
    CHECK("relu:2", same, 1, .7, 0, 0, 8);
    const double facing[] = {1, -3, -.7, 2.1, 5, 1, .5};
    CHECK("relu:2", facing, 1, .7, .5, -3, 5);
    const double line[] = {1, -1, -.7, .7, 5, -5, 0}; /* relu(z) - relu(-z) = z */
    CHECK("relu:2", line, 0, 0, -3.5, 5, 5);
    const double decimals[] = {1, 1, 1, -.7, -.7, -.7, .1, .2, -.3, 2};
    CHECK("relu:3", decimals, 0, 0, 2, 0, 0);
    const double idle[] = {0, 0, 1, 2, -3, -.7, 5, 7, 0, .25}; /* constants, and a unit that nothing reads */
    CHECK("relu:3", idle, 0, 0, 10.25, 0, 0);
    const double beyond[] = {1e-320, 1, 1, -.5, 2, 1, 0}; /* a corner beyond the range of numbers */
    CHECK("relu:2", beyond, 1, .5, 2, 0, 1);
}
END_TEST

START_TEST(not_every_network_is_a_polyline) {
    static const struct {
        const char *spec, *says;
        size_t inputs, outputs;
    } bad[] = {{"affine+tanh:2+relu:1", "tanh", 1, 1},
               {"relu^1.5:1", "relu^p", 1, 1},
               {"relu:2/silu:2", "silu", 1, 1},
               {"relu:2", "one input", 2, 1},
               {"relu:2", "one input", 1, 2}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        crease_net *net;
        crease_pwl *pwl;
        crease_error error = {0};
        ck_assert_int_eq(crease_net_parse(bad[i].spec, bad[i].inputs, bad[i].outputs, &net, NULL), CREASE_OK);
        ck_assert_int_eq(crease_pwl_from_net(net, &pwl, &error), CREASE_BAD_ARGUMENT);
        ck_assert_ptr_null(pwl);
        ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "%s", error.message);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(bad_polylines_are_refused) {
    static const struct {
        double x[2], y[2], left, right;
    } bad[] = {{{1, 1}, {0, 1}, 0, 0},         {{2, 1}, {0, 1}, 0, 0},   {{1, NAN}, {0, 1}, 0, 0},
               {{1, 2}, {0, INFINITY}, 0, 0},  {{1, 2}, {0, 1}, NAN, 0}, {{-1e308, 1e308}, {0, 1}, 0, 0},
               {{0, 1}, {-1e308, 1e308}, 0, 0}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        crease_pwl *p = new_pwl(2);
        crease_net *net;
        memcpy(p->x, bad[i].x, sizeof bad[i].x);
        memcpy(p->y, bad[i].y, sizeof bad[i].y);
        p->slope_left = bad[i].left;
        p->slope_right = bad[i].right;
        ck_assert_msg(crease_pwl_to_net(p, &net, NULL) == CREASE_BAD_DATA && !net, "case %zu", i);
        crease_pwl_free(p);
    }
}
END_TEST

/* ---- files ---- */

static crease_pwl *through_file(const crease_pwl *p, const char *folder) {
    char path[300];
    crease_pwl *back;
    crease_error error;
    snprintf(path, sizeof path, "%s/p.csv", folder);
    ck_assert_msg(crease_pwl_save(p, path, &error) == CREASE_OK, "%s", error.message);
    ck_assert_msg(crease_pwl_load(path, &back, &error) == CREASE_OK, "%s", error.message);
    return back;
}

static void check_slope(double a, double b, double tolerance, unsigned long seed) {
    ck_assert_msg(fabs(a - b) <= tolerance * fabs(a), "seed %lu: slope %.17g, then %.17g", seed, a, b);
}

START_TEST(files_keep_every_digit) {
    char *folder = run_folder_new();
    for (uint64_t seed = 1; seed <= test_rounds(100, 5000); seed++)
        for (size_t j = 0; j < COUNT(places); j++) {
            gsl_rng *rng = crease_random_new(seed, 30 + j);
            crease_pwl *p = random_pwl(rng, gsl_rng_uniform_int(rng, 9), places[j].start, places[j].step,
                                       places[j].height);
            if (seed % 3 == 0)
                p->slope_right = p->knot_count ? 0 : p->slope_left;
            crease_pwl *back = through_file(p, folder);
            ck_assert_uint_eq(back->knot_count, p->knot_count);
            for (size_t i = 0; i < p->knot_count; i++)
                ck_assert(back->x[i] == p->x[i] && back->y[i] == p->y[i]);
            /* far from 0, x and y have few digits left for so small a run */
            double tolerance = fabs(places[j].start) > 1e3 * places[j].step ? 1e-13 : 1e-15;
            check_slope(p->slope_left, back->slope_left, tolerance, seed);
            check_slope(p->slope_right, back->slope_right, tolerance, seed);
            if (p->knot_count == 0)
                ck_assert_double_eq(p->value_at_zero, back->value_at_zero);
            crease_pwl_free(p);
            crease_pwl_free(back);
            gsl_rng_free(rng);
        }
    run_folder_remove(folder);
}
END_TEST

START_TEST(lines_keep_every_digit) {
    char *folder = run_folder_new();
    static const double line[][2] = {{0, 0},       {3, 0},       {0, 2},    {1e9, 1e-9},
                                     {-1e-9, 1e9}, {.1, 1. / 3}, {1e150, 1}};
    for (size_t i = 0; i < COUNT(line); i++) {
        crease_pwl *p = new_pwl(0);
        p->value_at_zero = line[i][0];
        p->slope_left = p->slope_right = line[i][1];
        crease_pwl *back = through_file(p, folder);
        ck_assert(back->knot_count == 0 && back->value_at_zero == line[i][0]);
        check_slope(line[i][1], back->slope_left, 1e-15, i);
        check_slope(line[i][1], back->slope_right, 1e-15, i);
        crease_pwl_free(p);
        crease_pwl_free(back);
    }
    run_folder_remove(folder);
}
END_TEST

static crease_status read_text(const char *text, crease_pwl **pwl, crease_error *error) {
    FILE *file = fmemopen((void *)(size_t)text, strlen(text), "r");
    ck_assert_ptr_nonnull(file);
    crease_status status = crease_pwl_read(file, "knots.csv", pwl, error);
    fclose(file);
    return status;
}

START_TEST(columns_and_rows_of_files) {
    static const char *const same[] = {
        "x,y\n-10,0\n20,2000\n150,0\n160,0\n", "rho,q,note\n-10,0,1\n20,2000,2\n\n150,0,3\n160,0,4\n",
        "y;z;x\n0;9;-10\n2000;9;20\n0;9;150\n0;9;160\n", "-10\t0\n20\t2000\n150\t0\n160\t0\n"};
    for (size_t i = 0; i < COUNT(same); i++) {
        crease_pwl *p;
        crease_error error;
        ck_assert_msg(read_text(same[i], &p, &error) == CREASE_OK, "%s", error.message);
        ck_assert(p->knot_count == 2 && p->x[0] == 20 && p->y[0] == 2000 && p->x[1] == 150 && p->y[1] == 0);
        ck_assert_double_eq(p->slope_left, 2000. / 30);
        ck_assert_double_eq(p->slope_right, 0);
        crease_pwl_free(p);
    }
    crease_pwl *p;
    ck_assert_int_eq(read_text("x,y\n1,3\n2,5\n", &p, NULL), CREASE_OK);
    ck_assert(p->knot_count == 0 && p->slope_left == 2 && p->slope_right == 2 && p->value_at_zero == 1);
    ck_assert_double_eq(crease_pwl_evaluate(p, 10), 21);
    crease_pwl_free(p);
}
END_TEST

START_TEST(bad_files_are_refused) {
    static const char *const bad[][2] = {
        {"x,y\n1,2\n2,3\n2,4\n", "knots.csv:4:"}, {"x,y\n\n1,2\n\n\n0,3\n", "knots.csv:6:"},
        {"1,2\n3,4\n2,5\n", "knots.csv:3:"},      {"x,y\n1,2\n3,2\n2.5,1\n", "sort the rows"},
        {"x,y\n1,2\n", "at least two rows"},      {"x\n1\n2\n", "two columns"},
        {"x,y\n1,2\n2,three\n", "knots.csv:3:2"}, {"x,y\n0,-1e300\n1e-300,1e300\n", "too steep"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        crease_pwl *p;
        crease_error error = {0};
        ck_assert_msg(read_text(bad[i][0], &p, &error) == CREASE_BAD_DATA && !p, "case %zu", i);
        ck_assert_msg(strstr(error.message, bad[i][1]) != NULL, "case %zu: %s", i, error.message);
    }
    crease_pwl *p;
    ck_assert_int_eq(crease_pwl_load("/none/such.csv", &p, NULL), CREASE_NO_INPUT);
}
END_TEST

Suite *test_pwl_net(void) {
    Suite *suite = suite_create("pwl_net");
    TCase *nets = tcase_create("networks");
    tcase_add_test(nets, there_and_back);
    tcase_add_test(nets, very_many_knots);
    tcase_add_test(nets, polyline_of_a_network_is_the_network);
    tcase_add_test(nets, corners_that_meet_or_cancel);
    tcase_add_test(nets, not_every_network_is_a_polyline);
    tcase_add_test(nets, bad_polylines_are_refused);
    tcase_set_timeout(nets, 60);
    suite_add_tcase(suite, nets);
    TCase *files = tcase_create("files");
    tcase_add_test(files, files_keep_every_digit);
    tcase_add_test(files, lines_keep_every_digit);
    tcase_add_test(files, columns_and_rows_of_files);
    tcase_add_test(files, bad_files_are_refused);
    tcase_set_timeout(files, 60);
    suite_add_tcase(suite, files);
    return suite;
}
