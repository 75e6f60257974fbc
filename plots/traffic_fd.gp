# size: 16 x 14
# Flow against density: observations, fitted diagrams and networks, a dot at each jam density; below, the piece around
# the jam enlarged, where a flow under zero shows.
# Variables: plot_title, x_label, y_label; curves; title_K, role_of_K, dash_of_K for K = 1..curves; largest_density,
# largest_flow, end_density, zoom_from, zoom_low, zoom_high. Data: $data (density, flow), $fits and $jams (index K - 1).
title_of(k) = value(sprintf('title_%d', k))
line_of(k) = role(value(sprintf('role_of_%d', k)))
dash_of(k) = value(sprintf('dash_of_%d', k))

panel_top = 0.84 # two rows of legend below the title
panel_gap = 0.085 # the panels have different ranges, so both need their numbers
set multiplot
eval panel(1, 2, 0.62)
set label 1 plot_title at screen 0.54, screen 0.965 center textcolor rgb ink_colour
set key at screen 0.54, screen 0.94 top center maxcols 4 width -1
set ylabel y_label
set xrange [0:end_density * 0.8]
set yrange [-0.08 * largest_flow:1.08 * largest_flow]
plot $data using 1:2 with points linetype role_data title 'data', \
     for [k=1:int(curves)] $fits index k-1 using 1:2 with lines linetype line_of(k) dashtype dash(dash_of(k)) title title_of(k), \
     for [k=1:int(curves)] $jams index k-1 using 1:2 with points linetype line_of(k) pointtype 7 pointsize 0.9

eval panel(2, 2, 0.62)
set xlabel x_label
set xrange [zoom_from:end_density]
set yrange [zoom_low:zoom_high]
set arrow 1 from largest_density, graph 0 to largest_density, graph 1 nohead linetype role_mark
set label 1 'largest density observed' at largest_density, graph 0.75 left offset 0.6, 0 textcolor rgb grey_colour
set object 1 rectangle from graph 0, first zoom_low to graph 1, first 0 behind fillcolor rgb '#F3E3E0' fillstyle solid 1 noborder
plot $data using 1:2 with points linetype role_data, \
     for [k=1:int(curves)] $fits index k-1 using 1:2 with lines linetype line_of(k) dashtype dash(dash_of(k)), \
     for [k=1:int(curves)] $jams index k-1 using 1:2 with points linetype line_of(k) pointtype 7 pointsize 0.9
unset multiplot
