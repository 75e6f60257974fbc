/* The figures `fit` and `compare` of plots/, filled: data and residuals at up to POINTS_SHOWN rows spread
 * evenly over the file, and curves dense in the range of the data with every kink among their points. */
#include "pictures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_SHOWN = 4000, CURVE_POINTS = 800, LABEL_SIZE = 320 };

/* The rows that are drawn. */
typedef struct sample {
    size_t n, inputs;
    double *x;        /* n x inputs */
    double *first;    /* n, the first input, for the axis */
    double *observed; /* n */
} sample;

/* One network on the sample, and as a curve. */
typedef struct drawn_net {
    double *fitted, *residual; /* sample.n */
    double *curve_x, *curve_y; /* curve_count; one input only */
    size_t curve_count;
} drawn_net;

static crease_status no_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the picture");
}

static void sample_clear(sample *shown) {
    free(shown->x);
    free(shown->first);
    free(shown->observed);
}

static crease_status sample_new(const crease_data *data, sample *shown, crease_error *error) {
    size_t n = data->n < POINTS_SHOWN ? data->n : POINTS_SHOWN;
    *shown = (sample){.n = n, .inputs = data->inputs};
    shown->x = calloc(n * data->inputs, sizeof *shown->x);
    shown->first = calloc(n, sizeof *shown->first);
    shown->observed = calloc(n, sizeof *shown->observed);
    if (!shown->x || !shown->first || !shown->observed)
        return no_memory(error);
    for (size_t i = 0; i < n; i++) {
        size_t row = i * data->n / n; /* n <= POINTS_SHOWN: no overflow */
        memcpy(shown->x + i * data->inputs, data->x + row * data->inputs, data->inputs * sizeof *shown->x);
        shown->first[i] = shown->x[i * data->inputs];
        shown->observed[i] = data->y[row];
    }
    return CREASE_OK;
}

static void drawn_net_clear(drawn_net *drawn) {
    free(drawn->fitted);
    free(drawn->residual);
    free(drawn->curve_x);
    free(drawn->curve_y);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Even points over the range of the data, and the kinks within it. */
static void place_curve(const sample *shown, const crease_kink *kinks, size_t kink_count, drawn_net *drawn) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < shown->n; i++) {
        low = fmin(low, shown->first[i]);
        high = fmax(high, shown->first[i]);
    }
    size_t count = 0;
    for (; count < CURVE_POINTS; count++)
        drawn->curve_x[count] = low + (high - low) * (double)count / (CURVE_POINTS - 1);
    for (size_t k = 0; k < kink_count; k++)
        if (kinks[k].x > low && kinks[k].x < high)
            drawn->curve_x[count++] = kinks[k].x;
    qsort(drawn->curve_x, count, sizeof *drawn->curve_x, by_value);
    drawn->curve_count = count;
}

static crease_status drawn_net_new(const crease_net *net, const sample *shown, const crease_kink *kinks,
                                   size_t kink_count, drawn_net *drawn, crease_error *error) {
    crease_work *work = NULL;
    crease_status status = CREASE_OK;
    size_t room = CURVE_POINTS + kink_count;
    *drawn = (drawn_net){.fitted = calloc(shown->n, sizeof(double)),
                         .residual = calloc(shown->n, sizeof(double)),
                         .curve_x = calloc(room, sizeof(double)),
                         .curve_y = calloc(room, sizeof(double))};
    if (!drawn->fitted || !drawn->residual || !drawn->curve_x || !drawn->curve_y) {
        status = no_memory(error);
        goto end;
    }
    status = crease_work_new(net, &work, error);
    if (status != CREASE_OK)
        goto end;
    crease_net_evaluate(net, NULL, work, shown->n, shown->x, drawn->fitted);
    for (size_t i = 0; i < shown->n; i++)
        drawn->residual[i] = shown->observed[i] - drawn->fitted[i];
    if (shown->inputs == 1) {
        place_curve(shown, kinks, kink_count, drawn);
        crease_net_evaluate(net, NULL, work, drawn->curve_count, drawn->curve_x, drawn->curve_y);
    }
end:
    crease_work_free(work);
    return status;
}

/* The role that colours a network in the figures: that of its activation, or hybrid. */
static const char *family(const crease_net *net) {
    const char *name = NULL;
    for (size_t l = 0; l < net->layer_count; l++) {
        for (size_t g = 0; g < net->layer[l].group_count; g++) {
            const char *other = "smooth";
            switch (net->layer[l].group[g].activation) {
            case CREASE_RELU:
            case CREASE_HINGE:
                other = "relu";
                break;
            case CREASE_LEAKY:
            case CREASE_PRELU:
                other = "leaky";
                break;
            case CREASE_TANH:
                other = "tanh";
                break;
            case CREASE_SIGMOID:
                other = "sigmoid";
                break;
            default:
                break;
            }
            if (name && strcmp(name, other) != 0)
                return "hybrid";
            name = other;
        }
    }
    return name ? name : "other";
}

static void write_label(const crease_net *net, double rmse, char label[LABEL_SIZE]) {
    size_t length = crease_net_spec(net, label, LABEL_SIZE / 2);
    length = length < LABEL_SIZE / 2 ? length : LABEL_SIZE / 2 - 1;
    snprintf(label + length, LABEL_SIZE - length, ", RMSE %.3g", rmse);
}

static crease_status set_axes(crease_plot *plot, const crease_app_data *data, crease_error *error) {
    char title[LABEL_SIZE];
    size_t n = data->data.n;
    if (n > POINTS_SHOWN)
        snprintf(title, sizeof title, "%.200s: %d of %zu rows are drawn", data->table->source, POINTS_SHOWN,
                 n);
    else
        snprintf(title, sizeof title, "%.200s: %zu row%s", data->table->source, n, n == 1 ? "" : "s");
    crease_status status = crease_plot_set_number(plot, "inputs", (double)data->data.inputs, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "title_text", title, error);
    if (status == CREASE_OK && data->data.inputs == 1)
        status = crease_plot_set_text(plot, "x_label", data->input_name[0], error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", data->output_name, error);
    return status;
}

static crease_status add_kinks(crease_plot *plot, const sample *shown, const crease_kink *kinks,
                               size_t kink_count, crease_error *error) {
    crease_status status = CREASE_OK;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < shown->n; i++) {
        low = fmin(low, shown->first[i]);
        high = fmax(high, shown->first[i]);
    }
    double *x = calloc(2 * kink_count + 1, sizeof *x), *standard_error = x ? x + kink_count : NULL;
    if (!x)
        return no_memory(error);
    size_t count = 0;
    for (size_t k = 0; k < kink_count; k++) {
        if (kinks[k].x < low || kinks[k].x > high) /* it would stretch the axis */
            continue;
        x[count] = kinks[k].x;
        standard_error[count++] = kinks[k].standard_error;
    }
    if (count > 0)
        status =
            crease_plot_add_data(plot, "kinks", count, 2, (const double *const[]){x, standard_error}, error);
    free(x);
    return status;
}

static crease_status fill_fit(crease_plot *plot, const crease_net *net, const crease_app_data *data,
                              const sample *shown, const drawn_net *drawn, const crease_kink *kinks,
                              size_t kink_count, crease_error *error) {
    char label[LABEL_SIZE];
    crease_score score;
    crease_status status = crease_net_score(net, &data->data, &score, error);
    if (status == CREASE_OK)
        status = set_axes(plot, data, error);
    if (status == CREASE_OK) {
        write_label(net, score.rmse, label);
        status = crease_plot_set_text(plot, "fit_label", label, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "family", family(net), error);
    const double *across = shown->inputs == 1 ? shown->first : drawn->fitted;
    if (status == CREASE_OK)
        status =
            crease_plot_add_data(plot, "data", shown->n, 3,
                                 (const double *const[]){across, shown->observed, drawn->residual}, error);
    if (status == CREASE_OK && shown->inputs == 1)
        status = crease_plot_add_data(plot, "curve", drawn->curve_count, 2,
                                      (const double *const[]){drawn->curve_x, drawn->curve_y}, error);
    if (status == CREASE_OK && shown->inputs == 1)
        status = add_kinks(plot, shown, kinks, kink_count, error);
    return status;
}

/* Draws what was filled without a failure; the plot is freed. */
static int finish(const crease_app *app, crease_plot *plot, crease_status status, const crease_error *error,
                  const char *what_to_see) {
    if (status == CREASE_OK)
        return crease_app_draw(app, plot, app->plot, what_to_see);
    crease_plot_free(plot);
    return crease_app_fail(app, error);
}

int draw_fit(const crease_app *app, const crease_net *net, const crease_app_data *data,
             const crease_kink *kinks, size_t kink_count) {
    crease_error error;
    crease_plot *plot = NULL;
    sample shown = {0};
    drawn_net drawn = {0};
    crease_status status = crease_plot_new("fit", &plot, &error);
    if (status == CREASE_OK)
        status = sample_new(&data->data, &shown, &error);
    if (status == CREASE_OK)
        status = drawn_net_new(net, &shown, kinks, kink_count, &drawn, &error);
    if (status == CREASE_OK)
        status = fill_fit(plot, net, data, &shown, &drawn, kinks, kink_count, &error);
    int code =
        finish(app, plot, status, &error,
               data->data.inputs == 1
                   ? "the fit over the data, its kinks as thin lines; residuals below should show no shape"
                   : "a good fit lies on the line fitted = observed; residuals below should show no shape");
    drawn_net_clear(&drawn);
    sample_clear(&shown);
    return code;
}

static crease_status add_network(crease_plot *plot, const crease_compare_row *row, size_t number,
                                 const sample *shown, crease_error *error) {
    char variable[32], label[LABEL_SIZE];
    drawn_net drawn = {0};
    crease_status status = drawn_net_new(row->net, shown, row->kinks, row->kink_count, &drawn, error);
    if (status == CREASE_OK) {
        snprintf(variable, sizeof variable, "label_%zu", number);
        write_label(row->net, row->fit.score.rmse, label);
        status = crease_plot_set_text(plot, variable, label, error);
    }
    if (status == CREASE_OK) {
        snprintf(variable, sizeof variable, "family_%zu", number);
        status = crease_plot_set_text(plot, variable, family(row->net), error);
    }
    bool line = shown->inputs == 1;
    if (status == CREASE_OK)
        status = line ? crease_plot_add_data(plot, "fit", drawn.curve_count, 2,
                                             (const double *const[]){drawn.curve_x, drawn.curve_y}, error)
                      : crease_plot_add_data(plot, "fit", shown->n, 2,
                                             (const double *const[]){drawn.fitted, shown->observed}, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(
            plot, "residual", shown->n, 2,
            (const double *const[]){line ? shown->first : drawn.fitted, drawn.residual}, error);
    drawn_net_clear(&drawn);
    return status;
}

int draw_compare(const crease_app *app, const crease_comparison *comparison, const crease_app_data *data) {
    crease_error error;
    crease_plot *plot = NULL;
    sample shown = {0};
    size_t networks = comparison->row_count;
    crease_status status = crease_plot_new("compare", &plot, &error);
    if (status == CREASE_OK)
        status = sample_new(&data->data, &shown, &error);
    if (status == CREASE_OK)
        status = set_axes(plot, data, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", (double)networks, &error);
    if (status == CREASE_OK && shown.inputs == 1)
        status = crease_plot_add_data(plot, "data", shown.n, 2,
                                      (const double *const[]){shown.first, shown.observed}, &error);
    for (size_t i = 0; i < networks && status == CREASE_OK; i++)
        status = add_network(plot, &comparison->row[i], i + 1, &shown, &error);
    int code = finish(
        app, plot, status, &error,
        "the best fit of each network; below, whose residuals keep a shape at the kinks or between them");
    sample_clear(&shown);
    return code;
}
