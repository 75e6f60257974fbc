/* Models on the command line. */
#include "model.h"
#include <ctype.h>
#include <string.h>

bool model_path_ends(const char *path, const char *ending) {
    size_t length = strlen(path), tail = strlen(ending);
    return length >= tail && strcasecmp(path + length - tail, ending) == 0;
}

static bool input_is_json(void) {
    int c = getchar();
    while (c != EOF && isspace(c))
        c = getchar();
    if (c != EOF)
        ungetc(c, stdin);
    return c == '{';
}

crease_status model_load(const char *path, crease_net **net, crease_pwl **pwl, crease_error *error) {
    *net = NULL;
    *pwl = NULL;
    bool input = strcmp(path, "-") == 0;
    if (input ? !input_is_json() : model_path_ends(path, ".csv"))
        return crease_pwl_load(path, pwl, error);
    if (!input && model_path_ends(path, ".onnx"))
        return crease_onnx_load(path, net, error);
    return crease_net_load(path, net, error);
}
