/* What a step writes besides its report: the trajectory, the picture, the animation. */
#include "arm/step/pictures.h"
#include "arm/step/step_run.h"
#include "crease/crease.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

static crease_status name_columns(crease_table *table, size_t joints, crease_error *error) {
    static const char *const one[] = {"q_rad", "w_rad_s", "u_n_m", "reference"};
    static const char *const several[] = {"q%zu_rad", "w%zu_rad_s", "u%zu_n_m", "reference%zu"};
    crease_status status = crease_table_set_name(table, 0, "t_s", error);
    for (size_t i = 0; i < 4 * joints && status == CREASE_OK; i++) {
        char name[32];
        if (joints == 1)
            snprintf(name, sizeof name, "%s", one[i]);
        else
            snprintf(name, sizeof name, several[i % 4], i / 4 + 1);
        status = crease_table_set_name(table, 1 + i, name, error);
    }
    return status;
}

crease_status arm_step_write_csv(const step_run *run, crease_error *error) {
    const step_case *c = &run->cases[0];
    size_t joints = c->loop.robot.joints;
    crease_table *table = NULL;
    crease_status status = crease_table_new(&table, run->samples, 1 + 4 * joints, error);
    if (status == CREASE_OK)
        status = name_columns(table, joints, error);
    for (size_t i = 0; i < run->samples && status == CREASE_OK; i++) {
        double angle[ARM_MOST_JOINTS], rate[ARM_MOST_JOINTS], torque[ARM_MOST_JOINTS];
        double t = arm_motion_end(c->motion) * (double)i / (double)(run->samples - 1);
        arm_motion_joints_at(c->motion, t, angle, rate, torque);
        table->column[0][i] = t;
        for (size_t j = 0; j < joints; j++) {
            table->column[1 + 4 * j][i] = angle[j];
            table->column[2 + 4 * j][i] = rate[j];
            table->column[3 + 4 * j][i] = torque[j];
            table->column[4 + 4 * j][i] = c->loop.reference[j];
        }
    }
    if (status == CREASE_OK)
        status = crease_csv_save(run->csv_path, table, error);
    crease_table_free(table);
    return status;
}

/* A title that grows. */
typedef struct title {
    char text[160];
    size_t used;
} title;

static void __attribute__((format(printf, 2, 3))) append(title *t, const char *format, ...) {
    va_list values;
    if (t->used >= sizeof t->text)
        return;
    va_start(values, format);
    int length = vsnprintf(t->text + t->used, sizeof t->text - t->used, format, values);
    va_end(values);
    t->used += length > 0 ? (size_t)length : 0;
}

/* "model B, law PDx, K = 150, 60 N m, gravity, lag 0.01 s" */
static title describe(const step_run *run) {
    const arm_loop *loop = &run->cases[0].loop;
    title t = {{0}, 0};
    append(&t, "model %s, ", loop->robot.name);
    if (loop->network) {
        append(&t, "a network");
    } else {
        append(&t, "law %s, K = ", arm_law_name(run->law));
        for (size_t j = 0; j < loop->robot.joints; j++)
            append(&t, "%s%g", j ? ", " : "", loop->controller[j].gain);
        append(&t, " N m");
    }
    append(&t, ", %s",
           run->gravity ? loop->gravity_compensation ? "gravity compensated" : "gravity" : "no gravity");
    if (loop->lag > 0)
        append(&t, ", lag %g s", loop->lag);
    if (loop->sample > 0)
        append(&t, ", sampled every %g s", loop->sample);
    return t;
}

int arm_step_draw(const step_run *run) {
    char label[ARM_PAIR_COUNT][64];
    const char *labels[ARM_PAIR_COUNT];
    arm_motion *motion[ARM_PAIR_COUNT];
    arm_pair pair[ARM_PAIR_COUNT];
    title name = describe(run);
    for (size_t i = 0; i < run->count; i++) {
        snprintf(label[i], sizeof label[i], "%s%s", run->net ? "network" : arm_pair_name(run->cases[i].pair),
                 run->net ? "" : " pair");
        labels[i] = label[i];
        motion[i] = run->cases[i].motion;
        pair[i] = run->cases[i].pair;
    }
    const arm_loop *loop = &run->cases[0].loop;
    const char *family = !run->net ? NULL : crease_net_is_piecewise_linear(run->net) ? "relu" : "smooth";
    const arm_picture picture = {.title = name.text,
                                 .reference = loop->reference[0],
                                 .torque_limit = loop->robot.torque_limit[0],
                                 .time = arm_motion_end(motion[0]),
                                 .count = run->count,
                                 .motion = motion,
                                 .label = labels,
                                 .pair = pair,
                                 .family = family};
    crease_plot *plot = NULL;
    crease_error error;
    if (arm_picture_new(&picture, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        "above, each angle goes to where torque and gravity balance; below, the torque behind it.");
}

/* As many frames as show the motion at its own speed, 20 a second, up to 240. */
int arm_step_animate(const step_run *run) {
    arm_motion *motion = run->cases[0].motion;
    double end = arm_motion_end(motion);
    size_t frames = (size_t)fmax(2, fmin(240, 20 * end + 1));
    title name = describe(run);
    crease_plot *plot = NULL;
    crease_error error;
    if (arm_animation_new(motion, name.text, frames, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->animation_path,
                           "the arm to scale on its way to the reference, which stands behind it in grey.");
}
