/* A comparison in words. Every sentence is built from the numbers of the study; none says more than they do.
 */
#include "traffic/traffic.h"
#include <math.h>
#include <stdlib.h>

/* Flows below zero by less than this share of the largest flow are rounding. */
static const double negligible = 1e-9;
/* A flow on the empty road above this share of the largest flow is worth a word. */
static const double empty_road_share = 1e-3;

/* Errors beyond so many times the least are said themselves: that one is 0 but for rounding. */
static const double largest_ratio = 1e6;

static bool is_negative(const traffic_study *s, const traffic_row *row) {
    return row->audit.min_flow_beyond_jam < -negligible * fabs(s->largest_flow);
}

/* The row of least rmse among those with n_free in [least, most] and, on request, networks or diagrams only.
 */
static const traffic_row *closest(const traffic_study *s, size_t least, size_t most, int nets) {
    const traffic_row *best = NULL;
    for (size_t i = 0; i < s->row_count; i++) {
        const traffic_row *row = &s->row[i];
        if (row->n_free >= least && row->n_free <= most && (nets < 0 || nets == (row->net != NULL)) &&
            (!best || row->wmse < best->wmse))
            best = row;
    }
    return best;
}

/* A ratio of errors as a change in per cent, two digits below 10 and none after the point above. */
static void print_change(FILE *out, double ratio, bool with_sign) {
    const double percent = 100.0 * (with_sign ? ratio - 1.0 : fabs(ratio - 1.0));
    const int decimals = fabs(percent) >= 9.95 ? 0 : fabs(percent) >= 0.995 ? 1 : 2;
    fprintf(out, with_sign ? "%+.*f %%" : "%.*f %%", decimals, percent);
}

static const char *unit(const traffic_study *s) {
    return s->by == TRAFFIC_BY_SPEED ? "in speed" : "in flow";
}

static void say_closest(const traffic_study *s, FILE *out) {
    const traffic_row *best = closest(s, 0, SIZE_MAX, -1), *net = closest(s, 0, SIZE_MAX, 1);
    fprintf(out, "Closest to the data: %s, root mean square error %.4g %s.", best->model, sqrt(best->wmse),
            unit(s));
    const size_t n_free = net ? net->n_free : best->n_free;
    const traffic_row *reference = closest(s, n_free, n_free, -1);
    size_t others = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        const traffic_row *row = &s->row[i];
        if (row->n_free != n_free || row == reference)
            continue;
        if (others++ == 0)
            fprintf(out, " With %zu free parameters each, against %s:", n_free, reference->model);
        else
            fputc(',', out);
        const double ratio = sqrt(row->wmse / reference->wmse);
        fprintf(out, " %s ", row->model);
        if (ratio <= largest_ratio)
            print_change(out, ratio, true);
        else
            fprintf(out, "%.4g %s", sqrt(row->wmse), unit(s));
    }
    fputs(others > 0 ? ".\n" : "\n", out);
}

static void say_negative(const traffic_study *s, FILE *out) {
    size_t negative = 0, never = 0;
    for (size_t i = 0; i < s->row_count; i++)
        if (is_negative(s, &s->row[i])) {
            fprintf(out, "%s%s to %.4g",
                    negative++ > 0 ? ", " : "Negative flow beyond the jam density: ", s->row[i].model,
                    s->row[i].audit.min_flow_beyond_jam);
        }
    for (size_t i = 0; i < s->row_count; i++)
        if (!is_negative(s, &s->row[i]) && !isnan(s->row[i].audit.min_flow_beyond_jam)) {
            if (never == 0)
                fputs(negative > 0 ? "; never below zero: " : "No negative flow beyond the jam density: ",
                      out);
            fprintf(out, "%s%s", never++ > 0 ? ", " : "", s->row[i].model);
        }
    if (negative + never > 0)
        fputs(".\n", out);
}

/* Rows without a jam density, each reason said once. */
static void say_no_jam(const traffic_study *s, FILE *out) {
    size_t missing = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        const char *why = s->row[i].audit.why_jam;
        if (!isnan(s->row[i].audit.jam_density))
            continue;
        bool said_below = false;
        for (size_t j = i + 1; j < s->row_count; j++)
            said_below = said_below || (isnan(s->row[j].audit.jam_density) && s->row[j].audit.why_jam == why);
        fprintf(out, "%s%s", missing++ > 0 ? ", " : "No jam density: ", s->row[i].model);
        if (!said_below)
            fprintf(out, " (%s)", why);
    }
    if (missing > 0)
        fputs(".\n", out);
}

static void say_empty_road(const traffic_study *s, FILE *out) {
    size_t count = 0;
    for (size_t i = 0; i < s->row_count; i++)
        if (fabs(s->row[i].audit.flow_at_zero) > empty_road_share * fabs(s->largest_flow))
            fprintf(out, "%s%s %+.3g", count++ > 0 ? ", " : "Flow on an empty road: ", s->row[i].model,
                    s->row[i].audit.flow_at_zero);
    if (count > 0)
        fputs(count < s->row_count ? "; zero for the others, as it must be.\n" : ".\n", out);
}

static void say_jam_known(const traffic_study *s, double known, FILE *out) {
    const traffic_row *near = NULL, *far = NULL;
    for (size_t i = 0; i < s->row_count; i++) {
        const traffic_row *row = &s->row[i];
        const double error = fabs(row->audit.jam_density - known);
        if (isnan(error))
            continue;
        if (!near || error < fabs(near->audit.jam_density - known))
            near = row;
        if (!far || error > fabs(far->audit.jam_density - known))
            far = row;
    }
    if (near && far != near)
        fprintf(out, "Jam density, truly %.2f: nearest %s with %.2f, farthest %s with %.2f.\n", known,
                near->model, near->audit.jam_density, far->model, far->audit.jam_density);
}

static void say_jam(const traffic_study *s, FILE *out) {
    const traffic_row *low = NULL, *high = NULL;
    size_t extrapolated = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        const traffic_row *row = &s->row[i];
        if (isnan(row->audit.jam_density))
            continue;
        extrapolated += row->audit.extrapolated;
        if (!low || row->audit.jam_density < low->audit.jam_density)
            low = row;
        if (!high || row->audit.jam_density > high->audit.jam_density)
            high = row;
    }
    if (low && high != low && !(s->jam_density > 0)) /* imposed: the same of all */
        fprintf(out,
                "Jam densities run from %.4g (%s) to %.4g (%s); the largest density observed is %.4g, so %zu "
                "of them "
                "%s extrapolated.\n",
                low->audit.jam_density, low->model, high->audit.jam_density, high->model, s->largest_density,
                extrapolated, extrapolated == 1 ? "is" : "are");
}

/* Underwood, Drake and S3 have a convex tail; the straight line of Smulders' must not rise above the parabola. */
static bool is_concave(const traffic_row *row) {
    const traffic_family family = row->diagram.family;
    const double bend = row->diagram.shape[0], place = row->diagram.shape[1]; /* a rho_c/vf, rho_c/rho_j */
    if (family == TRAFFIC_SMULDERS)
        return (1 - 2 * bend) * (1 - place) >= -place * (1 - bend);
    return family != TRAFFIC_UNDERWOOD && family != TRAFFIC_DRAKE && family != TRAFFIC_S3;
}

/* What the physical guarantees cost in closeness, and who pays what for smoothness. */
static void say_price(const traffic_study *s, FILE *out) {
    const traffic_row *net = closest(s, 0, SIZE_MAX, 1);
    if (!net)
        return;
    const traffic_row *diagram = closest(s, 0, net->n_free, 0);
    if (!diagram)
        return;
    const double ratio = sqrt(diagram->wmse / net->wmse);
    fprintf(out, "So: %s, which by its form is zero on the empty road%s and never negative, ", diagram->model,
            is_concave(diagram) ? ", concave" : "");
    if (ratio <= largest_ratio) {
        fputs(ratio >= 1.0 ? "loses " : "gains ", out);
        print_change(out, ratio, false);
        fprintf(out, " in error against the closest network, %s.\n", net->model);
    } else
        fprintf(out, "has an error of %.4g %s, the closest network, %s, one of %.4g.\n", sqrt(diagram->wmse),
                unit(s), net->model, sqrt(net->wmse));
}

char *traffic_verdict(const traffic_study *s, double jam_density_known) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (s->row_count > 0) {
        say_closest(s, out);
        say_negative(s, out);
        say_no_jam(s, out);
        say_empty_road(s, out);
        if (isnan(jam_density_known))
            say_jam(s, out);
        else
            say_jam_known(s, jam_density_known, out);
        say_price(s, out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
