/* "The value function has a kink precisely at the borrowing limit": for which function that is so, measured.
 *
 * Hard limit (A): V'(m) = u'(c(m)) and c is continuous, so V is C1 at m*; only c itself has a kink there.
 * Penalty rate (B): W'(a) = beta r(a) u'(y + B(a)) jumps with r(a), by (R + D)/R, exactly at a = limit. V(m)
 * is C1. */
#include "savings/program.h"
#include <math.h>

enum { MODEL_A_CLAIMS = 2, MODEL_B_CLAIMS = 3 };

/* Steps so small that no second kink lies within: a quarter of the way to the nearest one. */
static double step_at(const savings_solution *solution, double x) {
    double step = 1e-4 * fmax(solution->parameters.income, 1e-3);
    for (size_t i = 0; i < solution->knots; i++)
        if (solution->m[i] != x)
            step = fmin(step, fabs(solution->m[i] - x) / 16);
    return step;
}

static void measure(const savings_solution *solution, const char *claim, savings_object object, double x,
                    savings_claim *result) {
    double left, right;
    *result = (savings_claim){.claim = claim, .object = object, .x = x};
    savings_object_at(solution, object, x, &left, &right);
    result->theory = left / right;
    savings_measured_slopes(solution, object, x, step_at(solution, x), &result->slope_left,
                            &result->slope_right);
    result->is_kink = fabs(result->slope_left - result->slope_right) > 1e-6 * fabs(result->slope_right);
}

size_t savings_claims(const savings_solution *solution, savings_claim claim[3]) {
    if (solution->knots == 0 || solution->model > SAVINGS_B)
        return 0;
    if (solution->model == SAVINGS_A) {
        measure(
            solution,
            "under a hard limit, the value V(m) of cash on hand has a kink where the limit begins to bind",
            SAVINGS_V, solution->m[0], &claim[0]);
        measure(solution, "under a hard limit, consumption c(m) has a kink there", SAVINGS_CONSUMPTION,
                solution->m[0], &claim[1]);
        return MODEL_A_CLAIMS;
    }
    measure(solution, "with a penalty rate, the end-of-period value W(a) has a kink precisely at the limit",
            SAVINGS_W, solution->parameters.limit, &claim[0]);
    measure(solution, "with a penalty rate, V(m) has a kink where the household stops borrowing", SAVINGS_V,
            solution->m[0], &claim[1]);
    measure(solution, "with a penalty rate, V(m) has a kink where the household begins to save", SAVINGS_V,
            solution->m[1], &claim[2]);
    return MODEL_B_CLAIMS;
}

void savings_claims_print(const savings_solution *solution, FILE *file) {
    savings_claim claim[3];
    size_t count = savings_claims(solution, claim);
    for (size_t i = 0; i < count; i++) {
        const savings_claim *c = &claim[i];
        fprintf(
            file,
            "%s: %s.\n       Measured at %s = %.8g: slope %.9g on the left, %.9g on the right, ratio %.9f",
            c->is_kink ? "TRUE " : "FALSE", c->claim, savings_object_variable(solution->model, c->object),
            c->x, c->slope_left, c->slope_right, c->slope_left / c->slope_right);
        if (c->object == SAVINGS_W)
            fprintf(file, " (rates: %g/%g = %.9f).\n", solution->parameters.R + solution->parameters.penalty,
                    solution->parameters.R, c->theory);
        else
            fprintf(file, " (theory: %.9f).\n", c->theory);
    }
}

json_t *savings_claims_json(const savings_solution *solution) {
    savings_claim claim[3];
    size_t count = savings_claims(solution, claim);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        crease_json_set_text(object, "claim", claim[i].claim);
        crease_json_set_text(object, "verdict", claim[i].is_kink ? "true" : "false");
        crease_json_set_text(object, "object", savings_object_name(claim[i].object));
        crease_json_set_number(object, "x", claim[i].x, NULL);
        crease_json_set_number(object, "slope_left", claim[i].slope_left, NULL);
        crease_json_set_number(object, "slope_right", claim[i].slope_right, NULL);
        crease_json_set_number(object, "ratio", claim[i].slope_left / claim[i].slope_right, NULL);
        crease_json_set_number(object, "theory", claim[i].theory, NULL);
        json_array_append_new(list, object);
    }
    return list;
}
