/* Local search for knots: Levenberg-Marquardt on the positions, the structure of Hudson, and one knot at a time over
 * data further off, in turn until none of them helps. Under limits on slopes, curvature or points only the last. */
#include "pwl/knots_polish.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { ROUNDS = 12, PARTS = 4, PLACES = 64, PAIR_PLACES = 16 };

/* an improvement by less than this share is rounding */
static const double GAIN = 1e-13;

static bool better(double cost, double than) {
    return cost < than * (1 - GAIN) - 1e-32;
}

/* Knots can change order, so their numbers are not for ever. */
static void mark_fixed(polish *h, const knot_fit *fit) {
    const knot_rules *rules = h->rules;
    for (size_t j = 0, f = 0; j < h->k; j++) {
        while (f < rules->fixed_knots && rules->fixed_knot[f] < fit->t[j])
            f++;
        h->fixed[j] = f < rules->fixed_knots && rules->fixed_knot[f] == fit->t[j];
    }
}

bool crease_knot_polish_accept(polish *h, knot_fit *fit) {
    if (!crease_knot_places_are_allowed(h->points, h->rules, h->k, h->trial.t) ||
        !crease_knot_solve(h->solver, &h->trial) || !better(h->trial.cost, fit->cost))
        return false;
    crease_knot_fit_copy(&h->trial, fit);
    mark_fixed(h, fit);
    return true;
}

static bool try_place(polish *h, knot_fit *fit, size_t j, double place) {
    if (place == fit->t[j])
        return false;
    crease_knot_fit_copy(fit, &h->trial);
    h->trial.t[j] = place;
    return crease_knot_polish_accept(h, fit);
}

/* Data 1, 2, 4, .. places to either side. */
static bool try_data(polish *h, knot_fit *fit, size_t j, size_t reach) {
    const knot_points *p = h->points;
    size_t below = crease_knot_points_below(p, fit->t[j]), up_to = crease_knot_points_up_to(p, fit->t[j]);
    bool improved = false;
    for (size_t away = 1; away <= reach; away *= 2) {
        if (below >= away)
            improved = try_place(h, fit, j, p->x[below - away]) || improved;
        if (up_to + away - 1 < p->n)
            improved = try_place(h, fit, j, p->x[up_to + away - 1]) || improved;
    }
    return improved;
}

static bool exchange(polish *h, knot_fit *fit, size_t reach) {
    bool improved = false;
    for (size_t j = 0; j < h->k; j++)
        if (!h->fixed[j])
            improved = try_data(h, fit, j, reach) || improved;
    return improved;
}

/* Steps of `share` of the gap to either side, for rules under which there is no better way. */
static bool try_between(polish *h, knot_fit *fit, size_t j, double share) {
    const knot_points *p = h->points;
    bool improved = false;
    for (int side = -1; side <= 1; side += 2) {
        size_t right =
            side < 0 ? crease_knot_points_below(p, fit->t[j]) : crease_knot_points_up_to(p, fit->t[j]);
        if (right == 0 || right >= p->n)
            continue;
        double low = p->x[right - 1], high = p->x[right], step = side * share * (high - low);
        for (int part = 1; part <= PARTS; part++) {
            double place = fit->t[j] + step * part / PARTS;
            if (place > low && place < high)
                improved = try_place(h, fit, j, place) || improved;
        }
    }
    return improved;
}

/* The trial is fit with the knot `taken` at `place`, in order. */
static void put_elsewhere(polish *h, const knot_fit *fit, size_t taken, double place) {
    size_t at = 0;
    crease_knot_fit_copy(fit, &h->trial);
    for (size_t j = 0; j < h->k; j++)
        if (j != taken)
            h->trial.t[at++] = fit->t[j];
    while (at > 0 && h->trial.t[at - 1] > place) {
        h->trial.t[at] = h->trial.t[at - 1];
        at--;
    }
    h->trial.t[at] = place;
}

/* Takes the knot away that is missed least and puts it in the middle of one of `places` stretches of data, where that
 * helps. */
static bool relocate(polish *h, knot_fit *fit, size_t places) {
    const knot_points *p = h->points;
    size_t k = h->k, taken = k;
    double least = INFINITY;
    for (size_t j = 0; j < k; j++) {
        /* what the kink moves the function by, over the shorter piece beside it */
        double left = fit->t[j] - (j > 0 ? fit->t[j - 1] : p->x[0]);
        double right = (j + 1 < k ? fit->t[j + 1] : p->x[p->n - 1]) - fit->t[j];
        double moved = fabs(fit->slope[j + 1] - fit->slope[j]) * fmin(left, right);
        if (!h->fixed[j] && moved < least) {
            least = moved;
            taken = j;
        }
    }
    if (taken == k)
        return false;
    knot_fit best = {0};
    bool improved = crease_knot_fit_new(&best, k);
    for (size_t i = 0; improved && i < places; i++) {
        double place = p->x[(2 * i + 1) * (p->n - 1) / (2 * places)];
        put_elsewhere(h, fit, taken, place);
        if (crease_knot_places_are_allowed(p, h->rules, k, h->trial.t) &&
            crease_knot_solve(h->solver, &h->trial) && h->trial.cost < best.cost)
            crease_knot_fit_copy(&h->trial, &best);
    }
    if (improved && isfinite(best.cost)) {
        mark_fixed(h, &best);
        crease_knot_polish_descend(h, &best);
        if (!fit->sided)
            crease_knot_polish_structure(h, &best);
        improved = better(best.cost, fit->cost);
        if (improved)
            crease_knot_fit_copy(&best, fit);
        mark_fixed(h, fit);
    }
    crease_knot_fit_clear(&best);
    return improved && isfinite(fit->cost);
}

/* Datum i of `places` spread over all. */
static double place_of(const knot_points *p, size_t i, size_t places) {
    return p->x[places > 1 ? i * (p->n - 1) / (places - 1) : 0];
}

/* Every knot to the best of PLACES data. */
static bool sweep(polish *h, knot_fit *fit) {
    bool improved = false;
    size_t places = h->points->n < PLACES ? h->points->n : PLACES;
    for (size_t j = 0; j < h->k; j++)
        for (size_t i = 0; !h->fixed[j] && i < places; i++) {
            put_elsewhere(h, fit, j, place_of(h->points, i, places));
            improved = crease_knot_polish_accept(h, fit) || improved;
        }
    return improved;
}

/* Neighbouring knots together: to any two of PAIR_PLACES data between the knots beside them. */
static bool sweep_pairs(polish *h, knot_fit *fit) {
    bool improved = false;
    size_t places = h->points->n < PAIR_PLACES ? h->points->n : PAIR_PLACES;
    for (size_t j = 0; j + 1 < h->k; j++)
        for (size_t a = 0; a + 1 < places; a++)
            for (size_t b = a + 1; b < places && !h->fixed[j] && !h->fixed[j + 1]; b++) {
                crease_knot_fit_copy(fit, &h->trial);
                h->trial.t[j] = place_of(h->points, a, places);
                h->trial.t[j + 1] = place_of(h->points, b, places);
                if ((j > 0 && h->trial.t[j - 1] >= h->trial.t[j]) ||
                    (j + 2 < h->k && h->trial.t[j + 2] <= h->trial.t[j + 1]))
                    continue;
                improved = crease_knot_polish_accept(h, fit) || improved;
            }
    return improved;
}

/* Neighbouring knots together, by a share of the gap they are in. */
static bool try_pair_between(polish *h, knot_fit *fit, size_t j, double share) {
    const knot_points *p = h->points;
    bool improved = false;
    double step[2];
    for (size_t i = 0; i < 2; i++) {
        size_t right = crease_knot_points_up_to(p, fit->t[j + i]);
        step[i] = right == 0 || right >= p->n ? 0 : share / 2 * (p->x[right] - p->x[right - 1]);
    }
    for (int way = 0; way < 4; way++) {
        crease_knot_fit_copy(fit, &h->trial);
        h->trial.t[j] += way % 2 ? step[0] : -step[0];
        h->trial.t[j + 1] += way / 2 ? step[1] : -step[1];
        improved = crease_knot_polish_accept(h, fit) || improved;
    }
    return improved;
}

static void polish_under_limits(polish *h, knot_fit *fit, size_t reach) {
    double share = 1;
    for (int round = 0; round < 100 && share > 1e-9; round++) {
        bool improved = share == 1 ? exchange(h, fit, reach) || sweep(h, fit) || sweep_pairs(h, fit) : false;
        for (size_t j = 0; j < h->k; j++)
            if (!h->fixed[j])
                improved = try_between(h, fit, j, share) || improved;
        for (size_t j = 0; j + 1 < h->k; j++)
            if (!h->fixed[j] && !h->fixed[j + 1])
                improved = try_pair_between(h, fit, j, share) || improved;
        share = improved ? share : share / PARTS;
    }
}

void crease_knot_polish(knot_solver *solver, knot_fit *fit, size_t reach) {
    const knot_rules *rules = solver->rules;
    polish h = {.solver = solver, .points = solver->points, .rules = rules, .k = fit->knots};
    bool made = crease_knot_fit_new(&h.trial, fit->knots);
    h.is_free = malloc(2 * (h.k + 1));
    h.line = malloc(2 * (h.k + 1) * sizeof *h.line);
    if (!made || !h.is_free || !h.line || h.k == 0)
        goto done;
    h.fixed = h.is_free + h.k + 1;
    mark_fixed(&h, fit);
    bool limited = rules->curvature != CREASE_ANY_CURVATURE || rules->fixed_points > 0 ||
                   isfinite(rules->slope_least) || isfinite(rules->slope_largest);
    if (limited) {
        polish_under_limits(&h, fit, reach);
        goto done;
    }
    for (int round = 0; round < ROUNDS; round++) {
        crease_knot_polish_descend(&h, fit);
        if (!fit->sided)
            crease_knot_polish_structure(&h, fit);
        if (!exchange(&h, fit, reach) && (reach < 2 || !relocate(&h, fit, PLACES)))
            break;
    }
done:
    crease_knot_fit_clear(&h.trial);
    free(h.is_free);
    free(h.line);
}
