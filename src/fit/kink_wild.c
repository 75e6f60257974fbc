/* Noise of unknown variances. With e the residuals of the line and h(t) the hinge max(0, x - t) made orthogonal to 1
 * and x, h = (x - t)+ - a - b (x - m), the score statistic
 *     S(t) = (sum w e h)^2 / sum w^2 e^2 h^2
 * has an estimate of its own variance below, whatever the variances are (White 1980). The null of sup S is that of the
 * residuals, over sqrt(1 - leverage), with random signs on top of the line (wild bootstrap: Wu 1986, Liu 1988; signs:
 * Davidson & Flachaire 2008; sup over a place: Hansen 1996). One pass from the right with sums over all x > t of w, w e
 * and w^2 e^2 times powers of x - t, which are only added to, gives S at all points. */
#include "fit/kink_wild.h"
#include <math.h>

/* sum v, v (x - t), v (x - t)^2 */
typedef struct powers {
    double zero, one, two;
} powers;

static powers farther(powers p, double by) {
    p.two += by * (2 * p.one + by * p.zero);
    p.one += by * p.zero;
    return p;
}

static crease_piece line_of(const crease_sample *s, const double *value) {
    crease_piece line = {0};
    for (size_t p = 0; p < s->points; p++) {
        double mean = 0, weight = 0;
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++) {
            weight += s->w[i];
            mean += s->w[i] / weight * (value[i] - mean);
        }
        crease_piece_add(&line, s->u[p], mean, weight);
    }
    return line;
}

double crease_wild_statistic(const crease_sample *s, size_t least, double *value) {
    crease_piece line = line_of(s, value);
    double all = 0, all_one = 0, all_two = 0, largest = 0; /* w^2 e^2 times powers of x - m */
    for (size_t p = 0; p < s->points; p++) {
        double away = s->u[p] - line.mean_u;
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++) {
            value[i] -= line.mean_z + line.slope * away;
            double q = s->w[i] * value[i] * s->w[i] * value[i];
            all += q;
            all_one += q * away;
            all_two += q * away * away;
        }
    }
    powers w = {0}, e = {0}, q = {0};
    for (size_t p = s->points; p-- + 1 > least;) {
        double t = s->u[p], by = p + 1 < s->points ? s->u[p + 1] - t : 0, away = t - line.mean_u;
        w = farther(w, by);
        e = farther(e, by);
        q = farther(q, by);
        if (p + least <= s->points) {
            double a = w.one * line.inverse_weight, b = (w.two + away * w.one) * line.inverse_spread;
            double below = all * a * a + 2 * a * b * all_one + b * b * all_two -
                           2 * (a * q.one + b * (q.two + away * q.one)) + q.two;
            if (below > 0 && e.one * e.one > largest * below)
                largest = e.one * e.one / below;
        }
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++) {
            double score = s->w[i] * value[i];
            w.zero += s->w[i];
            e.zero += score;
            q.zero += score * score;
        }
    }
    return largest;
}

void crease_wild_residuals(const crease_sample *s, double *residual) {
    crease_piece line = line_of(s, s->z);
    for (size_t p = 0; p < s->points; p++) {
        double away = s->u[p] - line.mean_u;
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++) {
            double leverage = s->w[i] * (line.inverse_weight + away * away * line.inverse_spread);
            residual[i] = s->z[i] - line.mean_z - line.slope * away;
            if (leverage < 1 - 1e-9)
                residual[i] /= sqrt(1 - leverage);
        }
    }
}
