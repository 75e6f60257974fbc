/* Value iteration with prices. b'(b, y) rises in b for each y, since u is concave in y + b - q b': the choice at the middle node
 * of a range lies between those at its ends, so a row of n nodes costs about n log n evaluations. Where nothing can be consumed,
 * V_r = -infinity, and the choice is the one that raises most. */
#include "savings/risk/sovereign.h"
#include "savings/savings.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

savings_sovereign_parameters savings_sovereign_defaults(void) {
    return (savings_sovereign_parameters){.beta = .953,
                                          .crra = 2,
                                          .interest = .017,
                                          .persistence = .945,
                                          .sd = .025 / sqrt(1 - .945 * .945),
                                          .reentry = .282,
                                          .cap = .969,
                                          .states = 51,
                                          .lowest = -.4,
                                          .highest = .1,
                                          .points = 1001,
                                          .tolerance = 1e-9,
                                          .iterations = 20000};
}

static crease_status check(const savings_sovereign_parameters *p, crease_error *error) {
    const double value[] = {p->beta, p->crra,   p->interest, p->sd,       p->reentry,
                            p->cap,  p->lowest, p->highest,  p->tolerance};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "every parameter must be a finite number");
    if (!(p->beta > 0 && p->beta < 1 && p->crra > 0 && p->interest > -1 && p->cap > 0))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "default needs beta between 0 and 1, risk aversion and cap above 0 and interest above -1, not "
            "%g, %g, %g and %g",
            p->beta, p->crra, p->cap, p->interest);
    if (!(p->reentry >= 0 && p->reentry <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "re-entry must be a probability, not %g", p->reentry);
    if (!(p->lowest < 0 && p->highest > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the bonds must reach from below 0 to above 0, not from %g to %g", p->lowest,
                           p->highest);
    if (p->points < 3 || p->points > 1000000 || p->states < 1)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "default needs 3 to 1000000 points of bonds and an income state or more, not %zu and %zu",
            p->points, p->states);
    return CREASE_OK;
}

void savings_sovereign_free(savings_sovereign *sovereign) {
    if (!sovereign)
        return;
    savings_markov_free(sovereign->income);
    free(sovereign->b);
    free(sovereign->choice);
    free(sovereign);
}

/* Work of the iteration: next V and its expectation, states x points each, and next V_d. */
typedef struct iteration {
    savings_sovereign *s;
    double *V, *expected, *repay, *fail;
} iteration;

static crease_status allocate(savings_sovereign *s, double **scratch, crease_error *error) {
    const savings_sovereign_parameters *p = &s->parameters;
    crease_status status = savings_rouwenhorst(p->states, p->persistence, p->sd, &s->income, error);
    if (status != CREASE_OK)
        return status;
    size_t n = s->points = p->points, k = s->states = p->states;
    s->b = calloc(n + 2 * k * n + 2 * k, sizeof *s->b);
    s->choice = calloc(k * n, sizeof *s->choice);
    *scratch = calloc(3 * k * n + k, sizeof **scratch);
    if (!s->b || !s->choice || !*scratch)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points and %zu income states", n,
                           k);
    s->repay = s->b + n;
    s->price = s->repay + k * n;
    s->fail = s->price + k * n;
    s->threshold = s->fail + k;
    /* even steps, shifted by less than half of one so that 0 is a node */
    double step = (p->highest - p->lowest) / (double)(n - 1);
    s->zero = (size_t)round(-p->lowest / step);
    s->zero = s->zero == 0 ? 1 : s->zero >= n - 1 ? n - 2 : s->zero;
    for (size_t i = 0; i < n; i++)
        s->b[i] = ((double)i - (double)s->zero) * step;
    return CREASE_OK;
}

double savings_sovereign_value(const savings_sovereign *s, size_t state, size_t node, bool *defaults) {
    double repay = s->repay[state * s->points + node];
    *defaults = !(repay >= s->fail[state]);
    return *defaults ? s->fail[state] : repay;
}

/* out[y][i] = sum over y' of P[y][y'] in[y'][i], less what is lost in rounding anyway */
static void expect(const savings_sovereign *s, const double *in, double *out) {
    size_t n = s->points;
    memset(out, 0, s->states * n * sizeof *out);
    for (size_t y = 0; y < s->states; y++)
        for (size_t to = 0; to < s->states; to++) {
            double p = s->income->transition[y * s->states + to];
            for (size_t i = 0; i < n && p > 1e-16; i++)
                out[y * n + i] += p * in[to * n + i];
        }
}

static void update_prices(iteration *it) {
    savings_sovereign *s = it->s;
    bool defaults;
    for (size_t y = 0; y < s->states; y++)
        for (size_t i = 0; i < s->points; i++) {
            savings_sovereign_value(s, y, i, &defaults);
            it->V[y * s->points + i] = defaults ? 0 : 1 / (1 + s->parameters.interest);
        }
    expect(s, it->V, s->price);
    for (size_t y = 0; y < s->states; y++)
        for (size_t i = 0; i < s->points; i++)
            it->V[y * s->points + i] = savings_sovereign_value(s, y, i, &defaults);
    expect(s, it->V, it->expected);
}

/* The best b' between nodes from and to, of which there is one that leaves something to consume if any does. */
static double choose(const iteration *it, size_t y, size_t node, size_t from, size_t to, size_t *choice) {
    const savings_sovereign *s = it->s;
    const double *price = s->price + y * s->points, *expected = it->expected + y * s->points;
    double means = s->income->level[y] + s->b[node], best = -INFINITY, crra = s->parameters.crra;
    *choice = from;
    for (size_t j = from; j <= to; j++) {
        double c = means - price[j] * s->b[j];
        if (!(c > 0))
            continue;
        double value = (crra == 2 ? -1 / c : savings_utility(crra, c)) + s->parameters.beta * expected[j];
        if (value > best) {
            best = value;
            *choice = j;
        }
    }
    return best;
}

/* Nodes strictly between low and high, whose choices are known. */
static void fill_between(iteration *it, size_t y, size_t low, size_t high) {
    if (high - low < 2)
        return;
    size_t n = it->s->points, middle = low + (high - low) / 2, *choice = it->s->choice + y * n;
    it->repay[y * n + middle] = choose(it, y, middle, choice[low], choice[high], &choice[middle]);
    fill_between(it, y, low, middle);
    fill_between(it, y, middle, high);
}

/* What can be raised by new debt at most, and where. */
static size_t best_revenue(const savings_sovereign *s, size_t y) {
    size_t best = 0;
    const double *price = s->price + y * s->points;
    for (size_t j = 1; j < s->points; j++)
        if (-price[j] * s->b[j] > -price[best] * s->b[best])
            best = j;
    return best;
}

static void update_state(iteration *it, size_t y) {
    savings_sovereign *s = it->s;
    size_t n = s->points, *choice = s->choice + y * n, most = best_revenue(s, y), first = 0;
    double revenue = -s->price[y * n + most] * s->b[most];
    while (first < n && !(s->income->level[y] + s->b[first] + revenue > 0)) {
        it->repay[y * n + first] = -INFINITY;
        choice[first++] = most;
    }
    if (first == n)
        return;
    it->repay[y * n + first] = choose(it, y, first, 0, n - 1, &choice[first]);
    it->repay[y * n + n - 1] = choose(it, y, n - 1, choice[first], n - 1, &choice[n - 1]);
    fill_between(it, y, first, n - 1);
}

static void update_fail(iteration *it) {
    const savings_sovereign *s = it->s;
    const savings_sovereign_parameters *p = &s->parameters;
    for (size_t y = 0; y < s->states; y++) {
        double later = 0;
        for (size_t to = 0; to < s->states; to++)
            later += s->income->transition[y * s->states + to] *
                     (p->reentry * it->V[to * s->points + s->zero] + (1 - p->reentry) * s->fail[to]);
        it->fail[y] = savings_utility(p->crra, fmin(s->income->level[y], p->cap)) + p->beta * later;
    }
}

/* Takes over the new values; the largest change of V = max(V_r, V_d). */
static double take_over(iteration *it) {
    savings_sovereign *s = it->s;
    size_t n = s->points;
    double change = 0;
    for (size_t y = 0; y < s->states; y++) {
        for (size_t i = 0; i < n; i++)
            change = fmax(change, fabs(fmax(it->repay[y * n + i], it->fail[y]) - it->V[y * n + i]));
        s->fail[y] = it->fail[y];
    }
    memcpy(s->repay, it->repay, s->states * n * sizeof *s->repay);
    return change;
}

/* b*(y): where the line through the last node that defaults and the next one crosses V_d. */
static void find_thresholds(savings_sovereign *s) {
    for (size_t y = 0; y < s->states; y++) {
        size_t i = 0, n = s->points;
        bool defaults = true;
        while (i < n && (savings_sovereign_value(s, y, i, &defaults), defaults))
            i++;
        if (i == 0 || i == n) {
            s->threshold[y] = i == 0 ? -INFINITY : INFINITY;
            continue;
        }
        double above = s->repay[y * n + i] - s->fail[y], below = s->repay[y * n + i - 1] - s->fail[y];
        double share = isfinite(below) ? above / (above - below) : 0;
        s->threshold[y] = s->b[i] - share * (s->b[i] - s->b[i - 1]);
    }
}

/* The last period: everything is consumed, or in default what there is then. */
static void begin(savings_sovereign *s) {
    const savings_sovereign_parameters *p = &s->parameters;
    for (size_t y = 0; y < s->states; y++) {
        s->fail[y] = savings_utility(p->crra, fmin(s->income->level[y], p->cap));
        for (size_t i = 0; i < s->points; i++) {
            double c = s->income->level[y] + s->b[i];
            s->repay[y * s->points + i] = c > 0 ? savings_utility(p->crra, c) : -INFINITY;
        }
    }
}

static bool is_interrupted(const savings_sovereign_watch *watch) {
    return watch && watch->interrupted && watch->interrupted(watch->interrupted_context);
}

/* Changes shrink by beta a step. */
static void tell(const savings_sovereign *s, double goal, const savings_sovereign_watch *watch) {
    double left = s->change > goal ? ceil(log(goal / s->change) / log(s->parameters.beta)) : 0;
    if (watch && watch->progress)
        watch->progress(s->iterations, s->iterations + (size_t)fmin(left, 1e9), watch->progress_context);
}

static void iterate(savings_sovereign *s, double *scratch, const savings_sovereign_watch *watch) {
    const savings_sovereign_parameters *p = &s->parameters;
    size_t size = s->states * s->points;
    iteration it = {s, scratch, scratch + size, scratch + 2 * size, scratch + 3 * size};
    double goal = p->tolerance * (1 - p->beta) / p->beta;
    while (s->iterations < p->iterations && !s->converged && !is_interrupted(watch)) {
        update_prices(&it);
        for (size_t y = 0; y < s->states; y++)
            update_state(&it, y);
        update_fail(&it);
        s->change = take_over(&it);
        s->iterations++;
        s->converged = s->change <= goal;
        tell(s, goal, watch);
    }
}

crease_status savings_sovereign_solve(const savings_sovereign_parameters *parameters,
                                      const savings_sovereign_watch *watch, savings_sovereign **sovereign,
                                      crease_error *error) {
    double *scratch = NULL;
    *sovereign = NULL;
    crease_status status = check(parameters, error);
    if (status != CREASE_OK)
        return status;
    savings_sovereign *s = calloc(1, sizeof *s);
    if (!s)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a country");
    s->parameters = *parameters;
    status = allocate(s, &scratch, error);
    if (status == CREASE_OK) {
        begin(s);
        iterate(s, scratch, watch);
        find_thresholds(s);
        *sovereign = s;
    } else
        savings_sovereign_free(s);
    free(scratch);
    return status;
}

/* The envelope: V_r' = u'(c), at the node just above. */
double savings_sovereign_slope(const savings_sovereign *s, size_t y) {
    size_t i = 0, n = s->points;
    bool defaults = true;
    while (i < n && (savings_sovereign_value(s, y, i, &defaults), defaults))
        i++;
    if (i == 0 || i == n)
        return NAN;
    size_t next = s->choice[y * n + i];
    return savings_marginal_utility(s->parameters.crra,
                                    s->income->level[y] + s->b[i] - s->price[y * n + next] * s->b[next]);
}
