/* crease traffic fd: fundamental diagrams and networks fitted to observations of density, flow and speed. */
#include "crease/model_file.h"
#include "crease/plot.h"
#include "traffic/fd/fd_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int print_json(const fd_run *run, const char *verdict) {
    const traffic_study *study = run->result;
    json_t *object = crease_json_begin("traffic-fd"), *rows = json_array();
    crease_json_set_text(object, "data", run->table->source);
    crease_json_set_count(object, "n", study->n);
    crease_json_set_count(object, "rows_left_out", run->left_out + run->table->skipped);
    crease_json_set_text(object, "units", run->units == FD_KM ? "km" : run->units == FD_MILE ? "mile" : NULL);
    crease_json_set_text(object, "per", "lane");
    crease_json_set_count(object, "lanes", run->lanes);
    crease_json_set_text(object, "density_from",
                         run->density     ? "column"
                         : run->occupancy ? "occupancy"
                                          : "flow / speed");
    crease_json_set_number(object, "jam_density_imposed",
                           run->study.jam_density > 0.0 ? run->study.jam_density : NAN, "none was asked for");
    crease_json_set_count(object, "bootstrap", run->study.bootstrap);
    crease_json_set_count(object, "block", run->study.block > 0 ? run->study.block : 1);
    crease_json_set_number(object, "largest_density", study->largest_density, NULL);
    crease_json_set_number(object, "largest_flow", study->largest_flow, NULL);
    for (size_t i = 0; i < study->row_count; i++)
        json_array_append_new(rows, traffic_row_json(study, &study->row[i]));
    json_object_set_new(object, "rows", rows);
    crease_json_set_text(object, "verdict", verdict);
    crease_json_set_count(object, "starts", run->study.fit.starts);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

static int print_text(const fd_run *run, const char *verdict) {
    FILE *file =
        crease_app_is_standard_output(run->output) ? stderr : stdout; /* standard output holds the network */
    fprintf(file, "%zu rows of %s, densities %.4g to %.4g %s, fitted by %s%s, seed %llu\n", run->result->n,
            run->table->source, run->result->least_density, run->result->largest_density,
            traffic_fd_density_unit(run), run->study.by == TRAFFIC_BY_SPEED ? "speed" : "flow",
            run->study.weighting == TRAFFIC_QU ? " with the weights of Qu, Wang and Zhang" : "",
            (unsigned long long)run->app.seed);
    if (run->lanes > 1)
        fprintf(file, "Per lane: capacity and densities of the whole road are %zu times as large.\n",
                run->lanes);
    if (run->study.jam_density > 0.0)
        fprintf(file, "Jam density imposed: %.6g.\n", run->study.jam_density);
    fputc('\n', file);
    traffic_print_table(run->result, &traffic_truth_unknown, file);
    traffic_print_intervals(run->result, run->study.block, file);
    fprintf(file, "\n%s", verdict);
    return crease_app_end(&run->app);
}

static int draw(const fd_run *run) {
    char density[64];
    const bool named = run->units != FD_UNKNOWN;
    snprintf(density, sizeof density, "density (%s)", traffic_fd_density_unit(run));
    const traffic_labels labels = {.title = "Flow and density",
                                   .density = named          ? density
                                              : run->density ? run->density
                                                             : "flow / speed",
                                   .flow = named       ? "flow (veh/h/lane)"
                                           : run->flow ? run->flow
                                                       : "density x speed"};
    crease_plot *plot = NULL;
    crease_error error;
    if (traffic_picture(run->result, &labels, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    char *what = traffic_what_to_see(run->result);
    const int code = crease_app_draw(&run->app, plot, run->app.plot, what ? what : "data and fits");
    free(what);
    return code;
}

int traffic_fd_write(const fd_run *run, const traffic_row *best) {
    const char *density = run->density ? run->table->name[0] : "density",
               *flow = run->flow ? run->table->name[run->density || run->occupancy ? 1 : 0] : "flow";
    crease_net *net = NULL;
    crease_error error;
    crease_status status = traffic_row_network(best, &net, &error);
    if (status == CREASE_OK)
        status = crease_net_set_names(net, &density, &flow, &error);
    if (status == CREASE_OK)
        status = crease_net_save(net, run->output, &error);
    crease_net_free(net);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    crease_app_note(&run->app, "wrote %s to %s", best->model, run->output);
    return 0;
}

/* The closest row that is a network or can be written as one. */
static int write_network(const fd_run *run) {
    const traffic_row *best = NULL;
    for (size_t i = 0; i < run->result->row_count; i++) {
        const traffic_row *row = &run->result->row[i];
        if ((row->net || row->diagram.family == TRAFFIC_PHYSICAL) && (!best || row->wmse < best->wmse))
            best = row;
    }
    if (!best)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED,
                                    "no network was fitted, none is written");
    return traffic_fd_write(run, best);
}

static int deliver(const fd_run *run) {
    char *verdict = traffic_verdict(run->result, NAN);
    if (!verdict)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the verdict");
    int code = run->app.json ? print_json(run, verdict) : print_text(run, verdict);
    free(verdict);
    if (code == 0 && run->output)
        code = write_network(run);
    if (code == 0 && run->app.plot)
        code = draw(run);
    if (run->result->interrupted) {
        crease_app_note(&run->app, "interrupted: these are the best results so far");
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

int traffic_fd_main(int argc, char **argv) {
    static const char examples[] =
        "  build/bin/crease traffic fd data/sumo_ring.csv --where driver=ideal --density density_veh_km "
        "--flow flow_veh_h\n"
        "  build/bin/crease traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
        "flow_veh_h_lane "
        "--moving --models triangular,physical:3 --weights qu\n"
        "  build/bin/crease traffic fd data/sumo_ring.csv --density density_veh_km --speed speed_km_h --by "
        "speed "
        "--models greenshields,s3,van-aerde --bootstrap 200 --json\n";
    fd_run run = {
        .app = {.name = "crease traffic fd", .examples = examples}, .study.fit.starts = 20, .lanes = 1};
    crease_app_parse(&run.app, &traffic_fd_argp, argc, argv, &run);
    traffic_fd_check_usage(&run);
    traffic_fd_choose_models(&run);
    int code = traffic_fd_rows(&run);
    if (code == 0)
        code = traffic_run(&run.app, run.n, run.density_value, run.flow_value, run.model, run.model_count,
                           &run.study, &run.result);
    if (code == 0)
        code = deliver(&run);
    traffic_study_free(run.result);
    free(run.density_value);
    free(run.flow_value);
    crease_table_free(run.table);
    crease_app_list_free(run.model, run.model_count);
    return code;
}
