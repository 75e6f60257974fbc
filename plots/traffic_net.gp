# size: 20 x 18
# Flow against density, the flow near zero beyond the jam enlarged, and the wave speed; one column or two.
# Variables: plot_title, x_label, y_label, wave_label; columns, column_title_C, reach_C (end of the data) for C = 1..columns;
# curves; title_K, role_of_K, dash_of_K for K = 1..curves; end_density, jam_density, largest_flow, free_speed, with_truth.
# Data: $data (density, flow; index C - 1), $truth (density, flow, wave speed), $fits (the same; index
# (C - 1) curves + K - 1).
title_of(k) = value(sprintf('title_%d', int(k)))
line_of(k) = role(value(sprintf('role_of_%d', int(k))))
dash_of(k) = dash(value(sprintf('dash_of_%d', int(k))))
reach_of(c) = value(sprintf('reach_%d', int(c)))
column_title(c) = value(sprintf('column_title_%d', int(c)))
n = int(curves)

top = 1 - (columns < 1.5 ? 4.4 : 5.8) * text_line
bottom = 3.4 * text_line
gap = 2.9 * text_line
row_height = (top - bottom - 2 * gap) / 3.0
left_of(c) = columns < 1.5 ? 0.10 : c == 1 ? 0.09 : 0.57
right_of(c) = columns < 1.5 ? 0.97 : c == 1 ? 0.50 : 0.97
place(c, r) = sprintf('set lmargin at screen %.5f; set rmargin at screen %.5f; set tmargin at screen %.5f; set bmargin at screen %.5f', left_of(c), right_of(c), top - (r - 1) * (row_height + gap), top - (r - 1) * (row_height + gap) - row_height)
truth_title = with_truth > 0 ? 'truth' : ''

set multiplot
# the legend of all panels, over their whole width
set lmargin at screen 0.02; set rmargin at screen 0.98; set tmargin at screen top; set bmargin at screen bottom
unset border; unset tics; unset grid; unset xzeroaxis
set xrange [0:1]; set yrange [0:1]
set label 1 plot_title at screen 0.5, screen 1 - 0.9 * text_line center textcolor rgb ink_colour
set key at screen 0.5, screen 1 - 1.7 * text_line top center maxrows 2
plot NaN with points linetype role_data title 'data', \
     NaN with lines linetype role_exact linewidth 3.5 linecolor rgb '#B8B8B8' title truth_title, \
     for [k=1:n] NaN with lines linetype line_of(k) dashtype dash_of(k) title title_of(k)
unset key
unset label 1
set border 3
set xtics nomirror out scale 0.6 textcolor rgb ink_colour
set ytics nomirror out scale 0.6 textcolor rgb ink_colour
set grid linecolor rgb light_grey linewidth 0.7 dashtype solid
do for [c = 1:int(columns)] {
    first = (c - 1) * n
    eval place(c, 1)
    set label 1 column_title(c) at graph 0.5, graph 1.0 center offset 0, 0.7 textcolor rgb ink_colour
    if (c == 1) { set ylabel y_label } else { unset ylabel }
    set xrange [0:end_density]
    set yrange [-0.12 * largest_flow:1.12 * largest_flow]
    set arrow 1 from reach_of(c), graph 0 to reach_of(c), graph 1 nohead linetype role_mark
    unset xlabel
    plot $data index c-1 using 1:2 with points linetype role_data, \
         $truth using 1:2 with lines linetype role_exact linewidth 3.5 linecolor rgb '#B8B8B8', \
         for [k=1:n] $fits index first+k-1 using 1:2 with lines linetype line_of(k) dashtype dash_of(k)
    unset label 1

    eval place(c, 2)
    set xrange [0.8 * jam_density:end_density]
    set yrange [-0.1 * largest_flow:0.06 * largest_flow]
    set object 1 rectangle from graph 0, graph 0 to graph 1, first 0 behind fillcolor rgb '#F3E3E0' fillstyle solid 1 noborder
    set label 2 'negative flow' at graph 0.02, graph 0.08 left textcolor rgb '#7A4A42'
    if (reach_of(c) > 0.9 * end_density) { set label 3 'data end' at reach_of(c), graph 0.9 right offset -0.5, 0 textcolor rgb ink_colour } else { set label 3 'data end' at reach_of(c), graph 0.9 left offset 0.5, 0 textcolor rgb ink_colour }
    plot $data index c-1 using 1:2 with points linetype role_data, \
         $truth using 1:2 with lines linetype role_exact linewidth 3.5 linecolor rgb '#B8B8B8', \
         for [k=1:n] $fits index first+k-1 using 1:2 with lines linetype line_of(k) dashtype dash_of(k)
    unset object 1
    unset label 2
    unset label 3

    eval place(c, 3)
    set xrange [0:end_density]
    set yrange [-1.25 * free_speed:1.25 * free_speed]
    if (c == 1) { set ylabel wave_label }
    set xlabel x_label
    plot $truth using 1:3 with lines linetype role_exact linewidth 3.5 linecolor rgb '#B8B8B8', \
         for [k=1:n] $fits index first+k-1 using 1:3 with lines linetype line_of(k) dashtype dash_of(k)
    unset arrow 1
}
unset multiplot
