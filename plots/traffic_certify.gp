# size: 22 x 12
# Left: data, the fitted flux and its band. Right: vehicles that have passed a place, with both edges and the fit.
#
# variables  model                       what was fitted
#            end_density, end_time       veh/km and h shown
#            place                       km
#            cleared                     when the queue is gone with the fit; -1: never
#            cleared_low, cleared_high   the interval of the replicates; -1: none
#            bound_low, bound_high       that of the band; -1: none
#            first_vehicle, last_vehicle the last vehicle of the queue by the lower and the upper edge; -1: none
#            earliest, latest            when it passes; -1: no bounds
# blocks     $data                       density, flow
#            $band                       density, flow of the lower edge, the fit, the upper edge
#            $fit                        density, flow: knots of the fit
#            $counts                     h, vehicles with the lower edge, the fit, the upper edge
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
legend_rows = 5
set style fill solid 1 noborder
set offsets 0, 0, graph 0.05, 0
band_colour = '#BFDCF0'
gone_colour = '#F3C9AC'
bound_colour = '#FBEBDF'
set multiplot
set tmargin at screen panel_top(legend_rows); set bmargin at screen panel_bottom
set lmargin at screen 0.085; set rmargin at screen 0.475
set key at screen 0.28, screen 0.98 center top maxrows 5
set xlabel 'density, veh/km/lane'
set ylabel 'flow, veh/h/lane'
set xrange [0:end_density]
set yrange [0:*]
eval count('$data', 2)
points = has_numbers ? "$data using 1:2 with points linetype role_data title 'data', " : ''
fill = drawn ? "$band using 1:2:4 with filledcurves linecolor rgb band_colour title 'band, 95 % at all densities', " : "$band using 1:2 with lines linetype 7 title 'band', $band using 1:4 with lines linetype 7 notitle, "
eval 'plot ' . fill . points . "$fit using 1:2 with linespoints linetype role('relu') pointsize 0.9 title model"
set lmargin at screen 0.575; set rmargin at screen 0.975
set key at screen 0.775, screen 0.98 center top maxrows 5
set xlabel 'time, h'
set ylabel (drawn ? sprintf('vehicles past %g km', place) : 'vehicles')
set xrange [0:end_time]
set yrange [0:*]
if (bound_low >= 0) set object 2 rectangle from bound_low, graph 0 to bound_high, graph 1 behind fillcolor rgb bound_colour fillstyle solid 1 noborder
if (cleared_low >= 0) set object 3 rectangle from cleared_low, graph 0 to cleared_high, graph 1 behind fillcolor rgb gone_colour fillstyle solid 1 noborder
if (cleared >= 0) set arrow 1 from cleared, graph 0 to cleared, graph 1 nohead linecolor rgb relu_colour linewidth 1.4 dashtype 3
if (last_vehicle >= 0) set arrow 2 from 0, last_vehicle to (latest >= 0 ? latest : end_time), last_vehicle nohead linecolor rgb '#404040' linewidth 1.6 dashtype 3
if (earliest >= 0) set arrow 3 from earliest, graph 0 to earliest, first first_vehicle nohead linecolor rgb '#404040' linewidth 1.6 dashtype 3
if (latest >= 0) set arrow 4 from latest, graph 0 to latest, first last_vehicle nohead linecolor rgb '#404040' linewidth 1.6 dashtype 3
between = drawn ? "$counts using 1:2:4 with filledcurves linecolor rgb band_colour title 'runs with the edges of the band', " : "$counts using 1:2 with lines linetype 7 title 'edges', $counts using 1:4 with lines linetype 7 notitle, "
gone = cleared_low >= 0 ? ", NaN with boxes fillcolor rgb gone_colour title (drawn ? 'queue goes, 95 % of the replicates' : 'queue goes, 95 %')" : ''
gone = gone . (bound_low >= 0 ? ", NaN with boxes fillcolor rgb bound_colour title (drawn ? 'queue goes, whatever in the band' : 'whatever in band')" : '')
last = last_vehicle >= 0 ? ", NaN with lines linecolor rgb '#404040' linewidth 1.6 dashtype 3 title (!drawn ? 'its last vehicle' : latest >= 0 ? 'last vehicle of the queue, whatever in the band' : 'last vehicle of the queue')" : ''
eval 'plot ' . between . "$counts using 1:3 with lines linetype role('relu') title (drawn ? 'run with the fit' : 'fit')" . gone . last
unset multiplot
