/* Branch and bound over one case of a specification. */
#ifndef CREASE_VERIFY_SEARCH_H
#define CREASE_VERIFY_SEARCH_H

#include "crease/verify.h"
#include "verify/node.h"

typedef struct crease_search {
    const crease_net *net;
    const crease_chain *chain;
    const crease_question *question;
    const crease_verify_options *options;
    double started, deadline; /* of omp_get_wtime; INFINITY: none */
    bool keeps_record;
    double share; /* of the volume of all cases that is this case's */
    /* results, added to what is there */
    crease_verify_progress progress;
    const char *why; /* NULL: the case is settled or refuted */
    bool interrupted;
    bool refuted;
    double *point; /* inputs: the witness */
    size_t alternative;
    crease_record record;
} crease_search;

/* Searches the case. A failure is one of memory. */
crease_status crease_search_run(crease_search *search, crease_error *error);

#endif
