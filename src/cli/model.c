/* Models on the command line. */
#include "model.h"
#include <ctype.h>
#include <string.h>

bool model_path_ends(const char *path, const char *ending) {
    size_t length = strlen(path), tail = strlen(ending);
    return length >= tail && strcasecmp(path + length - tail, ending) == 0;
}

/* The first byte of standard input that is no white space, which stays there; EOF when there is none. */
static int peek_input(void) {
    int c = getchar();
    while (c != EOF && isspace(c))
        c = getchar();
    if (c != EOF)
        ungetc(c, stdin);
    return c;
}

crease_status model_load(const char *path, crease_net **net, crease_pwl **pwl, crease_error *error) {
    enum { first_of_onnx = 8 }; /* field 1, a whole number: the version */
    *net = NULL;
    *pwl = NULL;
    bool input = strcmp(path, "-") == 0;
    int first = input ? peek_input() : 0;
    if (input ? first == first_of_onnx : model_path_ends(path, ".onnx"))
        return crease_onnx_load(path, net, error);
    if (input ? first != '{' : model_path_ends(path, ".csv"))
        return crease_pwl_load(path, pwl, error);
    return crease_net_load(path, net, error);
}
