/* ONNX: what is written comes back bit by bit; files that are made byte by byte give the values that were worked out
 * by hand; damage and what is not read is refused by name. */
#include "crease/onnx.h"
#include "crease/random.h"
#include "support/onnx_text.h"
#include "support/run.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void setup_path(char *path, size_t size) {
    snprintf(path, size, "/tmp/crease_onnx_%ld.onnx", (long)getpid());
}

static crease_status load_bytes(const char *data, size_t size, crease_net **net, crease_error *error) {
    char path[60];
    setup_path(path, sizeof path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fwrite(data, 1, size, file);
    fclose(file);
    crease_status status = crease_onnx_load(path, net, error);
    unlink(path);
    return status;
}

static crease_status load_text(const char *text, crease_net **net, crease_error *error) {
    size_t size;
    char *data = onnx_from_text(text, &size);
    crease_status status = load_bytes(data, size, net, error);
    free(data);
    return status;
}

static bool is_built(void) {
    crease_net *net;
    crease_error error;
    return crease_onnx_load("/nowhere", &net, &error) != CREASE_UNAVAILABLE;
}

/* ---- there and back ---- */

static void fill(crease_net *net, gsl_rng *rng, bool scaled) {
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_ran_gaussian(rng, 1) * exp(5 * gsl_rng_uniform(rng));
    for (size_t i = 0; scaled && i < net->inputs; i++) {
        net->input_shift[i] = gsl_ran_gaussian(rng, 3);
        net->input_scale[i] = exp(gsl_ran_gaussian(rng, 3));
    }
    for (size_t i = 0; scaled && i < net->outputs; i++) {
        net->output_shift[i] = gsl_ran_gaussian(rng, 1e3);
        net->output_scale[i] = exp(gsl_ran_gaussian(rng, 3));
    }
}

static void check_same(const crease_net *a, const crease_net *b, const char *name) {
    char spec_a[300], spec_b[300];
    crease_net_spec(a, spec_a, sizeof spec_a);
    crease_net_spec(b, spec_b, sizeof spec_b);
    ck_assert_msg(strcmp(spec_a, spec_b) == 0, "%s became %s", spec_a, spec_b);
    ck_assert_uint_eq(a->inputs, b->inputs);
    ck_assert_uint_eq(a->outputs, b->outputs);
    ck_assert_msg(memcmp(a->theta, b->theta, a->parameter_count * sizeof(double)) == 0, "theta of %s", name);
    ck_assert_msg(memcmp(a->input_shift, b->input_shift, a->inputs * sizeof(double)) == 0, "%s", name);
    ck_assert_msg(memcmp(a->input_scale, b->input_scale, a->inputs * sizeof(double)) == 0, "%s", name);
    ck_assert_msg(memcmp(a->output_shift, b->output_shift, a->outputs * sizeof(double)) == 0, "%s", name);
    ck_assert_msg(memcmp(a->output_scale, b->output_scale, a->outputs * sizeof(double)) == 0, "%s", name);
}

static const char *const specs[] = {
    "affine",
    "relu:3",
    "relu:16/relu:16",
    "affine+relu:5",
    "identity:4",
    "relu:50/identity:3/relu:50",
    "identity:2/identity:3",
    "tanh:4+relu:1",
    "affine+tanh:2+relu:3+sigmoid:1/leaky:4+elu:2/softplus:3",
    "leaky(.1):8/leaky(.5):3/leaky(0):2",
    "prelu:1/prelu:7+identity:2",
    "identity:1+relu:2/relu:2+identity:1+prelu:1+relu:1",
};

START_TEST(round_trip) {
    char path[60];
    setup_path(path, sizeof path);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        for (uint64_t seed = 1; seed <= 12; seed++) {
            gsl_rng *rng = crease_random_new(seed, i);
            crease_net *net, *back;
            crease_error error = {0};
            ck_assert_int_eq(crease_net_parse(specs[i], 1 + seed % 4, 1 + seed % 3, &net, &error), CREASE_OK);
            fill(net, rng, seed % 2);
            if (seed == 3)
                net->output_scale[0] = 1;
            ck_assert_msg(crease_onnx_save(net, path, CREASE_ONNX_DOUBLE, &error) == CREASE_OK, "%s",
                          error.message);
            ck_assert_msg(crease_onnx_load(path, &back, &error) == CREASE_OK, "%s: %s", specs[i],
                          error.message);
            check_same(net, back, specs[i]);
            crease_net_free(back);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
    unlink(path);
}
END_TEST

/* Of prelu units and leaky ones whose slope float32 cannot hold, the kind may change but not the function. */
START_TEST(single_precision_rounds_once) {
    char path[60];
    setup_path(path, sizeof path);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        gsl_rng *rng = crease_random_new(77, i);
        crease_net *net, *back;
        crease_error error = {0};
        ck_assert_int_eq(crease_net_parse(specs[i], 3, 2, &net, &error), CREASE_OK);
        fill(net, rng, true);
        for (size_t k = 0; k < net->parameter_count;
             k++) /* so that rounding the rest to float32 is all that is left */
            net->theta[k] = (double)(float)net->theta[k];
        ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_FLOAT, &error), CREASE_OK);
        ck_assert_msg(crease_onnx_load(path, &back, &error) == CREASE_OK, "%s: %s", specs[i], error.message);
        for (size_t k = 0; k < net->inputs; k++) {
            ck_assert(back->input_shift[k] == (double)(float)net->input_shift[k]);
            ck_assert(back->input_scale[k] == (double)(float)net->input_scale[k]);
        }
        for (size_t k = 0; k < net->outputs; k++)
            ck_assert(back->output_scale[k] == (double)(float)net->output_scale[k]);
        if (!strstr(specs[i], "leaky"))
            ck_assert_msg(memcmp(net->theta, back->theta, net->parameter_count * sizeof(double)) == 0, "%s",
                          specs[i]);
        ck_assert_uint_eq(net->layer_count, back->layer_count);
        crease_net_free(back);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    unlink(path);
}
END_TEST

START_TEST(names_come_back) {
    static const char *const in[] = {"speed", "a b"}, *const out[] = {"force"};
    char path[60];
    setup_path(path, sizeof path);
    crease_net *net, *back;
    ck_assert_int_eq(crease_net_parse("relu:2", 2, 1, &net, NULL), CREASE_OK);
    ck_assert_int_eq(crease_net_set_names(net, in, out, NULL), CREASE_OK);
    ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_DOUBLE, NULL), CREASE_OK);
    ck_assert_int_eq(crease_onnx_load(path, &back, NULL), CREASE_OK);
    ck_assert_str_eq(back->input_name[1], "a b");
    ck_assert_str_eq(back->output_name[0], "force");
    crease_net_free(back);
    crease_net_free(net);
    unlink(path);
}
END_TEST

START_TEST(not_written) {
    static const char *const unknown[] = {"gelu:2", "relu:2/silu:3", "relu^1.5:1"}, *const unit[] = {"gelu",
                                                                                                     "silu",
                                                                                                     "power"};
    char path[60];
    setup_path(path, sizeof path);
    crease_net *net;
    crease_error error;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(crease_net_parse(unknown[i], 1, 1, &net, NULL), CREASE_OK);
        ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_DOUBLE, &error), CREASE_BAD_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, unit[i]));
        crease_net_free(net);
    }
    ck_assert_int_eq(crease_net_parse("relu:1", 1, 1, &net, NULL), CREASE_OK);
    net->theta[0] = 1e60;
    ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_FLOAT, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "float32"));
    net->theta[0] = NAN;
    ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_DOUBLE, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "theta[0]"));
    net->theta[0] = 1;
    net->input_scale[0] = 1e-60;
    ck_assert_int_eq(crease_onnx_save(net, path, CREASE_ONNX_FLOAT, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_onnx_save(net, "/nowhere/x.onnx", CREASE_ONNX_DOUBLE, &error),
                     CREASE_CANNOT_WRITE);
    ck_assert_int_ne(access(path, F_OK), 0);
    crease_net_free(net);
}
END_TEST

/* The checker of ONNX itself, where Debian's python3-onnx is installed. */
START_TEST(the_checker_of_onnx_accepts_them) {
    static const char *const python[] = {"python3", "/usr/bin/python3"};
    const char *found = NULL;
    for (size_t i = 0; i < 2 && !found; i++) {
        run_result result = run_shell("%s -c 'import onnx'", python[i]);
        found = result.exit_code == 0 ? python[i] : NULL;
        run_clear(&result);
    }
    if (!found)
        skip_test("python3-onnx is not installed");
    char *folder = run_folder_new();
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        for (int single = 0; single < 2; single++) {
            gsl_rng *rng = crease_random_new(31, i);
            crease_net *net;
            char path[300];
            snprintf(path, sizeof path, "%s/%zu_%d.onnx", folder, i, single);
            ck_assert_int_eq(crease_net_parse(specs[i], 3, 2, &net, NULL), CREASE_OK);
            fill(net, rng, i % 2);
            ck_assert_int_eq(
                crease_onnx_save(net, path, single ? CREASE_ONNX_FLOAT : CREASE_ONNX_DOUBLE, NULL),
                CREASE_OK);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
    run_file_write(folder, "check.py",
                   "import onnx, sys\n"
                   "for path in sys.argv[1:]:\n"
                   "    model = onnx.load(path)\n"
                   "    onnx.checker.check_model(model, full_check=True)\n"
                   "    onnx.shape_inference.infer_shapes(model, strict_mode=True)\n"
                   "print(len(sys.argv) - 1)\n");
    run_result result = run_shell("cd %s && %s check.py *.onnx", folder, found);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_uint_eq((size_t)atoi(result.out), 2 * sizeof specs / sizeof *specs);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

/* ---- files of others ---- */

typedef struct reading {
    const char *text, *spec;
    double x[4], y[3]; /* what the network gives, worked out by hand */
} reading;

static const reading readings[] = {
    /* y = x W + b with W = [1 2; 3 4; 5 6] */
    {"input x 1,3\ntensor W float 3,2 1 2 3 4 5 6\ntensor b float 2 10 20\nnode MatMul x,W p\nnode Add p,b "
     "y\n"
     "output y\n",
     "affine",
     {1, 10, 100},
     {541, 662}},
    /* the constant first, a column vector; rank 3 */
    {"input x 1,3,1\ntensor W float_data 2,3 1 2 3 4 5 6\nnode MatMul W,x p\nnode Relu p y\noutput y\n",
     "relu:2",
     {1, 10, -100},
     {0, 0}},
    {"input x 3\ntensor W double 2,3 1 2 3 4 5 6\nnode MatMul W,x p\nnode Relu p y\noutput y\n",
     "relu:2",
     {1, 10, 100},
     {321, 654}},
    /* initialisers listed as inputs, in any order; leading Sub; Flatten of four dimensions; two kinds of data */
    {"input W 2,2\ninput x 1,1,1,2\ninput m 1,1,1,2\ntensor W double_data 2,2 1 -1 1 1\ntensor m float "
     "1,1,1,2 1 2\n"
     "tensor b float_data 2 0 -5\nnode Sub x,m s\nnode Flatten s f axis=i:1\nnode MatMul f,W p\nnode Add b,p "
     "q\n"
     "node Relu q r\nnode MatMul r,W y\noutput y\n",
     "relu:2",
     {11, 22},
     {35, -25}}, /* s = 10 20, p = 30 10, r = 30 5 */
    {"input x N,2\ntensor W float 2,2 1 2 3 4\nnode Gemm x,W p transB=i:1 alpha=f:2\nnode Relu p r\n"
     "tensor c float 1 -8\nnode Gemm r,W,c y beta=f:.5\noutput y\n",
     "relu:2",
     {1, -1},
     {-4, -4}}, /* p = 2(1-2), 2(3-4) = -2 -2 */
    {"input x N,2\ntensor W float 2,2 1 2 3 4\ntensor c float 2,1 -8 1\nnode Flatten x f axis=i:2\nnode "
     "Reshape f,n g\n"
     "tensor n int64 2 2 1\nnode Gemm W,g,c p transA=i:1\nnode Relu p y\noutput y\n",
     "relu:2",
     {1, 2},
     {0, 11}}, /* W' x = 7, 10; - 8 and + 1 */
    /* a kernel as large as its input; 2 channels of 1 x 2 */
    {"input x 1,2,1,2\ntensor K float 3,2,1,2 1 0 0 0 0 1 0 0 1 1 1 1\ntensor b float 3 0 0 -1\n"
     "node Conv x,K,b c kernel_shape=l:1,2 pads=l:0,0,0,0 strides=l:3,3 auto_pad=s:NOTSET\nnode Relu c r\n"
     "node Flatten r y\noutput y\n",
     "relu:3",
     {1, 2, 3, 4},
     {1, 2, 9}},
    /* affine maps stay apart; a third constant needs a layer */
    {"input x 1,2\ntensor W float 2,2 1 2 3 4\ntensor c float 2 1 2\nnode MatMul x,W a\nnode MatMul a,W b\n"
     "node Add b,c d\nnode Add d,c y\noutput y\n",
     "identity:2",
     {1, 1},
     {4 + 18 + 2, 8 + 24 + 4}},
    {"input x 1,1\ntensor W float 1,1 2\ntensor c float - 3\nnode MatMul x,W a\nnode Add a,c b\nnode Add b,c "
     "d\n"
     "node Add d,c y\noutput y\n",
     "identity:1/identity:1",
     {5},
     {19}},
    /* scaling at both ends, in front of a relu in the middle */
    {"input x 1,2\ntensor s float 2 4 .5\ntensor m float 2 1 1\ntensor W float 2,1 1 1\nnode Sub x,m a\nnode "
     "Div a,s b\n"
     "node MatMul b,W c\nnode Mul c,k d\ntensor k float 1 3\nnode Add d,k e\nnode Relu e f\nnode Mul f,n y\n"
     "tensor n float 1 -2\noutput y\n",
     "identity:1/relu:1",
     {5, 2},
     {-24}}, /* 1 + 2 = 3, 12, -24 */
    /* constants minus values; elementwise at the input and after an activation */
    {"input x 1,2\ntensor c float 2 1 2\nnode Sub c,x a\nnode Relu a b\nnode Sub c,b y\noutput y\n",
     "relu:2",
     {-4, 5},
     {-4, 2}},
    {"input x 1,2\ntensor c float 1,2 1 -2\nnode Mul c,x a\nnode Sigmoid a b\nnode Tanh b y\noutput y\n",
     "sigmoid:2/tanh:2",
     {0, 0},
     {0.46211715726000975, 0.46211715726000975}}, /* tanh(1/2) */
    /* a constant node, pass-through nodes, an empty graph otherwise */
    {"input x 2\n@tensor v float 2 1 1\nnode Constant - v value=t:v\nnode Identity v w\nnode Identity x i\n"
     "node Add i,w y\noutput y\n",
     "affine",
     {5, 6},
     {6, 7}},
    {"input x 1,2\nnode Identity x y\noutput y\n", "affine", {5, 6}, {5, 6}},
    {"input x 1,2\nnode LeakyRelu x a alpha=f:.5\nnode LeakyRelu a b\nnode PRelu b,s y\ntensor s float 2 2 "
     "3\n"
     "output y\n",
     "leaky(0.5):2/prelu:2/prelu:2",
     {-1, 3},
     {-2 * .5 * 0.0099999997764825820923, 3}},
    /* the paths of a layer of two kinds and the affine path */
    {"input x 1,2\ntensor W float 2,1 1 1\ntensor V float 2,2 1 0 0 1\nnode MatMul x,W a\nnode Relu a b\n"
     "node MatMul x,V c\nnode Concat b,c d axis=i:-1\nnode MatMul d,U e\ntensor U float 3,1 1 10 100\n"
     "node MatMul x,W f\nnode Add f,e y\noutput y\n",
     "affine+relu:1+identity:2",
     {-3, 1},
     {-30 + 100 - 2}},
    /* a residual connection from the input */
    {"input x 1,2\nnode Relu x r\nnode Add x,r y\noutput y\n", "affine+relu:2", {-3, 2}, {-3, 4}},
    {"input x 1,6\ntensor n int64_data 3 0 -1 2\nnode Reshape x,n r\nnode Flatten r f axis=i:0\ntensor W "
     "float 6,1 1 2 3 4 5 6\n"
     "node MatMul f,W y\noutput y\n",
     "affine",
     {1, 1, 1, 1},
     {10}},
};

START_TEST(files_of_others) {
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const reading *r = &readings[i];
        crease_net *net;
        crease_work *work;
        crease_error error = {0};
        ck_assert_msg(load_text(r->text, &net, &error) == CREASE_OK, "%s\n%s", r->text, error.message);
        char spec[200];
        crease_net_spec(net, spec, sizeof spec);
        ck_assert_msg(strcmp(spec, r->spec) == 0, "%s\nis read as %s", r->text, spec);
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        double y[8], x[8] = {0};
        memcpy(x, r->x, sizeof r->x);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        ck_assert_uint_le(net->outputs, 3);
        for (size_t k = 0; k < net->outputs; k++)
            ck_assert_msg(fabs(y[k] - r->y[k]) <= 1e-15 * fabs(r->y[k]), "%s\noutput %zu is %.17g, not %.17g",
                          r->text, k, y[k], r->y[k]);
        crease_work_free(work);
        crease_net_free(net);
    }
}
END_TEST

typedef struct refusal {
    const char *text, *what;
} refusal;

#define W22 "tensor W float 2,2 1 2 3 4\n"

static const refusal refusals[] = {
    {"input x 1,2\nnode Softmax x y\noutput y\n", "node 'y' (Softmax): this operator is not read"},
    {"input x 1,2\nnode MaxPool x y\noutput y\n", "(MaxPool)"},
    {"input x 2,2\n" W22 "node MatMul x,W y\noutput y\n", "batch"},
    {"input x 2,2\n" W22 "node Gemm x,W y\noutput y\n", "batch"},
    {"input x 1,3\n" W22 "node MatMul x,W y\noutput y\n", "shapes [1,3] and [2,2] do not multiply"},
    {"input x 1,2\ntensor W float 2,2 1 2 3\nnode MatMul x,W y\noutput y\n",
     "must hold 4 numbers for its shape, but holds 3"},
    {"input x 1,2\ntensor W float 4294967296,4294967296 1\nnode MatMul x,W y\noutput y\n", "more than"},
    {"input x 1,2\ntensor W float 2,-1 1 2\nnode MatMul x,W y\noutput y\n", "is empty"},
    {"input x 1,2\ntensor W float 0,2\nnode MatMul x,W y\noutput y\n", "is empty"},
    {"input x 1,9223372036854775807\nnode Relu x y\noutput y\n", "more than"},
    {"input x 1,30000\nnode Relu x y\noutput y\n", "more than"},
    {"input x 1,2\ntensor W external 2,2\nnode MatMul x,W y\noutput y\n", "another file"},
    {"input x 1,2\ntensor W 10 2,2 1\nnode MatMul x,W y\noutput y\n", "type 10"},
    {"input x 1,2\ntensor W float 2,2 1 2 nan 4\nnode MatMul x,W y\noutput y\n",
     "number 2 of tensor 'W' is nan"},
    {"input x 1,2\ntensor W double_data 2,2 1 -inf 3 4\nnode MatMul x,W y\noutput y\n", "-inf"},
    {"input x 1,2\ntensor W int64 2,2 1 2 3 4\nnode MatMul x,W y\noutput y\n", "whole numbers"},
    {"input x 1,2\nnode MatMul x,V y\noutput y\n", "input 'V' is not made"},
    {"input x 1,2\nnode MatMul x,x y\noutput y\n", "must be a constant"},
    {W22 "input x 1,2\nnode MatMul W,W y\noutput y\n", "all constants"},
    {W22 "input x 1,2\nnode Relu W y\noutput y\n", "all constants"},
    {W22 "input x 1,2\nnode Add W,W y\noutput y\n", "all constants"},
    {W22 "input x 1,2\nnode MatMul x,W z\noutput y\n", "output 'y' does not depend"},
    {W22 "input x 1,2\nnode MatMul x,W z\noutput W\n", "does not depend"},
    {W22 "input x 1,2\ninput z 1,2\nnode MatMul x,W y\noutput y\n", "more than one input"},
    {W22 "node MatMul W,W y\noutput y\n", "no input"},
    {W22 "input x 1,2\nnode MatMul x,W y\noutput y\noutput y\n", "2 outputs"},
    {W22 "input x 1,2\nnode MatMul x,W y\n", "0 outputs"},
    {W22 W22 "input x 1,2\nnode MatMul x,W y\noutput y\n", "two tensors 'W'"},
    {W22 "input x 1,2\nnode MatMul x,W x\noutput x\n", "name of another"},
    {W22 "input x 1,2\nnode MatMul x,W y extra=i:1\noutput y\n", "attribute 'extra'"},
    {"input x 1,2\nnode Relu x,x y\noutput y\n", "2 inputs"},
    {"input x 1,2\nnode Relu x y,z\noutput y\n", "2 outputs"},
    {"input x 1,2\nnode Elu x y alpha=f:2\noutput y\n", "alpha is 2"},
    {"input x 1,2\nnode LeakyRelu x y alpha=f:nan\noutput y\n", "slope"},
    {"input x 1,2\nnode Flatten x y axis=i:3\noutput y\n", "axis 3"},
    {"input x 1,2\ntensor n int64 1 3\nnode Reshape x,n y\noutput y\n", "does not hold the 2 numbers"},
    {"input x 1,2\ntensor n int64 2 -1 -1\nnode Reshape x,n y\noutput y\n", "does not hold"},
    {"input x 1,2\ntensor n int64 2 4611686018427387904 4\nnode Reshape x,n y\noutput y\n", "does not hold"},
    {"input x 1,2\ntensor n float 1 2\nnode Reshape x,n y\noutput y\n", "int64"},
    {"input x 1,1,1,4\ntensor K float 1,1,1,3 1 2 3\nnode Conv x,K y\noutput y\n", "as large as its input"},
    {"input x 1,1,1,2\ntensor K float 1,1,1,2 1 2\nnode Conv x,K y pads=l:0,1,0,0\noutput y\n", "padding"},
    {"input x 1,1,1,2\ntensor K float 1,1,1,2 1 2\nnode Conv x,K y auto_pad=s:SAME_UPPER\noutput y\n",
     "padding"},
    {"input x 1,2,1,1\ntensor K float 2,1,1,1 1 2\nnode Conv x,K y group=i:2\noutput y\n", "groups"},
    {"input x 1,2\ntensor c float 3 1 2 3\nnode Add x,c y\noutput y\n", "does not fit elementwise"},
    {"input x 1,1\ntensor c float 3 1 2 3\nnode Add x,c y\noutput y\n", "does not fit elementwise"},
    {"input x 1,2\ntensor c float 2,1 1 2\nnode Add x,c y\noutput y\n", "does not fit elementwise"},
    /* layers that are no chain */
    {W22
     "input x 1,2\nnode Relu x a\nnode MatMul x,W b\nnode Relu b c\nnode MatMul a,W d\nnode MatMul c,W e\n"
     "node Add d,e y\noutput y\n",
     "branches"},
    {W22 "input x 1,2\nnode Relu x a\nnode MatMul x,W y\nnode MatMul a,W z\noutput y\n",
     "depends on layer 0"},
    {W22 "input x 1,2\nnode MatMul x,W a\nnode MatMul x,W b\nnode Add a,b y\noutput y\n", "are added"},
    {W22 "input x 1,2\nnode MatMul x,W a\nnode MatMul x,W b\nnode Sub a,b y\noutput y\n", "subtracted"},
    {"input x 1,2\nnode Sigmoid x a\nnode Mul x,a y\noutput y\n", "must be a constant"},
    {W22 "input x 1,2\ntensor c float 1 3\nnode MatMul x,W a\nnode Div a,c y\noutput y\n", "division"},
    {"input x 1,2\ntensor c float 1 0\nnode Div x,c y\noutput y\n", "division"},
    {"input x 1,2\ntensor c float 1 1\nnode Sub x,c s\nnode Relu s a\nnode Add x,a y\noutput y\n",
     "before and after"},
    {W22 "input x 1,2\nnode Relu x a\nnode MatMul x,W b\nnode Add a,b c\nnode Relu c y\noutput y\n",
     "must be the output"},
    {"input x 1,2\ntensor W double 2,2 .1 .2 .3 .4\nnode Gemm x,W y alpha=f:.3\noutput y\n",
     "cannot be multiplied exactly"},
    {"input x 1,N\nnode Relu x y\noutput y\n", "dimension 1 of the input is not known"},
    {"input x 1,1,1,1,1,1,1,1,1\nnode Relu x y\noutput y\n", "9 dimensions"},
};

START_TEST(refused) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        crease_net *net;
        crease_error error = {0};
        ck_assert_msg(load_text(refusals[i].text, &net, &error) == CREASE_BAD_DATA, "%s", refusals[i].text);
        ck_assert_ptr_null(net);
        ck_assert_msg(strstr(error.message, refusals[i].what) &&
                          strncmp(error.message, "/tmp/crease_onnx", 16) == 0,
                      "%s: %s", refusals[i].text, error.message);
    }
}
END_TEST

START_TEST(damaged) {
    size_t size;
    char *data = onnx_from_text(readings[3].text, &size);
    crease_net *net;
    crease_error error;
    ck_assert_int_eq(load_bytes(data, size, &net, NULL), CREASE_OK);
    crease_net_free(net);
    for (size_t i = 0; i < size; i++) { /* cut short anywhere */
        ck_assert_msg(load_bytes(data, i, &net, &error) == CREASE_BAD_DATA, "cut to %zu of %zu bytes", i,
                      size);
        ck_assert_ptr_null(net);
    }
    gsl_rng *rng = crease_random_new(9, 0);
    char *copy = malloc(size);
    for (size_t i = 0; i < test_rounds(3000, 50000); i++) { /* refused or read, but nothing worse */
        memcpy(copy, data, size);
        for (unsigned long k = 1 + gsl_rng_uniform_int(rng, 3); k > 0; k--)
            copy[gsl_rng_uniform_int(rng, size)] = (char)gsl_rng_uniform_int(rng, 256);
        crease_status status = load_bytes(copy, size, &net, &error);
        ck_assert(status == CREASE_OK || status == CREASE_BAD_DATA);
        ck_assert((net != NULL) == (status == CREASE_OK));
        crease_net_free(net);
    }
    free(copy);
    free(data);
    gsl_rng_free(rng);
    ck_assert_int_eq(load_bytes("", 0, &net, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(load_bytes("hello, world", 12, &net, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(load_bytes("\x08\x03", 2, &net, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "no graph"));
    ck_assert_int_eq(crease_onnx_load("/nowhere/x.onnx", &net, &error), CREASE_NO_INPUT);
    ck_assert_int_eq(crease_onnx_load("/tmp", &net, &error), CREASE_NO_INPUT);
}
END_TEST

/* A graph in an attribute of a node of a graph .., as deep as a stack is high. */
START_TEST(nesting_has_a_limit) {
    enum { DEPTH = 60000 };
    static const unsigned char field[] = {1 << 3 | 2, 5 << 3 | 2, 6 << 3 | 2}; /* node, attribute, g */
    size_t room = 8 * DEPTH, at = room;
    unsigned char *data = malloc(room);
    for (int i = DEPTH; i >= 0; i--) {
        unsigned char prefix[8];
        size_t length = 0, inner = room - at;
        prefix[length++] = i == 0 ? 7 << 3 | 2 : field[(i - 1) % 3];
        for (; inner >= 128; inner >>= 7)
            prefix[length++] = (unsigned char)((inner & 127) | 128);
        prefix[length++] = (unsigned char)inner;
        at -= length;
        memcpy(data + at, prefix, length);
    }
    crease_net *net;
    crease_error error;
    ck_assert_int_eq(load_bytes((const char *)data + at, room - at, &net, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "deep"));
    free(data);
}
END_TEST

START_TEST(says_what_is_missing) {
    crease_net *net;
    crease_error error;
    ck_assert_int_eq(crease_onnx_load("/nowhere", &net, &error), CREASE_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(error.message, "libprotobuf-c-dev"));
    ck_assert_ptr_null(net);
}
END_TEST

Suite *test_onnx(void) {
    Suite *suite = suite_create("onnx");
    TCase *tests = tcase_create("onnx");
    tcase_set_timeout(tests, 60);
    if (is_built()) {
        tcase_add_test(tests, round_trip);
        tcase_add_test(tests, single_precision_rounds_once);
        tcase_add_test(tests, names_come_back);
        tcase_add_test(tests, not_written);
        tcase_add_test(tests, the_checker_of_onnx_accepts_them);
        tcase_add_test(tests, files_of_others);
        tcase_add_test(tests, refused);
        tcase_add_test(tests, damaged);
        tcase_add_test(tests, nesting_has_a_limit);
    } else {
        tcase_add_test(tests, says_what_is_missing);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
