/* Closed forms in the plane of assets and income, see plane.h.
 *
 * C: consumption max(y + (R-1) a, (1-phi) y) = (1-phi) y + (R-1) max(0, a - slope y), slope = -phi/(R-1), for ever.
 * B: with b = limit - lambda y, max(b - a, 0) = max(0, a - b) + b - a, so second-period consumption is
 *
 *   y + R a - D max(b - a, 0) = (R + D) a + (1 + D lambda) y - D limit - D max(0, a - b).
 *
 * V = weight u(consumption), weight = 1/(1-beta) in C and beta in B; so n(V) = weight^(1/(1-g)) consumption, g != 1. */
#include "savings/risk/plane.h"
#include "savings/savings.h"
#include <math.h>

savings_plane_parameters savings_plane_defaults(savings_plane_model model) {
    static const savings_plane_parameters b = {.beta = .96,
                                               .R = 1.02,
                                               .crra = 2,
                                               .penalty = .18,
                                               .a_from = -.5,
                                               .a_to = 1.5,
                                               .y_from = .7,
                                               .y_to = 1.3};
    static const savings_plane_parameters c = {.beta = 1 / 1.04,
                                               .R = 1.04,
                                               .crra = 2,
                                               .default_cost = .1,
                                               .a_from = -5,
                                               .a_to = 5,
                                               .y_from = .5,
                                               .y_to = 1.5};
    return model == SAVINGS_PLANE_B ? b : c;
}

const char *savings_plane_model_name(savings_plane_model model) {
    return model == SAVINGS_PLANE_B ? "B" : "C";
}

static double weight(const savings_plane *plane) {
    double beta = plane->parameters.beta;
    return plane->model == SAVINGS_PLANE_C ? 1 / (1 - beta) : beta;
}

/* What a unit of consumption is worth in pseudo-inverse value. */
static double scale(const savings_plane *plane) {
    double crra = plane->parameters.crra;
    return crra == 1 ? 1 : pow(weight(plane), 1 / (1 - crra));
}

static double consumption(const savings_plane *plane, double a, double y) {
    const savings_plane_parameters *p = &plane->parameters;
    if (plane->model == SAVINGS_PLANE_C)
        return fmax(y + (p->R - 1) * a, (1 - p->default_cost) * y);
    return y + p->R * a - p->penalty * fmax(p->limit - p->limit_per_income * y - a, 0);
}

static crease_status check_default(const savings_plane_parameters *p, crease_error *error) {
    if (!(p->R > 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "default needs a gross return R above 1, not %g, for debt to cost anything", p->R);
    if (!(fabs(p->beta * p->R - 1) <= 1e-12))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the closed form of default needs beta = 1/R = %.17g, not %g", 1 / p->R, p->beta);
    if (!(p->default_cost > 0 && p->default_cost < 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a defaulter's loss must be a share of income between 0 and 1, not %g",
                           p->default_cost);
    return CREASE_OK;
}

static crease_status check_penalty(const savings_plane *plane, crease_error *error) {
    const savings_plane_parameters *p = &plane->parameters;
    if (!(p->beta > 0 && p->R > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "beta and R must be above 0, not %g and %g", p->beta,
                           p->R);
    if (!(p->penalty >= 0 && p->limit_per_income >= 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the penalty and the limit per unit of income must not be negative, got %g and %g",
                           p->penalty, p->limit_per_income);
    /* concave, so least at a corner; and increasing in both */
    double least = consumption(plane, p->a_from, p->y_from);
    if (!(least > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "at a = %g and income %g nothing is left to consume (%g); raise the lowest assets "
                           "or the lowest income of the box",
                           p->a_from, p->y_from, least);
    return CREASE_OK;
}

static crease_status check(const savings_plane *plane, crease_error *error) {
    const savings_plane_parameters *p = &plane->parameters;
    const double value[] = {
        p->beta,   p->R,    p->crra,   p->default_cost, p->penalty, p->limit, p->limit_per_income,
        p->a_from, p->a_to, p->y_from, p->y_to};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "every parameter must be a finite number");
    if (!(p->crra > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the risk aversion must be above 0 (1: log utility), not %g", p->crra);
    if (!(p->a_from < p->a_to && p->y_from < p->y_to))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the box a in [%g, %g], y in [%g, %g] is empty; the lower end comes first",
                           p->a_from, p->a_to, p->y_from, p->y_to);
    if (!(p->y_from > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "incomes must be above 0; the box begins at %g",
                           p->y_from);
    return plane->model == SAVINGS_PLANE_C ? check_default(p, error) : check_penalty(plane, error);
}

/* The incomes at which a_from < line < a_to. */
static void clip_line(savings_plane *plane) {
    const savings_plane_parameters *p = &plane->parameters;
    double slope = plane->line.slope, intercept = plane->line.intercept;
    double from = p->y_from, to = p->y_to;
    if (slope != 0) {
        double first = (p->a_from - intercept) / slope, second = (p->a_to - intercept) / slope;
        from = fmax(from, fmin(first, second));
        to = fmin(to, fmax(first, second));
    } else if (!(intercept > p->a_from && intercept < p->a_to))
        to = from;
    bool inside = isfinite(slope) && from < to;
    plane->line_from = inside ? from : NAN;
    plane->line_to = inside ? to : NAN;
}

crease_status savings_plane_solve(savings_plane_model model, const savings_plane_parameters *parameters,
                                  savings_plane *plane, crease_error *error) {
    const savings_plane_parameters *p = parameters;
    *plane = (savings_plane){.model = model, .parameters = *parameters};
    crease_status status = check(plane, error);
    if (status != CREASE_OK)
        return status;
    double k = scale(plane);
    if (!(k > 0 && isfinite(k * consumption(plane, p->a_to, p->y_to))))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "with risk aversion %g and beta %g the pseudo-inverse value has no size that a "
                           "number can hold; use 1 (log utility)",
                           p->crra, p->beta);
    if (model == SAVINGS_PLANE_C) {
        plane->gain_y = (1 - p->default_cost) * k;
        plane->jump = (p->R - 1) * k;
        plane->line = (savings_plane_line){-p->default_cost / (p->R - 1), 0};
    } else {
        plane->offset = -p->penalty * p->limit * k;
        plane->gain_a = (p->R + p->penalty) * k;
        plane->gain_y = (1 + p->penalty * p->limit_per_income) * k;
        plane->jump = -p->penalty * k;
        plane->line = (savings_plane_line){0 - p->limit_per_income, p->limit};
        if (p->penalty == 0)
            plane->line = (savings_plane_line){NAN, NAN};
    }
    clip_line(plane);
    return CREASE_OK;
}

savings_plane_point savings_plane_at(const savings_plane *plane, double a, double y) {
    const savings_plane_parameters *p = &plane->parameters;
    savings_plane_point point = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double c = consumption(plane, a, y), k = scale(plane), w = weight(plane), left, right;
    if (!(c > 0))
        return point;
    if (plane->model == SAVINGS_PLANE_C) {
        double repay = y + (p->R - 1) * a, walk_away = (1 - p->default_cost) * y;
        left = repay > walk_away ? p->R - 1 : 0;
        right = repay < walk_away ? 0 : p->R - 1;
    } else {
        double boundary = p->limit - p->limit_per_income * y;
        left = a > boundary ? p->R : p->R + p->penalty;
        right = a < boundary ? p->R + p->penalty : p->R;
    }
    double marginal = w * savings_marginal_utility(p->crra, c);
    point.consumption = c;
    point.V = w * savings_utility(p->crra, c);
    point.V_left = left * marginal;
    point.V_right = right * marginal;
    point.pinv = k * c;
    point.pinv_left = k * left;
    point.pinv_right = k * right;
    return point;
}

double savings_plane_value_of(const savings_plane *plane, double pinv) {
    return pinv > 0 ? weight(plane) * savings_utility(plane->parameters.crra, pinv / scale(plane)) : NAN;
}
