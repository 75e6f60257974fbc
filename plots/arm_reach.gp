# size: 16 x 15
# All states that a sampled controller reaches: above in the phase plane, below the angle over time.
#
# variables  title_text     one line above the picture
#            worst          x of the worst overshoot; worst_time: when
#            overshoot      1: there is one
#            end            time of the last sample
# blocks     $polygons      x, w, t: index 0, 1, ... one closed polygon each, in the order of time
#            $tube          t, least x, largest x

unset grid
set offsets graph 0.02, graph 0.03, graph 0.04, graph 0.02
set border 3
set style fill solid 1 noborder
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
legend_rows = 1
set palette defined (0 '#0B4F82', 0.35 '#4A90C2', 0.65 '#E69F00', 1 '#D55E00')
set cbrange [0:end]
share = 0.6
mark = sprintf('worst overshoot of all starts, %.6f rad', abs(worst))
set multiplot
eval panel(1, 2, share)
# room below the upper panel for the name of its axis
set bmargin at screen panel_start(2, 2, share) + 3.2 * text_line
set rmargin at screen 0.83
set title title_text
set xlabel 'x = q - reference, rad' offset 0, 0.5
set ylabel 'w, rad/s'
set colorbox user origin screen 0.855, screen panel_start(2, 2, share) + 3.2 * text_line size screen 0.02, screen (panel_top(legend_rows) - panel_start(2, 2, share) - 3.2 * text_line)
set cblabel 'time, s'
cells = drawn ? "$polygons using 1:2:3 with filledcurves closed fillcolor palette fillstyle solid 1 noborder, " : ''
border = "$polygons using 1:2:3 with lines linecolor palette linewidth 0.8 dashtype solid"
if (overshoot == 1) { set arrow 1 from first worst, graph 0 to first worst, graph 1 nohead linetype role_mark }
eval 'plot ' . cells . border . (overshoot == 1 ? ", NaN with lines linetype role_mark title mark" : '')

unset arrow 1
unset offsets
unset colorbox
eval panel(2, 2, share)
set rmargin at screen 0.83
set xlabel 'time, s' offset 0, 0
set ylabel 'x, rad'
set xrange [0:end]
set autoscale y
lower = "$tube using 1:2:3 with filledcurves linecolor rgb '#8FBFDD' fillstyle solid 1, $tube using 1:2 with lines linecolor rgb tanh_colour linewidth 1 dashtype solid, $tube using 1:3 with lines linecolor rgb tanh_colour linewidth 1 dashtype solid, 0 with lines linecolor rgb ink_colour linewidth 0.8 dashtype solid"
if (overshoot == 1) {
    lower = lower . ", worst with lines linetype role_mark"
    set label 1 '' at first worst_time, first worst point pointtype 7 pointsize 0.9 linecolor rgb relu_colour
}
eval 'plot ' . lower
unset multiplot
