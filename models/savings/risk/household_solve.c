/* The infinite horizon: backward steps from the last period on grids that grow finer, until the policy stands still, then the
 * value. With the policy fixed V = b + M V is linear in the values at the nodes (savings_rule_value_weights), and the rows of M are
 * positive and have one sum d = discount E[(G psi)^(1-g)], whatever the node. So the last thing to die out in V_{n+1} - V_n is a
 * constant that shrinks by d a round, and a shift by d/(1-d) times it takes all of that at once (as the bounds of MacQueen 1966 and
 * Porteus 1971 do). */
#include "savings/risk/endogenous_grid.h"
#include "savings/savings.h"
#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_POINTS = 301, COARSEST = 50 };

typedef struct solve_run {
    const savings_household *household;
    savings_grid_options options;
    savings_step_work *work;
    savings_rule **now, **next; /* states each: next period's, and the one being made */
    size_t iterations;
} solve_run;

/* Largest relative difference of consumption over points that cover the grid. */
static double distance(const solve_run *run) {
    double largest = 0, high = run->options.highest;
    for (size_t s = 0; s < run->household->states; s++) {
        const savings_rule *a = run->now[s], *b = run->next[s];
        size_t cell[2] = {0, 0};
        double low = fmax(a->lowest, b->lowest), mpc;
        for (size_t i = 1; i < TEST_POINTS; i++) {
            double m = savings_grid_point(low, fmax(high, low + 1), .1, (double)i / (TEST_POINTS - 1));
            cell[0] = savings_rule_cell(a, m, cell[0]);
            cell[1] = savings_rule_cell(b, m, cell[1]);
            double was = savings_rule_consume(b, cell[1], m, &mpc),
                   is = savings_rule_consume(a, cell[0], m, &mpc);
            largest = fmax(largest, fabs(is - was) / fmax(fabs(is), DBL_MIN));
        }
    }
    return largest;
}

static bool is_interrupted(const savings_grid_options *options) {
    return options->interrupted && options->interrupted(options->interrupted_context);
}

/* Differences shrink by `rate` a step. */
static void report(const solve_run *run, size_t done, double moved, double rate, double tolerance) {
    double left = log(tolerance * (1 - rate) / (moved * rate)) / log(rate);
    if (run->options.progress && left >= 0 && left < 1e9)
        run->options.progress(done, done + (size_t)left + 1, run->options.progress_context);
}

/* Steps on one grid until the estimated distance from the end of the iteration is below the tolerance. */
static crease_status iterate(solve_run *run, double tolerance, crease_error *error) {
    double before = INFINITY;
    size_t most = run->options.iterations;
    for (size_t i = 0; run->iterations < most; i++) {
        savings_rule **made = run->next;
        for (size_t s = 0; s < run->household->states; s++)
            savings_step_state(run->household, &run->options, (const savings_rule *const *)run->now, s, false,
                               run->work, made[s]);
        run->next = run->now;
        run->now = made;
        run->iterations++;
        double moved = distance(run), rate = fmin(moved / before, .9999);
        if (!isfinite(moved))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "consumption is no number after %zu steps: the parameters are too extreme for "
                               "double precision",
                               run->iterations);
        /* at least three steps, since the first differences say nothing yet about the rate */
        if (i >= 2 && (moved * rate / (1 - rate) <= tolerance || moved <= 4 * DBL_EPSILON))
            return CREASE_OK;
        if (is_interrupted(&run->options))
            return CREASE_OK;
        report(run, i + 1, moved, rate, tolerance);
        before = moved;
    }
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "the policy still moved after %zu steps: the household is so patient that the "
                       "iteration hardly contracts; "
                       "lower beta or R, or allow more steps",
                       most);
}

/* V = b + M V. */
typedef struct value_system {
    size_t rows, terms; /* terms a row */
    double *constant;   /* rows */
    double *lower, *upper;
    uint32_t *node; /* rows x terms each */
    double *V[2];   /* rows */
} value_system;

static void value_system_clear(value_system *system) {
    free(system->constant);
    free(system->lower);
    free(system->node);
}

static crease_status value_system_new(const solve_run *run, value_system *system, crease_error *error) {
    *system = (value_system){0};
    for (size_t s = 0; s < run->household->states; s++) {
        system->rows += run->now[s]->count;
        system->terms += run->household->shocks[s]->count;
    }
    size_t entries =
        system->rows > SIZE_MAX / 64 / system->terms ? SIZE_MAX / 64 : system->rows * system->terms;
    system->constant = reallocarray(NULL, 3 * system->rows, sizeof(double));
    system->lower = reallocarray(NULL, 2 * entries, sizeof(double));
    system->node = reallocarray(NULL, entries, sizeof *system->node);
    if (!system->constant || !system->lower || !system->node || system->rows > UINT32_MAX - 1) {
        value_system_clear(system);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the value at %zu nodes and %zu shocks",
                           system->rows, system->terms);
    }
    system->upper = system->lower + entries;
    system->V[0] = system->constant + system->rows;
    system->V[1] = system->V[0] + system->rows;
    return CREASE_OK;
}

static void fill_row(const solve_run *run, const size_t *first, size_t state, size_t i,
                     value_system *system) {
    const savings_household *h = run->household;
    const savings_rule *rule = run->now[state];
    size_t row = first[state] + i, entry = row * system->terms;
    double budget = savings_budget(h, rule->a[i], NULL, NULL);
    system->constant[row] = savings_utility(h->crra, rule->c[i]);
    for (size_t s = 0; s < h->states; s++)
        for (size_t k = 0; k < h->shocks[s]->count; k++, entry++) {
            double chance = savings_transition(h, state, s) * h->shocks[s]->probability[k];
            double growth = h->growth * h->shocks[s]->permanent[k];
            double weight = h->discount * chance * pow(growth, 1 - h->crra);
            double m = budget / growth + h->shocks[s]->transitory[k];
            savings_value_weights w = {0, 0, 0, 0};
            if (chance > 0) /* a state that cannot follow may not even have something to consume */
                w = savings_rule_value_weights(run->now[s], h->crra, savings_rule_cell(run->now[s], m, 0), m);
            system->constant[row] += weight * w.constant;
            system->lower[entry] = weight * w.lower;
            system->upper[entry] = weight * w.upper;
            system->node[entry] = (uint32_t)(first[s] + w.node);
        }
}

static double apply(const value_system *system, size_t row, const double *V) {
    double sum = system->constant[row];
    size_t start = row * system->terms;
    for (size_t j = start; j < start + system->terms;
         j++) /* the last node has no next one, and weight 0 for it */
        sum += system->lower[j] * V[system->node[j]] +
               system->upper[j] * V[system->node[j] + (system->upper[j] != 0)];
    return sum;
}

/* One round: V, and then the shift to where its differences lead when they are the same everywhere, which they become. True when V
 * stands still at every node, relative to itself: near a natural limit it is larger by many orders than elsewhere. */
static bool improve(value_system *system, size_t threads, double ahead) {
    double *now = system->V[0], *next = system->V[1], moved = 0;
    size_t middle = system->rows / 2;
    double typical = fmax(fabs(now[middle]), fabs(now[system->rows - 1]));
#pragma omp parallel for schedule(static) num_threads((int)threads) reduction(max : moved)
    for (size_t row = 0; row < system->rows; row++) {
        next[row] = apply(system, row, now);
        moved = fmax(moved, fabs(next[row] - now[row]) / fmax(fabs(next[row]), typical));
    }
    double shift = (next[middle] - now[middle]) * ahead;
    for (size_t row = 0; row < system->rows; row++)
        now[row] = next[row] + shift;
    return !(moved > 2e-14); /* as near as rounding lets it come */
}

static crease_status solve_value(solve_run *run, crease_error *error) {
    const savings_household *h = run->household;
    value_system system;
    size_t *first = calloc(h->states + 1, sizeof *first);
    if (!first)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu states", h->states);
    crease_status status = value_system_new(run, &system, error);
    if (status != CREASE_OK)
        goto done;
    for (size_t s = 0; s < h->states; s++)
        first[s + 1] = first[s] + run->now[s]->count;
    for (size_t s = 0; s < h->states; s++)
        for (size_t i = 0; i < run->now[s]->count; i++)
            fill_row(run, first, s, i, &system);
    double share = 0; /* d */
    for (size_t j = 0; j < system.terms; j++)
        share += system.lower[j] + system.upper[j];
    memcpy(system.V[0], system.constant, system.rows * sizeof(double));
    for (size_t round = 0; round < 20000; round++)
        if (improve(&system, run->options.threads, share / (1 - share)))
            break;
    for (size_t s = 0; s < h->states; s++)
        memcpy(run->now[s]->V, system.V[0] + first[s], run->now[s]->count * sizeof(double));
done:
    if (system.constant)
        value_system_clear(&system);
    free(first);
    return status;
}

static crease_status make_rules(const solve_run *run, savings_rule **rule, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t room = savings_rule_room(run->household, &run->options);
    for (size_t s = 0; s < run->household->states && status == CREASE_OK; s++)
        status = savings_rule_new(&rule[s], room, error);
    return status;
}

static void free_rules(savings_rule **rule, size_t states) {
    for (size_t s = 0; rule && s < states; s++)
        savings_rule_free(rule[s]);
}

/* Coarse grids first: most of the way costs little there. Each is left when its own error is reached. */
static crease_status solve_policy(solve_run *run, crease_error *error) {
    size_t nodes = run->options.nodes, divisor = 1;
    crease_status status = CREASE_OK;
    while (nodes / (4 * divisor) >= COARSEST)
        divisor *= 4;
    for (; divisor > 1 && status == CREASE_OK && !is_interrupted(&run->options); divisor /= 4) {
        double level = (double)(run->options.nodes = nodes / divisor);
        status = iterate(run, fmax(run->options.tolerance, 1e-2 / pow(level, 2)), error);
    }
    run->options.nodes = nodes;
    return status == CREASE_OK ? iterate(run, run->options.tolerance, error) : status;
}

crease_status savings_household_solve(const savings_household *household, const savings_grid_options *options,
                                      savings_rule **rule, size_t *iterations, crease_error *error) {
    savings_household chosen = *household;
    solve_run run = {.household = &chosen, .options = savings_grid_chosen(options)};
    double natural;
    size_t states = household->states;
    crease_status status = savings_household_check(household, true, &natural, error);
    if (status != CREASE_OK)
        return status;
    if (chosen.limit <= natural + 1e-9 * (1 + fabs(natural)))
        chosen.limit = -INFINITY;
    if (run.options.nodes < 4)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a policy needs at least 4 nodes, not %zu",
                           run.options.nodes);
    run.work = savings_step_work_new(&chosen, &run.options);
    savings_rule **both = calloc(2 * states, sizeof *both);
    if (!run.work || !both) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a policy of %zu nodes",
                             run.options.nodes);
        goto done;
    }
    run.now = both;
    run.next = both + states;
    status = make_rules(&run, run.now, error);
    if (status == CREASE_OK)
        status = make_rules(&run, run.next, error);
    if (status != CREASE_OK)
        goto done;
    for (size_t s = 0; s < states; s++)
        savings_rule_consume_all(run.now[s], chosen.crra);
    status = solve_policy(&run, error);
    if (status == CREASE_OK)
        status = solve_value(&run, error);
    if (iterations)
        *iterations = run.iterations;
    for (size_t s = 0; status == CREASE_OK && s < states; s++) {
        rule[s] = run.now[s];
        run.now[s] = NULL;
    }
done:
    free_rules(both, both ? 2 * states : 0);
    free(both);
    savings_step_work_free(run.work);
    return status;
}
