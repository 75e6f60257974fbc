/* Lipschitz: how far may an image-sized input move before the class changes, by three certificates.
 *
 * At a point with margin m between its two outputs, the class cannot change within
 *   global     m / prod |W_l|             (product of the layers' norms, Szegedy et al. 2014)
 *   local      min(m / |gain|, distance to the nearest face of the cell), exact inside the cell
 *   certified  branch and bound over distance, with a point just outside at which the class is another
 * and the truth lies between the last radius and its point. The input is an image of side x side pixels; in L2 and Linf. */
#include "crease/random.h"
#include "crease/robust.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GLOBAL = 0, LOCAL, CERTIFIED, CERTIFICATES };
static const char *const certificate[CERTIFICATES] = {"global", "local", "certified"};

typedef struct norm_study {
    crease_norm norm;
    double *share[CERTIFICATES]; /* of the distance to the witness, a number a point */
    double *constant[3];  /* product of the norms, exact local gain there, largest found at random images */
    size_t count, missed; /* points; those without a witness in time */
} norm_study;

/* The largest L2 norm of an output's gradient at random images: what the true constant is at least. */
static crease_status largest_gain(const lab_run *run, const crease_net *net, gsl_rng *random, double *largest,
                                  crease_error *error) {
    const size_t d = net->inputs;
    double *x = lab_numbers(d, 1 + net->outputs), *gain = x ? x + d : NULL;
    crease_work *work = NULL;
    crease_status status = x ? crease_work_new(net, &work, error) : lab_no_memory(error, "lipschitz");
    *largest = 0;
    for (size_t i = 0; i < lab_count(run, "images") && status == CREASE_OK; i++) {
        for (size_t j = 0; j < d; j++)
            x[j] = gsl_rng_uniform(random);
        crease_net_input_gradient(net, NULL, work, 1, x, NULL, gain);
        for (size_t k = 0; k < net->outputs; k++) {
            double square = 0;
            for (size_t j = 0; j < d; j++)
                square += gain[k * d + j] * gain[k * d + j];
            *largest = fmax(*largest, sqrt(square));
        }
    }
    crease_work_free(work);
    free(x);
    return status;
}

static crease_status at_point(const lab_run *run, const crease_net *net, const double *x, double sampled,
                              norm_study study[2], crease_error *error) {
    const crease_robust_options options = {.gap = .01,
                                           .node_limit = lab_count(run, "nodes"),
                                           .threads = (size_t)lab_threads(run),
                                           .interrupted = run->setup.interrupted,
                                           .context = run->setup.interrupted_context};
    crease_number *at = calloc(net->inputs, sizeof *at);
    crease_robust_result result = {0};
    crease_status status = at ? CREASE_OK : lab_no_memory(error, "lipschitz");
    for (size_t i = 0; i < net->inputs && status == CREASE_OK; i++)
        status = crease_number_from_double(x[i], &at[i], error);
    if (status == CREASE_OK)
        status = crease_robust(net, at, &options, &result, error);
    for (size_t k = 0; k < 2 && status == CREASE_OK && !result.interrupted; k++) {
        norm_study *s = &study[k];
        const crease_ball *ball = &result.ball[s->norm];
        if (!ball->found || !(ball->distance > 0)) { /* 0: a net that says the same of every image */
            s->missed++;
            continue;
        }
        s->share[GLOBAL][s->count] = result.radius_global[s->norm] / ball->distance;
        s->share[LOCAL][s->count] = result.radius_cell[s->norm] / ball->distance;
        s->share[CERTIFIED][s->count] = fmax(ball->radius, result.radius_cell[s->norm]) / ball->distance;
        s->constant[0][s->count] = result.global_bound[s->norm];
        s->constant[1][s->count] = result.local_lipschitz[s->norm];
        s->constant[2][s->count++] = sampled;
    }
    crease_robust_result_clear(&result);
    for (size_t i = 0; at && i < net->inputs; i++)
        crease_number_clear(&at[i]);
    free(at);
    return status;
}

/* One random network and one random image for each point. */
static crease_status study_points(const lab_run *run, norm_study study[2], crease_error *error) {
    const size_t side = lab_count(run, "side"), inputs = side * side, width = lab_count(run, "width");
    double *x = lab_numbers(inputs, 1);
    crease_status status = x ? CREASE_OK : lab_no_memory(error, "lipschitz");
    char spec[80];
    snprintf(spec, sizeof spec, lab_falsified(run) ? "affine" : "relu:%zu/relu:%zu", width, width);
    for (size_t i = 0; i < lab_count(run, "points") && status == CREASE_OK && !lab_interrupted(run); i++) {
        crease_net *net = NULL;
        double sampled;
        gsl_rng *random = crease_random_new(lab_seed(run), 2 * i + 1);
        status = random ? lab_random_net(spec, inputs, 2, CREASE_INIT_HE, lab_seed(run), 2 * i, &net, error)
                        : lab_no_memory(error, "lipschitz");
        for (size_t j = 0; j < inputs && status == CREASE_OK; j++)
            x[j] = gsl_rng_uniform(random);
        if (status == CREASE_OK)
            status = largest_gain(run, net, random, &sampled, error);
        if (status == CREASE_OK)
            status = at_point(run, net, x, sampled, study, error);
        crease_net_free(net);
        gsl_rng_free(random);
    }
    free(x);
    return status;
}

/* Shares of the distance to the witness, all points of a norm sorted by the truth. */
static void draw(lab_run *run, const norm_study *s) {
    static const char *const role[CERTIFICATES] = {"sigmoid", "tanh", "relu"};
    double *number = lab_numbers(s->count, 1), *least = lab_numbers(s->count, 1);
    char title[40];
    snprintf(title, sizeof title, "%s", s->norm == CREASE_L2 ? "L2" : "Linf");
    lab_panel_begin(run, (lab_panel){.title = title,
                                     .x = "network and image",
                                     .y = "safe radius / distance to another class",
                                     .log_y = true});
    for (size_t k = 0; k < CERTIFICATES && number && least; k++) {
        for (size_t i = 0; i < s->count; i++) {
            number[i] = (double)(i + 1);
            least[i] = s->share[k][i];
        }
        lab_draw(run, LAB_POINTS, role[k], certificate[k], s->count, number, least);
    }
    free(number);
    free(least);
}

static void report(lab_run *run, const norm_study study[2]) {
    static const char *const column[] = {"norm", "certificate", "median share", "low", "high"};
    const norm_study *l2 = &study[0];
    lab_estimate median[2][CERTIFICATES];
    for (size_t n = 0; n < 2; n++)
        for (size_t k = 0; k < CERTIFICATES; k++)
            median[n][k] = lab_median(study[n].count, study[n].share[k]);
    lab_measure(run, "global", "global radius, of the distance to another class, L2, median",
                median[0][GLOBAL], NAN);
    lab_measure(run, "local", "radius of the exact local gain in its cell, likewise", median[0][LOCAL], NAN);
    lab_measure(run, "certified", "radius by branch and bound, likewise", median[0][CERTIFIED], 1);
    lab_measure(run, "global_constant", "product of the layers' norms, L2, median",
                lab_median(l2->count, l2->constant[0]), NAN);
    lab_measure(run, "local_constant", "exact local gain, L2, median", lab_median(l2->count, l2->constant[1]),
                NAN);
    lab_measure(run, "sampled_constant", "largest gain found at random images, L2, median",
                lab_median(l2->count, l2->constant[2]), NAN);
    lab_table(run, "Safe radius over the distance to a point of another class:", 5, column);
    for (size_t n = 0; n < 2; n++)
        for (size_t k = 0; k < CERTIFICATES; k++) {
            lab_cell_text(run, "%s", crease_norm_name(study[n].norm));
            lab_cell_text(run, "%s", certificate[k]);
            lab_cell(run, median[n][k].value);
            lab_cell(run, gsl_stats_min(study[n].share[k], 1, study[n].count));
            lab_cell(run, gsl_stats_max(study[n].share[k], 1, study[n].count));
        }
    draw(run, l2);
    draw(run, &study[1]);
    /* the exact gain of the cell is tight by definition; what it guarantees is another matter */
    const bool loose = median[0][GLOBAL].value<.5, tight = median[0][CERTIFIED].value> .5,
               cell_is_enough = median[0][LOCAL].value > .5;
    lab_conclude(
        run,
        !loose                    ? LAB_REFUTED
        : tight && cell_is_enough ? LAB_CONFIRMED
                                  : LAB_CONFIRMED_WITH_LIMITS,
        "In L2 the product of norms guarantees %.2g of the true distance (median of %zu), branch and "
        "bound %.2g.",
        median[0][GLOBAL].value, l2->count, median[0][CERTIFIED].value);
    if (!cell_is_enough)
        lab_say(run,
                "The local gain is exact, and smaller than the product of norms by a factor of %.2g, but its "
                "cell ends "
                "soon: as a guarantee it is worth %.2g of the distance.",
                gsl_stats_mean(l2->constant[0], 1, l2->count) / gsl_stats_mean(l2->constant[1], 1, l2->count),
                median[0][LOCAL].value);
    lab_say(run, "It is loose as a constant too: the largest gain at random images is %.2g of it (medians).",
            lab_median(l2->count, l2->constant[2]).value / lab_median(l2->count, l2->constant[0]).value);
    lab_say(run, "In Linf the three are worth %.2g, %.2g and %.2g.", median[1][GLOBAL].value,
            median[1][LOCAL].value, median[1][CERTIFIED].value);
    if (study[0].missed + study[1].missed)
        lab_say(run, "At %zu of the points no other class was found; they are left out.",
                study[0].missed + study[1].missed);
}

static crease_status lipschitz(lab_run *run, crease_error *error) {
    const size_t points = lab_count(run, "points"), each = CERTIFICATES + 3;
    norm_study study[2] = {{.norm = CREASE_L2}, {.norm = CREASE_LINF}};
    double *memory = lab_numbers(points, 2 * each);
    if (!memory)
        return lab_no_memory(error, "lipschitz");
    for (size_t n = 0; n < 2; n++)
        for (size_t k = 0; k < each; k++)
            *(k < CERTIFICATES ? &study[n].share[k] : &study[n].constant[k - CERTIFICATES]) =
                memory + (n * each + k) * points;
    crease_status status = study_points(run, study, error);
    if (status == CREASE_OK && !lab_interrupted(run)) {
        if (study[0].count && study[1].count)
            report(run, study);
        else
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "no point of another class was found; take more --points or --nodes");
    }
    free(memory);
    return status;
}

const lab_experiment lab_lipschitz = {
    .name = "lipschitz",
    .claim = "The global Lipschitz guarantee is loose, the local one tight, for an image-sized input and a "
             "class margin.",
    .control = "the network has no hidden layer, so that nothing is lost between layers",
    .knob = {{"side", 28, 1, 64, true, "pixels of a side of the image"},
             {"width", 8, 1, 64, true, "units in each of two layers"},
             {"images", 200, 1, 1e6, true, "random images at which the gain is looked at"},
             {"points", 6, 1, 1000, true, "networks, each with an image"},
             {"nodes", 10, 1, 1e6, true, "boxes of branch and bound a norm"}},
    .run = lipschitz,
};
