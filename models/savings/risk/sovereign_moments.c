/* A long history of the country, and the moments of its quarters. */
#include "savings/risk/sovereign.h"
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { WINDOW = 74, DISCARDED = 1000, HISTORY_STREAM = 1 << 29 };

/* Quarters with access since the last default, in order. */
typedef struct history {
    double income[WINDOW], consumption[WINDOW], spread[WINDOW], debt[WINDOW], balance[WINDOW];
    size_t count; /* since access was regained; the last WINDOW of them are kept, cyclically */
} history;

typedef struct tally {
    size_t access, excluded, defaults, borrowing;
    double debt, spread, spread_square, log_c, log_c_square, log_y, log_y_square;
} tally;

static size_t draw_state(const savings_sovereign *s, size_t y, gsl_rng *generator) {
    const double *row = s->income->transition + y * s->states;
    double u = gsl_rng_uniform(generator);
    size_t to = 0;
    while (to + 1 < s->states && u >= row[to])
        u -= row[to++];
    return to;
}

/* Correlation, 0 when one of them does not move. */
static double correlation(const double *x, const double *y) {
    double result = gsl_stats_correlation(x, 1, y, 1, WINDOW);
    return isfinite(result) ? result : 0;
}

static void add_window(const history *h, savings_sovereign_moments *m) {
    double log_y[WINDOW], log_c[WINDOW];
    for (size_t i = 0; i < WINDOW; i++) {
        log_y[i] = log(h->income[i]);
        log_c[i] = log(h->consumption[i]);
        m->window_debt += h->debt[i] / WINDOW;
    }
    m->windows++;
    m->window_spread += gsl_stats_mean(h->spread, 1, WINDOW);
    m->window_spread_sd += gsl_stats_sd(h->spread, 1, WINDOW);
    double sd_y = gsl_stats_sd(log_y, 1, WINDOW);
    m->window_consumption_volatility += sd_y > 0 ? gsl_stats_sd(log_c, 1, WINDOW) / sd_y : 1;
    m->window_spread_income += correlation(h->spread, log_y);
    m->window_balance_income += correlation(h->balance, log_y);
}

static void record(const savings_sovereign *s, size_t y, size_t node, history *h, tally *t) {
    size_t next = s->choice[y * s->points + node];
    double q = s->price[y * s->points + next], income = s->income->level[y], bought = q * s->b[next];
    double c = income + s->b[node] - bought, free_rate = 1 + s->parameters.interest;
    /* who saves or borrows safely pays no spread */
    double spread = next < s->zero && q > 0 ? pow(q, -4) - pow(free_rate, 4) : 0;
    size_t at = h->count++ % WINDOW;
    h->income[at] = income;
    h->consumption[at] = c;
    h->spread[at] = spread;
    h->debt[at] = -bought / income;
    h->balance[at] = (income - c) / income;
    t->access++;
    t->debt += -bought / income;
    if (next < s->zero) {
        t->borrowing++;
        t->spread += spread;
        t->spread_square += spread * spread;
    }
    t->log_c += log(c);
    t->log_c_square += log(c) * log(c);
    t->log_y += log(income);
    t->log_y_square += log(income) * log(income);
}

static double deviation(double sum, double squares, double count) {
    return sqrt(fmax(squares / count - sum / count * (sum / count), 0));
}

static void conclude(const tally *t, savings_sovereign_moments *m) {
    double n = (double)(t->access + t->excluded + t->defaults), access = (double)t->access;
    double p = (double)t->defaults / n, borrowing = (double)t->borrowing, windows = (double)m->windows;
    m->default_rate = 1 - pow(1 - p, 4);
    m->excluded = (double)t->excluded / n;
    m->debt = t->debt / access;
    m->spread = borrowing > 0 ? t->spread / borrowing : NAN;
    m->spread_sd = borrowing > 0 ? deviation(t->spread, t->spread_square, borrowing) : NAN;
    m->consumption_volatility =
        deviation(t->log_c, t->log_c_square, access) / deviation(t->log_y, t->log_y_square, access);
    double *const mean[] = {&m->window_debt,          &m->window_spread,
                            &m->window_spread_sd,     &m->window_consumption_volatility,
                            &m->window_spread_income, &m->window_balance_income};
    for (size_t i = 0; i < sizeof mean / sizeof *mean; i++)
        *mean[i] = windows > 0 ? *mean[i] / windows : NAN;
}

crease_status savings_sovereign_simulate(const savings_sovereign *s, size_t periods, uint64_t seed,
                                         savings_sovereign_moments *moments, crease_error *error) {
    gsl_rng *generator = crease_random_new(seed, HISTORY_STREAM);
    history *h = calloc(1, sizeof *h);
    tally t = {0}, none = {0};
    size_t y = s->states / 2, node = s->zero, all = (periods ? periods : 500000) + DISCARDED;
    bool has_access = true, defaults;
    *moments = (savings_sovereign_moments){0};
    if (!generator || !h) {
        free(h);
        gsl_rng_free(generator);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a history");
    }
    for (size_t i = 0; i < all; i++) {
        if (i == DISCARDED) {
            t = none;
            *moments = (savings_sovereign_moments){0};
        }
        if (!has_access && gsl_rng_uniform(generator) < s->parameters.reentry) {
            has_access = true;
            node = s->zero;
            h->count = 0;
        }
        savings_sovereign_value(s, y, node, &defaults);
        if (has_access && defaults) {
            if (h->count >= WINDOW)
                add_window(h, moments);
            t.defaults++;
            has_access = false;
        } else if (has_access) {
            record(s, y, node, h, &t);
            node = s->choice[y * s->points + node];
        } else
            t.excluded++;
        y = draw_state(s, y, generator);
    }
    conclude(&t, moments);
    free(h);
    gsl_rng_free(generator);
    return CREASE_OK;
}
