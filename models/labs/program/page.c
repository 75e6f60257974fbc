/* A run as a section of an HTML page. A picture is gnuplot's own page for one panel, in a frame of its own, so that the
 * programs in several pictures do not meet; one panel a picture, since reading off values works in one only. */
#include "crease/app.h"
#include "labs/program/program.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_escaped(FILE *page, const char *text) {
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", page);
            break;
        case '<':
            fputs("&lt;", page);
            break;
        case '>':
            fputs("&gt;", page);
            break;
        case '"':
            fputs("&quot;", page);
            break;
        default:
            putc(*text, page);
        }
}

static void put_number(FILE *page, double value, int digits) {
    if (isnan(value))
        fputs("<td>–</td>", page);
    else
        fprintf(page, "<td>%.*g</td>", digits, value);
}

static void put_measurements(FILE *page, const lab_run *run) {
    fputs("<div class=\"wide\"><table>\n<tr><th>measured</th><th></th><th>95 % "
          "interval</th><th>expected</th></tr>\n",
          page);
    for (size_t i = 0; i < run->measurements; i++) {
        const lab_measurement *m = &run->measurement[i];
        fputs("<tr><th scope=\"row\">", page);
        put_escaped(page, m->what);
        fputs("</th>", page);
        put_number(page, m->estimate.value, 7);
        if (isnan(m->estimate.low))
            fputs("<td>–</td>", page);
        else
            fprintf(page, "<td>%.5g … %.5g</td>", m->estimate.low, m->estimate.high);
        put_number(page, m->expected, 7);
        fputs("</tr>\n", page);
    }
    fputs("</table></div>\n", page);
}

static void put_table(FILE *page, const lab_run *run) {
    fputs("<div class=\"wide\"><table>\n<caption>", page);
    put_escaped(page, run->table_title);
    fputs("</caption>\n<tr>", page);
    for (size_t i = 0; i < run->columns; i++) {
        fputs("<th>", page);
        put_escaped(page, run->column[i]);
        fputs("</th>", page);
    }
    for (size_t i = 0; i < run->cells; i++) {
        const lab_cell_value *cell = &run->cell[i];
        if (i % run->columns == 0)
            fputs("</tr>\n<tr>", page);
        if (!cell->text) {
            put_number(page, cell->number, 4);
            continue;
        }
        fputs("<td class=\"text\">", page);
        put_escaped(page, cell->text);
        fputs("</td>", page);
    }
    fputs("</tr>\n</table></div>\n", page);
}

static crease_status put_frame(FILE *page, const char *path, const lab_run *run, size_t panel,
                               crease_error *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *picture = fopen(path, "r");
    const ssize_t length = picture ? getdelim(&text, &size, '\0', picture) : -1;
    const int reason = errno;
    if (length > 0) {
        fputs("<iframe sandbox=\"allow-scripts\" title=\"", page);
        put_escaped(page, run->lab->name);
        fprintf(page, ", picture %zu: ", panel + 1);
        put_escaped(page, run->panel[panel].y);
        fputs(" against ", page);
        put_escaped(page, run->panel[panel].x);
        fputs("\" srcdoc=\"", page);
        put_escaped(page, text);
        fputs("\"></iframe>\n", page);
    }
    free(text);
    if (picture)
        fclose(picture);
    return length > 0 ? CREASE_OK
                      : crease_fail(error, CREASE_INTERNAL, "cannot read the picture '%.200s': %s", path,
                                    strerror(reason));
}

static crease_status put_pictures(FILE *page, const lab_run *run, const char *folder, crease_error *error) {
    crease_status status = CREASE_OK;
    char path[2][300];
    snprintf(path[0], sizeof path[0], "%.250s/panel.html", folder);
    snprintf(path[1], sizeof path[1], "%.250s/panel.gp", folder);
    fputs("<div class=\"pictures\">\n", page);
    for (size_t p = 0; p < run->panels && status == CREASE_OK; p++) {
        crease_plot *plot = NULL;
        status = labs_panels(run, p, 1, &plot, error);
        if (status == CREASE_OK)
            status = crease_plot_draw(plot, path[0], error);
        if (status == CREASE_OK)
            status = put_frame(page, path[0], run, p, error);
        crease_plot_free(plot);
    }
    fputs("</div>\n", page);
    unlink(path[0]);
    unlink(path[1]);
    return status;
}

crease_status labs_put_section(FILE *page, const lab_run *run, const char *folder, crease_error *error) {
    fprintf(page, "<section id=\"%s\">\n<h2>%s</h2>\n<blockquote>", run->lab->name, run->lab->name);
    put_escaped(page, run->lab->claim);
    fprintf(page, "</blockquote>\n<p class=\"v%d\">%s.</p>\n<ul>\n", (int)run->verdict,
            lab_verdict_name(run->verdict));
    for (size_t i = 0; i < run->sentences; i++) {
        fputs("<li>", page);
        put_escaped(page, run->sentence[i]);
        fputs("</li>\n", page);
    }
    fputs("</ul>\n", page);
    put_measurements(page, run);
    if (run->columns)
        put_table(page, run);
    crease_status status = folder && run->panels ? put_pictures(page, run, folder, error) : CREASE_OK;
    fputs("</section>\n", page);
    return status;
}

void labs_put_line(FILE *page, const lab_run *run) {
    const lab_measurement *m = run->measurement;
    fprintf(page, "<tr><th scope=\"row\"><a href=\"#%s\">%s</a></th><td class=\"text\">", run->lab->name,
            run->lab->name);
    put_escaped(page, m->what);
    fputs("</td>", page);
    put_number(page, m->estimate.value, 5);
    fprintf(page, "<td class=\"text v%d\">%s</td></tr>\n", (int)run->verdict, lab_verdict_name(run->verdict));
}
