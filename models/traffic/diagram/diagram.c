/* Flow diagrams with known closed forms.
 *
 * A physical diagram is relu(g), g(rho) = vf rho - sum c_i relu(rho - k_i), concave because c_i >= 0. Its
 * slope after the i-th kink is s_i = vf - c_1 - ... - c_i; the capacity lies at the first kink after which
 * s_i <= 0, and on the first piece with s_i < 0 that reaches 0 the jam density is k_i + g(k_i) / (-s_i).
 * Greenshields: capacity vf rho_j / 4 at rho_j / 2. */
#include "traffic/diagram/diagram_curve.h"
#include <math.h>

static const char rising[] =
    "the fitted flow still rises at the largest density, so there is no capacity to report";
static const char no_flow[] = "the fitted flow is zero everywhere";
static const char never_zero[] = "the fitted flow never comes down to zero";
static const char no_jam[] = "this diagram reaches zero flow at no finite density";

double traffic_diagram_flow(const traffic_diagram *d, double density) {
    if (density <= 0.0)
        return 0.0;
    if (d->family == TRAFFIC_GREENSHIELDS) {
        const double share = isinf(d->jam_density) ? 0.0 : density / d->jam_density;
        return share >= 1.0 ? 0.0 : d->free_speed * density * (1.0 - share);
    }
    if (d->family != TRAFFIC_PHYSICAL)
        return d->scale > 0.0
                   ? d->free_speed * density * traffic_curve_value(d->family, d->shape, density / d->scale).u
                   : 0.0;
    double flow = d->free_speed * density;
    for (size_t i = 0; i < d->kinks && d->kink[i] < density; i++)
        flow -= d->slope_drop[i] * (density - d->kink[i]);
    return fmax(flow, 0.0);
}

static void audit_greenshields(const traffic_diagram *d, traffic_audit *a) {
    if (isinf(d->jam_density) || d->free_speed <= 0.0) {
        a->why_capacity = rising;
        a->why_jam = never_zero;
        return;
    }
    a->jam_density = d->jam_density;
    a->critical_density = d->jam_density / 2.0;
    a->capacity = d->free_speed * d->jam_density / 4.0;
}

static void audit_physical(const traffic_diagram *d, traffic_audit *a) {
    if (d->free_speed <= 0.0) {
        a->why_capacity = no_flow;
        a->why_jam = no_flow;
        return;
    }
    double slope = d->free_speed, flow = 0.0, at = 0.0, leaves = 0.0;
    for (size_t i = 0; i < d->kinks; i++) {
        const double next = flow + slope * (d->kink[i] - at);
        if (slope < 0.0 && next <= 0.0)
            break;
        flow = next;
        at = d->kink[i];
        const double after = slope - d->slope_drop[i];
        if (slope > 0.0 && after <= 1e-12 * d->free_speed) {
            a->capacity = flow;
            a->critical_density = at;
        }
        if (slope >= -1e-12 * d->free_speed)
            leaves = at;
        slope = after;
    }
    if (isnan(a->capacity))
        a->why_capacity = rising;
    if (slope < -1e-12 * d->free_speed)
        a->jam_density = at - flow / slope;
    if (!isnan(a->jam_density))
        a->wave_speed = a->capacity / (a->jam_density - leaves);
    else
        a->why_jam = never_zero;
}

static void audit_curve(const traffic_diagram *d, traffic_audit *a) {
    if (d->free_speed <= 0.0) {
        a->why_capacity = no_flow;
        a->why_jam = no_flow;
        return;
    }
    traffic_curve_audit(d, a);
    if (isinf(d->jam_density))
        a->why_jam = no_jam;
    else
        a->jam_density = d->jam_density;
}

void traffic_audit_diagram(const traffic_diagram *d, double largest_density, traffic_audit *a) {
    *a = (traffic_audit){.free_speed = d->free_speed,
                         .flow_at_zero = 0.0,
                         .capacity = NAN,
                         .critical_density = NAN,
                         .wave_speed = NAN,
                         .jam_density = NAN,
                         .min_flow_beyond_jam = NAN};
    if (d->family == TRAFFIC_GREENSHIELDS)
        audit_greenshields(d, a);
    else if (d->family == TRAFFIC_PHYSICAL)
        audit_physical(d, a);
    else
        audit_curve(d, a);
    if (!isnan(a->jam_density)) {
        if (isnan(a->wave_speed))
            a->wave_speed = a->capacity / (a->jam_density - a->critical_density);
        a->min_flow_beyond_jam = 0.0; /* the clamp */
        a->extrapolated = a->jam_density > largest_density;
    } else if (!isnan(a->capacity) && largest_density > a->critical_density) {
        a->wave_speed = (a->capacity - traffic_diagram_flow(d, largest_density)) /
                        (largest_density - a->critical_density);
    }
}

void traffic_quantities(const traffic_audit *a, double quantity[TRAFFIC_QUANTITIES]) {
    quantity[0] = a->free_speed;
    quantity[1] = a->capacity;
    quantity[2] = a->critical_density;
    quantity[3] = a->wave_speed;
    quantity[4] = a->jam_density;
}
