/* What the files of the command net share. Internal to models/traffic. */
#ifndef TRAFFIC_NET_PROGRAM_H
#define TRAFFIC_NET_PROGRAM_H

#include "crease/app.h"
#include "traffic/fd/fd_program.h"
#include "traffic/net/net.h"

enum { NET_MOST_TRUTHS = 5 };

typedef struct net_run {
    crease_app app;
    fd_run fd; /* DATA, columns, rows, models, fitting, -o */
    const char *model_path, *write_model;
    size_t truth_count;
    const char *truth_text[NET_MOST_TRUTHS];
    traffic_diagram truth[NET_MOST_TRUTHS];
    double largest_density; /* --largest-density; 0: not given */
    /* of a study */
    const char *study_option; /* one that was given and belongs to a study, or NULL */
    const char *reaches;
    double *reach;
    size_t reach_count, points, runs;
    double noise;
    bool noise_of_capacity;
    traffic_net_study *study[NET_MOST_TRUTHS];
    size_t study_count;
    /* of data and of a model file: one audit a row */
    size_t row_count;
    char **row_model; /* borrowed */
    traffic_net_curve *curve;
    traffic_net_audit *audit;
    double least, largest; /* densities */
    crease_net *net;       /* of the model file */
    char spec[120];
} net_run;

extern const struct argp traffic_net_argp; /* net_options.c; its input is a net_run */

/* Usage errors that only all options together show; reads truths and reaches. */
void net_check_usage(net_run *run);

/* Each returns 0 or an exit code after a message. net_command.c: */
int net_audit_rows(net_run *run);
/* net_report.c, net_json.c, net_picture.c: */
int net_print_rows(const net_run *run);
int net_print_studies(const net_run *run);
int net_print_json(const net_run *run);
int net_draw(const net_run *run);

/* "no flow on the empty road; ..." for the faults of an audit, or "physical"; malloc'd, NULL without memory. */
char *net_fault_text(const traffic_net_audit *audit);
/* A name of a truth for tables: its text up to the colon. */
void net_truth_name(const net_run *run, size_t truth, char name[32]);

int traffic_net_main(int argc, char **argv); /* argv[0] is "net" */

#endif
