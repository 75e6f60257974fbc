/* Networks as JSON files: versioned, 17 digits, unknown keys tolerated, damaged files refused by name of the key. */
#ifndef CREASE_MODEL_FILE_H
#define CREASE_MODEL_FILE_H

#include "crease/net.h"
#include <stdio.h>

/* Format: {"format": "crease-net", "version": 1, "net": SPEC, "inputs": d, "outputs": m, "theta": [..],
 * "input_shift": [..], "input_scale": [..], "output_shift": [..], "output_scale": [..],
 * "input_names": [..], "output_names": [..]} (the names are optional). path "-": standard input or output. */
crease_status crease_net_save(const crease_net *net, const char *path, crease_error *error);
crease_status crease_net_write(const crease_net *net, FILE *file, crease_error *error);
crease_status crease_net_load(const char *path, crease_net **net, crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_net_read(FILE *file, const char *source, crease_net **net, crease_error *error);

#endif
