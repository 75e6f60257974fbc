/* Several models on one data set, by one measure.
 *
 * By flow the models minimise sum w (q_i - q(rho_i))^2, by speed sum w (v_i - q(rho_i)/rho_i)^2, which is the
 * same with weights w/rho^2 and flows rho v. Greenshields by speed is the literature's regression line, whose
 * residuals are taken without the clamp at zero speed. */
#include "traffic/traffic.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Number of kinks of "triangular" and "physical:M", 0 for other names; SIZE_MAX for a bad M. */
static size_t physical_kinks(const char *model) {
    if (strcmp(model, "triangular") == 0)
        return 1;
    if (strncmp(model, "physical", 8) != 0 || (model[8] != '\0' && model[8] != ':'))
        return 0;
    if (model[8] != ':' || model[9] < '0' || model[9] > '9')
        return SIZE_MAX;
    char *end = NULL;
    const unsigned long kinks = strtoul(model + 9, &end, 10);
    return *end == '\0' && kinks >= 1 && kinks <= TRAFFIC_MAX_KINKS ? kinks : SIZE_MAX;
}

crease_status traffic_model_check(const char *model, crease_error *error) {
    const size_t kinks = physical_kinks(model);
    if (kinks == SIZE_MAX)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "model '%s': write physical:M with M = 1 to %d kinks, for example physical:3",
                           model, TRAFFIC_MAX_KINKS);
    if (traffic_model_parameters(model) > 0)
        return CREASE_OK;
    if (!strchr(model, ':'))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "there is no model '%s'; there are greenshields, triangular, trapezoidal, smulders, "
            "newell-franklin, underwood, drake, van-aerde, s3, physical:M, and networks such as relu:6, "
            "tanh:4, "
            "sigmoid:4, affine+relu:2",
            model);
    crease_net *net = NULL;
    const crease_status status = crease_net_parse(model, 1, 1, &net, error);
    crease_net_free(net);
    return status;
}

static double plain_mean_square(const traffic_study *s, const double *prediction) {
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++) {
        double r = s->flow[i] - prediction[i];
        if (s->by == TRAFFIC_BY_SPEED) {
            if (s->density[i] <= 0.0)
                continue;
            r /= s->density[i];
        }
        sum += r * r;
        count++;
    }
    return sum / (double)count;
}

crease_status traffic_row_predict(const traffic_row *row, size_t n, const double *density, double *flow,
                                  crease_error *error) {
    if (!row->net) {
        for (size_t i = 0; i < n; i++)
            flow[i] = traffic_diagram_flow(&row->diagram, density[i]);
        return CREASE_OK;
    }
    crease_work *work = NULL;
    const crease_status status = crease_work_new(row->net, &work, error);
    if (status == CREASE_OK)
        crease_net_evaluate(row->net, NULL, work, n, density, flow);
    crease_work_free(work);
    return status;
}

static crease_status fit_network(const traffic_study *s, const traffic_data *data,
                                 const traffic_study_options *options, traffic_row *row,
                                 crease_error *error) {
    const crease_data regression = {s->n, 1, 1, data->density, data->flow, data->weight};
    crease_fit_result result = {0};
    double *rmse = NULL;
    crease_status status = crease_net_parse(row->model, 1, 1, &row->net, error);
    if (status == CREASE_OK)
        status = crease_fit(row->net, &regression, &options->fit, &result, error);
    if (status != CREASE_OK)
        return status;
    row->n_params = row->net->parameter_count;
    row->n_free = crease_net_free_count(row->net);
    row->hit_rate = result.hit_rate;
    rmse = malloc((result.starts ? result.starts : 1) * sizeof *rmse);
    if (rmse) {
        for (size_t i = 0; i < result.starts; i++)
            rmse[i] = result.start[i].rmse;
        gsl_sort(rmse, 1, result.starts);
        row->rmse_median = gsl_stats_median_from_sorted_data(rmse, 1, result.starts);
    } else {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu starts", result.starts);
    }
    free(rmse);
    crease_fit_result_clear(&result);
    return status == CREASE_OK
               ? traffic_audit_net(row->net, s->least_density, s->largest_density, &row->audit, error)
               : status;
}

static crease_status fit_diagram(const traffic_study *s, const traffic_data *data,
                                 const traffic_study_options *options, traffic_row *row,
                                 crease_error *error) {
    const bool imposed = s->jam_density > 0.0 && traffic_model_has_jam(row->model);
    const crease_status status =
        traffic_fit_model(row->model, data, s->weight, s->by == TRAFFIC_BY_SPEED, s->jam_density,
                          options->fit.seed, NULL, &row->diagram, error);
    row->n_params = row->n_free = traffic_model_parameters(row->model) - (imposed ? 1 : 0);
    if (status == CREASE_OK)
        traffic_audit_diagram(&row->diagram, s->largest_density, &row->audit);
    return status;
}

/* `data` carries the weights of the flows, `scale` turns their mean square into that of the measure. */
static crease_status fit_row(const traffic_study *s, const traffic_data *data, double scale,
                             const traffic_study_options *options, traffic_row *row, crease_error *error) {
    const double begun = omp_get_wtime();
    row->rmse_median = row->hit_rate = NAN;
    const bool named = traffic_model_parameters(row->model) > 0;
    crease_status status =
        named ? fit_diagram(s, data, options, row, error) : fit_network(s, data, options, row, error);
    if (status != CREASE_OK)
        return status;
    row->seconds = omp_get_wtime() - begun;
    double *prediction = malloc(s->n * sizeof *prediction);
    if (!prediction)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu predictions", s->n);
    status = traffic_row_predict(row, s->n, s->density, prediction, error);
    if (status == CREASE_OK) {
        if (!row->net && row->diagram.family == TRAFFIC_GREENSHIELDS && s->by == TRAFFIC_BY_SPEED &&
            isfinite(row->diagram.jam_density) && !(s->jam_density > 0.0))
            for (size_t i = 0; i < s->n; i++)
                prediction[i] = row->diagram.free_speed * s->density[i] *
                                (1.0 - s->density[i] / row->diagram.jam_density);
        row->wmse = scale * traffic_mean_square(data, prediction);
        row->rmse = sqrt(plain_mean_square(s, prediction));
        row->rmse_median *= sqrt(scale);
    }
    free(prediction);
    return status;
}

static crease_status check_rows(traffic_study *s, crease_error *error) {
    double least = INFINITY, largest = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->density[i]) || !isfinite(s->flow[i]) || s->density[i] < 0.0)
            return crease_fail(
                error, CREASE_BAD_DATA,
                "row %zu: density %g and flow %g; a density must be finite and not negative, a flow finite",
                i + 1, s->density[i], s->flow[i]);
        least = fmin(least, s->density[i]);
        largest = fmax(largest, s->density[i]);
        s->largest_flow = i == 0 ? s->flow[i] : fmax(s->largest_flow, s->flow[i]);
    }
    if (!(least < largest))
        return crease_fail(
            error, CREASE_BAD_DATA,
            "%zu row%s with one single density %g: a flow diagram needs at least two different ones", s->n,
            s->n == 1 ? "" : "s", s->n ? least : 0.0);
    s->least_density = least;
    s->largest_density = largest;
    return CREASE_OK;
}

/* The weights of the measure into s->weight, those of the flows into `flow_weight`; *scale as in fit_row. */
static crease_status set_weights(traffic_study *s, double *flow_weight, double *scale, crease_error *error) {
    double total = 0.0, flow_total = 0.0;
    for (size_t i = 0; i < s->n; i++)
        s->weight[i] = 1.0;
    if (s->weighting == TRAFFIC_QU) {
        const crease_status status = traffic_qu_weights(s->n, s->density, s->weight, error);
        if (status != CREASE_OK)
            return status;
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->by == TRAFFIC_BY_SPEED && s->density[i] <= 0.0)
            s->weight[i] = 0.0;
    memcpy(flow_weight, s->weight, s->n * sizeof *flow_weight);
    if (s->by == TRAFFIC_BY_SPEED)
        traffic_speed_weights(s->n, s->density, flow_weight);
    for (size_t i = 0; i < s->n; i++) {
        total += s->weight[i];
        flow_total += flow_weight[i];
    }
    *scale = flow_total / total;
    return CREASE_OK;
}

static crease_status study_new(size_t n, const double *density, const double *flow, size_t model_count,
                               const traffic_study_options *options, traffic_study **study,
                               crease_error *error) {
    traffic_study *s = calloc(1, sizeof *s);
    *study = s;
    if (!s || n > SIZE_MAX / sizeof(double) - 1)
        goto no_memory;
    s->n = n;
    s->by = options->by;
    s->weighting = options->weighting;
    s->jam_density = options->jam_density > 0.0 ? options->jam_density : 0.0;
    s->density = malloc((n + 1) * sizeof *s->density);
    s->flow = malloc((n + 1) * sizeof *s->flow);
    s->weight = malloc((n + 1) * sizeof *s->weight);
    s->row = calloc(model_count + 1, sizeof *s->row);
    if (!s->density || !s->flow || !s->weight || !s->row)
        goto no_memory;
    memcpy(s->density, density, n * sizeof *density);
    memcpy(s->flow, flow, n * sizeof *flow);
    return check_rows(s, error);
no_memory:
    return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows and %zu models", n, model_count);
}

crease_status traffic_study_run(size_t n, const double *density, const double *flow,
                                const char *const *models, size_t model_count,
                                const traffic_study_options *options, traffic_study **study,
                                crease_error *error) {
    traffic_study *s = NULL;
    double *flow_weight = NULL, scale = 1.0;
    *study = NULL;
    crease_status status = study_new(n, density, flow, model_count, options, &s, error);
    if (status != CREASE_OK)
        goto end;
    flow_weight = malloc(n * sizeof *flow_weight);
    status = flow_weight ? set_weights(s, flow_weight, &scale, error)
                         : crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", n);
    if (status != CREASE_OK)
        goto end;
    const traffic_data data = {n, s->density, s->flow, flow_weight};
    status = traffic_isotonic_bound(&data, &s->isotonic_bound, error);
    s->isotonic_bound *= scale;
    for (size_t i = 0; i < model_count && status == CREASE_OK; i++) {
        const crease_fit_options *fit = &options->fit;
        if (fit->interrupted && fit->interrupted(fit->interrupted_context)) {
            s->interrupted = true;
            break;
        }
        if (options->started)
            options->started(models[i], i, model_count, options->started_context);
        status = traffic_model_check(models[i], error);
        if (status != CREASE_OK)
            break;
        s->row_count = i + 1;
        s->row[i].model = strdup(models[i]);
        status = s->row[i].model ? fit_row(s, &data, scale, options, &s->row[i], error)
                                 : crease_fail(error, CREASE_NO_MEMORY, "no memory for a model's name");
        s->interrupted = fit->interrupted && fit->interrupted(fit->interrupted_context);
    }
    if (status == CREASE_OK)
        status = traffic_jam_bias(s, options, error);
    if (status == CREASE_OK && !s->interrupted)
        status = traffic_bootstrap(s, options, error);
end:
    free(flow_weight);
    if (status == CREASE_OK)
        *study = s;
    else
        traffic_study_free(s);
    return status;
}

void traffic_study_free(traffic_study *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->row_count; i++) {
        free(s->row[i].model);
        crease_net_free(s->row[i].net);
    }
    free(s->row);
    free(s->density);
    free(s->flow);
    free(s->weight);
    free(s);
}
