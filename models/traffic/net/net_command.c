/* crease traffic net: networks on the flow diagram with the physics audit. */
#include "crease/model_file.h"
#include "crease/plot.h"
#include "traffic/net/net_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- data and model files ---- */

static int no_memory(const net_run *run) {
    return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the audits");
}

int net_audit_rows(net_run *run) {
    const traffic_study *study = run->fd.result;
    const traffic_diagram *truth = run->truth_count > 0 ? &run->truth[0] : NULL;
    const size_t count = study ? study->row_count : 1;
    crease_error error;
    run->curve = calloc(count + 1, sizeof *run->curve);
    run->audit = calloc(count + 1, sizeof *run->audit);
    run->row_model = calloc(count + 1, sizeof *run->row_model);
    if (!run->curve || !run->audit || !run->row_model)
        return no_memory(run);
    for (size_t i = 0; i < count; i++) {
        crease_status status = study ? traffic_net_curve_of_row(&study->row[i], &run->curve[i], &error)
                                     : traffic_net_curve_of_net(run->net, &run->curve[i], &error);
        run->row_count = i + 1;
        if (status == CREASE_OK)
            status = traffic_net_audit_curve(&run->curve[i], run->least, run->largest, truth, NAN,
                                             &run->audit[i], &error);
        if (status != CREASE_OK)
            return crease_app_fail(&run->app, &error);
        run->row_model[i] = study ? study->row[i].model : run->spec;
    }
    return 0;
}

static int fit_data(net_run *run) {
    int code = traffic_fd_rows(&run->fd);
    if (code == 0)
        code = traffic_run(&run->app, run->fd.n, run->fd.density_value, run->fd.flow_value, run->fd.model,
                           run->fd.model_count, &run->fd.study, &run->fd.result);
    if (code != 0)
        return code;
    run->least = run->fd.result->least_density;
    run->largest = run->fd.result->largest_density;
    if (run->fd.result->row_count == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED,
                                    "interrupted before the first model was fitted");
    return net_audit_rows(run);
}

/* The range of densities that a saved network speaks for. Of networks fitted to data the scaling is the mean and the
 * standard deviation: a uniform range ends sqrt(3) of them above the mean. */
static int choose_range(net_run *run) {
    const crease_net *net = run->net;
    crease_pwl *pwl = NULL;
    crease_error error;
    const char *from = "--largest-density";
    run->largest = run->largest_density;
    if (!(run->largest > 0.0) && run->truth_count > 0) {
        traffic_audit known;
        traffic_audit_diagram(&run->truth[0], 0.0, &known);
        run->largest = known.jam_density;
        from = "the truth's jam density";
    } else if (!(run->largest > 0.0) && net->input_scale[0] != 1.0) {
        run->largest = net->input_shift[0] + sqrt(3.0) * net->input_scale[0];
        from = "the network's scaling: mean and 1.73 standard deviations of its data";
    } else if (!(run->largest > 0.0) && crease_net_is_piecewise_linear(net)) {
        if (crease_pwl_from_net(net, &pwl, &error) != CREASE_OK)
            return crease_app_fail(&run->app, &error);
        run->largest = pwl->knot_count > 0 ? pwl->x[pwl->knot_count - 1] : 0.0;
        from = "its last kink";
        crease_pwl_free(pwl);
    }
    if (!(run->largest > 0.0) || !isfinite(run->largest))
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA,
                                    "%s does not tell the range of its densities; give --largest-density X",
                                    run->model_path);
    if (!(run->largest_density > 0.0))
        crease_app_note(&run->app, "largest density taken: %.5g (%s); --largest-density sets it",
                        run->largest, from);
    return 0;
}

static int load_model(net_run *run) {
    crease_error error;
    if (crease_net_load(run->model_path, &run->net, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->net->inputs != 1 || run->net->outputs != 1)
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_DATA,
            "%s: a flow diagram has one input (density) and one output (flow), this network has "
            "%zu and %zu",
            run->model_path, run->net->inputs, run->net->outputs);
    crease_net_spec(run->net, run->spec, sizeof run->spec);
    const int code = choose_range(run);
    return code ? code : net_audit_rows(run);
}

/* ---- the study ---- */

static char **default_models(const net_run *run, size_t truth, size_t *count) {
    const traffic_diagram *d = &run->truth[truth];
    const char *text = d->family != TRAFFIC_PHYSICAL ? "physical:6,relu:6,tanh:4,sigmoid:4"
                       : d->kinks == 1               ? "physical:1,relu:3,tanh:4,sigmoid:4,tanh:6"
                                                     : "physical:2,relu:4,tanh:4,sigmoid:4,tanh:6";
    return crease_app_list(&run->app, "--models", text, count);
}

static int study_truths(net_run *run) {
    int code = 0;
    crease_app_catch_interrupt();
    for (size_t i = 0; i < run->truth_count && code == 0; i++) {
        char label[128], name[32], **model = run->fd.model;
        size_t count = run->fd.model_count;
        crease_error error;
        net_truth_name(run, i, name);
        snprintf(label, sizeof label, "%s (truth %zu of %zu), fits", name, i + 1, run->truth_count);
        crease_progress progress = crease_progress_begin(&run->app, label);
        crease_app_detail(&run->app, "studying %s", run->truth_text[i]);
        traffic_net_study_options options = {.points = run->points,
                                             .runs = run->runs,
                                             .noise = run->noise,
                                             .noise_of_capacity = run->noise_of_capacity,
                                             .reach_count = run->reach_count,
                                             .reach = run->reach,
                                             .jam_density = run->fd.study.jam_density,
                                             .fit = run->fd.study.fit};
        crease_app_fit_options(&run->app, &progress, &options.fit);
        if (!model)
            model = default_models(run, i, &count);
        const crease_status status = traffic_net_study_run(&run->truth[i], (const char *const *)model, count,
                                                           &options, &run->study[i], &error);
        crease_progress_end(&progress);
        if (model != run->fd.model)
            crease_app_list_free(model, count);
        code = status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
        run->study_count = i + (status == CREASE_OK);
        if (crease_app_interrupted(NULL))
            break;
    }
    return code;
}

/* ---- results ---- */

/* The row to write: the one asked for, else the closest physical one. */
static int write_network(const net_run *run) {
    const traffic_study *study = run->fd.result;
    const traffic_row *best = NULL;
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_row *row = &study->row[i];
        const bool wanted = run->write_model ? strcmp(row->model, run->write_model) == 0
                                             : !row->net && row->diagram.family == TRAFFIC_PHYSICAL;
        if (wanted && (!best || row->wmse < best->wmse))
            best = row;
    }
    if (!best)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED,
                                    "the model to write was not fitted, nothing is written");
    return traffic_fd_write(&run->fd, best);
}

static int deliver(const net_run *run) {
    int code = run->app.json          ? net_print_json(run)
               : run->study_count > 0 ? net_print_studies(run)
                                      : net_print_rows(run);
    bool interrupted = run->fd.result && run->fd.result->interrupted;
    for (size_t i = 0; i < run->study_count; i++)
        interrupted = interrupted || run->study[i]->interrupted;
    interrupted = interrupted || run->study_count < (run->fd.path || run->model_path ? 0 : run->truth_count);
    if (code == 0 && run->fd.output)
        code = write_network(run);
    if (code == 0 && run->app.plot)
        code = net_draw(run);
    return interrupted ? crease_app_end_interrupted(&run->app, code) : code;
}

static void clear(net_run *run) {
    for (size_t i = 0; i < run->row_count; i++)
        traffic_net_curve_clear(&run->curve[i]);
    for (size_t i = 0; i < run->study_count; i++)
        traffic_net_study_free(run->study[i]);
    free(run->curve);
    free(run->audit);
    free(run->row_model);
    free(run->reach);
    crease_net_free(run->net);
    traffic_study_free(run->fd.result);
    free(run->fd.density_value);
    free(run->fd.flow_value);
    crease_table_free(run->fd.table);
    crease_app_list_free(run->fd.model, run->fd.model_count);
}

int traffic_net_main(int argc, char **argv) {
    static const char examples[] =
        "  build/bin/crease traffic net data/sumo_ring.csv --where driver=ideal --density density_veh_km "
        "--flow flow_veh_h --models greenshields,physical:2,relu:3,tanh:4 --starts 4 -o "
        "build/ring_flux.json\n"
        "  build/bin/crease traffic net --truth triangular --truth greenshields --plot build/claims.png\n"
        "  build/bin/crease traffic net --model build/ring_flux.json --truth triangular:119.99,22.5,133.333 "
        "--json\n";
    net_run run = {
        .app = {.name = "crease traffic net", .examples = examples}, .points = 400, .runs = 5, .noise = 0.04};
    run.fd.lanes = 1;
    run.fd.app = run.app;
    struct argp rows = traffic_fd_argp, argp = traffic_net_argp;
    rows.args_doc = rows.doc = NULL; /* they speak of fd */
    const struct argp_child children[] = {{&rows, 0, NULL, 0}, {0}};
    argp.children = children;
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    net_check_usage(&run);
    if (run.fd.study.fit.starts == 0)
        run.fd.study.fit.starts = run.fd.path ? 20 : 4;
    int code = run.fd.path ? fit_data(&run) : run.model_path ? load_model(&run) : study_truths(&run);
    if (code == 0)
        code = deliver(&run);
    clear(&run);
    return code;
}
