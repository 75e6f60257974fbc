#include "support/proof_cases.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool chance(gsl_rng *rng, double probability) {
    return gsl_rng_uniform(rng) < probability;
}

static size_t below(gsl_rng *rng, size_t limit) {
    return gsl_rng_uniform_int(rng, limit);
}

static double random_slope(gsl_rng *rng) {
    static const double slope[] = {0, .25, 1, 1.5, -.5, 3};
    return chance(rng, .6) ? slope[below(rng, 6)] : 3 * gsl_rng_uniform(rng) - 1;
}

crease_net *proof_random_net(gsl_rng *rng) {
    static const char *const spec[] = {"affine",
                                       "relu:4",
                                       "leaky(.1):2+relu:2",
                                       "prelu:3",
                                       "affine+relu:3",
                                       "affine+prelu:2+relu^1:2",
                                       "relu:3/relu:3",
                                       "identity:3/relu:3",
                                       "relu:3/identity:2/prelu:2",
                                       "affine+leaky:2/prelu:2+relu:1",
                                       "relu:2/relu:2/relu:2/relu:2"};
    crease_net *net;
    crease_error error;
    size_t inputs = 1 + below(rng, 3), outputs = 1 + below(rng, 2);
    ck_assert_msg(crease_net_parse(spec[below(rng, sizeof spec / sizeof *spec)], inputs, outputs, &net,
                                   &error) == CREASE_OK,
                  "%s", error.message);
    bool simple = chance(rng, .3); /* numbers of few bits, where ties and zeros occur */
    for (size_t k = 0; k < net->parameter_count; k++)
        net->theta[k] = simple ? (double)below(rng, 9) / 4 - 1 : gsl_ran_gaussian(rng, .9);
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t s = 0; s < net->layer[l].slope_count; s++)
            net->theta[net->layer[l].slopes + s] = random_slope(rng);
    if (chance(rng, .1)) /* one number of another size */
        net->theta[below(rng, net->parameter_count)] *= chance(rng, .5) ? 1e30 : 1e-30;
    for (size_t j = 0; !simple && chance(rng, .5) && j < inputs; j++) {
        net->input_shift[j] = gsl_ran_gaussian(rng, 1);
        net->input_scale[j] = exp(gsl_ran_gaussian(rng, 1));
    }
    for (size_t o = 0; !simple && chance(rng, .5) && o < outputs; o++) {
        net->output_shift[o] = gsl_ran_gaussian(rng, 1);
        net->output_scale[o] = exp(gsl_ran_gaussian(rng, 1));
    }
    return net;
}

/* A number as decimal text with few digits, a third, or a double. */
static void set_number(crease_number *number, double value, gsl_rng *rng) {
    char text[64];
    crease_error error;
    crease_number_clear(number);
    if (chance(rng, .4))
        snprintf(text, sizeof text, "%.3f", value);
    else if (chance(rng, .4))
        snprintf(text, sizeof text, "%ld/3", lround(3e3 * value) / 1000);
    else
        snprintf(text, sizeof text, "%a", value);
    ck_assert_msg(crease_number_parse(text, number, &error) == CREASE_OK, "%s", error.message);
}

static void random_row(const crease_net *net, gsl_rng *rng, crease_row *row) {
    size_t terms = 1 + below(rng, 3);
    row->term = calloc(terms, sizeof *row->term);
    row->term_count = terms;
    for (size_t t = 0; t < terms; t++) {
        bool output = t == 0 || chance(rng, .5);
        row->term[t] = (crease_term){.output = output,
                                     .index = below(rng, output ? net->outputs : net->inputs),
                                     .coefficient = chance(rng, .5) ? (chance(rng, .5) ? 1 : -1)
                                                                    : gsl_ran_gaussian(rng, 1)};
    }
}

static double row_value(const crease_row *row, const double *x, const double *y) {
    double sum = 0;
    for (size_t t = 0; t < row->term_count; t++)
        sum += row->term[t].coefficient * (row->term[t].output ? y : x)[row->term[t].index];
    return sum;
}

static void random_point(const crease_net *net, const crease_case *c, gsl_rng *rng, double *x) {
    for (size_t j = 0; j < net->inputs; j++) {
        double low = c->lower[j].above, high = c->upper[j].below,
               share = below(rng, 4) ? gsl_rng_uniform(rng) : (double)below(rng, 2);
        x[j] = low < high ? fmin(fmax(low + share * (high - low), low), high) : c->lower[j].below;
    }
}

/* Range of a row without its constant over sampled points. */
static void sample_row(const crease_net *net, const crease_case *c, const crease_row *row, gsl_rng *rng,
                       double *least, double *most) {
    crease_work *work;
    ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t i = 0; i < 300; i++) {
        double x[REFERENCE_INPUTS], y[REFERENCE_WIDTH];
        random_point(net, c, rng, x);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        double value = row_value(row, x, y);
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
    crease_work_free(work);
}

static void random_case(const crease_net *net, gsl_rng *rng, crease_case *c) {
    c->lower = calloc(net->inputs, sizeof *c->lower);
    c->upper = calloc(net->inputs, sizeof *c->upper);
    for (size_t j = 0; j < net->inputs; j++) {
        double low = gsl_ran_gaussian(rng, 1), width = chance(rng, .1) ? 0 : 2 * gsl_rng_uniform(rng);
        set_number(&c->lower[j], low, rng);
        if (width == 0)
            ck_assert(crease_number_copy(&c->lower[j], &c->upper[j], NULL) == CREASE_OK);
        else
            set_number(&c->upper[j], low + .4 + width, rng);
    }
    c->alternative_count = below(rng, 4);
    c->alternative = calloc(c->alternative_count + 1, sizeof *c->alternative);
    for (size_t a = 0; a < c->alternative_count; a++) {
        crease_alternative *alternative = &c->alternative[a];
        alternative->row_count = 1 + below(rng, 3);
        alternative->row = calloc(alternative->row_count, sizeof *alternative->row);
        size_t decides = below(rng, alternative->row_count);
        for (size_t r = 0; r < alternative->row_count; r++) {
            double least, most;
            random_row(net, rng, &alternative->row[r]);
            sample_row(net, c, &alternative->row[r], rng, &least, &most);
            double margin = (.02 + .2 * gsl_rng_uniform(rng)) * (most - least) + .01;
            set_number(&alternative->row[r].constant,
                       r == decides ? margin - least : -least - gsl_rng_uniform(rng) * (most - least), rng);
        }
    }
}

crease_specification *proof_random_specification(const crease_net *net, gsl_rng *rng) {
    crease_specification *specification = calloc(1, sizeof *specification);
    specification->inputs = net->inputs;
    specification->outputs = net->outputs;
    specification->case_count = 1 + below(rng, 3);
    specification->cases = calloc(specification->case_count, sizeof *specification->cases);
    for (size_t c = 0; c < specification->case_count; c++)
        random_case(net, rng, &specification->cases[c]);
    return specification;
}

/* In fractions, so nothing of this depends on rounding. */
static bool is_witness(const crease_net *net, const crease_case *c, const crease_alternative *alternative,
                       const double *x) {
    mpq_t exact[REFERENCE_INPUTS], bound;
    mpq_init(bound);
    bool inside = true;
    for (size_t j = 0; j < net->inputs; j++) {
        mpq_init(exact[j]);
        mpq_set_d(exact[j], x[j]);
        reference_number(&c->lower[j], bound);
        inside = inside && mpq_cmp(bound, exact[j]) <= 0;
        reference_number(&c->upper[j], bound);
        inside = inside && mpq_cmp(bound, exact[j]) >= 0;
    }
    bool witness = inside && reference_violates(net, alternative, exact);
    for (size_t j = 0; j < net->inputs; j++)
        mpq_clear(exact[j]);
    mpq_clear(bound);
    return witness;
}

bool proof_make_false(const crease_net *net, crease_specification *specification, gsl_rng *rng) {
    crease_case *c = &specification->cases[below(rng, specification->case_count)];
    if (c->alternative_count == 0)
        return false;
    crease_alternative *alternative = &c->alternative[below(rng, c->alternative_count)];
    double x[REFERENCE_INPUTS], y[REFERENCE_WIDTH];
    random_point(net, c, rng, x);
    crease_work *work;
    ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, x, y);
    crease_work_free(work);
    double slack = chance(rng, .5) ? 1e-9 : .01;
    for (size_t r = 0; r < alternative->row_count; r++) {
        crease_number *constant = &alternative->row[r].constant;
        double value = -row_value(&alternative->row[r], x, y) - slack;
        if (constant->above <= value)
            continue;
        crease_number_clear(constant);
        ck_assert(crease_number_from_double(value, constant, NULL) == CREASE_OK);
    }
    return is_witness(net, c, alternative, x);
}

char *proof_random_proof(const crease_net *net, const crease_specification *specification, gsl_rng *rng,
                         bool dishonest) {
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    bool proved = reference_prove(net, specification, rng, dishonest, file);
    fclose(file);
    if (proved)
        return text;
    free(text);
    return NULL;
}

crease_proof_check proof_check(const crease_net *net, const crease_specification *specification,
                               const char *text) {
    crease_proof_check check;
    crease_error error;
    FILE *file = *text ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : fopen("/dev/null", "r");
    crease_status status = crease_proof_check_stream(net, specification, file, NULL, NULL, &check, &error);
    fclose(file);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    ck_assert_msg(check.accepted ? check.line == 0 : check.line > 0 && strlen(check.why) > 9,
                  "line %zu: '%s'", check.line, check.why);
    return check;
}
