/* Every law on the same cost. The trainings are independent: task t of the list (activation by activation: imitation,
 * designed start, random starts) has a net and a random stream of its own, so the digits do not depend on which thread takes
 * which; of the random starts the first of least cost is kept. */
#include "arm/train/train.h"
#include "crease/random.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS = 4, MOST_UNITS = 64, IMITATION_STARTS = 2, DRAWS = 10 };
/* Without it a net that bends imitates a straight law by tiny times huge weights, from where BFGS hardly moves. */
static const double imitation_l2 = 1e-6;

typedef struct task {
    arm_pair pair;
    arm_train_start start;
    size_t number; /* of the random start */
    arm_train_row row;
    crease_status status;
    crease_error error;
} task;

typedef struct training {
    const arm_train_setting *setting;
    const arm_train_options *options;
    const crease_net *teacher;
    size_t task_count;
    task *task;
} training;

static arm_train_row row_new(const char *name, arm_pair pair) {
    return (arm_train_row){.name = name,
                           .pair = pair,
                           .result = {.cost_start = NAN, .cost = NAN, .gradient_norm = NAN},
                           .imitation_rmse = NAN,
                           .over_pd = NAN,
                           .over_lqr = NAN};
}

void arm_train_table_free(arm_train_table *table) {
    if (!table)
        return;
    for (size_t i = 0; i < table->row_count; i++)
        crease_net_free(table->row[i].net);
    free(table->row);
    free(table);
}

/* The law P of the document: no damping, no feed-forward. */
static crease_status add_untrained(const training *t, arm_train_table *table, arm_pair pair,
                                   crease_error *error) {
    arm_train_row *row = &table->row[table->row_count++];
    *row = row_new("untrained pair", pair);
    arm_controller controller = arm_controller_default(ARM_LAW_P, pair);
    controller.gain = t->options->gain > 0 ? t->options->gain : controller.gain;
    crease_status status = arm_controller_net(&controller, &row->net, error);
    if (status == CREASE_OK)
        status = crease_net_set_names(row->net, (const char *const[]){"e_rad"},
                                      (const char *const[]){"u_n_m"}, error);
    if (status == CREASE_OK)
        status = arm_train_cost(t->setting, row->net, &row->result.cost, error);
    if (status == CREASE_OK)
        row->n_params = row->net->parameter_count;
    return status;
}

static crease_status add_linear_laws(const training *t, arm_train_table *table, crease_error *error) {
    const arm_lqr lqr = arm_train_lqr(t->setting);
    arm_train_row *row = &table->row[table->lqr = table->row_count++];
    *row = row_new("LQR", ARM_PAIR_COUNT);
    row->n_params = 2;
    crease_status status = arm_train_linear_net(t->setting, lqr.gain, lqr.rate_gain, &row->net, error);
    if (status == CREASE_OK)
        status = arm_train_cost(t->setting, row->net, &row->result.cost, error);
    if (status != CREASE_OK)
        return status;
    row = &table->row[table->pd = table->row_count++];
    *row = row_new("tuned PD", ARM_PAIR_COUNT);
    row->n_params = 2;
    return arm_train_tuned_pd(t->setting, &t->options->fit, &row->net, &row->result, error);
}

/* The best of a few draws: many random laws drive the arm round and round at the limit, where the gradient is zero. */
static crease_status draw_start(const training *t, task *k, crease_error *error) {
    crease_net *net = k->row.net;
    arm_rollout *loop = NULL;
    double least = INFINITY, *theta = malloc(net->parameter_count * sizeof *theta);
    gsl_rng *generator = crease_random_new(t->options->fit.seed, 1000 * (uint64_t)k->pair + k->number);
    crease_status status = theta && generator
                               ? arm_rollout_new(t->setting, net, &loop, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "no memory for a random start");
    for (size_t i = 0; i < DRAWS && status == CREASE_OK; i++) {
        crease_net_initialise(net, CREASE_INIT_RANDOM, generator, theta);
        double cost = arm_rollout_cost(loop, theta);
        if (i == 0 || cost < least)
            memcpy(net->theta, theta, net->parameter_count * sizeof *theta);
        least = fmin(least, cost);
    }
    arm_rollout_free(loop);
    gsl_rng_free(generator);
    free(theta);
    return status;
}

static crease_status task_begin(const training *t, task *k, crease_error *error) {
    crease_net *net = k->row.net;
    if (k->start == ARM_TRAIN_IMITATION) {
        crease_fit_options fit = {.starts = IMITATION_STARTS,
                                  .l2 = crease_net_is_piecewise_linear(net) ? 0 : imitation_l2,
                                  .seed = t->options->fit.seed,
                                  .threads = 1,
                                  .interrupted = t->options->fit.interrupted,
                                  .interrupted_context = t->options->fit.interrupted_context};
        return arm_train_imitate(t->setting, t->teacher, net, &fit, &k->row.imitation_rmse, error);
    }
    if (k->start == ARM_TRAIN_DESIGNED) {
        double gain, rate_gain;
        arm_train_gains(t->teacher, &gain, &rate_gain);
        arm_train_design(t->setting, gain, rate_gain, k->pair, net);
        return CREASE_OK;
    }
    return draw_start(t, k, error);
}

static void task_run(const training *t, task *k) {
    size_t units = t->options->units ? t->options->units : UNITS;
    k->row = row_new(arm_train_start_name(k->start), k->pair);
    k->status = arm_train_net_new(t->setting, k->pair, units, &k->row.net, &k->error);
    if (k->status == CREASE_OK)
        k->status = task_begin(t, k, &k->error);
    if (k->status == CREASE_OK)
        k->status = arm_train_net(t->setting, k->row.net, 0, &t->options->fit, &k->row.result, &k->error);
    if (k->status == CREASE_OK)
        k->row.n_params = k->row.net->parameter_count;
}

static void run_tasks(training *t) {
    const crease_fit_options *fit = &t->options->fit;
    int threads = fit->threads ? (int)fit->threads : omp_get_num_procs();
    size_t done = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < t->task_count; i++) {
        task_run(t, &t->task[i]);
        if (fit->progress) {
#pragma omp critical(crease_callback)
            fit->progress(++done, t->task_count, fit->progress_context);
        }
    }
}

/* Moves the trained nets to the table, of the random starts of an activation the best. */
static crease_status take_rows(training *t, arm_train_table *table, crease_error *error) {
    arm_train_row *random = NULL;
    for (size_t i = 0; i < t->task_count; i++) {
        task *k = &t->task[i];
        if (k->status != CREASE_OK) {
            *error = k->error;
            return k->status;
        }
        if (k->start == ARM_TRAIN_RANDOM && k->number > 0) {
            if (k->row.result.cost < random->result.cost) {
                crease_net_free(random->net);
                *random = k->row;
                k->row.net = NULL;
            }
            continue;
        }
        table->row[table->row_count] = k->row;
        random = &table->row[table->row_count++];
        k->row.net = NULL;
    }
    return CREASE_OK;
}

static bool is_trained(const arm_train_row *row) {
    return row->pair != ARM_PAIR_COUNT && row->result.iterations > 0;
}

const arm_train_row *arm_train_best_of(const arm_train_table *table, arm_pair pair) {
    const arm_train_row *best = NULL;
    for (size_t i = table->pd + 1; i < table->row_count; i++) {
        const arm_train_row *row = &table->row[i];
        if (row->pair == pair && (!best || row->result.cost < best->result.cost))
            best = row;
    }
    return best;
}

static void conclude(const arm_train_options *options, arm_train_table *table) {
    double pd = table->row[table->pd].result.cost, lqr = table->row[table->lqr].result.cost;
    double least = INFINITY, largest = 0, untrained_least = INFINITY, untrained_largest = 0;
    table->best = table->pd;
    for (size_t i = 0; i < table->row_count; i++) {
        arm_train_row *row = &table->row[i];
        row->over_pd = (pd - row->result.cost) / pd;
        row->over_lqr = (lqr - row->result.cost) / lqr;
        if (i > table->pd && is_trained(row) &&
            (table->best == table->pd || row->result.cost < table->row[table->best].result.cost))
            table->best = i;
    }
    for (size_t k = 0; k < options->pair_count; k++) {
        double untrained = table->row[k].result.cost,
               trained = arm_train_best_of(table, options->pair[k])->result.cost;
        least = fmin(least, trained);
        largest = fmax(largest, trained);
        untrained_least = fmin(untrained_least, untrained);
        untrained_largest = fmax(untrained_largest, untrained);
    }
    bool several = options->pair_count > 1;
    table->untrained_ratio = several ? untrained_largest / untrained_least : NAN;
    table->trained_spread = several ? (largest - least) / least : NAN;
    table->interrupted =
        options->fit.interrupted && options->fit.interrupted(options->fit.interrupted_context);
}

static crease_status check(const arm_train_options *options, crease_error *error) {
    if (options->pair_count == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "name an activation to train, such as relu");
    if (options->units == 1 || options->units > MOST_UNITS)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a controller takes 2 to %d units, not %zu; its designed start is made of pairs",
                           MOST_UNITS, options->units);
    if (options->random_starts > 999)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "at most 999 random starts, not %zu",
                           options->random_starts);
    for (size_t i = 0; i < options->pair_count; i++)
        for (size_t j = 0; j < i; j++)
            if (options->pair[i] == options->pair[j])
                return crease_fail(error, CREASE_BAD_ARGUMENT, "the activation %s is named twice",
                                   arm_pair_name(options->pair[i]));
    return CREASE_OK;
}

/* The list of trainings, and room for the table. */
static crease_status make_room(training *t, arm_train_table **result, crease_error *error) {
    size_t each = 2 + t->options->random_starts, pairs = t->options->pair_count;
    arm_train_table *table = calloc(1, sizeof *table);
    t->task_count = pairs * each;
    t->task = calloc(t->task_count, sizeof *t->task);
    if (table)
        table->row = calloc(pairs * 4 + 2, sizeof *table->row);
    if (!table || !table->row || !t->task) {
        arm_train_table_free(table);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu trainings", t->task_count);
    }
    for (size_t i = 0; i < t->task_count; i++) {
        size_t in = i % each;
        t->task[i].pair = t->options->pair[i / each];
        t->task[i].start = in < 2 ? (arm_train_start)in : ARM_TRAIN_RANDOM;
        t->task[i].number = in < 2 ? 0 : in - 2;
    }
    *result = table;
    return CREASE_OK;
}

crease_status arm_train_table_new(const arm_train_setting *setting, const arm_train_options *options,
                                  arm_train_table **result, crease_error *error) {
    training t = {.setting = setting, .options = options};
    arm_train_table *table = NULL;
    *result = NULL;
    crease_status status = check(options, error);
    if (status == CREASE_OK)
        status = make_room(&t, &table, error);
    for (size_t i = 0; i < options->pair_count && status == CREASE_OK; i++)
        status = add_untrained(&t, table, options->pair[i], error);
    if (status == CREASE_OK)
        status = add_linear_laws(&t, table, error);
    if (status == CREASE_OK) {
        t.teacher = table->row[table->pd].net;
        run_tasks(&t);
        status = take_rows(&t, table, error);
    }
    if (status == CREASE_OK) {
        conclude(options, table);
        *result = table;
        table = NULL;
    }
    for (size_t i = 0; i < t.task_count && t.task; i++)
        crease_net_free(t.task[i].row.net);
    free(t.task);
    arm_train_table_free(table);
    return status;
}
