/* Networks as C: one file of standard C (C99), without allocation or anything to link but the mathematical library. */
#ifndef CREASE_C_SOURCE_H
#define CREASE_C_SOURCE_H

#include "crease/net.h"
#include <stdio.h>

/* All may be NULL. */
typedef struct crease_c_source {
    const char *name; /* of the function; NULL: from the file's name, with what C does not allow replaced */
    /* What was proved of the network, for the comment at the top: the text of the specification, the name of the proof
     * file and its SHA-256 (digest.h). The caller has had the proof checked (proof.h). All three or none. */
    const char *statement, *proof_name, *proof_digest;
} crease_c_source;

/* Writes `void NAME(const double x[], double y[])`: raw inputs to raw outputs. Constants are hexadecimal, so exact;
 * sums run in the order of crease_net_evaluate, though a compiler may fuse multiplications and additions. With
 * -DNAME_SELF_TEST (in capitals) the file is a program that compares sample points with what crease computes and
 * exits 1 where they differ by more than a bound of both rounding errors. path "-": standard output. */
crease_status crease_c_source_save(const crease_net *net, const char *path, const crease_c_source *options,
                                   crease_error *error);
crease_status crease_c_source_write(const crease_net *net, FILE *file, const crease_c_source *options,
                                    crease_error *error);

#endif
