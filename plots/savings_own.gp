# size: 18 x 16
# A user's value function: its table and the fits (top left), their slopes near the first kink, or everywhere without one
# (top right), the errors at the rows on a logarithmic scale below.
#
# variables  networks     how many
#            title_text   one line above the picture
#            x_label, y_label   names of the state and the value
#            kinks        how many; critical: the first
#            critical_text   'assets = 0'
#            error_floor, error_top   range of the errors that is drawn
#            label_1 .., family_1 ..  legend and role of each network
# blocks     $data         x, value: the table
#            $data_slope   x, slope: the table near the kink, one missing row when no slope was given
#            $fit, $slope  one part a network: x, fitted value or slope, both sides at kinks
#            $error        one part a network: x, |error| at the rows, at least 1e-17

networks = int(networks)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = value(sprintf('family_%d', i))
nth(i) = sum [k = 1:i] (family_of(k) eq family_of(i) ? 1 : 0)
curve_style(i) = sprintf('with lines linetype %d', role(family_of(i))) . (nth(i) > 1 ? sprintf(' dashtype %d', dash(nth(i))) : '')

eval count('$data_slope', 2)
upper = '$data using 1:2 with points linetype role_data'
slopes = ''
lower = "NaN with points linetype role_data title 'the table'"
# the fit that was chosen is drawn last, over its rivals
do for [i = networks:1:-1] {
    upper = upper . sprintf(', $fit index %d using 1:2 %s', i - 1, curve_style(i))
    slopes = slopes . (i < networks ? ', ' : '') . sprintf('$slope index %d using 1:2 %s', i - 1, curve_style(i))
}
if (has_numbers) slopes = slopes . ', $data_slope using 1:2 with points linetype role_exact'
do for [i = 1:networks] {
    lower = lower . sprintf(', $error index %d using 1:2 %s title label_of(%d)', i - 1, curve_style(i), i)
}

rows = networks + 1
set key at screen 0.53, screen 0.965 center top maxcols 1 maxrows rows
top_edge = 1.0 - (1.12 * rows + 4.2) * text_line
middle = 0.4
box(l, r, t, b) = sprintf('set lmargin at screen %f; set rmargin at screen %f; set tmargin at screen %f; set bmargin at screen %f', l, r, t, b)
panel_text(text) = sprintf("set label 2 '%s' at graph 0, graph 1 offset 0.5, 0.8 left textcolor rgb ink_colour", text)
if (kinks > 0) set arrow 1 from first critical, graph 0 to first critical, graph 1 nohead linetype role_mark
set label 1 title_text at screen 0.53, screen 0.98 center textcolor rgb ink_colour

set multiplot
eval box(0.1, 0.50, top_edge, middle + 4.4 * text_line)
set ylabel y_label
eval panel_text('the table and the fits')
eval 'plot ' . upper

eval box(0.59, 0.975, top_edge, middle + 4.4 * text_line)
unset label 1
set ylabel 'slope'
eval panel_text(kinks > 0 ? 'their slopes near ' . critical_text : 'their slopes')
eval 'plot ' . slopes

eval box(0.1, 0.975, middle, 3.3 * text_line)
eval panel_text('the errors at the rows')
set xlabel x_label
set ylabel 'size of the error'
unset offsets
set logscale y
set format y '1e%T'
set yrange [error_floor:error_top]
eval 'plot ' . lower
unset multiplot
