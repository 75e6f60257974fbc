/* MILP: binaries of plain intervals counted by hand, right answers, the verdict. */
#include "labs/tools.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

enum { WIDTH = 5 };

static void bounds(const double *w, const double *b, size_t fan_in, const double *low, const double *high,
                   double *least, double *most, size_t *open) {
    for (size_t u = 0; u < WIDTH; u++) {
        least[u] = most[u] = b[u];
        for (size_t j = 0; j < fan_in; j++) {
            const double weight = w[u * fan_in + j];
            least[u] += weight * (weight > 0 ? low[j] : high[j]);
            most[u] += weight * (weight > 0 ? high[j] : low[j]);
        }
        *open += least[u] < 0 && most[u] > 0;
    }
}

START_TEST(binaries) {
    static const double low[2] = {-1, -1}, high[2] = {1, 1};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        crease_net *net;
        crease_error error;
        double least[WIDTH], most[WIDTH], last[2][WIDTH];
        size_t open = 0;
        ck_assert_int_eq(lab_random_net("relu:5/relu:5", 2, 1, CREASE_INIT_RANDOM, seed, 0, &net, &error),
                         CREASE_OK);
        const crease_layer *layer = net->layer;
        bounds(net->theta + layer[0].weights, net->theta + layer[0].biases, 2, low, high, least, most, &open);
        for (size_t u = 0; u < WIDTH; u++) {
            least[u] = fmax(0, least[u]);
            most[u] = fmax(0, most[u]);
        }
        bounds(net->theta + layer[1].weights, net->theta + layer[1].biases, WIDTH, least, most, last[0],
               last[1], &open);
        crease_net_free(net);
        lab_run *run = lab_under_test("milp", "nets=1,width=5", seed, false);
        ck_assert_msg(lab_measured(run, "binaries_plain")->estimate.value == (double)open,
                      "seed %zu: %g, not %zu", (size_t)seed,
                      lab_measured(run, "binaries_plain")->estimate.value, open);
        ck_assert_double_le(lab_measured(run, "binaries")->estimate.value, (double)open);
        lab_run_free(run);
    }
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("milp", "nets=3,width=4", 2, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_milp(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, binaries);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_milp");
    suite_add_tcase(suite, tests);
    return suite;
}
