/* crease labs report OUT.html: all labs on one page that needs no other file. */
#include "crease/app.h"
#include "crease/crease.h"
#include "crease/file.h"
#include "labs/program/program.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct report_run {
    crease_app app;
    const char *path;
    char **chosen; /* NULL: all */
    size_t chosen_count;
    char folder[64]; /* of pictures on their way; "": gnuplot is not there */
    FILE *lines, *sections;
    char *line_text, *section_text;
    size_t line_size, section_size;
    size_t count, verdicts[3];
} report_run;

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>crease "
    "labs</title>\n<style>\n"
    "body { font: 1rem/1.5 system-ui, sans-serif; color: #202020; background: #fff; max-width: 62rem; "
    "margin: 0 auto; "
    "padding: 1rem }\n"
    "h1, h2 { line-height: 1.2 } h2 { border-top: 1px solid #c8c8c8; padding-top: 1.5rem; margin-top: 2.5rem "
    "}\n"
    "blockquote { margin: 0; padding-left: 1rem; border-left: .25rem solid #c8c8c8 }\n"
    ".wide { overflow-x: auto; margin: 1rem 0 }\n"
    "table { border-collapse: collapse; font-size: .9rem } caption { text-align: left; padding-bottom: .3rem "
    "}\n"
    "th, td { padding: .2rem .7rem .2rem 0; border-bottom: 1px solid #e4e4e4; text-align: left; "
    "vertical-align: top }\n"
    "td { text-align: right; font-variant-numeric: tabular-nums } td.text { text-align: left }\n"
    "p.v0, p.v1, p.v2 { font-weight: bold } .v0 { color: #00563c } .v1 { color: #7a4d00 } .v2 { color: "
    "#9c3400 }\n"
    ".pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: "
    "1rem }\n"
    "iframe { width: 100%; aspect-ratio: 12 / 9; border: 0 }\n"
    "@media print { body { max-width: none } section { break-inside: avoid-page } h2 { break-after: avoid } "
    ".wide { overflow: visible } iframe { max-width: 32rem } }\n"
    "</style>\n</head>\n<body>\n<h1>What is said of ReLU, measured</h1>\n";

enum { KEY_LABS = 2300 };

static const struct argp_option options[] = {{"labs", KEY_LABS, "NAME,..", 0, "only these", 0}, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    report_run *run = state->input;
    if (key == KEY_LABS) {
        run->chosen = labs_chosen(&run->app, text, &run->chosen_count);
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        if (run->path)
            crease_app_usage_error(&run->app, "'%s' is one file too many; the report is one page", text);
        run->path = text;
        return 0;
    }
    if (key != ARGP_KEY_END)
        return ARGP_ERR_UNKNOWN;
    if (!run->path)
        crease_app_usage_error(&run->app, "where does the page go? crease labs report OUT.html");
    if (run->app.json || run->app.plot)
        crease_app_usage_error(&run->app,
                               "report writes a page; 'crease labs all' has --json, 'crease labs NAME' "
                               "has --plot");
    return 0;
}

/* Without gnuplot the page has no pictures. */
static int show(const lab_run *run, void *context) {
    report_run *r = context;
    crease_error error;
    r->count++;
    r->verdicts[run->verdict]++;
    labs_put_line(r->lines, run);
    crease_status status = labs_put_section(r->sections, run, *r->folder ? r->folder : NULL, &error);
    if (status == CREASE_UNAVAILABLE) {
        crease_app_note(&r->app, "%s; the page has no pictures", error.message);
        rmdir(r->folder);
        *r->folder = '\0';
        status = CREASE_OK;
    }
    return status == CREASE_OK ? CREASE_EXIT_OK : crease_app_fail(&r->app, &error);
}

static int write_page(report_run *r) {
    crease_file file;
    crease_error error;
    if (crease_file_create(&file, r->path, &error) != CREASE_OK)
        return crease_app_fail(&r->app, &error);
    fprintf(
        file.stream,
        "%s<p>crease " CREASE_VERSION
        ", seed %llu. Every number was measured when this page was written, and every verdict follows from "
        "numbers. Intervals are of 95 %%. In the pictures a click on an entry of the legend hides a curve, "
        "and a "
        "click in the plot reads off the pointer's place.</p>\n<div class=\"wide\"><table>\n"
        "<tr><th>lab</th><th>measured</th><th></th><th>verdict</th></tr>\n%s</table></div>\n%s</body>\n</"
        "html>\n",
        head, (unsigned long long)r->app.seed, r->line_text, r->section_text);
    return crease_file_commit(&file, &error) == CREASE_OK ? CREASE_EXIT_OK : crease_app_fail(&r->app, &error);
}

int labs_report_main(int argc, char **argv) {
    static const struct argp argp = {options,
                                     parse_option,
                                     "OUT.html",
                                     "Runs every lab and writes one page with claims, tables, verdicts and "
                                     "pictures that can be read off and "
                                     "zoomed; it needs no other file.",
                                     NULL,
                                     NULL,
                                     NULL};
    report_run r = {.app = {.name = "crease labs report",
                            .examples = "  build/bin/crease labs report build/labs.html\n"
                                        "  build/bin/crease labs report build/labs.html --seed 2\n"
                                        "  build/bin/crease labs report build/labs.html --labs gating\n"},
                    .folder = "/tmp/crease-labs-XXXXXX"};
    crease_app_parse(&r.app, &argp, argc, argv, &r);
    crease_app_catch_interrupt();
    r.lines = open_memstream(&r.line_text, &r.line_size);
    r.sections = open_memstream(&r.section_text, &r.section_size);
    if (!r.lines || !r.sections)
        return crease_app_fail_text(&r.app, CREASE_EXIT_INTERNAL, "out of memory for the page");
    if (!mkdtemp(r.folder))
        return crease_app_fail_text(&r.app, CREASE_EXIT_CANNOT_WRITE,
                                    "cannot make a folder in /tmp for pictures");
    int code = labs_perform_all(&r.app, r.chosen, r.chosen_count, show, &r);
    crease_app_list_free(r.chosen, r.chosen_count);
    if (*r.folder)
        rmdir(r.folder);
    if (fclose(r.lines) || fclose(r.sections))
        return crease_app_fail_text(&r.app, CREASE_EXIT_INTERNAL, "out of memory for the page");
    if (code == CREASE_EXIT_OK || (code == CREASE_EXIT_INTERRUPTED && r.count > 0)) {
        const int written = write_page(&r);
        code = code ? code : written;
        if (written == CREASE_EXIT_OK && !crease_app_is_standard_output(r.path)) {
            printf("%s: ", r.path);
            labs_print_verdicts(r.verdicts);
            code = code ? code : crease_app_end(&r.app);
        }
    }
    free(r.line_text);
    free(r.section_text);
    return code;
}
