/* Budgets and consumption rules: evaluation between nodes.
 *
 * c is the cubic Hermite interpolant of its values and slopes. V less what a straight policy would give has slope 0 at both nodes
 * of a cell: with c_l the chord of c and k its slope, V - u(c_l)/k interpolates by 1 - 3t^2 + 2t^3 alone. That is the Hermite
 * interpolant of V with V' = u'(c), of fourth order, and exact where the policy is straight. */
#include "savings/rule.h"
#include "savings/savings.h"
#include <math.h>
#include <stdlib.h>

double savings_budget(const savings_household *h, double a, double *rate_left, double *rate_right) {
    size_t piece = 0, last = h->rate_count - 1;
    while (piece < last && a >= h->rate_kink[piece])
        piece++;
    double left = piece > 0 && a == h->rate_kink[piece - 1] ? h->rate[piece - 1] : h->rate[piece], value = 0;
    if (rate_left)
        *rate_left = left;
    if (rate_right)
        *rate_right = h->rate[piece];
    /* the integral of the rate from 0 to a */
    double from = fmin(a, 0), to = fmax(a, 0);
    for (size_t i = 0; i <= last; i++) {
        double low = i == 0 ? from : fmax(from, h->rate_kink[i - 1]),
               high = i == last ? to : fmin(to, h->rate_kink[i]);
        if (high > low)
            value += h->rate[i] * (high - low);
    }
    return a < 0 ? -value : value;
}

double savings_budget_inverse(const savings_household *h, double value) {
    size_t piece = 0, last = h->rate_count - 1;
    while (piece < last && value >= savings_budget(h, h->rate_kink[piece], NULL, NULL))
        piece++;
    double anchor = piece > 0 ? h->rate_kink[piece - 1] : piece < last ? h->rate_kink[piece] : 0;
    return anchor + (value - savings_budget(h, anchor, NULL, NULL)) / h->rate[piece];
}

crease_status savings_rule_new(savings_rule **rule, size_t room, crease_error *error) {
    savings_rule *made = room > 0 && room <= SIZE_MAX / 64 ? calloc(1, sizeof *made) : NULL;
    *rule = NULL;
    if (made)
        made->m = calloc(6 * room, sizeof *made->m);
    if (!made || !made->m) {
        free(made);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a policy of %zu nodes", room);
    }
    made->room = room;
    made->c = made->m + room;
    made->a = made->c + room;
    made->mpc_left = made->a + room;
    made->mpc_right = made->mpc_left + room;
    made->V = made->mpc_right + room;
    *rule = made;
    return CREASE_OK;
}

void savings_rule_free(savings_rule *rule) {
    if (!rule)
        return;
    free(rule->m);
    free(rule);
}

void savings_rule_consume_all(savings_rule *rule, double crra) {
    rule->count = 1;
    rule->m[0] = rule->c[0] = 1;
    rule->a[0] = 0;
    rule->mpc_left[0] = rule->mpc_right[0] = 1;
    rule->V[0] = savings_utility(crra, 1);
    rule->lowest = 0;
    rule->limit_binds = true;
    rule->kink_count = rule->first_order = 0;
}

size_t savings_rule_cell(const savings_rule *rule, double m, size_t guess) {
    size_t low = 0, high = rule->count; /* nodes at or below m */
    if (guess > 0 && guess <= rule->count && rule->m[guess - 1] <= m) {
        low = guess;
        for (size_t step = 1; low < high; step *= 2) { /* m ascends from call to call: look near first */
            size_t next = low + step <= high ? low + step : high;
            if (!(rule->m[next - 1] <= m)) {
                high = next - 1;
                break;
            }
            low = next;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rule->m[middle] <= m)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double savings_rule_consume(const savings_rule *rule, size_t cell, double m, double *mpc) {
    if (cell == 0) {
        *mpc = rule->c[0] / (rule->m[0] - rule->lowest);
        return *mpc * (m - rule->lowest);
    }
    size_t i = cell - 1;
    if (cell == rule->count) {
        *mpc = rule->mpc_right[i];
        return rule->c[i] + *mpc * (m - rule->m[i]);
    }
    double h = rule->m[i + 1] - rule->m[i], t = (m - rule->m[i]) / h, rise = rule->c[i + 1] - rule->c[i];
    double s0 = h * rule->mpc_right[i], s1 = h * rule->mpc_left[i + 1], bend = s0 + s1 - 2 * rise;
    double quadratic = rise - s0 - bend;
    *mpc = (s0 + t * (2 * quadratic + 3 * t * bend)) / h;
    return rule->c[i] + t * (s0 + t * (quadratic + t * bend));
}

savings_value_weights savings_rule_value_weights(const savings_rule *rule, double crra, size_t cell,
                                                 double m) {
    if (cell == 0 || cell == rule->count) {
        size_t i = cell == 0 ? 0 : cell - 1;
        double mpc, c = savings_rule_consume(rule, cell, m, &mpc);
        return (savings_value_weights){(savings_utility(crra, c) - savings_utility(crra, rule->c[i])) / mpc,
                                       1, 0, i};
    }
    size_t i = cell - 1;
    double h = rule->m[i + 1] - rule->m[i], t = (m - rule->m[i]) / h,
           chord = (rule->c[i + 1] - rule->c[i]) / h;
    double upper = t * t * (3 - 2 * t), lower = 1 - upper;
    double straight = savings_utility(crra, rule->c[i] + chord * (m - rule->m[i]));
    double constant = (straight - lower * savings_utility(crra, rule->c[i]) -
                       upper * savings_utility(crra, rule->c[i + 1])) /
                      chord;
    return (savings_value_weights){constant, lower, upper, i};
}

double savings_rule_value(const savings_rule *rule, double crra, size_t cell, double m) {
    savings_value_weights w = savings_rule_value_weights(rule, crra, cell, m);
    return w.constant + w.lower * rule->V[w.node] + (w.upper != 0 ? w.upper * rule->V[w.node + 1] : 0);
}

savings_rule_point savings_rule_evaluate(const savings_household *household, const savings_rule *rule,
                                         double m) {
    savings_rule_point point = {NAN, NAN, NAN, NAN, false, NAN};
    if (!(m > rule->lowest))
        return point;
    size_t cell = savings_rule_cell(rule, m, 0);
    point.c = savings_rule_consume(rule, cell, m, &point.mpc_right);
    point.mpc_left = cell > 0 && m == rule->m[cell - 1] ? rule->mpc_left[cell - 1] : point.mpc_right;
    point.a = m - point.c;
    point.V = savings_rule_value(rule, household->crra, cell, m);
    bool at_end = cell > 0 && m == rule->m[cell - 1];
    if ((cell == 0 || (cell == 1 && at_end)) && rule->limit_binds) {
        point.a = rule->a[0];
        point.stays = true;
    } else if (cell > 0 && cell < rule->count && rule->a[cell - 1] == rule->a[cell]) {
        point.a = rule->a[cell];
        point.stays = true;
    } else if (cell > 1 && at_end && rule->a[cell - 2] == rule->a[cell - 1]) {
        point.a = rule->a[cell - 1];
        point.stays = true;
    }
    return point;
}
