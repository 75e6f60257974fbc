/* From the options of crease traffic lwr to the problem that they describe. */
#include "traffic/lwr/lwr_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 5 };

static int no_memory(const lwr_run *run) {
    return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the places on the road");
}

/* Numbers of "a,b,c"; between least and most of them, else a usage error. */
static size_t numbers(const lwr_run *run, const char *option, const char *text, size_t least, size_t most,
                      double *value) {
    size_t count = 0;
    double *list = crease_app_numbers(&run->app, option, text, &count);
    if (count < least || count > most)
        crease_app_usage_error(&run->app, "%s takes %zu to %zu numbers, not '%s'", option, least, most, text);
    memcpy(value, list, count * sizeof *value);
    free(list);
    return count;
}

static void needs(const lwr_run *run, bool holds, const char *option, const char *text, const char *what) {
    if (!holds)
        crease_app_usage_error(&run->app, "%s '%s': %s", option, text, what);
}

/* Steps of a schedule, owned by the chosen place. */
static bool set_limit(lwr_run *run, size_t i, size_t count, const double *time, const double *value) {
    lwr_chosen_place *c = &run->chosen[i];
    c->time = malloc(count * sizeof *time);
    c->value = malloc(count * sizeof *value);
    if (!c->time || !c->value)
        return false;
    memcpy(c->time, time, count * sizeof *time);
    memcpy(c->value, value, count * sizeof *value);
    run->place[i].limit = (lwr_schedule){.count = count, .time = c->time, .value = c->value};
    return true;
}

/* A limit between two times, or always. */
static bool set_window_limit(lwr_run *run, size_t i, size_t given, double flow, const double *window) {
    if (given == 0)
        return set_limit(run, i, 1, (double[]){0}, (double[]){flow});
    return set_limit(run, i, 3, (double[]){fmin(-1, window[0] - 1), window[0], window[1]},
                     (double[]){INFINITY, flow, INFINITY});
}

static int choose_light(lwr_run *run, size_t i, const char *text) {
    double p[4] = {0};
    numbers(run, "--light", text, 3, 4, p);
    needs(run, p[1] > 0 && p[2] >= 0 && p[2] <= p[1], "--light", text,
          "the green time lies between 0 and the cycle, which is longer than 0");
    const double hour = 3600, red = (p[1] - p[2]) / hour;
    run->chosen[i].kind = "light";
    run->place[i].x = p[0];
    const bool always = p[2] == 0 || p[2] == p[1];
    if (!set_limit(run, i, always ? 1 : 2, (double[]){0, red},
                   (double[]){p[2] == p[1] ? INFINITY : 0, INFINITY}))
        return no_memory(run);
    if (!always) {
        run->place[i].limit.period = p[1] / hour;
        run->place[i].limit.offset = p[3] / hour;
    }
    return 0;
}

static int choose_bottleneck(lwr_run *run, size_t i, const char *text) {
    double p[4] = {0};
    size_t count, rows = 0;
    char **part = crease_app_list(&run->app, "--bottleneck", text, &count), *end;
    strtod(part[count - 1], &end);
    run->chosen[i].kind = "bottleneck";
    int code = 0;
    if (count == 2 && *end != '\0') { /* a file */
        crease_error error;
        run->place[i].x = crease_app_number(&run->app, "--bottleneck", part[0]);
        if (lwr_schedule_load(part[1], &rows, &run->chosen[i].time, &run->chosen[i].value, &error) !=
            CREASE_OK)
            code = crease_app_fail(&run->app, &error);
        run->place[i].limit =
            (lwr_schedule){.count = rows, .time = run->chosen[i].time, .value = run->chosen[i].value};
        crease_app_list_free(part, count);
        return code;
    }
    crease_app_list_free(part, count);
    const size_t given = numbers(run, "--bottleneck", text, 2, 4, p);
    needs(run, given != 3 && p[1] >= 0 && (given < 4 || p[2] < p[3]), "--bottleneck", text,
          "a flow of at least 0, then nothing or two ascending times");
    run->place[i].x = p[0];
    return set_window_limit(run, i, given - 2, p[1], p + 2) ? 0 : no_memory(run);
}

static int choose_moving(lwr_run *run, size_t i, const char *text) {
    double p[MOST_PARTS] = {0};
    const size_t given = numbers(run, "--moving", text, 3, 5, p);
    needs(run, given != 4 && p[1] > 0 && p[2] >= 0 && (given < 5 || p[3] < p[4]), "--moving", text,
          "a speed above 0, a flow of at least 0, then nothing or two ascending times");
    run->chosen[i].kind = "moving";
    run->place[i].x = p[0];
    run->place[i].speed = p[1];
    return set_window_limit(run, i, given - 3, p[2], p + 3) ? 0 : no_memory(run);
}

/* The numbers of every --count-at, one after the other; NULL without memory. */
static double *count_places(lwr_run *run, size_t *count) {
    double *all = calloc(1, sizeof *all);
    *count = 0;
    for (size_t i = 0; i < run->count.count && all; i++) {
        size_t more;
        double *at = crease_app_numbers(&run->app, "--count-at", run->count.text[i], &more);
        double *longer = realloc(all, (*count + more) * sizeof *all);
        if (longer)
            memcpy(longer + *count, at, more * sizeof *at);
        else
            free(all);
        all = longer;
        *count += more;
        free(at);
    }
    return all;
}

static int choose_places(lwr_run *run) {
    size_t counted, n = 0;
    double *at = count_places(run, &counted);
    const size_t all = run->light.count + run->bottleneck.count + run->moving.count + counted;
    run->place = calloc(all + 1, sizeof *run->place);
    run->chosen = calloc(all + 1, sizeof *run->chosen);
    int code = at && run->place && run->chosen ? 0 : no_memory(run);
    run->problem.place = run->place;
    run->problem.place_count = code == 0 ? all : 0;
    for (size_t i = 0; i < run->light.count && code == 0; i++)
        code = choose_light(run, n++, run->light.text[i]);
    for (size_t i = 0; i < run->bottleneck.count && code == 0; i++)
        code = choose_bottleneck(run, n++, run->bottleneck.text[i]);
    for (size_t i = 0; i < run->moving.count && code == 0; i++)
        code = choose_moving(run, n++, run->moving.text[i]);
    for (size_t i = 0; i < counted && code == 0; i++) {
        run->chosen[n].kind = "count";
        run->place[n++].x = at[i];
    }
    free(at);
    return code;
}

/* A flow, always, or a file of flows. */
static int choose_end(lwr_run *run, const char *option, const char *text, double *owned[2],
                      lwr_schedule *schedule) {
    if (!text)
        return 0;
    char *end;
    const double flow = strtod(text, &end);
    crease_error error;
    size_t count = 1;
    if (*end != '\0' || end == text) {
        if (lwr_schedule_load(text, &count, &owned[0], &owned[1], &error) != CREASE_OK)
            return crease_app_fail(&run->app, &error);
    } else {
        needs(run, flow >= 0 && isfinite(flow), option, text, "a flow is at least 0");
        owned[0] = calloc(1, sizeof(double));
        owned[1] = calloc(1, sizeof(double));
        if (!owned[0] || !owned[1])
            return no_memory(run);
        *owned[1] = flow;
    }
    *schedule = (lwr_schedule){.count = count, .time = owned[0], .value = owned[1]};
    return 0;
}

/* Beyond its jam a flux of straight pieces goes on below 0, where vehicles would drive backwards. No flux: any density. */
static int check_densities(const lwr_run *run, const lwr_flux *f, const char *whose) {
    for (size_t i = 0; i < run->problem.count; i++) {
        const double density = run->density[i];
        if (density < 0)
            return crease_app_fail_text(&run->app, CREASE_EXIT_DATA,
                                        "%s: a density of %g veh/km in row %zu; densities must be at least 0",
                                        run->initial_path, density, i + 1);
        if (f && density > f->jam_density)
            return crease_app_fail_text(
                &run->app, CREASE_EXIT_DATA,
                "%s: a density of %g veh/km in row %zu; the jam density of %s is %.10g", run->initial_path,
                density, i + 1, whose, f->jam_density);
    }
    return 0;
}

static int read_initial(lwr_run *run) {
    char *end;
    const double density = strtod(run->initial_path, &end);
    crease_error error;
    if (*end == '\0' && end != run->initial_path && isfinite(density)) {
        run->x = calloc(1, sizeof *run->x);
        run->density = calloc(1, sizeof *run->density);
        if (!run->x || !run->density)
            return no_memory(run);
        run->density[0] = density;
        run->problem.count = 1;
    } else if (lwr_initial_load(run->initial_path, &run->problem.count, &run->x, &run->density, &error) !=
               CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->problem.x = run->x;
    run->problem.density = run->density;
    int code = check_densities(run, run->flux, "the flux");
    if (code == 0 && run->against)
        code = check_densities(run, run->against, "the flux of --against");
    return code;
}

static int choose_domain(lwr_run *run) {
    lwr_problem *p = &run->problem;
    if (run->ring > 0) {
        p->domain = LWR_RING;
        p->high = run->ring;
        return 0;
    }
    p->domain = run->inflow_text || run->outflow_text ? LWR_ROAD : LWR_LINE;
    p->low = run->x[0];
    p->high = run->x[p->count - 1];
    if (run->window_text) {
        char *middle, *end;
        p->low = strtod(run->window_text, &middle);
        p->high = *middle == ':' ? strtod(middle + 1, &end) : NAN;
        if (!(p->low < p->high) || *end != '\0' || !isfinite(p->high - p->low))
            crease_app_usage_error(&run->app, "--window takes LO:HI with LO below HI, not '%s'",
                                   run->window_text);
    } else if (p->count == 1)
        crease_app_usage_error(&run->app,
                               "one density has no length: say where the road begins and ends with "
                               "--window LO:HI, or --ring KM");
    return 0;
}

/* So many that the picture and the file stay readable. */
static void choose_vehicles(lwr_run *run) {
    enum { ABOUT = 40, MOST_VEHICLES = 1000000 };
    lwr_problem *p = &run->problem;
    if (!run->vehicles_path && !(run->app.plot && !run->flux->why_unphysical))
        return;
    const double speed = lwr_flux_vehicle_speed(run->flux, run->density[0]);
    double amount = 0;
    lwr_profile profile;
    if (p->domain == LWR_LINE) { /* those who will come from upstream */
        p->upstream = fmax(speed, 0) * run->time;
        amount = p->upstream * run->density[0];
    }
    if (lwr_problem_profile(p, &profile, NULL) == CREASE_OK) {
        amount += lwr_profile_mass(&profile);
        lwr_profile_clear(&profile);
    }
    if (p->inflow.count > 0)
        amount += fmin(p->inflow.value[0], run->flux->capacity) * run->time;
    p->every = run->every > 0 ? run->every : fmax(ceil(amount / ABOUT), 1);
    if (amount / p->every > MOST_VEHICLES)
        crease_app_usage_error(&run->app, "--every %g follows %.0f vehicles, more than %d", p->every,
                               amount / p->every, MOST_VEHICLES);
}

int lwr_run_pose(lwr_run *run) {
    int code = read_initial(run);
    if (code == 0)
        code = choose_domain(run);
    return code == 0 ? choose_places(run) : code;
}

int lwr_run_prepare(lwr_run *run) {
    crease_error error;
    if (lwr_flux_parse(run->flux_text, &run->flux, &error) != CREASE_OK ||
        (run->against_text && lwr_flux_parse(run->against_text, &run->against, &error) != CREASE_OK)) {
        if (error.status == CREASE_BAD_ARGUMENT)
            crease_app_usage_error(&run->app, "%s", error.message);
        return crease_app_fail(&run->app, &error);
    }
    run->problem.flux = run->flux;
    int code = lwr_run_pose(run);
    if (code == 0)
        code = choose_end(run, "--inflow", run->inflow_text, run->inflow, &run->problem.inflow);
    if (code == 0)
        code = choose_end(run, "--outflow", run->outflow_text, run->outflow, &run->problem.outflow);
    if (code != 0)
        return code;
    static const double always = 0;
    lwr_schedule *inflow = &run->problem.inflow;
    if (run->problem.domain == LWR_ROAD && inflow->count == 0) { /* what is there goes on coming */
        run->inflow[1] = calloc(1, sizeof(double));
        if (!run->inflow[1])
            return no_memory(run);
        *run->inflow[1] = lwr_flux_at(run->flux, run->density[0]);
        *inflow = (lwr_schedule){.count = 1, .time = &always, .value = run->inflow[1]};
    }
    choose_vehicles(run);
    return 0;
}

void lwr_run_clear(lwr_run *run) {
    for (size_t i = 0; i < run->problem.place_count; i++) {
        free(run->chosen[i].time);
        free(run->chosen[i].value);
    }
    for (size_t i = 0; i < 2; i++) {
        free(run->inflow[i]);
        free(run->outflow[i]);
    }
    free(run->place);
    free(run->chosen);
    free(run->light.text);
    free(run->bottleneck.text);
    free(run->moving.text);
    free(run->count.text);
    free(run->x);
    free(run->density);
    free(run->average);
    free(run->vehicle.value);
    free(run->flow.value);
    free(run->front.value);
    free(run->picture.value);
    free(run->moved.value);
    lwr_profile_clear(&run->before);
    lwr_profile_clear(&run->after);
    lwr_solution_free(run->solution);
    lwr_solution_free(run->other);
    lwr_flux_free(run->flux);
    lwr_flux_free(run->against);
}
