/* The least-squares methods against the 27 certified nonlinear regressions of NIST (tests/data/nist). Every
 * file is solved by every method that suits it, from both starts. */
#include "support/exam.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 256 };

typedef struct regression {
    const char *name;
    number (*model)(const number *b, const double *x);
    const char *linear;   /* digits of the parameters that enter linearly; NULL: none */
    const char *unsolved; /* the run "METHOD START" that ends elsewhere; NULL: none */
    const char *twin;     /* the order of parameters that gives the same curve; NULL: none */
} regression;

typedef struct certified {
    const regression *regression;
    size_t rows, parameters;
    double start[2][EXAM_PARAMETERS], value[EXAM_PARAMETERS], deviation[EXAM_PARAMETERS];
    double sum_of_squares;
    double y[ROWS], x[ROWS][2];
} certified;

#define MODEL(name, formula)                                                                                 \
    static number name(const number *b, const double *x) {                                                   \
        return formula;                                                                                      \
    }
static number gauss(number height, number centre, number width, double x) {
    return height * cexp(-(x - centre) * (x - centre) / (width * width));
}
MODEL(bennett5, b[0] * cpow(b[1] + x[0], -1 / b[2]))
MODEL(boxbod, b[0] * (1 - cexp(-b[1] * x[0])))
MODEL(chwirut, cexp(-b[0] * x[0]) / (b[1] + b[2] * x[0]))
MODEL(danwood, b[0] * cpow(x[0], b[1]))
MODEL(eckerle4, b[0] / b[1] * cexp(-0.5 * (x[0] - b[2]) * (x[0] - b[2]) / (b[1] * b[1])))
MODEL(enso, b[0] + b[1] * cos(2 * M_PI * x[0] / 12) + b[2] * sin(2 * M_PI * x[0] / 12) +
                b[4] * ccos(2 * M_PI * x[0] / b[3]) + b[5] * csin(2 * M_PI * x[0] / b[3]) +
                b[7] * ccos(2 * M_PI * x[0] / b[6]) + b[8] * csin(2 * M_PI * x[0] / b[6]))
MODEL(two_gaussians,
      b[0] * cexp(-b[1] * x[0]) + gauss(b[2], b[3], b[4], x[0]) + gauss(b[5], b[6], b[7], x[0]))
MODEL(cubic_ratio, (b[0] + x[0] * (b[1] + x[0] * (b[2] + x[0] * b[3]))) /
                       (1 + x[0] * (b[4] + x[0] * (b[5] + x[0] * b[6]))))
MODEL(kirby2, (b[0] + x[0] * (b[1] + x[0] * b[2])) / (1 + x[0] * (b[3] + x[0] * b[4])))
MODEL(lanczos, b[0] * cexp(-b[1] * x[0]) + b[2] * cexp(-b[3] * x[0]) + b[4] * cexp(-b[5] * x[0]))
MODEL(mgh09, b[0] * (x[0] * x[0] + x[0] * b[1]) / (x[0] * x[0] + x[0] * b[2] + b[3]))
MODEL(mgh10, b[0] * cexp(b[1] / (x[0] + b[2])))
MODEL(mgh17, b[0] + b[1] * cexp(-x[0] * b[3]) + b[2] * cexp(-x[0] * b[4]))
MODEL(misra1b, b[0] * (1 - 1 / ((1 + b[1] * x[0] / 2) * (1 + b[1] * x[0] / 2))))
MODEL(misra1c, b[0] * (1 - 1 / csqrt(1 + 2 * b[1] * x[0])))
MODEL(misra1d, b[0] * b[1] * x[0] / (1 + b[1] * x[0]))
MODEL(nelson, b[0] - b[1] * x[0] * cexp(-b[2] * x[1]))
MODEL(rat42, b[0] / (1 + cexp(b[1] - b[2] * x[0])))
MODEL(rat43, b[0] / cpow(1 + cexp(b[1] - b[2] * x[0]), 1 / b[3]))
MODEL(roszman1, b[0] - b[1] * x[0] - catan(b[2] / (x[0] - b[3])) / M_PI)

/* The known limits: from start 1 the first long step of Levenberg-Marquardt leaves BoxBOD on its plateau,
 * where exp(-b2 x) is 0 and so is the gradient, and MGH10 in a valley whose floor falls by less than rounding
 * shows. */
static const regression regressions[] = {
    {"Bennett5", bennett5, "1", "bfgs 2", NULL},
    {"BoxBOD", boxbod, "1", "lm 1", NULL},
    {"Chwirut1", chwirut, NULL, NULL, NULL},
    {"Chwirut2", chwirut, NULL, NULL, NULL},
    {"DanWood", danwood, "1", NULL, NULL},
    {"ENSO", enso, "1235689", NULL, NULL},
    {"Eckerle4", eckerle4, "1", NULL, NULL},
    {"Gauss1", two_gaussians, "136", NULL, NULL},
    {"Gauss2", two_gaussians, "136", NULL, NULL},
    {"Gauss3", two_gaussians, "136", NULL, NULL},
    {"Hahn1", cubic_ratio, "1234", NULL, NULL},
    {"Kirby2", kirby2, "123", NULL, NULL},
    {"Lanczos1", lanczos, "135", "bfgs 2", NULL},
    {"Lanczos2", lanczos, "135", "bfgs 2", NULL},
    {"Lanczos3", lanczos, "135", "bfgs 2", NULL},
    {"MGH09", mgh09, "1", NULL, NULL},
    {"MGH10", mgh10, "1", "lm 1", NULL},
    {"MGH17", mgh17, "123", NULL, "13254"},
    {"Misra1a", boxbod, "1", NULL, NULL},
    {"Misra1b", misra1b, "1", NULL, NULL},
    {"Misra1c", misra1c, "1", NULL, NULL},
    {"Misra1d", misra1d, "1", NULL, NULL},
    {"Nelson", nelson, "12", NULL, NULL},
    {"Rat42", rat42, "1", NULL, NULL},
    {"Rat43", rat43, "1", NULL, NULL},
    {"Roszman1", roszman1, "12", NULL, NULL},
    {"Thurber", cubic_ratio, "1234", NULL, NULL},
};
enum { REGRESSIONS = sizeof regressions / sizeof regressions[0] };

static void residual(const exam *e, const number *b, number *r) {
    const certified *c = e->data;
    bool logarithm = strcmp(c->regression->name, "Nelson") == 0; /* fitted to log(y) */
    for (size_t i = 0; i < c->rows; i++)
        r[i] = c->regression->model(b, c->x[i]) - (logarithm ? log(c->y[i]) : c->y[i]);
}

/* Reads the layout that all files share: "b1 = start start value deviation", the sum of squares, the rows
 * behind the second "Data:". */
static certified *load(const regression *r) {
    char path[100], line[200];
    certified *c = calloc(1, sizeof *c);
    size_t data = 0;
    double sum;
    c->regression = r;
    snprintf(path, sizeof path, "tests/data/nist/%s.dat", r->name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "no %s", path);
    while (fgets(line, sizeof line, file)) {
        size_t k, p = c->parameters;
        if (data == 2 && c->rows < ROWS &&
            sscanf(line, "%lf %lf %lf", &c->y[c->rows], &c->x[c->rows][0], &c->x[c->rows][1]) >= 2)
            c->rows++;
        else if (strncmp(line, "Data:", 5) == 0)
            data++;
        else if (sscanf(line, "Residual Sum of Squares: %lf", &sum) == 1)
            c->sum_of_squares = sum;
        else if (p < EXAM_PARAMETERS &&
                 sscanf(line, " b%zu = %lf %lf %lf %lf", &k, &c->start[0][p], &c->start[1][p], &c->value[p],
                        &c->deviation[p]) == 5 &&
                 k == p + 1)
            c->parameters++;
    }
    fclose(file);
    return c;
}

static exam exam_of(const certified *c) {
    exam e = {.name = c->regression->name,
              .residuals = c->rows,
              .parameters = c->parameters,
              .residual = residual,
              .data = c};
    exam_prepare(&e, c->regression->linear);
    return e;
}

/* The files, the parser and the models agree: at the certified parameters stands the certified sum of
 * squares. */
START_TEST(certified_sum_of_squares) {
    certified *c = load(&regressions[_i]);
    exam e = exam_of(c);
    double sum = exam_sum_of_squares(&e, c->value);
    ck_assert_uint_gt(c->rows, c->parameters);
    /* Lanczos1 is exact to its 14 digits: its residuals are rounding of the data */
    if (strcmp(e.name, "Lanczos1") == 0)
        ck_assert_double_lt(sum, 1e-16);
    else
        ck_assert_msg(fabs(sum - c->sum_of_squares) <= 1e-6 * c->sum_of_squares, "%s: %g, certified %g",
                      e.name, sum, c->sum_of_squares);
    free(c);
}
END_TEST

/* Digits in common with the certified values, the least over the parameters. */
static double digits_in_order(const certified *c, const double *b, const char *order) {
    double least = 11;
    for (size_t k = 0; k < c->parameters; k++) {
        double value = b[order ? (size_t)(order[k] - '1') : k];
        least = fmin(least, -log10(fabs(value - c->value[k]) / fabs(c->value[k]) + 1e-11));
    }
    return least;
}

static double digits(const certified *c, const double *b) {
    double plain = digits_in_order(c, b, NULL);
    return c->regression->twin ? fmax(plain, digits_in_order(c, b, c->regression->twin)) : plain;
}

/* One run: its digits; checks that the reported loss is that of the point and no worse than the start. */
static double solve_from(const certified *c, crease_method method, size_t start, crease_minimum *minimum) {
    exam e = exam_of(c);
    double b[EXAM_PARAMETERS];
    memcpy(b, c->start[start], sizeof b);
    double first = exam_sum_of_squares(&e, b);
    /* quasi-Newton steps depend on the units: those of the start make the parameters alike */
    for (size_t j = 0; method == CREASE_METHOD_BFGS && j < e.parameters; j++)
        e.unit[j] = fabs(b[e.order[j]]);
    ck_assert_int_eq(exam_run(&e, method, b, minimum), CREASE_OK);
    ck_assert_double_eq_tol(2 * minimum->loss, exam_sum_of_squares(&e, b), 1e-9 * minimum->loss + 1e-20);
    ck_assert_double_le(2 * minimum->loss, first * (1 + 1e-12));
    return digits(c, b);
}

/* Six digits from both starts for the least-squares methods; three from the nearer start 2 for BFGS, which
 * sees the gradient only, so that the sum of squares, flat to second order, stops it at half the digits. */
static void solve(const regression *r, crease_method method) {
    certified *c = load(r);
    bool quasi_newton = method == CREASE_METHOD_BFGS;
    for (size_t start = 0; start < 2; start++) {
        crease_minimum minimum;
        char run[40];
        double reached = solve_from(c, method, start, &minimum);
        snprintf(run, sizeof run, "%s %zu", crease_method_name(method), start + 1);
        if (getenv("EXAM_TABLE"))
            fprintf(stderr, "%-9s %-8s %5.1f digits %5zu steps %6zu evaluations %s\n", r->name, run, reached,
                    minimum.iterations, minimum.evaluations, crease_stop_name(minimum.stop));
        bool known_limit = r->unsolved && strcmp(r->unsolved, run) == 0;
        bool required = !known_limit && (!quasi_newton || start == 1);
        ck_assert_msg(!required || reached >= (quasi_newton ? 2.5 : 6),
                      "%s, %s: only %.1f digits (stop: %s, sum of squares %.10g, certified %.10g)", r->name,
                      run, reached, crease_stop_name(minimum.stop), 2 * minimum.loss, c->sum_of_squares);
    }
    free(c);
}

START_TEST(levenberg_marquardt) {
    solve(&regressions[_i], CREASE_METHOD_LM);
}
END_TEST

START_TEST(variable_projection) {
    if (regressions[_i].linear)
        solve(&regressions[_i], CREASE_METHOD_VARPRO);
}
END_TEST

START_TEST(bfgs) {
    solve(&regressions[_i], CREASE_METHOD_BFGS);
}
END_TEST

Suite *test_exam_nist(void) {
    Suite *suite = suite_create("exam_nist");
    TCase *tcase = tcase_create("certified");
    tcase_set_timeout(tcase, 60);
    crease_init();
    tcase_add_loop_test(tcase, certified_sum_of_squares, 0, REGRESSIONS);
    tcase_add_loop_test(tcase, levenberg_marquardt, 0, REGRESSIONS);
    tcase_add_loop_test(tcase, variable_projection, 0, REGRESSIONS);
    tcase_add_loop_test(tcase, bfgs, 0, REGRESSIONS);
    suite_add_tcase(suite, tcase);
    return suite;
}
