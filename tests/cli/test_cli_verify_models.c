/* What users ask of networks that crease itself fitted: flow that is never negative, a borrowing limit that holds, a
 * torque that stays within its limit and pushes toward the target. Each verdict of crease verify is compared with one
 * found another way: on a line from the polyline that crease convert writes, whose extremes lie at knots and ends; in
 * the plane from crease range, which lists regions, and from a dense grid. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KNOTS = 200, GRID = 161 };

#define BOTTLENECK "data/sumo_bottleneck.csv --density density_veh_km_lane --flow flow_veh_h_lane --moving "

static char *folder;

static void must_run(run_result result) {
    ck_assert_msg(result.exit_code == 0, "exit code %d\n%s", result.exit_code, result.err);
    run_clear(&result);
}

/* The commands that data/README.md prints, their files in the folder of this test. */
static void make_folder(void) {
    folder = run_folder_new();
    must_run(run_shell("set -e; sed -n '/^## flow_net/,/^- /s/^    //p' data/README.md | "
                       "sed 's|-o data/|-o %s/|; s|build/|%s/|g' > %s/commands; sh -e %s/commands",
                       folder, folder, folder, folder));
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static crease_net *load(const char *directory, const char *name) {
    char path[1024];
    crease_net *net = NULL;
    crease_error error;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    ck_assert_msg(crease_net_load(path, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static double at(const crease_net *net, double x, double w) {
    const double in[2] = {x, w};
    double out;
    crease_work *work = NULL;
    crease_error error;
    ck_assert_int_eq(crease_work_new(net, &work, &error), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, in, &out);
    crease_work_free(work);
    return out;
}

START_TEST(shipped_networks_are_what_the_commands_make) {
    static const struct {
        const char *name;
        double low, high, rate, tolerance;
    } shipped[] = {{"flow_net.json", -10, 500, 0, 1e-3},
                   {"assets_net.json", -.2, 100, 0, 1e-6},
                   {"arm_net.json", -3.2, 3.2, 20, 1e-6},
                   {"arm_one_step.json", -3.2, 3.2, 20, 1e-6}};
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        crease_net *old = load("data", shipped[i].name), *new = load(folder, shipped[i].name);
        for (size_t k = 0; k <= 1000; k++) {
            const double x = shipped[i].low + (shipped[i].high - shipped[i].low) * (double)k / 1000,
                         w = shipped[i].rate * ((double)(k * 617 % 1001) / 500 - 1);
            ck_assert_msg(fabs(at(old, x, w) - at(new, x, w)) <= shipped[i].tolerance,
                          "%s at %g, %g: %.12g shipped, %.12g now", shipped[i].name, x, w, at(old, x, w),
                          at(new, x, w));
        }
        crease_net_free(old);
        crease_net_free(new);
    }
}
END_TEST

/* The verdict of crease verify as its exit code; a proof is checked, a witness handed out. */
static int verdict(const char *net, const char *specification, double *witness, size_t inputs, bool proof) {
    char written[1100] = "";
    if (proof)
        snprintf(written, sizeof written, "--proof %s/proof", folder);
    run_result result =
        run_shell("crease verify %s/%s %s %s --timeout 100 --json", folder, net, specification, written);
    const int code = result.exit_code;
    ck_assert_msg(code == 0 || code == 1, "%s: exit code %d\n%s", net, code, result.err);
    json_t *object = run_json(&result);
    const json_t *found = json_object_get(object, "witness");
    ck_assert_str_eq(json_string_value(json_object_get(object, "verdict")), code ? "refuted" : "proved");
    ck_assert_uint_eq(json_array_size(found), code ? inputs : 0);
    for (size_t i = 0; code && i < inputs; i++)
        witness[i] = json_number_value(json_array_get(found, i));
    json_decref(object);
    run_clear(&result);
    if (code == 0 && proof)
        must_run(run_shell("crease check-proof %s/%s %s %s/proof", folder, net, specification, folder));
    return code;
}

typedef struct polyline {
    size_t n;
    double x[MOST_KNOTS], y[MOST_KNOTS];
} polyline;

static void polyline_of(const char *net, polyline *line) {
    must_run(run_shell("crease convert %s/%s %s/line.csv", folder, net, folder));
    run_result result = run_shell("tail -n +2 %s/line.csv", folder);
    line->n = 0;
    for (char *row = strtok(result.out, "\n"); row && line->n < MOST_KNOTS; row = strtok(NULL, "\n")) {
        ck_assert_int_eq(sscanf(row, "%lf,%lf", &line->x[line->n], &line->y[line->n]), 2);
        line->n++;
    }
    ck_assert_uint_ge(line->n, 2);
    run_clear(&result);
}

/* The end pieces continue straight. */
static double on(const polyline *line, double x) {
    size_t i = 0;
    while (i + 2 < line->n && x > line->x[i + 1])
        i++;
    const double share = (x - line->x[i]) / (line->x[i + 1] - line->x[i]);
    return line->y[i] + share * (line->y[i + 1] - line->y[i]);
}

typedef double measure(double x, double y);
static double value(double x, double y) {
    (void)x;
    return y;
}
static double eaten(double x, double y) {
    return x - y;
}

/* Least and largest of a measure that is straight between knots. */
static void extremes(const polyline *line, measure *of, double low, double high, double range[2]) {
    range[0] = fmin(of(low, on(line, low)), of(high, on(line, high)));
    range[1] = fmax(of(low, on(line, low)), of(high, on(line, high)));
    for (size_t i = 0; i < line->n; i++)
        if (line->x[i] > low && line->x[i] < high) {
            range[0] = fmin(range[0], of(line->x[i], line->y[i]));
            range[1] = fmax(range[1], of(line->x[i], line->y[i]));
        }
}

static bool flow_fails(const polyline *line, double low, double high) {
    double all[2], jammed[2] = {0, -INFINITY};
    extremes(line, value, low, high, all);
    if (high >= 126)
        extremes(line, value, fmax(low, 126), high, jammed);
    return all[0] <= -1e-6 || all[1] >= 2000 || jammed[1] >= 1e-6;
}

static bool limit_fails(const polyline *line, double low, double high) {
    double assets[2], food[2];
    extremes(line, value, low, high, assets);
    extremes(line, eaten, low, high, food);
    return assets[0] <= -.200001 || food[0] <= 0;
}

static const struct question {
    const char *fit; /* writes F/net.json, F being the folder of the test */
    const char *specification;
    bool (*fails)(const polyline *, double low, double high);
    double low, high;
    int expected; /* -1: whatever the polyline says */
} questions[] = {
    {"cp F/flow_net.json F/net.json", "data/flow.vnnlib", flow_fails, 0, 500, 0},
    {"crease traffic fd " BOTTLENECK "--models triangular -o F/net.json", "data/flow.vnnlib", flow_fails, 0,
     500, -1},
    {"crease traffic fd " BOTTLENECK "--models relu:6,greenshields --starts 2 -o F/net.json",
     "data/flow.vnnlib", flow_fails, 0, 500, 1},
    {"crease fit data/sumo_bottleneck.csv -x density_veh_km_lane -y flow_veh_h_lane --net relu:6 -o "
     "F/net.json",
     "data/flow.vnnlib", flow_fails, 0, 500, 1},
    {"crease knots data/sumo_bottleneck.csv -x density_veh_km_lane -y flow_veh_h_lane --knots 2 --concave "
     "--fixed-points=0,0 -o F/net.json",
     "data/flow.vnnlib", flow_fails, 0, 500, 1},
    {"cp F/assets_net.json F/net.json", "data/borrowing.vnnlib", limit_fails, -.19, 100, 0},
    {"crease knots F/assets.csv -x m -y a --knots 8 -o F/net.json", "data/borrowing.vnnlib", limit_fails,
     -.19, 100, 1},
    {"crease knots F/assets.csv -x m -y a --knots 3 --increasing --fixed-points=-0.2,-0.2 -o F/net.json",
     "data/borrowing.vnnlib", limit_fails, -.19, 100, -1},
    {"crease fit F/assets.csv -x m -y a --net relu:6 -o F/net.json", "data/borrowing.vnnlib", limit_fails,
     -.19, 100, -1},
};

static void run_in_folder(const char *line) {
    must_run(run_shell("F=%s; %s", folder, line));
}

/* "F/" in a line is the folder; a shell variable says it. */
static void fit(const char *line) {
    char text[1000];
    size_t n = 0;
    for (const char *c = line; *c && n + 3 < sizeof text; c++) {
        if (*c == 'F' && c[1] == '/' && c > line && c[-1] == ' ')
            text[n++] = '$';
        text[n++] = *c;
    }
    text[n] = '\0';
    run_in_folder(text);
}

START_TEST(verdicts_on_a_line_agree_with_knots_and_ends) {
    if (test_leaves_out((size_t)_i))
        return;
    const struct question *q = &questions[_i];
    double witness = NAN;
    polyline line;
    fit(q->fit);
    polyline_of("net.json", &line);
    const bool fails = q->fails(&line, q->low, q->high);
    const int code = verdict("net.json", q->specification, &witness, 1, true);
    ck_assert_msg(code == fails, "%s: exit code %d, but by its knots it %s", q->fit, code,
                  fails ? "fails" : "holds");
    ck_assert_msg(q->expected < 0 || code == q->expected, "%s: exit code %d", q->fit, code);
    if (code == 1)
        ck_assert_msg(witness >= q->low && witness <= q->high && q->fails(&line, witness, witness),
                      "%s: %.17g is no witness", q->fit, witness);
}
END_TEST

/* A threshold just beyond the extreme that the knots show is proved, one just short of it refuted. */
START_TEST(the_verdict_turns_at_the_extreme) {
    static const struct {
        const char *net, *box;
        double low, high;
    } cases[] = {{"flow_net.json", "(and (>= X_0 0) (<= X_0 500))", 0, 500},
                 {"assets_net.json", "(and (>= X_0 -0.19) (<= X_0 100))", -.19, 100}};
    for (size_t i = 0; i < 2; i++)
        for (int side = 0; side < 2; side++)
            for (int beyond = 0; beyond < 2; beyond++) {
                polyline line;
                double range[2], witness;
                char path[1024];
                polyline_of(cases[i].net, &line);
                extremes(&line, value, cases[i].low, cases[i].high, range);
                const double step = 1e-9 * (1 + fabs(range[side])) * (beyond == side ? 1 : -1);
                run_file_write(
                    folder, "turn.vnnlib",
                    "(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert %s)\n(assert (%s Y_0 "
                    "%.15f))\n",
                    cases[i].box, side ? ">=" : "<=", range[side] + step);
                snprintf(path, sizeof path, "%s/turn.vnnlib", folder);
                const int code = verdict(cases[i].net, path, &witness, 1, true);
                ck_assert_msg(code == !beyond, "%s, side %d, beyond %d: exit code %d", cases[i].net, side,
                              beyond, code);
            }
}
END_TEST

/* Least and largest torque on a box, by crease range, which for two inputs lists the regions. */
static void range_of(const char *net, const char *box, double range[2]) {
    run_result result = run_shell("crease range %s/%s --box=%s --json", folder, net, box);
    json_t *object = run_json_of(&result);
    range[0] = run_json_number(object, "min");
    range[1] = run_json_number(object, "max");
    json_decref(object);
}

/* No grid point passes the range; one comes near it, as the extremes of these laws are plateaus and corners. */
static void grid_agrees(const char *name, const double range[2], double rate) {
    crease_net *net = load(folder, name);
    const double near = .5 + .02 * (range[1] - range[0]);
    double least = INFINITY, largest = -INFINITY;
    for (size_t i = 0; i < GRID; i++)
        for (size_t j = 0; j < GRID; j++) {
            const double u =
                at(net, -3.2 + 6.4 * (double)i / (GRID - 1), rate * (2 * (double)j / (GRID - 1) - 1));
            least = fmin(least, u);
            largest = fmax(largest, u);
        }
    ck_assert_msg(least >= range[0] - 1e-9 && least <= range[0] + near, "%s: least %.12g, range from %.12g",
                  name, least, range[0]);
    ck_assert_msg(largest <= range[1] + 1e-9 && largest >= range[1] - near,
                  "%s: largest %.12g, range to %.12g", name, largest, range[1]);
    crease_net_free(net);
}

static const struct controller {
    const char *name, *fit;
    int limit; /* exit code of the torque limit; -1: whatever the range says */
} controllers[] = {
    {"arm_net.json", ":", 0},
    {"arm_one_step.json", ":", 1},
    {"net.json", "crease fit F/steps.csv -x q_rad,w_rad_s -y u_n_m --net relu:4 --starts 3 -o F/net.json",
     -1},
    {"net.json", "crease fit F/step.csv -x q_rad,w_rad_s -y u_n_m --net relu:6 --starts 2 -o F/net.json", -1},
    {"net.json",
     "crease fit F/steps.csv -x q_rad,w_rad_s -y u_n_m --net affine+relu:1 --starts 2 -o F/net.json", 1},
};

START_TEST(verdicts_in_the_plane_agree_with_regions_and_grid) {
    if (test_leaves_out((size_t)_i + 2))
        return;
    const struct controller *c = &controllers[_i];
    double all[2], before[2], after[2], witness[2];
    fit(c->fit);
    range_of(c->name, "-3.2:3.2,-20:20", all);
    grid_agrees(c->name, all, 20);
    const bool passes = all[0] <= -40.000001 || all[1] >= 40.000001;
    int code = verdict(c->name, "data/arm_limit.vnnlib", witness, 2, true);
    ck_assert_msg(code == passes, "%s: exit code %d, torque from %g to %g", c->fit, code, all[0], all[1]);
    ck_assert_msg(c->limit < 0 || code == c->limit, "%s: exit code %d", c->fit, code);
    crease_net *net = load(folder, c->name);
    if (code == 1) {
        ck_assert(fabs(witness[0]) <= 3.2 && fabs(witness[1]) <= 20);
        ck_assert_double_ge(fabs(at(net, witness[0], witness[1])), 40.000001 - 1e-9);
    }
    range_of(c->name, "-3.2:0.25,-1:1", before);
    range_of(c->name, "0.75:3.2,-1:1", after);
    code = verdict(c->name, "data/arm_pushes.vnnlib", witness, 2, true);
    ck_assert_msg(code == (before[0] <= 0 || after[1] >= 0),
                  "%s: exit code %d, torque from %g before the target, up to %g after it", c->fit, code,
                  before[0], after[1]);
    if (code == 1)
        ck_assert(fabs(witness[1]) <= 1 &&
                  (witness[0] <= .25 ? at(net, witness[0], witness[1]) <= 1e-9
                                     : witness[0] >= .75 && at(net, witness[0], witness[1]) >= -1e-9));
    crease_net_free(net);
}
END_TEST

/* The network learnt from two steps is the law behind them everywhere, the other is not. */
START_TEST(two_steps_teach_the_law_and_one_does_not) {
    crease_net *two = load(folder, "arm_net.json"), *one = load(folder, "arm_one_step.json");
    double worst_two = 0, worst_one = 0;
    for (int i = -32; i <= 32; i++)
        for (int j = -20; j <= 20; j++) {
            const double q = i / 10., w = j, law = 80 * fmax(-.5, fmin(.5, .5 - q - .2 * w));
            worst_two = fmax(worst_two, fabs(at(two, q, w) - law));
            worst_one = fmax(worst_one, fabs(at(one, q, w) - law));
        }
    ck_assert_double_le(worst_two, 1e-6);
    ck_assert_double_ge(worst_one, 100);
    crease_net_free(two);
    crease_net_free(one);
}
END_TEST

/* A smooth controller passes the limit too; there is no proof file for it, but a witness. */
START_TEST(a_tanh_controller_passes_the_limit) {
    double witness[2];
    fit("crease fit F/steps.csv -x q_rad,w_rad_s -y u_n_m --net tanh:2 --starts 3 -o F/net.json");
    ck_assert_int_eq(verdict("net.json", "data/arm_limit.vnnlib", witness, 2, false), 1);
    crease_net *net = load(folder, "net.json");
    ck_assert_double_gt(fabs(at(net, witness[0], witness[1])), 40);
    crease_net_free(net);
}
END_TEST

/* Each command of the README from the section on networks to the map of folders, in its order, ends as the line says that follows it or its remark. */
START_TEST(the_readme_says_what_happens) {
    if (test_is_left_to_plain())
        return;
    run_result lines =
        run_shell("sed -n '/^## What a network/,/^## Where/p' README.md | "
                  "sed ':a;/[\\\\]$/{N;s/[\\\\]\\n *//;ba}' | grep -A1 '^ *[$] ' | grep -v '^--'");
    size_t ran = 0, refuted = 0;
    char *next = NULL;
    for (char *line = strtok_r(lines.out, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
        char *command = strstr(line, "$ build/bin/");
        if (!command)
            continue;
        const bool remarked = strstr(command, "# refuted") || strncmp(next, "    refuted:", 12) == 0;
        run_result result =
            run_shell("printf '%%s' '%s' | sed 's|build/bin/||; s|build/|%s/|g' | sh", command + 2, folder);
        ck_assert_msg(result.exit_code == remarked, "%s: exit code %d\n%s", command, result.exit_code,
                      result.err);
        run_clear(&result);
        ran++;
        refuted += remarked;
    }
    ck_assert_uint_eq(ran, 16);
    ck_assert_uint_eq(refuted, 3);
    run_clear(&lines);
}
END_TEST

Suite *test_cli_verify_models(void);
Suite *test_cli_verify_models(void) {
    Suite *suite = suite_create("cli_verify_models");
    TCase *tcase = tcase_create("models");
    tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, shipped_networks_are_what_the_commands_make);
    tcase_add_loop_test(tcase, verdicts_on_a_line_agree_with_knots_and_ends, 0,
                        sizeof questions / sizeof *questions);
    tcase_add_test(tcase, the_verdict_turns_at_the_extreme);
    tcase_add_loop_test(tcase, verdicts_in_the_plane_agree_with_regions_and_grid, 0,
                        sizeof controllers / sizeof *controllers);
    tcase_add_test(tcase, two_steps_teach_the_law_and_one_does_not);
    tcase_add_test(tcase, a_tanh_controller_passes_the_limit);
    tcase_add_test(tcase, the_readme_says_what_happens);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return suite;
}
