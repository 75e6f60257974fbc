/* One node: bounds of all units; rows of the open alternatives, alone and combined; contraction by what is left; points
 * where a witness may lie; the split. */
#include "verify/node.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CONTRACTIONS = 3 };
/* Bounds are worked out again when contraction leaves less than this share of the box. */
static const double much_smaller = 0.6;

static crease_status point_tools_new(const crease_chain *chain, crease_examiner *examiner,
                                     crease_error *error) {
    crease_status status = crease_magnitude_new(chain, &examiner->point_magnitude, error);
    if (status == CREASE_OK)
        status = crease_bounder_new(chain, &examiner->point_magnitude, &examiner->point_bounder, error);
    if (status == CREASE_OK)
        status = crease_state_new(chain, &examiner->point_state, error);
    return status;
}

crease_status crease_examiner_new(const crease_net *net, const crease_chain *chain,
                                  const crease_question *question, crease_magnitude *magnitude,
                                  bool keeps_steps, crease_examiner *examiner, crease_error *error) {
    *examiner =
        (crease_examiner){.net = net, .chain = chain, .question = question, .steps = {.kept = keeps_steps}};
    size_t rows = question->most_rows, d = chain->inputs;
    size_t count =
        (rows + 1) * d + d + (d + 3 * rows) + (d + chain->units) + d + chain->outputs + 2 * chain->widest;
    examiner->memory = calloc(count + 1, sizeof(double));
    examiner->form = calloc(rows + 1, sizeof *examiner->form);
    crease_status status = CREASE_NO_MEMORY;
    if (!examiner->memory || !examiner->form) {
        crease_fail(error, status, "out of memory for a search");
        goto done;
    }
    double *next = examiner->memory;
    for (size_t r = 0; r <= rows; r++, next += d)
        examiner->form[r].gain = next;
    examiner->nearest_point = next;
    examiner->scratch = next + d;
    examiner->score = examiner->scratch + d + 3 * rows;
    examiner->point = examiner->score + d + chain->units;
    examiner->y = examiner->point + d;
    examiner->values = examiner->y + chain->outputs;
    status = crease_bounder_new(chain, magnitude, &examiner->bounder, error);
    if (status == CREASE_OK)
        status = crease_combiner_new(chain, &examiner->combiner, error);
    if (status == CREASE_OK)
        status = crease_multiplier_new(chain, rows, &examiner->multiplier, error);
    if (status == CREASE_OK && chain->straight)
        status = crease_node_lp_new(chain, question, &examiner->lp, error);
    if (status == CREASE_OK && !chain->straight)
        status = point_tools_new(chain, examiner, error);
done:
    if (status != CREASE_OK)
        crease_examiner_clear(examiner);
    return status;
}

void crease_examiner_clear(crease_examiner *examiner) {
    crease_bounder_clear(&examiner->bounder);
    crease_combiner_clear(&examiner->combiner);
    crease_multiplier_clear(&examiner->multiplier);
    crease_exact_free(examiner->exact);
    crease_node_lp_free(examiner->lp);
    crease_bounder_clear(&examiner->point_bounder);
    crease_magnitude_clear(&examiner->point_magnitude);
    crease_state_clear(&examiner->point_state);
    free(examiner->steps.step);
    free(examiner->form);
    free(examiner->memory);
    *examiner = (crease_examiner){0};
}

static void take_claim(void *context, size_t unit, bool upper, double value) {
    crease_steps_add(context, upper ? CREASE_STEP_UPPER : CREASE_STEP_LOWER, unit, value);
}

/* Row r at the point that `y` and `point` hold, relative to the size of its terms. */
static double row_share(const crease_examiner *examiner, const crease_question_rows *rows, size_t r) {
    const crease_question *question = examiner->question;
    double value = rows->constant[r], size = fabs(value);
    for (size_t i = 0; i < question->outputs; i++) {
        double term = rows->outputs[r * question->outputs + i] * examiner->y[i];
        value += term;
        size += fabs(term);
    }
    for (size_t j = 0; j < question->inputs; j++) {
        double term = rows->inputs[r * question->inputs + j] * examiner->point[j];
        value += term;
        size += fabs(term);
    }
    return value / (size + 0x1p-1000);
}

/* The largest row there. */
static double violation(const crease_examiner *examiner, const crease_question_rows *rows) {
    double worst = -INFINITY;
    for (size_t r = 0; r < rows->row_count; r++)
        worst = fmax(worst, row_share(examiner, rows, r));
    return worst;
}

/* Values in doubles are off by far less than this share; what is worse is no witness. */
static const double near_enough = 1e-9;

void crease_examiner_go_to(crease_examiner *examiner, const double *x) {
    crease_state *state = &examiner->point_state;
    memcpy(state->lo, x, examiner->chain->inputs * sizeof(double));
    memcpy(state->hi, x, examiner->chain->inputs * sizeof(double));
    crease_state_forget(examiner->chain, state);
    crease_bounder_root(&examiner->point_bounder, state, NULL);
}

/* Without exact arithmetic: each row's largest possible value over the single point, safe against rounding, is <= 0. */
static bool enclosed_witness(crease_examiner *examiner, const crease_question_rows *rows) {
    const crease_question *question = examiner->question;
    crease_bounder *bounder = &examiner->point_bounder;
    crease_state *state = &examiner->point_state;
    for (size_t j = 0; j < question->inputs && rows->row_count; j++)
        if (question->least[j] > question->most[j])
            return false; /* a point that is no double */
    crease_examiner_go_to(examiner, examiner->point);
    for (size_t r = 0; r < rows->row_count; r++) {
        for (size_t i = 0; i < question->outputs; i++)
            bounder->coefficients[i] = -rows->outputs[r * question->outputs + i];
        for (size_t j = 0; j < question->inputs; j++)
            examiner->scratch[j] = -rows->inputs[r * question->inputs + j];
        double most =
            -crease_bounder_output(bounder, state, bounder->coefficients, examiner->scratch, NULL, NULL);
        /* the constant was rounded down, by one place at most */
        double constant = nextafter(rows->constant[r], INFINITY);
        if (!(most + constant + 0x1p-50 * (fabs(most) + fabs(constant)) <= 0))
            return false;
    }
    return true;
}

static bool has_exact(crease_examiner *examiner) {
    crease_error ignored; /* without memory for exact numbers nothing is decided by them */
    return examiner->exact || crease_exact_new(examiner->net, &examiner->exact, &ignored) == CREASE_OK;
}

static bool is_witness(crease_examiner *examiner, size_t a) {
    if (!examiner->chain->straight)
        return enclosed_witness(examiner, &examiner->question->alternative[a]);
    return has_exact(examiner) &&
           crease_exact_is_witness(examiner->exact, examiner->question, a, examiner->point);
}

bool crease_examine_point(crease_examiner *examiner, const unsigned char *open) {
    const crease_question *question = examiner->question;
    crease_question_clamp(question, examiner->point);
    crease_chain_evaluate(examiner->chain, examiner->point, examiner->values, NULL, examiner->y);
    for (size_t a = 0; a < question->alternative_count; a++) {
        if (open && !open[a])
            continue;
        double worst = violation(examiner, &question->alternative[a]);
        if (worst < examiner->nearest) {
            examiner->nearest = worst;
            memcpy(examiner->nearest_point, examiner->point, question->inputs * sizeof(double));
        }
        if (worst > near_enough)
            continue;
        if (is_witness(examiner, a)) {
            examiner->outcome = CREASE_WITNESS;
            examiner->alternative = a;
            return true;
        }
    }
    return false;
}

static void close_alternative(crease_examiner *examiner, crease_node *node, size_t a) {
    crease_steps_add_multiplier(examiner->chain, &examiner->steps, CREASE_STEP_CLOSE, a,
                                examiner->question->alternative[a].row_count, &examiner->multiplier);
    node->open[a] = 0;
}

static void single_row(crease_examiner *examiner, const crease_question_rows *rows, size_t r) {
    crease_multiplier_zero(examiner->chain, rows->row_count, &examiner->multiplier);
    examiner->multiplier.row[r] = 1;
}

/* The point of the box where the form is smallest. */
static void corner_of(const crease_form *form, const crease_state *state, size_t inputs, double *point) {
    for (size_t j = 0; j < inputs; j++)
        point[j] = form->gain[j] >= 0 ? state->lo[j] : state->hi[j];
}

/* Where no unit is unstable, a row whose bound is as near to 0 as its rounding error, which is that of the case's box, is judged
 * in rational arithmetic. */
static bool close_exactly(crease_examiner *examiner, crease_node *node, size_t a) {
    const crease_chain *chain = examiner->chain;
    const crease_question_rows *rows = &examiner->question->alternative[a];
    if (!chain->straight || examiner->bounder.unstable_count > 0 || !has_exact(examiner))
        return false;
    for (size_t r = 0; r < rows->row_count; r++) {
        const crease_form *form = &examiner->form[r];
        double size = fabs(form->offset);
        for (size_t j = 0; j < chain->inputs; j++)
            size += fabs(form->gain[j]) * fmax(fabs(node->state.lo[j]), fabs(node->state.hi[j]));
        corner_of(form, &node->state, chain->inputs, examiner->point);
        crease_chain_evaluate(chain, examiner->point, examiner->values, NULL, examiner->y);
        if (!(form->least > -near_enough * size || row_share(examiner, rows, r) > -near_enough))
            continue;
        if (crease_exact_row_is_positive(examiner->exact, examiner->question, a, r, chain, &node->state,
                                         examiner->point)) {
            single_row(examiner, rows, r);
            close_alternative(examiner, node, a);
            return true;
        }
    }
    return false;
}

/* Closes alternative a if its rows, one by one or together, can be shown to fail; else notes what splits may gain,
 * and leaves its last form in form[row_count]. */
static bool try_to_close(crease_examiner *examiner, crease_node *node, size_t a) {
    const crease_question_rows *rows = &examiner->question->alternative[a];
    size_t m = rows->row_count, d = examiner->chain->inputs;
    for (size_t r = 0; r < m; r += CREASE_TOGETHER) {
        size_t count = m - r < CREASE_TOGETHER ? m - r : CREASE_TOGETHER;
        crease_multiplier_rows(&examiner->bounder, &examiner->combiner, &node->state, rows, r, count,
                               &examiner->form[r]);
        for (size_t k = r; k < r + count; k++)
            if (examiner->form[k].least > 0) {
                single_row(examiner, rows, k);
                close_alternative(examiner, node, a);
                return true;
            }
    }
    if (m == 0)
        return false;
    if (close_exactly(examiner, node, a))
        return true;
    crease_form *last = &examiner->form[m];
    if (m == 1) { /* the bound of the row itself, and its trace, are at hand */
        single_row(examiner, rows, 0);
        memcpy(last->gain, examiner->form[0].gain, d * sizeof(double));
        last->offset = examiner->form[0].offset;
        last->least = examiner->form[0].least;
    } else {
        crease_multiplier_zero(examiner->chain, m, &examiner->multiplier);
        crease_combine_forms(examiner->form, m, d, node->state.lo, node->state.hi, examiner->multiplier.row,
                             examiner->scratch);
        crease_multiplier_bound(&examiner->bounder, &examiner->combiner, &node->state, rows,
                                &examiner->multiplier, last);
        if (last->least > 0) {
            close_alternative(examiner, node, a);
            return true;
        }
    }
    crease_branch_add(examiner, &node->state, examiner->combiner.trace);
    return false;
}

static bool try_points(crease_examiner *examiner, crease_node *node, size_t a) {
    size_t m = examiner->question->alternative[a].row_count, d = examiner->chain->inputs;
    if (m) {
        corner_of(&examiner->form[m], &node->state, d, examiner->point);
        if (crease_examine_point(examiner, node->open))
            return true;
    }
    for (size_t j = 0; j < d; j++)
        examiner->point[j] = node->state.lo[j] + (node->state.hi[j] - node->state.lo[j]) / 2;
    return crease_examine_point(examiner, node->open);
}

/* One step of contraction by a form that the examiner's multiplier makes. */
static double contract_by(crease_examiner *examiner, crease_node *node, size_t a, const crease_form *form) {
    size_t before = examiner->steps.count;
    bool changed = false;
    crease_steps_add_multiplier(examiner->chain, &examiner->steps, CREASE_STEP_CUT, a,
                                examiner->question->alternative[a].row_count, &examiner->multiplier);
    double left = crease_contract(form, examiner->chain->inputs, &node->state, &examiner->steps, &changed);
    if (!changed)
        examiner->steps.count = before;
    return left;
}

static double contract(crease_examiner *examiner, crease_node *node, size_t a) {
    const crease_chain *chain = examiner->chain;
    const crease_question_rows *rows = &examiner->question->alternative[a];
    size_t m = rows->row_count;
    double left = 1;
    if (m > 0) /* the multiplier is still that of the last form */
        left *= contract_by(examiner, node, a, &examiner->form[m]);
    for (size_t r = 0; r < m && m > 1; r++) {
        single_row(examiner, rows, r);
        left *= contract_by(examiner, node, a, &examiner->form[r]);
    }
    for (size_t u = 0; u < chain->units; u++) {
        if (!node->state.phase[u])
            continue;
        crease_multiplier_zero(chain, m, &examiner->multiplier);
        examiner->multiplier.phases = true;
        examiner->multiplier.phase[u] = -node->state.phase[u];
        crease_form form = {examiner->bounder.gain + u * chain->input_stride, examiner->bounder.offset[u], 0};
        left *= contract_by(examiner, node, a, &form);
    }
    return left;
}

/* A phase that cannot hold closes everything. */
static void close_contradiction(crease_examiner *examiner, crease_node *node) {
    size_t u = examiner->bounder.contradicted;
    for (size_t a = 0; a < examiner->question->alternative_count; a++) {
        if (!node->open[a])
            continue;
        crease_multiplier_zero(examiner->chain, examiner->question->alternative[a].row_count,
                               &examiner->multiplier);
        examiner->multiplier.phases = true;
        examiner->multiplier.phase[u] = -node->state.phase[u];
        close_alternative(examiner, node, a);
    }
}

/* One pass over the open alternatives; the last one that stays open in *last. The result is how many do. When it is one, forms
 * and multiplier are its own afterwards. */
static size_t examine_alternatives(crease_examiner *examiner, crease_node *node, size_t *last) {
    size_t open = 0, tried = 0;
    for (size_t a = 0; a < examiner->question->alternative_count; a++) {
        if (!node->open[a])
            continue;
        tried = a;
        if (!try_to_close(examiner, node, a)) {
            open++;
            *last = a;
            if (try_points(examiner, node, a))
                return open;
        }
    }
    if (open == 1 && tried != *last) {
        memset(examiner->score, 0, (examiner->chain->inputs + examiner->chain->units) * sizeof(double));
        if (try_to_close(examiner, node, *last))
            return 0;
    }
    return open;
}

/* The linear program sees all rows, phases and units at once. Its multipliers count only after the bound that they make has been
 * worked out here. True: nothing is left to do. */
static bool settled_by_lp(crease_examiner *examiner, crease_node *node, size_t a) {
    const crease_question_rows *rows = &examiner->question->alternative[a];
    bool feasible = false;
    if (crease_node_lp_solve(examiner, &node->state, a, &feasible)) {
        crease_form *form = &examiner->form[rows->row_count];
        crease_multiplier_bound(&examiner->bounder, &examiner->combiner, &node->state, rows,
                                &examiner->multiplier, form);
        if (form->least > 0) {
            close_alternative(examiner, node, a);
            return true;
        }
    }
    return feasible && crease_examine_point(examiner, node->open);
}

void crease_examine(crease_examiner *examiner, crease_node *node, bool root) {
    const crease_chain *chain = examiner->chain;
    crease_claims claims = {examiner->steps.kept ? take_claim : NULL, &examiner->steps};
    examiner->steps.count = 0;
    examiner->nearest = INFINITY;
    for (size_t pass = 0; pass < MOST_CONTRACTIONS; pass++) {
        examiner->outcome = CREASE_SETTLED;
        memset(examiner->score, 0, (chain->inputs + chain->units) * sizeof(double));
        if (root && pass == 0)
            crease_bounder_root(&examiner->bounder, &node->state, &claims);
        else
            crease_bounder_tighten(&examiner->bounder, &node->state, &claims);
        if (examiner->bounder.contradicted < chain->units) {
            close_contradiction(examiner, node);
            return;
        }
        size_t last = 0, open = examine_alternatives(examiner, node, &last);
        if (open == 0 || examiner->outcome == CREASE_WITNESS)
            return;
        if (open > 1) {
            examiner->outcome = CREASE_SPLIT_ALTERNATIVE;
            examiner->split = last;
            return;
        }
        if (contract(examiner, node, last) < much_smaller && pass + 1 < MOST_CONTRACTIONS)
            continue;
        if (examiner->lp && examiner->bounder.unstable_count <= CREASE_FEW_UNSTABLE &&
            settled_by_lp(examiner, node, last))
            return;
        break;
    }
    crease_branch_choose(examiner, &node->state);
}
