/* Steps of a proof that change the state of a node: each says something that its backward pass must show. */
#include "checker/proof.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static bool lacks_bound(crease_checker *checker, size_t unit) {
    size_t l = 0;
    while (unit >= checker->exact.first[l + 1])
        l++;
    return crease_words_refuse(
        &checker->words,
        "unit %zu of layer %zu has not both bounds, or too large ones, for the chord that it needs here",
        unit - checker->exact.first[l], l);
}

static bool read_unit(crease_checker *checker, size_t *layer, size_t *unit) {
    crease_words *words = &checker->words;
    return crease_words_index(words, checker->net->layer_count, "layer", layer) &&
           crease_words_index(words, checker->net->layer[*layer].width, "unit", unit);
}

bool crease_checker_bound(crease_checker *checker, bool upper) {
    size_t layer, unit;
    double value;
    if (!read_unit(checker, &layer, &unit) || !crease_words_number(&checker->words, &value) ||
        !crease_words_end_line(&checker->words))
        return false;
    size_t without = crease_backward_unit(&checker->pass, &checker->view, layer, unit, value, upper);
    if (without != SIZE_MAX)
        return lacks_bound(checker, without);
    if (crease_backward_sign(&checker->pass, checker->view.lower, checker->view.upper) < 0)
        return crease_words_refuse(
            &checker->words, "the %s bound %a of unit %zu of layer %zu is not shown: the exact one is %s",
            upper ? "upper" : "lower", value, unit, layer, upper ? "larger" : "smaller");
    return crease_checker_set(checker,
                              (upper ? checker->at.unit_upper : checker->at.unit_lower) +
                                  checker->exact.first[layer] + unit,
                              value);
}

/* Takes a value of which there may be one: `place` is NAN until then. */
static bool take(crease_checker *checker, double *place, double value, const char *what) {
    if (!isnan(*place))
        return crease_words_refuse(&checker->words, "the line names the same %s twice", what);
    *place = value;
    return true;
}

static bool read_row(crease_checker *checker, const crease_alternative *alternative) {
    size_t row;
    double weight;
    if (!crease_words_index(&checker->words, alternative->row_count, "row", &row) ||
        !crease_words_number(&checker->words, &weight))
        return false;
    if (weight < 0)
        return crease_words_refuse(&checker->words, "the multiplier of row %zu is negative", row);
    return take(checker, &checker->multipliers.row[row], weight, "row");
}

static bool read_phase(crease_checker *checker) {
    size_t layer, unit;
    double weight;
    if (!read_unit(checker, &layer, &unit) || !crease_words_number(&checker->words, &weight))
        return false;
    size_t place = checker->exact.first[layer] + unit;
    double phase = checker->view.phase[place];
    if (phase == 0 || phase * weight > 0)
        return crease_words_refuse(&checker->words, "unit %zu of layer %zu %s", unit, layer,
                                   phase == 0  ? "has no fixed phase, so it has no multiplier"
                                   : phase < 0 ? "is below, so its multiplier must not be negative"
                                               : "is above, so its multiplier must not be positive");
    return take(checker, &checker->multipliers.phase[place], weight, "phase");
}

static bool read_slope(crease_checker *checker) {
    size_t layer, unit;
    double slope;
    if (!read_unit(checker, &layer, &unit) || !crease_words_number(&checker->words, &slope))
        return false;
    size_t place = checker->exact.first[layer] + unit;
    double p = checker->exact.below[place];
    if (slope < fmin(p, 1) || slope > fmax(p, 1))
        return crease_words_refuse(
            &checker->words, "the slope of unit %zu of layer %zu is not between %g and 1", unit, layer, p);
    return take(checker, &checker->multipliers.slope[place], slope, "slope");
}

static void forget(double *value, size_t count) {
    for (size_t i = 0; i < count; i++)
        value[i] = NAN;
}

/* Multipliers up to the end of the line, or to ";" where one must come; then the backward pass with them. */
static bool show_rows(crease_checker *checker, size_t index, bool until_semicolon) {
    crease_words *words = &checker->words;
    const crease_alternative *alternative = &checker->now->alternative[index];
    size_t units = checker->exact.first[checker->net->layer_count];
    forget(checker->multipliers.row, alternative->row_count);
    forget(checker->multipliers.phase, units);
    forget(checker->multipliers.slope, units);
    while (until_semicolon || !words->line_end) {
        if (!crease_words_next(words))
            return false;
        bool read;
        if (strcmp(words->word, "r") == 0)
            read = read_row(checker, alternative);
        else if (strcmp(words->word, "b") == 0)
            read = read_phase(checker);
        else if (strcmp(words->word, "a") == 0)
            read = read_slope(checker);
        else if (until_semicolon && strcmp(words->word, ";") == 0)
            break;
        else
            read =
                crease_words_refuse(words, "'%s' is no multiplier: they begin with r, b or a", words->word);
        if (!read)
            return false;
    }
    size_t without = crease_backward_rows(&checker->pass, &checker->view, alternative,
                                          checker->constant[index], &checker->multipliers);
    return without == SIZE_MAX || lacks_bound(checker, without);
}

bool crease_checker_close(crease_checker *checker) {
    crease_words *words = &checker->words;
    size_t index;
    if (!crease_words_index(words, checker->now->alternative_count, "alternative", &index))
        return false;
    if (checker->state[checker->at.open + index] == 0)
        return crease_words_refuse(words, "alternative %zu is closed already", index);
    if (!show_rows(checker, index, false))
        return false;
    if (crease_backward_sign(&checker->pass, checker->view.lower, checker->view.upper) <= 0)
        return crease_words_refuse(
            words, "alternative %zu is not closed: the exact bound of the sum is not positive", index);
    return crease_checker_set(checker, checker->at.open + index, 0) &&
           crease_checker_set(checker, checker->at.open_count, checker->state[checker->at.open_count] - 1);
}

/* "lo INPUT V" or "hi INPUT V" */
static bool read_cut(crease_checker *checker) {
    crease_words *words = &checker->words;
    const crease_state *view = &checker->view;
    if (!crease_words_next(words))
        return false;
    bool upper = strcmp(words->word, "hi") == 0;
    if (!upper && strcmp(words->word, "lo") != 0)
        return crease_words_refuse(words, "'%s' is no bound of an input: they begin with lo or hi",
                                   words->word);
    size_t input;
    double value;
    if (!crease_words_index(words, checker->net->inputs, "input", &input) ||
        !crease_words_number(words, &value))
        return false;
    if (!(value >= view->lower[input] && value <= view->upper[input]))
        return crease_words_refuse(words, "%a is not between the bounds of input %zu", value, input);
    return take(checker, &(upper ? checker->cut_upper : checker->cut_lower)[input], value, "bound");
}

/* Cuts off are the points of the box beyond `value`, without that end. Where the function falls towards that end, all
 * of them have more than its value there, which may be 0; else the other end of the slab is one of them. */
static bool cut_holds(crease_checker *checker, size_t input, double value, bool upper) {
    crease_backward *pass = &checker->pass;
    double *slab = upper ? checker->slab_lower : checker->slab_upper;
    double whole = slab[input];
    int towards_end = mpz_sgn(pass->gain.m[input]) * (upper ? 1 : -1);
    slab[input] = value;
    int sign = crease_backward_sign(pass, checker->slab_lower, checker->slab_upper);
    slab[input] = whole;
    bool empty = value == (upper ? checker->view.upper : checker->view.lower)[input];
    if (empty || sign > 0 || (sign == 0 && towards_end > 0))
        return true;
    return crease_words_refuse(&checker->words,
                               "the bound %s %zu %a cuts off points where the sum is not positive",
                               upper ? "hi" : "lo", input, value);
}

bool crease_checker_contract(crease_checker *checker) {
    crease_words *words = &checker->words;
    size_t index = 0, inputs = checker->net->inputs;
    if (checker->state[checker->at.open_count] != 1)
        return crease_words_refuse(words,
                                   "a contraction needs exactly one open alternative, and there are %zu",
                                   (size_t)checker->state[checker->at.open_count]);
    while (checker->state[checker->at.open + index] == 0)
        index++;
    forget(checker->cut_lower, inputs);
    forget(checker->cut_upper, inputs);
    if (!show_rows(checker, index, true))
        return false;
    do {
        if (!read_cut(checker))
            return false;
    } while (!words->line_end);
    memcpy(checker->slab_lower, checker->view.lower, inputs * sizeof *checker->slab_lower);
    memcpy(checker->slab_upper, checker->view.upper, inputs * sizeof *checker->slab_upper);
    for (size_t i = 0; i < inputs; i++) {
        double lower = checker->cut_lower[i], upper = checker->cut_upper[i];
        if ((!isnan(lower) && !cut_holds(checker, i, lower, false)) ||
            (!isnan(upper) && !cut_holds(checker, i, upper, true)))
            return false;
        if (lower > upper)
            return crease_words_refuse(
                words, "the contraction leaves nothing of input %zu: close the alternative instead", i);
    }
    for (size_t i = 0; i < inputs; i++)
        if ((!isnan(checker->cut_lower[i]) &&
             !crease_checker_set(checker, checker->at.lower + i, checker->cut_lower[i])) ||
            (!isnan(checker->cut_upper[i]) &&
             !crease_checker_set(checker, checker->at.upper + i, checker->cut_upper[i])))
            return false;
    return true;
}
