# size: 16 x 13
# A Lyapunov function of an arm's loop: ellipses of equal V, the creases of the law, motions.
#
# variables  title_text     one line above the picture
#            proved         1: the outermost ellipse is never left, the box is where V' < 0 is proved; 0: neither is
#            x_low, x_high, w_low, w_high   the box
#            has_worst      1: V grows at worst_x, worst_w
# blocks     $creases       x, w: index 0, 1, ... one closed polygon each
#            $rings         x, w: one part a level, the outermost first
#            $motions       x, w: one part a motion (missing where there is neither a proof nor a worst place)

set title title_text
set xlabel 'x = q - reference, rad'
set ylabel 'w, rad/s'
unset grid
unset offsets
unset xzeroaxis
set border 15
stats $rings index 0 using 1:2 nooutput
left = STATS_min_x < x_low ? STATS_min_x : x_low
right = STATS_max_x > x_high ? STATS_max_x : x_high
bottom = STATS_min_y < w_low ? STATS_min_y : w_low
top = STATS_max_y > w_high ? STATS_max_y : w_high
if (has_worst == 1) {
    left = worst_x < left ? worst_x : left
    right = worst_x > right ? worst_x : right
    bottom = worst_w < bottom ? worst_w : bottom
    top = worst_w > top ? worst_w : top
}
set xrange [left - 0.04 * (right - left):right + 0.04 * (right - left)]
set yrange [bottom - 0.04 * (top - bottom):top + 0.04 * (top - bottom)]
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
legend_rows = 2
set tmargin at screen panel_top(legend_rows)
set lmargin at screen 0.12
set rmargin at screen 0.965
set bmargin at screen panel_bottom
$box << EOD
0 0
1 0
1 1
0 1
0 0
EOD
inside = drawn && proved == 1 ? "$rings index 0 using 1:2 with filledcurves closed fillcolor rgb '#D9ECF7' fillstyle solid 1 noborder title 'never left', " : ''
moving = proved == 1 || has_worst == 1 ? "$motions using 1:2 with lines linecolor rgb ink_colour linewidth 1.1 dashtype solid title 'motions', " : ''
worst = has_worst == 1 ? "'+' using (worst_x):(worst_w) with points pointtype 2 pointsize 1.4 linewidth 2.5 linecolor rgb relu_colour title 'V grows here', " : ''
eval 'plot ' . inside . "$creases using 1:2 with lines linecolor rgb '#9A9A9A' linewidth 0.9 dashtype solid title 'creases', $rings using 1:2 with lines linecolor rgb tanh_colour linewidth 1.6 dashtype solid title 'V = constant', " . moving . worst . "$box using (x_low + $1 * (x_high - x_low)):(w_low + $2 * (w_high - w_low)) with lines linecolor rgb relu_colour linewidth 1.6 dashtype (6, 4) title (proved == 1 ? 'V´ < 0 proved' : 'box asked')"
