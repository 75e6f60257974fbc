#include "crease/inference.h"
#include <stdlib.h>

void crease_pwl_profile_clear(crease_pwl_profile *profile) {
    for (size_t j = 0; profile->knot && j < profile->knot_count; j++) {
        free(profile->knot[j].x);
        free(profile->knot[j].set);
    }
    free(profile->knot);
    *profile = (crease_pwl_profile){0};
}

static bool in_set(const crease_knot_profile *knot, double x) {
    for (size_t i = 0; i < knot->set_count; i++)
        if (x >= knot->set[i].low && x <= knot->set[i].high)
            return true;
    return false;
}

crease_status crease_pwl_profile_table(const crease_pwl_profile *profile, crease_table **table,
                                       crease_error *error) {
    static const char *const name[] = {"knot", "x", "sse", "threshold", "in_set"};
    size_t rows = 0, row = 0, columns = profile->why ? 3 : 5; /* a table holds no NaN */
    for (size_t j = 0; j < profile->knot_count; j++)
        rows += profile->knot[j].count;
    crease_status status = crease_table_new(table, rows, columns, error);
    for (size_t c = 0; c < columns && status == CREASE_OK; c++)
        status = crease_table_set_name(*table, c, name[c], error);
    if (status != CREASE_OK) {
        crease_table_free(*table);
        *table = NULL;
        return status;
    }
    for (size_t j = 0; j < profile->knot_count; j++)
        for (size_t i = 0; i < profile->knot[j].count; i++, row++) {
            (*table)->column[0][row] = (double)(j + 1);
            (*table)->column[1][row] = profile->knot[j].x[i];
            (*table)->column[2][row] = profile->knot[j].sse[i];
            if (profile->why)
                continue;
            (*table)->column[3][row] = profile->threshold;
            (*table)->column[4][row] = in_set(&profile->knot[j], profile->knot[j].x[i]) ? 1 : 0;
        }
    return CREASE_OK;
}
