/* Any text as a network of the mini-language. The normal form of what is accepted must mean the same net. */
#include "crease/net.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static char *normal_form(const crease_net *net) {
    size_t length = crease_net_spec(net, NULL, 0);
    char *text = malloc(length + 1);
    check(text && crease_net_spec(net, text, length + 1) == length && strlen(text) == length);
    return text;
}

static void check_normal_form(const crease_net *net) {
    char *first = normal_form(net);
    crease_net *again;
    check(crease_net_parse(first, net->inputs, net->outputs, &again, NULL) == CREASE_OK);
    char *second = normal_form(again);
    check(strcmp(first, second) == 0);
    check(again->parameter_count == net->parameter_count);
    check(crease_net_free_count(again) == crease_net_free_count(net));
    check(crease_net_free_count(net) <= net->parameter_count);
    crease_net_free(again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *spec = malloc(size + 1);
    check(spec != NULL);
    memcpy(spec, data, size);
    spec[size] = '\0';
    crease_net *net;
    crease_error error = {0};
    crease_status status = crease_net_parse(spec, 1 + size % 3, 1 + size % 2, &net, &error);
    if (status == CREASE_OK)
        check_normal_form(net);
    else
        check(net == NULL && error.status == status && strlen(error.message) > 10);
    crease_net_free(net);
    free(spec);
    return 0;
}
