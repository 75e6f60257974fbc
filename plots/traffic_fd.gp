# size: 16 x 15
# Flow against density: observations, fitted diagrams and networks, a dot at each jam density; below, the piece around
# the jam enlarged, where a flow under zero shows; and the intervals of the jam densities on the same axis.
# Variables: plot_title, x_label, y_label; curves; title_K, role_of_K, dash_of_K, symbol_of_K for K = 1..curves;
# largest_density, largest_flow, end_density, zoom_from, zoom_low, zoom_high; intervals, how many curves have them.
# Data: $data (density, flow); with index K - 1: $fits, $jams, and $intervals (jam density, low, high, 1 when its end is
# open; critical density, low, high; capacity, low, high).
title_of(k) = value(sprintf('title_%d', k))
line_of(k) = role(value(sprintf('role_of_%d', k)))
dash_of(k) = dash(value(sprintf('dash_of_%d', k)))
symbol_of(k) = int(value(sprintf('symbol_of_%d', k)))

# as many columns of legend as its longest entry allows
n = int(curves)
longest = 10
do for [k=1:n] { longest = strlen(title_of(k)) > longest ? strlen(title_of(k)) : longest }
columns = longest > 22 ? 1 : longest > 16 ? 2 : longest > 12 ? 3 : 4
legend_rows = int((n + columns) / columns) + (GPVAL_TERM eq 'dumb' ? 1 : 0.3) # the data have an entry too

# from below: the intervals, a line each; the enlarged piece on the same axis; the whole
low_1 = panel_bottom
high_1 = intervals > 0 ? low_1 + (n + 0.5) * 0.72 * text_line : low_1 - 1.3 * text_line
low_2 = high_1 + 1.3 * text_line
height = panel_top(legend_rows) - low_2 - 2.9 * text_line
high_2 = low_2 + (intervals > 0 ? 0.3 : 0.36) * height
margins(low, high) = sprintf('set lmargin at screen 0.125; set rmargin at screen 0.965; set bmargin at screen %.6f; set tmargin at screen %.6f', low, high)

fit_of(k) = sprintf("$fits index %d using 1:2 with %s linetype %d dashtype %d title title_of(%d)", k - 1, symbol_of(k) > 0 ? sprintf('linespoints pointtype %d pointsize 1.0 pointnumber 18', symbol_of(k)) : 'lines', line_of(k), dash_of(k), k)
fits = ''
do for [k=1:n] { fits = fits . ', ' . fit_of(k) }

set multiplot
eval margins(high_2 + 2.9 * text_line, panel_top(legend_rows))
set label 1 plot_title at screen 0.54, screen (1 - 1.1 * text_line) center textcolor rgb ink_colour
set key at screen 0.54, screen (1 - 1.7 * text_line) top center maxcols columns width -1
set ylabel y_label
set xrange [0:end_density * 0.8]
set yrange [-0.08 * largest_flow:1.08 * largest_flow]
eval "plot $data using 1:2 with points linetype role_data title 'data'" . fits . \
     ", for [k=1:n] $jams index k-1 using 1:2 with points linetype line_of(k) pointtype 7 pointsize 0.9" . \
     ", for [k=1:n] $intervals index k-1 using 5:8:6:7:9:10 with xyerrorbars linetype line_of(k) dashtype 1 linewidth 1.6 pointtype 7 pointsize 0.5"

unset key
eval margins(low_2, high_2)
if (intervals > 0) { set format x '' } else { set xlabel x_label }
set xrange [zoom_from:end_density]
set yrange [zoom_low:zoom_high]
set ytics tic_step(zoom_high - zoom_low, 4)
set ylabel 'flow'
set arrow 1 from largest_density, graph 0 to largest_density, graph 1 nohead linetype role_mark
set label 1 'largest density observed' at largest_density, graph 1 center offset 0, 0.6 textcolor rgb grey_colour
set object 1 rectangle from graph 0, first zoom_low to graph 1, first 0 behind fillcolor rgb '#F3E3E0' fillstyle solid 1 noborder
eval "plot $data using 1:2 with points linetype role_data" . fits . \
     ", for [k=1:n] $jams index k-1 using 1:2 with points linetype line_of(k) pointtype 7 pointsize 0.9"

if (intervals > 0) {
    eval margins(low_1, high_1)
    unset object 1
    unset ytics
    unset ylabel
    set grid noytics
    set format x '%g'
    set xlabel x_label
    set yrange [n + 0.6:0.4]
    set label 1 'jam densities, 95 % intervals' at graph 1, graph 1 right offset 0, 0.6 textcolor rgb ink_colour
    do for [k=1:n] { eval count(sprintf('$intervals index %d', k - 1), 1); if (!has_numbers) { set label 100 + k 'none ' at graph 1, first k right font ',9' textcolor rgb grey_colour } }
    do for [k=1:n] { set label 500 + k title_of(k) . ' ' at graph 0, first k right font strlen(title_of(k)) > 16 ? ',7' : ',9' textcolor rgb ink_colour }
    plot for [k=1:n] $intervals index k-1 using 2:(k):($3 - $2):(0) with vectors heads size graph 0.006, 90 fixed linewidth 2.2 linetype line_of(k) dashtype 1, \
         for [k=1:n] $intervals index k-1 using 1:(k) with points linetype line_of(k) pointtype 7 pointsize 0.9
}
unset multiplot
