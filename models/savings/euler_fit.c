/* The Euler error as a least-squares problem. With c = f(m), a = m - c, m'_k = B(a)/(G psi_k) + theta_k, c'_k = f(m'_k),
 *
 *   e = (b B'(a) S)^(-1/g)/c - 1,   S = sum_k p_k (G psi_k c'_k)^(-g),
 *   de = (1 + e) (sum_k w_k dc'_k/c'_k - dc/c),   w_k = p_k (G psi_k c'_k)^(-g)/S,
 *   dc'_k = f_theta(m'_k) - f'(m'_k) B'(a)/(G psi_k) f_theta(m).
 *
 * An error of c that is the same share everywhere hardly shows in e: rows of the relative error of c, of little weight, pin it
 * down, and stand alone where the equation is an inequality. Problem A is the case of one shock. */
#include "savings/euler_fit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct euler_problem {
    const savings_household *household;
    const savings_held *held;
    size_t n;
    const double *x, *c;  /* states and their exact consumption */
    const bool *corner;   /* where the equation is an inequality */
    const double *weight; /* of the error of c */
} euler_problem;

typedef struct euler_work {
    crease_work *work;
    double *theta;             /* all parameters */
    double *here, *de;         /* gradients at m of c and e: parameters each */
    double *x, *y, *slope, *J; /* next states of one m: shocks, shocks, shocks, shocks x parameters */
} euler_work;

static void euler_work_free(void *memory) {
    euler_work *w = memory;
    if (!w)
        return;
    crease_work_free(w->work);
    free(w->theta);
    free(w);
}

static void *euler_work_new(const void *context) {
    const euler_problem *p = context;
    const crease_net *net = p->held->net;
    size_t shocks = p->household->shocks[0]->count, parameters = net->parameter_count;
    euler_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = reallocarray(NULL, 3 * parameters + (3 + parameters) * shocks, sizeof *w->theta);
    if (!w->theta || crease_work_new(net, &w->work, NULL) != CREASE_OK) {
        euler_work_free(w);
        return NULL;
    }
    w->here = w->theta + parameters;
    w->de = w->here + parameters;
    w->x = w->de + parameters;
    w->y = w->x + shocks;
    w->slope = w->y + shocks;
    w->J = w->slope + shocks;
    memcpy(w->theta, net->theta, parameters * sizeof *w->theta);
    return w;
}

/* e at state i and, unless de is NULL, its derivative in all parameters. NaN where c or c' is not positive. */
static double euler_row(const euler_problem *p, euler_work *w, size_t i, double c, double *de) {
    const savings_household *h = p->household;
    const savings_shocks *shocks = h->shocks[0];
    const crease_net *net = p->held->net;
    size_t parameters = net->parameter_count, count = shocks->count;
    double left, rate, budget = savings_budget(h, p->x[i] - c, &left, &rate), sum = 0;
    for (size_t k = 0; k < count; k++)
        w->x[k] = budget / (h->growth * shocks->permanent[k]) + shocks->transitory[k];
    if (de) {
        crease_net_jacobian(net, w->theta, w->work, count, w->x, w->y, w->J, parameters);
        crease_net_input_gradient(net, w->theta, w->work, count, w->x, NULL, w->slope);
    } else {
        crease_net_evaluate(net, w->theta, w->work, count, w->x, w->y);
    }
    for (size_t k = 0; k < count; k++) {
        if (!(w->y[k] > 0))
            return NAN;
        w->x[k] = shocks->probability[k] *
                  savings_marginal_utility(h->crra, h->growth * shocks->permanent[k] * w->y[k]);
        sum += w->x[k];
    }
    double asked = pow(h->discount * rate * sum, -1 / h->crra) / c;
    if (!de)
        return asked - 1;
    double own = -1 / c;
    memset(de, 0, parameters * sizeof *de);
    for (size_t k = 0; k < count; k++) {
        double share = w->x[k] / (sum * w->y[k]);
        own -= share * w->slope[k] * rate / (h->growth * shocks->permanent[k]);
        for (size_t j = 0; j < parameters; j++)
            de[j] += share * w->J[k * parameters + j];
    }
    for (size_t j = 0; j < parameters; j++)
        de[j] = asked * (de[j] + own * w->here[j]);
    return asked - 1;
}

/* Rows 0 to n - 1: Euler errors; n to 2n - 1: errors of consumption. J may be NULL. */
static bool fill(const euler_problem *p, euler_work *w, const double *theta, double *r, double *J) {
    const crease_net *net = p->held->net;
    size_t parameters = net->parameter_count, count = p->held->count;
    bool finite = true;
    for (size_t j = 0; j < count; j++)
        w->theta[p->held->place[j]] = theta[j];
    double *de = J ? w->de : NULL;
    for (size_t i = 0; i < p->n && finite; i++) {
        double c, weight = p->weight[i];
        crease_net_jacobian(net, w->theta, w->work, 1, &p->x[i], &c, w->here, parameters);
        double e = p->corner[i] ? 0 : c > 0 ? euler_row(p, w, i, c, de) : NAN;
        finite = isfinite(e);
        if (r) {
            r[i] = e;
            r[p->n + i] = weight * (c / p->c[i] - 1);
        }
        for (size_t j = 0; J && j < count; j++) {
            J[i * count + j] = p->corner[i] ? 0 : de[p->held->place[j]];
            J[(p->n + i) * count + j] = weight * w->here[p->held->place[j]] / p->c[i];
        }
    }
    return finite;
}

static bool euler_residual(const void *context, void *work, const double *theta, double *r) {
    return fill(context, work, theta, r, NULL);
}

static bool euler_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    return fill(context, work, theta, r, J);
}

/* Problem A as a household: one shock, income for sure. */
typedef struct sure_household {
    savings_household household;
    savings_shocks shocks;
    const savings_shocks *list[1];
    double one[2], income;
} sure_household;

static const savings_household *household_of(const savings_solution *solution, sure_household *sure) {
    const savings_parameters *p = &solution->parameters;
    if (solution->household)
        return solution->household;
    if (solution->model != SAVINGS_A)
        return NULL;
    sure->one[0] = sure->one[1] = 1;
    sure->income = p->income;
    sure->shocks = (savings_shocks){1, &sure->one[0], &sure->one[1], &sure->income};
    sure->list[0] = &sure->shocks;
    sure->household = (savings_household){.crra = p->crra,
                                          .discount = p->beta,
                                          .growth = 1,
                                          .rate_count = 1,
                                          .rate = {p->R},
                                          .limit = p->limit,
                                          .states = 1,
                                          .shocks = sure->list};
    return &sure->household;
}

/* Never asked: the policy of a corner is of no matter. */
static double any_policy(double x, void *context) {
    (void)x;
    return *(double *)context;
}

crease_status savings_minimise_euler(const savings_solution *solution, crease_net *net, size_t n,
                                     const double *x, const double *kink, size_t kinks, double value_weight,
                                     const crease_fit_options *options, crease_error *error) {
    sure_household sure;
    savings_held held = {0};
    euler_problem p = {.household = household_of(solution, &sure), .held = &held, .n = n, .x = x};
    if (!p.household)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "Euler errors are minimised for models A, K3 and D1; fit c of model %s itself",
                           savings_model_name(solution->model));
    double *c = calloc(2 * n + net->parameter_count, sizeof *c), *weight = c + n, *theta = weight + n;
    bool *corner = calloc(n + 1, sizeof *corner);
    crease_status status = c && corner
                               ? savings_held_new(net, kink, kinks, &held, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu states", n);
    if (status != CREASE_OK)
        goto done;
    for (size_t i = 0; i < n; i++) {
        c[i] = savings_consumption(solution, x[i]);
        corner[i] = isnan(savings_euler_error(solution, x[i], any_policy, &c[i]));
        weight[i] = corner[i] ? 1 : value_weight;
        for (size_t k = 0; k < kinks; k++)
            weight[i] = x[i] == kink[k] ? SAVINGS_KINK_WEIGHT : weight[i];
    }
    p.c = c;
    p.corner = corner;
    p.weight = weight;
    crease_problem problem = {.residuals = 2 * n,
                              .parameters = held.count,
                              .context = &p,
                              .work_new = euler_work_new,
                              .work_free = euler_work_free,
                              .residual = euler_residual,
                              .jacobian = euler_jacobian,
                              .linear_from = held.count};
    crease_fit_options chosen = *options;
    crease_minimum minimum;
    chosen.method = CREASE_METHOD_LM;
    for (size_t j = 0; j < held.count; j++)
        theta[j] = net->theta[held.place[j]];
    status = crease_minimise(&problem, &chosen, 0, theta, &minimum, error);
    for (size_t j = 0; status == CREASE_OK && j < held.count; j++)
        net->theta[held.place[j]] = theta[j];
done:
    savings_held_clear(&held);
    free(c);
    free(corner);
    return status;
}
