/* What the inputs of a controller network mean, and the same law in the phase plane. */
#include "arm/network.h"
#include "crease/model_file.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

static crease_net *net_of(const char *spec, size_t inputs, size_t outputs) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static void expect(const arm_network *network, const arm_input *wanted) {
    for (size_t i = 0; i < network->net->inputs; i++) {
        ck_assert_int_eq((int)network->input[i].quantity, (int)wanted[i].quantity);
        ck_assert_uint_eq(network->input[i].joint, wanted[i].joint);
    }
}

START_TEST(names_say_what_inputs_are) {
    static const struct {
        const char *list;
        size_t joints, inputs;
        arm_input wanted[4];
    } good[] = {{"e,w", 1, 2, {{ARM_ERROR, 0}, {ARM_SPEED, 0}}},
                {"rate_rad_s,angle_rad", 1, 2, {{ARM_SPEED, 0}, {ARM_POSITION, 0}}},

                {"offset", 1, 1, {{ARM_OFFSET, 0}}},
                {"q1_rad,x2,w1,omega2_rad_s",
                 2,
                 4,
                 {{ARM_POSITION, 0}, {ARM_OFFSET, 1}, {ARM_SPEED, 0}, {ARM_SPEED, 1}}}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        crease_net *net = net_of("relu:2", good[i].inputs, good[i].joints);
        arm_network network;
        crease_error error = {.message = ""};
        ck_assert_msg(arm_network_bind(net, good[i].joints, good[i].list, &network, &error) == CREASE_OK,
                      "%s: %s", good[i].list, error.message);
        expect(&network, good[i].wanted);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(names_of_the_file_count_without_a_list) {
    crease_net *net;
    ck_assert_int_eq(crease_net_load("data/kinked_law.json", &net, NULL), CREASE_OK);
    arm_network network;
    ck_assert_int_eq(arm_network_bind(net, 1, NULL, &network, NULL), CREASE_OK);
    expect(&network, (const arm_input[]){{ARM_ERROR, 0}, {ARM_SPEED, 0}});
    ck_assert_int_eq(arm_network_bind(net, 1, "q,w", &network, NULL), CREASE_OK);
    expect(&network, (const arm_input[]){{ARM_POSITION, 0}, {ARM_SPEED, 0}});
    crease_net_free(net);
}
END_TEST

START_TEST(nets_without_names) {
    arm_network network;
    crease_net *one = net_of("relu:2", 1, 1), *plane = net_of("relu:2", 2, 1), *two = net_of("tanh:2", 4, 2),
               *odd = net_of("tanh:2", 3, 1);
    ck_assert_int_eq(arm_network_bind(one, 1, NULL, &network, NULL), CREASE_OK);
    expect(&network, (const arm_input[]){{ARM_ERROR, 0}});
    ck_assert_int_eq(arm_network_bind(plane, 1, NULL, &network, NULL), CREASE_OK);
    expect(&network, (const arm_input[]){{ARM_OFFSET, 0}, {ARM_SPEED, 0}});
    ck_assert_int_eq(arm_network_bind(two, 2, NULL, &network, NULL), CREASE_OK);
    expect(&network, (const arm_input[]){{ARM_OFFSET, 0}, {ARM_OFFSET, 1}, {ARM_SPEED, 0}, {ARM_SPEED, 1}});
    crease_error error;
    ck_assert_int_eq(arm_network_bind(odd, 1, NULL, &network, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "--inputs"));
    crease_net_free(one);
    crease_net_free(plane);
    crease_net_free(two);
    crease_net_free(odd);
}
END_TEST

START_TEST(what_is_not_understood_is_named) {
    static const struct {
        const char *list;
        size_t joints, inputs, outputs;
        const char *says;
    } bad[] = {{"e,speed", 1, 2, 1, "'speed'"},
               {"e", 1, 2, 1, "names 1"},
               {"e,w,w", 1, 2, 1, "names 3"},
               {"e,", 1, 2, 1, "''"},
               {"e1,w3", 2, 2, 2, "'w3'"},
               {"e,w", 2, 2, 2, "'e'"},
               {"e0,w", 1, 2, 1, "'e0'"},
               {"e1x,w", 1, 2, 1, "'e1x'"},
               {"e,w", 1, 2, 2, "has 2 outputs"},
               {"e1,e2,w1,w2", 2, 4, 1, "has 1 outputs and the arm 2 joints"},
               {"e99999999999999999999", 2, 1, 2, "'e99999"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        crease_net *net = net_of("relu:2", bad[i].inputs, bad[i].outputs);
        arm_network network;
        crease_error error = {.message = ""};
        ck_assert_int_eq(arm_network_bind(net, bad[i].joints, bad[i].list, &network, &error),
                         CREASE_BAD_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "%s: %s", bad[i].list, error.message);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(the_plane_holds_the_same_law) {
    static const char *const specs[] = {"affine+relu:3", "tanh:2+relu:2/prelu:3", "leaky(.1):2",
                                        "relu:4/relu:3", "affine+identity:1"};
    static const char *const lists[] = {"e,w", "w,x", "q,w", "e", "w"};
    for (uint64_t seed = 1; seed <= 50; seed++) {
        gsl_rng *random = crease_random_new(seed, 0);
        const char *list = lists[seed % 5];
        size_t inputs = strchr(list, ',') ? 2 : 1;
        crease_net *net = net_of(specs[(seed / 5) % 5], inputs, 1), *plane;
        for (size_t j = 0; j < net->parameter_count; j++)
            net->theta[j] = gsl_ran_gaussian(random, 1);
        for (size_t j = 0; j < inputs; j++) {
            net->input_shift[j] = gsl_ran_gaussian(random, 1);
            net->input_scale[j] = gsl_ran_flat(random, 0.5, 2);
        }
        net->output_shift[0] = gsl_ran_gaussian(random, 1);
        net->output_scale[0] = gsl_ran_flat(random, 0.5, 2);
        arm_network network;
        double reference = gsl_ran_flat(random, -2, 2);
        ck_assert_int_eq(arm_network_bind(net, 1, list, &network, NULL), CREASE_OK);
        ck_assert_int_eq(arm_network_in_plane(&network, reference, &plane, NULL), CREASE_OK);
        ck_assert_str_eq(plane->input_name[0], "x_rad");
        crease_work *work, *plane_work;
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_int_eq(crease_work_new(plane, &plane_work, NULL), CREASE_OK);
        for (size_t k = 0; k < 20; k++) {
            double angle = gsl_ran_flat(random, -3, 3), rate = gsl_ran_flat(random, -5, 5), seen[2], u, v;
            arm_network_inputs(&network, &reference, &angle, &rate, seen);
            crease_net_evaluate(net, NULL, work, 1, seen, &u);
            crease_net_evaluate(plane, NULL, plane_work, 1, (const double[]){angle - reference, rate}, &v);
            ck_assert_msg(fabs(u - v) <= 1e-12 * (1 + fabs(u)), "seed %d: %.17g, in the plane %.17g",
                          (int)seed, u, v);
        }
        crease_work_free(work);
        crease_work_free(plane_work);
        crease_net_free(net);
        crease_net_free(plane);
        gsl_rng_free(random);
    }
}
END_TEST

START_TEST(no_plane_for_other_laws) {
    crease_net *two = net_of("relu:2", 4, 2), *twice = net_of("relu:2", 2, 1), *plane;
    arm_network network;
    crease_error error;
    ck_assert_int_eq(arm_network_bind(two, 2, NULL, &network, NULL), CREASE_OK);
    ck_assert_int_eq(arm_network_in_plane(&network, 0, &plane, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(plane);
    ck_assert_int_eq(arm_network_bind(twice, 1, "e,q", &network, NULL), CREASE_OK);
    ck_assert_int_eq(arm_network_in_plane(&network, 0, &plane, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "once at most"));
    crease_net_free(two);
    crease_net_free(twice);
}
END_TEST

Suite *test_arm_network(void) {
    Suite *suite = suite_create("test_arm_network");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, names_say_what_inputs_are);
    tcase_add_test(tcase, names_of_the_file_count_without_a_list);
    tcase_add_test(tcase, nets_without_names);
    tcase_add_test(tcase, what_is_not_understood_is_named);
    tcase_add_test(tcase, the_plane_holds_the_same_law);
    tcase_add_test(tcase, no_plane_for_other_laws);
    suite_add_tcase(suite, tcase);
    return suite;
}
