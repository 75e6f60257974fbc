/* Persistent income as a Markov chain: the moments it must have, the recursion it replaces. */
#include "savings/risk/distribution.h"
#include "savings/risk/rouwenhorst.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static savings_markov *chain(size_t states, double persistence, double sd) {
    savings_markov *markov;
    crease_error error = {0};
    ck_assert_msg(savings_rouwenhorst(states, persistence, sd, &markov, &error) == CREASE_OK, "%s",
                  error.message);
    return markov;
}

START_TEST(test_moments_are_those_of_the_autoregression) {
    static const size_t states[] = {2, 3, 5, 9, 25, 99};
    static const double persistence[] = {-.5, 0, .3, .9, .99, .9999};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++) {
            size_t n = states[i];
            double rho = persistence[j], sd = .37, mean = 0, variance = 0, covariance = 0, total = 0,
                   level = 0;
            savings_markov *markov = chain(n, rho, sd);
            for (size_t s = 0; s < n; s++) {
                double row = 0, next = 0, square = 0, z = markov->log_value[s];
                for (size_t t = 0; t < n; t++) {
                    double p = markov->transition[s * n + t];
                    ck_assert_double_ge(p, 0);
                    row += p;
                    next += p * markov->log_value[t];
                    square += p * markov->log_value[t] * markov->log_value[t];
                }
                ck_assert_double_eq_tol(row, 1, 1e-14);
                ck_assert_msg(fabs(next - rho * z) <= 1e-13, "n %zu, rho %g: E[z'|z = %g] = %.17g", n, rho, z,
                              next);
                ck_assert_double_eq_tol(square - next * next, (1 - rho * rho) * sd * sd, 1e-13);
                total += markov->stationary[s];
                mean += markov->stationary[s] * z;
                variance += markov->stationary[s] * z * z;
                covariance += markov->stationary[s] * z * next;
                level += markov->stationary[s] * markov->level[s];
            }
            ck_assert_double_eq_tol(total, 1, 1e-14);
            ck_assert_double_eq_tol(mean, 0, 1e-14);
            ck_assert_double_eq_tol(variance, sd * sd, 1e-14);
            ck_assert_double_eq_tol(covariance, rho * sd * sd, 1e-14);
            ck_assert_double_eq_tol(level, 1, 1e-13);
            savings_markov_free(markov);
        }
}
END_TEST

/* The recursion of the original paper. */
static void recursion(size_t n, double p, double *matrix) {
    if (n == 1) {
        matrix[0] = 1;
        return;
    }
    double *smaller = calloc((n - 1) * (n - 1), sizeof *smaller);
    recursion(n - 1, p, smaller);
    memset(matrix, 0, n * n * sizeof *matrix);
    for (size_t i = 0; i + 1 < n; i++)
        for (size_t j = 0; j + 1 < n; j++) {
            double entry = smaller[i * (n - 1) + j];
            matrix[i * n + j] += p * entry;
            matrix[i * n + j + 1] += (1 - p) * entry;
            matrix[(i + 1) * n + j] += (1 - p) * entry;
            matrix[(i + 1) * n + j + 1] += p * entry;
        }
    for (size_t i = 1; i + 1 < n; i++)
        for (size_t j = 0; j < n; j++)
            matrix[i * n + j] /= 2;
    free(smaller);
}

START_TEST(test_matrix_is_the_recursion) {
    for (size_t n = 1; n <= 12; n++) {
        savings_markov *markov = chain(n, .8, .2);
        double *matrix = calloc(n * n, sizeof *matrix), *stationary = calloc(n, sizeof *stationary);
        recursion(n, .9, matrix);
        for (size_t i = 0; i < n * n; i++)
            ck_assert_double_eq_tol(markov->transition[i], matrix[i], 1e-15);
        ck_assert_int_eq(savings_stationary(n, markov->transition, stationary, NULL), CREASE_OK);
        for (size_t i = 0; i < n; i++)
            ck_assert_msg(fabs(stationary[i] - gsl_ran_binomial_pdf((unsigned)i, .5, (unsigned)n - 1)) <=
                                  1e-14 &&
                              fabs(stationary[i] - markov->stationary[i]) <= 1e-14,
                          "state %zu of %zu: %.17g", i, n, stationary[i]);
        free(matrix);
        free(stationary);
        savings_markov_free(markov);
    }
}
END_TEST

START_TEST(test_chains_refused) {
    savings_markov *markov;
    crease_error error = {0};
    ck_assert_int_eq(savings_rouwenhorst(0, .5, .1, &markov, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_rouwenhorst(3, 1, .1, &markov, &error), CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "permanent shock") != NULL);
    ck_assert_int_eq(savings_rouwenhorst(3, NAN, .1, &markov, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_rouwenhorst(3, .5, -.1, &markov, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_rouwenhorst(3, .5, NAN, &markov, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(markov);
    const double apart[4] = {1, 0, 0, 1};
    double probability[2];
    ck_assert_int_eq(savings_stationary(2, apart, probability, &error), CREASE_BAD_ARGUMENT);
    savings_markov_free(NULL);
    savings_shocks_list_free(NULL, 3);
}
END_TEST

/* Levels times shocks: the mean of each state is its level. */
START_TEST(test_shocks_of_each_state) {
    savings_markov *markov = chain(4, .7, .5);
    savings_shocks *shocks, **list;
    ck_assert_int_eq(savings_shocks_lognormal(&(savings_income_risk){0}, &shocks, NULL), CREASE_OK);
    ck_assert_int_eq(savings_shocks_by_state(shocks, markov->level, 4, &list, NULL), CREASE_OK);
    for (size_t s = 0; s < 4; s++) {
        double mean = 0;
        ck_assert_uint_eq(list[s]->count, shocks->count);
        for (size_t k = 0; k < shocks->count; k++) {
            mean += list[s]->probability[k] * list[s]->transitory[k];
            ck_assert_double_eq(list[s]->permanent[k], shocks->permanent[k]);
        }
        ck_assert_double_eq_tol(mean, markov->level[s], 1e-13);
    }
    savings_shocks_list_free(list, 4);
    savings_shocks_free(shocks);
    savings_markov_free(markov);
}
END_TEST

Suite *test_savings_rouwenhorst(void) {
    Suite *suite = suite_create("savings rouwenhorst");
    TCase *markov = tcase_create("persistent income");
    tcase_add_test(markov, test_moments_are_those_of_the_autoregression);
    tcase_add_test(markov, test_matrix_is_the_recursion);
    tcase_add_test(markov, test_chains_refused);
    tcase_add_test(markov, test_shocks_of_each_state);
    suite_add_tcase(suite, markov);
    return suite;
}
