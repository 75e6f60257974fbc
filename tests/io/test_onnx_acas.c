/* The ACAS Xu networks: crease's reading against an evaluation of the raw bytes that knows nothing of protobuf-c or of
 * crease's networks. It walks the fields of onnx.proto and does Sub, Flatten, MatMul, Add and Relu one after another. */
#include "crease/onnx.h"
#include "crease/random.h"
#include "support/suites.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct span {
    const unsigned char *at, *end;
} span;

static uint64_t varint(span *s) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (s->at == s->end || shift > 63) /* ck_assert takes its time */
            ck_abort_msg("a number has no end");
        value |= (uint64_t)(*s->at & 127) << shift;
        if (*s->at++ < 128)
            return value;
    }
}

/* The next field: its number, and its bytes or its value. 0 at the end. */
static unsigned next_field(span *s, span *bytes, uint64_t *value) {
    if (s->at == s->end)
        return 0;
    uint64_t tag = varint(s);
    size_t fixed = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : 0;
    *value = 0;
    if ((tag & 7) == 0) {
        *value = varint(s);
        return (unsigned)(tag >> 3);
    }
    uint64_t length = (tag & 7) == 2 ? varint(s) : fixed;
    if (length > (uint64_t)(s->end - s->at))
        ck_abort_msg("a field of %zu bytes is longer than its message", (size_t)length);
    *bytes = (span){s->at, s->at + length};
    s->at += length;
    return (unsigned)(tag >> 3);
}

static bool equal(span a, span b) {
    return a.end - a.at == b.end - b.at && memcmp(a.at, b.at, (size_t)(a.end - a.at)) == 0;
}

static bool is_text(span a, const char *text) {
    return equal(a, (span){(const unsigned char *)text, (const unsigned char *)text + strlen(text)});
}

/* The floats of the initialiser of this name, in raw_data; NULL when there is none. */
static const unsigned char *find_floats(span graph, span name, size_t *count) {
    span field = {0}, part = {0};
    uint64_t value;
    for (unsigned f; (f = next_field(&graph, &field, &value));) {
        if (f != 5)
            continue;
        span raw = {0}, own = {0}, tensor = field;
        for (unsigned g; (g = next_field(&tensor, &part, &value));) {
            own = g == 8 ? part : own;
            raw = g == 9 ? part : raw;
        }
        if (equal(own, name)) {
            *count = (size_t)(raw.end - raw.at) / 4;
            return raw.at;
        }
    }
    return NULL;
}

static double float_at(const unsigned char *raw, size_t i) {
    float value;
    memcpy(&value, raw + 4 * i, sizeof value);
    return (double)value;
}

/* One node on the vector a of n numbers, the other operand being constant. */
static size_t run_node(span graph, span node, double *a, size_t n) {
    span field = {0}, type = {0}, name[2] = {{0}};
    uint64_t value;
    size_t names = 0, count = 0;
    for (unsigned f; (f = next_field(&node, &field, &value));) {
        if (f == 1)
            name[names++] = field;
        type = f == 4 ? field : type;
    }
    const unsigned char *constant = names > 1 ? find_floats(graph, name[1], &count) : NULL;
    double sum[64] = {0};
    if (is_text(type, "Flatten"))
        return n;
    if (is_text(type, "Relu")) {
        for (size_t i = 0; i < n; i++)
            a[i] = fmax(a[i], 0);
        return n;
    }
    ck_assert_ptr_nonnull(constant);
    if (is_text(type, "MatMul")) {
        size_t width = count / n;
        ck_assert(width * n == count && width <= 64);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++)
                sum[j] += a[i] * float_at(constant, i * width + j);
        memcpy(a, sum, width * sizeof *a);
        return width;
    }
    bool subtract = is_text(type, "Sub");
    ck_assert(subtract || is_text(type, "Add"));
    ck_assert_uint_eq(count, n);
    for (size_t i = 0; i < n; i++)
        a[i] += subtract ? -float_at(constant, i) : float_at(constant, i);
    return n;
}

static size_t evaluate_bytes(span model, double *a, size_t n) {
    span field = {0}, graph = {0};
    uint64_t value;
    for (unsigned f; (f = next_field(&model, &field, &value));)
        graph = f == 7 ? field : graph;
    span rest = graph;
    for (unsigned f; (f = next_field(&rest, &field, &value));)
        if (f == 1)
            n = run_node(graph, field, a, n);
    return n;
}

static void compare_network(const char *path, gsl_rng *rng) {
    static unsigned char bytes[100000];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert_uint_lt(size, sizeof bytes);
    crease_net *net;
    crease_work *work;
    crease_error error = {0};
    ck_assert_msg(crease_onnx_load(path, &net, &error) == CREASE_OK, "%s", error.message);
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    ck_assert_uint_eq(net->inputs, 5);
    ck_assert_uint_eq(net->outputs, 5);
    ck_assert_uint_eq(crease_net_unit_count(net), 300);
    for (int i = 0; i < 200; i++) {
        double x[5], y[5], a[64];
        for (int k = 0; k < 5; k++)
            a[k] = x[k] = 1.4 * gsl_rng_uniform(rng) - .7;
        crease_net_evaluate(net, NULL, work, 1, x, y);
        ck_assert_uint_eq(evaluate_bytes((span){bytes, bytes + size}, a, 5), 5);
        for (int k = 0; k < 5; k++)
            ck_assert_msg(fabs(y[k] - a[k]) <= 1e-12, "%s: output %d of case %d is %.17g, not %.17g", path, k,
                          i, y[k], a[k]);
    }
    crease_work_free(work);
    crease_net_free(net);
}

START_TEST(networks_give_the_same) {
    const char *folder = getenv("CREASE_DATA_DIR");
    char path[1000];
    snprintf(path, sizeof path, "%s/acasxu/onnx", folder ? folder : "");
    DIR *directory = folder ? opendir(path) : NULL;
    if (!directory)
        skip_test("CREASE_DATA_DIR has no acasxu");
    gsl_rng *rng = crease_random_new(4, 0);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char file[1300];
        if (!strstr(entry->d_name, ".onnx"))
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        crease_net *net;
        crease_status status = crease_onnx_load(file, &net, NULL);
        crease_net_free(net);
        if (status == CREASE_UNAVAILABLE) {
            closedir(directory);
            gsl_rng_free(rng);
            skip_test("crease was built without ONNX");
        }
        compare_network(file, rng);
        count++;
    }
    ck_assert_uint_ge(count, 12);
    closedir(directory);
    gsl_rng_free(rng);
}
END_TEST

Suite *test_onnx_acas(void) {
    Suite *suite = suite_create("onnx_acas");
    TCase *tests = tcase_create("onnx_acas");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, networks_give_the_same);
    suite_add_tcase(suite, tests);
    return suite;
}
