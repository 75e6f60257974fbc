/* Pictures: every ending is drawn, the script that stays draws the same picture again, text of any kind is
 * inert, and a failure leaves nothing behind. */
#include "crease/plot.h"
#include "support/run.h"
#include "support/suites.h"
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POINTS = 40 };

static void must(crease_status status, const crease_error *error) {
    ck_assert_msg(status == CREASE_OK, "%s", error->message);
}

static crease_plot *figure_fit(const char *text, size_t rows) {
    crease_error error = {0};
    crease_plot *plot = NULL;
    double x[POINTS], y[POINTS], residual[POINTS], kink[2] = {0.5, 0.75}, standard_error[2] = {0.01, NAN};
    for (size_t i = 0; i < POINTS; i++) {
        x[i] = (double)i / (POINTS - 1);
        y[i] = fabs(x[i] - 0.5);
        residual[i] = i % 2 ? 0.01 : -0.01;
    }
    must(crease_plot_new("fit", &plot, &error), &error);
    must(crease_plot_set_number(plot, "inputs", 1, &error), &error);
    must(crease_plot_set_text(plot, "title_text", text, &error), &error);
    must(crease_plot_set_text(plot, "x_label", text, &error), &error);
    must(crease_plot_set_text(plot, "y_label", text, &error), &error);
    must(crease_plot_set_text(plot, "fit_label", text, &error), &error);
    must(crease_plot_set_text(plot, "family", "relu", &error), &error);
    must(crease_plot_add_data(plot, "data", rows, 3, (const double *const[]){x, y, residual}, &error),
         &error);
    must(crease_plot_add_data(plot, "curve", rows, 2, (const double *const[]){x, y}, &error), &error);
    must(crease_plot_add_data(plot, "kinks", rows ? 2 : 0, 2, (const double *const[]){kink, standard_error},
                              &error),
         &error);
    return plot;
}

static crease_plot *figure_compare(size_t networks, double inputs, size_t rows) {
    static const char *const family[] = {"relu", "tanh",  "sigmoid", "hybrid",
                                         "relu", "leaky", "smooth",  "unheard-of"};
    crease_error error = {0};
    crease_plot *plot = NULL;
    double x[POINTS], y[POINTS];
    must(crease_plot_new("compare", &plot, &error), &error);
    must(crease_plot_set_number(plot, "inputs", inputs, &error), &error);
    must(crease_plot_set_number(plot, "networks", (double)networks, &error), &error);
    for (size_t k = 0; k < networks; k++) {
        char name[32];
        snprintf(name, sizeof name, "label_%zu", k + 1);
        must(crease_plot_set_text(plot, name, "affine+relu:2, RMSE 0.0123", &error), &error);
        snprintf(name, sizeof name, "family_%zu", k + 1);
        must(crease_plot_set_text(plot, name, family[k % 8], &error), &error);
        for (size_t i = 0; i < POINTS; i++) {
            x[i] = (double)i;
            y[i] = sin((double)(i * (k + 1)) / 9);
        }
        must(crease_plot_add_data(plot, "fit", rows, 2, (const double *const[]){x, y}, &error), &error);
        must(crease_plot_add_data(plot, "residual", rows, 2, (const double *const[]){x, y}, &error), &error);
    }
    must(crease_plot_add_data(plot, "data", rows, 2, (const double *const[]){x, y}, &error), &error);
    return plot;
}

static void draw(const crease_plot *plot, const char *folder, const char *name) {
    crease_error error = {0};
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    must(crease_plot_draw(plot, path, &error), &error);
}

/* Contents of a file (free), with a 0 behind. */
static char *contents(const char *folder, const char *name, size_t *size) {
    char path[600];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_int_eq(fstat(fileno(file), &about), 0);
    *size = (size_t)about.st_size;
    char *text = calloc(*size + 1, 1);
    ck_assert_uint_eq(fread(text, 1, *size, file), *size);
    fclose(file);
    return text;
}

static size_t count_files(const char *folder) {
    size_t count = 0;
    DIR *open = opendir(folder);
    ck_assert_ptr_nonnull(open);
    for (struct dirent *entry; (entry = readdir(open));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(open);
    return count;
}

static void assert_starts(const char *folder, const char *name, const char *magic) {
    size_t size;
    char *text = contents(folder, name, &size);
    ck_assert_msg(size > 1000, "%s has only %zu bytes", name, size);
    ck_assert_msg(memcmp(text, magic, strlen(magic)) == 0, "%s does not begin as it must", name);
    free(text);
}

START_TEST(every_ending_is_drawn) {
    char *folder = run_folder_new();
    crease_plot *plot = figure_fit("plain", POINTS);
    draw(plot, folder, "a.png");
    draw(plot, folder, "b.svg");
    draw(plot, folder, "c.pdf");
    draw(plot, folder, "d.html");
    draw(plot, folder, "e.PNG");
    assert_starts(folder, "a.png", "\x89PNG");
    assert_starts(folder, "b.svg", "<?xml");
    assert_starts(folder, "c.pdf", "%PDF");
    assert_starts(folder, "d.html", "<!DOCTYPE html>");
    assert_starts(folder, "e.PNG", "\x89PNG");
    ck_assert_uint_eq(count_files(folder), 10); /* each with its script, and nothing else */
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

/* The page must not need any other file: every reference in it is one to itself, and its program is inside.
 */
START_TEST(html_is_one_file) {
    char *folder = run_folder_new();
    crease_plot *plot = figure_fit("plain", POINTS);
    size_t size;
    draw(plot, folder, "page.html");
    char *text = contents(folder, "page.html", &size);
    ck_assert_ptr_null(strstr(text, "<?xml"));
    ck_assert_ptr_null(strstr(text, "src="));
    for (const char *p = text; (p = strstr(p, "href="));) {
        p += strlen("href=");
        ck_assert_msg(p[1] == '#' || strncmp(p + 1, "data:", 5) == 0, "a reference to elsewhere: %.60s", p);
    }
    ck_assert_ptr_nonnull(strstr(text, "gnuplot_svg"));
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    ck_assert_ptr_nonnull(strstr(text, "</html>"));
    free(text);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

/* Values can be read off in a picture of one panel only: gnuplot's program knows one pair of axes. */
START_TEST(html_reads_off_one_panel) {
    static const char hidden[] = "#coord_text { display: none }";
    char *folder = run_folder_new();
    for (size_t i = 0; i < 2; i++) {
        crease_plot *plot = i ? figure_compare(3, 1, POINTS) : figure_fit("plain", POINTS);
        size_t size;
        draw(plot, folder, "page.html");
        char *text = contents(folder, "page.html", &size);
        size_t panels = 0;
        for (const char *p = text; (p = strstr(p, "_plot_1")) != NULL; p += 7) /* 1a, 1b, ... */
            panels = p[7] >= 'a' && p[7] <= 'z' && (size_t)(p[7] - 'a' + 1) > panels
                         ? (size_t)(p[7] - 'a' + 1)
                         : panels;
        ck_assert_msg((strstr(text, hidden) != NULL) == (panels > 1), "figure %zu: %zu panels", i, panels);
        ck_assert(i == 0 || panels > 1);
        free(text);
        crease_plot_free(plot);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(sizes) {
    crease_plot *plot = figure_fit("plain", POINTS);
    crease_error error;
    char *folder = run_folder_new();
    size_t size;
    ck_assert_int_eq(crease_plot_set_size(plot, 0, 5, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_plot_set_size(plot, 5, NAN, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_plot_set_size(plot, 8, 6, &error), CREASE_OK);
    draw(plot, folder, "small.svg");
    char *text = contents(folder, "small.svg", &size);
    ck_assert_ptr_nonnull(strstr(text, "width=\"400\" height=\"300\""));
    free(text);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(script_draws_the_same_again) {
    static const char *const name[] = {"a.png", "b.svg"};
    char *folder = run_folder_new();
    for (size_t i = 0; i < 2; i++) {
        crease_plot *plot = i ? figure_compare(3, 1, POINTS) : figure_fit("it's <b> & 50%", POINTS);
        draw(plot, folder, name[i]);
        crease_plot_free(plot);
        char script[8];
        snprintf(script, sizeof script, "%.1s.gp", name[i]);
        run_result result = run_shell(
            "mv '%s/%s' '%s/first' && cd / && gnuplot '%s/%s' && cmp '%s/first' '%s/%s' && cd '%s' && "
            "rm %s && gnuplot %s && cmp first %s",
            folder, name[i], folder, folder, script, folder, folder, name[i], folder, name[i], script,
            name[i]);
        ck_assert_msg(result.exit_code == 0, "%s: %s%s", name[i], result.out, result.err);
        run_clear(&result);
    }
    run_folder_remove(folder);
}
END_TEST

static const char *const hostile[] = {
    "`touch x`",
    "'`touch x`'",
    "\"`touch x`\"",
    "' . system('touch x') . '",
    "'; system 'touch x'; a='",
    "'\nsystem 'touch x'\n'",
    "$(touch x)",
    "'@family' it's @family @x_label @title_text' . system('touch x') . '",
    "@macro \\' \\\" \\n",
    "%s %n %d %f 50%",
    "{/Bold a}_b^c &{x} @^2 ~a{b}",
    "]]> <script>alert(1)</script> <!-- & &amp;",
    "\xce\xb1\xce\xb2 \xf0\x9f\x98\x80 \xff\xfe \xc0\xaf \xed\xa0\x80",
    "a\tb\rc\x01 d\x7f",
    "EOD\nEOD\n$data << EOD",
    "#  no comment",
    "",
};

START_TEST(hostile_text_is_inert) {
    char *folder = run_folder_new();
    char *here = getcwd(NULL, 0);
    ck_assert_int_eq(chdir(folder), 0);
    size_t size;
    crease_plot *plot = figure_fit(hostile[_i], POINTS);
    draw(plot, folder, "a.svg");
    char *svg = contents(folder, "a.svg", &size);
    ck_assert_ptr_null(strstr(svg, "<script"));
    ck_assert_ptr_null(strstr(svg, "]]>"));
    for (size_t i = 0; i < size; i++)
        ck_assert_msg((unsigned char)svg[i] >= 0x20 || strchr("\n\t", svg[i]),
                      "control character in the SVG");
    free(svg);
    ck_assert_uint_eq(count_files(folder), 2); /* a.svg, a.gp: no x */
    ck_assert_int_eq(chdir(here), 0);
    free(here);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

/* What stands in the picture is the text itself. */
START_TEST(text_is_drawn_as_it_is) {
    static const char *const wanted[] = {"'`touch x` $(touch x) 'q' '' @family a_b^c {d} 50% \xce\xb1 \\n"};
    char *folder = run_folder_new();
    size_t size;
    crease_plot *plot = figure_fit(wanted[0], POINTS);
    draw(plot, folder, "a.svg");
    char *svg = contents(folder, "a.svg", &size);
    ck_assert_msg(strstr(svg, wanted[0]) != NULL, "the text has changed on its way");
    free(svg);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(very_long_text) {
    char *folder = run_folder_new();
    char *text = malloc(100001);
    for (size_t step = 1; step <= 3; step++) { /* only quotes, then every second, every third */
        for (size_t i = 0; i < 100000; i++)
            text[i] = i % step == 0 ? '\'' : 'a';
        text[100000] = '\0';
        crease_plot *plot = figure_fit(text, POINTS);
        draw(plot, folder, "a.svg");
        crease_plot_free(plot);
    }
    free(text);
    run_folder_remove(folder);
}
END_TEST

START_TEST(hostile_file_names) {
    static const char *const name[] = {"it's.svg",  "|touch x.svg", "`touch x`.svg", "$(touch x).svg",
                                       "~root.svg", "-e.svg",       "a b.svg",       "\xce\xb1\xff.svg",
                                       "a.gp.svg",  "\".svg",       "<touch x.svg",  "messages.svg",
                                       "''a.svg",   "@family'.svg"};
    char *folder = run_folder_new();
    char *here = getcwd(NULL, 0);
    ck_assert_int_eq(chdir(folder), 0);
    crease_error error = {0};
    crease_plot *plot = figure_fit("plain", POINTS);
    must(crease_plot_draw(plot, name[_i], &error), &error); /* in the working folder */
    assert_starts(folder, name[_i], "<?xml");
    ck_assert_uint_eq(count_files(folder), 2);
    ck_assert_int_eq(unlink(name[_i]), 0);
    char script[64];
    snprintf(script, sizeof script, "./%.*s.gp", (int)(strlen(name[_i]) - 4), name[_i]);
    const char *const argv[] = {"gnuplot", script, NULL};
    run_result again = run_program(NULL, argv);
    ck_assert_msg(again.exit_code == 0, "%s", again.err);
    run_clear(&again);
    assert_starts(folder, name[_i], "<?xml");
    ck_assert_uint_eq(count_files(folder), 2);
    ck_assert_int_eq(chdir(here), 0);
    free(here);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(networks_and_inputs) {
    static const size_t networks[] = {1, 8, 12};
    char *folder = run_folder_new();
    for (size_t i = 0; i < 3; i++)
        for (int inputs = 1; inputs <= 2; inputs++) {
            crease_plot *plot = figure_compare(networks[i], inputs, POINTS);
            draw(plot, folder, "a.svg");
            size_t size, labels = 0;
            char *svg = contents(folder, "a.svg", &size);
            for (const char *p = svg; (p = strstr(p, "RMSE 0.0123")); p++)
                labels++;
            ck_assert_uint_eq(labels, networks[i]); /* each in the legend, once */
            free(svg);
            crease_plot_free(plot);
        }
    run_folder_remove(folder);
}
END_TEST

START_TEST(empty_and_constant_data) {
    char *folder = run_folder_new();
    for (size_t rows = 0; rows <= 1; rows++) {
        crease_plot *fit = figure_fit("empty", rows), *compare = figure_compare(2, 1, rows);
        draw(fit, folder, "fit.svg");
        draw(compare, folder, "compare.svg");
        crease_plot_free(fit);
        crease_plot_free(compare);
        compare = figure_compare(2, 2, rows);
        draw(compare, folder, "compare.svg");
        crease_plot_free(compare);
    }
    run_folder_remove(folder);
}
END_TEST

/* The numbers in the script are those handed over; what is no number is NaN; a second part follows two blank
 * lines. */
START_TEST(data_blocks_hold_the_numbers) {
    char *folder = run_folder_new();
    crease_error error = {0};
    const double a[] = {1.0 / 3, NAN, -INFINITY}, b[] = {-2.5e-300, 1e300, 7};
    crease_plot *plot = figure_fit("plain", POINTS);
    must(crease_plot_add_data(plot, "extra", 3, 2, (const double *const[]){a, b}, &error), &error);
    must(crease_plot_add_data(plot, "extra", 0, 2, (const double *const[]){a, b}, &error), &error);
    must(crease_plot_add_data(plot, "extra", 1, 2, (const double *const[]){b, a}, &error), &error);
    must(crease_plot_set_number(plot, "third", 1.0 / 3, &error), &error);
    draw(plot, folder, "a.svg");
    size_t size;
    char *script = contents(folder, "a.gp", &size);
    ck_assert_ptr_nonnull(strstr(script,
                                 "\n$extra << EOD\n0.333333333333 -2.5e-300\nNaN 1e+300\nNaN 7\n\n\nNaN NaN\n"
                                 "\n\n-2.5e-300 0.333333333333\nEOD\n"));
    const char *third = strstr(script, "third = 1.0 * ");
    ck_assert_ptr_nonnull(third);
    ck_assert_double_eq_tol(strtod(third + strlen("third = 1.0 * "), NULL), 1.0 / 3, 1e-16);
    free(script);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(wrong_names_are_refused) {
    static const char *const name[] = {"", "1a", "a b", "a;b", "a'", "$a", "a\n"};
    crease_error error = {0};
    crease_plot *plot = NULL;
    ck_assert_int_eq(crease_plot_new("no-such-figure", &plot, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "no-such-figure"));
    ck_assert_ptr_null(plot);
    ck_assert_int_eq(crease_plot_new("style", &plot, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_plot_new("../plots/fit", &plot, NULL), CREASE_BAD_ARGUMENT);
    plot = figure_fit("plain", POINTS);
    const double x[] = {1};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        ck_assert_int_eq(crease_plot_set_text(plot, name[i], "t", &error), CREASE_BAD_ARGUMENT);
        ck_assert_int_eq(crease_plot_set_number(plot, name[i], 1, &error), CREASE_BAD_ARGUMENT);
        ck_assert_int_eq(crease_plot_add_data(plot, name[i], 1, 1, (const double *const[]){x}, &error),
                         CREASE_BAD_ARGUMENT);
    }
    ck_assert_int_eq(crease_plot_add_data(plot, "none", 1, 0, NULL, &error), CREASE_BAD_ARGUMENT);
    crease_plot_free(plot);
    crease_plot_free(NULL);
}
END_TEST

START_TEST(failures_leave_nothing) {
    char *folder = run_folder_new();
    char path[600];
    crease_error error = {0};
    size_t size;
    crease_plot *plot = figure_fit("plain", POINTS), *broken = NULL;
    static const char *const ending[] = {"a", "a.", "a.bmp", ".png", "a.png/", "a\nb.png", "png", ""};
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, ending[i]);
        ck_assert_msg(crease_plot_draw(plot, path, &error) == CREASE_BAD_ARGUMENT, "'%s' was taken",
                      ending[i]);
    }
    snprintf(path, sizeof path, "%s/no/folder/a.png", folder);
    ck_assert_int_eq(crease_plot_draw(plot, path, &error), CREASE_CANNOT_WRITE);
    ck_assert_ptr_nonnull(strstr(error.message, path));
    ck_assert_int_eq(crease_plot_draw(plot, "/proc/a.png", &error), CREASE_CANNOT_WRITE);
    snprintf(path, sizeof path, "%s/%0255d.png", folder, 0);
    ck_assert_int_eq(crease_plot_draw(plot, path, &error), CREASE_CANNOT_WRITE);
    ck_assert_uint_eq(count_files(folder), 0);

    snprintf(path, sizeof path, "%s/folder.png", folder);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    ck_assert_int_eq(crease_plot_draw(plot, path, &error), CREASE_CANNOT_WRITE);
    ck_assert_uint_eq(count_files(folder), 1);

    /* a figure that gnuplot refuses: the message is gnuplot's, the old picture stays */
    draw(plot, folder, "old.png");
    char *before = contents(folder, "old.png", &size);
    must(crease_plot_new("fit", &broken, &error), &error);
    snprintf(path, sizeof path, "%s/old.png", folder);
    ck_assert_int_eq(crease_plot_draw(broken, path, &error), CREASE_INTERNAL);
    ck_assert_msg(strstr(error.message, "inputs") != NULL, "%s", error.message);
    size_t size_after;
    char *after = contents(folder, "old.png", &size_after);
    ck_assert_uint_eq(size, size_after);
    ck_assert_mem_eq(before, after, size);
    ck_assert_uint_eq(count_files(folder), 3);
    free(before);
    free(after);
    crease_plot_free(broken);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(without_gnuplot) {
    char *folder = run_folder_new();
    char path[600];
    crease_error error = {0};
    crease_plot *plot = figure_fit("plain", POINTS);
    char *search = strdup(getenv("PATH"));
    setenv("PATH", folder, 1);
    snprintf(path, sizeof path, "%s/a.png", folder);
    ck_assert_int_eq(crease_plot_draw(plot, path, &error), CREASE_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(error.message, "gnuplot-nox"));
    setenv("PATH", search, 1);
    free(search);
    ck_assert_uint_eq(count_files(folder), 0);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

/* Ctrl-C reaches all of the terminal's process group. gnuplot is not in it, so a picture that was begun is drawn. */
START_TEST(gnuplot_is_out_of_reach_of_the_terminal) {
    char *folder = run_folder_new();
    char path[600];
    crease_error error = {0};
    crease_plot *plot = figure_fit("plain", POINTS);
    snprintf(path, sizeof path, "%s/gnuplot", folder);
    FILE *fake = fopen(path, "w");
    ck_assert_ptr_nonnull(fake);
    fprintf(fake, "#!/bin/sh\ncut -d ' ' -f 5 /proc/$$/stat > %s/group\nexit 1\n", folder);
    fclose(fake);
    ck_assert_int_eq(chmod(path, 0755), 0);
    char *search = strdup(getenv("PATH")), *with_fake = malloc(strlen(folder) + strlen(search) + 2);
    sprintf(with_fake, "%s:%s", folder, search);
    setenv("PATH", with_fake, 1);
    snprintf(path, sizeof path, "%s/a.png", folder);
    ck_assert_int_eq(crease_plot_draw(plot, path, &error), CREASE_INTERNAL);
    setenv("PATH", search, 1);
    size_t size;
    char *group = contents(folder, "group", &size);
    ck_assert_int_gt(atoi(group), 0);
    ck_assert_int_ne(atoi(group), getpgrp());
    free(group);
    free(search);
    free(with_fake);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

START_TEST(terminal) {
    char *folder = run_folder_new();
    char path[600];
    crease_error error = {0};
    size_t size, lines = 0, width = 0;
    snprintf(path, sizeof path, "%s/out", folder);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO), out = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(dup2(out, STDOUT_FILENO), 0);
    crease_plot *plot = figure_fit("the title", POINTS);
    crease_status status = crease_plot_draw(plot, "-", &error);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(out);
    must(status, &error);
    char *text = contents(folder, "out", &size);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        size_t columns = 0;
        for (const char *p = line; *p; p++)
            columns += ((unsigned char)*p & 0xC0) != 0x80; /* characters of UTF-8 */
        lines++;
        width = columns > width ? columns : width;
        ck_assert_ptr_null(strchr(line, '\f'));
        ck_assert_ptr_null(strchr(line, '\033'));
    }
    ck_assert_uint_le(lines, 24);
    ck_assert_uint_ge(lines, 20);
    ck_assert_uint_le(width, 80);
    free(text);
    crease_plot_free(plot);
    ck_assert_uint_eq(count_files(folder), 1);
    run_folder_remove(folder);
}
END_TEST

/* A reader that goes away ends the program, and still nothing stays. */
START_TEST(terminal_closed) {
    char *folder = run_folder_new();
    int ends[2], state;
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    crease_plot *plot = figure_fit("plain", POINTS);
    pid_t child = fork();
    if (child == 0) {
        setenv("TMPDIR", folder, 1);
        dup2(ends[1], STDOUT_FILENO);
        _exit(crease_plot_draw(plot, "-", NULL) == CREASE_OK);
    }
    close(ends[1]);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert(WIFSIGNALED(state) && WTERMSIG(state) == SIGPIPE);
    ck_assert_uint_eq(count_files(folder), 0);
    crease_plot_free(plot);
    run_folder_remove(folder);
}
END_TEST

Suite *test_plot(void) {
    Suite *suite = suite_create("plot");
    TCase *tcase = tcase_create("pictures");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_ending_is_drawn);
    tcase_add_test(tcase, html_is_one_file);
    tcase_add_test(tcase, html_reads_off_one_panel);
    tcase_add_test(tcase, sizes);
    tcase_add_test(tcase, script_draws_the_same_again);
    tcase_add_loop_test(tcase, hostile_text_is_inert, 0, (int)(sizeof hostile / sizeof hostile[0]));
    tcase_add_test(tcase, text_is_drawn_as_it_is);
    tcase_add_test(tcase, very_long_text);
    tcase_add_loop_test(tcase, hostile_file_names, 0, 14);
    tcase_add_test(tcase, networks_and_inputs);
    tcase_add_test(tcase, empty_and_constant_data);
    tcase_add_test(tcase, data_blocks_hold_the_numbers);
    tcase_add_test(tcase, wrong_names_are_refused);
    tcase_add_test(tcase, failures_leave_nothing);
    tcase_add_test(tcase, without_gnuplot);
    tcase_add_test(tcase, gnuplot_is_out_of_reach_of_the_terminal);
    tcase_add_test(tcase, terminal);
    tcase_add_test(tcase, terminal_closed);
    suite_add_tcase(suite, tcase);
    return suite;
}
