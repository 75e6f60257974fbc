/* What the measurements of the claims share. */
#include "arm/claims/claims_parts.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void arm_claim_add(arm_finding *finding, const char *key, const char *what, double value) {
    if (finding->count < ARM_MOST_MEASURED)
        finding->measured[finding->count++] = (arm_measured){key, what, value};
}

void arm_claim_say(arm_finding *finding, const char *format, ...) {
    size_t used = strlen(finding->why);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->why + used, sizeof finding->why - used, format, arguments);
    va_end(arguments);
}

void arm_claim_settle(arm_finding *finding, bool holds, bool limits) {
    finding->verdict = !holds ? ARM_REFUTED : limits ? ARM_CONFIRMED_WITH_LIMITS : ARM_CONFIRMED;
}

bool arm_claim_alike(double a, double b, double part) {
    return fabs(a - b) <= part * fmax(fabs(a), fabs(b));
}

arm_controller arm_claim_controller(const arm_claim_setup *setup, const arm_claim_case *which) {
    return (arm_controller){which->law,       which->pair,      which->gain,
                            setup->rate_gain, setup->lead_time, setup->norm[which->pair]};
}

/* Until the envelope exp(-b t/2J) is far below 2 %, but at least the 8 s of arm_options and not for ever. */
double arm_claim_time(const arm_claim_setup *setup) {
    double envelope = log(50) * 2 * setup->plant.inertia / setup->plant.friction;
    return setup->plant.friction > 0 ? fmin(fmax(8, 3 * envelope), 300) : 8;
}

crease_status arm_claim_run(const arm_claim_setup *setup, const arm_claim_case *which, arm_sweep_point *point,
                            crease_error *error) {
    arm_sweep_setup sweep = {.plant = setup->plant,
                             .lag = which->lag,
                             .sample = which->sample,
                             .motion = {.reference = which->reference,
                                        .time = arm_claim_time(setup),
                                        .interrupted = setup->interrupted,
                                        .interrupted_context = setup->interrupted_context}};
    arm_controller controller = arm_claim_controller(setup, which);
    if (!which->gravity)
        sweep.plant.gravity = 0;
    return arm_sweep_controller(&sweep, &controller, which->simulate, point, error);
}
