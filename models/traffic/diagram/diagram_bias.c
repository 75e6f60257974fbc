/* How far a piecewise-linear diagram overshoots the jam of a curved one that the data do not reach.
 *
 * The branch that goes through the last data is a chord or a tangent of a concave curve; prolonged, it meets
 * zero beyond the curve. The size depends on the densities observed, so it is computed: the curve without
 * noise at these densities and weights, fitted anew. */
#include "traffic/diagram/diagram_curve.h"
#include <math.h>
#include <stdlib.h>

/* The closest curved diagram with a jam density, or row_count. */
static size_t curved_row(const traffic_study *s) {
    size_t best = s->row_count;
    for (size_t i = 0; i < s->row_count; i++) {
        const traffic_row *row = &s->row[i];
        if (!row->net && row->diagram.family != TRAFFIC_PHYSICAL && isfinite(row->audit.jam_density) &&
            (best == s->row_count || row->wmse < s->row[best].wmse))
            best = i;
    }
    return best;
}

crease_status traffic_jam_bias(traffic_study *s, const traffic_study_options *options, crease_error *error) {
    const size_t truth = curved_row(s);
    double *memory = malloc(2 * (s->n + 1) * sizeof *memory);
    crease_status status =
        memory ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", s->n);
    for (size_t i = 0; i < s->row_count; i++)
        s->row[i].jam_bias = NAN;
    for (size_t i = 0; status == CREASE_OK && i < s->n && truth < s->row_count; i++) {
        memory[i] = traffic_diagram_flow(&s->row[truth].diagram, s->density[i]);
        memory[s->n + i] = s->weight[i];
    }
    if (status == CREASE_OK && s->by == TRAFFIC_BY_SPEED)
        traffic_speed_weights(s->n, s->density, memory + s->n);
    for (size_t i = 0; status == CREASE_OK && i < s->row_count && truth < s->row_count; i++) {
        traffic_row *row = &s->row[i];
        if (row->net || row->diagram.family != TRAFFIC_PHYSICAL || s->jam_density > 0.0 ||
            !row->audit.extrapolated)
            continue;
        const traffic_data data = {s->n, s->density, memory, memory + s->n};
        traffic_diagram diagram;
        traffic_audit audit;
        status = traffic_fit_model(row->model, &data, s->weight, s->by == TRAFFIC_BY_SPEED, 0.0,
                                   options->fit.seed, NULL, &diagram, error);
        if (status != CREASE_OK)
            break;
        traffic_audit_diagram(&diagram, s->largest_density, &audit);
        row->jam_bias = audit.jam_density - s->row[truth].audit.jam_density;
        row->jam_bias_truth = truth;
    }
    free(memory);
    return status;
}
