/* crease traffic ring: vehicles on a ring whose drivers are made of ReLUs. */
#include "traffic/ring/ring_program.h"

int traffic_ring_main(int argc, char **argv) {
    static const char examples[] =
        "  build/bin/crease traffic ring --vehicles 50 --spacing 20 --tau .8 --time 500 --plot "
        "build/ring.png\n"
        "  build/bin/crease traffic ring --vehicles 22 --tau-ratio 1.1 --mode 1 --perturb .1 --map "
        "build/ring_map.png --json\n"
        "  build/bin/crease traffic ring --order 1 --vehicles 24 --queue .5 --time 60 --lwr 64\n";
    ring_run run = {.app = {.name = "crease traffic ring", .examples = examples},
                    .spacing = 20,
                    .perturb = 1,
                    .time = 600,
                    .map = {.low = 2, .high = 60, .taus = 75},
                    .problem = {.law = {2, 1.2, 7.5, 30, .7}, .vehicles = 22, .vehicle = 5}};
    crease_app_parse(&run.app, &ring_argp, argc, argv, &run);
    int code = ring_run_prepare(&run);
    if (code == 0)
        code = ring_run_solve(&run);
    if (code == 0)
        code = ring_run_deliver(&run);
    ring_run_clear(&run);
    return code;
}
