/* The networks that are compared unless told otherwise. Equal numbers of free parameters, 16, on curved objects; on
 * piecewise-linear ones the fewest that are exact for ReLU, as many or more for the others, and then 16 for the others still. */
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const savings_task tasks_a[] = {{SAVINGS_V, "affine+relu:7", false, 0},
                                       {SAVINGS_V, "tanh:5", false, 0},
                                       {SAVINGS_V, "sigmoid:5", false, 0},
                                       {SAVINGS_V, "affine+tanh:4+relu:1", false, 0},
                                       {SAVINGS_PINV_V, "affine+relu:7", false, 0},
                                       {SAVINGS_PINV_V, "tanh:5", false, 0},
                                       {SAVINGS_PINV_V, "sigmoid:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "affine+relu:7", false, 0},
                                       {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "affine+tanh:4+relu:1", false, 0},
                                       {SAVINGS_CONSUMPTION, "exact", false, 0}};
static const savings_task tasks_b[] = {{SAVINGS_W, "affine+relu:7", false, 0},
                                       {SAVINGS_W, "tanh:5", false, 0},
                                       {SAVINGS_W, "sigmoid:5", false, 0},
                                       {SAVINGS_W, "affine+tanh:4+relu:1", false, 0},
                                       {SAVINGS_W, "affine+tanh:4+relu:1", true, 0},
                                       {SAVINGS_PINV_W, "affine+relu:1", false, 0},
                                       {SAVINGS_PINV_W, "tanh:1", false, 0},
                                       {SAVINGS_PINV_W, "sigmoid:1", false, 0},
                                       {SAVINGS_PINV_W, "tanh:5", false, 0},
                                       {SAVINGS_PINV_W, "sigmoid:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "affine+relu:2", false, 0},
                                       {SAVINGS_CONSUMPTION, "tanh:2", false, 0},
                                       {SAVINGS_CONSUMPTION, "sigmoid:2", false, 0},
                                       {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0}};
static const savings_task tasks_c[] = {
    {SAVINGS_V, "affine+relu:7", false, 0},      {SAVINGS_V, "tanh:5", false, 0},
    {SAVINGS_V, "sigmoid:5", false, 0},          {SAVINGS_V, "affine+tanh:4+relu:1", true, 0},
    {SAVINGS_PINV_V, "affine+relu:1", false, 0}, {SAVINGS_PINV_V, "tanh:1", false, 0},
    {SAVINGS_PINV_V, "sigmoid:1", false, 0},     {SAVINGS_PINV_V, "tanh:5", false, 0},
    {SAVINGS_PINV_V, "sigmoid:5", false, 0},     {SAVINGS_CONSUMPTION, "affine+relu:1", false, 0},
    {SAVINGS_CONSUMPTION, "tanh:1", false, 0},   {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
    {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0}};
static const savings_task tasks_d[] = {{SAVINGS_V, "affine+relu:7", false, 0},
                                       {SAVINGS_V, "tanh:5", false, 0},
                                       {SAVINGS_V, "sigmoid:5", false, 0},
                                       {SAVINGS_V, "affine+tanh:4+relu^1.5:1", true, 0},
                                       {SAVINGS_CONSUMPTION, "affine+relu:7", false, 0},
                                       {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0},
                                       {SAVINGS_CONSUMPTION, "affine+tanh:4+relu^.5:1", true, 0}};
static const savings_task tasks_k3[] = {{SAVINGS_W, "affine+relu:7", false, 0},
                                        {SAVINGS_W, "tanh:5", false, 0},
                                        {SAVINGS_W, "sigmoid:5", false, 0},
                                        {SAVINGS_W, "affine+tanh:4+relu:1", false, 0},
                                        {SAVINGS_W, "affine+tanh:4+relu:1", true, 0},
                                        {SAVINGS_CONSUMPTION, "affine+relu:7", false, 0},
                                        {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
                                        {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0},
                                        {SAVINGS_CONSUMPTION, "affine+tanh:3+relu:3", false, 0},
                                        {SAVINGS_CONSUMPTION, "affine+tanh:4+relu:3", true, 0},
                                        {SAVINGS_CONSUMPTION, "affine+tanh:8+relu:3", true, 0}};
static const savings_task tasks_d1[] = {{SAVINGS_V, "affine+relu:7", false, 0},
                                        {SAVINGS_V, "tanh:5", false, 0},
                                        {SAVINGS_V, "sigmoid:5", false, 0},
                                        {SAVINGS_CONSUMPTION, "affine+relu:7", false, 0},
                                        {SAVINGS_CONSUMPTION, "tanh:5", false, 0},
                                        {SAVINGS_CONSUMPTION, "sigmoid:5", false, 0},
                                        {SAVINGS_CONSUMPTION, "affine+tanh:4+relu:1", true, 0}};

#define LIST(tasks)                                                                                          \
    { tasks, sizeof tasks / sizeof *tasks }

const savings_task *savings_default_tasks(savings_model model, size_t *count) {
    static const struct {
        const savings_task *task;
        size_t count;
    } list[SAVINGS_MODEL_COUNT] = {LIST(tasks_a), LIST(tasks_b),  LIST(tasks_c),
                                   LIST(tasks_d), LIST(tasks_k3), LIST(tasks_d1)};
    *count = list[model].count;
    return list[model].task;
}

/* Its hinges, when they are to be held, are as many as there are points; without any it is smooth. */
static void suit_hinges(const savings_solution *solution, savings_task *task, char *text, size_t size) {
    size_t points = savings_hold_points(solution, task->object, NULL, 0);
    const char *relu = strstr(task->net, "+relu"), *colon = relu ? strchr(relu, ':') : NULL;
    if (!task->hold_kink || !colon || (size_t)strtoul(colon + 1, NULL, 10) == points)
        return;
    if (points == 0) {
        snprintf(text, size, "%.*s", (int)(relu - task->net), task->net);
        task->hold_kink = false;
    } else if (points < 10 && solution->household) { /* as many as its rates have kinks */
        snprintf(text, size, "%.*s:%zu", (int)(colon - task->net), task->net, points);
    } else { /* the first of many */
        return;
    }
    task->net = text;
}

size_t savings_tasks_for(const savings_solution *solution, savings_object object, savings_task *task,
                         savings_task_text *text) {
    size_t defaults, count = 0;
    const savings_task *standard = savings_default_tasks(solution->model, &defaults);
    for (size_t i = 0; i < defaults; i++)
        if (standard[i].object == object)
            task[count++] = standard[i];
    for (size_t i = 0; i < count; i++)
        suit_hinges(solution, &task[i], text[i], sizeof text[i]);
    return count;
}

size_t savings_object_tasks(const savings_solution *solution, savings_object object, savings_task task[4]) {
    savings_theory theory = savings_theory_of(solution, object);
    double at[1];
    bool hold = savings_hold_points(solution, object, at, 1) > 0;
    task[0] = (savings_task){object, "affine+relu:7", false, 0};
    task[1] = (savings_task){object, "tanh:5", false, 0};
    task[2] = (savings_task){object, "sigmoid:5", false, 0};
    task[3] = (savings_task){object,
                             theory.hinge_power == 1     ? "affine+tanh:4+relu:1"
                             : theory.hinge_power == 1.5 ? "affine+tanh:4+relu^1.5:1"
                                                         : "affine+tanh:4+relu^.5:1",
                             hold, 0};
    return theory.hinge_power > 0 ? 4 : 3;
}
