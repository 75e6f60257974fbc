/* Diagrams by name: which method fits which. */
#include "traffic/diagram/diagram_curve.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Kinks of "triangular" and "physical:M", else 0. */
static size_t kinks_of(const char *model) {
    if (strcmp(model, "triangular") == 0)
        return 1;
    return strncmp(model, "physical:", 9) == 0 ? strtoul(model + 9, NULL, 10) : 0;
}

bool traffic_model_has_jam(const char *model) {
    const traffic_curve *curve = traffic_curve_find(model);
    return curve ? curve->has_jam : kinks_of(model) > 0;
}

size_t traffic_model_parameters(const char *model) {
    const traffic_curve *curve = traffic_curve_find(model);
    return curve ? curve->shapes + 2 : kinks_of(model) > 0 ? 1 + 2 * kinks_of(model) : 0;
}

crease_status traffic_fit_model(const char *model, const traffic_data *flow, const double *speed_weight,
                                bool by_speed, double jam_density, uint64_t seed,
                                const traffic_diagram *start, traffic_diagram *diagram, crease_error *error) {
    const bool imposed = jam_density > 0.0 && traffic_model_has_jam(model);
    const size_t kinks = kinks_of(model);
    const traffic_curve *curve = traffic_curve_find(model);
    if (!curve && kinks == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s is not a diagram", model);
    if (strcmp(model, "greenshields") == 0 && !imposed) {
        const traffic_data speed = {flow->n, flow->density, flow->flow, speed_weight};
        return by_speed ? traffic_fit_greenshields_by_speed(&speed, diagram, error)
                        : traffic_fit_greenshields(flow, diagram, error);
    }
    if (kinks > 0 && !imposed)
        return start ? traffic_refit_physical(flow, kinks, start, diagram, error)
                     : traffic_fit_physical(flow, kinks, seed, diagram, error);
    if (kinks > 1 || !curve)
        return traffic_fit_imposed(flow, kinks, jam_density, start, diagram, error);
    return traffic_fit_curve(curve, flow, imposed ? jam_density : NAN, start, diagram, error);
}
