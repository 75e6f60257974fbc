/* What crease writes is read by GLPK's own reader, and its optimum is the exact least value. */
#include "crease/milp.h"
#include "crease/random.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/run.h"
#include "support/suites.h"
#include <glpk.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NUMBERS = 8 };

static double optimum_of_file(const char *path, const crease_milp_result *count, uint64_t seed) {
    glp_prob *program = glp_create_prob();
    ck_assert_msg(glp_read_lp(program, NULL, path) == 0, "seed %lu", seed);
    ck_assert_uint_eq((size_t)glp_get_num_bin(program), count->binaries);
    ck_assert_uint_eq((size_t)glp_get_num_cols(program), count->columns);
    ck_assert_uint_eq((size_t)glp_get_num_rows(program), count->rows);
    glp_scale_prob(program, GLP_SF_AUTO);
    glp_adv_basis(program, 0);
    ck_assert_int_eq(glp_simplex(program, NULL), 0);
    ck_assert_msg(glp_intopt(program, NULL) == 0 && glp_mip_status(program) == GLP_OPT, "seed %lu", seed);
    double objective = glp_mip_obj_val(program);
    glp_delete_prob(program);
    return objective;
}

START_TEST(optimum_is_the_least_value) {
    char *folder = run_folder_new(), path[512];
    snprintf(path, sizeof path, "%s/program.lp", folder);
    glp_term_out(GLP_OFF);
    for (uint64_t seed = 1; seed <= test_rounds(200, 4000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 0);
        crease_net *net = random_net(rng, &(random_net_limits){3, 2, 2, 4});
        double lower[3], upper[3], coefficient[MOST_NUMBERS] = {0}, largest = 0;
        for (size_t i = 0; i < net->parameter_count; i++)
            largest =
                fmax(largest, net->theta[i] != 0 ? fmax(fabs(net->theta[i]), 1 / fabs(net->theta[i])) : 0);
        for (size_t k = 0; k < net->inputs; k++) {
            double a = random_number(rng, 1), b = random_number(rng, 1);
            lower[k] = fmin(a, b);
            upper[k] = fmax(a, b);
        }
        for (size_t o = 0; o < net->outputs; o++)
            coefficient[net->inputs + o] = random_number(rng, 1);
        crease_specification *specification;
        crease_milp_result count;
        ck_assert(crease_specification_box(net->inputs, net->outputs, lower, upper, &specification, NULL) ==
                  CREASE_OK);
        ck_assert(crease_specification_add(specification, 0, 1, coefficient, (double[]){.25}, NULL) ==
                  CREASE_OK);
        crease_milp_options options = {.plain_bounds = seed % 2};
        if (largest < 1e4 && crease_milp_save(net, specification, 0, &options, path, NULL) == CREASE_OK) {
            exact_net *exact = exact_net_new(net);
            mpq_t least;
            mpq_init(least);
            exact_minimum(exact, lower, upper, coefficient, least, NULL);
            ck_assert(crease_milp_count(net, specification, &options, &count, NULL) == CREASE_OK);
            double found = optimum_of_file(path, &count, seed), expected = mpq_get_d(least) + .25;
            ck_assert_msg(fabs(found - expected) < 1e-5 * (1 + fabs(expected)),
                          "seed %lu: %.10g, least value %.10g", seed, found, expected);
            crease_milp_result_clear(&count);
            mpq_clear(least);
            exact_net_free(exact);
        }
        crease_specification_free(specification);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    glp_free_env();
    run_folder_remove(folder);
}
END_TEST

/* An environment of GLPK that the caller has stays as it was. */
START_TEST(callers_environment_is_kept) {
    glp_prob *own = glp_create_prob();
    glp_add_cols(own, 3);
    crease_net *net;
    crease_specification *specification;
    crease_milp_result result;
    ck_assert(crease_net_parse("relu:2", 1, 1, &net, NULL) == CREASE_OK);
    net->theta[0] = 1;
    net->theta[1] = -1;
    net->theta[4] = net->theta[5] = 1;
    ck_assert(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &specification, NULL) ==
              CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, 1}, (double[]){.5}, NULL) ==
              CREASE_OK);
    ck_assert(crease_milp(net, specification, NULL, &result, NULL) == CREASE_OK);
    ck_assert_int_eq(result.verdict, CREASE_PROVED);
    ck_assert_int_eq(glp_get_num_cols(own), 3);
    crease_milp_result_clear(&result);
    crease_specification_free(specification);
    crease_net_free(net);
    glp_delete_prob(own);
    glp_free_env();
}
END_TEST

Suite *test_milp_glpk(void) {
    Suite *suite = suite_create("milp_glpk");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, optimum_is_the_least_value);
    tcase_add_test(all, callers_environment_is_kept);
    suite_add_tcase(suite, all);
    return suite;
}
