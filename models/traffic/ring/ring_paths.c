/* The ways of the same vehicles in the LWR model. Vehicle i is the one with i vehicles between it and vehicle 0; from
 * density 1/s_i on the way from i to i + 1 it drives dx/dt = q(u)/u, straight between fronts. Front tracking follows the
 * vehicle in the middle of each `every` of them, counted from the beginning of the ring, so the ring is cut open every/2
 * vehicles behind vehicle 0. */
#include "traffic/ring/ring.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct sighting {
    size_t vehicle;
    double t, x, speed;
} sighting;

typedef struct log_book {
    size_t count, room;
    sighting *entry;
    bool full;
} log_book;

static void sight(void *context, size_t vehicle, double t, double x, double density, double speed) {
    log_book *book = context;
    (void)density;
    if (book->count == book->room) {
        const size_t room = book->room ? 2 * book->room : 256;
        sighting *entry =
            room <= SIZE_MAX / 2 / sizeof *entry ? realloc(book->entry, room * sizeof *entry) : NULL;
        if (!entry) {
            book->full = true;
            return;
        }
        book->entry = entry;
        book->room = room;
    }
    book->entry[book->count++] = (sighting){vehicle, t, x, speed};
}

/* Place of vehicle i on the endless road: vehicle i + n is one round ahead. */
static double place_of(const ring_problem *p, const double *x, long i) {
    const long n = (long)p->vehicles, round = i < 0 ? -((n - 1 - i) / n) : i / n;
    return x[i - round * n] + (double)round * p->length;
}

/* Steps of density from the cut on: place and density need vehicles + 1 entries. Returns their number, 0 where vehicles
 * stand closer than in a jam. */
static size_t steps_from(const ring_problem *p, const double *x, size_t every, double *cut, double *place,
                         double *density) {
    const long n = (long)p->vehicles, first = -(long)(every / 2), behind = every % 2 ? first - 1 : first;
    size_t count = 0;
    *cut = every % 2 ? .5 * (place_of(p, x, behind) + place_of(p, x, first)) : place_of(p, x, first);
    for (long i = behind; i < first + n; i++) {
        const double gap = place_of(p, x, i + 1) - place_of(p, x, i);
        if (gap < p->law.standstill * (1 - 1e-12))
            return 0;
        place[count] = i == behind ? 0 : place_of(p, x, i) - *cut;
        density[count++] = fmin(1 / gap, 1 / p->law.standstill);
    }
    return count;
}

/* Sorts the book by vehicle, keeping the order of times. Front tracking knows places up to whole rounds. */
static crease_status arrange(const log_book *book, double cut, double length, ring_paths *paths,
                             crease_error *error) {
    size_t vehicles = 0;
    for (size_t i = 0; i < book->count; i++)
        vehicles = book->entry[i].vehicle >= vehicles ? book->entry[i].vehicle + 1 : vehicles;
    paths->first = calloc(vehicles + 2, sizeof *paths->first);
    paths->t = malloc((2 * book->count + 1) * sizeof *paths->t);
    double *speed = malloc((vehicles + 1) * sizeof *speed);
    if (!paths->first || !paths->t || !speed || book->full) {
        free(speed);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the ways of %zu vehicles", vehicles);
    }
    for (size_t v = 0; v < vehicles; v++)
        speed[v] = NAN;
    paths->count = vehicles;
    paths->x = paths->t + book->count;
    for (size_t i = 0; i < book->count; i++)
        paths->first[book->entry[i].vehicle + 2]++;
    for (size_t v = 2; v < vehicles + 2; v++)
        paths->first[v] += paths->first[v - 1];
    for (size_t i = 0; i < book->count; i++) {
        const sighting *now = &book->entry[i];
        const size_t at = paths->first[now->vehicle + 1]++;
        paths->t[at] = now->t;
        paths->x[at] = now->x + cut;
        if (!isnan(speed[now->vehicle])) /* not its first */
            paths->x[at] +=
                length *
                round((paths->x[at - 1] + speed[now->vehicle] * (now->t - paths->t[at - 1]) - paths->x[at]) /
                      length);
        speed[now->vehicle] = now->speed;
    }
    free(speed);
    return CREASE_OK;
}

crease_status ring_lwr_paths(const ring_problem *p, const double *x, double t, size_t every,
                             ring_paths *paths, crease_error *error) {
    char text[120];
    lwr_flux *flux = NULL;
    lwr_solution *solution = NULL;
    log_book book = {0};
    const lwr_observer observer = {.context = &book, .vehicle = sight};
    double cut, *place = malloc(2 * (p->vehicles + 1) * sizeof *place);
    *paths = (ring_paths){.every = every};
    if (!place)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu vehicles", p->vehicles);
    double *density = place + p->vehicles + 1;
    const size_t count = steps_from(p, x, every, &cut, place, density);
    crease_status status = CREASE_OK;
    if (count == 0)
        goto end;
    snprintf(text, sizeof text, "triangular:%.17g,%.17g,%.17g", p->law.speed,
             p->law.standstill / p->law.gap_time, 1 / p->law.standstill);
    status = lwr_flux_parse(text, &flux, error);
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_RING,
                                 .high = p->length,
                                 .count = count,
                                 .x = place,
                                 .density = density,
                                 .every = (double)every};
    if (status == CREASE_OK)
        status = lwr_solution_new(&problem, &observer, &solution, error);
    if (status == CREASE_OK)
        status = lwr_solution_advance(solution, t, p->interrupted, NULL, error);
    if (status == CREASE_OK) {
        lwr_solution_report(solution);
        status = arrange(&book, cut, p->length, paths, error);
    }
end:
    lwr_solution_free(solution);
    lwr_flux_free(flux);
    free(book.entry);
    free(place);
    if (status != CREASE_OK)
        ring_paths_clear(paths);
    return status;
}

void ring_paths_clear(ring_paths *paths) {
    free(paths->first);
    free(paths->t);
    *paths = (ring_paths){0};
}

double ring_paths_at(const ring_paths *paths, size_t path, double t) {
    size_t low = paths->first[path], high = paths->first[path + 1] - 1;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (paths->t[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    const double span = paths->t[high] - paths->t[low];
    const double share = span > 0 ? fmin(fmax((t - paths->t[low]) / span, 0), 1) : 0;
    return paths->x[low] + share * (paths->x[high] - paths->x[low]);
}
