/* One backward step by endogenous grid points. For assets a with marginal return r, next period m' = B(a)/(G psi) + theta and
 *
 *   c = (beta r S)^(-1/g),   S = E[(G psi)^(-g) u'(c'(m'))],   m = a + c,
 *   dc/da = c (r/S) E[(G psi)^(-g-1) u'(c')/c' dc'/dm'],   dc/dm = (dc/da)/(1 + dc/da).
 *
 * Nodes of a: a grid that widens with a; the limit; each kink of the rate twice, with the rates of its two sides, which are the ends
 * of the stretch on which a stays there; and every a from which some shock leads exactly to a kink of next period's policy, where
 * the slope of c jumps a little. So the policy is smooth between nodes, and the cubic of fourth order there. */
#include "savings/risk/endogenous_grid.h"
#include "savings/savings.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 };

static size_t most_shocks(const savings_household *h) {
    size_t most = 0;
    for (size_t s = 0; s < h->states; s++)
        most = h->shocks[s]->count > most ? h->shocks[s]->count : most;
    return most;
}

savings_grid_options savings_grid_chosen(const savings_grid_options *options) {
    savings_grid_options chosen = options ? *options : (savings_grid_options){0};
    chosen.nodes = chosen.nodes ? chosen.nodes : 500;
    chosen.highest = chosen.highest > 0 ? chosen.highest : 50;
    chosen.tolerance = chosen.tolerance > 0 ? chosen.tolerance : 1e-11;
    chosen.iterations = chosen.iterations ? chosen.iterations : 20000;
    chosen.threads = chosen.threads ? chosen.threads : (size_t)omp_get_max_threads();
    return chosen;
}

size_t savings_rule_room(const savings_household *h, const savings_grid_options *options) {
    size_t nodes = savings_grid_chosen(options).nodes;
    size_t shocks = most_shocks(h) * h->states;
    if (shocks > 1000000 || nodes > 100000000)
        return SIZE_MAX; /* refused as out of memory */
    return nodes + 2 * h->rate_count + SAVINGS_MOST_KINKS * shocks + 2;
}

/* u'(c); pow is the dearest part of a step, and most calibrations have a whole number. */
static double power(double c, double crra) {
    int whole = (int)crra;
    return crra == 2 ? 1 / (c * c) : whole == crra && whole <= 20 ? 1 / gsl_pow_int(c, whole) : pow(c, -crra);
}

/* What a shock does, with everything that does not depend on a. */
typedef struct outcome {
    double growth, transitory;      /* G psi, theta */
    double marginal_weight, weight; /* probability (G psi)^(-g), (G psi)^(1-g) */
    const savings_rule *rule;       /* next period's */
} outcome;

struct savings_step_work {
    size_t states, room, outcomes; /* outcomes: most of any state */
    size_t threads;
    outcome *outcome;  /* outcomes */
    size_t *cursor;    /* threads x outcomes */
    double *a;         /* room: nodes, before the doubled ones */
    double *place;     /* room */
    signed char *side; /* room: -1 the rate on the left, 1 on the right, 0 ordinary */
};

savings_step_work *savings_step_work_new(const savings_household *h, const savings_grid_options *options) {
    savings_step_work *work = calloc(1, sizeof *work);
    size_t room = savings_rule_room(h, options);
    if (!work || room > SIZE_MAX / 64) {
        free(work);
        return NULL;
    }
    work->states = h->states;
    work->room = room;
    work->outcomes = most_shocks(h) * h->states;
    work->threads = options->threads;
    work->outcome = reallocarray(NULL, work->outcomes, sizeof *work->outcome);
    work->cursor = reallocarray(NULL, work->outcomes * work->threads, sizeof *work->cursor);
    work->a = reallocarray(NULL, 2 * room, sizeof *work->a);
    work->side = malloc(room);
    work->place = work->a ? work->a + room : NULL;
    if (work->outcome && work->cursor && work->a && work->side)
        return work;
    savings_step_work_free(work);
    return NULL;
}

void savings_step_work_free(savings_step_work *work) {
    if (!work)
        return;
    free(work->outcome);
    free(work->cursor);
    free(work->a);
    free(work->side);
    free(work);
}

static size_t list_outcomes(const savings_household *h, const savings_rule *const *next, size_t state,
                            outcome *list) {
    size_t count = 0;
    for (size_t s = 0; s < h->states; s++)
        for (size_t k = 0; k < h->shocks[s]->count; k++) {
            double probability = savings_transition(h, state, s) * h->shocks[s]->probability[k];
            double growth = h->growth * h->shocks[s]->permanent[k];
            if (probability > 0)
                list[count++] =
                    (outcome){growth, h->shocks[s]->transitory[k], probability * pow(growth, -h->crra),
                              probability * pow(growth, 1 - h->crra), next[s]};
        }
    return count;
}

/* The least a from which every outcome leaves something to consume. */
static double payable(const savings_household *h, const outcome *list, size_t count) {
    double least = -INFINITY;
    for (size_t k = 0; k < count; k++)
        least = fmax(least,
                     savings_budget_inverse(h, (list[k].rule->lowest - list[k].transitory) * list[k].growth));
    return least;
}

/* a as a function of t in [0, 1]: exponential, with steps that begin small against `scale`. */
double savings_grid_point(double low, double high, double scale, double t) {
    return low + scale * expm1(t * log1p((high - low) / scale));
}

/* Ascending nodes; place and side get those of the rate's kinks twice. Returns how many. */
static size_t list_nodes(const savings_household *h, const savings_grid_options *options, const outcome *list,
                         size_t outcomes, double low, bool binds, savings_step_work *work) {
    size_t base = options->nodes, count = 0;
    double high = fmax(options->highest, low + 1);
    /* at the natural limit c goes to 0 and marginal utility to infinity: some nodes by equal ratios */
    size_t geometric = binds ? 0 : base / 4;
    for (size_t j = 0; j < base - geometric; j++)
        work->a[count++] = savings_grid_point(
            low, high, 1, ((double)j + (binds ? 0 : 1)) / (double)(base - geometric - binds));
    double first = work->a[0] - low;
    for (size_t j = 0; j < geometric; j++)
        work->a[count++] = low + first * pow(1e-7, ((double)j + 1) / (double)geometric);
    for (size_t k = 0; k < outcomes; k++)
        for (size_t i = 0; i < list[k].rule->kink_count; i++) {
            double kink = list[k].rule->m[list[k].rule->kink[i]];
            double a = savings_budget_inverse(h, (kink - list[k].transitory) * list[k].growth);
            if (a > low && a < high)
                work->a[count++] = a;
        }
    gsl_sort(work->a, 1, count);
    size_t made = 0, rate = 0;
    for (size_t j = 0; j < count; j++) {
        double a = work->a[j], near = 1e-12 * (1 + fabs(a));
        for (; rate + 1 < h->rate_count && h->rate_kink[rate] <= a + near; rate++) {
            double kink = h->rate_kink[rate];
            if (!(h->rate[rate] > h->rate[rate + 1]) || kink <= low)
                continue;
            while (made > 0 && work->place[made - 1] >= kink - near)
                made--;
            for (int side = -1; side <= 1; side += 2) {
                work->place[made] = kink;
                work->side[made++] = (signed char)side;
            }
        }
        if (made > 0 && a <= work->place[made - 1] + near)
            continue;
        work->place[made] = a;
        work->side[made++] = 0;
    }
    return made;
}

/* Slopes on both sides: they differ where m' is a node with two. */
static void slopes_at(const savings_rule *rule, size_t cell, double m, double mpc, double *left,
                      double *right) {
    double near = 1e-12 * (1 + fabs(m));
    *left = *right = mpc;
    if (cell > 0 && m - rule->m[cell - 1] <= near)
        *left = rule->mpc_left[cell - 1];
    else if (cell < rule->count && rule->m[cell] - m <= near)
        *right = rule->mpc_right[cell];
}

static void solve_node(const savings_household *h, const outcome *list, size_t outcomes, size_t *cursor,
                       double a, int side, bool with_value, savings_rule *rule, size_t i) {
    double rate_left, rate_right, budget = savings_budget(h, a, &rate_left, &rate_right);
    double rate = side < 0 ? rate_left : rate_right, sum = 0, slope_left = 0, slope_right = 0, value = 0;
    for (size_t k = 0; k < outcomes; k++) {
        const outcome *o = &list[k];
        double m = budget / o->growth + o->transitory, mpc, left, right;
        size_t cell = cursor[k] = savings_rule_cell(o->rule, m, cursor[k]);
        double c = savings_rule_consume(o->rule, cell, m, &mpc);
        double marginal = o->marginal_weight * power(c, h->crra), response = marginal / (c * o->growth);
        slopes_at(o->rule, cell, m, mpc, &left, &right);
        sum += marginal;
        slope_left += response * left;
        slope_right += response * right;
        if (with_value)
            value += o->weight * savings_rule_value(o->rule, h->crra, cell, m);
    }
    double c = pow(h->discount * rate * sum, -1 / h->crra), scale = c * rate / sum;
    rule->a[i] = a;
    rule->c[i] = c;
    rule->m[i] = a + c;
    rule->mpc_left[i] = side > 0 ? 1 : scale * slope_left / (1 + scale * slope_left);
    rule->mpc_right[i] = side < 0 ? 1 : scale * slope_right / (1 + scale * slope_right);
    rule->V[i] = with_value ? savings_utility(h->crra, c) + h->discount * value : NAN;
}

/* A cubic whose end slopes are at most three times its chord's is monotone (Fritsch & Carlson 1980); a coarse grid needs it. */
static void keep_monotone(savings_rule *rule) {
    for (size_t i = 0; i + 1 < rule->count; i++) {
        double most = 3 * (rule->c[i + 1] - rule->c[i]) / (rule->m[i + 1] - rule->m[i]);
        rule->mpc_right[i] = fmin(rule->mpc_right[i], most);
        rule->mpc_left[i + 1] = fmin(rule->mpc_left[i + 1], most);
    }
}

/* Kinks of later order, the limit binding in two periods with certainty say, have nodes of their own only where they are large: with
 * many shocks each is small, and there are too many. */
static void mark_kinks(savings_rule *rule, const signed char *side) {
    rule->kink_count = 0;
    if (rule->limit_binds)
        rule->mpc_left[0] = 1;
    for (int first = 1; first >= 0; first--) {
        for (size_t i = 0; i < rule->count && rule->kink_count < SAVINGS_MOST_KINKS; i++) {
            double left = rule->mpc_left[i], right = rule->mpc_right[i];
            bool of_first_order = (i == 0 && rule->limit_binds) || side[i] != 0;
            bool is_large = fabs(left - right) > .02;
            if (of_first_order == (first == 1) && (of_first_order || is_large))
                rule->kink[rule->kink_count++] = i;
        }
        rule->first_order = first ? rule->kink_count : rule->first_order;
    }
}

void savings_step_state(const savings_household *h, const savings_grid_options *options,
                        const savings_rule *const *next, size_t state, bool with_value,
                        savings_step_work *work, savings_rule *rule) {
    size_t outcomes = list_outcomes(h, next, state, work->outcome);
    double natural = payable(h, work->outcome, outcomes), low = fmax(h->limit, natural);
    rule->limit_binds = h->limit > natural + 1e-12 * (1 + fabs(natural));
    rule->lowest = low;
    rule->count = list_nodes(h, options, work->outcome, outcomes, low, rule->limit_binds, work);
    size_t chunks = (rule->count + CHUNK - 1) / CHUNK;
#pragma omp parallel for schedule(static) num_threads((int)work->threads) if (chunks * outcomes > 200)
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        size_t *cursor = work->cursor + (size_t)omp_get_thread_num() * work->outcomes;
        memset(cursor, 0, outcomes * sizeof *cursor);
        for (size_t i = chunk * CHUNK; i < rule->count && i < (chunk + 1) * CHUNK; i++)
            solve_node(h, work->outcome, outcomes, cursor, work->place[i], work->side[i], with_value, rule,
                       i);
    }
    mark_kinks(rule, work->side);
    keep_monotone(rule);
}

crease_status savings_rule_step(const savings_household *h, const savings_grid_options *options,
                                const savings_rule *const *next, bool with_value, savings_rule *const *rule,
                                crease_error *error) {
    savings_grid_options chosen = savings_grid_chosen(options);
    size_t room = savings_rule_room(h, &chosen);
    for (size_t s = 0; s < h->states; s++)
        if (rule[s]->room < room)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "a policy of this household needs room for %zu nodes, not %zu", room,
                               rule[s]->room);
    savings_step_work *work = savings_step_work_new(h, &chosen);
    if (!work)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a policy of %zu nodes", room);
    for (size_t s = 0; s < h->states; s++)
        savings_step_state(h, &chosen, next, s, with_value, work, rule[s]);
    savings_step_work_free(work);
    return CREASE_OK;
}

void savings_end_of_period(const savings_household *h, const savings_rule *const *rule, size_t state,
                           double a, double *W, double *marginal) {
    double budget = savings_budget(h, a, NULL, NULL);
    *W = *marginal = 0;
    for (size_t s = 0; s < h->states; s++)
        for (size_t k = 0; k < h->shocks[s]->count; k++) {
            double probability = savings_transition(h, state, s) * h->shocks[s]->probability[k], mpc;
            double growth = h->growth * h->shocks[s]->permanent[k];
            double m = budget / growth + h->shocks[s]->transitory[k];
            if (!(probability > 0))
                continue;
            size_t cell = savings_rule_cell(rule[s], m, 0);
            double c = savings_rule_consume(rule[s], cell, m, &mpc);
            double weight = h->discount * probability * pow(growth, -h->crra);
            *W +=
                weight * growth * (m > rule[s]->lowest ? savings_rule_value(rule[s], h->crra, cell, m) : NAN);
            *marginal += weight * (c > 0 ? power(c, h->crra) : NAN);
        }
}
