# size: 18 x 16
# Networks fitted to one function of a savings problem near the critical point: the function and the fits less the tangent right of
# it (top left), their slopes (top right); below the errors over the whole range on a logarithmic scale.
#
# variables  networks     how many
#            title_text   one line above the picture
#            x_label      the variable
#            y_label      the function: 'W(a)'
#            critical     where a kink is looked for
#            has_tangent  0: the slope there is infinite, and the value there is taken off instead of a tangent
#            error_floor, error_top   range of the errors that is drawn
#            label_1 ..   legend of each network
#            family_1 ..  'relu', 'tanh', 'sigmoid', 'hybrid', ...
# blocks     $exact        x, value less the tangent
#            $exact_slope  x, slope, near the critical point
#            $fit          one part a network: x, fitted less the tangent of the function
#            $error        one part a network: x, |error|, at least 1e-17
#            $slope        one part a network: x, slope of the network, near the critical point

networks = int(networks)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = value(sprintf('family_%d', i))
nth(i) = sum [k = 1:i] (family_of(k) eq family_of(i) ? 1 : 0)
curve_style(i) = sprintf('with lines linetype %d', role(family_of(i))) . (nth(i) > 1 ? sprintf(' dashtype %d', dash(nth(i))) : '')

# the legend belongs to the lowest panel, the only one as wide as the picture
upper = '$exact using 1:2 with lines linetype role_exact linewidth 2.2'
slopes = '$exact_slope using 1:2 with lines linetype role_exact linewidth 2.2'
lower = "NaN with lines linetype role_exact linewidth 2.2 title 'exact'"
do for [i = 1:networks] {
    upper = upper . sprintf(', $fit index %d using 1:2 %s', i - 1, curve_style(i))
    slopes = slopes . sprintf(', $slope index %d using 1:2 %s', i - 1, curve_style(i))
    lower = lower . sprintf(', $error index %d using 1:2 %s title label_of(%d)', i - 1, curve_style(i), i)
}

rows = networks + 1
set key at screen 0.53, screen 0.965 center top maxcols 1 maxrows rows
top_edge = 1.0 - (1.12 * rows + 3.4) * text_line
middle = 0.4
box(l, r, t, b) = sprintf('set lmargin at screen %f; set rmargin at screen %f; set tmargin at screen %f; set bmargin at screen %f', l, r, t, b)
panel_text(text) = sprintf("set label 2 '%s' at graph 0, graph 1 offset 0.5, 0.8 left textcolor rgb ink_colour", text)
set arrow 1 from first critical, graph 0 to first critical, graph 1 nohead linetype role_mark
set label 1 title_text at screen 0.53, screen 0.98 center textcolor rgb ink_colour

# before the panels, inside which stats may not stand
stats $exact using 1 nooutput
near_low = STATS_min
near_high = STATS_max
stats $error index 0 using 1 nooutput
low = STATS_min
high = STATS_max
set multiplot
set xrange [near_low:near_high]
eval box(0.135, 0.52, top_edge, middle + 4.4 * text_line)
set ylabel y_label . (has_tangent > 0 ? ' less tangent' : ' less constant')
set xtics tic_step(near_high - near_low, 4)
eval panel_text('near ' . sprintf('%.4g', critical) . (has_tangent > 0 ? ', less the right tangent' : ', less the value there'))
eval 'plot ' . upper

eval box(0.62, 0.975, top_edge, middle + 4.4 * text_line)
unset label 1
set ylabel 'slope'
eval panel_text('the slopes there')
eval 'plot ' . slopes

eval box(0.135, 0.975, middle, 3.3 * text_line)
set xtics autofreq
set xrange [low:high]
eval panel_text('the errors')
set xlabel x_label
set ylabel 'size of the error'
unset offsets
set logscale y
set format y '1e%T'
set yrange [error_floor:error_top]
eval 'plot ' . lower
unset multiplot
