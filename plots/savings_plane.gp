# size: 16 x 17
# A value of assets and income with its kink, a line: the value, its lines of equal value, the true kink and the corner
# of a fitted network (top); the errors of a smooth network (bottom).
#
# variables  title_text   one line above the picture
#            a_from, a_to, y_from, y_to     the box
#            plane_offset, gain_a, gain_y, plane_jump, line_slope, line_intercept
#                         the value is plane_offset + gain_a a + gain_y y + plane_jump max(0, a - line(y)); no
#                         line_slope: no kink
#            fitted_slope, fitted_intercept, fitted_label     the corner of a network (may be left out)
#            value_label, error_label
# blocks     $plane       a, y, value, |error|, row by row of a

has_line = exists('line_slope')
has_fit = exists('fitted_slope')
line(y) = line_slope * y + line_intercept
consumed(a, y) = plane_offset + gain_a * a + gain_y * y + (has_line ? plane_jump * (a > line(y) ? a - line(y) : 0) : 0)

# lines of equal value, from the closed form
set contour base
unset surface
set cntrparam levels auto 14
set isosamples 161, 161
set xrange [a_from:a_to]
set yrange [y_from:y_to]
set table $levels
splot consumed(x, y)
unset table
unset contour
set surface
unset grid
unset offsets
set style fill solid 1 noborder
set border 15 linecolor rgb ink_colour linewidth 1
set ylabel 'income y (of the mean)'
set key at screen 0.5, screen 0.955 center top maxcols 2
set label 1 title_text at screen 0.5, screen 0.98 center textcolor rgb ink_colour
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
box(t, b) = sprintf('set lmargin at screen 0.11; set rmargin at screen 0.83; set tmargin at screen %f; set bmargin at screen %f; set colorbox user origin screen 0.85, screen %f size screen 0.02, screen %f', t, b, b, t - b)
panel_text(text) = sprintf("set label 2 '%s' at graph 0, graph 1 offset 0, 0.7 left textcolor rgb ink_colour", text)
truth = has_line ? "line(t), t with lines linetype role_exact linewidth 2.6 title 'true kink'" : "NaN, NaN with lines linetype role_exact title 'no kink'"
fitted = has_fit ? "fitted_slope * t + fitted_intercept, t with lines linetype role('relu') dashtype (8, 8) title fitted_label" : ''
join(a, b) = strlen(a) && strlen(b) ? a . ', ' . b : a . b
image(column) = drawn ? sprintf('$plane using 1:2:%d with image', column) : ''
set parametric
set trange [y_from:y_to]

eval count('$plane', 4)
largest_error = largest_size > 0 ? largest_size : 1e-17

set multiplot
eval box(0.86, 0.515)
set palette defined (0 '#30123b', 0.5 '#3e6f9e', 1 '#f4f1de')
eval panel_text(value_label)
set format x ''
eval 'plot ' . join(join(image(3), "$levels using 1:2 with lines linecolor rgb '#FFFFFF' linewidth 0.8"), join(truth, fitted))

eval box(0.43, 0.085)
set palette defined (0 '#ffffff', 0.5 '#7fb2d8', 1 '#08306b')
set format cb '%.1e'
set cbtics tic_step(largest_error, 4)
unset key
unset label 1
eval panel_text(error_label)
set format x '%h'
set xlabel 'assets a (in incomes)'
eval 'plot ' . join(image(4), truth)
unset multiplot
