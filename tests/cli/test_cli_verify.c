/* crease verify and crease check-proof: verdicts, exit codes, JSON, what is written and what is refused. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void write_net(const char *name, const char *spec, int inputs, const char *theta, const char *zeros,
                      const char *ones) {
    run_file_write(
        folder, name,
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"%s\", \"inputs\": %d, \"outputs\": 1, "
        "\"theta\": [%s], \"input_shift\": [%s], \"input_scale\": [%s], \"output_shift\": [0], "
        "\"output_scale\": [1]}",
        spec, inputs, theta, zeros, ones);
}

static void write_specification(const char *name, const char *box, const char *question) {
    run_file_write(folder, name, "(declare-const X_0 Real)\n(declare-const Y_0 Real)\n%s\n%s\n", box,
                   question);
}

/* |x| - 1 on [-1, 1]: from -1 to 0 */
static void make_folder(void) {
    folder = run_folder_new();
    write_net("hat.json", "relu:2", 1, "1, -1, 0, 0, 1, 1, -1", "0", "1");
    write_net("smooth.json", "tanh:2", 3, "1, 1, 1, 1, 1, 1, 0, 0, 1, -1, 0", "0, 0, 0", "1, 1, 1");
    write_net("bend.json", "tanh:1", 1, "1, 0, 1, 0", "0", "1");
    static const char unit[] = "(assert (and (>= X_0 -1) (<= X_0 1)))";
    write_specification("holds.vnnlib", unit, "(assert (or (>= Y_0 0.001) (<= Y_0 -1.001)))");
    write_specification("fails.vnnlib", unit, "(assert (>= Y_0 -0.25))\n(assert (<= X_0 0.5))");
    write_specification("tenth.vnnlib", "(assert (and (>= X_0 0.1) (<= X_0 0.1)))", "(assert (<= Y_0 -0.9))");
    write_specification("bend.vnnlib", unit, "(assert (>= Y_0 0.8))");
    run_file_write(
        folder, "endless.vnnlib",
        "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const X_2 Real)(declare-const Y_0 Real)"
        "(assert (and (>= X_0 -3) (<= X_0 3) (>= X_1 -3) (<= X_1 3) (>= X_2 -3) (<= X_2 3) (>= Y_0 1e-9)))");
    run_file_write(folder, "broken.vnnlib", "(declare-const X_0 Real)\n(assert (>= X_0 one))\n");
    run_file_write(folder, "broken.json", "{");
    run_file_write(folder, "line.csv", "x,y\n0,0\n1,1\n");
    run_file_write(folder, "lie.proof", "crease-proof 1\ncase 0\nl 0 0 -0x1p-1\n");
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static run_result run_here(const char *line) {
    return run_shell("cd %s && %s", folder, line);
}

static json_t *json_here(const char *line, int exit_code) {
    run_result result = run_here(line);
    ck_assert_msg(result.exit_code == exit_code, "%s: exit code %d\n%s%s", line, result.exit_code, result.out,
                  result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "%s is no text", key);
    return text;
}

START_TEST(proved_with_a_proof_that_is_accepted) {
    json_t *object = json_here("crease verify hat.json holds.vnnlib --proof hat.proof --seed 7 --json", 0);
    ck_assert_str_eq(text_of(object, "schema"), "crease/verify/1");
    ck_assert_str_eq(text_of(object, "verdict"), "proved");
    ck_assert_str_eq(text_of(object, "proof"), "hat.proof");
    static const char *const nothing[] = {"witness",      "witness_exact",       "outputs",
                                          "witness_case", "witness_alternative", "why"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        ck_assert_msg(json_is_null(json_object_get(object, nothing[i])), "%s", nothing[i]);
    ck_assert_double_ge(run_json_number(object, "nodes"), 1);
    ck_assert_double_ge(run_json_number(object, "depth"), 0);
    ck_assert_double_eq(run_json_number(object, "settled"), 1);
    ck_assert_double_ge(run_json_number(object, "seconds"), 0);
    ck_assert_double_eq(run_json_number(object, "seed"), 7);
    json_decref(object);
    object = json_here("crease check-proof hat.json holds.vnnlib hat.proof --json", 0);
    ck_assert_str_eq(text_of(object, "schema"), "crease/check-proof/1");
    ck_assert(json_is_true(json_object_get(object, "accepted")));
    ck_assert(json_is_null(json_object_get(object, "line")) && json_is_null(json_object_get(object, "why")));
    ck_assert_double_ge(run_json_number(object, "leaves"), 1);
    ck_assert_double_ge(run_json_number(object, "nodes"), run_json_number(object, "leaves"));
    ck_assert_double_ge(run_json_number(object, "steps"), 1);
    ck_assert_double_gt(run_json_number(object, "leaves_per_second"), 0);
    json_decref(object);
    /* from standard input, by the program itself; and of a network that it is not about */
    run_result result = run_here("crease-check-proof hat.json holds.vnnlib - < hat.proof");
    ck_assert_msg(result.exit_code == 0 && strstr(result.out, "accepted: - is a proof"), "%s", result.out);
    run_clear(&result);
    result = run_here("sed 's/0, 0, 1, 1, -1/0, 0, 1, 1.5, -1/' hat.json > other.json && "
                      "crease check-proof other.json holds.vnnlib hat.proof");
    ck_assert_msg(result.exit_code == 1 && strstr(result.out, "rejected: hat.proof:"), "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(rejected_proofs_name_the_line) {
    json_t *object = json_here("crease check-proof hat.json holds.vnnlib lie.proof --json", 1);
    ck_assert(json_is_false(json_object_get(object, "accepted")));
    ck_assert_double_eq(run_json_number(object, "line"), 3);
    ck_assert_msg(strstr(text_of(object, "why"), "is not shown") != NULL, "%s", text_of(object, "why"));
    json_decref(object);
    run_result result = run_here("crease check-proof hat.json holds.vnnlib lie.proof");
    ck_assert_msg(result.exit_code == 1 && strstr(result.out, "rejected: lie.proof:3: the lower bound"), "%s",
                  result.out);
    run_clear(&result);
}
END_TEST

START_TEST(refuted_with_a_witness_that_is_one) {
    json_t *object = json_here("crease verify hat.json fails.vnnlib --proof none.proof --json", 1);
    ck_assert_str_eq(text_of(object, "verdict"), "refuted");
    double x = json_real_value(json_array_get(json_object_get(object, "witness"), 0));
    double y = json_real_value(json_array_get(json_object_get(object, "outputs"), 0));
    ck_assert_msg(x >= -1 && x <= .5 && fabs(x) >= .75, "%a", x);
    ck_assert_double_eq(y, fabs(x) - 1); /* exact by Sterbenz */
    ck_assert(json_is_null(json_array_get(json_object_get(object, "witness_exact"), 0)));
    ck_assert_double_eq(run_json_number(object, "witness_case"), 0);
    ck_assert_double_eq(run_json_number(object, "witness_alternative"), 0);
    ck_assert(json_is_null(json_object_get(object, "proof")));
    json_decref(object);
    run_result result =
        run_here("crease verify hat.json fails.vnnlib --proof none.proof; test ! -e none.proof && ls");
    ck_assert_msg(strstr(result.out, "refuted: ") && strstr(result.out, "-Y_0 - 0.25 <= 0 is met"), "%s",
                  result.out);
    ck_assert_msg(strstr(result.out, "X_0 = -") && !strstr(result.out, "~"), "%s",
                  result.out); /* no temporary file */
    run_clear(&result);
}
END_TEST

/* The box is one decimal, which is no double. */
START_TEST(a_witness_may_be_a_decimal) {
    json_t *object = json_here("crease verify hat.json tenth.vnnlib --json", 1);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(object, "witness_exact"), 0)), "0.1");
    ck_assert_double_eq(json_real_value(json_array_get(json_object_get(object, "witness"), 0)), .1);
    json_decref(object);
    run_result result =
        run_here("crease verify hat.json tenth.vnnlib --vnncomp -o r.txt; echo $?; cat r.txt");
    ck_assert_str_eq(
        result.out,
        "sat\n((X_0 0.1)\n (Y_0 -0.90000000000000002))\n1\nsat\n((X_0 0.1)\n (Y_0 -0.90000000000000002))\n");
    run_clear(&result);
    result = run_here("crease verify hat.json tenth.vnnlib");
    ck_assert_msg(strstr(result.out, "X_0 = 0.1 exactly") != NULL, "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(results_of_the_competition) {
    static const struct {
        const char *line;
        int code;
        const char *out;
    } cases[] = {
        {"crease verify hat.json holds.vnnlib --vnncomp", 0, "unsat\n"},
        {"crease verify smooth.json endless.vnnlib --vnncomp --nodes 20", 2, "unknown\n"},
        {"crease verify smooth.json endless.vnnlib --vnncomp --timeout .05", 2, "unknown\n"},
    };
    for (size_t i = 0; i < 3; i++) {
        run_result result = run_here(cases[i].line);
        ck_assert_msg(result.exit_code == cases[i].code && strcmp(result.out, cases[i].out) == 0, "%s: %d %s",
                      cases[i].line, result.exit_code, result.out);
        run_clear(&result);
    }
    /* a witness in doubles is written out to its last digit, and read back is the same double */
    run_result result = run_here("crease verify hat.json fails.vnnlib --vnncomp");
    double x = strtod(result.out + strlen("sat\n((X_0 "), NULL);
    ck_assert_msg(strncmp(result.out, "sat\n((X_0 ", 10) == 0 && x >= -1 && x <= -.75, "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(unknown_says_why) {
    json_t *object = json_here("crease verify smooth.json endless.vnnlib --nodes 20 --json", 2);
    ck_assert_str_eq(text_of(object, "verdict"), "unknown");
    ck_assert_str_eq(text_of(object, "why"), "node limit");
    ck_assert_double_lt(run_json_number(object, "settled"), 1);
    ck_assert(json_is_null(json_object_get(object, "witness")));
    json_decref(object);
    run_result result = run_here("crease verify smooth.json endless.vnnlib --timeout .05");
    ck_assert_msg(result.exit_code == 2 && strstr(result.out, "unknown: timeout") &&
                      strstr(result.out, "curved units"),
                  "%s", result.out);
    run_clear(&result);
    result = run_here("crease verify bend.json bend.vnnlib"); /* tanh 1 = .76 */
    ck_assert_msg(result.exit_code == 0 && strstr(result.out, "proved: "), "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(interrupted_is_130) {
    static const char *const lines[] = {"exec crease verify smooth.json endless.vnnlib -v --json",
                                        "exec crease check-proof hat.json holds.vnnlib -v --json <(echo "
                                        "crease-proof 1; echo case 0; yes -- l 0 0 -0x1p+0)"};
    static const char *const verdict[] = {"\"verdict\": \"unknown\"", "\"accepted\": false"};
    char line[512];
    snprintf(line, sizeof line, "cd %s && %s", folder, lines[_i]);
    run_result result = run_program(&(run_options){.timeout = 60, .interrupt_at = "hidden units"},
                                    (const char *const[]){"bash", "-c", line, NULL});
    ck_assert(!result.timed_out);
    ck_assert_msg(result.exit_code == 130, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
    json_decref(run_json(&result));
    ck_assert_msg(strstr(result.out, verdict[_i]) && strstr(result.out, "\"why\": \"interrupted\""), "%s",
                  result.out);
    run_clear(&result);
}
END_TEST

START_TEST(json_with_the_words_of_the_competition) {
    static const struct {
        const char *line, *verdict;
        int code;
    } asked[] = {{"crease verify hat.json holds.vnnlib --json --vnncomp", "unsat", 0},
                 {"crease verify hat.json fails.vnnlib --json --vnncomp", "sat", 1},
                 {"crease verify smooth.json endless.vnnlib --json --vnncomp --timeout .05", "unknown", 2}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        json_t *object = json_here(asked[i].line, asked[i].code);
        ck_assert_str_eq(json_string_value(json_object_get(object, "verdict")), asked[i].verdict);
        json_decref(object);
    }
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *says;
} refused[] = {
    {"crease verify", 64, "name the model"},
    {"crease verify hat.json", 64, "name the specification"},
    {"crease verify hat.json holds.vnnlib more", 64, "'more' is too many"},
    {"crease verify - -", 64, "both be standard input"},
    {"crease verify hat.json holds.vnnlib --plot a.svg", 64, "no picture"},
    {"crease verify hat.json holds.vnnlib --proof -", 64, "take a file"},
    {"crease verify hat.json holds.vnnlib --proof a -o a", 64, "the same file"},
    {"crease verify line.csv holds.vnnlib --proof a", 64, "crease convert"},
    {"crease verify bend.json bend.vnnlib --proof a", 64, "curved units"},
    {"crease verify hat.json holds.vnnlib --timeout never", 64, "--timeout"},
    {"crease verify hat.json holds.vnnlib --timeout 0", 64, "--timeout"},
    {"crease verify hat.json holds.vnnlib --nodes 0", 64, "--nodes"},
    {"crease verify hat.json holds.vnnlib --prof a", 64, "did you mean --proof?"},
    {"crease verfy hat.json holds.vnnlib", 64, "did you mean 'verify'?"},
    {"crease verify none.json holds.vnnlib", 66, "none.json"},
    {"crease verify hat.json none.vnnlib", 66, "none.vnnlib"},
    {"crease verify . holds.vnnlib", 66, "folder"},
    {"crease verify broken.json holds.vnnlib", 65, "broken.json"},
    {"crease verify hat.json broken.vnnlib", 65, "broken.vnnlib:2:"},
    {"crease verify hat.json endless.vnnlib", 65, "endless.vnnlib:1:"},
    {"crease verify hat.json holds.vnnlib --proof no/such/file", 74, "no/such/file"},
    {"crease verify hat.json holds.vnnlib -o no/such/file", 74, "no/such/file"},
    {"crease verify hat.json holds.vnnlib > /dev/full", 74, "standard output"},
    {"crease verify hat.json holds.vnnlib --vnncomp > /dev/full", 74, "standard output"},
    {"crease verify hat.json holds.vnnlib --json > /dev/full", 74, "standard output"},
    {"crease check-proof", 64, "name the network"},
    {"crease check-proof hat.json", 64, "name the specification"},
    {"crease check-proof hat.json holds.vnnlib", 64, "name the proof"},
    {"crease check-proof hat.json holds.vnnlib a b", 64, "'b' is too many"},
    {"crease check-proof - holds.vnnlib -", 64, "only one file"},
    {"crease check-proof hat.json holds.vnnlib lie.proof --plot a.svg", 64, "no picture"},
    {"crease check-proof none.json holds.vnnlib lie.proof", 66, "none.json"},
    {"crease check-proof hat.json none.vnnlib lie.proof", 66, "none.vnnlib"},
    {"crease check-proof hat.json holds.vnnlib none.proof", 66, "none.proof"},
    {"crease check-proof hat.json holds.vnnlib .", 66, "folder"},
    {"crease check-proof broken.json holds.vnnlib lie.proof", 65, "broken.json"},
    {"crease check-proof hat.json broken.vnnlib lie.proof", 65, "broken.vnnlib:2:"},
    {"crease check-proof bend.json bend.vnnlib lie.proof", 65, "straight pieces"},
    {"crease check-proof hat.json holds.vnnlib lie.proof > /dev/full", 74, "standard output"},
};

START_TEST(what_cannot_be_done_is_refused) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        run_result result = run_here(refused[i].line);
        ck_assert_msg(result.exit_code == refused[i].code && strstr(result.err, refused[i].says) &&
                          result.out_size == 0,
                      "%s: exit code %d\n%s%s", refused[i].line, result.exit_code, result.out, result.err);
        run_clear(&result);
    }
    run_result result = run_here("ls -a");
    ck_assert_msg(!strchr(result.out, '~') && !strstr(result.out, "a.svg"), "left behind: %s", result.out);
    run_clear(&result);
}
END_TEST

/* The reader of the pipe is gone when the other end of the fifo is. */
START_TEST(a_closed_pipe_ends_quietly) {
    static const char *const lines[] = {"crease verify hat.json holds.vnnlib",
                                        "crease check-proof hat.json holds.vnnlib lie.proof"};
    for (size_t i = 0; i < 2; i++) {
        run_result result =
            run_shell("cd %s && rm -f f && mkfifo f && { cat f; %s; echo \"code $?\" >&2; } | { exec 9>f; }",
                      folder, lines[i]);
        ck_assert_str_eq(result.err, "code 141\n");
        run_clear(&result);
    }
}
END_TEST

START_TEST(the_examples_of_the_help_run) {
    run_result help = run_shell("crease verify --help");
    char *line = strstr(help.out, "build/bin/");
    static const int code[] = {0, 1, 0};
    for (size_t i = 0; i < 3; i++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        run_result result = run_shell("mkdir -p build && %s", line + strlen("build/bin/"));
        ck_assert_msg(result.exit_code == code[i], "%s: %d\n%s", line, result.exit_code, result.err);
        run_clear(&result);
        line = end + 1 + strspn(end + 1, " ");
    }
    run_clear(&help);
    run_result checked = run_shell("crease check-proof data/flow_net.json data/flow.vnnlib build/flow.proof");
    ck_assert_msg(checked.exit_code == 0, "%s", checked.out);
    run_clear(&checked);
}
END_TEST

/* Verdicts that the competition agreed on, and their proofs. */
START_TEST(acas_verdicts) {
    static const struct {
        const char *net, *property;
        int code;
        bool checked;
    } queries[] = {{"1_1", "1", 0, false}, {"1_1", "3", 0, false}, {"1_2", "3", 0, true},
                   {"1_1", "4", 0, true},  {"1_2", "2", 1, false}, {"2_9", "8", 1, false}};
    const char *data = getenv("CREASE_DATA_DIR");
    if (!data || !*data)
        skip_test("set CREASE_DATA_DIR for the networks of ACAS Xu");
    run_result there = run_shell("test -d %s/acasxu", data);
    bool missing = there.exit_code != 0;
    run_clear(&there);
    if (missing)
        skip_test("CREASE_DATA_DIR has no acasxu");
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char files[1024];
        snprintf(files, sizeof files,
                 "%s/acasxu/onnx/ACASXU_run2a_%s_batch_2000.onnx %s/acasxu/vnnlib/prop_%s.vnnlib", data,
                 queries[i].net, data, queries[i].property);
        run_result result = run_shell("cd %s && crease verify %s --proof p --timeout 100", folder, files);
        ck_assert_msg(result.exit_code == queries[i].code, "%s: %s%s", files, result.out, result.err);
        run_clear(&result);
        if (!queries[i].checked)
            continue;
        result = run_shell("cd %s && crease check-proof %s p", folder, files);
        ck_assert_msg(result.exit_code == 0, "%s: %s%s", files, result.out, result.err);
        run_clear(&result);
    }
}
END_TEST

/* What is trusted must not hold what it judges. */
START_TEST(the_checker_has_nothing_of_the_engine) {
    run_result result =
        run_shell("command -v nm >/dev/null || exit 3; nm \"$(command -v crease-check-proof)\"");
    if (result.exit_code == 3)
        run_clear(&result);
    else {
        ck_assert_msg(result.exit_code == 0 && strstr(result.out, " crease_proof_check_stream\n"), "%s",
                      result.err);
        static const char *const foreign[] = {" crease_verify", " crease_search", " crease_chain",
                                              " crease_milp", " glp_"};
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
            ck_assert_msg(!strstr(result.out, foreign[i]), "crease-check-proof has%s", foreign[i]);
        run_clear(&result);
    }
}
END_TEST

Suite *test_cli_verify(void) {
    Suite *suite = suite_create("cli_verify");
    TCase *verify = tcase_create("verify");
    tcase_add_checked_fixture(verify, make_folder, remove_folder);
    tcase_add_test(verify, proved_with_a_proof_that_is_accepted);
    tcase_add_test(verify, rejected_proofs_name_the_line);
    tcase_add_test(verify, refuted_with_a_witness_that_is_one);
    tcase_add_test(verify, a_witness_may_be_a_decimal);
    tcase_add_test(verify, results_of_the_competition);
    tcase_add_test(verify, json_with_the_words_of_the_competition);
    tcase_add_test(verify, unknown_says_why);
    tcase_add_loop_test(verify, interrupted_is_130, 0, 2);
    tcase_add_test(verify, what_cannot_be_done_is_refused);
    tcase_add_test(verify, a_closed_pipe_ends_quietly);
    tcase_add_test(verify, the_examples_of_the_help_run);
    tcase_add_test(verify, acas_verdicts);
    tcase_add_test(verify, the_checker_has_nothing_of_the_engine);
    suite_add_tcase(suite, verify);
    return suite;
}
