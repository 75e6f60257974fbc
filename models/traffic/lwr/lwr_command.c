/* crease traffic lwr: the LWR model solved by front tracking. */
#include "traffic/lwr/lwr_program.h"

int traffic_lwr_main(int argc, char **argv) {
    static const char examples[] =
        "  build/bin/crease traffic lwr --flux greenshields:100,150:60 --initial data/queue.csv --count-at 0 "
        "--time .12\n"
        "  build/bin/crease traffic lwr --flux triangular:100,20,150 --initial 15 --window 0:4 --inflow 1000 "
        "--light 3,90,40 --time .3 --plot build/light.png\n"
        "  build/bin/crease traffic lwr --flux greenshields:100,150:60 --initial data/queue.csv --time .06 "
        "--method godunov "
        "--cells 800 --json\n";
    lwr_run run = {.app = {.name = "crease traffic lwr", .examples = examples}, .cells = 200};
    crease_app_parse(&run.app, &lwr_argp, argc, argv, &run);
    int code = lwr_run_prepare(&run);
    if (code == 0)
        code = lwr_run_solve(&run);
    if (code == 0)
        code = lwr_run_deliver(&run);
    lwr_run_clear(&run);
    return code;
}
