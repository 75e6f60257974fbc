# size: 20 x 16
# What the slope of an activation pair does: frequency, damping ratio, overshoot, settling time against the slope.
#
# variables  title_text     one line above the picture
#            curves         how many gains
#            gain_label_1 ..   legend of each
#            pairs          how many pairs by name
#            label_1 .., family_1 ..   legend and role of each
#            loop_label     legend of the damping of the slowest pole with lag and sampling; '': not drawn
# blocks     $theory        one part a gain: slope, frequency rad/s, damping ratio, overshoot %, settling time s,
#                           damping ratio of the slowest pole
#            $pairs         one part a pair: the first five, overshoot and settling time simulated

curves = int(curves)
pairs = int(pairs)
gain_label(i) = value(sprintf('gain_label_%d', i))
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = value(sprintf('family_%d', i))
own_sign(f) = f eq 'relu' ? 7 : f eq 'tanh' ? 5 : f eq 'sigmoid' ? 9 : f eq 'hybrid' ? 13 : 0
sign(i) = own_sign(family_of(i)) ? own_sign(family_of(i)) : int(word('4 11 8 6 12 4 11 8 6', 1 + (i - 1) % 9))
loop = strlen(loop_label) > 0

entries = curves + pairs + (loop ? 1 : 0)
legend_rows = (entries + 1) / 2
top = 0.935 - legend_rows * 1.25 * text_line
middle = 0.5 * (top + 0.105)
cell(left, upper) = sprintf('set lmargin at screen %.4f; set rmargin at screen %.4f; set tmargin at screen %.4f; set bmargin at screen %.4f', left, left + 0.39, upper ? top : middle - 0.03, upper ? middle + 0.03 : 0.105)
# without pairs there is no block of them
pair_points(column) = pairs == 0 ? '' : sprintf(", for [i = 1:pairs] $pairs index i - 1 using 1:%d with points linetype role(family_of(i)) pointtype sign(i) pointsize (1.9 - 0.25 * (i > 4 ? 4 : i - 1))", column)
panel_plot(column) = sprintf("plot for [i = 1:curves] $theory index i - 1 using 1:%d with lines linetype role_exact linewidth 1.6 dashtype dash(i)", column) . pair_points(column)

set multiplot
# the legend, over the whole width
set lmargin at screen 0.02; set rmargin at screen 0.98; set tmargin at screen 0.99; set bmargin at screen 0.9
unset border; unset tics; unset grid; unset xzeroaxis
set label 9 title_text at screen 0.5, screen 0.975 center textcolor rgb ink_colour
set key at screen 0.5, screen 0.955 center top maxcols 2
legend = "plot [0:1][0:1] for [i = 1:curves] NaN with lines linetype role_exact linewidth 1.6 dashtype dash(i) title gain_label(i)"
if (loop) { legend = legend . ', NaN with lines linetype role_data linewidth 2 title loop_label' }
eval legend . (pairs == 0 ? '' : ', for [i = 1:pairs] NaN with points linetype role(family_of(i)) pointtype sign(i) pointsize (1.9 - 0.25 * (i > 4 ? 4 : i - 1)) title label_of(i)')
unset key
unset label 9
set border 3 linecolor rgb ink_colour linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink_colour
set xtics nomirror
set ytics nomirror
set grid linecolor rgb light_grey linewidth 0.7 dashtype solid

# slope 1 and 1/4, of which everybody speaks
set arrow 1 from 1, graph 0 to 1, graph 1 nohead linetype role_mark
set arrow 2 from 0.25, graph 0 to 0.25, graph 1 nohead linetype role_mark
set logscale x
set xtics nomirror ('1/64' 0.015625, '1/32' 0.03125, '1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, '1' 1, '2' 2, '4' 4, '8' 8, '16' 16)
eval cell(0.09, 1)
set ylabel 'natural frequency, rad/s'
eval panel_plot(2)
eval cell(0.585, 1)
set ylabel 'damping ratio'
eval panel_plot(3) . (loop ? ', for [i = 1:curves] $theory index i - 1 using 1:6 with lines linetype role_data linewidth 2 dashtype dash(i)' : '')
eval cell(0.09, 0)
set xlabel 'slope of the pair where the arm rests'
set ylabel 'overshoot, %'
eval panel_plot(4)
eval cell(0.585, 0)
set ylabel 'settling time to 2 %, s'
set yrange [0:*]
eval panel_plot(5)
unset multiplot
