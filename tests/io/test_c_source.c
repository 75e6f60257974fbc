/* Networks as C: what the compiler makes of them against crease's own evaluation, and self-tests that notice damage. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <ctype.h>
#include <dlfcn.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static void fill(crease_net *net, gsl_rng *rng) {
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_ran_gaussian(rng, 1);
    for (size_t i = 0; i < net->inputs; i++) {
        net->input_shift[i] = gsl_ran_gaussian(rng, 3);
        net->input_scale[i] = exp(gsl_ran_gaussian(rng, 2));
    }
    for (size_t i = 0; i < net->outputs; i++) {
        net->output_shift[i] = gsl_ran_gaussian(rng, 100);
        net->output_scale[i] = exp(gsl_ran_gaussian(rng, 2));
    }
}

static const char *const specs[] = {
    "affine",
    "relu:3",
    "affine+relu:40/relu:50/relu:3",
    "identity:2/leaky:3+prelu:2+relu:1/prelu:4",
    "affine+elu:2+gelu:2+silu:2/softplus:3+tanh:2+sigmoid:2",
    "relu^1.5:3/leaky(.25):2+relu^.5:2",
};

/* Compiles the file as a library and calls the function beside crease. */
static void compare(const crease_net *net, const char *name, gsl_rng *rng) {
    char path[300];
    run_result result =
        run_shell("cd %s && ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1 "
                  "-ffp-contract=off -shared -fPIC %s.c -lm -o %s.so",
                  folder, name, name);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    void (*function)(const double x[], double y[]) = NULL;
    void *symbol = dlsym(library, name);
    ck_assert_ptr_nonnull(symbol);
    memcpy(&function, &symbol, sizeof function);
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    for (int i = 0; i < 100; i++) {
        double x[4], y[4], other[4];
        for (size_t k = 0; k < net->inputs; k++)
            x[k] = net->input_shift[k] + gsl_ran_gaussian(rng, 3 * net->input_scale[k]);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        function(x, other);
        for (size_t k = 0; k < net->outputs; k++)
            ck_assert_msg(fabs(y[k] - other[k]) <= 1e-12 * (fabs(y[k]) + 100 * net->output_scale[k] + 100),
                          "%s, case %d: %.17g and %.17g", name, i, y[k], other[k]);
    }
    crease_work_free(work);
    dlclose(library);
}

START_TEST(compiled_code_gives_the_same) {
    gsl_rng *rng = crease_random_new(3, 0);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        crease_net *net;
        char name[20], path[300];
        snprintf(name, sizeof name, "net%zu", i);
        snprintf(path, sizeof path, "%s/%s.c", folder, name);
        ck_assert_int_eq(crease_net_parse(specs[i], 1 + i % 3, 1 + i % 2, &net, NULL), CREASE_OK);
        fill(net, rng);
        ck_assert_int_eq(crease_c_source_save(net, path, NULL, NULL), CREASE_OK);
        compare(net, name, rng);
        crease_net_free(net);
    }
    gsl_rng_free(rng);
}
END_TEST

static void check_self_test(const char *name, int code) {
    char capitals[40];
    for (size_t i = 0; i <= strlen(name); i++)
        capitals[i] = (char)toupper((unsigned char)name[i]);
    for (int fast = 0; fast < 2; fast++) { /* fused multiplications are within the bound */
        run_result result = run_shell("cd %s && ${CC:-cc} %s -D%s_SELF_TEST %s.c -lm -o t && ./t", folder,
                                      fast ? "-O2 -march=native -ffp-contract=fast" : "-O0", capitals, name);
        ck_assert_msg(result.exit_code == code, "%s: exit code %d\n%s%s", name, result.exit_code, result.out,
                      result.err);
        run_clear(&result);
    }
}

START_TEST(self_tests_agree) {
    gsl_rng *rng = crease_random_new(8, 0);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        crease_net *net;
        char name[20], path[300];
        snprintf(name, sizeof name, "self%zu", i);
        snprintf(path, sizeof path, "%s/%s.c", folder, name);
        ck_assert_int_eq(crease_net_parse(specs[i], 3, 2, &net, NULL), CREASE_OK);
        fill(net, rng);
        ck_assert_int_eq(crease_c_source_save(net, path, NULL, NULL), CREASE_OK);
        crease_net_free(net);
        check_self_test(name, 0);
    }
    gsl_rng_free(rng);
}
END_TEST

/* One bias differs in its sixth digit. */
START_TEST(self_test_fails_after_a_change) {
    gsl_rng *rng = crease_random_new(9, 0);
    for (size_t i = 0; i < 3; i++) {
        crease_net *net;
        char path[300];
        snprintf(path, sizeof path, "%s/whole.c", folder);
        ck_assert_int_eq(crease_net_parse(specs[i], 2, 1, &net, NULL), CREASE_OK);
        fill(net, rng);
        ck_assert_int_eq(crease_c_source_save(net, path, NULL, NULL), CREASE_OK);
        net->theta[net->output_biases] *= 1 + 1e-6;
        char other[300];
        snprintf(other, sizeof other, "%s/other.c", folder);
        const crease_c_source named = {.name = "whole"};
        ck_assert_int_eq(crease_c_source_save(net, other, &named, NULL), CREASE_OK);
        crease_net_free(net);
        /* the constants of the one, the test of the other */
        run_result result =
            run_shell("cd %s && (sed '/^#ifdef/,$d' other.c; sed -n '/^#ifdef/,$p' whole.c) >mixed.c && "
                      "${CC:-cc} -DWHOLE_SELF_TEST mixed.c -lm -o t && ./t",
                      folder);
        ck_assert_msg(result.exit_code == 1, "%s: exit code %d\n%s", specs[i], result.exit_code, result.err);
        ck_assert_ptr_nonnull(strstr(result.out, "sample 0: y[0] is "));
        run_clear(&result);
    }
    gsl_rng_free(rng);
}
END_TEST

START_TEST(names_are_made_fit) {
    static const struct {
        const char *wanted, *name;
    } names[] = {{"clip", "clip"},     {"2nd", "net_2nd"}, {"a-b.c", "a_b_c"}, {"exp", "exp_net"},
                 {"int", "int_net"},   {"", "net"},        {"_x", "net__x"},   {"h\xc3\xa9", "h__"},
                 {"main", "main_net"}, {NULL, "net"}};
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("affine", 1, 1, &net, NULL), CREASE_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text, line[100];
        size_t size;
        FILE *file = open_memstream(&text, &size);
        const crease_c_source options = {.name = names[i].wanted};
        ck_assert_int_eq(crease_c_source_write(net, file, &options, NULL), CREASE_OK);
        fclose(file);
        snprintf(line, sizeof line, "\nvoid %s(const double x[], double y[]) {", names[i].name);
        ck_assert_msg(strstr(text, line) != NULL, "%s", names[i].name);
        free(text);
    }
    net->theta[0] = INFINITY;
    crease_error error;
    ck_assert_int_eq(crease_c_source_write(net, stdout, NULL, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "theta[0]"));
    crease_net_free(net);
}
END_TEST

Suite *test_c_source(void) {
    Suite *suite = suite_create("c_source");
    TCase *tests = tcase_create("c_source");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, compiled_code_gives_the_same);
    tcase_add_test(tests, self_tests_agree);
    tcase_add_test(tests, self_test_fails_after_a_change);
    tcase_add_test(tests, names_are_made_fit);
    suite_add_tcase(suite, tests);
    return suite;
}
