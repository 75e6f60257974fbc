/* What a table and wishes about it must not be, before anything is fitted. */
#include "savings/own/own_parts.h"
#include <math.h>

crease_status savings_own_check_utilities(const savings_own_data *data, const savings_own_options *o,
                                          crease_error *error) {
    savings_own_map map = savings_own_map_of(o, SAVINGS_OWN_PINV);
    for (size_t i = 0; i < data->n; i++) {
        double z, slope;
        if (!savings_own_forward(&map, data->V[i], &z, &slope))
            return crease_fail(
                error, CREASE_BAD_DATA,
                o->crra == 1
                    ? "exp of the value %.6g at the state %.6g leaves the range of numbers: say what "
                      "multiple of a "
                      "utility the value is (--scale S, 1/(1 - beta) of an endless life), or --transform none"
                    : "the value %.6g at the state %.6g has no consumption equivalent: with risk aversion g, "
                      "(1 - g) V must "
                      "be positive; leave out constants added to the value, or fit it as it is by "
                      "--transform none",
                data->V[i], data->x[i]);
    }
    for (size_t i = 0; i < data->n; i++) {
        double z, V, slope, back;
        savings_own_forward(&map, data->V[i], &z, &slope);
        if (!savings_own_backward(&map, z, &V, &back) || !isfinite(back) || !(slope > 0))
            return crease_fail(
                error, CREASE_BAD_DATA,
                "the value %.6g at the state %.6g and its consumption equivalent %.3g are too far apart for "
                "numbers; measure the value in other units, or fit it as it is by --transform none",
                data->V[i], data->x[i], z);
    }
    return CREASE_OK;
}

crease_status savings_own_check_slopes(const savings_own_data *data, const savings_own_options *o,
                                       crease_error *error) {
    for (size_t i = 0; o->crra > 0 && data->dV && i < data->n; i++)
        if (!(data->dV[i] > 0) || data->dV_right[i] <= 0)
            return crease_fail(error, CREASE_BAD_DATA,
                               "the marginal value %.6g at the state %.6g is not positive, and consumption "
                               "is read off it; leave the column "
                               "or --crra out to fit such a value",
                               data->dV[i] > 0 ? data->dV_right[i] : data->dV[i], data->x[i]);
    return CREASE_OK;
}

crease_status savings_own_check_kinks(const savings_own_data *data, const savings_own_options *o,
                                      crease_error *error) {
    for (size_t k = 1; k < o->kink_count; k++)
        if (!(o->kink[k] > o->kink[k - 1]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the places of kinks must ascend, and %.6g follows %.6g", o->kink[k],
                               o->kink[k - 1]);
    for (size_t k = 0; k < o->kink_count; k++) {
        size_t left = 0, right = 0;
        for (size_t i = 0; i < data->n; i++) {
            left += data->x[i] < o->kink[k] && (k == 0 || data->x[i] > o->kink[k - 1]);
            right += data->x[i] > o->kink[k] && (k + 1 == o->kink_count || data->x[i] < o->kink[k + 1]);
        }
        if (left == 0 || right == 0)
            return crease_fail(
                error, CREASE_BAD_DATA,
                "the kink %.6g has no row %s it (the states run from %.6g to %.6g), so it has no slope there",
                o->kink[k], left == 0 ? "left of" : "right of", data->x[0], data->x[data->n - 1]);
    }
    return CREASE_OK;
}

crease_status savings_own_check_options(const savings_own_options *o, crease_error *error) {
    bool wants_pinv = o->transform == SAVINGS_OWN_PINV || o->transform == SAVINGS_OWN_AUTO;
    if (o->crra < 0 || o->scale < 0 || o->return_below < 0 || o->return_above < 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "risk aversion, scale and returns are positive numbers");
    if (wants_pinv && o->crra == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the pseudo-inverse needs the risk aversion: --crra G");
    if (o->no_kinks && o->kink_count > 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "kinks are either imposed or none");
    return CREASE_OK;
}
