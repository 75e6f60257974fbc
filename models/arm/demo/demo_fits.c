/* Which law can a network hold exactly? Two torque laws, sampled on 400 angles, fitted by networks with the
 * same number of free parameters: K e held within the torque limit (two corners), and a law that bends
 * smoothly to the same limit. */
#include "arm/demo/demo.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 400, NETS = 3, CURVE = 801 };

static const double gain = 80, widest = 2.5;
static const char *const nets[NETS] = {"relu:2", "affine+tanh:1", "affine+sigmoid:1"};
static const char *const family[NETS] = {"relu", "tanh", "sigmoid"};

typedef double torque_law(const arm_plant *plant, double error_angle);

static double held(const arm_plant *plant, double error_angle) {
    return arm_plant_clip_torque(plant, gain * error_angle);
}

static double bent(const arm_plant *plant, double error_angle) {
    return gain * error_angle / hypot(1, gain * error_angle / plant->torque_limit);
}

static crease_status add_net(crease_plot *plot, const crease_compare_row *row, size_t i,
                             const crease_data *data, crease_error *error) {
    double x[CURVE], y[CURVE], fitted[POINTS], residual[POINTS];
    char name[32], label[96];
    crease_work *work = NULL;
    crease_status status = crease_work_new(row->net, &work, error);
    if (status != CREASE_OK)
        return status;
    for (size_t k = 0; k < CURVE; k++)
        x[k] = widest * (2 * (double)k / (CURVE - 1) - 1);
    crease_net_evaluate(row->net, NULL, work, CURVE, x, y);
    crease_net_evaluate(row->net, NULL, work, POINTS, data->x, fitted);
    crease_work_free(work);
    for (size_t k = 0; k < POINTS; k++)
        residual[k] = data->y[k] - fitted[k];
    snprintf(name, sizeof name, "label_%zu", i + 1);
    snprintf(label, sizeof label, "%s, RMSE %.2g", row->spec, row->rmse_best);
    status = crease_plot_set_text(plot, name, label, error);
    snprintf(name, sizeof name, "family_%zu", i + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, name, family[i], error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "fit", CURVE, 2, (const double *const[]){x, y}, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "residual", POINTS, 2, (const double *const[]){data->x, residual},
                                      error);
    return status;
}

static int draw(const arm_demo *demo, const crease_comparison *comparison, const crease_data *data) {
    crease_plot *plot = NULL;
    crease_error error;
    crease_status status = crease_plot_new("compare", &plot, &error);
    const char *const text[][2] = {{"title_text", "The law 80 e, held within the torque limit"},
                                   {"x_label", "error angle e, rad"},
                                   {"y_label", "torque, N m"}};
    for (size_t i = 0; i < 3 && status == CREASE_OK; i++)
        status = crease_plot_set_text(plot, text[i][0], text[i][1], &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "inputs", 1, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", NETS, &error);
    if (status == CREASE_OK)
        status =
            crease_plot_add_data(plot, "data", POINTS, 2, (const double *const[]){data->x, data->y}, &error);
    for (size_t i = 0; i < NETS && status == CREASE_OK; i++)
        status = add_net(plot, &comparison->row[i], i, data, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&demo->app, &error);
    }
    return crease_app_draw_in_folder(
        &demo->app, plot, demo->folder, "arm_law",
        "the ReLU network has its two corners exactly where the torque limit begins; the smooth ones "
        "round them off and are wrong on both sides of each.");
}

static void add_rows(crease_report *report, const char *law, const crease_comparison *comparison) {
    for (size_t i = 0; i < comparison->row_count; i++) {
        const crease_compare_row *row = &comparison->row[i];
        crease_report_text(report, "%s", law);
        crease_report_text(report, "%s", row->spec);
        crease_report_count(report, row->n_params);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse_best, 3);
        crease_report_number(report, row->rmse_median, 3);
        crease_report_number(report, row->fit.score.max_error, 3);
        if (row->kink_count == 0)
            crease_report_text(report, "none");
        else if (row->kink_count == 1)
            crease_report_text(report, "%.10g", row->kinks[0].x);
        else
            crease_report_text(report, "%.10g, %.10g", row->kinks[0].x, row->kinks[1].x);
    }
}

/* Largest errors: relu and the better smooth network. */
static void largest_errors(const crease_comparison *comparison, double *relu, double *smooth) {
    *relu = comparison->row[0].fit.score.max_error;
    *smooth = fmin(comparison->row[1].fit.score.max_error, comparison->row[2].fit.score.max_error);
}

static void print_conclusion(const arm_plant *plant, crease_comparison *const comparison[2]) {
    double relu[2], smooth[2];
    for (size_t t = 0; t < 2; t++)
        largest_errors(comparison[t], &relu[t], &smooth[t]);
    printf("\nThe corners of the held law are at +-%.10g rad. Largest error there: ReLU %.2g N m,\n"
           "tanh and sigmoid %.2g N m; on the bent law: ReLU %.2g N m, tanh and sigmoid (one class of\n"
           "functions) %.2g N m.\n",
           plant->torque_limit / gain, relu[0], smooth[0], relu[1], smooth[1]);
    if (relu[0] < smooth[0] && relu[1] > smooth[1])
        puts("So ReLU is the network for a limit that is a corner, tanh or sigmoid for one that bends.\n");
    else
        puts("So here the shape of the law does not decide which network is the better one.\n");
}

int arm_demo_fits(const arm_demo *demo) {
    static torque_law *const laws[2] = {held, bent};
    static const char *const names[2] = {"held", "bent"};
    double x[POINTS], y[2][POINTS];
    arm_plant plant;
    crease_comparison *comparison[2] = {NULL, NULL};
    crease_data data[2];
    crease_error error;
    crease_progress progress = crease_progress_begin(&demo->app, "fitting torque laws");
    crease_compare_options options = {0};
    crease_app_fit_options(&demo->app, &progress, &options.fit);
    crease_status status = arm_plant_find("A", &plant, &error);
    for (size_t t = 0; t < 2 && status == CREASE_OK; t++) {
        for (size_t k = 0; k < POINTS; k++) {
            x[k] = widest * (2 * (double)k / (POINTS - 1) - 1);
            y[t][k] = laws[t](&plant, x[k]);
        }
        data[t] = (crease_data){POINTS, 1, 1, x, y[t], NULL};
        status = crease_compare(nets, NETS, &data[t], &options, &comparison[t], &error);
    }
    crease_progress_end(&progress);
    int code = status == CREASE_OK ? CREASE_EXIT_OK : crease_app_fail(&demo->app, &error);
    if (code == CREASE_EXIT_OK) {
        printf("\nTorque laws on %d angles within +-%g rad, fitted by networks of equal free parameters.\n"
               "held: 80 e within +-%g N m; bent: nears the same limit smoothly, 80 e/sqrt(1 + (80 "
               "e/%g)^2).\n\n",
               POINTS, widest, plant.torque_limit, plant.torque_limit);
        crease_report *report =
            crease_report_new(8, (const char *const[]){"law", "network", "parameters", "free", "RMSE best",
                                                       "RMSE median", "largest error N m", "corners rad"});
        for (size_t t = 0; t < 2; t++)
            add_rows(report, names[t], comparison[t]);
        crease_report_print(report, stdout);
        crease_report_free(report);
        print_conclusion(&plant, comparison);
        code = draw(demo, comparison[0], &data[0]);
    }
    for (size_t t = 0; t < 2; t++)
        crease_comparison_free(comparison[t]);
    return code;
}
