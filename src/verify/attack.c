/* Falsification by projected sign-gradient descent. */
#include "verify/attack.h"
#include "crease/random.h"
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 24 };

/* What the examiner's room does not have. */
typedef struct attack {
    double *z, *gradient, *start, *room;
    void *memory;
} attack;

static bool attack_new(const crease_chain *chain, attack *tools) {
    tools->memory = malloc((chain->units + 2 * chain->inputs + 2 * chain->widest) * sizeof(double));
    if (!tools->memory)
        return false;
    tools->z = tools->memory;
    tools->gradient = tools->z + chain->units;
    tools->start = tools->gradient + chain->inputs;
    tools->room = tools->start + chain->inputs;
    return true;
}

/* The row that is largest at the point, and its value. */
static size_t worst_row(const crease_examiner *examiner, const crease_question_rows *rows, double *value) {
    const crease_question *question = examiner->question;
    size_t worst = 0;
    *value = -INFINITY;
    for (size_t r = 0; r < rows->row_count; r++) {
        double here = rows->constant[r];
        for (size_t i = 0; i < question->outputs; i++)
            here += rows->outputs[r * question->outputs + i] * examiner->y[i];
        for (size_t j = 0; j < question->inputs; j++)
            here += rows->inputs[r * question->inputs + j] * examiner->point[j];
        if (here > *value) {
            *value = here;
            worst = r;
        }
    }
    return worst;
}

static bool descend(crease_examiner *examiner, attack *tools, size_t a, const double *lo, const double *hi,
                    const unsigned char *open, double step) {
    const crease_chain *chain = examiner->chain;
    const crease_question_rows *rows = &examiner->question->alternative[a];
    for (size_t k = 0; k < STEPS; k++, step *= 0.8) {
        double value;
        crease_chain_evaluate(chain, examiner->point, tools->room, tools->z, examiner->y);
        size_t r = worst_row(examiner, rows, &value);
        if (value <= 0 && crease_examine_point(examiner, open))
            return true;
        if (rows->row_count == 0)
            return false;
        crease_chain_gradient(chain, tools->z, rows->outputs + r * chain->outputs, tools->room,
                              tools->gradient);
        for (size_t j = 0; j < chain->inputs; j++) {
            double slope = tools->gradient[j] + rows->inputs[r * chain->inputs + j];
            double to = examiner->point[j] - step * (hi[j] - lo[j]) * (slope > 0 ? 1 : slope < 0 ? -1 : 0);
            examiner->point[j] = fmin(fmax(to, lo[j]), hi[j]);
        }
    }
    return crease_examine_point(examiner, open);
}

bool crease_attack(crease_examiner *examiner, const double *lo, const double *hi, const unsigned char *open,
                   uint64_t seed, uint64_t stream, size_t descents) {
    const crease_chain *chain = examiner->chain;
    attack tools;
    gsl_rng *random = crease_random_new(seed, stream);
    bool found = false;
    if (!random || !attack_new(chain, &tools)) {
        gsl_rng_free(random); /* without memory there is no attack, and nothing is lost but time */
        return false;
    }
    size_t count = examiner->question->alternative_count;
    for (size_t k = 0; k < descents && count && !found; k++) {
        size_t a = (k + (size_t)stream) % count;
        bool middle = k < count; /* the first round of alternatives */
        for (size_t j = 0; j < chain->inputs; j++) {
            double share = middle ? 0.5 : gsl_rng_uniform(random);
            examiner->point[j] = lo[j] + share * (hi[j] - lo[j]);
        }
        if (!open || open[a])
            found = descend(examiner, &tools, a, lo, hi, open, 0.25);
    }
    gsl_rng_free(random);
    free(tools.memory);
    return found;
}

bool crease_attack_near(crease_examiner *examiner, const double *lo, const double *hi,
                        const unsigned char *open) {
    size_t size = examiner->chain->inputs * sizeof(double);
    attack tools;
    bool found = false;
    if (!attack_new(examiner->chain, &tools))
        return false;
    memcpy(tools.start, examiner->point, size);
    for (size_t a = 0; a < examiner->question->alternative_count && !found; a++) {
        if (open && !open[a])
            continue;
        memcpy(examiner->point, tools.start, size);
        found = descend(examiner, &tools, a, lo, hi, open, 0.02);
    }
    free(tools.memory);
    return found;
}
