/* Networks as C: arrays of constants, a function for each kind of unit that occurs, and one that runs the layers. */
#include "crease/c_source.h"
#include "crease/crease.h"
#include "io/c_parts.h"
#include "net/shape.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *crease_c_number(double value, char *text, size_t size) {
    snprintf(text, size, value == trunc(value) && fabs(value) < 1e6 ? "%.1f" : "%a", value);
    for (char *c = text; *c; c++)
        if (!strchr("0123456789abcdefpx+-", *c))
            *c = '.';
    return text;
}

void crease_c_array(const c_writer *w, const char *what, size_t count, const double *value) {
    char number[40];
    fprintf(w->file, "static const double %s_%s[%zu] = {", w->name, what, count);
    for (size_t i = 0; i < count; i++)
        fprintf(w->file, "%s%s%s", i ? "," : "", i % 4 ? " " : "\n    ",
                crease_c_number(value[i], number, sizeof number));
    fputs("};\n", w->file);
}

/* ---- the comment at the top ---- */

/* A character in a comment: none can end it or begin another. */
static char harmless(char c, char before) {
    if ((unsigned char)c < ' ' || (before == '*' && c == '/') || (before == '/' && c == '*'))
        return ' ';
    return c;
}

static void put_comment(FILE *file, const char *text, bool lines) {
    for (char before = ' '; *text; text++) {
        if (*text == '\n' && lines && text[1])
            fputs(text[1] == '\n' || text[1] == '\r' ? "\n *" : "\n *     ", file);
        else if (*text != '\n' && *text != '\r')
            putc(before = harmless(*text, before), file);
    }
}

static void put_names(const c_writer *w, const char *array, char *const *name, size_t count) {
    for (size_t i = 0; name && i < count; i++) {
        fprintf(w->file, " *   %s[%zu]  ", array, i);
        put_comment(w->file, name[i], false);
        putc('\n', w->file);
    }
}

void crease_c_put_capitals(const c_writer *w) {
    for (const char *c = w->name; *c; c++)
        putc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, w->file);
}

static bool put_header(const c_writer *w, const crease_c_source *options) {
    const crease_net *net = w->net;
    size_t size = crease_net_spec(net, NULL, 0) + 1;
    char *spec = malloc(size);
    if (!spec)
        return false;
    crease_net_spec(net, spec, size);
    fprintf(w->file, "/* The network %s, written by crease %s.\n *\n", spec, CREASE_VERSION);
    free(spec);
    fprintf(w->file, " *   void %s(const double x[%zu], double y[%zu]);\n *\n", w->name, net->inputs,
            net->outputs);
    put_names(w, "x", net->input_name, net->inputs);
    put_names(w, "y", net->output_name, net->outputs);
    if (net->input_name || net->output_name)
        fputs(" *\n", w->file);
    if (options->statement) {
        fputs(" * Proved: no input violates this specification, which tells what must not happen (VNN-LIB). "
              "The proof\n"
              " * holds for real arithmetic, to which this code adds its rounding errors; crease checked it "
              "from the file\n"
              " * ",
              w->file);
        put_comment(w->file, options->proof_name, false);
        fprintf(w->file, " with the SHA-256 %s.\n *\n *     ", options->proof_digest);
        put_comment(w->file, options->statement, true);
        fputs("\n *\n", w->file);
    }
    fputs(" * Standard C, C99 or later. Self-test: cc -D", w->file);
    crease_c_put_capitals(w);
    fprintf(w->file, "_SELF_TEST %s.c -lm && ./a.out */\n#include <math.h>\n\n", w->name);
    return true;
}

/* ---- functions ---- */

static const char *const unit_code[CREASE_ACTIVATION_COUNT] = {
    [CREASE_RELU] = "relu(double z) {\n    return z <= 0 ? 0 : z;\n",
    [CREASE_LEAKY] = "leaky(double z, double slope) {\n    return z > 0 ? z : slope * z;\n",
    [CREASE_PRELU] = "prelu(double z, double slope) {\n    return z > 0 ? z : slope * z;\n",
    [CREASE_ELU] = "elu(double z) {\n    return z > 0 ? z : expm1(z);\n",
    [CREASE_GELU] = "gelu(double z) {\n    return z * (0.5 * erfc(-z * 0x1.6a09e667f3bcdp-1));\n",
    [CREASE_SILU] = "silu(double z) {\n    double e = exp(-fabs(z));\n    return z >= 0 ? z / (1 + e) : z * "
                    "(e / (1 + e));\n",
    [CREASE_SOFTPLUS] = "softplus(double z) {\n    return fmax(z, 0) + log1p(exp(-fabs(z)));\n",
    [CREASE_TANH] = "tanh(double z) {\n    return tanh(z);\n",
    [CREASE_SIGMOID] = "sigmoid(double z) {\n    double e = exp(-fabs(z));\n    return z >= 0 ? 1 / (1 + e) "
                       ": e / (1 + e);\n",
    [CREASE_HINGE] = "hinge(double z, double power) {\n    return z <= 0 ? 0 : pow(z, power);\n",
};

static const char *unit_name(crease_activation a) {
    return a == CREASE_HINGE ? "hinge" : crease_activation_name(a);
}

static void put_functions(const c_writer *w) {
    bool used[CREASE_ACTIVATION_COUNT] = {false};
    for (size_t l = 0; l < w->net->layer_count; l++)
        for (size_t g = 0; g < w->net->layer[l].group_count; g++)
            used[w->net->layer[l].group[g].activation] = true;
    for (int a = 0; a < CREASE_ACTIVATION_COUNT; a++)
        if (used[a] && unit_code[a])
            fprintf(w->file, "static double %s_%s}\n\n", w->name, unit_code[a]);
    fprintf(w->file,
            "/* out[i] = start[i] + sum over j of weights[i][j] in[j]; start may be out */\n"
            "static void %s_affine(int rows, int columns, const double *weights, const double *start, const "
            "double *in,\n"
            "    double *out) {\n"
            "    for (int i = 0; i < rows; i++) {\n"
            "        double sum = start[i];\n"
            "        for (int j = 0; j < columns; j++)\n"
            "            sum += weights[i * columns + j] * in[j];\n"
            "        out[i] = sum;\n"
            "    }\n"
            "}\n\n",
            w->name);
}

static void put_constants(const c_writer *w) {
    const crease_net *net = w->net;
    char what[60];
    crease_c_array(w, "input_shift", net->inputs, net->input_shift);
    crease_c_array(w, "input_scale", net->inputs, net->input_scale);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        snprintf(what, sizeof what, "weights%zu", l + 1);
        crease_c_array(w, what, layer->width * layer->fan_in, net->theta + layer->weights);
        snprintf(what, sizeof what, "biases%zu", l + 1);
        crease_c_array(w, what, layer->width, net->theta + layer->biases);
        snprintf(what, sizeof what, "slopes%zu", l + 1);
        if (layer->slope_count)
            crease_c_array(w, what, layer->slope_count, net->theta + layer->slopes);
    }
    if (net->layer_count)
        crease_c_array(w, "output_weights", net->outputs * net->layer[net->layer_count - 1].width,
                       net->theta + net->output_weights);
    crease_c_array(w, "output_biases", net->outputs, net->theta + net->output_biases);
    if (net->affine)
        crease_c_array(w, "affine_weights", net->outputs * net->inputs, net->theta + net->affine_weights);
    crease_c_array(w, "output_shift", net->outputs, net->output_shift);
    crease_c_array(w, "output_scale", net->outputs, net->output_scale);
    putc('\n', w->file);
}

/* The units of one group, in place: those of `layer` from `first` on. */
static void put_group(const c_writer *w, const crease_group *group, size_t l, size_t first, size_t slope,
                      const char *array) {
    char number[40], last[120] = "";
    if (group->activation == CREASE_IDENTITY)
        return;
    if (group->activation == CREASE_PRELU)
        snprintf(last, sizeof last, ", %.60s_slopes%zu[i - %zu]", w->name, l + 1, first - slope);
    else if (group->activation == CREASE_LEAKY || group->activation == CREASE_HINGE)
        snprintf(last, sizeof last, ", %s", crease_c_number(group->parameter, number, sizeof number));
    fprintf(w->file, "    for (int i = %zu; i < %zu; i++)\n        %s[i] = %s_%s(%s[i]%s);\n", first,
            first + group->width, array, w->name, unit_name(group->activation), array, last);
}

static void put_layer(const c_writer *w, size_t l, const char *in, const char *out) {
    const crease_layer *layer = &w->net->layer[l];
    size_t first = 0, slope = 0;
    fprintf(w->file, "    %s_affine(%zu, %zu, %s_weights%zu, %s_biases%zu, %s, %s);\n", w->name, layer->width,
            layer->fan_in, w->name, l + 1, w->name, l + 1, in, out);
    for (size_t g = 0; g < layer->group_count; g++) {
        put_group(w, &layer->group[g], l, first, slope, out);
        first += layer->group[g].width;
        slope += layer->group[g].activation == CREASE_PRELU ? layer->group[g].width : 0;
    }
}

static void put_network(const c_writer *w) {
    const crease_net *net = w->net;
    size_t widest = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        widest = net->layer[l].width > widest ? net->layer[l].width : widest;
    fprintf(
        w->file,
        "void %s(const double x[], double y[]);\nvoid %s(const double x[], double y[]) {\n    double in[%zu]",
        w->name, w->name, net->inputs);
    if (net->layer_count > 0)
        fprintf(w->file, ", a[%zu]", widest);
    if (net->layer_count > 1)
        fprintf(w->file, ", b[%zu]", widest);
    fprintf(w->file,
            ";\n    for (int i = 0; i < %zu; i++)\n        in[i] = (x[i] - %s_input_shift[i]) / "
            "%s_input_scale[i];\n",
            net->inputs, w->name, w->name);
    const char *last = "in";
    for (size_t l = 0; l < net->layer_count; l++) {
        const char *next = l % 2 ? "b" : "a";
        put_layer(w, l, last, next);
        last = next;
    }
    const char *start = "output_biases";
    if (net->layer_count)
        fprintf(w->file, "    %s_affine(%zu, %zu, %s_output_weights, %s_%s, %s, y);\n", w->name, net->outputs,
                net->layer[net->layer_count - 1].width, w->name, w->name, start, last);
    if (net->affine)
        fprintf(w->file, "    %s_affine(%zu, %zu, %s_affine_weights, %s%s, in, y);\n", w->name, net->outputs,
                net->inputs, w->name, net->layer_count ? "" : w->name,
                net->layer_count ? "y" : "_output_biases");
    fprintf(w->file,
            "    for (int i = 0; i < %zu; i++)\n        y[i] = %s_output_shift[i] + %s_output_scale[i] * "
            "y[i];\n}\n\n",
            net->outputs, w->name, w->name);
}

/* ---- names and files ---- */

/* True for words of C, the functions of math.h, and main. */
static bool is_taken(const char *name) {
    static const char *const taken[] = {
        "auto",        "break",    "case",    "char",      "const",    "continue", "default", "do",
        "double",      "else",     "enum",    "extern",    "float",    "for",      "goto",    "if",
        "inline",      "int",      "long",    "main",      "register", "restrict", "return",  "short",
        "signed",      "sizeof",   "static",  "struct",    "switch",   "typedef",  "union",   "unsigned",
        "void",        "volatile", "while",   "acos",      "asin",     "atan",     "atan2",   "cos",
        "sin",         "tan",      "acosh",   "asinh",     "atanh",    "cosh",     "sinh",    "tanh",
        "exp",         "exp2",     "expm1",   "frexp",     "ilogb",    "ldexp",    "log",     "log10",
        "log1p",       "log2",     "logb",    "modf",      "scalbn",   "cbrt",     "fabs",    "hypot",
        "pow",         "sqrt",     "erf",     "erfc",      "lgamma",   "tgamma",   "ceil",    "floor",
        "nearbyint",   "rint",     "lrint",   "round",     "lround",   "trunc",    "fmod",    "remainder",
        "remquo",      "copysign", "nan",     "nextafter", "fdim",     "fmax",     "fmin",    "fma",
        "gamma",       "j0",       "j1",      "jn",        "y0",       "y1",       "yn",      "drem",
        "significand", "signgam",  "printf",  "putchar",   "puts",     "getc",     "putc",    "remove",
        "rename",      "scanf",    "getline", "popen"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0)
            return true;
    return false;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name that C allows, shorter than `size`. */
static void make_name(const char *wanted, char *name, size_t size) {
    size_t length = 0;
    if (!is_letter(wanted[0]))
        length = (size_t)snprintf(name, size, "net%s", wanted[0] ? "_" : "");
    for (const char *c = wanted; *c && length + 6 < size; c++)
        name[length++] = is_letter(*c) || (*c >= '0' && *c <= '9') ? *c : '_';
    name[length] = '\0';
    if (is_taken(name))
        strcat(name, "_net");
}

static void name_of_path(const char *path, char *name, size_t size) {
    const char *base = strrchr(path, '/');
    char *copy = strdup(base ? base + 1 : path), *end = copy ? strrchr(copy, '.') : NULL;
    if (end)
        *end = '\0';
    make_name(!copy || strcmp(path, "-") == 0 ? "" : copy, name, size);
    free(copy);
}

crease_status crease_c_source_write(const crease_net *net, FILE *file, const crease_c_source *options,
                                    crease_error *error) {
    static const crease_c_source none = {0};
    char name[64];
    options = options ? options : &none;
    make_name(options->name ? options->name : "", name, sizeof name);
    const c_writer w = {.file = file, .net = net, .name = name};
    crease_status status = crease_net_check_finite(net, error);
    if (status)
        return status;
    if (!put_header(&w, options))
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for the name of a network");
    put_constants(&w);
    put_functions(&w);
    put_network(&w);
    status = crease_c_self_test(&w, error);
    if (!status && ferror(file))
        status = crease_fail(error, CREASE_CANNOT_WRITE, "a network could not be written in full");
    return status;
}

crease_status crease_c_source_save(const crease_net *net, const char *path, const crease_c_source *options,
                                   crease_error *error) {
    crease_file file;
    char name[64];
    crease_c_source own = options ? *options : (crease_c_source){0};
    name_of_path(path, name, sizeof name);
    own.name = own.name ? own.name : name;
    crease_status status = crease_file_create(&file, path, error);
    if (status)
        return status;
    status = crease_c_source_write(net, file.stream, &own, error);
    if (status) {
        crease_file_discard(&file);
        return status;
    }
    return crease_file_commit(&file, error);
}
