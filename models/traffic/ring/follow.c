/* Roots: l = (-1 + r) / (2 tau) with r = sqrt(1 - 4 tau b), Re r >= 0, b = V' (1 - e^{ik}). With l = -2 b / (1 + r) no
 * digits are lost where b is small, and 1 - cos k = 2 sin^2(k/2) loses none where k is.
 * On the margin l = i w: the real part gives tau w^2 = V' (1 - cos k), the imaginary one w = V' sin k, so
 * tau V' (1 + cos k) = 1: the first to go is the longest wave. */
#include "traffic/ring/follow.h"
#include <complex.h>
#include <math.h>

crease_status follow_check(const follow_law *law, crease_error *error) {
    const struct {
        const char *name;
        double value;
    } part[] = {{"gap time", law->gap_time},
                {"standstill spacing", law->standstill},
                {"free speed", law->speed},
                {"time tau of the speed", law->order == 1 ? 1 : law->tau}};
    if (law->order != 1 && law->order != 2)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "car following has order 1 or 2, not %d", law->order);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (!(part[i].value >= 1e-9 && part[i].value <= 1e9))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "the %s must lie between 1e-9 and 1e9, not %g",
                               part[i].name, part[i].value);
    return CREASE_OK;
}

static double relu(double z) {
    return z > 0 ? z : 0;
}

double follow_speed(const follow_law *law, double spacing) {
    const double z = (spacing - law->standstill) / law->gap_time;
    return z > law->speed ? law->speed : relu(z);
}

double follow_slope(const follow_law *law, double spacing) {
    return spacing >= law->standstill && spacing <= follow_free_spacing(law) ? 1 / law->gap_time : 0;
}

double follow_free_spacing(const follow_law *law) {
    return law->standstill + law->gap_time * law->speed;
}

double follow_flow(const follow_law *law, double density) {
    return relu(fmin(law->speed * density, (1 - law->standstill * density) / law->gap_time));
}

int follow_roots(const follow_law *law, double slope, size_t vehicles, size_t mode, follow_root root[2]) {
    const double half = M_PI * (double)(mode % vehicles) / (double)vehicles;
    const double complex b = slope * (2 * sin(half) * sin(half) - I * sin(2 * half));
    if (law->order == 1) {
        root[0] = (follow_root){-creal(b), -cimag(b)};
        return 1;
    }
    const double complex r = csqrt(1 - 4 * law->tau * b), fast = -2 * b / (1 + r),
                         slow = -(1 + r) / (2 * law->tau);
    root[0] = (follow_root){creal(fast), cimag(fast)};
    root[1] = (follow_root){creal(slow), cimag(slow)};
    return 2;
}

double follow_critical_tau(const follow_law *law, double slope, size_t vehicles) {
    if (law->order == 1 || !(slope > 0) || vehicles < 3)
        return INFINITY;
    return 1 / (slope * (1 + cos(2 * M_PI / (double)vehicles)));
}

follow_stability follow_stability_of(const follow_law *law, double slope, size_t vehicles) {
    follow_stability s = {.critical_tau = follow_critical_tau(law, slope, vehicles)};
    s.stable = law->order == 1 || law->tau <= s.critical_tau;
    for (size_t mode = 1; mode <= vehicles / 2; mode++) {
        follow_root root[2];
        follow_roots(law, slope, vehicles, mode, root);
        if (mode == 1 || root[0].growth > s.growth) {
            s.growth = root[0].growth;
            s.fastest_mode = mode;
        }
    }
    return s;
}
