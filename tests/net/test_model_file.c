/* Model files: bits come back, damage is refused by name. */
#include "crease/model_file.h"
#include "crease/random.h"
#include "support/suites.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double any_double(gsl_rng *rng) {
    double x;
    do {
        uint64_t bits = (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng);
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x));
    return x;
}

static crease_net *make_net(const char *spec, size_t inputs, size_t outputs, uint64_t seed) {
    static const char *const input_names[] = {"x", "say \"hi\"\n", "\xc3\xa9t\xc3\xa9"};
    static const char *const output_names[] = {"y", ""};
    crease_net *net;
    crease_error error = {0};
    gsl_rng *rng = crease_random_new(seed, 0);
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = any_double(rng);
    for (size_t i = 0; i < inputs; i++) {
        net->input_shift[i] = any_double(rng);
        do
            net->input_scale[i] = fabs(any_double(rng));
        while (net->input_scale[i] == 0);
    }
    for (size_t i = 0; i < outputs; i++) {
        net->output_shift[i] = -0.;
        net->output_scale[i] = 1 + gsl_rng_uniform(rng);
    }
    if (seed % 2)
        ck_assert_int_eq(crease_net_set_names(net, input_names, seed % 4 == 1 ? output_names : NULL, &error),
                         CREASE_OK);
    gsl_rng_free(rng);
    return net;
}

static bool same_bits(const double *a, const double *b, size_t n) {
    return memcmp(a, b, n * sizeof(double)) == 0;
}

static bool same_names(char *const *a, char *const *b, size_t n) {
    if (!a || !b)
        return a == b;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool same_net(const crease_net *a, const crease_net *b) {
    char spec_a[200], spec_b[200];
    crease_net_spec(a, spec_a, sizeof spec_a);
    crease_net_spec(b, spec_b, sizeof spec_b);
    return strcmp(spec_a, spec_b) == 0 && a->inputs == b->inputs && a->outputs == b->outputs &&
           a->parameter_count == b->parameter_count && same_bits(a->theta, b->theta, a->parameter_count) &&
           same_bits(a->input_shift, b->input_shift, a->inputs) &&
           same_bits(a->input_scale, b->input_scale, a->inputs) &&
           same_bits(a->output_shift, b->output_shift, a->outputs) &&
           same_bits(a->output_scale, b->output_scale, a->outputs) &&
           same_names(a->input_name, b->input_name, a->inputs) &&
           same_names(a->output_name, b->output_name, a->outputs);
}

static char *to_text(const crease_net *net, size_t *size) {
    char *text;
    FILE *file = open_memstream(&text, size);
    crease_error error = {0};
    ck_assert_msg(crease_net_write(net, file, &error) == CREASE_OK, "%s", error.message);
    fclose(file);
    return text;
}

static crease_status from_text(const char *text, size_t size, crease_net **net, crease_error *error) {
    FILE *file = size > 0 ? fmemopen((void *)(size_t)text, size, "r") : fopen("/dev/null", "r");
    crease_status status = crease_net_read(file, "m.json", net, error);
    fclose(file);
    ck_assert_int_eq(status == CREASE_OK, *net != NULL);
    return status;
}

START_TEST(round_trip) {
    static const char *const specs[] = {"affine+relu:3",       "tanh:4+relu:1",   "relu:5/relu:4",
                                        "leaky(.1):2+prelu:3", "relu^1.5:1",      "elu:1+gelu:1",
                                        "silu:2/softplus:3",   "affine+sigmoid:2"};
    for (uint64_t seed = 1; seed <= 64; seed++) {
        size_t inputs = 1 + seed % 3, outputs = 1 + seed % 2;
        crease_net *net = make_net(specs[seed % 8], inputs, outputs, seed), *back;
        crease_error error = {0};
        size_t size;
        char *text = to_text(net, &size);
        crease_status status = from_text(text, size, &back, &error);
        ck_assert_msg(status == CREASE_OK, "seed %lu: %s", (unsigned long)seed, error.message);
        ck_assert_msg(same_net(net, back), "seed %lu", (unsigned long)seed);
        crease_net_free(back);
        crease_net_free(net);
        free(text);
    }
}
END_TEST

START_TEST(save_and_load) {
    char path[] = "/tmp/crease-model-XXXXXX";
    close(mkstemp(path));
    crease_net *net = make_net("affine+relu:3", 2, 1, 1), *back;
    crease_error error = {0};
    ck_assert_int_eq(crease_net_save(net, path, &error), CREASE_OK);
    ck_assert_int_eq(crease_net_load(path, &back, &error), CREASE_OK);
    ck_assert(same_net(net, back));
    crease_net_free(back);
    /* a net that cannot be saved leaves the old file */
    double kept = net->theta[3];
    net->theta[3] = NAN;
    ck_assert_int_eq(crease_net_save(net, path, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "theta[3]"));
    net->theta[3] = kept;
    ck_assert_int_eq(crease_net_load(path, &back, &error), CREASE_OK);
    ck_assert(same_net(net, back));
    crease_net_free(back);
    ck_assert_int_eq(crease_net_save(net, "/dev/full", &error), CREASE_CANNOT_WRITE);
    ck_assert_int_eq(crease_net_save(net, "/no/such/folder/m.json", &error), CREASE_CANNOT_WRITE);
    ck_assert_int_eq(crease_net_set_names(net, (const char *const[]){"ok", "gr\xf6\xdf"}, NULL, &error),
                     CREASE_OK);
    ck_assert_int_eq(crease_net_save(net, path, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "input 2 is not UTF-8"));
    crease_net_free(net);
    unlink(path);
    ck_assert_int_eq(crease_net_load(path, &back, &error), CREASE_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, path));
    ck_assert_ptr_null(back);
    ck_assert_int_eq(crease_net_load("/", &back, &error), CREASE_NO_INPUT);
}
END_TEST

START_TEST(truncated_anywhere) {
    crease_net *net = make_net("affine+relu:2+prelu:1", 1, 1, 5), *back;
    size_t size;
    char *text = to_text(net, &size);
    for (size_t cut = 0; cut < size; cut++) {
        crease_error error = {0};
        crease_status status = from_text(text, cut, &back, &error);
        if (status == CREASE_OK) /* only the final newline is missing */
            ck_assert(cut == size - 1 && same_net(net, back));
        else
            ck_assert_msg(status == CREASE_BAD_DATA && strncmp(error.message, "m.json:", 7) == 0,
                          "cut at %zu: %s", cut, error.message);
        crease_net_free(back);
    }
    crease_net_free(net);
    free(text);
}
END_TEST

static const char *const keys[] = {"format",       "version",     "net",          "inputs",
                                   "outputs",      "input_shift", "output_shift", "input_scale",
                                   "output_scale", "theta",       "input_names",  "output_names"};
enum { key_count = sizeof keys / sizeof *keys, optional_from = 10 };

/* Reads `root` as a file, which it frees. */
static crease_status from_json(json_t *root, crease_net **net, crease_error *error) {
    char *text = json_dumps(root, JSON_REAL_PRECISION(17));
    json_decref(root);
    ck_assert_ptr_nonnull(text);
    crease_status status = from_text(text, strlen(text), net, error);
    free(text);
    return status;
}

static void expect_refused(json_t *root, const char *key, const char *fragment) {
    crease_net *net;
    crease_error error = {0};
    crease_status status = from_json(root, &net, &error);
    crease_net_free(net);
    ck_assert_msg(status == CREASE_BAD_DATA, "%s: status %s", key, crease_status_name(status));
    ck_assert_msg(strstr(error.message, "m.json") && strstr(error.message, key) &&
                      strstr(error.message, fragment),
                  "'%s' lacks '%s' or '%s'", error.message, key, fragment);
}

START_TEST(every_key_counts) {
    crease_net *net = make_net("affine+relu:2", 2, 1, 1), *back;
    size_t size;
    char *text = to_text(net, &size);
    json_t *whole = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_object_size(whole), key_count);
    for (size_t k = 0; k < key_count; k++) {
        const char *key = keys[k];
        crease_error error = {0};
        json_t *copy = json_deep_copy(whole);
        json_object_del(copy, key);
        if (k < optional_from) {
            expect_refused(copy, key, "is missing");
        } else {
            ck_assert_int_eq(from_json(copy, &back, &error), CREASE_OK);
            ck_assert_ptr_null(k == optional_from ? back->input_name : back->output_name);
            crease_net_free(back);
        }
        json_t *wrong[] = {json_null(),
                           json_true(),
                           json_object(),
                           json_real(1.5),
                           json_string("x"),
                           json_array(),
                           json_pack("[o]", json_null()),
                           json_pack("[s]", "1"),
                           json_pack("[[]]"),
                           json_integer(-3)};
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            bool fits = json_typeof(wrong[w]) == json_typeof(json_object_get(whole, key)) &&
                        json_is_array(wrong[w]) && k == optional_from + 1 &&
                        w == 7; /* ["1"] is a good list of one name */
            copy = json_deep_copy(whole);
            json_object_set_new(copy, key, wrong[w]);
            if (fits) {
                ck_assert_int_eq(from_json(copy, &back, &error), CREASE_OK);
                crease_net_free(back);
            } else {
                expect_refused(copy, key, "m.json: the key");
            }
        }
        if (json_is_array(json_object_get(whole, key))) { /* one element too many, one of a wrong kind */
            copy = json_deep_copy(whole);
            json_t *array = json_object_get(copy, key);
            json_array_append(array, json_array_get(array, 0));
            expect_refused(copy, key, k == 5 || k == 6 || k >= 7 ? "but holds" : "");
            copy = json_deep_copy(whole);
            json_array_set_new(json_object_get(copy, key), 0, json_false());
            expect_refused(copy, key, "at 1");
        }
    }
    json_decref(whole);
    crease_net_free(net);
    free(text);
}
END_TEST

typedef struct model_case {
    const char *key, *json; /* replaces the value */
    const char *fragment;
} model_case;

static const model_case replaced[] = {
    {"format", "\"onnx\"", "no crease net"},
    {"version", "2", "versions up to 1"},
    {"version", "9223372036854775807", "a newer one is needed"},
    {"version", "0", "versions start at 1"},
    {"version", "1.0", "a whole number"},
    {"net", "\"\"", "m.json: the key 'net': "},
    {"net", "\"relu:\"", "m.json: the key 'net': "},
    {"net", "\"relu:1000000000000\"", "m.json: the key 'net': "},
    {"net", "\"relu:99999999999999999999999999\"", "m.json: the key 'net': "},
    {"net", "\"relu:4000000000/relu:4000000000/relu:4000000000\"", "m.json: the key 'net': "},
    {"net", "\"affine+relu:3\"", "the key 'theta' must hold 15 numbers for this net, but holds 11"},
    {"inputs", "3", "the key 'input_shift' must hold 3 numbers for this net, but holds 2"},
    {"inputs", "0", "must be at least 1"},
    {"inputs", "9223372036854775807", "the key 'input_shift' must hold"},
    {"outputs", "1000000000000", "the key 'output_shift' must hold"},
    {"input_scale", "[1, 0]", "the key 'input_scale' holds 0 at 2; scales are above 0"},
    {"output_scale", "[-1]", "scales are above 0"},
};

START_TEST(wrong_values) {
    crease_net *net = make_net("affine+relu:2", 2, 1, 1);
    ck_assert_uint_eq(net->parameter_count, 11); /* 4 + 2 + 2 + 1 + 2 */
    size_t size;
    char *text = to_text(net, &size);
    json_t *root = json_loads(text, 0, NULL);
    json_object_set_new(root, replaced[_i].key, json_loads(replaced[_i].json, JSON_DECODE_ANY, NULL));
    expect_refused(root, "", replaced[_i].fragment); /* it names the key at fault, which may be another */
    crease_net_free(net);
    free(text);
}
END_TEST

START_TEST(tolerates) {
    crease_net *net = make_net("affine+relu:2", 1, 1, 2), *back;
    size_t size;
    crease_error error = {0};
    char *text = to_text(net, &size);
    json_t *root = json_loads(text, 0, NULL);
    json_object_set_new(root, "colour", json_pack("{s:[n,b]}", "blue", 1));
    ck_assert_int_eq(from_json(root, &back, &error), CREASE_OK);
    ck_assert(same_net(net, back));
    crease_net_free(back);
    /* whole numbers are numbers */
    root = json_loads(text, 0, NULL);
    json_object_set_new(root, "theta", json_loads("[1,2,3,4,5,6,7,8]", 0, NULL));
    ck_assert_int_eq(from_json(root, &back, &error), CREASE_OK);
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq(back->theta[i], i + 1);
    crease_net_free(back);
    crease_net_free(net);
    free(text);
}
END_TEST

START_TEST(not_json) {
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "3",
                                        "null",
                                        "x,y\n1,2\n",
                                        "{}{}",
                                        "{\"format\":\"a\",\"format\":\"b\"}",
                                        "{\"theta\":[1e999]}",
                                        "{\"theta\":[NaN]}",
                                        "{\"a\":\"\\u0000\"}",
                                        "\xff\xfe{}",
                                        "{\"a\x1b[31m\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        crease_net *net;
        crease_error error = {0};
        ck_assert_int_eq(from_text(texts[i], strlen(texts[i]), &net, &error), CREASE_BAD_DATA);
        ck_assert_msg(strncmp(error.message, "m.json:", 7) == 0 && !strchr(error.message, '\x1b'), "%s",
                      error.message);
    }
    char *deep = malloc(100000);
    memset(deep, '[', 100000);
    crease_net *net;
    ck_assert_int_eq(from_text(deep, 100000, &net, NULL), CREASE_BAD_DATA);
    free(deep);
}
END_TEST

Suite *test_model_file(void) {
    Suite *suite = suite_create("model_file");
    TCase *tests = tcase_create("model_file");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, save_and_load);
    tcase_add_test(tests, truncated_anywhere);
    tcase_add_test(tests, every_key_counts);
    tcase_add_loop_test(tests, wrong_values, 0, (int)(sizeof replaced / sizeof *replaced));
    tcase_add_test(tests, tolerates);
    tcase_add_test(tests, not_json);
    suite_add_tcase(suite, tests);
    return suite;
}
