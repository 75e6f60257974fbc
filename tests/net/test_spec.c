/* The mini-language: what is taken, in which normal form and with which counts, and what is refused. */
#include "crease/net.h"
#include "support/suites.h"
#include <stdio.h>
#include <string.h>

START_TEST(specs_have_a_normal_form_and_counts) {
    static const struct {
        const char *spec, *normal;
        size_t inputs, outputs, n_params, n_free;
    } table[] = {
        {"affine", "affine", 1, 1, 2, 2},
        {"affine", "affine", 3, 2, 8, 8},
        {"relu:8", "relu:8", 1, 1, 25, 17},
        {"tanh:8", "tanh:8", 1, 1, 25, 25},
        {"affine+relu:1", "affine+relu:1", 1, 1, 5, 4},
        {"affine+relu:3", "affine+relu:3", 1, 1, 11, 8},
        {"relu:3+affine", "affine+relu:3", 1, 1, 11, 8},
        {"affine+relu:40", "affine+relu:40", 1, 1, 122, 82},
        {"affine+tanh:4+relu:1", "affine+tanh:4+relu:1", 1, 1, 17, 16},
        {"relu:16/relu:16", "relu:16/relu:16", 2, 1, 337, 321},
        {"relu:2/tanh:3", "relu:2/tanh:3", 1, 1, 17, 17},
        {"leaky:2", "leaky:2", 1, 1, 7, 5},
        {"leaky(.01):2", "leaky:2", 1, 1, 7, 5},
        {"leaky(0.10):2", "leaky(0.1):2", 1, 1, 7, 5},
        {"leaky(0):2", "leaky(0):2", 1, 1, 7, 5},
        {"prelu:2", "prelu:2", 1, 1, 9, 7},
        {"prelu(.25):2", "prelu:2", 1, 1, 9, 7},
        {"prelu(.5):2", "prelu(0.5):2", 1, 1, 9, 7},
        {"relu^1.5:1", "relu^1.5:1", 1, 1, 4, 3},
        {"relu^.5:1", "relu^0.5:1", 1, 1, 4, 3},
        {"relu^1:4", "relu:4", 1, 1, 13, 9},
        {"relu^1.000:4", "relu:4", 1, 1, 13, 9},
        {"relu^16:1", "relu^16:1", 1, 1, 4, 3},
        {"elu:1+gelu:1+silu:1+softplus:1+sigmoid:1+identity:1",
         "elu:1+gelu:1+silu:1+softplus:1+sigmoid:1+identity:1", 2, 1, 25, 25},
        {"relu:08", "relu:8", 1, 1, 25, 17},
        {"relu:1+relu:2", "relu:1+relu:2", 1, 1, 10, 7},
        {"tanh:4x3", "tanh:4/tanh:4/tanh:4", 1, 1, 53, 53},
        {"affine+tanh:2+relu:1x2/relu:5x1", "affine+tanh:2+relu:1/tanh:2+relu:1/relu:5", 1, 1, 45, 40},
        {"affine+tanh:2+relu:1x4/relu:5/relu:5x4", "affine+tanh:2+relu:1x4/relu:5x5", 1, 1, 189, 184},
        {"relu:1/relu:1x3/tanh:1/relu:1", "relu:1x4/tanh:1/relu:1", 1, 1, 14, 13},
        {"leaky:1/leaky(.1):1x4", "leaky:1/leaky(0.1):1x4", 1, 1, 12, 11},
        {"relu:1x996/relu:1x4", "relu:1x1000", 1, 1, 2002, 2001},
        {"prelu(.5):1x2", "prelu(0.5):1/prelu(0.5):1", 1, 1, 8, 7},
        /* as many digits as are taken: what is written must be read again */
        {"leaky(.123456789012345):1", "leaky(0.123456789012345):1", 1, 1, 4, 3},
        {"relu^15.1234567890123:1", "relu^15.1234567890123:1", 1, 1, 4, 3},
        {"relu^9.87654321098765:1", "relu^9.87654321098765:1", 1, 1, 4, 3},
        {"leaky(.000000000000007):1", "leaky(0.000000000000007):1", 1, 1, 4, 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        crease_net *net, *again;
        crease_error error = {0};
        char text[256], second[256], tight[6];
        ck_assert_msg(crease_net_parse(table[i].spec, table[i].inputs, table[i].outputs, &net, &error) ==
                          CREASE_OK,
                      "%s: %s", table[i].spec, error.message);
        size_t length = crease_net_spec(net, text, sizeof text);
        ck_assert_str_eq(text, table[i].normal);
        ck_assert_uint_eq(length, strlen(text));
        ck_assert_uint_eq(crease_net_spec(net, NULL, 0), length);
        ck_assert_uint_eq(crease_net_spec(net, tight, sizeof tight), length);
        ck_assert_int_eq(strncmp(tight, text, sizeof tight - 1), 0);
        ck_assert_msg(net->parameter_count == table[i].n_params &&
                          crease_net_free_count(net) == table[i].n_free,
                      "%s: %zu parameters, %zu free", text, net->parameter_count, crease_net_free_count(net));
        ck_assert_uint_eq(net->linear_from, net->output_weights);
        ck_assert_msg(crease_net_parse(text, table[i].inputs, table[i].outputs, &again, &error) == CREASE_OK,
                      "%s: %s", text, error.message);
        crease_net_spec(again, second, sizeof second);
        ck_assert_str_eq(second, text);
        for (size_t l = 0; l < net->layer_count; l++)
            for (size_t g = 0; g < net->layer[l].group_count; g++)
                ck_assert(net->layer[l].group[g].parameter == again->layer[l].group[g].parameter);
        crease_net_free(net);
        crease_net_free(again);
    }
}
END_TEST

START_TEST(counts_of_piecewise_linear_specs) {
    for (size_t k = 1; k <= 12; k++) {
        char spec[32];
        crease_net *net;
        snprintf(spec, sizeof spec, "affine+relu:%zu", k);
        ck_assert_int_eq(crease_net_parse(spec, 1, 1, &net, NULL), CREASE_OK);
        ck_assert_uint_eq(net->parameter_count, 2 + 3 * k);
        ck_assert_uint_eq(crease_net_free_count(net), 2 + 2 * k);
        ck_assert_uint_eq(crease_net_unit_count(net), k);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(bad_specs_are_refused_with_a_reason) {
    static const struct {
        const char *spec, *reason;
    } table[] = {
        {"", "expected affine, relu"},
        {"rely:3", "character 1: expected affine, relu"},
        {"ReLU:3", "expected affine"},
        {" relu:3", "expected affine"},
        {"relu", "expected ':' and a number of units"},
        {"relu:", "expected a number of units, at least 1"},
        {"relu:0", "at least 1"},
        {"relu:-3", "at least 1"},
        {"relu:3.5", "expected '+', '/' or the end"},
        {"relu:3 ", "character 7: expected '+', '/' or the end"},
        {"relu:3,tanh:2", "expected '+'"},
        {"relu:3+", "character 8: expected affine"},
        {"relu:3/", "character 8: expected affine"},
        {"relu:3//relu:3", "expected affine"},
        {"affine:3", "expected '+', '/' or the end"},
        {"affine+affine", "the affine path appears twice"},
        {"affine+relu:2+affine", "twice"},
        {"affine/relu:3", "the first layer has no units"},
        {"relu:3/affine", "write it in the first layer"},
        {"relu:3/affine+relu:2", "write it in the first layer"},
        {"tanh(.1):3", "only leaky and prelu take a slope"},
        {"relu(.1):3", "only leaky and prelu take a slope"},
        {"leaky():3", "expected a slope such as (.1) behind leaky"},
        {"leaky(.1:3", "expected a slope"},
        {"leaky(-.1):3", "expected a slope"},
        {"leaky(1):3", "less than 1"},
        {"leaky(nan):3", "expected a slope"},
        {"prelu(2):3", "less than 1"},
        {"tanh^2:3", "only relu takes a power"},
        {"relu^0:3", "expected a power above 0"},
        {"relu^-1:3", "expected a power above 0"},
        {"relu^17:3", "at most 16"},
        {"relu^:3", "expected a power"},
        {"relu^1e1:3", "expected ':'"},
        {"leaky(.1234567890123456):3", "expected a slope"},
        {"relu:3x", "character 8: expected a number of layers, at least 1"},
        {"relu:3x0", "expected a number of layers, at least 1"},
        {"relu:3x1001", "more than 1000 layers"},
        {"relu:1x1000/relu:1", "more than 1000 layers"},
        {"relu:1x700/tanh:2/relu:1x700", "more than 1000 layers"},
        {"relu:3x2+tanh:1", "character 9: expected '/' or the end"},
        {"relu:3x2x2", "character 9: expected '/' or the end"},
        {"relu:3 x2", "character 7: expected '+', '/' or the end"},
        {"affinex2", "expected affine"},
        {"relu:1000x100", "a network of more than"},
        {"relu:99999999999999999999", "more than"},
        {"relu:30000000", "a network of more than"},
        {"relu:8000/relu:8000", "a network of more than"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        crease_net *net = (crease_net *)&net;
        crease_error error = {0};
        ck_assert_msg(crease_net_parse(table[i].spec, 2, 1, &net, &error) == CREASE_BAD_ARGUMENT,
                      "'%s' was taken", table[i].spec);
        ck_assert_ptr_null(net);
        ck_assert_int_eq(error.status, CREASE_BAD_ARGUMENT);
        ck_assert_msg(strstr(error.message, table[i].reason) != NULL, "'%s': %s", table[i].spec,
                      error.message);
        ck_assert_int_eq(crease_net_parse(table[i].spec, 2, 1, &net, NULL), CREASE_BAD_ARGUMENT);
    }
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("relu:2", 0, 1, &net, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_net_parse("relu:2", 1, 0, &net, NULL), CREASE_BAD_ARGUMENT);
}
END_TEST

Suite *test_spec(void) {
    Suite *suite = suite_create("spec");
    TCase *tests = tcase_create("mini-language");
    tcase_add_test(tests, specs_have_a_normal_form_and_counts);
    tcase_add_test(tests, counts_of_piecewise_linear_specs);
    tcase_add_test(tests, bad_specs_are_refused_with_a_reason);
    suite_add_tcase(suite, tests);
    return suite;
}
