/* The picture of a study: data, fits, jam densities and their intervals. */
#include "crease/plot.h"
#include "traffic/fd/program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colour and dash of each diagram. Curves that often coincide have different dashes, so that each shows through the
 * others; networks of one colour come with other dashes and with symbols, see style_of. */
static const struct {
    const char *model, *role;
    size_t dash;
} diagram_style[] = {
    {"greenshields", "other", 1}, {"triangular", "leaky", 1},     {"trapezoidal", "exact", 1},
    {"smulders", "smooth", 3},    {"newell-franklin", "relu", 4}, {"underwood", "sigmoid", 3},
    {"drake", "tanh", 2},         {"van-aerde", "sigmoid", 5},    {"s3", "tanh", 3},
    {"physical", "hybrid", 2}};

static size_t diagram_index(const traffic_row *row) {
    size_t i = 0;
    while (i + 1 < sizeof diagram_style / sizeof *diagram_style &&
           strcmp(row->model, diagram_style[i].model) != 0)
        i++;
    return i; /* the last one is physical:M */
}

static const char *role_of(const traffic_row *row) {
    if (!row->net)
        return diagram_style[diagram_index(row)].role;
    crease_activation first = CREASE_IDENTITY;
    for (size_t l = 0; l < row->net->layer_count; l++)
        for (size_t g = 0; g < row->net->layer[l].group_count; g++) {
            const crease_activation a = row->net->layer[l].group[g].activation;
            if (first != CREASE_IDENTITY && a != first)
                return "smooth"; /* mixed: `hybrid` is taken by the physical diagrams */
            first = a;
        }
    switch (first) {
    case CREASE_RELU:
    case CREASE_HINGE:
        return "relu";
    case CREASE_TANH:
        return "tanh";
    case CREASE_SIGMOID:
        return "sigmoid";
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return "leaky";
    default:
        return "smooth";
    }
}

typedef struct curve_style {
    const char *role;
    size_t dash, symbol; /* gnuplot's point type, 0: none */
} curve_style;

static size_t usual_dash(const traffic_row *row, const char *role) {
    if (!row->net)
        return diagram_style[diagram_index(row)].dash;
    return strcmp(role, "tanh") == 0 ? 2 : strcmp(role, "sigmoid") == 0 ? 5 : 1;
}

/* A second curve of one colour has another dash and a symbol. */
static curve_style style_of(const traffic_study *study, size_t index) {
    static const size_t symbol[] = {6, 4, 8, 12, 10};
    enum { SYMBOLS = sizeof symbol / sizeof *symbol, DASHES = 5 }; /* dash() of plots/style.gp has five */
    curve_style style = {.role = role_of(&study->row[index])};
    bool taken[DASHES + 1] = {false};
    size_t before = 0;
    for (size_t i = 0; i <= index; i++) {
        if (strcmp(role_of(&study->row[i]), style.role) != 0)
            continue;
        style.dash = usual_dash(&study->row[i], style.role);
        for (size_t tries = 0; taken[style.dash] && tries < DASHES; tries++)
            style.dash = style.dash % DASHES + 1;
        taken[style.dash] = true;
        style.symbol = before > 0 ? symbol[(before - 1) % SYMBOLS] : 0;
        before++;
    }
    return style;
}

/* Every k-th observation, so that a picture stays light. */
static crease_status add_observations(const traffic_study *study, crease_plot *plot, crease_error *error) {
    enum { MOST = 3000 };
    const size_t step = (study->n + MOST - 1) / MOST, count = (study->n + step - 1) / step;
    double *memory = malloc(2 * count * sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    for (size_t i = 0; i < count; i++) {
        memory[i] = study->density[i * step];
        memory[count + i] = study->flow[i * step];
    }
    const double *const column[] = {memory, memory + count};
    const crease_status status = crease_plot_add_data(plot, "data", count, 2, column, error);
    free(memory);
    return status;
}

static crease_status set_style(const traffic_study *study, size_t index, crease_plot *plot,
                               crease_error *error) {
    const curve_style style = style_of(study, index);
    char name[32];
    snprintf(name, sizeof name, "title_%zu", index + 1);
    crease_status status = crease_plot_set_text(plot, name, study->row[index].model, error);
    snprintf(name, sizeof name, "role_of_%zu", index + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, name, style.role, error);
    snprintf(name, sizeof name, "dash_of_%zu", index + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, name, (double)style.dash, error);
    snprintf(name, sizeof name, "symbol_of_%zu", index + 1);
    return status == CREASE_OK ? crease_plot_set_number(plot, name, (double)style.symbol, error) : status;
}

/* The curve, its jam, and its intervals: jam; low, high and whether each is open; critical density, low, high;
 * capacity, low, high. What does not exist is missing, an open end is put beyond the picture. */
static crease_status add_curve(const traffic_study *study, size_t index, crease_plot *plot,
                               crease_error *error) {
    enum { POINTS = 1501, CRITICAL = 2, CAPACITY = 1, JAM = 4 };
    const traffic_row *row = &study->row[index];
    const traffic_intervals *ci = &row->ci;
    const double end = 1.5 * study->largest_density;
    double density[POINTS], flow[POINTS], no_flow = 0.0, value[TRAFFIC_QUANTITIES], low[TRAFFIC_QUANTITIES],
                                          high[TRAFFIC_QUANTITIES];
    for (size_t i = 0; i < POINTS; i++)
        density[i] = end * (double)i / (POINTS - 1);
    traffic_quantities(&row->audit, value);
    for (size_t q = 0; q < TRAFFIC_QUANTITIES; q++) {
        low[q] = ci->replicates > 0 && isfinite(ci->low[q]) ? ci->low[q] : NAN;
        high[q] = ci->replicates > 0 && isfinite(ci->high[q]) ? ci->high[q] : NAN;
    }
    const double beyond = isnan(low[JAM]) ? NAN : 2.0 * fmax(end, low[JAM]), open = isnan(high[JAM]);
    const double jam_high = open > 0.0 ? beyond : high[JAM];
    const double *const curve[] = {density, flow}, *const jam[] = {&row->audit.jam_density, &no_flow};
    const double *const interval[] = {&value[JAM],      &low[JAM],      &jam_high,       &open,
                                      &value[CRITICAL], &low[CRITICAL], &high[CRITICAL], &value[CAPACITY],
                                      &low[CAPACITY],   &high[CAPACITY]};
    crease_status status = traffic_row_predict(row, POINTS, density, flow, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "fits", POINTS, 2, curve, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "jams", 1, 2, jam, error);
    if (status == CREASE_OK)
        status =
            crease_plot_add_data(plot, "intervals", 1, sizeof interval / sizeof *interval, interval, error);
    return status == CREASE_OK ? set_style(study, index, plot, error) : status;
}

/* The enlarged piece: from before the first jam density to 1.5 times the largest density, flows near zero. */
static crease_status set_ranges(const traffic_study *study, crease_plot *plot, crease_error *error) {
    const double end = 1.5 * study->largest_density;
    double first_jam = study->largest_density, lowest = 0.0, intervals = 0.0;
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_audit *a = &study->row[i].audit;
        first_jam = fmin(first_jam, a->jam_density); /* fmin ignores NaN */
        lowest = fmin(lowest, a->min_flow_beyond_jam);
        intervals += study->row[i].ci.replicates > 0;
    }
    const double height = 0.1 * study->largest_flow;
    const struct {
        const char *name;
        double value;
    } number[] = {{"curves", (double)study->row_count},
                  {"intervals", intervals},
                  {"largest_density", study->largest_density},
                  {"largest_flow", study->largest_flow},
                  {"end_density", end},
                  {"zoom_from",
                   fmax(fmin(0.85 * first_jam, 0.75 * study->largest_density), 0.6 * study->largest_density)},
                  {"zoom_low", fmax(1.15 * lowest, -1.5 * height) - 0.1 * height},
                  {"zoom_high", height}};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

crease_status traffic_picture(const traffic_study *study, const traffic_labels *labels,
                              struct crease_plot **plot, crease_error *error) {
    crease_status status = crease_plot_new("traffic_fd", plot, error);
    if (status != CREASE_OK)
        return status;
    status = crease_plot_set_text(*plot, "plot_title", labels->title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "x_label", labels->density, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "y_label", labels->flow, error);
    if (status == CREASE_OK)
        status = set_ranges(study, *plot, error);
    if (status == CREASE_OK)
        status = add_observations(study, *plot, error);
    for (size_t i = 0; i < study->row_count && status == CREASE_OK; i++)
        status = add_curve(study, i, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}

char *traffic_what_to_see(const traffic_study *study) {
    char *text = NULL;
    size_t size = 0, negative = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs("the fits through the data, a dot at each jam density; below, the piece around the jam enlarged",
          out);
    for (size_t i = 0; i < study->row_count; i++)
        if (study->row[i].ci.replicates > 0) {
            fputs(" and the 95 % intervals of the jam densities", out);
            break;
        }
    for (size_t i = 0; i < study->row_count; i++)
        if (study->row[i].audit.min_flow_beyond_jam < -1e-9 * fabs(study->largest_flow))
            fprintf(out, "%s%s", negative++ > 0 ? ", " : ": under the zero line go ", study->row[i].model);
    fputs(negative > 0 ? "." : ": no fit goes under the zero line.", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
