/* Files that are no proofs: each is refused at its line with a reason. And proofs that are unusual but true. */
#include "crease/crease.h"
#include "crease/proof.h"
#include "support/proof_cases.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static crease_net *net_of(const char *spec, size_t inputs, const double *theta, size_t count) {
    crease_net *net;
    ck_assert(crease_net_parse(spec, inputs, 1, &net, NULL) == CREASE_OK);
    ck_assert_uint_eq(net->parameter_count, count);
    memcpy(net->theta, theta, count * sizeof *theta);
    return net;
}

/* y = relu(x) + relu(-x) - 1 on [-1, 1]: is y >= 1/2 (not so: y <= 0), or y <= -3/2 (y >= -1)? */
static crease_net *hat(void) {
    return net_of("relu:2", 1, (double[]){1, -1, 0, 0, 1, 1, -1}, 7);
}

static crease_specification *hat_specification(void) {
    crease_specification *specification;
    ck_assert(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &specification, NULL) ==
              CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, -1}, (double[]){.5}, NULL) ==
              CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, 1}, (double[]){1.5}, NULL) ==
              CREASE_OK);
    return specification;
}

#define HEAD "crease-proof 1\ncase 0\n"
#define BOUNDS "l 0 0 -0x1p+0\nu 0 0 0x1p+0\nl 0 1 -0x1p+0\nu 0 1 0x1p+0\n"
#define CLOSE "k 0 r 0 0x1p+0\nk 1 r 0 0x1p+0\n"

static const char hat_proof[] = HEAD BOUNDS CLOSE ".\nend\n";

static const struct {
    const char *text;
    size_t line;
    const char *says;
} refused[] = {
    {"", 1, "breaks off"},
    {"\n", 1, "separated by one space"},
    {"crease-proof", 1, "begins with the line"},
    {"crease-proof 2\n", 1, "begins with the line"},
    {"crease-proof  1\n", 1, "separated by one space"},
    {"crease-proof 1 \n", 1, "goes on"},
    {"crease-proof 1\r\n", 1, "a byte 13"},
    {"crease-proof 1", 2, "breaks off"},
    {"crease-proof 1\nend\n", 2, "case 0 of the specification must come here"},
    {"crease-proof 1\ncase\n", 2, "ends before it is complete"},
    {"crease-proof 1\ncase 1\n", 2, "there is no case 1"},
    {"crease-proof 1\ncase -0\n", 2, "is no number of case"},
    {HEAD "end\n", 3, "'end' is no step"},
    {HEAD "\x01\n", 3, "a byte 1 "},
    {HEAD "l\t0 0 0x1p+0\n", 3, "a byte 9 "},
    {HEAD "z 0\n", 3, "'z' is no step"},
    {HEAD ".\n", 3, "ends with 2 of 2 alternatives open"},
    {HEAD "l\n", 3, "ends before it is complete"},
    {HEAD "l 0\n", 3, "ends before it is complete"},
    {HEAD "l 0 0\n", 3, "ends before it is complete"},
    {HEAD "l 1 0 0x0p+0\n", 3, "there is no layer 1"},
    {HEAD "l 0 2 0x0p+0\n", 3, "there is no unit 2"},
    {HEAD "l 0 999999999999999999 0x0p+0\n", 3, "there is no unit 999999999999999999"},
    {HEAD "l 0 99999999999999999999999 0x0p+0\n", 3, "is no number of unit"},
    {HEAD "l 0 0 nan\n", 3, "'nan' is no hexadecimal number"},
    {HEAD "l 0 0 -inf\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -1\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 --0x1p+0\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1p\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1p+-3\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x.p+0\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1.1.1p+0\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0X1P+0\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1p+1024\n", 3, "is no double"},
    {HEAD "l 0 0 -0x1p+99999\n", 3, "is no double"},
    {HEAD "l 0 0 -0x1p+999999\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0x1p-1075\n", 3, "is no double"},
    {HEAD "l 0 0 -0x1.00000000000001p+0\n", 3, "is no hexadecimal number"},
    {HEAD "l 0 0 -0xf.fffffffffffffp+0\n", 3, "is no double"},
    {HEAD "l 0 0 -0x1p+0 0\n", 3, "goes on"},
    {HEAD "l 0 0 -0x1.fffffffffffffp-1\n", 3,
     "the lower bound -0x1.fffffffffffffp-1 of unit 0 of layer 0 is not shown"},
    {HEAD "u 0 1 0x1.fffffffffffffp-1\n", 3,
     "the upper bound 0x1.fffffffffffffp-1 of unit 1 of layer 0 is not shown"},
    {HEAD "k 2\n", 3, "there is no alternative 2"},
    {HEAD "k 0\n", 3, "alternative 0 is not closed"},
    {HEAD "k 0 r 0 0x1p+0\n", 3, "unit 0 of layer 0 has not both bounds"},
    {HEAD BOUNDS "k 0 r 0 -0x1p+0\n", 7, "multiplier of row 0 is negative"},
    {HEAD BOUNDS "k 0 r 1 0x1p+0\n", 7, "there is no row 1"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0 r 0 0x1p+0\n", 7, "names the same row twice"},
    {HEAD BOUNDS "k 0 r 0 0x0p+0\n", 7, "alternative 0 is not closed"},
    {HEAD BOUNDS "k 0 q 0 0x1p+0\n", 7, "'q' is no multiplier"},
    {HEAD BOUNDS "k 0 b 0 0 0x1p+0\n", 7, "has no fixed phase"},
    {HEAD BOUNDS "k 0 a 0 0 -0x1p-9\n", 7, "is not between 0 and 1"},
    {HEAD BOUNDS "k 0 a 0 0 0x1.0000000000001p+0\n", 7, "is not between 0 and 1"},
    {HEAD BOUNDS "k 0 a 0 0 0x0p+0 a 0 0 0x0p+0\n", 7, "the same slope twice"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0 ; lo 0 0x0p+0\n", 7, "';' is no multiplier"},
    {HEAD BOUNDS CLOSE "k 0 r 0 0x1p+0\n", 9, "closed already"},
    {HEAD BOUNDS "c r 0 0x1p+0 ; lo 0 0x0p+0\n", 7, "exactly one open alternative, and there are 2"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0\n", 8, "ends before it is complete"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ;\n", 8, "ends before it is complete"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ; up 0 0x0p+0\n", 8, "'up' is no bound of an input"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x0p+0 ; lo 0 0x0p+0\n", 8, "cuts off points"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ; lo 0 0x1p+1\n", 8, "is not between the bounds of input 0"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ; lo 1 0x0p+0\n", 8, "there is no input 1"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ; lo 0 0x0p+0 lo 0 0x0p+0\n", 8, "the same bound twice"},
    {HEAD BOUNDS "k 0 r 0 0x1p+0\nc r 0 0x1p+0 ; lo 0 0x1p-1 hi 0 -0x1p-1\n", 8, "leaves nothing of input 0"},
    {HEAD "x 1 0x0p+0\n", 3, "there is no input 1"},
    {HEAD "x 0 -0x1.0000000000001p+0\n", 3, "is not between the bounds of input 0"},
    {HEAD "x 0 0x0p+0 1\n", 3, "goes on"},
    {HEAD "x 0 0x0p+0\n", 4, "the second child of the split in line 3 is missing"},
    {HEAD "p 0 0\np 0 0\n", 4, "fixed already"},
    {HEAD "p 0 0\nk 0 b 0 0 -0x1p+0\n", 4, "is below, so its multiplier must not be negative"},
    {HEAD BOUNDS CLOSE "p 0 0\n.\n", 11, "breaks off"},
    {HEAD "s 2\n", 3, "there is no alternative 2"},
    {HEAD "s 1\ns 0\n", 4, "alternative 0 and another must be open"},
    {HEAD BOUNDS "s 1\nk 0 r 0 0x1p+0\n", 8, "alternative 0 is closed already"},
    {HEAD BOUNDS CLOSE "s 0\n", 9, "alternative 0 and another must be open"},
    {HEAD BOUNDS CLOSE ".", 10, "breaks off"},
    {HEAD BOUNDS CLOSE ".\n.\n", 10, "only 'end' may come here"},
    {HEAD BOUNDS CLOSE ".\ncase 1\n", 10, "only 'end' may come here"},
    {HEAD BOUNDS CLOSE ".\nend \n", 10, "goes on"},
    {HEAD BOUNDS CLOSE ".\nend\n\n", 11, "goes on behind the end"},
};

START_TEST(what_is_no_proof_is_refused_with_its_line) {
    crease_net *net = hat();
    crease_specification *specification = hat_specification();
    ck_assert(proof_check(net, specification, hat_proof).accepted);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        crease_proof_check check = proof_check(net, specification, refused[i].text);
        ck_assert_msg(!check.accepted && check.line == refused[i].line && strstr(check.why, refused[i].says),
                      "%s\nline %zu: %s\nexpected line %zu: %s", refused[i].text, check.line, check.why,
                      refused[i].line, refused[i].says);
    }
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

static crease_proof_check check_bytes(const crease_net *net, const crease_specification *specification,
                                      const char *bytes, size_t size) {
    crease_proof_check check;
    FILE *file = fmemopen((void *)(uintptr_t)bytes, size, "r");
    ck_assert(crease_proof_check_stream(net, specification, file, NULL, NULL, &check, NULL) == CREASE_OK);
    fclose(file);
    return check;
}

START_TEST(long_words_and_deep_trees) {
    crease_net *net = hat();
    crease_specification *specification = hat_specification();
    size_t deep = 200000, size;
    char *text;
    FILE *file = open_memstream(&text, &size);
    fputs(HEAD BOUNDS CLOSE, file);
    for (size_t i = 0; i < deep; i++)
        fputs("x 0 0x0p+0\n", file);
    fflush(file);
    crease_proof_check check = check_bytes(net, specification, text, size);
    ck_assert(!check.accepted && check.line == 9 + deep);
    for (size_t i = 0; i <= deep; i++)
        fputs(".\n", file);
    fputs("end\n", file);
    fclose(file);
    check = check_bytes(net, specification, text, size);
    ck_assert_msg(check.accepted && check.leaves == deep + 1 && check.nodes == 2 * deep + 1, "%s", check.why);
    free(text);

    char *word = malloc(deep);
    memset(word, 'k', deep);
    check = check_bytes(net, specification, word, deep);
    ck_assert(!check.accepted && check.line == 1 && strstr(check.why, "longer than any word"));
    memset(word, 0, deep);
    check = check_bytes(net, specification, word, deep);
    ck_assert(!check.accepted && check.line == 1);
    free(word);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

/* A proof without end, as a stream. */
static ssize_t read_steps(void *cookie, char *buffer, size_t size) {
    static const char step[] = "l 0 0 -0x1p+0\n", head[] = HEAD;
    size_t *at = cookie;
    for (size_t i = 0; i < size; i++, ++*at)
        buffer[i] = *at < sizeof head - 1 ? head[*at] : step[(*at - sizeof head + 1) % (sizeof step - 1)];
    return (ssize_t)size;
}

static bool after_some(void *context) {
    size_t *left = context;
    return (*left)-- == 0;
}

START_TEST(a_proof_without_end_can_be_interrupted) {
    crease_net *net = hat();
    crease_specification *specification = hat_specification();
    size_t at = 0, left = 20000;
    FILE *file = fopencookie(&at, "r", (cookie_io_functions_t){.read = read_steps});
    crease_proof_check check;
    ck_assert(crease_proof_check_stream(net, specification, file, after_some, &left, &check, NULL) ==
              CREASE_OK);
    ck_assert(!check.accepted && check.interrupted && check.steps == 20000 && check.line == 20002);
    fclose(file);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

START_TEST(specifications_that_need_little_proof) {
    crease_net *net = hat();
    crease_specification none = {.inputs = 1, .outputs = 1};
    ck_assert(proof_check(net, &none, "crease-proof 1\nend\n").accepted);
    ck_assert(!proof_check(net, &none, HEAD ".\nend\n").accepted);
    crease_specification *specification;
    ck_assert(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &specification, NULL) ==
              CREASE_OK);
    ck_assert(proof_check(net, specification, HEAD ".\nend\n").accepted);
    /* an alternative without rows holds everywhere, so only an empty state closes it: z >= 0 and -z >= 1/2 */
    ck_assert(crease_specification_add(specification, 0, 0, NULL, NULL, NULL) == CREASE_OK);
    ck_assert(!proof_check(net, specification, HEAD "k 0\n.\nend\n").accepted);
    ck_assert(!proof_check(net, specification, HEAD BOUNDS "k 0 a 0 0 0x1p-1\n.\nend\n").accepted);
    crease_specification_free(specification);
    ck_assert(crease_specification_box(1, 1, (double[]){.5}, (double[]){1}, &specification, NULL) ==
              CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, 0, NULL, NULL, NULL) == CREASE_OK);
    crease_proof_check check =
        proof_check(net, specification, HEAD "p 0 0\nk 0 b 0 0 0x1p+0\n.\nk 0 b 0 0 -0x0p+0\n.\nend\n");
    ck_assert_msg(!check.accepted && check.line == 6, "%zu %s", check.line,
                  check.why); /* z <= 0 < 1/2 is empty, z >= 0 is not */
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

/* relu(w x) + b on [-1, 1], with w and b of any size: its largest value is exactly w + b. */
START_TEST(numbers_of_any_size) {
    static const double sizes[] = {1, 1e150, 1e-150, 0x1p-1074, 0x1p1000};
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 5; k++) {
            double w = sizes[i], b = sizes[k];
            crease_net *net = net_of("relu:1", 1, (double[]){w, 0, 1, b}, 4);
            for (int tight = 0; tight < 2; tight++) {
                crease_specification *specification;
                ck_assert(crease_specification_box(1, 1, (double[]){-1}, (double[]){1}, &specification,
                                                   NULL) == CREASE_OK);
                double constant = tight ? fmax(w, b) : nextafter(fmax(w, b) * 2, INFINITY);
                ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, -1}, &constant, NULL) ==
                          CREASE_OK);
                char text[512];
                snprintf(text, sizeof text, HEAD "l 0 0 %a\nu 0 0 %a\nk 0 r 0 0x1p+0\n.\nend\n", -w, w);
                crease_proof_check check = proof_check(net, specification, text);
                /* with y <= w + b: no y reaches more than 2 max(w, b), some reach max(w, b) */
                ck_assert_msg(check.accepted == !tight, "%g %g %d: %s", w, b, tight, check.why);
                crease_specification_free(specification);
            }
            crease_net_free(net);
        }
}
END_TEST

START_TEST(networks_that_proofs_are_not_about) {
    crease_specification *specification = hat_specification();
    crease_proof_check check;
    crease_error error;
    crease_net *net;
    ck_assert(crease_net_parse("tanh:2", 1, 1, &net, NULL) == CREASE_OK);
    char folder[] = "/tmp";
    ck_assert(crease_proof_check_file(net, specification, folder, NULL, NULL, &check, &error) ==
              CREASE_NO_INPUT);
    ck_assert(crease_proof_check_file(net, specification, "no/such", NULL, NULL, &check, &error) ==
              CREASE_NO_INPUT);
    ck_assert(crease_proof_check_file(net, specification, "/dev/null", NULL, NULL, &check, &error) ==
              CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "straight pieces") && !check.accepted);
    crease_net_free(net);
    net = net_of("relu:2", 2, (double[]){1, 1, 1, 1, 0, 0, 1, 1, 0}, 9);
    ck_assert(crease_proof_check_file(net, specification, "/dev/null", NULL, NULL, &check, &error) ==
              CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "about 1 inputs"));
    crease_net_free(net);
    net = hat();
    net->theta[3] = NAN;
    ck_assert(crease_proof_check_file(net, specification, "/dev/null", NULL, NULL, &check, &error) ==
              CREASE_BAD_ARGUMENT);
    net->theta[3] = 0;
    net->input_scale[0] = 0;
    ck_assert(crease_proof_check_file(net, specification, "/dev/null", NULL, NULL, &check, &error) ==
              CREASE_BAD_ARGUMENT);
    net->input_scale[0] = 1;
    specification->cases[0].alternative[0].row[0].term[0].index = 7;
    ck_assert(crease_proof_check_file(net, specification, "/dev/null", NULL, NULL, &check, &error) ==
              CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "row 0 of alternative 0 of case 0"));
    crease_net_free(net);
    crease_specification_free(specification);
}
END_TEST

/* The box of a decimal case is rounded outwards: a bound that holds on the decimals alone is not shown. */
START_TEST(the_box_is_rounded_outwards) {
    crease_net *net = hat();
    crease_specification *specification = hat_specification();
    crease_number *upper = &specification->cases[0].upper[0];
    crease_number_clear(upper);
    ck_assert(crease_number_parse("0.1", upper, NULL) == CREASE_OK);
    ck_assert(upper->below < upper->above);
    char text[256];
    snprintf(text, sizeof text, HEAD "u 0 0 %a\n", upper->below);
    ck_assert_uint_eq(proof_check(net, specification, text).line, 3);
    snprintf(text, sizeof text, HEAD "u 0 0 %a\n", upper->above);
    ck_assert_uint_eq(proof_check(net, specification, text).line, 4);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

Suite *test_proof_files(void) {
    Suite *suite = suite_create("proof_files");
    TCase *files = tcase_create("files");
    tcase_add_test(files, what_is_no_proof_is_refused_with_its_line);
    tcase_add_test(files, long_words_and_deep_trees);
    tcase_add_test(files, a_proof_without_end_can_be_interrupted);
    tcase_add_test(files, specifications_that_need_little_proof);
    tcase_add_test(files, numbers_of_any_size);
    tcase_add_test(files, networks_that_proofs_are_not_about);
    tcase_add_test(files, the_box_is_rounded_outwards);
    suite_add_tcase(suite, files);
    return suite;
}
