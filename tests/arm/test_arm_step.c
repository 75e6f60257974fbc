/* crease arm step with all its options: several joints, networks, lag, sampling, parameters, pictures, refusals. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static json_t *step(const char *options) {
    run_result result = run_shell("crease-arm step %s --json", options);
    ck_assert_msg(result.exit_code == 0, "%s: %s", options, result.err);
    return run_json_of(&result);
}

static double entry(const json_t *object, const char *key, size_t i) {
    const json_t *array = json_object_get(object, key);
    ck_assert_msg(json_is_array(array) && json_array_size(array) > i, "%s has no entry %zu", key, i);
    return json_number_value(json_array_get(array, i));
}

static const char *why_of(const json_t *object) {
    const char *why = json_string_value(json_object_get(object, "why"));
    return why ? why : "";
}

/* Keys that were there before there were several joints keep their form: numbers. */
START_TEST(one_joint_has_numbers) {
    static const char *const numbers[] = {"K",
                                          "Kd",
                                          "Td",
                                          "norm",
                                          "gravity",
                                          "reference_rad",
                                          "time_s",
                                          "seed",
                                          "rise_10_90_s",
                                          "overshoot_pct",
                                          "peak_time_s",
                                          "settle_2pct_s",
                                          "steady_state_error_rad",
                                          "q_ss_rad",
                                          "peak_torque_n_m",
                                          "iae",
                                          "itae",
                                          "int_u2",
                                          "effective_gain_n_m_rad",
                                          "natural_frequency_rad_s",
                                          "damping_ratio",
                                          "rhs_calls",
                                          "events",
                                          "lag_s",
                                          "sample_s",
                                          "torque_limit_n_m"};
    json_t *object = step("");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ck_assert_msg(json_is_number(json_object_get(object, numbers[i])), "%s", numbers[i]);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "state_end")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "start")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "poles")), 2);
    ck_assert(json_is_null(json_object_get(object, "controller")));
    ck_assert(json_is_true(json_object_get(object, "stable")));
    ck_assert_double_eq_tol(run_json_number(object, "time_s"), 8, 1e-15);
    json_decref(object);
}
END_TEST

START_TEST(several_joints_have_lists) {
    /* the last row of tests/data/arm/step_2link.csv for sigmoid */
    json_t *object =
        step("--model B --law PDx --act sigmoid --time 5 --reference 0.785398163397,0.785398163397");
    const double end[4] = {0.435619279588, 0.326011880074, -6.02703199175e-05, -0.000146272073785};
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq_tol(entry(object, "state_end", i), end[i], 1e-11);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "rise_10_90_s")), 2);
    ck_assert_double_eq_tol(entry(object, "K", 1), 60, 1e-15);
    ck_assert_double_eq_tol(entry(object, "torque_limit_n_m", 0), 100, 1e-15);
    ck_assert_double_eq_tol(entry(object, "steady_state_error_rad", 0),
                            M_PI / 4 - entry(object, "q_ss_rad", 0), 1e-11);
    ck_assert(json_is_null(json_object_get(object, "damping_ratio")));
    ck_assert_ptr_nonnull(strstr(why_of(object), "damping_ratio: "));
    ck_assert_uint_eq(json_array_size(json_object_get(object, "poles")), 4);
    json_decref(object);
}
END_TEST

START_TEST(joints_without_a_value_say_why) {
    json_t *object = step("--model C --law PDx");
    ck_assert_uint_eq(json_array_size(json_object_get(object, "peak_time_s")), 3);
    ck_assert(json_is_null(json_array_get(json_object_get(object, "peak_time_s"), 2)));
    ck_assert_ptr_nonnull(
        strstr(why_of(object), "peak_time_s, joint 3: the angle does not pass its end value"));
    ck_assert_double_eq_tol(entry(object, "peak_torque_n_m", 0), 97.6, 1e-12);
    json_decref(object);
    object = step("--model B2");
    ck_assert(json_is_null(json_array_get(json_object_get(object, "torque_limit_n_m"), 0)));
    ck_assert_ptr_nonnull(strstr(why_of(object), "torque_limit_n_m, joint 1: the torque has no limit"));
    json_decref(object);
}
END_TEST

START_TEST(several_activations_are_rows) {
    json_t *object = step("--act relu,sigmoid,leaky --gravity 0"), *alone = step("--act sigmoid --gravity 0");
    const json_t *rows = json_object_get(object, "rows");
    ck_assert_uint_eq(json_array_size(rows), 3);
    const json_t *relu = json_array_get(rows, 0), *sigmoid = json_array_get(rows, 1),
                 *leaky = json_array_get(rows, 2);
    ck_assert_str_eq(json_string_value(json_object_get(sigmoid, "act")), "sigmoid");
    static const char *const same[] = {"rise_10_90_s", "overshoot_pct", "settle_2pct_s",
                                       "iae",          "int_u2",        "norm"};
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(run_json_number(sigmoid, same[i]), run_json_number(alone, same[i]), 0.5e-15);
    ck_assert_double_eq_tol(run_json_number(relu, "overshoot_pct"), 47.64736176, 1e-7);
    ck_assert_double_eq_tol(run_json_number(leaky, "overshoot_pct"), 47.64736176, 1e-7);
    ck_assert_ptr_null(json_object_get(object, "act"));
    json_decref(object);
    json_decref(alone);
    run_result result = run_shell("crease-arm step --model B --law PDx --act relu,tanh");
    ck_assert_ptr_nonnull(strstr(result.out, "\ntanh, joint 2 "));
    run_clear(&result);
}
END_TEST

/* The same law as a pair, as a network file in JSON and in ONNX, and with its inputs in another order. */
START_TEST(networks_as_controllers) {
    json_t *object = step("--controller data/kinked_law.json --reference 1.5 --time 0.6");
    ck_assert_double_eq_tol(entry(object, "state_end", 0), 1.449072518548371, 5e-13);
    ck_assert_double_eq_tol(entry(object, "state_end", 1), -0.4462641615942786, 5e-13);
    ck_assert(run_json_number(object, "events") == 4);
    ck_assert(json_is_null(json_object_get(object, "law")) && json_is_null(json_object_get(object, "K")));
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(object, "inputs"), 1)), "w");
    ck_assert_str_eq(json_string_value(json_object_get(object, "controller")), "data/kinked_law.json");
    json_decref(object);

    run_result made = run_shell("crease convert data/kinked_law.json %s/law.onnx", folder);
    ck_assert_msg(made.exit_code == 0 || made.exit_code == 69, "%s", made.err);
    bool onnx = made.exit_code == 0; /* 69: built without */
    run_clear(&made);
    if (onnx) {
        char options[512];
        snprintf(options, sizeof options,
                 "--controller %s/law.onnx --inputs e,w --gravity 0 --reference 1.5 --time 0.6", folder);
        object = step(options);
        ck_assert_double_eq_tol(entry(object, "state_end", 0), 1.62954021131941, 5e-13);
        ck_assert(run_json_number(object, "events") == 5);
        json_decref(object);
    }
}
END_TEST

START_TEST(a_network_for_two_joints) {
    /* u1 = 150 e1 - 25 w1, u2 = 60 e2 - 10 w2, as a linear net that sees e2, w1, e1, w2 */
    run_file_write(
        folder, "pd.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"affine\", \"inputs\": 4, \"outputs\": 2, "
        "\"input_shift\": [0, 0, 0, 0], \"input_scale\": [1, 1, 1, 1], \"output_shift\": [0, 0], "
        "\"output_scale\": [1, 1], "
        "\"theta\": [0, 0, 0, -25, 150, 0, 60, 0, 0, -10]}");
    char options[512];
    snprintf(options, sizeof options, "--model B --controller %s/pd.json --inputs e2,w1,e1,w2", folder);
    json_t *net = step(options), *law = step("--model B --law PDx");
    for (size_t j = 0; j < 2; j++) {
        ck_assert_double_eq_tol(entry(net, "overshoot_pct", j), entry(law, "overshoot_pct", j), 1e-7);
        ck_assert_double_eq_tol(entry(net, "q_ss_rad", j), entry(law, "q_ss_rad", j), 1e-10);
        ck_assert_double_eq_tol(entry(net, "iae", j), entry(law, "iae", j), 1e-9);
    }
    ck_assert(run_json_number(net, "events") == run_json_number(law, "events"));
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(net, "inputs"), 0)), "e2");
    json_decref(net);
    json_decref(law);
}
END_TEST

START_TEST(parameters_from_a_file) {
    json_t *object = step("--parameters data/arm_parameters.json --law PDx");
    ck_assert_str_eq(json_string_value(json_object_get(object, "model")), "B");
    ck_assert_double_eq_tol(entry(object, "torque_limit_n_m", 0), 120, 1e-15);
    json_decref(object);
    /* A with the parameters of A2 is A2 */
    run_file_write(folder, "a2.json", "{\"J\": 0.333, \"b\": 0.1, \"Gm\": 4.905, \"Umax\": 8}");
    char options[512];
    snprintf(options, sizeof options, "--parameters %s/a2.json --law PDx", folder);
    json_t *changed = step(options), *model = step("--model A2 --law PDx");
    ck_assert_double_eq_tol(run_json_number(changed, "iae"), run_json_number(model, "iae"), 1e-14);
    ck_assert_double_eq_tol(run_json_number(changed, "peak_torque_n_m"), 8, 1e-14);
    json_decref(changed);
    json_decref(model);
}
END_TEST

START_TEST(broken_parameter_files) {
    static const struct {
        const char *text, *says;
    } wrong[] = {{"{\"J\": 1", "not JSON"},
                 {"[1, 2]", "one object"},
                 {"{\"Jj\": 1}", "did you mean 'J'"},
                 {"{\"inertia_of_the_arm\": 1}", "it has J, b, Gm"},
                 {"{\"J\": \"one\"}", "must be a number"},
                 {"{\"J\": NaN}", "not JSON"},
                 {"{\"J\": -1}", "J (inertia"},
                 {"{\"J\": 0}", "between 1e-06"},
                 {"{\"J\": 1, \"J\": 2}", "not JSON"},
                 {"{\"model\": 3}", "\"model\""},
                 {"{\"b\": true}", "must be a number"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run_file_write(folder, "p.json", "%s", wrong[i].text);
        run_result result = run_shell("crease-arm step --parameters %s/p.json", folder);
        run_must_fail(result, 65, wrong[i].says);
    }
    run_file_write(folder, "p.json", "{\"model\": \"B\", \"lc2\": 0, \"I2\": 0}");
    run_must_fail(run_shell("crease-arm step --parameters %s/p.json", folder), 65, "positive");
    run_must_fail(run_shell("crease-arm step --model A2 --parameters %s/p.json", folder), 64, "for model B");
    run_must_fail(run_shell("crease-arm step --parameters %s/none.json", folder), 66, "none.json");
}
END_TEST

START_TEST(limits_lag_and_samples) {
    json_t *object = step("--limit 20 --reference 1");
    ck_assert_double_eq_tol(run_json_number(object, "peak_torque_n_m"), 20, 1e-13);
    ck_assert_double_gt(run_json_number(object, "events"), 0);
    json_decref(object);
    object = step("--model B --limit 40,inf --time 1");
    ck_assert_double_eq(entry(object, "torque_limit_n_m", 0), 40);
    ck_assert(json_is_null(json_array_get(json_object_get(object, "torque_limit_n_m"), 1)));
    ck_assert_double_eq(entry(object, "peak_torque_n_m", 0), 40);
    json_decref(object);
    object = step("--limit 0 --start 1");
    ck_assert(json_is_null(json_object_get(object, "damping_ratio")) &&
              run_json_number(object, "q_ss_rad") == 0);
    ck_assert_ptr_nonnull(strstr(why_of(object), "damping_ratio: the torque is at its limit"));
    json_decref(object);
    object = step("--limit inf --K 400 --reference 1");
    ck_assert_double_eq_tol(run_json_number(object, "peak_torque_n_m"), 400, 1e-10);
    ck_assert(json_is_null(json_object_get(object, "torque_limit_n_m")));
    json_decref(object);
    object = step("--sample 0.02 --K 500 --gravity 0");
    ck_assert(json_is_null(json_object_get(object, "settle_2pct_s")));
    ck_assert(json_is_null(json_object_get(object, "overshoot_pct")));
    ck_assert_ptr_nonnull(strstr(why_of(object), "settle_2pct_s: small motions about the end value grow"));
    ck_assert(json_is_false(json_object_get(object, "stable")));
    ck_assert_uint_eq(json_array_size(json_object_get(object, "poles")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(object, "poles_of")), "z");
    json_decref(object);
    object = step("--lag 0.01 --K 80 --gravity 0");
    ck_assert(json_is_true(json_object_get(object, "stable")));
    ck_assert_uint_eq(json_array_size(json_object_get(object, "poles")), 3);
    ck_assert_double_eq_tol(run_json_number(object, "lag_s"), 0.01, 1e-15);
    ck_assert(run_json_number(object, "q_ss_rad") == 0.5);
    json_decref(object);
    object = step("--gravity-compensation --law PDx");
    ck_assert_double_eq_tol(run_json_number(object, "q_ss_rad"), 0.5, 1e-12);
    ck_assert_double_eq_tol(entry(object, "state_end", 0), 0.5, 1e-9);
    json_decref(object);
}
END_TEST

/* Without stops the same motion, to the tolerance, in more calls. */
START_TEST(plain_motion_and_methods) {
    json_t *stops = step("--model A2 --act satrelu --tol 1e-8"),
           *plain = step("--model A2 --act satrelu --tol 1e-8 --plain"),
           *other = step("--model A2 --act satrelu --tol 1e-8 --method rkf45");
    ck_assert_double_eq_tol(entry(stops, "state_end", 0), entry(plain, "state_end", 0), 1e-4);
    ck_assert_double_eq_tol(entry(stops, "state_end", 0), entry(other, "state_end", 0), 1e-4);
    ck_assert(run_json_number(plain, "events") == 0 && run_json_number(stops, "events") > 10);
    ck_assert_str_eq(json_string_value(json_object_get(other, "method")), "rkf45");
    ck_assert(json_is_true(json_object_get(plain, "plain")));
    json_decref(stops);
    json_decref(plain);
    json_decref(other);
}
END_TEST

START_TEST(trajectory_of_three_joints) {
    run_result result = run_shell("crease-arm step --model C --law PDx --time 1 --samples 5 -o -");
    ck_assert_int_eq(result.exit_code, 0);
    const char *header =
        "t_s,q1_rad,w1_rad_s,u1_n_m,reference1,q2_rad,w2_rad_s,u2_n_m,reference2,q3_rad,w3_rad_s,u3_n_m,"
        "reference3\n";
    ck_assert_int_eq(strncmp(result.out, header, strlen(header)), 0);
    double v[13];
    const char *line = result.out + strlen(header);
    for (size_t j = 0; j < 13; j++) {
        char *end;
        v[j] = strtod(line, &end);
        line = end + 1;
    }
    ck_assert(v[0] == 0 && v[1] == 0 && v[4] == 0.5 && v[3] == 97.6 && v[8] == 1.1);
    ck_assert_double_eq_tol(v[9], M_PI, 1e-15);
    size_t lines = 0;
    for (const char *c = result.out; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, 6);
    run_clear(&result);
}
END_TEST

static void expect_file(const char *name, const char *begins) {
    char path[512], start[16] = "";
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(stat(path, &info) == 0 && info.st_size > 1000, "%s is missing or empty", name);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(start, sizeof start, file));
    fclose(file);
    ck_assert_msg(strncmp(start, begins, strlen(begins)) == 0, "%s begins %s", name, start);
}

/* The number of pictures in a GIF: its graphic control extensions. */
static size_t frames_of(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t frames = 0;
    int c, before[3] = {0};
    while ((c = getc(file)) != EOF) {
        frames += before[0] == 0x21 && before[1] == 0xF9 && before[2] == 4 && (c & ~0x1F) == 0;
        before[0] = before[1];
        before[1] = before[2];
        before[2] = c;
    }
    fclose(file);
    return frames;
}

START_TEST(pictures_and_animation) {
    run_result result = run_shell(
        "crease-arm step --model B --law PDx --act relu,tanh,gelu,softplus --plot %s/b.svg", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    expect_file("b.svg", "<?xml");
    run_clear(&result);
    result = run_shell("crease-arm step --model B2 --law PDx --plot %s/b2.png --quiet", folder);
    ck_assert_msg(result.exit_code == 0 && !*result.err, "%s", result.err);
    expect_file("b2.png", "\x89PNG");
    run_clear(&result);
    result = run_shell("crease-arm step --model C --law PDx --time 1 --animate %s/c.gif --json", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_decref(run_json(&result));
    expect_file("c.gif", "GIF89a");
    ck_assert_uint_eq(frames_of("c.gif"), 21);
    ck_assert_ptr_nonnull(strstr(result.err, "c.gif: "));
    run_clear(&result);
    result = run_shell("crease-arm step --model B1 --law PDx --plot -");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_uint_gt(result.out_size, 1000);
    run_clear(&result);
}
END_TEST

START_TEST(refusals) {
    static const struct {
        const char *options;
        int exit_code;
        const char *says;
    } wrong[] = {{"--model B --reference .5", 64, "two joints"},
                 {"--model C --reference 1,2", 64, "three joints"},
                 {"--model B --start 1", 64, "two joints"},
                 {"--model B --start 1,2,3", 64, "two joints"},
                 {"--model C --start 1,2,3,4,5,6,7", 64, "three joints"},
                 {"--model B --K 1,2,3", 64, "one for each joint"},
                 {"--K 1,2", 64, "1 joint"},
                 {"--model B --Kd 1,x", 64, "--Kd"},
                 {"--model B --Td=-1,2", 64, "--Td"},
                 {"--model B --limit nan", 64, "--limit"},
                 {"--limit=-3", 64, "--limit"},
                 {"--lag nan", 64, "--lag"},
                 {"--lag 1e-9", 64, "1e-6"},
                 {"--sample=-1", 64, "--sample"},
                 {"--sample 1e-6", 64, "million samples"},
                 {"--lag 1 --K 1e6 --limit inf --time 100", 64, "give one with --limit"},
                 {"--act relu,relu", 64, "twice"},
                 {"--act relu,,tanh", 64, "--act"},
                 {"--act relu,rleu", 64, "satrelu"},
                 {"--act relu,tanh,sigmoid,leaky,softplus,silu,gelu,elu,satrelu,relu", 64, "twice"},
                 {"--act relu,tanh -o x.csv", 64, "one to --act"},
                 {"--act relu,tanh --animate x.gif", 64, "one to --act"},
                 {"--animate x.png", 64, "FILE.gif"},
                 {"--method euler", 64, "rk8pd"},
                 {"--inputs e,w", 64, "--controller"},
                 {"--controller data/kinked_law.json --act relu", 64, "leave out --act"},
                 {"--controller data/kinked_law.json --K 3", 64, "leave out --K"},
                 {"--controller data/kinked_law.json --inputs e", 64, "2 inputs"},
                 {"--controller data/kinked_law.json --inputs e,z", 64, "'z'"},
                 {"--controller data/kinked_law.json --model B", 64, "1 outputs"},
                 {"--controller data/none.json", 66, "none.json"},
                 {"--controller data/clip.csv", 65, "clip.csv"},
                 {"--model B --law PID", 64, "PDx"},
                 {"--model b", 64, "B1 and B2"},
                 {"--parameters data/clip.csv", 65, "not JSON"},
                 {"--model C --animate /nonexistent/x.gif --time .1", 74, "/nonexistent"},
                 {"--plot x.gif", 64, ".png"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run_result result = run_shell("crease-arm step %s", wrong[i].options);
        ck_assert_msg(result.exit_code == wrong[i].exit_code, "%s: exit code %d\n%s", wrong[i].options,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, wrong[i].says) != NULL, "%s: %s", wrong[i].options, result.err);
        ck_assert_msg(result.out_size == 0, "%s: %s", wrong[i].options, result.out);
        run_clear(&result);
    }
}
END_TEST

START_TEST(nets_that_are_no_controllers) {
    run_file_write(
        folder, "three.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"affine\", \"inputs\": 3, \"outputs\": 1, "
        "\"input_shift\": [0, 0, 0], \"input_scale\": [1, 1, 1], \"output_shift\": [0], \"output_scale\": "
        "[1], "
        "\"theta\": [0, 1, 2, 3]}");
    run_must_fail(run_shell("crease-arm step --controller %s/three.json", folder), 64, "--inputs");
    run_file_write(
        folder, "nan.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"affine\", \"inputs\": 1, \"outputs\": 1, "
        "\"input_shift\": [0], \"input_scale\": [1], \"output_shift\": [0], \"output_scale\": [1], "
        "\"theta\": [NaN, 1]}");
    run_must_fail(run_shell("crease-arm step --controller %s/nan.json", folder), 65, "nan.json");
}
END_TEST

START_TEST(closed_pipe_and_full_disk) {
    run_result result = run_shell("crease-arm step --json >/dev/full");
    run_must_fail(result, 74, "crease arm step");
    result = run_shell("crease-arm step --model C --law PDx -o - >/dev/full");
    run_must_fail(result, 74, "crease arm step");
    result = run_shell("{ crease-arm step --samples 30000 -o -; echo code $? >&2; } | head -n 1");
    ck_assert_ptr_nonnull(strstr(result.out, "t_s,q_rad"));
    ck_assert_msg(strstr(result.err, "code 74") || strstr(result.err, "code 141"), "%s", result.err);
    run_clear(&result);
}
END_TEST

START_TEST(help_examples_run) {
    run_result help = run_shell("crease arm step --help | sed -n 's|^  build/bin/||p'");
    size_t ran = 0;
    for (char *line = strtok(help.out, "\n"); line; line = strtok(NULL, "\n"), ran++) {
        run_result result = run_shell("%s", line);
        ck_assert_msg(result.exit_code == 0 && result.out_size > 0, "%s: exit code %d\n%s", line,
                      result.exit_code, result.err);
        run_clear(&result);
    }
    ck_assert_uint_eq(ran, 3);
    run_clear(&help);
}
END_TEST

/* Ctrl-C leaves the part that was done, as one object, and 130. */
START_TEST(interrupted) {
    run_result result = run_program(&(run_options){.timeout = 60, .interrupt_at = "simulates"},
                                    (const char *const[]){"crease-arm", "step", "--time", "1e5", "--model",
                                                          "C", "--sample", ".2", "-v", "--json", NULL});
    ck_assert(!result.timed_out);
    ck_assert_msg(result.exit_code == 130, "exit code %d\n%s", result.exit_code, result.err);
    json_t *object = run_json(&result);
    ck_assert_double_lt(run_json_number(object, "time_s"), 1e5);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted at"));
    json_decref(object);
    run_clear(&result);
}
END_TEST

Suite *test_arm_step(void) {
    Suite *suite = suite_create("arm: crease arm step");
    TCase *tests = tcase_create("step");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, one_joint_has_numbers);
    tcase_add_test(tests, several_joints_have_lists);
    tcase_add_test(tests, joints_without_a_value_say_why);
    tcase_add_test(tests, several_activations_are_rows);
    tcase_add_test(tests, networks_as_controllers);
    tcase_add_test(tests, a_network_for_two_joints);
    tcase_add_test(tests, parameters_from_a_file);
    tcase_add_test(tests, broken_parameter_files);
    tcase_add_test(tests, limits_lag_and_samples);
    tcase_add_test(tests, plain_motion_and_methods);
    tcase_add_test(tests, trajectory_of_three_joints);
    tcase_add_test(tests, pictures_and_animation);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, nets_that_are_no_controllers);
    tcase_add_test(tests, closed_pipe_and_full_disk);
    tcase_add_test(tests, help_examples_run);
    tcase_add_test(tests, interrupted);
    suite_add_tcase(suite, tests);
    return suite;
}
