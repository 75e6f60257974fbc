/* Mosaic: numbers of regions by hand, polygons that tile the square, Euler's formula on them, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>

/* a cell of the table, row by row; text by its words */
static double cell(const lab_run *run, size_t row, size_t column) {
    return run->cell[row * run->columns + column].number;
}

/* 9 units: 3, 6, 9 in one layer: 1 + n + n (n - 1) / 2; of two layers of 4: (1 + 4 + 6)^2, floor(4/2)^2 11; of three of
 * one unit: 2^3 is cut to 1 + 1 + 1 + 1 = 4, since a line that is off leaves nothing to the next */
START_TEST(counts_and_verdict) {
    lab_run *run = lab_under_test("mosaic", "units=9,nets=3", 1, false);
    ck_assert_msg(run->verdict == LAB_CONFIRMED_WITH_LIMITS, "%s", run->sentence[0]);
    const double one[] = {7, 22, 46};
    for (size_t k = 0; k < 3; k++)
        for (size_t column = 1; column <= 5; column++)
            ck_assert_double_eq(cell(run, k, column), one[k]);
    ck_assert_double_eq(cell(run, 5, 3), 121);
    ck_assert_double_eq(cell(run, 5, 4), 44);
    ck_assert_double_eq(cell(run, 5, 5), 37);
    ck_assert_double_eq(cell(run, 6, 3), 4);
    for (size_t row = 3; row < 9; row++)
        ck_assert_double_le(cell(run, row, 2), cell(run, row, 3));
    lab_run_free(run);
}
END_TEST

typedef struct point {
    double x, y;
} point;

static int by_place(const void *a, const void *b) {
    const point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

/* different points among n, a rounding apart being the same */
static size_t different(point *p, size_t n) {
    size_t count = 0;
    qsort(p, n, sizeof *p, by_place);
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = hypot(p[i].x - p[j].x, p[i].y - p[j].y) < 1e-12;
        count += !seen;
    }
    return count;
}

/* Lines through the whole square: no corner lies inside an edge, so corners - edges + polygons = 1, where edges are told
 * apart by their middles. */
START_TEST(polygons_tile_the_square) {
    enum { MOST = 1000 };
    for (uint64_t seed = 1; seed <= test_cases(1, 30); seed++) {
        lab_run *run = lab_under_test("mosaic", "units=9,nets=1", seed, false);
        point corner[MOST], middle[MOST];
        size_t n = 0, polygons = 0;
        double area = 0;
        for (size_t i = 0; i < run->series && run->drawn[i].panel == 0; i++, polygons++) {
            const double *x = run->drawn[i].column[0], *y = run->drawn[i].column[1];
            for (size_t k = 0; k + 1 < run->drawn[i].n; k++, n++) {
                ck_assert_uint_lt(n, MOST);
                corner[n] = (point){x[k], y[k]};
                middle[n] = (point){(x[k] + x[k + 1]) / 2, (y[k] + y[k + 1]) / 2};
                area += (x[k] * y[k + 1] - x[k + 1] * y[k]) / 2;
            }
        }
        ck_assert_double_eq_tol(area, 16, 1e-12);
        ck_assert_msg(different(corner, n) + polygons == different(middle, n) + 1, "seed %zu", (size_t)seed);
        lab_run_free(run);
    }
}
END_TEST

START_TEST(falsified) {
    lab_run *run = lab_under_test("mosaic", "units=9,nets=1", 1, true);
    ck_assert_msg(run->verdict == LAB_REFUTED, "%s", run->sentence[0]);
    lab_run_free(run);
}
END_TEST

Suite *test_lab_mosaic(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, counts_and_verdict);
    tcase_add_test(tests, polygons_tile_the_square);
    tcase_add_test(tests, falsified);
    Suite *suite = suite_create("test_lab_mosaic");
    suite_add_tcase(suite, tests);
    return suite;
}
