# size: 16 x 17
# Counts between two ends by each way to say them: vehicles between two detectors, errors of all, fluxes.
#
# variables  title_text     one line above the picture
#            start_name     of the flux that the fit began with
#            start_time, trained_until, end_time   h; what is after trained_until was held out
# blocks     $counts        t, vehicles as counted, by a straight line, by the first flux, by the calibrated one, and the
#                           errors of these three
#            $data          density, flow that the first flux was fitted to (may be empty)
#            $flux          density, flow at the knots: index 0 the first flux, 1 the calibrated one
legend_rows = 3
set key at screen 0.545, screen 0.955 center top maxcols 3
free = panel_top(legend_rows) - panel_bottom - 5.0 * text_line
first = 0.36 * free; second = 0.22 * free; third = 0.42 * free
place(top, height, rest) = sprintf('set lmargin at screen 0.125; set rmargin at screen 0.965; set tmargin at screen %.6f; set bmargin at screen %.6f; %s', top, top - height, rest)
held = trained_until < end_time
if (held) { set object 1 rectangle from trained_until, graph 0 to end_time, graph 1 behind fillcolor rgb '#E8E8E8' fillstyle solid 1 noborder }
set multiplot
eval place(panel_top(legend_rows), first, '')
set title title_text offset 0, 3.1
set xrange [start_time:end_time]
set ylabel 'vehicles'
set format x ''
shade = held ? ", keyentry with boxes fillcolor rgb '#E8E8E8' fillstyle solid 1 noborder title 'held out'" : ''
eval "plot $counts using 1:3 with lines linetype 7 title 'straight line', $counts using 1:4 with lines linetype role_tanh title start_name, $counts using 1:5 with lines linetype role_relu title 'calibrated', $counts using 1:2 with lines linetype role_exact title 'counted'" . shade

eval place(panel_top(legend_rows) - first - panel_gap, second, 'unset key; unset title')
set format x '%h'
set xlabel 'time, h' offset 0, 0.3
set ylabel 'error, vehicles'
set yrange [0:*]
plot $counts using 1:6 with lines linetype 7, $counts using 1:7 with lines linetype role_tanh, $counts using 1:8 with lines linetype role_relu
unset object 1

eval place(panel_bottom + third, third, '')
set xrange [0:*]
set xlabel 'density, veh/km/lane' offset 0, 0
set ylabel 'flow, veh/h/lane'
eval count('$data', 2)
points = has_numbers ? '$data using 1:2 with points linetype role_data, ' : ''
eval 'plot ' . points . '$flux index 0 using 1:2 with linespoints linetype role_tanh pointtype 7, $flux index 1 using 1:2 with linespoints linetype role_relu pointtype 7'
unset multiplot
