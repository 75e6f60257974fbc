/* crease traffic certify: from data to the interval in which a queue clears. */
#include "traffic/certify/certify_program.h"
#include <math.h>

int traffic_certify_main(int argc, char **argv) {
    static const char examples[] =
        "  build/bin/crease traffic certify data/sumo_ring.csv --where driver=ideal --density density_veh_km "
        "--flow flow_veh_h --initial data/queue.csv --arrival 1500\n"
        "  build/bin/crease traffic certify data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
        "flow_veh_h_lane --moving --model triangular --initial data/queue.csv --arrival 1200 --light 0,90,75 "
        ""
        "--plot "
        "build/certify.png\n"
        "  build/bin/crease traffic certify data/sumo_ring.csv --where driver=hetero --density "
        "density_veh_km "
        "--flow flow_veh_h --initial data/queue.csv --arrival 1500 --count-at 0,2 --block 5 --bootstrap 200 "
        "--json\n";
    certify_run run = {.app = {.name = "crease traffic certify", .examples = examples},
                       .fd = {.study = {.bootstrap = 1000, .fit.starts = 1}, .lanes = 1},
                       .model = "physical:3",
                       .arrival = NAN,
                       .vehicle = NAN,
                       .lwr.time = 1};
    run.fd.app = run.lwr.app = run.app; /* for the messages of their options */
    crease_app_parse(&run.app, &certify_argp, argc, argv, &run);
    run.fd.app = run.lwr.app = run.app;
    int code = certify_run_fit(&run);
    if (code == 0)
        code = certify_run_track(&run);
    if (code == 0)
        code = certify_run_deliver(&run);
    certify_run_clear(&run);
    return code;
}
