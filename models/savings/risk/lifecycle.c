/* Backward over ages: the policy of age t follows from that of t + 1 by one step of endogenous grid points; the last is c = m.
 * Forward over ages: the cohort's masses, moved by one flow an age. */
#include "savings/risk/lifecycle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void savings_lifecycle_free(savings_lifecycle *lifecycle) {
    if (!lifecycle)
        return;
    for (size_t t = 0; lifecycle->shocks && t < lifecycle->ages; t++)
        savings_shocks_list_free(lifecycle->shocks[t], lifecycle->states);
    for (size_t i = 0; lifecycle->rule && i < lifecycle->ages * lifecycle->states; i++)
        savings_rule_free(lifecycle->rule[i]);
    savings_markov_free(lifecycle->markov);
    free(lifecycle->household);
    free(lifecycle->shocks);
    free(lifecycle->stay);
    free(lifecycle->rule);
    free(lifecycle);
}

static crease_status check(const savings_life *life, crease_error *error) {
    if (!(life->crra > 0 && isfinite(life->crra)) || !(life->beta > 0 && isfinite(life->beta)))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "risk aversion and the discount factor must be above 0, not %g and %g", life->crra,
                           life->beta);
    if (life->ages < 2 || life->ages > 100000)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a life takes 2 to 100000 ages, not %zu", life->ages);
    for (size_t t = 0; t < life->ages; t++) {
        bool works = t < life->retired;
        if (!isfinite(life->profile[t]) || life->profile[t] < 0 || (works && life->profile[t] == 0))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "income at age number %zu is %g; it must be above 0", t + 1, life->profile[t]);
        if (life->survival && !(life->survival[t] > 0 && life->survival[t] <= 1) && t + 1 < life->ages)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "survival from age number %zu is %g; it must be a probability above 0", t + 1,
                               life->survival[t]);
    }
    for (size_t k = 0; life->shocks && k < life->shocks->count; k++)
        if (!(fabs(life->shocks->permanent[k] - 1) <= 1e-9))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "a life in levels takes no permanent shocks (outcome %zu has %g); use the persistent "
                "level",
                k + 1, life->shocks->permanent[k]);
    return life->shocks ? savings_shocks_check(life->shocks, error) : CREASE_OK;
}

static crease_status allocate(savings_lifecycle *l, const savings_life *life, crease_error *error) {
    l->ages = life->ages;
    l->states = life->states ? life->states : 1;
    crease_status status = savings_rouwenhorst(l->states, life->persistence, life->sd, &l->markov, error);
    if (status != CREASE_OK)
        return status;
    l->household = calloc(l->ages, sizeof *l->household);
    l->shocks = calloc(l->ages, sizeof *l->shocks);
    l->stay = calloc(l->states * l->states, sizeof *l->stay);
    l->rule = calloc(l->ages * l->states, sizeof *l->rule);
    if (!l->household || !l->shocks || !l->stay || !l->rule)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu ages and %zu income states",
                           l->ages, l->states);
    for (size_t s = 0; s < l->states; s++)
        l->stay[s * l->states + s] = 1;
    return CREASE_OK;
}

/* The step into age t: its income, the transition of states, and the discount of the year before. */
static crease_status fill_age(savings_lifecycle *l, const savings_life *life, size_t t, crease_error *error) {
    double one = 1;
    savings_shocks certain = {.count = 1, .probability = &one, .permanent = &one, .transitory = &one};
    bool works = t < life->retired;
    crease_status status = savings_shocks_by_state(works && life->shocks ? life->shocks : &certain,
                                                   l->markov->level, l->states, &l->shocks[t], error);
    if (status != CREASE_OK)
        return status;
    for (size_t s = 0; s < l->states; s++)
        for (size_t k = 0; k < l->shocks[t][s]->count; k++) {
            l->shocks[t][s]->transitory[k] *= life->profile[t];
            l->shocks[t][s]->permanent[k] = 1;
        }
    savings_household *h = &l->household[t];
    *h = (savings_household){.crra = life->crra,
                             .discount = life->beta * (life->survival && t > 0 ? life->survival[t - 1] : 1),
                             .growth = 1,
                             .rate_count = life->rate_count,
                             .limit = life->limit,
                             .states = l->states,
                             .transition = works ? l->markov->transition : l->stay,
                             .shocks = (const savings_shocks *const *)l->shocks[t]};
    memcpy(h->rate, life->rate, sizeof h->rate);
    memcpy(h->rate_kink, life->rate_kink, sizeof h->rate_kink);
    return savings_household_check(h, false, NULL, error);
}

/* No debt is left behind: in the year before the last, assets may be negative only when they are surely repaid. */
static crease_status step(savings_lifecycle *l, size_t t, const savings_grid_options *grid,
                          crease_error *error) {
    crease_status status = CREASE_OK;
    savings_rule **rule = l->rule + t * l->states;
    bool is_last = t + 1 == l->ages;
    size_t room = is_last ? 1 : savings_rule_room(&l->household[t + 1], grid);
    for (size_t s = 0; s < l->states && status == CREASE_OK; s++)
        status = savings_rule_new(&rule[s], room, error);
    if (status != CREASE_OK)
        return status;
    for (size_t s = 0; s < l->states && is_last; s++)
        savings_rule_consume_all(rule[s], l->household[t].crra);
    return is_last ? CREASE_OK
                   : savings_rule_step(&l->household[t + 1], grid,
                                       (const savings_rule *const *)(l->rule + (t + 1) * l->states), true,
                                       (savings_rule *const *)rule, error);
}

crease_status savings_lifecycle_solve(const savings_life *life, const savings_grid_options *grid,
                                      savings_lifecycle **lifecycle, crease_error *error) {
    static const savings_grid_options standard = {0};
    *lifecycle = NULL;
    crease_status status = check(life, error);
    if (status != CREASE_OK)
        return status;
    savings_lifecycle *made = calloc(1, sizeof *made);
    if (!made)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a life");
    status = allocate(made, life, error);
    for (size_t t = 0; t < life->ages && status == CREASE_OK; t++)
        status = fill_age(made, life, t, error);
    for (size_t t = life->ages; t-- > 0 && status == CREASE_OK;)
        status = step(made, t, grid ? grid : &standard, error);
    if (status == CREASE_OK)
        *lifecycle = made;
    else
        savings_lifecycle_free(made);
    return status;
}

savings_rule_point savings_lifecycle_at(const savings_lifecycle *lifecycle, size_t age, size_t state,
                                        double m) {
    return savings_rule_evaluate(&lifecycle->household[age], lifecycle->rule[age * lifecycle->states + state],
                                 m);
}

/* ---- the cohort ---- */

static const savings_rule *const *rules_at(const savings_lifecycle *l, size_t t) {
    return (const savings_rule *const *)(l->rule + t * l->states);
}

static void describe_age(const savings_lifecycle *l, size_t t, savings_flow *flow, size_t nodes,
                         const double *a, const double *before, const double *mass, double *marginal,
                         savings_age_profile *age) {
    double gini, top, percentile[SAVINGS_PERCENTILES];
    for (size_t j = 0; j < nodes; j++) {
        marginal[j] = 0;
        for (size_t s = 0; s < l->states; s++)
            marginal[j] += mass[s * nodes + j];
    }
    age->atoms = savings_atoms(&l->household[t], rules_at(l, t), age->atom);
    age->means = savings_flow_mean(flow, before);
    savings_distribution_describe(nodes, a, marginal, &age->sd, &gini, percentile, &top);
    age->p10 = percentile[2];
    age->p50 = percentile[4];
    age->p90 = percentile[6];
}

/* Nodes of every age: the least assets differ by age and state where they are what can be repaid. */
static crease_status cohort_nodes(const savings_lifecycle *l, double assets, size_t nodes, double highest,
                                  double **a, size_t *count, crease_error *error) {
    size_t rules = l->ages * l->states, exact_count = 0;
    const savings_household *h = &l->household[0];
    double *exact = calloc(rules + SAVINGS_MOST_RATES + 1, sizeof *exact), least = assets;
    if (!exact)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a cohort");
    exact[exact_count++] = assets;
    for (size_t i = 0; i < rules; i++) {
        double low = l->rule[i]->limit_binds ? l->rule[i]->a[0] : l->rule[i]->lowest;
        if (low != exact[exact_count - 1])
            exact[exact_count++] = low;
        least = fmin(least, low);
    }
    for (size_t i = 0; i + 1 < h->rate_count; i++)
        if (h->rate_kink[i] > least)
            exact[exact_count++] = h->rate_kink[i];
    crease_status status = savings_asset_nodes(least, highest > 0 ? highest : 50, nodes ? nodes : 1000,
                                               exact_count, exact, a, count, error);
    free(exact);
    return status;
}

crease_status savings_lifecycle_cohort(const savings_lifecycle *l, double assets, size_t nodes,
                                       double highest, savings_age_profile *profile, crease_error *error) {
    double *a = NULL, *mass = NULL;
    size_t count = 0, size = 0;
    crease_status status = isfinite(assets)
                               ? cohort_nodes(l, assets, nodes, highest, &a, &count, error)
                               : crease_fail(error, CREASE_BAD_ARGUMENT, "first assets must be a number");
    if (status == CREASE_OK && !(mass = calloc((2 * l->states + 1) * count, sizeof *mass)))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a cohort on %zu nodes", count);
    size = l->states * count;
    for (size_t j = 0; j < count && status == CREASE_OK; j++)
        for (size_t s = 0; s < l->states; s++)
            mass[s * count + j] = a[j] == assets ? l->markov->stationary[s] : 0;
    for (size_t t = 0; t < l->ages && status == CREASE_OK; t++) {
        savings_flow *flow;
        double *before = mass + (t % 2 ? size : 0), *after = mass + (t % 2 ? 0 : size);
        status = savings_flow_new(&l->household[t], rules_at(l, t), count, a, NULL, &flow, error);
        if (status != CREASE_OK)
            break;
        savings_flow_push(flow, before, after);
        describe_age(l, t, flow, count, a, before, after, mass + 2 * size, &profile[t]);
        savings_flow_free(flow);
        if (profile[t].means.stranded > 1e-9)
            status = crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "at age number %zu, %.2g of the cohort have debts that they cannot carry; begin with more "
                "assets",
                t + 1, profile[t].means.stranded);
    }
    free(mass);
    free(a);
    return status;
}
