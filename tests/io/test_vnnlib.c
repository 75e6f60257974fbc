/* VNN-LIB: random formulas against their own truth value at random points, refusals by their place. */
#include "crease/random.h"
#include "crease/vnnlib.h"
#include "specification/number.h"
#include "support/suites.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static crease_status read_text(const char *text, size_t length, size_t inputs, size_t outputs,
                               crease_specification **s, crease_error *error) {
    FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");
    crease_status status = crease_vnnlib_read(file, "f.vnnlib", inputs, outputs, s, error);
    fclose(file);
    return status;
}

#define TWO_ONE "(declare-const X_0 Real)(declare-const X_1 Real)\n(declare-const Y_0 Real)\n"
#define UNIT "(assert (<= X_0 1))(assert (>= X_0 0))(assert (<= X_1 1))(assert (>= X_1 0))\n"

static crease_specification *read_good(const char *text) {
    crease_specification *s;
    crease_error error = {0};
    ck_assert_msg(read_text(text, strlen(text), 2, 1, &s, &error) == CREASE_OK, "%s: %s", text,
                  error.message);
    return s;
}

static void check_counts(const char *text, size_t cases, size_t alternatives, size_t rows) {
    crease_specification *s = read_good(text);
    size_t a = 0, r = 0;
    for (size_t k = 0; k < s->case_count; k++) {
        a += s->cases[k].alternative_count;
        for (size_t i = 0; i < s->cases[k].alternative_count; i++)
            r += s->cases[k].alternative[i].row_count;
    }
    ck_assert_msg(s->case_count == cases && a == alternatives && r == rows,
                  "%s: %zu cases, %zu alternatives, %zu rows", text, s->case_count, a, r);
    crease_specification_free(s);
}

START_TEST(shapes) {
    check_counts(TWO_ONE UNIT, 1, 1, 0);
    check_counts(TWO_ONE UNIT "(assert (<= Y_0 0.5))", 1, 1, 1);
    check_counts(TWO_ONE UNIT "(assert (or (<= Y_0 -1) (>= Y_0 1)))", 1, 2, 2);
    check_counts(TWO_ONE UNIT "(assert (or (and (<= Y_0 -1)) (and (>= Y_0 1) (<= X_0 X_1))))", 1, 2, 3);
    /* mixed: the second disjunct has a smaller box */
    check_counts(TWO_ONE UNIT "(assert (or (<= Y_0 -1) (and (>= Y_0 1) (<= X_0 0.5))))", 2, 2, 2);
    /* a product of two, one of whose parts is a box; one of the four boxes is empty */
    check_counts(TWO_ONE UNIT "(assert (or (<= X_0 .2) (>= X_0 .8)))(assert (or (<= X_0 .1) (<= Y_0 0)))", 3,
                 3, 2);
    check_counts(TWO_ONE UNIT "(assert (or (<= Y_0 0)))", 1, 1, 1);
    /* constants and atoms of one name */
    check_counts(TWO_ONE UNIT "(assert (<= 1 2))(assert (>= Y_0 Y_0))(assert (<= X_1 X_1))", 1, 1, 0);
    check_counts(TWO_ONE UNIT "(assert (>= 1 2))", 0, 0, 0);
    check_counts(TWO_ONE UNIT "(assert (or (<= 2 1) (<= 0.3 3e-1) (<= 1 0.99999999999999999999999)))", 1, 1,
                 0);
    /* duplicates */
    check_counts(TWO_ONE UNIT UNIT "(assert (or (<= Y_0 0) (<= Y_0 0)))", 1, 2, 2);
    /* equal boxes that are written differently share a case */
    check_counts(TWO_ONE "(assert (or (and (<= 0 X_0) (<= X_0 1) (<= 0 X_1) (<= X_1 0.1) (<= Y_0 1))\n"
                         " (and (>= X_0 -0.0) (<= X_0 1.00) (<= 0e5 X_1) (<= X_1 1e-1) (<= Y_0 2))))",
                 1, 2, 2);
    /* contradictory and degenerate boxes; the difference is beyond doubles */
    check_counts(TWO_ONE UNIT "(assert (<= X_0 -1e-300))", 0, 0, 0);
    check_counts(TWO_ONE UNIT "(assert (<= X_0 0.1))(assert (>= X_0 0.1))", 1, 1, 0);
    check_counts(TWO_ONE UNIT "(assert (<= X_0 0.1))(assert (>= X_0 0.10000000000000000000000000001))", 0, 0,
                 0);
    /* a contradiction counts before a missing bound does */
    check_counts(TWO_ONE "(assert (<= X_0 0))(assert (>= X_0 1))", 0, 0, 0);
    check_counts("; only a comment\n" TWO_ONE ";(assert\n" UNIT ";", 1, 1, 0);
    check_counts("(declare-const\tX_1\r\nReal ; x\n)(declare-const X_0 Real)(declare-const Y_0 Real)" UNIT, 1,
                 1, 0);
}
END_TEST

START_TEST(bounds_are_intersected_exactly) {
    crease_specification *s =
        read_good(TWO_ONE UNIT "(assert (<= X_0 0.7))(assert (<= X_0 0.69999999999999999999))"
                               "(assert (<= X_0 0.70000000000000000001))"
                               "(assert (>= X_0 1e-30))(assert (<= Y_0 -0.3))");
    ck_assert_str_eq(s->cases[0].upper[0].text, "0.69999999999999999999");
    ck_assert_str_eq(s->cases[0].lower[0].text, "1e-30");
    const crease_row *row = s->cases[0].alternative[0].row; /* Y_0 + 0.3 <= 0 */
    ck_assert(row->term_count == 1 && row->term[0].output && row->term[0].coefficient == 1);
    ck_assert_str_eq(row->constant.text, "0.3");
    ck_assert(row->constant.below < row->constant.above && row->constant.below == 0.3 &&
              row->constant.above == nextafter(0.3, 1)); /* the double lies below 3/10 */
    crease_specification_free(s);
}
END_TEST

typedef struct refusal {
    const char *text, *place, *what;
} refusal;

START_TEST(refusals) {
    static const refusal refused[] = {
        {"", "1:1", "X_0 is not declared"},
        {"(declare-const X_0 Real)\n(declare-const X_1 Real)\n", "3:1", "Y_0 is not declared"},
        {"(declare-const X_0 Real)\n(declare-const X_0 Real)", "2:16", "second time"},
        {"(declare-const X_2 Real)", "1:16", "has 2 inputs"},
        {"(declare-const Y_1 Real)", "1:16", "has 1 output,"},
        {"(declare-const X_99999999999999999999999 Real)", "1:16", "has 2 inputs"},
        {"(declare-const X_00 Real)", "1:16", "expected a name"},
        {"(declare-const Z_0 Real)", "1:16", "expected a name"},
        {"(declare-const X_0 Int)", "1:20", "Real"},
        {"(declare-const X_0 Real", "1:24", "end of the file"},
        {"(declare-fun X_0 () Real)", "1:2", "declare-fun"},
        {"x", "1:1", "'x'"},
        {")", "1:1", "')'"},
        {"(assert (<= X_0 1))", "1:13", "not declared"},
        {TWO_ONE "(assert (<= X_7 1))", "3:13", "has 2 inputs"},
        {TWO_ONE "(assert (<= Y_3 1))", "3:13", "has 1 output"},
        {TWO_ONE "(assert (< X_0 1))", "3:10", "'<'"},
        {TWO_ONE "(assert (not (<= X_0 1)))", "3:10", "'not'"},
        {TWO_ONE "(assert (and))", "3:13", "expected '('"},
        {TWO_ONE "(assert (or ))", "3:13", "expected '('"},
        {TWO_ONE "(assert (<= X_0))", "3:16", "')'"},
        {TWO_ONE "(assert (<= X_0 1 2))", "3:19", "'2'"},
        {TWO_ONE "(assert (<= X_0 (+ 1 2)))", "3:17", "'('"},
        {TWO_ONE "(assert (<= X_0 1.2.3))", "3:17", "1.2.3"},
        {TWO_ONE "(assert (<= X_0 1e400000000))", "3:17", "1e400000000"},
        {TWO_ONE "(assert (<= X_0 inf))", "3:17", "inf"},
        {TWO_ONE "(assert (<= X_0 1)", "3:19", "end of the file"},
        {TWO_ONE "(assert X_0)", "3:9", "X_0"},
        {TWO_ONE "(assert (or (<= X_0 1) X_1))", "3:24", "X_1"},
        {TWO_ONE "(assert (<= X_0 1)) (assert (>= X_0 0)) (assert (<= X_1 0))", "1:40",
         "X_1 has no lower bound"},
        {TWO_ONE UNIT "(check-sat)", "4:2", "check-sat"},
        {TWO_ONE "(assert (>= X_0 0)) (assert (<= X_1 0))(assert (>= X_1 -1))\n"
                 "(assert (or (<= X_0 1)\n   (<= Y_0 1)))",
         "5:5", "X_0 has no upper bound in this disjunct"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const refusal *r = &refused[i];
        char start[40];
        crease_specification *s;
        crease_error error = {0};
        snprintf(start, sizeof start, "f.vnnlib:%s: ", r->place);
        ck_assert_msg(read_text(r->text, strlen(r->text) + !*r->text, 2, 1, &s, &error) == CREASE_BAD_DATA ||
                          !*r->text,
                      "%s", r->text);
        ck_assert_ptr_null(s);
        if (*r->text)
            ck_assert_msg(strncmp(error.message, start, strlen(start)) == 0 && strstr(error.message, r->what),
                          "%s gives: %s", r->text, error.message);
    }
    crease_specification *s;
    crease_error error;
    ck_assert_int_eq(crease_vnnlib_load("/nowhere/x.vnnlib", 1, 1, &s, &error), CREASE_NO_INPUT);
    ck_assert_int_eq(crease_vnnlib_load("/tmp", 1, 1, &s, &error), CREASE_NO_INPUT);
}
END_TEST

START_TEST(expansion_has_a_limit) {
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fputs(TWO_ONE UNIT, out);
    for (int i = 0; i < 64; i++) /* 2^64 disjuncts */
        fputs("(assert (or (<= Y_0 1) (>= Y_0 2)))\n", out);
    fclose(out);
    crease_specification *s;
    crease_error error;
    ck_assert_int_eq(read_text(text, length, 2, 1, &s, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "100000 disjuncts"));
    free(text);
    /* deep, alternately and and or, and too deep */
    for (int depth = 190; depth <= 100000; depth += 99810) {
        out = open_memstream(&text, &length);
        fputs(TWO_ONE UNIT "(assert ", out);
        for (int i = 0; i < depth; i++)
            fputs(i % 2 ? "(and " : "(or (<= Y_0 0) ", out);
        fputs("(<= Y_0 1)", out);
        for (int i = 0; i < depth; i++)
            fputc(')', out);
        fputc(')', out);
        fclose(out);
        if (depth == 190) {
            check_counts(text, 1, 96, 96);
        } else {
            ck_assert_int_eq(read_text(text, length, 2, 1, &s, &error), CREASE_BAD_DATA);
            ck_assert_ptr_nonnull(strstr(error.message, "inside each other"));
        }
        free(text);
    }
    /* a file as large as competition files: 50,000 atoms in one conjunction, 5000 disjuncts of as many boxes */
    out = open_memstream(&text, &length);
    fputs(TWO_ONE UNIT, out);
    for (int i = 0; i < 50000; i++)
        fprintf(out, "(assert (<= X_0 1.%d))\n", i);
    fputs("(assert (or", out);
    for (int i = 0; i < 5000; i++)
        fprintf(out, "(and (<= X_0 0.%d1) (<= Y_0 %d))\n", i, i);
    fputs("))", out);
    fclose(out);
    ck_assert_int_eq(read_text(text, length, 2, 1, &s, &error), CREASE_OK);
    ck_assert_uint_eq(s->case_count, 5000);
    crease_specification_free(s);
    free(text);
}
END_TEST

/* ---- random formulas ---- */

enum { INPUTS = 2, OUTPUTS = 2 };

typedef struct writer {
    gsl_rng *rng;
    FILE *out;
    const double *value; /* of X_0 X_1 Y_0 Y_1 at each of the points */
    size_t points;
} writer;

static unsigned long draw(const writer *w, unsigned long n) {
    return gsl_rng_uniform_int(w->rng, n);
}

/* Writes an operand and gives its values at the points. Numbers are quarters, so that ties occur. */
static void write_operand(const writer *w, double *value) {
    unsigned long which = draw(w, 6);
    double number = ((double)draw(w, 9) - 4) / 4;
    if (which < INPUTS + OUTPUTS)
        fprintf(w->out, " %c_%lu", which < INPUTS ? 'X' : 'Y', which < INPUTS ? which : which - INPUTS);
    else
        fprintf(w->out, draw(w, 2) ? " %.2f" : " %.4e", number);
    for (size_t p = 0; p < w->points; p++)
        value[p] = which < INPUTS + OUTPUTS ? w->value[p * (INPUTS + OUTPUTS) + which] : number;
}

static void write_formula(const writer *w, int depth, bool *truth) {
    unsigned long kind = depth > 3 ? 0 : draw(w, 4);
    if (kind < 2) {
        double left[64], right[64];
        fprintf(w->out, kind ? "(<=" : "(>=");
        write_operand(w, left);
        write_operand(w, right);
        for (size_t p = 0; p < w->points; p++)
            truth[p] = kind ? left[p] <= right[p] : left[p] >= right[p];
    } else {
        fprintf(w->out, kind == 2 ? "(and" : "(or");
        for (size_t p = 0; p < w->points; p++)
            truth[p] = kind == 2;
        for (unsigned long n = 1 + draw(w, 3); n > 0; n--) {
            bool child[64];
            fputc(draw(w, 2) ? ' ' : '\n', w->out);
            write_formula(w, depth + 1, child);
            for (size_t p = 0; p < w->points; p++)
                truth[p] = kind == 2 ? truth[p] && child[p] : truth[p] || child[p];
        }
    }
    fputc(')', w->out);
}

static bool row_holds(const crease_row *row, const double *x, const double *y) {
    double sum = row->constant.below; /* quarters: exact */
    for (size_t i = 0; i < row->term_count; i++)
        sum += row->term[i].coefficient * (row->term[i].output ? y : x)[row->term[i].index];
    return sum <= 0;
}

static bool violated(const crease_specification *s, const double *x, const double *y) {
    for (size_t k = 0; k < s->case_count; k++) {
        const crease_case *c = &s->cases[k];
        bool inside = true;
        for (size_t i = 0; i < s->inputs; i++)
            inside = inside && c->lower[i].above <= x[i] && x[i] <= c->upper[i].below;
        for (size_t a = 0; inside && a < c->alternative_count; a++) {
            bool all = true;
            for (size_t i = 0; i < c->alternative[a].row_count; i++)
                all = all && row_holds(&c->alternative[a].row[i], x, y);
            if (all)
                return true;
        }
    }
    return false;
}

static void try_formula(uint64_t seed, size_t *held, size_t *failed) {
    enum { POINTS = 40 };
    double value[POINTS * (INPUTS + OUTPUTS)];
    bool truth[POINTS], more[POINTS];
    char *text;
    size_t length;
    writer w = {.rng = crease_random_new(seed, 0), .value = value, .points = POINTS};
    for (size_t i = 0; i < POINTS * (INPUTS + OUTPUTS); i++)
        value[i] = ((double)draw(&w, 17) - 8) / 8;
    w.out = open_memstream(&text, &length);
    fputs("(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)",
          w.out);
    fputs("(assert (and (<= X_0 1) (>= X_0 -1) (<= X_1 1) (<= -1 X_1)))", w.out);
    memset(truth, true, sizeof truth);
    for (unsigned long n = 1 + draw(&w, 3); n > 0; n--) {
        fputs("\n(assert ", w.out);
        write_formula(&w, 0, more);
        fputs(")", w.out);
        for (size_t p = 0; p < POINTS; p++)
            truth[p] = truth[p] && more[p];
    }
    fclose(w.out);
    crease_specification *s;
    crease_error error = {0};
    ck_assert_msg(read_text(text, length, INPUTS, OUTPUTS, &s, &error) == CREASE_OK ||
                      strstr(error.message, "disjuncts"),
                  "seed %zu: %s in\n%s", (size_t)seed, error.message, text);
    for (size_t p = 0; s && p < POINTS; p++) {
        const double *x = value + p * (INPUTS + OUTPUTS);
        ck_assert_msg(violated(s, x, x + INPUTS) == truth[p], "seed %zu, X %g %g, Y %g %g:\n%s", (size_t)seed,
                      x[0], x[1], x[2], x[3], text);
        ++*(truth[p] ? held : failed);
    }
    crease_specification_free(s);
    free(text);
    gsl_rng_free(w.rng);
}

START_TEST(random_formulas) {
    size_t held = 0, failed = 0;
    for (uint64_t seed = 1; seed <= test_rounds(3000, 100000); seed++)
        try_formula(seed, &held, &failed);
    ck_assert_uint_gt(held, 1000);
    ck_assert_uint_gt(failed, 1000);
}
END_TEST

START_TEST(competition_files) {
    const char *folder = getenv("CREASE_DATA_DIR");
    static const size_t cases[] = {1, 1, 1, 1, 1, 2, 1, 1, 1, 1},
                        alternatives[] = {1, 1, 1, 1, 4, 8, 2, 3, 4, 4};
    char path[1000];
    snprintf(path, sizeof path, "%s/acasxu/vnnlib/prop_1.vnnlib", folder ? folder : "");
    FILE *file = folder ? fopen(path, "r") : NULL;
    if (!file)
        skip_test("CREASE_DATA_DIR has no acasxu");
    fclose(file);
    for (size_t i = 0; i < 10; i++) {
        crease_specification *s;
        crease_error error = {0};
        snprintf(path, sizeof path, "%s/acasxu/vnnlib/prop_%zu.vnnlib", folder, i + 1);
        ck_assert_msg(crease_vnnlib_load(path, 5, 5, &s, &error) == CREASE_OK, "%s", error.message);
        size_t count = 0;
        for (size_t k = 0; k < s->case_count; k++)
            count += s->cases[k].alternative_count;
        ck_assert_msg(s->case_count == cases[i] && count == alternatives[i],
                      "%s: %zu cases, %zu alternatives", path, s->case_count, count);
        crease_specification_free(s);
        ck_assert_int_eq(crease_vnnlib_load(path, 6, 5, &s, &error), CREASE_BAD_DATA);
        ck_assert_int_eq(crease_vnnlib_load(path, 5, 4, &s, &error), CREASE_BAD_DATA);
    }
}
END_TEST

Suite *test_vnnlib(void) {
    Suite *suite = suite_create("vnnlib");
    TCase *tests = tcase_create("vnnlib");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, shapes);
    tcase_add_test(tests, bounds_are_intersected_exactly);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, expansion_has_a_limit);
    tcase_add_test(tests, random_formulas);
    tcase_add_test(tests, competition_files);
    suite_add_tcase(suite, tests);
    return suite;
}
