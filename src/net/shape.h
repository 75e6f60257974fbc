/* Building a network from its layers: shared by the mini-language and the copy. */
#ifndef CREASE_NET_SHAPE_H
#define CREASE_NET_SHAPE_H

#include "crease/net.h"

/* More parameters than this are refused before anything is allocated. */
#define CREASE_MAX_PARAMETERS ((size_t)1 << 25)
/* And more layers: what follows a network from layer to layer calls itself once a layer. */
#define CREASE_MAX_LAYERS ((size_t)1000)

/* Takes ownership of `layer` (widths and groups set; also on failure), works out fan-ins and offsets,
 * allocates theta and the identity scaling, and sets prelu slopes to their start. */
crease_status crease_net_build(size_t inputs, size_t outputs, size_t layer_count, crease_layer *layer,
                               bool affine, crease_net **net, crease_error *error);

/* BAD_DATA naming the first number of theta or of the scaling that is not finite: such a net is not saved. */
crease_status crease_net_check_finite(const crease_net *net, crease_error *error);

void crease_layers_free(crease_layer *layer, size_t layer_count);

#endif
