/* crease traffic calibrate: the flux with which front tracking reproduces the counts of detectors. */
#include "traffic/calibrate/calibrate_program.h"
#include <math.h>

int traffic_calibrate_main(int argc, char **argv) {
    static const char examples[] = "  build/bin/crease traffic calibrate data/sumo_loops.csv --where "
                                   "road=sign --density density_veh_km --lanes 2\n"
                                   "  build/bin/crease traffic calibrate data/sumo_loops.csv --where "
                                   "road=drop --density density_veh_km --lanes 3 "
                                   "--train 6000 --plot build/calibrate.png\n"
                                   "  build/bin/crease traffic calibrate data/sumo_loops.csv --where "
                                   "road=sign --start triangular:100,20,130 --lanes "
                                   "2 -o build/flux.csv --json\n";
    calibrate_run run = {.app = {.name = "crease traffic calibrate", .examples = examples},
                         .time = "t_s",
                         .place = "x_km",
                         .flow = "flow_veh_h",
                         .train_time = NAN,
                         .lanes = 1,
                         .starts = 10};
    crease_app_parse(&run.app, &calibrate_argp, argc, argv, &run);
    int code = calibrate_run_prepare(&run);
    if (code == 0)
        code = calibrate_run_solve(&run);
    if (code == 0)
        code = calibrate_run_deliver(&run);
    calibrate_run_clear(&run);
    return code;
}
