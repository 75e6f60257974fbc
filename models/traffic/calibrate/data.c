/* Rows of a table into a grid of times and places. Lanes of one time and place are added up, then everything is divided by
 * the number of lanes. */
#include "traffic/calibrate/calibrate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    double time, x, flow, density;
} row;

static int by_time_and_place(const void *a, const void *b) {
    const row *p = a, *q = b;
    if (p->time != q->time)
        return p->time < q->time ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static crease_status check_row(const row *r, size_t i, crease_error *error) {
    if (!(fabs(r->time) <= LWR_LARGEST && fabs(r->x) <= LWR_LARGEST))
        return crease_fail(error, CREASE_BAD_DATA, "row %zu: a time of %g h at %g km has no sane size", i + 1,
                           r->time, r->x);
    if (!(r->flow >= 0 && r->flow <= LWR_LARGEST) || !(r->density >= 0 && r->density <= LWR_LARGEST))
        return crease_fail(
            error, CREASE_BAD_DATA,
            "row %zu: a flow of %g veh/h at %g veh/km; neither may be negative or without bound", i + 1,
            r->flow, r->density);
    return CREASE_OK;
}

/* Rows of the first time give places and lanes; sorted rows must repeat them. Times may be rounded. */
static crease_status find_grid(const row *r, size_t rows, calibrate_data *d, size_t *lanes,
                               crease_error *error) {
    size_t first = 0, same = 0;
    while (first < rows && r[first].time == r[0].time)
        first++;
    while (same < first && r[same].x == r[0].x)
        same++;
    *lanes = same;
    d->places = (first + same - 1) / same;
    d->intervals = (rows + first - 1) / first;
    if (d->places < 3 || d->intervals < 2)
        return crease_fail(
            error, CREASE_BAD_DATA,
            "%zu places and %zu times: counts at a first and a last place and between them are needed, "
            "over at least two intervals",
            d->places, d->intervals);
    d->start = r[0].time;
    d->step = (r[rows - 1].time - d->start) / (double)(d->intervals - 1);
    for (size_t i = 0; i < d->intervals * first; i++) {
        const size_t line = i / first, place = i % first / same * same;
        const double t = d->start + d->step * (double)line, x = r[place].x;
        if (i >= rows || place + same > first || r[place].x != r[place + same - 1].x || r[i].x != x ||
            !(fabs(r[i].time - t) <= .1 * d->step))
            return crease_fail(
                error, CREASE_BAD_DATA,
                "counts must be complete, but there %s at %.6g km of the interval from %.10g h on; what was "
                "not counted cannot be told from nobody",
                same > 1 ? "are not as many rows as elsewhere (one a lane)" : "is not exactly one row", x, t);
    }
    return CREASE_OK;
}

static crease_status allocate(calibrate_data *d, bool density, crease_error *error) {
    const size_t cells = d->intervals * d->places;
    d->x = malloc(d->places * sizeof *d->x);
    d->flow = calloc(cells, sizeof *d->flow);
    d->density = density ? calloc(cells, sizeof *d->density) : NULL;
    d->count = calloc(cells + d->places, sizeof *d->count);
    if (!d->x || !d->flow || (density && !d->density) || !d->count)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu counts", cells);
    return CREASE_OK;
}

static void fill(const row *r, size_t lanes, calibrate_data *d) {
    const size_t n = d->places;
    for (size_t j = 0; j < n; j++)
        d->x[j] = r[j * lanes].x;
    for (size_t i = 0; i < d->intervals * n * lanes; i++) {
        d->flow[i / lanes] += r[i].flow / (double)d->lanes;
        if (d->density)
            d->density[i / lanes] += r[i].density / (double)d->lanes;
    }
    for (size_t i = 0; i < d->intervals * n; i++)
        d->count[i + n] = d->count[i] + d->flow[i] * d->step;
}

crease_status calibrate_data_new(size_t rows, const double *time, const double *x, const double *flow,
                                 const double *density, size_t lanes, calibrate_data *data,
                                 crease_error *error) {
    crease_status status = CREASE_OK;
    size_t each = 0;
    *data = (calibrate_data){0};
    if (rows == 0)
        return crease_fail(error, CREASE_BAD_DATA, "there are no rows");
    row *r = malloc(rows * sizeof *r);
    if (!r)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", rows);
    for (size_t i = 0; i < rows && status == CREASE_OK; i++) {
        r[i] = (row){time[i], x[i], flow[i], density ? density[i] : 0};
        status = check_row(&r[i], i, error);
    }
    if (status == CREASE_OK) {
        qsort(r, rows, sizeof *r, by_time_and_place);
        status = find_grid(r, rows, data, &each, error);
    }
    if (status == CREASE_OK)
        status = allocate(data, density != NULL, error);
    if (status == CREASE_OK) {
        data->lanes = lanes * each;
        fill(r, each, data);
    } else
        calibrate_data_clear(data);
    free(r);
    return status;
}

void calibrate_data_clear(calibrate_data *data) {
    free(data->x);
    free(data->flow);
    free(data->density);
    free(data->count);
    *data = (calibrate_data){0};
}

/* ---- comparisons ---- */

calibrate_score calibrate_compare(const calibrate_data *data, const double *count, size_t from, size_t to) {
    const size_t n = data->places, cells = (n - 2) * (to - from);
    double counts = 0, flows = 0;
    for (size_t i = from; i < to; i++)
        for (size_t j = 1; j + 1 < n; j++) {
            const double before = count[i * n + j] - data->count[i * n + j],
                         after = count[(i + 1) * n + j] - data->count[(i + 1) * n + j];
            counts += after * after;
            flows += (after - before) / data->step * ((after - before) / data->step);
        }
    if (cells == 0)
        return (calibrate_score){NAN, NAN};
    return (calibrate_score){sqrt(counts / (double)cells), sqrt(flows / (double)cells)};
}

void calibrate_straight(const calibrate_data *data, double *count) {
    const size_t n = data->places;
    for (size_t i = 0; i <= data->intervals; i++)
        for (size_t j = 0; j < n; j++) {
            const double share = (data->x[j] - data->x[0]) / (data->x[n - 1] - data->x[0]);
            count[i * n + j] = data->count[i * n] + share * (data->count[i * n + n - 1] - data->count[i * n]);
        }
}
