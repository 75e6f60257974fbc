/* Mixed-integer programs: verdicts against exact enumeration and the engine, and the written program against the
 * network itself, number by number in rationals. */
#include "crease/milp.h"
#include "crease/random.h"
#include "support/exact_net.h"
#include "support/lp_text.h"
#include "support/random_net.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 8 };

typedef struct trial {
    uint64_t seed;
    gsl_rng *rng;
    crease_net *net;
    exact_net *exact;
    crease_specification *specification;
    double lower[MOST_NUMBERS], upper[MOST_NUMBERS], coefficient[MOST_NUMBERS], least;
} trial;

static bool moderate(const crease_net *net) {
    for (size_t i = 0; i < net->parameter_count; i++)
        if (fabs(net->theta[i]) > 1e3 || (net->theta[i] != 0 && fabs(net->theta[i]) < 1e-6))
            return false;
    return true;
}

/* A box and one output's combination with its exact least value; no specification yet. */
static void begin(uint64_t seed, uint64_t stream, trial *t) {
    *t = (trial){.seed = seed, .rng = crease_random_new(seed, stream)};
    do {
        crease_net_free(t->net);
        t->net = random_net(t->rng, &(random_net_limits){3, 2, 3, 5});
    } while (!moderate(t->net));
    t->exact = exact_net_new(t->net);
    int kind = (int)gsl_rng_uniform_int(t->rng, 3);
    for (size_t k = 0; k < t->net->inputs; k++) {
        double a = random_number(t->rng, kind),
               b = gsl_rng_uniform_int(t->rng, 8) ? random_number(t->rng, kind) : a;
        t->lower[k] = fmin(a, b);
        t->upper[k] = fmax(a, b);
    }
    for (size_t i = 0; i < t->net->inputs + t->net->outputs; i++)
        t->coefficient[i] = i >= t->net->inputs ? random_number(t->rng, 1) : 0;
    mpq_t least;
    mpq_init(least);
    exact_minimum(t->exact, t->lower, t->upper, t->coefficient, least, NULL);
    t->least = mpq_get_d(least);
    mpq_clear(least);
}

static void specify(trial *t, double threshold) {
    crease_specification_free(t->specification);
    ck_assert(crease_specification_box(t->net->inputs, t->net->outputs, t->lower, t->upper, &t->specification,
                                       NULL) == CREASE_OK);
    ck_assert(crease_specification_add(t->specification, 0, 1, t->coefficient, &(double){-threshold}, NULL) ==
              CREASE_OK);
}

static void end(trial *t) {
    crease_specification_free(t->specification);
    exact_net_free(t->exact);
    crease_net_free(t->net);
    gsl_rng_free(t->rng);
}

static void check_verdict(trial *t, const crease_milp_options *options, crease_verdict expected) {
    crease_milp_result result;
    crease_error error = {0};
    crease_status status = crease_milp(t->net, t->specification, options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "seed %lu: %s", t->seed, error.message);
    ck_assert_msg(result.verdict == expected, "seed %lu: %s (%s) instead of %s; objective %g", t->seed,
                  crease_verdict_name(result.verdict), result.why ? result.why : "",
                  crease_verdict_name(expected), result.objective);
    ck_assert_uint_le(result.binaries, result.binaries_before);
    ck_assert(result.rigorous == (expected == CREASE_REFUTED));
    if (expected == CREASE_REFUTED) {
        mpq_t *x = exact_vector_new(t->net->inputs);
        for (size_t k = 0; k < t->net->inputs; k++)
            exact_parse(result.witness[k].text, x[k]);
        ck_assert_msg(
            exact_is_witness(t->exact, t->specification, result.witness_case, result.witness_alternative, x),
            "seed %lu", t->seed);
        exact_vector_free(x, t->net->inputs);
        ck_assert(result.objective <= 1e-12);
    }
    crease_milp_result_clear(&result);
}

START_TEST(verdicts_agree) {
    for (uint64_t seed = 1; seed <= test_rounds(300, 5000); seed++) {
        trial t;
        begin(seed, 0, &t);
        for (int side = -1; side <= 1; side += 2) {
            specify(&t, t.least + side * 1e-3 * (1 + fabs(t.least)));
            crease_verdict expected = side < 0 ? CREASE_PROVED : CREASE_REFUTED;
            crease_verify_result engine;
            ck_assert(crease_verify(t.net, t.specification,
                                    &(crease_verify_options){.threads = 1, .node_limit = 5000}, &engine,
                                    NULL) == CREASE_OK);
            ck_assert_msg(engine.verdict == expected || engine.verdict == CREASE_UNKNOWN, "seed %lu", seed);
            crease_verify_result_clear(&engine);
            check_verdict(&t, NULL, expected);
            check_verdict(&t, &(crease_milp_options){.plain_bounds = true}, expected);
        }
        end(&t);
    }
}
END_TEST

/* At the exact least value, rounding decides: never a proof, and a witness only where it is one. */
START_TEST(ties_are_not_proved) {
    for (uint64_t seed = 1; seed <= 150; seed++) {
        trial t;
        begin(seed, 1, &t);
        specify(&t, t.least);
        crease_milp_result result;
        ck_assert(crease_milp(t.net, t.specification, NULL, &result, NULL) == CREASE_OK);
        ck_assert_msg(result.verdict != CREASE_PROVED, "seed %lu", seed);
        crease_milp_result_clear(&result);
        end(&t);
    }
}
END_TEST

/* The value of every column of the program at x, as its name says. */
typedef struct columns {
    const crease_net *net;
    mpq_t *x, *y, *inner[4], *value[4];
    mpq_t t;
} columns;

static double slope_of(const crease_net *net, size_t l, size_t u) {
    double parameter;
    const crease_group *group = crease_net_unit(net, l, u, &parameter);
    return group->activation == CREASE_RELU ? 0 : group->activation == CREASE_IDENTITY ? 1 : parameter;
}

static void standardised(const columns *c, size_t k, mpq_t value) {
    mpq_t scale;
    mpq_init(scale);
    mpq_set_d(value, c->net->input_shift[k]);
    mpq_sub(value, c->x[k], value);
    mpq_set_d(scale, c->net->input_scale[k]);
    mpq_div(value, value, scale);
    mpq_clear(scale);
}

static void evaluate_columns(exact_net *exact, columns *c) {
    const crease_net *net = c->net;
    mpq_t factor, input;
    mpq_inits(factor, input, NULL);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        c->inner[l] = exact_from_doubles(net->theta + layer->biases, layer->width);
        c->value[l] = exact_vector_new(layer->width);
        for (size_t u = 0; u < layer->width; u++) {
            for (size_t j = 0; j < layer->fan_in; j++) {
                if (l == 0)
                    standardised(c, j, input);
                else
                    mpq_set(input, c->value[l - 1][j]);
                mpq_set_d(factor, net->theta[layer->weights + u * layer->fan_in + j]);
                mpq_mul(factor, factor, input);
                mpq_add(c->inner[l][u], c->inner[l][u], factor);
            }
            mpq_set_d(factor, mpq_sgn(c->inner[l][u]) < 0 ? slope_of(net, l, u) : 1);
            mpq_mul(c->value[l][u], factor, c->inner[l][u]);
        }
    }
    exact_evaluate(exact, c->x, c->y);
    mpq_clears(factor, input, NULL);
}

static void column_value(const columns *c, const char *name, mpq_t value) {
    char kind;
    size_t a = 0, b = 0;
    ck_assert(sscanf(name, "%c_%zu_%zu", &kind, &a, &b) >= 1);
    switch (kind) {
    case 'x':
        mpq_set(value, c->x[a]);
        break;
    case 's':
        standardised(c, a, value);
        break;
    case 'z':
        mpq_set(value, c->inner[a][b]);
        break;
    case 'a':
        mpq_set(value, c->value[a][b]);
        break;
    case 'd':
        mpq_set_ui(value, mpq_sgn(c->inner[a][b]) >= 0, 1);
        break;
    case 'y':
        mpq_set(value, c->y[a]);
        break;
    default:
        ck_assert_str_eq(name, "t");
        mpq_set(value, c->t);
    }
}

static bool row_holds(const columns *c, const lp_text_row *row) {
    mpq_t sum, value;
    mpq_inits(sum, value, NULL);
    for (size_t i = 0; i < row->count; i++) {
        column_value(c, row->name[i], value);
        mpq_mul(value, value, row->coefficient[i]);
        mpq_add(sum, sum, value);
    }
    int order = mpq_cmp(sum, row->side);
    mpq_clears(sum, value, NULL);
    return row->sense == '<' ? order <= 0 : row->sense == '>' ? order >= 0 : order == 0;
}

static bool bound_holds(const columns *c, const lp_text_bound *bound) {
    mpq_t value;
    mpq_init(value);
    column_value(c, bound->name, value);
    bool holds = (!bound->low || mpq_cmp(bound->lower, value) <= 0) &&
                 (!bound->high || mpq_cmp(value, bound->upper) <= 0);
    mpq_clear(value);
    return holds;
}

/* t: the row of the specification at x */
static void set_t(const trial *t, const crease_row *row, columns *c) {
    mpq_t factor;
    mpq_init(factor);
    exact_parse(row->constant.text, c->t);
    for (size_t i = 0; i < row->term_count; i++) {
        mpq_set_d(factor, row->term[i].coefficient);
        mpq_mul(factor, factor, row->term[i].output ? c->y[row->term[i].index] : c->x[row->term[i].index]);
        mpq_add(c->t, c->t, factor);
    }
    mpq_clear(factor);
    (void)t;
}

static void check_text(trial *t, const lp_text *text) {
    columns c = {
        .net = t->net, .x = exact_vector_new(t->net->inputs), .y = exact_vector_new(t->net->outputs)};
    mpq_t width;
    mpq_inits(c.t, width, NULL);
    const crease_case *only = &t->specification->cases[0];
    for (size_t k = 0; k < t->net->inputs; k++) { /* a random rational of the box, or an end of it */
        mpq_t end;
        mpq_init(end);
        exact_parse(only->lower[k].text, c.x[k]);
        exact_parse(only->upper[k].text, end);
        mpq_sub(width, end, c.x[k]);
        mpq_set_ui(end, gsl_rng_uniform_int(t->rng, 8), 7);
        mpq_canonicalize(end);
        mpq_mul(width, width, end);
        mpq_add(c.x[k], c.x[k], width);
        mpq_clear(end);
    }
    evaluate_columns(t->exact, &c);
    set_t(t, &only->alternative[0].row[0], &c);
    for (size_t r = 0; r < text->row_count; r++)
        ck_assert_msg(row_holds(&c, &text->row[r]), "seed %lu: row %zu does not hold exactly", t->seed,
                      r + 1);
    for (size_t i = 0; i < text->bound_count; i++)
        ck_assert_msg(bound_holds(&c, &text->bound[i]), "seed %lu: bounds of %s", t->seed,
                      text->bound[i].name);
    mpq_set_ui(width, 1, 1); /* a t that is lower by however little is refused */
    mpq_div_2exp(width, width, 2000);
    mpq_sub(c.t, c.t, width);
    size_t broken = 0;
    for (size_t r = 0; r < text->row_count; r++)
        broken += !row_holds(&c, &text->row[r]);
    ck_assert_uint_eq(broken, 1);
    mpq_add(c.t, c.t, width);
    for (size_t i = 0; i < text->binaries; i++) /* and so is any other value of an open unit */
        for (int side = 0; side < 2; side++) {
            size_t l, u;
            ck_assert(sscanf(text->binary[i], "d_%zu_%zu", &l, &u) == 2);
            broken = 0;
            mpq_add(c.value[l][u], c.value[l][u], width);
            mpq_neg(width, width);
            for (size_t r = 0; r < text->row_count; r++)
                broken += text->row[r].sense != '=' && !row_holds(&c, &text->row[r]);
            ck_assert_msg(broken > 0, "seed %lu: a_%zu_%zu is not held", t->seed, l, u);
            mpq_add(c.value[l][u], c.value[l][u], width);
        }
    for (size_t l = 0; l < t->net->layer_count; l++) {
        exact_vector_free(c.inner[l], t->net->layer[l].width);
        exact_vector_free(c.value[l], t->net->layer[l].width);
    }
    exact_vector_free(c.x, t->net->inputs);
    exact_vector_free(c.y, t->net->outputs);
    mpq_clears(c.t, width, NULL);
}

START_TEST(written_numbers_are_exact) {
    char *folder = run_folder_new(), path[512];
    snprintf(path, sizeof path, "%s/program.lp", folder);
    for (uint64_t seed = 1; seed <= test_rounds(200, 200); seed++) {
        trial t = {.seed = seed, .rng = crease_random_new(seed, 2)};
        t.net = random_net(t.rng, &(random_net_limits){3, 2, 3, 5});
        t.exact = exact_net_new(t.net);
        for (size_t i = 0; i < t.net->inputs + t.net->outputs; i++)
            t.coefficient[i] = random_number(t.rng, 1);
        for (size_t k = 0; k < t.net->inputs; k++)
            t.upper[k] = 1;
        specify(&t, .1);
        crease_case *only = &t.specification->cases[0];
        static const char *const bounds[][2] = {
            {"-0.1", "0.3"}, {"-1/3", "2/7"}, {"0.1", "0.1"}, {"-1e-3", "2.5e1"}};
        for (size_t k = 0; k < t.net->inputs; k++) {
            size_t choice = gsl_rng_uniform_int(t.rng, 4);
            crease_number_clear(&only->lower[k]);
            crease_number_clear(&only->upper[k]);
            ck_assert(crease_number_parse(bounds[choice][0], &only->lower[k], NULL) == CREASE_OK);
            ck_assert(crease_number_parse(bounds[choice][1], &only->upper[k], NULL) == CREASE_OK);
        }
        crease_milp_options options = {.plain_bounds = seed % 2};
        crease_error error = {0};
        crease_status status = crease_milp_save(t.net, t.specification, 0, &options, path, &error);
        if (status == CREASE_BAD_DATA) { /* 1e150 squared */
            ck_assert(strstr(error.message, "overflow") != NULL && !moderate(t.net));
            end(&t);
            continue;
        }
        ck_assert_msg(status == CREASE_OK, "seed %lu: %s", seed, error.message);
        lp_text text;
        lp_text_read(path, &text);
        for (int point = 0; point < 5; point++)
            check_text(&t, &text);
        ck_assert_msg(!moderate(t.net) || text.longest <= 255, "seed %lu: %zu characters", seed,
                      text.longest);
        crease_milp_result count;
        ck_assert(crease_milp_count(t.net, t.specification, &options, &count, NULL) == CREASE_OK);
        ck_assert_uint_eq(count.binaries, text.binaries);
        ck_assert_uint_eq(count.programs, 1);
        crease_milp_result_clear(&count);
        lp_text_clear(&text);
        end(&t);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(refusals) {
    trial t;
    begin(1, 3, &t);
    specify(&t, 0);
    crease_error error;
    ck_assert(crease_milp_save(t.net, t.specification, 1, NULL, "/dev/null", &error) == CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "1 program") != NULL);
    crease_net *net;
    crease_milp_result result;
    ck_assert(crease_net_parse("tanh:2", t.net->inputs, t.net->outputs, &net, NULL) == CREASE_OK);
    ck_assert(crease_milp(net, t.specification, NULL, &result, &error) == CREASE_BAD_ARGUMENT);
    crease_milp_result_clear(&result);
    crease_net_free(net);
    ck_assert(crease_net_parse("relu:2", t.net->inputs + 1, t.net->outputs, &net, NULL) == CREASE_OK);
    ck_assert(crease_milp(net, t.specification, NULL, &result, &error) == CREASE_BAD_ARGUMENT);
    crease_milp_result_clear(&result);
    crease_net_free(net);
    end(&t);
}
END_TEST

/* An alternative without rows holds everywhere, a specification without alternatives nowhere. */
START_TEST(empty_specifications) {
    trial t;
    begin(2, 3, &t);
    ck_assert(crease_specification_box(t.net->inputs, t.net->outputs, t.lower, t.upper, &t.specification,
                                       NULL) == CREASE_OK);
    check_verdict(&t, NULL, CREASE_PROVED);
    ck_assert(crease_specification_add(t.specification, 0, 0, NULL, NULL, NULL) == CREASE_OK);
    crease_milp_result result;
    ck_assert(crease_milp(t.net, t.specification, NULL, &result, NULL) == CREASE_OK);
    ck_assert_int_eq(result.verdict, CREASE_REFUTED);
    ck_assert(isnan(result.objective));
    crease_milp_result_clear(&result);
    end(&t);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}

/* A program that takes GLPK long: neither a limit nor an interruption is a proof. */
START_TEST(limits) {
    crease_net *net;
    ck_assert(crease_net_parse("relu:24/relu:24", 2, 1, &net, NULL) == CREASE_OK);
    gsl_rng *rng = crease_random_new(5, 0);
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = random_number(rng, 2);
    gsl_rng_free(rng);
    crease_specification *specification;
    crease_milp_result result;
    ck_assert(crease_specification_box(2, 1, (double[]){-1, -1}, (double[]){1, 1}, &specification, NULL) ==
              CREASE_OK);
    crease_work *work;
    ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
    double least = INFINITY;
    for (size_t i = 0; i <= 100; i++)
        for (size_t j = 0; j <= 100; j++) {
            double x[] = {(double)i / 50 - 1, (double)j / 50 - 1}, y;
            crease_net_evaluate(net, NULL, work, 1, x, &y);
            least = fmin(least, y);
        }
    crease_work_free(work);
    ck_assert(crease_specification_add(specification, 0, 1, (double[]){0, 0, 1}, &(double){1 - least},
                                       NULL) == CREASE_OK);
    ck_assert(crease_milp(net, specification, &(crease_milp_options){.timeout = .05}, &result, NULL) ==
              CREASE_OK);
    ck_assert_int_eq(result.verdict, CREASE_UNKNOWN);
    ck_assert_str_eq(result.why, "timeout");
    crease_milp_result_clear(&result);
    ck_assert(crease_milp(net, specification, &(crease_milp_options){.interrupted = at_once}, &result,
                          NULL) == CREASE_OK);
    ck_assert_int_eq(result.verdict, CREASE_UNKNOWN);
    ck_assert(result.interrupted);
    crease_milp_result_clear(&result);
    crease_specification_free(specification);
    crease_net_free(net);
}
END_TEST

Suite *test_milp(void) {
    Suite *suite = suite_create("milp");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, written_numbers_are_exact);
    tcase_add_test(all, verdicts_agree);
    tcase_add_test(all, ties_are_not_proved);
    tcase_add_test(all, refusals);
    tcase_add_test(all, empty_specifications);
    tcase_add_test(all, limits);
    suite_add_tcase(suite, all);
    return suite;
}
