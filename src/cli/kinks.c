/* crease kinks: kinks in data whose sides may be curved. Check, read, detect, then the picture, and at last the table with
 * what it means in words, or the JSON. */
#include "commands.h"
#include "crease/app.h"
#include "crease/crease.h"
#include "regression.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LEVEL = 400, KEY_MAX_KINKS, KEY_SIMULATIONS, KEY_CONTRAST, POINTS_SHOWN = 4000 };

static const double DEFAULT_LEVEL = .01, DEFAULT_CONTRAST = 1.5;

typedef struct kinks_run {
    crease_app app;
    crease_app_data_options columns;
    crease_kink_options options;
    crease_app_data data;
    crease_detected_kink *kinks;
    size_t count;
    crease_kinks_summary summary;
} kinks_run;

static const struct argp_option options[] = {
    {0, 'x', "COL", 0, "input column, by name or 1-based number", 1},
    {0, 'y', "COL", 0, "output column", 1},
    {"level", KEY_LEVEL, "P", 0, "call it a kink when noise would do it in a share P of cases at most (0.01)",
     2},
    {"contrast", KEY_CONTRAST, "R", 0,
     "call it a kink when it is a bend R times as sharp as the curve beside it, seen at the resolution of "
     "the rows (1.5)",
     2},
    {"max-kinks", KEY_MAX_KINKS, "N", 0, "stop after so many (20)", 2},
    {"simulations", KEY_SIMULATIONS, "N", 0, "at most so many for one p-value (999)", 2},
    {0}};

static double read_level(const crease_app *app, const char *text) {
    double level = crease_app_positive(app, "--level", text);
    if (level >= 1)
        crease_app_usage_error(app, "--level takes a number between 0 and 1, not '%s'", text);
    return level;
}

static void check_complete(const kinks_run *run) {
    const crease_app *app = &run->app;
    crease_app_data_require(app, &run->columns);
    if (strchr(run->columns.x, ','))
        crease_app_usage_error(app, "kinks are looked for along one input column, not '%s'", run->columns.x);
    crease_app_check_outputs(app, NULL);
}

static error_t parse_kinks(int key, char *argument, struct argp_state *state) {
    kinks_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->columns;
        return 0;
    case 'x':
        run->columns.x = argument;
        return 0;
    case 'y':
        run->columns.y = argument;
        return 0;
    case KEY_LEVEL:
        run->options.level = read_level(&run->app, argument);
        return 0;
    case KEY_CONTRAST:
        run->options.contrast = crease_app_positive(&run->app, "--contrast", argument);
        return 0;
    case KEY_MAX_KINKS:
        run->options.max_kinks = crease_app_count(&run->app, "--max-kinks", argument, 1);
        return 0;
    case KEY_SIMULATIONS:
        run->options.simulations = crease_app_count(&run->app, "--simulations", argument, 1);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_data_take_file(&run->app, &run->columns, argument);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int detect(kinks_run *run) {
    crease_error error;
    crease_progress progress = crease_progress_begin(&run->app, "simulating");
    run->options.seed = run->app.seed;
    run->options.threads = run->app.threads;
    run->options.interrupted = crease_app_interrupted;
    run->options.progress = crease_progress_update;
    run->options.progress_context = &progress;
    crease_app_catch_interrupt();
    crease_status status =
        crease_kinks_detect(&run->data.data, &run->options, &run->kinks, &run->count, &run->summary, &error);
    crease_progress_end(&progress);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

/* Left over right, as the domain models have it; NaN where the right side is flat but for rounding. */
static double ratio_of(const crease_detected_kink *kink) {
    bool flat = fabs(kink->slope_right) <= 1e-12 * fabs(kink->slope_left);
    return flat ? NAN : kink->slope_left / kink->slope_right;
}

/* ---- JSON ---- */

static json_t *json_of_kink(const crease_detected_kink *kink) {
    json_t *object = json_object();
    crease_json_set_number(object, "x", kink->x, NULL);
    crease_json_set_number(object, "y", kink->y, NULL);
    crease_json_set_number(object, "se", kink->standard_error, NULL);
    json_object_set_new(object, "ci95", crease_json_numbers(kink->ci95, 2));
    crease_json_set_number(object, "slope_left", kink->slope_left, NULL);
    crease_json_set_number(object, "slope_right", kink->slope_right, NULL);
    crease_json_set_number(object, "slope_left_se", kink->slope_left_error, NULL);
    crease_json_set_number(object, "slope_right_se", kink->slope_right_error, NULL);
    crease_json_set_number(object, "ratio", ratio_of(kink), "the slope on the right is 0");
    crease_json_set_number(object, "p_value", kink->p_value,
                           "the data show no noise, so there is nothing to test against");
    crease_json_set_number(object, "resolution", kink->resolution, NULL);
    return object;
}

static int print_json(const kinks_run *run) {
    const crease_kinks_summary *s = &run->summary;
    json_t *object = crease_json_begin("kinks"), *list = json_array();
    for (size_t k = 0; k < run->count; k++)
        json_array_append_new(list, json_of_kink(&run->kinks[k]));
    json_object_set_new(object, "kinks", list);
    crease_json_set_text(object, "reason", s->reason);
    crease_json_set_count(object, "n", s->rows);
    crease_json_set_count(object, "points", s->points);
    crease_json_set_number(object, "noise", s->noise, NULL);
    json_object_set_new(object, "noise_free", json_boolean(s->noise_free));
    crease_json_set_number(object, "level", run->options.level > 0 ? run->options.level : DEFAULT_LEVEL,
                           NULL);
    crease_json_set_number(object, "contrast",
                           run->options.contrast > 0 ? run->options.contrast : DEFAULT_CONTRAST, NULL);
    crease_json_set_count(object, "tests", s->tests);
    crease_json_set_number(object, "refused_x", s->best_x, "no further place was tested");
    crease_json_set_number(object, "refused_p_value", s->best_p_value,
                           "no further place was better than a curve without a kink");
    crease_json_set_number(object, "bend_x", s->bend_x, "no bend was refused for its contrast");
    crease_json_set_number(object, "bend_contrast", s->bend_contrast, "no bend was refused for its contrast");
    crease_json_set_number(object, "jump_x", s->jump_x, "y itself does not jump");
    json_object_set_new(object, "interrupted", json_boolean(s->interrupted));
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_table(const kinks_run *run) {
    static const char *const titles[] = {"kink at",    "+- se",       "from",       "to",
                                         "slope left", "slope right", "left/right", "p"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t k = 0; k < run->count; k++) {
        const crease_detected_kink *kink = &run->kinks[k];
        crease_report_number(report, kink->x, kink->noise_free ? 9 : 6);
        crease_report_number(report, kink->standard_error, 2);
        crease_report_number(report, kink->ci95[0], kink->noise_free ? 9 : 6);
        crease_report_number(report, kink->ci95[1], kink->noise_free ? 9 : 6);
        crease_report_number(report, kink->slope_left, 5);
        crease_report_number(report, kink->slope_right, 5);
        crease_report_number(report, ratio_of(kink), 5);
        crease_report_number(report, kink->p_value, 2);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_meaning(const kinks_run *run) {
    const crease_kinks_summary *s = &run->summary;
    const char *x = run->data.input_name[0], *y = run->data.output_name;
    for (size_t k = 0; k < run->count; k++) {
        const crease_detected_kink *kink = &run->kinks[k];
        printf("At %s = %.6g the slope of %s goes from %.4g to %.4g. A smooth bend less than %.2g wide in %s "
               "would look the "
               "same in these data.\n",
               x, kink->x, y, kink->slope_left, kink->slope_right, kink->resolution, x);
    }
    if (run->count == 0)
        printf("no kink: %s\n", s->reason);
    else if (s->noise_free)
        puts("p is not given: the data show no noise, so there is nothing to test against.");
    if (!isnan(s->bend_x) && run->count > 0)
        printf("Near %s = %.6g there is another bend, only %.2g times as sharp as the curve beside it: no "
               "kink is "
               "claimed there.\n",
               x, s->bend_x, s->bend_contrast);
    if (s->jump && run->count > 0)
        printf("Besides, %s itself jumps near %s = %.6g, which is no kink.\n", y, x, s->jump_x);
}

static int print_text(const kinks_run *run) {
    const crease_kinks_summary *s = &run->summary;
    printf("data   %zu row%s of %s, %zu distinct %s\n", s->rows, s->rows == 1 ? "" : "s",
           run->data.table->source, s->points, run->data.input_name[0]);
    if (s->method != CREASE_KINKS_NONE && s->noise_free)
        puts("noise  none seen");
    else if (s->method != CREASE_KINKS_NONE)
        printf("noise  standard deviation %.3g of %s\n", s->noise, run->data.output_name);
    if (run->count > 0) {
        putchar('\n');
        print_table(run);
        putchar('\n');
    }
    print_meaning(run);
    return crease_app_end(&run->app);
}

/* ---- picture ---- */

static crease_status add_points(crease_plot *plot, const crease_data *data, double *work,
                                crease_error *error) {
    size_t n = data->n < POINTS_SHOWN ? data->n : POINTS_SHOWN;
    for (size_t i = 0; i < n; i++) {
        size_t row = i * data->n / n;
        work[i] = data->x[row];
        work[POINTS_SHOWN + i] = data->y[row];
    }
    return crease_plot_add_data(plot, "data", n, 2, (const double *const[]){work, work + POINTS_SHOWN},
                                error);
}

/* x, y, ends of the interval, and how far the tangents are drawn. */
static crease_status add_kinks(crease_plot *plot, const kinks_run *run, crease_error *error) {
    const crease_data *data = &run->data.data;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < data->n; i++) {
        low = fmin(low, data->x[i]);
        high = fmax(high, data->x[i]);
    }
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < run->count && status == CREASE_OK; k++) {
        const crease_detected_kink *kink = &run->kinks[k];
        double left = k > 0 ? run->kinks[k - 1].x : low,
               right = k + 1 < run->count ? run->kinks[k + 1].x : high;
        double reach = .12 * (high - low);
        double back = fmin(reach, (kink->x - left) / (k > 0 ? 2 : 1));
        double on = fmin(reach, (right - kink->x) / (k + 1 < run->count ? 2 : 1));
        double x[3] = {kink->x - back, kink->x, kink->x + on};
        double y[3] = {kink->y - kink->slope_left * back, kink->y, kink->y + kink->slope_right * on};
        status = crease_plot_add_data(plot, "tangents", 3, 2, (const double *const[]){x, y}, error);
        if (status == CREASE_OK)
            status = crease_plot_add_data(
                plot, "kinks", 1, 4,
                (const double *const[]){&kink->x, &kink->y, &kink->ci95[0], &kink->ci95[1]}, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "kink_count", (double)run->count, error);
    return status;
}

static int draw(const kinks_run *run) {
    crease_error error;
    crease_plot *plot = NULL;
    double *work = calloc(2 * POINTS_SHOWN, sizeof *work);
    crease_status status = work ? crease_plot_new("kinks", &plot, &error)
                                : crease_fail(&error, CREASE_NO_MEMORY, "out of memory for the picture");
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label", run->data.input_name[0], &error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", run->data.output_name, &error);
    if (status == CREASE_OK)
        status = add_points(plot, &run->data.data, work, &error);
    if (status == CREASE_OK)
        status = add_kinks(plot, run, &error);
    free(work);
    if (status == CREASE_OK)
        return crease_app_draw(
            &run->app, plot, run->app.plot,
            run->count > 0 ? "each kink with its interval of 95 % as a band and its two slopes as lines"
                           : "the data, in which no kink was found");
    crease_plot_free(plot);
    return crease_app_fail(&run->app, &error);
}

static int deliver(const kinks_run *run) {
    int code = run->app.plot ? draw(run) : 0;
    int printed = run->app.json ? print_json(run) : print_text(run);
    code = code ? code : printed;
    if (run->summary.interrupted) {
        crease_app_note(&run->app, "interrupted: these are the kinks found so far");
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

int command_kinks(int argc, char **argv) {
    static const char doc[] = "Is there a kink in data whose sides may be curved, where, and how big?";
    static const char examples[] =
        "  build/bin/crease kinks data/overtime.csv -x hours -y pay\n"
        "  build/bin/crease kinks data/clip.csv -x e -y u --json\n"
        "  build/bin/crease kinks data/overtime.csv -x hours -y pay --level .05 --plot "
        "build/kinks.svg\n";
    static const struct argp_child children[] = {{&crease_app_data_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_kinks, .args_doc = "DATA", .doc = doc, .children = children};
    kinks_run run = {.app = {.name = "crease kinks", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    crease_error error;
    int code = can_write(&run.app, run.app.plot);
    if (code == 0 && crease_app_data_load(&run.app, &run.columns, &run.data, &error) != CREASE_OK)
        code = crease_app_fail(&run.app, &error);
    if (code == 0)
        code = detect(&run);
    if (code == 0)
        code = deliver(&run);
    free(run.kinks);
    crease_app_data_clear(&run.data);
    return code;
}
