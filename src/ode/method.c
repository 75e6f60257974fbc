/* The methods by name. */
#include "crease/ode.h"
#include <string.h>

static const char *const NAMES[CREASE_ODE_METHOD_COUNT] = {"rk8pd", "rkf45", "rkck", "rk4", "rk2"};

const char *crease_ode_method_name(crease_ode_method method) {
    return (unsigned)method < CREASE_ODE_METHOD_COUNT ? NAMES[method] : "unknown";
}

crease_status crease_ode_method_parse(const char *name, crease_ode_method *method, crease_error *error) {
    for (size_t i = 0; i < CREASE_ODE_METHOD_COUNT; i++)
        if (strcmp(name, NAMES[i]) == 0) {
            *method = (crease_ode_method)i;
            return CREASE_OK;
        }
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "unknown method '%.40s'; the methods are rk8pd, rkf45, rkck, rk4 and rk2", name);
}
