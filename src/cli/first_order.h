/* The options of the first-order methods, which `crease fit` and `crease compare` share. */
#ifndef CREASE_CLI_FIRST_ORDER_H
#define CREASE_CLI_FIRST_ORDER_H

#include "crease/app.h"
#include "crease/crease.h"

typedef struct first_order {
    const crease_app *app;
    crease_fit_options *fit; /* filled; the method comes from elsewhere */
    crease_bias_warming warming;
    unsigned given; /* a bit for each option that was given */
} first_order;

/* Child argp with --learning-rate, --momentum, ...; its input is a first_order, which must live as long as the fit. */
extern const struct argp first_order_argp;

/* At the end of the command line: a usage error for an option that the method does not have. */
void first_order_check(const first_order *options, crease_method method);

#endif
