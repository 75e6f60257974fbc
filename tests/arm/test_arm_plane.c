/* Regions of the phase plane, exact flow and motions. */
#include "arm/plane/plane_path.h"
#include "crease/ode.h"
#include "support/plane.h"
#include "support/suites.h"
#include <gsl/gsl_eigen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- regions ---- */

START_TEST(regions_of_the_table) {
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_plane *plane = plane_cut(&plant, law, 1.5, 3, 15);
    FILE *file = fopen("tests/data/arm/pwa_regions.csv", "r");
    char line[512], mask[16], own[16], type[16];
    size_t number, i = 0;
    double v[9], area = 0;
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        ck_assert_int_eq(sscanf(line, "%zu,%15[01],%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%15[a-z],%lf", &number,
                                mask, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], type, &v[8]),
                         12);
        const arm_plane_region *r = &plane->region[i];
        arm_plane_mask(plane, i, own);
        ck_assert_uint_eq(number, i);
        ck_assert_str_eq(mask, own);
        ck_assert_str_eq(type, arm_plane_type_name(r->type));
        const double got[9] = {r->kp,    r->kd,    r->offset, r->polygon->area, r->re[0],
                               r->im[0], r->re[1], r->im[1],  r->most_torque};
        for (size_t k = 0; k < 9; k++)
            ck_assert_msg(fabs(got[k] - v[k]) <= 1e-9 * fmax(1, fabs(v[k])),
                          "region %zu, number %zu: %.12g, %.12g", i, k, got[k], v[k]);
        area += r->polygon->area;
        i++;
    }
    fclose(file);
    ck_assert_uint_eq(i, 19);
    ck_assert_uint_eq(plane->count, 19);
    ck_assert_double_eq_tol(area, 180, 1e-12);
    arm_plane_free(plane);
    crease_net_free(law);
}
END_TEST

/* The sides of the units with a kink, as pieces_pattern sees them. */
static void check_mask(const arm_plane *plane, size_t region, const char *pattern, size_t trial) {
    char mask[64];
    size_t at = 0;
    arm_plane_mask(plane, region, mask);
    for (const char *c = pattern; *c; c++)
        if (*c != '=') {
            ck_assert_msg(*c == '0' || (*c == '+') == (mask[at] == '1'), "trial %zu, region %zu: %s, %s",
                          trial, region, mask, pattern);
            at++;
        }
    ck_assert_uint_eq(at, plane->units);
}

START_TEST(random_laws_are_cut_without_gaps) {
    gsl_rng *random = crease_random_new(11, 0);
    arm_plant plant = plane_elbow(false);
    for (size_t trial = 0; trial < test_rounds(42, 600); trial++) {
        crease_net *law = plane_random_law(random, trial);
        arm_plane *plane = plane_cut(&plant, law, 0, 1.5, 4);
        crease_work *work;
        double area = 0;
        ck_assert_int_eq(crease_work_new(law, &work, NULL), CREASE_OK);
        for (size_t i = 0; i < plane->count; i++) {
            const arm_plane_region *r = &plane->region[i];
            double gain[2], offset;
            area += r->polygon->area;
            if (plane_depth_of(plane, i, r->centre) < 1e-7)
                continue; /* too thin for doubles to be inside for certain */
            crease_net_local_affine(law, work, r->centre, gain, &offset);
            ck_assert_msg(fabs(r->kp + gain[0]) <= 1e-10 * (1 + fabs(gain[0])) &&
                              fabs(r->kd + gain[1]) <= 1e-10 * (1 + fabs(gain[1])) &&
                              fabs(r->offset - offset) <= 1e-10 * (1 + fabs(offset)),
                          "trial %zu, region %zu: gains %g %g offset %g", trial, i, r->kp, r->kd, r->offset);
            char *pattern = pieces_pattern(law, r->centre);
            check_mask(plane, i, pattern, trial);
            free(pattern);
            ck_assert_uint_eq(arm_plane_locate(plane, r->centre), i);
        }
        ck_assert_msg(fabs(area - 24) < 1e-10, "trial %zu: the areas sum to %.15g, not 24", trial, area);
        crease_work_free(work);
        arm_plane_free(plane);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(a_limit_is_exactly_a_clip) {
    gsl_rng *random = crease_random_new(12, 0);
    for (size_t trial = 0; trial < test_rounds(70, 700); trial++) {
        crease_net *law = plane_random_law(random, trial), *limited;
        double limit = gsl_ran_flat(random, 1, 30);
        ck_assert_int_eq(arm_plane_limit_law(law, limit, &limited, NULL), CREASE_OK);
        for (size_t k = 0; k < 40; k++) {
            double s[2] = {gsl_ran_flat(random, -3, 3), gsl_ran_flat(random, -9, 9)}, u, held;
            pieces_evaluate(law, s, &u);
            pieces_evaluate(limited, s, &held);
            double wanted = fmin(fmax(u, -limit), limit);
            ck_assert_msg(fabs(held - wanted) <= 1e-13 * (limit + fabs(u)),
                          "trial %zu (%s): %.17g, not %.17g", trial, plane_specs[trial % PLANE_SPECS], held,
                          wanted);
        }
        crease_net_free(limited);
        crease_net_free(law);
    }
    crease_net *two = pieces_net("relu:2", 2, 2, NULL), *limited;
    ck_assert_int_eq(arm_plane_limit_law(two, 1, &limited, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(limited);
    crease_net_free(two);
    gsl_rng_free(random);
}
END_TEST

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

/* Real parts by gsl_eigen_nonsymm, the type from the eigenvalues. */
static void check_eigenvalues(const arm_plane *plane, const arm_plane_region *r,
                              gsl_eigen_nonsymm_workspace *work) {
    const arm_plant *plant = &plane->plant;
    double k = r->kp + plant->gravity * cos(plane->reference + r->linearised_at);
    double a[4] = {0, 1, -k / plant->inertia, -(plant->friction + r->kd) / plant->inertia};
    gsl_matrix_view A = gsl_matrix_view_array(a, 2, 2);
    gsl_vector_complex *value = gsl_vector_complex_alloc(2);
    gsl_eigen_nonsymm(&A.matrix, value, work);
    double re[2], im;
    for (size_t i = 0; i < 2; i++)
        re[i] = GSL_REAL(gsl_vector_complex_get(value, i));
    im = fabs(GSL_IMAG(gsl_vector_complex_get(value, 0)));
    qsort(re, 2, sizeof *re, compare_doubles);
    double size = 1 + fabs(re[0]) + fabs(re[1]) + im;
    /* two eigenvalues that nearly agree are known to half the digits only */
    ck_assert_msg(fabs(re[0] - r->re[0]) + fabs(re[1] - r->re[1]) + fabs(im - fabs(r->im[0])) < 1e-6 * size,
                  "eigenvalues %g %g %g, not %g %g %g", re[0], re[1], im, r->re[0], r->re[1], r->im[0]);
    arm_plane_type type = im > 1e-6 * size               ? ARM_PLANE_FOCUS
                          : re[0] * re[1] > 1e-9 * size  ? ARM_PLANE_NODE
                          : re[0] * re[1] < -1e-9 * size ? ARM_PLANE_SADDLE
                                                         : ARM_PLANE_TYPES;
    if (type != ARM_PLANE_TYPES && r->type != ARM_PLANE_SATURATED && fabs(im) > 1e-6 * size)
        ck_assert_int_eq(type, r->type);
    if (type == ARM_PLANE_SADDLE && r->type != ARM_PLANE_SATURATED)
        ck_assert_int_eq(ARM_PLANE_SADDLE, r->type);
    if (fabs(re[0]) > 1e-6 * size)
        ck_assert_int_eq(r->stability, re[0] < 0 ? ARM_PLANE_STABLE : ARM_PLANE_UNSTABLE);
    gsl_vector_complex_free(value);
}

START_TEST(eigenvalues_by_another_method) {
    gsl_rng *random = crease_random_new(13, 0);
    gsl_eigen_nonsymm_workspace *work = gsl_eigen_nonsymm_alloc(2);
    for (size_t trial = 0; trial < test_rounds(42, 600); trial++) {
        arm_plant plant = plane_elbow(trial % 3 == 0);
        crease_net *law = plane_random_law(random, trial);
        arm_plane *plane = plane_cut(&plant, law, gsl_ran_flat(random, -3, 3), 2, 6);
        for (size_t i = 0; i < plane->count; i++)
            check_eigenvalues(plane, &plane->region[i], work);
        arm_plane_free(plane);
        crease_net_free(law);
    }
    gsl_eigen_nonsymm_free(work);
    gsl_rng_free(random);
}
END_TEST

/* On a fine grid along w = 0, a change of sign of the acceleration is a rest point that some region must
 * have. */
START_TEST(rest_points_by_a_grid) {
    gsl_rng *random = crease_random_new(14, 0);
    enum { GRID = 500 };
    for (size_t trial = 0; trial < test_rounds(42, 600); trial++) {
        arm_plant plant = plane_elbow(trial % 3 != 0);
        crease_net *law = plane_random_law(random, trial);
        arm_plane *plane = plane_cut(&plant, law, gsl_ran_flat(random, -3, 3), 2.5, 6);
        for (size_t i = 0; i < plane->count; i++) {
            const arm_plane_region *r = &plane->region[i];
            const double s[2] = {r->rest, 0};
            if (!r->rest_inside)
                continue;
            ck_assert_msg(fabs(plane_acceleration(plane, s)) < 1e-9, "trial %zu: %g is no rest", trial,
                          r->rest);
            ck_assert_msg(plane_depth_of(plane, i, s) > -1e-9, "trial %zu: rest %g is outside", trial,
                          r->rest);
        }
        for (size_t k = 0; k < GRID; k++) {
            double a[2] = {-2.5 + 5. * (double)k / GRID, 0}, b[2] = {a[0] + 5. / GRID, 0};
            if (plane_acceleration(plane, a) * plane_acceleration(plane, b) >= 0)
                continue;
            size_t region = arm_plane_locate(plane, a), other = arm_plane_locate(plane, b);
            ck_assert_msg(plane->region[region].rest_inside || plane->region[other].rest_inside ||
                              region != other,
                          "trial %zu: no rest near %g", trial, a[0]);
        }
        arm_plane_free(plane);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- flow ---- */

/* exp(F) of the augmented 3 x 3 matrix by squaring its power series, in long double. */
static void exponential(const arm_flow *flow, double t, const double s[2], double to[2]) {
    const long double f[9] = {0,
                              t,
                              0,
                              flow->stiffness * (long double)t,
                              flow->damping * (long double)t,
                              flow->push * (long double)t,
                              0,
                              0,
                              0};
    long double e[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, term[9], next[9];
    enum { SQUARINGS = 12, TERMS = 14 };
    memcpy(term, e, sizeof e);
    for (int n = 1; n < TERMS; n++) {
        for (size_t i = 0; i < 9; i++) {
            next[i] = 0;
            for (size_t k = 0; k < 3; k++)
                next[i] += term[3 * (i / 3) + k] * f[3 * k + i % 3];
            next[i] /= (long double)n * (1 << SQUARINGS);
        }
        memcpy(term, next, sizeof next);
        for (size_t i = 0; i < 9; i++)
            e[i] += term[i];
    }
    for (int n = 0; n < SQUARINGS; n++) {
        for (size_t i = 0; i < 9; i++) {
            next[i] = 0;
            for (size_t k = 0; k < 3; k++)
                next[i] += e[3 * (i / 3) + k] * e[3 * k + i % 3];
        }
        memcpy(e, next, sizeof next);
    }
    for (size_t k = 0; k < 2; k++)
        to[k] = (double)(e[3 * k] * s[0] + e[3 * k + 1] * s[1] + e[3 * k + 2]);
}

START_TEST(flow_is_the_matrix_exponential) {
    gsl_rng *random = crease_random_new(15, 0);
    for (size_t trial = 0; trial < test_rounds(6000, 400000); trial++) {
        double a = gsl_ran_flat(random, -30, 10), k = gsl_ran_flat(random, -200, 50),
               t = gsl_ran_flat(random, 0, 1);
        switch (trial % 8) {
        case 0:
            k = 0;
            break;
        case 1:
            k = -a * a / 4; /* degenerate */
            break;
        case 2:
            k = -a * a / 4 * (1 + gsl_ran_flat(random, -1e-9, 1e-9));
            break;
        case 3:
            a = 0;
            break;
        case 4:
            a = k = 0;
            break;
        case 5:
            k *= 1e-10;
            break;
        case 6:
            t *= 1e-6;
            break;
        default:
            break;
        }
        const arm_flow flow = {k, a, gsl_ran_flat(random, -50, 50)};
        double s[2] = {gsl_ran_flat(random, -3, 3), gsl_ran_flat(random, -15, 15)}, got[2], wanted[2];
        arm_flow_at(&flow, t, s, got);
        exponential(&flow, t, s, wanted);
        /* the terms that may cancel */
        double growth = exp(t * fmax(0, a / 2 + sqrt(fmax(0, a * a / 4 + k))));
        double size = growth * (1 + (1 + fabs(k)) * fabs(s[0]) + fabs(a * s[1]) + fabs(flow.push));
        ck_assert_msg(fabs(got[0] - wanted[0]) + fabs(got[1] - wanted[1]) < 1e-13 * size,
                      "trial %zu, stiffness %g damping %g t %g: (%.15g, %.15g), not (%.15g, %.15g)", trial, k,
                      a, t, got[0], got[1], wanted[0], wanted[1]);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(small_times_keep_their_digits) {
    /* far below any cancellation: x = t^2 / 2 push to all digits */
    const arm_flow stiff = {-1e3, -1e3, 1}, saturated = {0, -4.24, 2};
    double to[2];
    arm_flow_at(&stiff, 1e-12, (const double[]){0, 0}, to);
    ck_assert_double_eq_tol(to[0], .5e-24 * (1 - 1e-9 / 3), 1e-39);
    arm_flow_at(&saturated, 1e-9, (const double[]){0, 0}, to);
    ck_assert_double_eq_tol(to[0], 1e-18 * (1 - 4.24e-9 / 3), 1e-33);
    /* a fast and a slow eigenvalue: after a second only the slow one is left, x -> -push / stiffness (1 -
     * e^{-t}) */
    const arm_flow split = {-1e6, -1e6 - 1, 1e6};
    arm_flow_at(&split, 1, (const double[]){0, 0}, to);
    ck_assert_double_eq_tol(to[0], 1 - exp(-1) * (1 + 1e-6 / (1 - 1e-6)), 1e-14);
}
END_TEST

START_TEST(crossings_are_the_earliest) {
    gsl_rng *random = crease_random_new(16, 0);
    enum { GRID = 400 };
    size_t crossed = 0;
    for (size_t trial = 0; trial < test_rounds(1200, 60000); trial++) {
        const arm_flow flow = {trial % 4 == 0 ? 0 : gsl_ran_flat(random, -300, 30),
                               trial % 5 == 0 ? 0 : gsl_ran_flat(random, -20, 3),
                               gsl_ran_flat(random, -50, 50)};
        double s[2] = {gsl_ran_flat(random, -3, 3), gsl_ran_flat(random, -9, 9)},
               angle = gsl_ran_flat(random, 0, 7);
        double n[2] = {cos(angle), sin(angle)}, to[2], until = 1;
        double d = n[0] * s[0] + n[1] * s[1] - gsl_ran_flat(random, 0, 3);
        double t = arm_flow_crossing(&flow, s, n, d, until);
        for (size_t i = 1; i <= GRID; i++) {
            double at = until * (double)i / GRID;
            arm_flow_at(&flow, at, s, to);
            double z = n[0] * to[0] + n[1] * to[1] - d;
            ck_assert_msg(at >= t || z >= -1e-10, "trial %zu: below 0 at %g, but the crossing is at %g",
                          trial, at, t);
        }
        if (t == HUGE_VAL)
            continue;
        crossed++;
        arm_flow_at(&flow, t, s, to);
        double z = n[0] * to[0] + n[1] * to[1] - d,
               slope = n[0] * to[1] + n[1] * (flow.stiffness * to[0] + flow.damping * to[1] + flow.push);
        ck_assert_msg(t > 0 && t <= until && fabs(z) < 1e-11 && slope < 1e-6,
                      "trial %zu: z = %g, slope %g at %g", trial, z, slope, t);
    }
    ck_assert_uint_gt(crossed, 200);
    gsl_rng_free(random);
}
END_TEST

START_TEST(crossings_in_special_cases) {
    const arm_flow still = {0, 0, 0}, fall = {0, 0, -2}, swing = {-1, 0, 0};
    const double rest[2] = {1, 0}, up[2] = {0, 1}, n[2] = {1, 0};
    ck_assert_double_eq(arm_flow_crossing(&still, rest, n, 0, 10), HUGE_VAL);
    /* starts on the line, rises, and comes back after v / (g / 2) = 1 */
    ck_assert_double_eq_tol(arm_flow_crossing(&fall, up, n, 0, 10), 1, 1e-15);
    ck_assert_double_eq(arm_flow_crossing(&fall, up, n, 0, .9), HUGE_VAL);
    /* on the line and leaving at once */
    ck_assert_double_eq(arm_flow_crossing(&fall, (const double[]){0, -1}, n, 0, 10), 0);
    /* a swing of amplitude 1 that touches -1 and never crosses it, and one that crosses 0 after a quarter */
    ck_assert_double_eq(arm_flow_crossing(&swing, rest, n, -1.0000001, 100), HUGE_VAL);
    ck_assert_double_eq_tol(arm_flow_crossing(&swing, rest, n, 0, 100), M_PI / 2, 1e-14);
}
END_TEST

/* ---- motions ---- */

START_TEST(motion_of_the_reference_state) {
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_plane *plane = plane_cut(&plant, law, 1.5, 3, 15);
    arm_plane_motion motion;
    ck_assert_int_eq(arm_plane_move(plane, (const double[]){-1.5, 0}, .6, &motion, NULL), CREASE_OK);
    ck_assert_double_eq_tol(1.5 + motion.s[0], 1.62954021131941, 2e-14);
    ck_assert_double_eq_tol(motion.s[1], 0.160171468738569, 2e-14);
    ck_assert_uint_eq(motion.crossing_count, 5);
    arm_plane_motion_clear(&motion);
    arm_plane_free(plane);
    crease_net_free(law);
}
END_TEST

/* Between crossings a motion keeps to its region; the whole of it agrees with an integrator that knows no
 * regions. */
static void check_motion(const arm_plane *plane, const double s[2], size_t trial) {
    enum { POINTS = 60 };
    arm_plane_motion motion;
    crease_error error = {0};
    double time = 1, at[2];
    ck_assert_msg(arm_plane_move(plane, s, time, &motion, &error) == CREASE_OK, "trial %zu: %s", trial,
                  error.message);
    for (size_t i = 0; i <= POINTS; i++) {
        double t = motion.t * (double)i / POINTS;
        size_t region = motion.crossing_count ? motion.crossing[0].from : motion.region;
        for (size_t k = 0; k < motion.crossing_count && motion.crossing[k].t <= t; k++)
            region = motion.crossing[k].to;
        arm_plane_motion_at(plane, &motion, s, t, at);
        ck_assert_msg(region == plane->count || plane_depth_of(plane, region, at) > -1e-9,
                      "trial %zu: at %g the motion has left region %zu by %g", trial, t, region,
                      plane_depth_of(plane, region, at));
    }
    for (size_t k = 0; k + 1 < motion.crossing_count; k++)
        ck_assert_uint_eq(motion.crossing[k].to, motion.crossing[k + 1].from);
    if (motion.region < plane->count)
        ck_assert_double_eq(motion.t, time);
    arm_plane_motion_clear(&motion);
}

typedef struct by_law {
    const arm_plane *plane;
    crease_work *work;
} by_law;

static int field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const by_law *law = context;
    double u;
    (void)t;
    (void)above;
    crease_net_evaluate(law->plane->law, NULL, law->work, 1, y, &u);
    dydt[0] = y[1];
    dydt[1] = (u - law->plane->plant.friction * y[1]) / law->plane->plant.inertia;
    return 0;
}

static void compare_with_integrator(const arm_plane *plane, const double s[2], size_t trial) {
    arm_plane_motion motion;
    by_law context = {.plane = plane};
    crease_ode *ode;
    crease_ode_end end;
    crease_error error = {0};
    ck_assert_int_eq(arm_plane_move(plane, s, 1, &motion, NULL), CREASE_OK);
    ck_assert_int_eq(crease_work_new(plane->law, &context.work, NULL), CREASE_OK);
    const crease_ode_system system = {.dimension = 2, .field = field, .context = &context};
    const crease_ode_options options = {.method = CREASE_ODE_RKF45, .tolerance = 1e-11};
    ck_assert_int_eq(crease_ode_new(&system, &options, 0, s, &ode, NULL), CREASE_OK);
    ck_assert_msg(motion.t == 0 || crease_ode_advance(ode, motion.t, &end, &error) == CREASE_OK, "%s",
                  error.message);
    const double *y = crease_ode_state(ode);
    double off = fabs(y[0] - motion.s[0]) + fabs(y[1] - motion.s[1]);
    ck_assert_msg(off < 1e-7 * (1 + fabs(y[0]) + fabs(y[1])),
                  "trial %zu: (%.12g, %.12g), integrated (%.12g, %.12g)", trial, motion.s[0], motion.s[1],
                  y[0], y[1]);
    crease_ode_free(ode);
    crease_work_free(context.work);
    arm_plane_motion_clear(&motion);
}

START_TEST(motions_leave_regions_only_through_crossings) {
    gsl_rng *random = crease_random_new(17, 0);
    for (size_t trial = 0; trial < test_rounds(28, 490); trial++) {
        arm_plant plant = plane_elbow(false);
        crease_net *law = plane_random_law(random, trial);
        arm_plane *plane = plane_cut(&plant, law, 0, 2, 8);
        for (size_t k = 0; k < 10; k++) {
            double s[2];
            plane_place(random, plane, s);
            check_motion(plane, s, trial);
            if (k == 0)
                compare_with_integrator(plane, s, trial);
        }
        arm_plane_free(plane);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(starts_on_edges_and_corners) {
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_plane *plane = plane_cut(&plant, law, 1.5, 3, 15);
    for (size_t i = 0; i < plane->count; i++) {
        const crease_region *polygon = plane->region[i].polygon;
        for (size_t k = 0; k < polygon->vertex_count; k++) {
            const double *p = polygon->vertex + 2 * k,
                         *q = polygon->vertex + 2 * ((k + 1) % polygon->vertex_count);
            const double middle[2] = {(p[0] + q[0]) / 2, (p[1] + q[1]) / 2};
            check_motion(plane, p, i);
            check_motion(plane, middle, i);
            compare_with_integrator(plane, p, i);
        }
    }
    check_motion(plane, (const double[]){0, 0}, 0);
    arm_plane_free(plane);
    crease_net_free(law);
}
END_TEST

START_TEST(paths_with_gravity_and_without) {
    crease_net *law = plane_example();
    for (size_t gravity = 0; gravity < 2; gravity++) {
        arm_plant plant = plane_elbow(gravity == 1);
        arm_plane *plane = plane_cut(&plant, law, 1.5, 3, 15);
        arm_path path;
        ck_assert_int_eq(arm_path_new(plane, (const double[]){-1.5, 0}, .6, 7, &path, NULL), CREASE_OK);
        ck_assert_uint_eq(path.count, 7);
        /* section 3's states */
        ck_assert_double_eq_tol(1.5 + path.x[6], gravity ? 1.449072518548371 : 1.62954021131941, 1e-7);
        ck_assert_double_eq_tol(path.w[6], gravity ? -0.4462641615942786 : 0.160171468738569, 1e-6);
        ck_assert_double_eq(path.u[0], 40);
        arm_path_clear(&path);
        ck_assert_int_eq(arm_path_new(plane, (const double[]){2.9, 14}, 1, 50, &path, NULL), CREASE_OK);
        ck_assert(path.left && path.count < 50);
        arm_path_clear(&path);
        arm_plane_free(plane);
    }
    crease_net_free(law);
}
END_TEST

START_TEST(what_is_refused) {
    crease_error error;
    arm_plant plant = plane_elbow(false), heavy = plane_elbow(true);
    crease_net *law = plane_example(), *curved = pieces_net("tanh:2", 2, 1, NULL),
               *wide = pieces_net("relu:2", 3, 1, NULL);
    arm_plane *plane;
    arm_plane_motion motion;
    crease_number *low = pieces_numbers(2, (const double[]){-1, 0}),
                  *high = pieces_numbers(2, (const double[]){1, 0});
    ck_assert_int_eq(arm_plane_new(&plant, law, 0, low, high, NULL, &plane, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(plane);
    ck_assert_int_eq(arm_plane_new(&plant, curved, 0, low, high, NULL, &plane, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_plane_new(&plant, wide, 0, low, high, NULL, &plane, &error), CREASE_BAD_ARGUMENT);
    pieces_numbers_free(low, 2);
    pieces_numbers_free(high, 2);
    plane = plane_cut(&plant, law, 0, 1, 1);
    ck_assert_int_eq(arm_plane_move(plane, (const double[]){2, 0}, 1, &motion, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_plane_move(plane, (const double[]){NAN, 0}, 1, &motion, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_plane_move(plane, (const double[]){0, 0}, NAN, &motion, &error),
                     CREASE_BAD_ARGUMENT);
    arm_plane_free(plane);
    plane = plane_cut(&heavy, law, 0, 1, 1);
    ck_assert_int_eq(arm_plane_move(plane, (const double[]){0, 0}, 1, &motion, &error), CREASE_BAD_ARGUMENT);
    arm_plane_free(plane);
    arm_plane_free(NULL);
    crease_net_free(law);
    crease_net_free(curved);
    crease_net_free(wide);
}
END_TEST

Suite *test_arm_plane(void) {
    Suite *suite = suite_create("arm_plane");
    TCase *tcase = tcase_create("plane");
    tcase_add_test(tcase, regions_of_the_table);
    tcase_add_test(tcase, random_laws_are_cut_without_gaps);
    tcase_add_test(tcase, a_limit_is_exactly_a_clip);
    tcase_add_test(tcase, eigenvalues_by_another_method);
    tcase_add_test(tcase, rest_points_by_a_grid);
    tcase_add_test(tcase, flow_is_the_matrix_exponential);
    tcase_add_test(tcase, small_times_keep_their_digits);
    tcase_add_test(tcase, crossings_are_the_earliest);
    tcase_add_test(tcase, crossings_in_special_cases);
    tcase_add_test(tcase, motion_of_the_reference_state);
    tcase_add_test(tcase, motions_leave_regions_only_through_crossings);
    tcase_add_test(tcase, starts_on_edges_and_corners);
    tcase_add_test(tcase, paths_with_gravity_and_without);
    tcase_add_test(tcase, what_is_refused);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
