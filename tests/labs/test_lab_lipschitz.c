/* Lipschitz: the product of norms by singular values, an affine net in closed form, the order of the radii, the verdict. */
#include "labs/tools.h"
#include "support/labs.h"
#include "support/suites.h"
#include <gsl/gsl_linalg.h>
#include <math.h>

static double largest_singular_value(const double *w, size_t rows, size_t columns) {
    gsl_matrix *gram = gsl_matrix_calloc(columns, columns), *v = gsl_matrix_alloc(columns, columns);
    gsl_vector *s = gsl_vector_alloc(columns), *work = gsl_vector_alloc(columns);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i++)
            for (size_t j = 0; j < columns; j++)
                *gsl_matrix_ptr(gram, i, j) += w[r * columns + i] * w[r * columns + j];
    gsl_linalg_SV_decomp(gram, v, s, work);
    const double largest = sqrt(gsl_vector_get(s, 0));
    gsl_matrix_free(gram);
    gsl_matrix_free(v);
    gsl_vector_free(s);
    gsl_vector_free(work);
    return largest;
}

START_TEST(product_of_norms) {
    crease_net *net;
    crease_error error;
    ck_assert_int_eq(lab_random_net("relu:3/relu:3", 4, 2, CREASE_INIT_HE, 1, 0, &net, &error), CREASE_OK);
    const double *last = net->theta + net->output_weights;
    const double product = largest_singular_value(net->theta + net->layer[0].weights, 3, 4) *
                           largest_singular_value(net->theta + net->layer[1].weights, 3, 3) *
                           sqrt(fmax(last[0] * last[0] + last[1] * last[1] + last[2] * last[2],
                                     last[3] * last[3] + last[4] * last[4] + last[5] * last[5]));
    crease_net_free(net);
    lab_run *run = lab_under_test("lipschitz", "side=2,width=3,points=1,nodes=1000", 1, false);
    const double bound = lab_measured(run, "global_constant")->estimate.value;
    ck_assert_msg(bound >= product * (1 - 1e-12) && bound <= product * 1.05, "%g against %g", bound, product);
    const double local = lab_measured(run, "local_constant")->estimate.value,
                 sampled = lab_measured(run, "sampled_constant")->estimate.value;
    ck_assert(local <= product * (1 + 1e-12) && sampled <= product * (1 + 1e-12) && sampled > 0);
    lab_run_free(run);
}
END_TEST

/* Every certificate is safe; without hidden layers each is the truth: the distance to a plane. */
START_TEST(radii) {
    lab_run *run = lab_under_test("lipschitz", "side=3,width=4,points=5,nodes=200", 1, false);
    for (size_t i = 0; i + 4 < run->cells; i += 5)
        ck_assert_double_le(run->cell[i + 4].number, 1);
    ck_assert_double_ge(lab_measured(run, "certified")->estimate.value,
                        lab_measured(run, "global")->estimate.value);
    lab_run_free(run);
    run = lab_under_test("lipschitz", "side=3,points=5", 1, true);
    for (size_t i = 0; i + 4 < run->cells; i += 5)
        ck_assert_double_ge(run->cell[i + 3].number, 1 - 1e-6);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    for (uint64_t seed = 1; seed <= test_cases(1, 5); seed++) {
        lab_run *run = lab_under_test("lipschitz", "side=6,width=3,points=7,nodes=60", seed, false);
        ck_assert_msg(run->verdict != LAB_REFUTED, "seed %zu: %s", (size_t)seed, run->sentence[0]);
        lab_run_free(run);
        run = lab_under_test("lipschitz", "side=6,width=3,points=7,nodes=60", seed, true);
        ck_assert_int_eq(run->verdict, LAB_REFUTED);
        lab_run_free(run);
    }
}
END_TEST

Suite *test_lab_lipschitz(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, product_of_norms);
    tcase_add_test(tests, radii);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_lipschitz");
    suite_add_tcase(suite, tests);
    return suite;
}
