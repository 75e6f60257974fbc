/* crease convert, and crease eval on polylines. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
    run_file_write(folder, "triangle.csv", "x,y\n-10,0\n20,2000\n150,0\n160,0\n");
    run_file_write(folder, "line.csv", "x,y\n0,1\n2,5\n");
    run_file_write(folder, "wrong.csv", "x,y\n0,1\n2,5\n1,3\n");
    run_file_write(folder, "data.csv", "density\n-40\n20\n85\n150\n400\n");
    run_file_write(
        folder, "named.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:2\", \"inputs\": 1, \"outputs\": 1,"
        "\"theta\": [1, 1, 0, -1, 2, -3, 0.5], \"input_shift\": [0], \"input_scale\": [1],"
        "\"output_shift\": [0], \"output_scale\": [1], \"input_names\": [\"density\"], "
        "\"output_names\": [\"flow\"]}");
    run_file_write(
        folder, "smooth.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"tanh:1\", \"inputs\": 1, \"outputs\": 1,"
        "\"theta\": [1, 0, 1, 0], \"input_shift\": [0], \"input_scale\": [1],"
        "\"output_shift\": [0], \"output_scale\": [1]}");
    run_file_write(
        folder, "plane.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"affine\", \"inputs\": 2, \"outputs\": 1,"
        "\"theta\": [0, 1, 2], \"input_shift\": [0, 0], \"input_scale\": [1, 1],"
        "\"output_shift\": [0], \"output_scale\": [1]}");
    run_file_write(
        folder, "gelu.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"gelu:1\", \"inputs\": 1, \"outputs\": 1,"
        "\"theta\": [1, 0, 1, 0], \"input_shift\": [0], \"input_scale\": [1],"
        "\"output_shift\": [0], \"output_scale\": [1]}");
    /* named.json is .5 + 2 max(0, x) - 3 max(0, x - 1): above -4 on [0, 2]; the bounds need no case */
    run_file_write(folder, "s.vnnlib",
                   "; */ never below -9 /*\n(declare-const X_0 Real)\n(declare-const Y_0 Real)\n"
                   "(assert (>= X_0 0))\n(assert (<= X_0 2))\n(assert (<= Y_0 -9))\n");
    run_file_write(folder, "p",
                   "crease-proof 1\ncase 0\nl 0 0 0x0p+0\nu 0 0 0x1p+1\nl 0 1 -0x1p+0\nu 0 1 0x1p+0\n"
                   "k 0 r 0 0x1p+0\n.\nend\n");
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static run_result run_ok(const char *line) {
    run_result result = run_shell("cd %s && %s", folder, line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    return result;
}

static void check_prints(const char *line, const char *out) {
    run_result result = run_ok(line);
    ck_assert_msg(strcmp(result.out, out) == 0, "%s: prints\n%s, not\n%s", line, result.out, out);
    run_clear(&result);
}

START_TEST(a_network_becomes_its_polyline) {
    /* 2 max(0, x) - 3 max(0, x - 1) + .5, end rows one range away */
    check_prints("crease convert named.json k.csv && cat k.csv", "x,y\n-1,0.5\n0,0.5\n1,2.5\n2,1.5\n");
    check_prints("crease convert named.json - ", "x,y\n-1,0.5\n0,0.5\n1,2.5\n2,1.5\n");
    check_prints("crease convert - - < named.json", "x,y\n-1,0.5\n0,0.5\n1,2.5\n2,1.5\n");
    check_prints("crease convert line.csv l.json && crease convert l.json -", "x,y\n0,1\n1,3\n");
}
END_TEST

START_TEST(a_polyline_becomes_a_network) {
    crease_net *net;
    crease_error error;
    char path[300];
    check_prints("crease convert triangle.csv t.json", "");
    snprintf(path, sizeof path, "%s/t.json", folder);
    ck_assert_msg(crease_net_load(path, &net, &error) == CREASE_OK, "%s", error.message);
    char spec[40];
    crease_net_spec(net, spec, sizeof spec);
    ck_assert_str_eq(spec, "affine+relu:2");
    static const double x[] = {-40, 20, 85, 150, 400}, y[] = {-2000, 2000, 1000, 0, 0};
    double at_x[5];
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 5, x, at_x);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(at_x[i], y[i], 1e-11);
    crease_work_free(work);
    crease_net_free(net);
    check_prints(
        "crease convert t.json u.csv && crease convert u.csv v.json && crease convert v.json - | cmp - u.csv",
        "");
}
END_TEST

START_TEST(names_survive_from_json_to_json) {
    check_prints("crease convert named.json copy.json", "");
    run_result result = run_ok("cat copy.json");
    ck_assert_ptr_nonnull(strstr(result.out, "\"density\""));
    ck_assert_ptr_nonnull(strstr(result.out, "\"flow\""));
    run_clear(&result);
    check_prints("crease convert copy.json -", "x,y\n-1,0.5\n0,0.5\n1,2.5\n2,1.5\n");
}
END_TEST

START_TEST(says_how_exact_it_is) {
    run_result result = run_ok("crease convert triangle.csv t.json --json -v");
    json_t *object = run_json(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/convert/1");
    ck_assert_str_eq(json_string_value(json_object_get(object, "net")), "affine+relu:2");
    ck_assert_double_eq(run_json_number(object, "knots"), 2);
    double difference = run_json_number(object, "max_difference");
    ck_assert(difference >= 0 && difference <= 1e-11);
    /* from 130 left of 20 to 130 right of 150: -20000/3 to 2000 */
    ck_assert_double_eq_tol(run_json_number(object, "value_range"), 2000 * (1 + 10. / 3), 1e-9);
    ck_assert_ptr_nonnull(strstr(result.err, "polyline with 2 knots differ by at most"));
    json_decref(object);
    run_clear(&result);
    result = run_ok("crease convert triangle.csv t.csv --json");
    object = run_json(&result);
    ck_assert(json_is_null(json_object_get(object, "net")) &&
              json_is_null(json_object_get(object, "value_range")));
    ck_assert_ptr_nonnull(json_object_get(object, "why"));
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(eval_takes_polylines) {
    run_result result = run_ok("crease eval triangle.csv data.csv -x density --json");
    json_t *object = run_json(&result);
    const json_t *y = json_object_get(json_object_get(object, "columns"), "y");
    static const double expected[] = {-2000, 2000, 1000, 0, 0};
    ck_assert_uint_eq(json_array_size(y), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(json_number_value(json_array_get(y, i)), expected[i], 1e-11);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(onnx_there_and_back) {
    if (crease_onnx_load("/nowhere", &(crease_net *){NULL}, NULL) == CREASE_UNAVAILABLE)
        skip_test("crease was built without ONNX");
    check_prints(
        "crease convert named.json n.onnx && crease convert n.onnx back.json && crease convert named.json "
        "copy.json && cmp back.json copy.json",
        "");
    check_prints(
        "crease convert triangle.csv t.onnx && crease convert t.onnx - | crease convert - t2.json && "
        "crease convert t.onnx t3.csv && head -n 2 t3.csv",
        "x,y\n-110,-6666.666666666667\n");
    check_prints("crease convert smooth.json s.onnx && echo 0.5 | crease eval s.onnx - -x 1 >s.csv && crease "
                 "convert - s2.json <s.onnx && echo 0.5 | "
                 "crease eval s2.json - -x 1 | cmp - s.csv && cat s.csv | cut -c 1-17",
                 "y\n0.462117157260009\n");
    /* .5 and the weights of named.json are float32 */
    run_result result = run_ok("crease convert named.json f.onnx --float32 --json");
    json_t *object = run_json_of(&result);
    ck_assert_double_eq(run_json_number(object, "max_difference"), 0);
    ck_assert_double_gt(run_json_number(object, "value_range"), .5);
    json_decref(object);
    /* 2000 / 30 is not */
    result = run_ok(
        "crease convert triangle.csv g.onnx --float32 --json && test $(wc -c <g.onnx) -lt $(wc -c <t.onnx)");
    object = run_json_of(&result);
    double difference = run_json_number(object, "max_difference");
    ck_assert(difference > 1e-6 && difference < 2e-2);
    json_decref(object);
}
END_TEST

START_TEST(c_is_a_program_of_its_own) {
    check_prints("crease convert named.json ctl.c && ${CC:-cc} -Wall -Werror -DCTL_SELF_TEST ctl.c -lm -o "
                 "ctl && ./ctl",
                 "16 samples agree\n");
    check_prints("crease convert triangle.csv 2-t.c && ${CC:-cc} -DNET_2_T_SELF_TEST 2-t.c -lm -o t && ./t",
                 "16 samples agree\n");
    check_prints("grep -c 'x.0.  density' ctl.c", "1\n");
}
END_TEST

START_TEST(c_says_what_was_proved) {
    char digest[CREASE_DIGEST_SIZE], path[300];
    snprintf(path, sizeof path, "%s/p", folder);
    if (crease_digest_file(path, digest, NULL) == CREASE_UNAVAILABLE)
        skip_test("crease was built without SHA-256");
    run_result result = run_ok("crease convert named.json safe.c --proved s.vnnlib --proof ./p --json");
    json_t *object = run_json_of(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "proof_sha256")), digest);
    json_decref(object);
    result = run_ok("cat safe.c && ${CC:-cc} -Wall -Werror -DSAFE_SELF_TEST safe.c -lm -o t && ./t");
    ck_assert_ptr_nonnull(strstr(result.out, digest));
    ck_assert_ptr_nonnull(strstr(result.out, " * p with the SHA-256"));
    ck_assert_ptr_nonnull(strstr(result.out, " *     (assert (<= Y_0 -9))\n"));
    ck_assert_ptr_nonnull(strstr(result.out, " *     ; *  never below -9 / \n")); /* cannot end the comment */
    ck_assert_ptr_nonnull(strstr(result.out, "samples agree"));
    run_clear(&result);
}
END_TEST

static const struct {
    const char *line;
    int exit_code;
    const char *says;
} failing[] = {
    {"crease convert", 64, "name the model"},
    {"crease convert named.json", 64, "OUT.json, OUT.csv, OUT.onnx or OUT.c"},
    {"crease convert named.json a.csv b.csv", 64, "b.csv"},
    {"crease convert named.json a.txt", 64, "a.txt"},
    {"crease convert a.c b.json", 64, "C is written, not read"},
    {"crease convert none.onnx a.json", 66, "none.onnx"},
    {"cp wrong.csv w.onnx && crease convert w.onnx a.json", 65, "w.onnx: no ONNX file"},
    {"crease convert gelu.json a.onnx", 64, "gelu.json: layer 1 has gelu units"},
    {"crease convert named.json a.c --float32", 64, "--float32 is for OUT.onnx"},
    {"crease convert named.json - --float32", 64, "--float32 is for OUT.onnx"},
    {"crease convert named.json a.c --proved s.vnnlib", 64, "--proof is missing"},
    {"crease convert named.json a.c --proof p", 64, "--proved is missing"},
    {"crease convert named.json a.json --proved s.vnnlib --proof p", 64, "--proved is for OUT.c"},
    {"crease convert named.json a.c --proved - --proof p", 64, "not standard input"},
    {"crease convert named.json a.c --proved none --proof p", 66, "none"},
    {"crease convert named.json a.c --proved s.vnnlib --proof none", 66, "none"},
    {"crease convert named.json a.c --proved named.json --proof p", 65, "named.json:1:1: expected '('"},
    {"crease convert plane.json a.c --proved s.vnnlib --proof p", 65, "s.vnnlib:"},
    {"sed 's/0x1p/0x0p/' p >q; crease convert named.json a.c --proved s.vnnlib --proof q", 65, "q:"},
    {"sed 's/-9/2/' s.vnnlib >t; crease convert named.json a.c --proved t --proof p", 65,
     "p:7: this proof does not hold"},
    {"crease convert named.json - --json", 64, "standard output"},
    {"crease convert named.json a.csv --plot a.svg", 64, "no picture"},
    {"crease convert smooth.json a.csv", 64, "tanh"},
    {"crease convert - a.csv < smooth.json", 64, "standard input: "},
    {"crease convert plane.json a.csv", 64, "one input"},
    {"crease convert wrong.csv a.json", 65, "wrong.csv:4: x = 1"},
    {"cat wrong.csv | crease convert - a.json", 65, "sort the rows"},
    {"crease convert none.json a.csv", 66, "none.json"},
    {"crease convert none.csv a.json", 66, "none.csv"},
    {"crease convert named.json no/such/a.csv", 74, "no/such/a.csv"},
    {"crease convert named.json - > /dev/full", 74, "standard output"},
    {"crease eval triangle.csv data.csv", 64, "-x"},
    {"crease eval wrong.csv data.csv -x 1", 65, "wrong.csv:4"},
    {"crease convret named.json a.csv", 64, "did you mean 'convert'"},
};

START_TEST(failures_are_one_sentence_and_no_file) {
    run_result result = run_shell("cd %s && %s", folder, failing[_i].line);
    ck_assert_msg(result.exit_code == failing[_i].exit_code, "%s: exit code %d\n%s", failing[_i].line,
                  result.exit_code, result.err);
    ck_assert_msg(strstr(result.err, failing[_i].says) != NULL, "%s: says %s", failing[_i].line, result.err);
    ck_assert_msg(result.out_size == 0, "%s: prints %s", failing[_i].line, result.out);
    run_clear(&result);
    result = run_shell("cd %s && ls | grep -c '^[ab]\\.'", folder);
    ck_assert_str_eq(result.out, "0\n");
    run_clear(&result);
}
END_TEST

Suite *test_cli_convert(void) {
    Suite *suite = suite_create("cli_convert");
    TCase *all = tcase_create("convert");
    tcase_add_checked_fixture(all, make_folder, remove_folder);
    tcase_add_test(all, a_network_becomes_its_polyline);
    tcase_add_test(all, a_polyline_becomes_a_network);
    tcase_add_test(all, names_survive_from_json_to_json);
    tcase_add_test(all, says_how_exact_it_is);
    tcase_add_test(all, eval_takes_polylines);
    tcase_add_test(all, onnx_there_and_back);
    tcase_add_test(all, c_is_a_program_of_its_own);
    tcase_add_test(all, c_says_what_was_proved);
    tcase_add_loop_test(all, failures_are_one_sentence_and_no_file, 0, sizeof failing / sizeof *failing);
    suite_add_tcase(suite, all);
    return suite;
}
