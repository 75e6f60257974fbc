/* Savings with income as a second state: the closed forms against the models themselves, networks that recover the
 * line of the kink, and the program. */
#include "savings/risk/plane.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static savings_plane solve(savings_plane_model model, const savings_plane_parameters *p) {
    savings_plane plane;
    crease_error error = {0};
    ck_assert_msg(savings_plane_solve(model, p, &plane, &error) == CREASE_OK, "%s", error.message);
    return plane;
}

static double draw(gsl_rng *generator, double from, double to) {
    return from + (to - from) * gsl_rng_uniform(generator);
}

static savings_plane random_plane(gsl_rng *generator) {
    savings_plane_model model = gsl_rng_uniform(generator) < .5 ? SAVINGS_PLANE_B : SAVINGS_PLANE_C;
    savings_plane_parameters p = savings_plane_defaults(model);
    static const double crra[] = {.5, 1, 1.5, 2, 4};
    p.crra = crra[gsl_rng_uniform_int(generator, 5)];
    p.R = draw(generator, 1.005, 1.1);
    if (model == SAVINGS_PLANE_C) {
        p.beta = 1 / p.R;
        p.default_cost = draw(generator, .02, .4);
        double line = -p.default_cost / (p.R - 1);
        p.a_from = 2 * line;
        p.a_to = -line;
    } else {
        p.a_from = -.4; /* something is left to consume there at any of these */
        p.beta = draw(generator, .9, .99);
        p.penalty = draw(generator, .05, .3);
        p.limit = draw(generator, -.1, .2);
        p.limit_per_income = draw(generator, 0, .2);
    }
    return solve(model, &p);
}

static double utility(double crra, double c) {
    return crra == 1 ? log(c) : (pow(c, 1 - crra) - 0) / (1 - crra);
}

/* The value straight from the model's own words. */
static double value(const savings_plane *plane, double a, double y) {
    const savings_plane_parameters *p = &plane->parameters;
    if (plane->model == SAVINGS_PLANE_B) {
        double boundary = p->limit - p->limit_per_income * y;
        double c = a >= boundary ? y + p->R * a : y + p->R * boundary - (p->R + p->penalty) * (boundary - a);
        return p->beta * utility(p->crra, c);
    }
    double walk_away = utility(p->crra, (1 - p->default_cost) * y) / (1 - p->beta), c = y + (p->R - 1) * a;
    return c > 0 ? fmax(walk_away, utility(p->crra, c) / (1 - p->beta)) : walk_away;
}

START_TEST(test_closed_forms) {
    for (uint64_t seed = 1; seed <= test_rounds(50, 2000); seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        savings_plane plane = random_plane(generator);
        const savings_plane_parameters *p = &plane.parameters;
        double g = p->crra;
        for (size_t i = 0; i < 50; i++) {
            double a = draw(generator, p->a_from, p->a_to), y = draw(generator, p->y_from, p->y_to);
            savings_plane_point at = savings_plane_at(&plane, a, y);
            double V = value(&plane, a, y);
            ck_assert_msg(fabs(at.V - V) <= 1e-12 * (1 + fabs(V)), "seed %d: V %.17g, not %.17g", (int)seed,
                          at.V, V);
            double n = g == 1 ? exp(plane.model == SAVINGS_PLANE_B ? V / p->beta : (1 - p->beta) * V)
                              : pow((1 - g) * V, 1 / (1 - g));
            double hinge = a - plane.line.slope * y - plane.line.intercept;
            double formula = plane.offset + plane.gain_a * a + plane.gain_y * y + plane.jump * fmax(hinge, 0);
            double size = fabs(plane.gain_a * a) + fabs(plane.gain_y * y) + fabs(plane.jump * hinge);
            ck_assert_msg(fabs(at.pinv - n) <= 1e-11 * n, "seed %d: n(V) %.17g, not %.17g", (int)seed,
                          at.pinv, n);
            ck_assert_msg(fabs(at.pinv - formula) <= 1e-14 * size, "seed %d: %.17g, formula %.17g", (int)seed,
                          at.pinv, formula);
            ck_assert_double_eq_tol(savings_plane_value_of(&plane, at.pinv), V, 1e-12 * (1 + fabs(V)));
        }
        gsl_rng_free(generator);
    }
}
END_TEST

/* One-sided difference quotients on and off the line. */
START_TEST(test_one_sided_slopes) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        gsl_rng *generator = crease_random_new(seed, 1);
        savings_plane plane = random_plane(generator);
        double y = draw(generator, .9, 1.1), h = 1e-6 * (plane.parameters.a_to - plane.parameters.a_from);
        for (int side = -1; side <= 1; side++) {
            double a = plane.line.slope * y + plane.line.intercept + 100 * side * h;
            savings_plane_point at = savings_plane_at(&plane, a, y);
            double here = value(&plane, a, y);
            double left = (here - value(&plane, a - h, y)) / h, right = (value(&plane, a + h, y) - here) / h;
            if (side == 0) /* rounding decides the side of a point on the line: look just beside it */
                at.V_left = savings_plane_at(&plane, a - h / 2, y).V_left,
                at.V_right = savings_plane_at(&plane, a + h / 2, y).V_right;
            ck_assert_msg(fabs(at.V_left - left) <= 1e-3 * fabs(right) &&
                              fabs(at.V_right - right) <= 1e-3 * right,
                          "seed %d, side %d: %g %g, measured %g %g", (int)seed, side, at.V_left, at.V_right,
                          left, right);
            if (side != 0)
                ck_assert_double_eq(at.pinv_left, at.pinv_right);
        }
        gsl_rng_free(generator);
    }
}
END_TEST

/* C: nobody who repays gains by choosing other assets that lenders would accept. */
START_TEST(test_repaying_is_optimal) {
    gsl_rng *generator = crease_random_new(7, 2);
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_C);
    savings_plane plane = solve(SAVINGS_PLANE_C, &p);
    for (size_t i = 0; i < 2000; i++) {
        double y = draw(generator, p.y_from, p.y_to), line = plane.line.slope * y;
        double a = draw(generator, p.a_from, p.a_to), next = draw(generator, line, p.a_to);
        double V = savings_plane_at(&plane, a, y).V, c = y + p.R * a - next;
        if (c > 0)
            ck_assert_double_le(utility(p.crra, c) + p.beta * value(&plane, next, y), V + 1e-12);
        if (a > line)
            ck_assert_double_eq_tol(utility(p.crra, y + (p.R - 1) * a) + p.beta * value(&plane, a, y), V,
                                    1e-12);
    }
    gsl_rng_free(generator);
}
END_TEST

START_TEST(test_where_the_line_crosses_the_box) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        gsl_rng *generator = crease_random_new(seed, 3);
        savings_plane_parameters p = random_plane(generator).parameters;
        savings_plane_model model = p.default_cost > 0 ? SAVINGS_PLANE_C : SAVINGS_PLANE_B;
        p.a_from = draw(generator, -.3, .2) * (model == SAVINGS_PLANE_C ? 20 : 1);
        p.a_to = p.a_from + draw(generator, .05, .3);
        savings_plane plane = solve(model, &p);
        double from = NAN, to = NAN, step = (p.y_to - p.y_from) / 5000;
        for (size_t i = 0; i < 5000; i++) {
            double y = p.y_from + step * ((double)i + .5), a = plane.line.slope * y + plane.line.intercept;
            if (a <= p.a_from || a >= p.a_to)
                continue;
            from = isnan(from) ? y : from;
            to = y;
        }
        ck_assert_msg(
            isnan(from) || (fabs(plane.line_from - from) <= step && fabs(plane.line_to - to) <= step),
            "seed %d: [%g, %g], scanned [%g, %g]", (int)seed, plane.line_from, plane.line_to, from, to);
        ck_assert(!isnan(from) || isnan(plane.line_from) || plane.line_to - plane.line_from <= step);
        gsl_rng_free(generator);
    }
}
END_TEST

static savings_plane_row fit(const savings_plane *plane, const char *net, savings_plane_options options) {
    savings_plane_row row;
    crease_error error = {0};
    ck_assert_msg(savings_plane_fit(plane, net, &options, &row, &error) == CREASE_OK, "%s: %s", net,
                  error.message);
    return row;
}

/* The target is 1e-9 for line and value; rounding is reached. */
START_TEST(test_relu_recovers_the_line) {
    for (uint64_t seed = 1; seed <= test_rounds(12, 100); seed++) {
        gsl_rng *generator = crease_random_new(seed, 4);
        savings_plane plane = random_plane(generator);
        savings_plane_options options = {.random = seed % 2, .fit = {.seed = seed, .starts = 10}};
        savings_plane_row row = fit(&plane, "affine+relu:1", options);
        double size = savings_plane_at(&plane, plane.parameters.a_to, plane.parameters.y_to).pinv;
        double width = plane.parameters.a_to - plane.parameters.a_from;
        ck_assert_msg(row.max_error <= 1e-12 * size, "seed %d: error %g of %g", (int)seed, row.max_error,
                      size);
        ck_assert_msg(row.line_error <= 1e-11 * width, "seed %d: line error %g of %g", (int)seed,
                      row.line_error, width);
        ck_assert_double_eq_tol(row.line.slope, plane.line.slope, 1e-10 * width);
        ck_assert_double_eq_tol(row.line.intercept, plane.line.intercept, 1e-10 * width);
        double jump = plane.jump;
        ck_assert_double_eq_tol(row.slope_right - row.slope_left, jump, 1e-10 * fabs(jump));
        ck_assert_double_eq_tol(row.true_right - row.true_left, jump, 1e-13 * fabs(jump));
        ck_assert_uint_eq(row.n_free, 6);
        ck_assert_uint_eq(row.hinges, 1);
        savings_plane_row_clear(&row);
        gsl_rng_free(generator);
    }
}
END_TEST

START_TEST(test_ratio_of_the_penalty) {
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_B);
    p.limit_per_income = .25;
    savings_plane plane = solve(SAVINGS_PLANE_B, &p);
    savings_plane_row row =
        fit(&plane, "affine+relu:1", (savings_plane_options){.fit = {.seed = 3, .starts = 5}});
    ck_assert_double_eq_tol(row.slope_left / row.slope_right, 1.2 / 1.02, 1e-12);
    ck_assert_double_eq_tol(row.line.slope, -.25, 1e-12);
    ck_assert_double_le(row.raw_max_error, 1e-9);
    savings_plane_row_clear(&row);
}
END_TEST

/* Errors, counted again here on other points; and a smooth network, which errs most along the line. */
START_TEST(test_judge_of_a_smooth_network) {
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_C);
    savings_plane plane = solve(SAVINGS_PLANE_C, &p);
    savings_plane_row row = fit(&plane, "tanh:2", (savings_plane_options){.fit = {.seed = 1, .starts = 5}});
    crease_work *work;
    double largest = 0, near = 0, raw = 0;
    ck_assert_int_eq(crease_work_new(row.net, &work, NULL), CREASE_OK);
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < 400; j++) {
            double x[2] = {-5 + 10 * ((double)i + .5) / 400, .5 + ((double)j + .5) / 400}, fitted;
            crease_net_evaluate(row.net, NULL, work, 1, x, &fitted);
            double V = value(&plane, x[0], x[1]), error = fabs(fitted + 1 / V); /* g = 2: n = -1/V */
            largest = fmax(largest, error);
            raw = fmax(raw, fabs(-1 / fitted - V));
            if (fabs(x[0] + 2.5 * x[1]) <= .5)
                near = fmax(near, error);
        }
    ck_assert_double_eq_tol(row.max_error, largest, .05 * largest);
    ck_assert_double_eq_tol(row.near_kink_error, near, .05 * near);
    ck_assert_double_eq_tol(row.raw_max_error, raw, .1 * raw);
    ck_assert_double_gt(row.max_error, 1e-4);
    ck_assert_double_ge(row.max_error, row.rmse);
    ck_assert_uint_eq(row.hinges, 0);
    ck_assert(isnan(row.line.slope) && isnan(row.line_error));
    crease_work_free(work);
    savings_plane_row_clear(&row);
}
END_TEST

/* The reported line is where the network's own gradient jumps. */
START_TEST(test_line_is_where_the_network_bends) {
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_B);
    savings_plane plane = solve(SAVINGS_PLANE_B, &p);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        savings_plane_options options = {.value = true, .points = 200, .fit = {.seed = seed, .starts = 2}};
        savings_plane_row row = fit(&plane, "affine+relu:3", options);
        crease_work *work;
        ck_assert_int_eq(crease_work_new(row.net, &work, NULL), CREASE_OK);
        ck_assert_uint_eq(row.hinges, 3);
        ck_assert(isnan(row.raw_max_error));
        double y = .97, a = row.line.slope * y + row.line.intercept, h = 1e-7;
        const double x[8] = {a - 2 * h, y, a - h, y, a + h, y, a + 2 * h, y};
        double gradient[8];
        crease_net_input_gradient(row.net, NULL, work, 4, x, NULL, gradient);
        ck_assert_double_eq(gradient[0], gradient[2]);
        ck_assert_double_eq(gradient[4], gradient[6]);
        ck_assert_msg(fabs(gradient[4] - gradient[2]) > 1e-3, "seed %d: no bend", (int)seed);
        crease_work_free(work);
        savings_plane_row_clear(&row);
    }
}
END_TEST

START_TEST(test_no_kink_without_a_penalty) {
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_B);
    p.penalty = 0;
    savings_plane plane = solve(SAVINGS_PLANE_B, &p);
    savings_plane_row row = fit(&plane, "affine+relu:1", (savings_plane_options){.fit = {.starts = 2}});
    ck_assert(isnan(plane.line_from) && isnan(plane.line.slope));
    ck_assert_double_eq(plane.jump, 0);
    ck_assert_double_le(row.max_error, 1e-12);
    ck_assert_double_ge(row.rmse, 0);
    ck_assert(isnan(row.near_kink_error) && isnan(row.line.slope) && isnan(row.slope_left));
    savings_plane_row_clear(&row);
}
END_TEST

START_TEST(test_sizes_of_samples) {
    savings_plane_parameters p = savings_plane_defaults(SAVINGS_PLANE_C);
    savings_plane plane = solve(SAVINGS_PLANE_C, &p);
    static const size_t points[] = {0, 4, 5, 101, 400}, grid[] = {400, 4, 9, 121, 400};
    for (size_t i = 0; i < 5; i++)
        for (int random = 0; random < 2; random++) {
            savings_plane_options options = {.points = points[i], .random = random};
            crease_table *table;
            ck_assert_int_eq(savings_plane_sample(&plane, &options, &table, NULL), CREASE_OK);
            ck_assert_uint_eq(table->rows, random ? (points[i] ? points[i] : 400) : grid[i]);
            for (size_t k = 0; k < table->rows; k++) {
                ck_assert(table->column[0][k] >= -5 && table->column[0][k] <= 5);
                ck_assert(table->column[1][k] >= .5 && table->column[1][k] <= 1.5);
            }
            crease_table_free(table);
        }
    crease_table *none;
    ck_assert_int_eq(savings_plane_sample(&plane, &(savings_plane_options){.points = 3}, &none, NULL),
                     CREASE_BAD_ARGUMENT);
}
END_TEST

START_TEST(test_refused) {
    savings_plane_parameters b = savings_plane_defaults(SAVINGS_PLANE_B),
                             c = savings_plane_defaults(SAVINGS_PLANE_C);
    static const struct {
        savings_plane_model model;
        size_t field; /* of the doubles in savings_plane_parameters */
        double value;
        const char *says;
    } bad[] = {{SAVINGS_PLANE_C, 0, .9, "beta = 1/R"},       {SAVINGS_PLANE_C, 1, 1, "above 1"},
               {SAVINGS_PLANE_C, 3, 1, "between 0 and 1"},   {SAVINGS_PLANE_C, 3, 0, "between 0 and 1"},
               {SAVINGS_PLANE_C, 2, 0, "risk aversion"},     {SAVINGS_PLANE_B, 0, 0, "above 0"},
               {SAVINGS_PLANE_B, 4, -.1, "negative"},        {SAVINGS_PLANE_B, 6, -.1, "negative"},
               {SAVINGS_PLANE_B, 7, -.8, "nothing is left"}, {SAVINGS_PLANE_B, 7, 1.5, "empty"},
               {SAVINGS_PLANE_C, 9, 0, "incomes"},           {SAVINGS_PLANE_C, 9, 2, "empty"},
               {SAVINGS_PLANE_B, 4, NAN, "finite"},          {SAVINGS_PLANE_C, 8, INFINITY, "finite"},
               {SAVINGS_PLANE_C, 2, 1.0001, "log utility"},  {SAVINGS_PLANE_B, 2, .99999, "log utility"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        savings_plane_parameters p = bad[i].model == SAVINGS_PLANE_B ? b : c;
        savings_plane plane;
        crease_error error = {0};
        double *const field[] = {
            &p.beta,   &p.R,    &p.crra,   &p.default_cost, &p.penalty, &p.limit, &p.limit_per_income,
            &p.a_from, &p.a_to, &p.y_from, &p.y_to};
        *field[bad[i].field] = bad[i].value;
        crease_status status = savings_plane_solve(bad[i].model, &p, &plane, &error);
        if (i < 14)
            ck_assert_int_eq(status, CREASE_BAD_ARGUMENT);
        if (status != CREASE_OK) /* near log utility it depends on the exponent's range */
            ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "case %zu: %s", i, error.message);
    }
    savings_plane plane = solve(SAVINGS_PLANE_C, &c);
    savings_plane_row row;
    crease_error error = {0};
    ck_assert_int_eq(savings_plane_fit(&plane, "relu:0", NULL, &row, &error), CREASE_BAD_ARGUMENT);
    savings_plane_row_clear(&row);
}
END_TEST

/* ---- the program ---- */

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", "plane", __VA_ARGS__, NULL})

START_TEST(test_program) {
    char *folder = run_folder_new(), model[512], data[512], picture[512];
    snprintf(model, sizeof model, "%s/model.json", folder);
    snprintf(data, sizeof data, "%s/data.csv", folder);
    snprintf(picture, sizeof picture, "%s/plane.png", folder);
    run_result result = RUN("--model", "C", "--nets", "affine+relu:1,tanh:1", "--starts", "3", "-o", model,
                            "--data", data, "--random", "--points", "300", "--plot", picture, "--json");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result), *rows = json_object_get(object, "rows"),
           *first = json_array_get(rows, 0);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/savings-plane/1");
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_double_eq_tol(run_json_number(json_object_get(first, "line"), "slope"), -2.5, 1e-9);
    ck_assert_double_le(run_json_number(first, "line_error"), 1e-9);
    ck_assert_double_le(run_json_number(first, "max_error"), 1e-9);
    ck_assert(isnan(run_json_number(json_array_get(rows, 1), "line_error")));
    ck_assert(json_object_get(json_array_get(rows, 1), "why") != NULL);
    json_t *kink = json_object_get(object, "kink");
    ck_assert_double_eq(run_json_number(kink, "slope_left"), 0);
    ck_assert_double_eq_tol(run_json_number(kink, "slope"), -2.5, 1e-12);
    json_decref(object);
    run_clear(&result);

    /* what was saved is that network and those data */
    crease_net *net;
    crease_table *table;
    crease_work *work;
    ck_assert_int_eq(crease_net_load(model, &net, NULL), CREASE_OK);
    ck_assert_int_eq(crease_csv_load(data, NULL, &table, NULL), CREASE_OK);
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    ck_assert_uint_eq(table->rows, 300);
    ck_assert_str_eq(table->name[2], "pinvV");
    for (size_t i = 0; i < table->rows; i++) {
        double x[2] = {table->column[0][i], table->column[1][i]}, fitted;
        crease_net_evaluate(net, NULL, work, 1, x, &fitted);
        ck_assert_double_eq_tol(fitted, table->column[2][i], 1e-14);
    }
    crease_work_free(work);
    crease_net_free(net);
    crease_table_free(table);
    struct stat status;
    ck_assert(stat(picture, &status) == 0 && status.st_size > 8000);
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_program_with_words) {
    run_result result =
        RUN("--model", "B", "--limit-per-income", "0.25", "--nets", "affine+relu:1", "--starts", "2");
    ck_assert_msg(strstr(result.out, "a = -0.25 y + 0: slope in a 1.25 on the left, 1.0625") != NULL, "%s",
                  result.out);
    run_clear(&result);
    result = RUN("--model", "B", "--penalty", "0", "--nets", "affine", "--json");
    json_t *object = run_json(&result);
    ck_assert(isnan(run_json_number(json_object_get(object, "kink"), "slope")));
    ck_assert(strstr(json_string_value(json_object_get(json_object_get(object, "kink"), "why")), "penalty") !=
              NULL);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(test_wrong_use) {
    run_must_fail(RUN("--json"), 64, "--model B");
    run_must_fail(RUN("--model", "A"), 64, "'A'");
    run_must_fail(RUN("--model", "C", "--penalty", ".1"), 64, "belongs to model B");
    run_must_fail(RUN("--model", "B", "--phi", ".1"), 64, "belongs to model C");
    run_must_fail(RUN("--model", "C", "--assets", "1"), 64, "LO,HI");
    run_must_fail(RUN("--model", "C", "--assets", "2,1"), 64, "empty");
    run_must_fail(RUN("--model", "C", "--beta", ".9"), 64, "beta = 1/R");
    run_must_fail(RUN("--model", "C", "--object", "V"), 64, "pinv or value");
    run_must_fail(RUN("--model", "C", "--nets", "relu:0"), 64, "relu:0");
    run_must_fail(RUN("--model", "C", "--modle", "B"), 64, "did you mean --model");
    run_must_fail(RUN("--model", "C", "data.csv"), 64, "data.csv");
    run_must_fail(RUN("--model", "C", "--json", "-o", "-"), 64, "standard output");
    run_must_fail(RUN("--model", "C", "--nets", "affine", "--starts", "1", "-o", "/nonexistent/x.json"), 74,
                  "/nonexistent");
}
END_TEST

Suite *test_savings_plane(void) {
    Suite *suite = suite_create("savings plane");
    TCase *exact = tcase_create("exact");
    tcase_add_test(exact, test_closed_forms);
    tcase_add_test(exact, test_one_sided_slopes);
    tcase_add_test(exact, test_repaying_is_optimal);
    tcase_add_test(exact, test_where_the_line_crosses_the_box);
    tcase_add_test(exact, test_sizes_of_samples);
    tcase_add_test(exact, test_refused);
    suite_add_tcase(suite, exact);
    TCase *fits = tcase_create("fits");
    tcase_set_timeout(fits, 300);
    tcase_add_test(fits, test_relu_recovers_the_line);
    tcase_add_test(fits, test_ratio_of_the_penalty);
    tcase_add_test(fits, test_judge_of_a_smooth_network);
    tcase_add_test(fits, test_line_is_where_the_network_bends);
    tcase_add_test(fits, test_no_kink_without_a_penalty);
    suite_add_tcase(suite, fits);
    TCase *program = tcase_create("program");
    tcase_set_timeout(program, 300);
    tcase_add_test(program, test_program);
    tcase_add_test(program, test_program_with_words);
    tcase_add_test(program, test_wrong_use);
    suite_add_tcase(suite, program);
    return suite;
}
