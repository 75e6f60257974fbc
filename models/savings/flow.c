/* One period's move of the masses on nodes of assets.
 *
 * The move from assets a_j into income state s' with shock k does not depend on the state s left behind, so the masses are
 * first mixed over states, x[s'][j] = S sum_s mass[s][j] P[s][s'] + newborns, and then spread: prob[k] x[s'][j] goes to the
 * nodes i, i+1 beside a' with shares 1-w, w, w = (a' - a_i)/(a_{i+1} - a_i). */
#include "savings/risk/distribution.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATOMS = 7,
    MEAN_COUNT = ATOMS + SAVINGS_MOST_ATOMS
}; /* c, a, m, income, mpc, above, stranded, atoms */

struct savings_flow {
    size_t nodes, states, atoms;
    double *a;          /* nodes */
    double *transition; /* states x states */
    double *
        newborn; /* states: probability that a newborn begins there, times the share of newborns; NULL: none */
    size_t newborn_node;
    double survival;
    size_t *shocks, *offset; /* states: how many, and where their entries begin */
    double **probability;    /* states x shocks */
    uint32_t *target; /* entries: node i of state s', assets j, shock k at offset[s'] + j shocks[s'] + k */
    double *share;    /* w */
    double *means;    /* states x nodes x MEAN_COUNT: expectations over the shocks */
    double *mixed;    /* states x nodes */
};

void savings_flow_free(savings_flow *flow) {
    if (!flow)
        return;
    for (size_t s = 0; flow->probability && s < flow->states; s++)
        free(flow->probability[s]);
    free(flow->probability);
    free(flow->a);
    free(flow->transition);
    free(flow->newborn);
    free(flow->shocks);
    free(flow->offset);
    free(flow->target);
    free(flow->share);
    free(flow->means);
    free(flow->mixed);
    free(flow);
}

static savings_flow *allocate(const savings_household *h, size_t nodes) {
    savings_flow *flow = calloc(1, sizeof *flow);
    if (!flow || nodes > UINT32_MAX / 2 || nodes > SIZE_MAX / 1024 / h->states / MEAN_COUNT) {
        free(flow);
        return NULL;
    }
    size_t entries = 0, states = h->states;
    flow->nodes = nodes;
    flow->states = states;
    flow->shocks = calloc(states, sizeof *flow->shocks);
    flow->offset = calloc(states, sizeof *flow->offset);
    flow->probability = calloc(states, sizeof *flow->probability);
    bool ok = flow->shocks && flow->offset && flow->probability;
    for (size_t s = 0; ok && s < states; s++) {
        size_t count = h->shocks[s]->count;
        flow->shocks[s] = count;
        flow->offset[s] = entries;
        flow->probability[s] = calloc(count, sizeof *flow->probability[s]);
        ok = flow->probability[s] && count <= (SIZE_MAX / 16 - entries) / nodes;
        entries += ok ? nodes * count : 0;
    }
    if (ok) {
        flow->a = calloc(nodes, sizeof *flow->a);
        flow->transition = calloc(states * states, sizeof *flow->transition);
        flow->target = calloc(entries, sizeof *flow->target);
        flow->share = calloc(entries, sizeof *flow->share);
        flow->means = calloc(states * nodes * MEAN_COUNT, sizeof *flow->means);
        flow->mixed = calloc(states * nodes, sizeof *flow->mixed);
    }
    if (ok && flow->a && flow->transition && flow->target && flow->share && flow->means && flow->mixed)
        return flow;
    savings_flow_free(flow);
    return NULL;
}

/* The last node at or below x, but one before the last of all. */
static size_t node_below(const savings_flow *flow, double x) {
    size_t low = 0, high = flow->nodes - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (flow->a[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Where one household goes, and what it adds to the means of its node. At or below the least cash on hand nothing is consumed. */
static crease_status follow(savings_flow *flow, const savings_household *h, const savings_rule *rule,
                            double budget, const double *atom, size_t s, size_t j, size_t k,
                            crease_error *error) {
    const savings_shocks *shocks = h->shocks[s];
    double m = budget / (h->growth * shocks->permanent[k]) + shocks->transitory[k],
           p = flow->probability[s][k];
    double low = flow->a[0], top = flow->a[flow->nodes - 1],
           *mean = flow->means + (s * flow->nodes + j) * MEAN_COUNT;
    savings_rule_point point = savings_rule_evaluate(h, rule, m);
    bool stranded = m < rule->lowest - 1e-9 * (1 + fabs(rule->lowest));
    if (!isfinite(point.c))
        point = (savings_rule_point){.c = 0, .a = rule->lowest, .mpc_right = 1};
    if (point.a < low - 1e-9 * (1 + fabs(low)))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the policy leads to assets %g, below the first node %g", point.a, low);
    size_t entry = flow->offset[s] + j * flow->shocks[s] + k, i = node_below(flow, point.a);
    double w = (point.a - flow->a[i]) / (flow->a[i + 1] - flow->a[i]);
    flow->target[entry] = (uint32_t)i;
    flow->share[entry] = fmin(fmax(w, 0), 1);
    const double value[ATOMS] = {point.c,         point.a,       m,       shocks->transitory[k],
                                 point.mpc_right, point.a > top, stranded};
    for (size_t v = 0; v < ATOMS; v++)
        mean[v] += p * value[v];
    for (size_t v = 0; v < flow->atoms && point.stays; v++)
        mean[ATOMS + v] += point.a == atom[v] ? p : 0;
    return CREASE_OK;
}

static void set_probabilities(savings_flow *flow, const savings_household *h, bool weighted) {
    for (size_t s = 0; s < h->states; s++) {
        double sum = 0;
        for (size_t k = 0; k < h->shocks[s]->count; k++) {
            flow->probability[s][k] =
                h->shocks[s]->probability[k] * (weighted ? h->shocks[s]->permanent[k] : 1);
            sum += flow->probability[s][k];
        }
        for (size_t k = 0; k < h->shocks[s]->count; k++)
            flow->probability[s][k] /= sum;
    }
    for (size_t i = 0; i < h->states * h->states; i++)
        flow->transition[i] = h->states == 1 ? 1 : h->transition[i];
}

static crease_status set_newborns(savings_flow *flow, const savings_flow_options *options,
                                  crease_error *error) {
    flow->survival = options->survival == 0 ? 1 : options->survival;
    if (!(flow->survival > 0 && flow->survival <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "survival must be a probability above 0, not %g",
                           options->survival);
    if (flow->survival == 1)
        return CREASE_OK;
    if (options->income_weighted)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "weights by permanent income need that nobody dies (survival 1): newborns' permanent income "
            "is not known");
    flow->newborn_node = node_below(flow, options->newborn);
    if (flow->a[flow->newborn_node] != options->newborn)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the assets of newborns, %g, must be a node",
                           options->newborn);
    flow->newborn = calloc(flow->states, sizeof *flow->newborn);
    if (!flow->newborn)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for newborns");
    crease_status status = savings_stationary(flow->states, flow->transition, flow->newborn, error);
    for (size_t s = 0; s < flow->states; s++)
        flow->newborn[s] *= 1 - flow->survival;
    return status;
}

crease_status savings_flow_new(const savings_household *household, const savings_rule *const *rule,
                               size_t nodes, const double *a, const savings_flow_options *options,
                               savings_flow **made, crease_error *error) {
    savings_flow_options chosen = options ? *options : (savings_flow_options){0};
    double atom[SAVINGS_MOST_ATOMS];
    *made = NULL;
    for (size_t j = 0; j < nodes; j++)
        if (!isfinite(a[j]) || (j > 0 && !(a[j] > a[j - 1])))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "nodes of assets must ascend and be finite; node %zu is %g", j + 1, a[j]);
    if (nodes < 2)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a distribution needs at least two nodes of assets");
    savings_flow *flow = allocate(household, nodes);
    if (!flow)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a distribution on %zu nodes", nodes);
    memcpy(flow->a, a, nodes * sizeof *a);
    flow->atoms = savings_atoms(household, rule, atom);
    set_probabilities(flow, household, chosen.income_weighted);
    crease_status status = set_newborns(flow, &chosen, error);
    for (size_t j = 0; j < nodes && status == CREASE_OK; j++) {
        double budget = savings_budget(household, a[j], NULL, NULL);
        for (size_t s = 0; s < flow->states; s++)
            for (size_t k = 0; k < flow->shocks[s] && status == CREASE_OK; k++)
                if (flow->probability[s][k] > 0)
                    status = follow(flow, household, rule[s], budget, atom, s, j, k, error);
    }
    if (status != CREASE_OK)
        savings_flow_free(flow);
    else
        *made = flow;
    return status;
}

static void mix(savings_flow *flow, const double *mass) {
    size_t nodes = flow->nodes, states = flow->states;
    double total = 0;
    for (size_t i = 0; i < states * nodes; i++)
        total += mass[i];
    memset(flow->mixed, 0, states * nodes * sizeof *flow->mixed);
    for (size_t to = 0; to < states; to++) {
        double *mixed = flow->mixed + to * nodes;
        for (size_t from = 0; from < states; from++) {
            double p = flow->survival * flow->transition[from * states + to];
            for (size_t j = 0; j < nodes && p > 0; j++)
                mixed[j] += p * mass[from * nodes + j];
        }
        if (flow->newborn)
            mixed[flow->newborn_node] += total * flow->newborn[to];
    }
}

void savings_flow_push(savings_flow *flow, const double *mass, double *next) {
    size_t nodes = flow->nodes;
    mix(flow, mass);
    memset(next, 0, flow->states * nodes * sizeof *next);
    for (size_t s = 0; s < flow->states; s++) {
        double *row = next + s * nodes;
        const double *probability = flow->probability[s];
        for (size_t j = 0; j < nodes; j++) {
            double here = flow->mixed[s * nodes + j];
            size_t entry = flow->offset[s] + j * flow->shocks[s];
            for (size_t k = 0; k < flow->shocks[s] && here > 0; k++) {
                double moved = here * probability[k], upper = moved * flow->share[entry + k];
                row[flow->target[entry + k]] += moved - upper;
                row[flow->target[entry + k] + 1] += upper;
            }
        }
    }
}

savings_flow_means savings_flow_mean(savings_flow *flow, const double *mass) {
    double sum[MEAN_COUNT] = {0};
    mix(flow, mass);
    for (size_t i = 0; i < flow->states * flow->nodes; i++)
        for (size_t v = 0; v < MEAN_COUNT; v++)
            sum[v] += flow->mixed[i] * flow->means[i * MEAN_COUNT + v];
    savings_flow_means means = {.c = sum[0],
                                .a = sum[1],
                                .m = sum[2],
                                .income = sum[3],
                                .mpc = sum[4],
                                .above = sum[5],
                                .stranded = sum[6]};
    memcpy(means.atom, sum + ATOMS, sizeof means.atom);
    return means;
}
