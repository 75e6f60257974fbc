# size: 16 x 16
# Trained laws of an arm: a motion, its torque with the limit, and each law at rest against the angle.
#
# variables  curves       how many
#            title_text   one line above the picture ('' for none)
#            reference    wanted angle, rad
#            torque_limit largest torque that the drive gives, N m; 0: no limit
#            label_1 ..   legend of each curve
#            family_1 ..  the role that colours it
# block      $response    one part (index) a curve: time s, angle rad, torque N m
#            $law         one part a curve: error angle rad, torque N m within the limit, both at rest

if (!exists('title_text')) title_text = ''
curves = int(curves)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = exists(sprintf('family_%d', i)) ? value(sprintf('family_%d', i)) : 'other'
legend_rows = (curves + 1) / 2 + 1
set key at screen 0.545, screen 0.995 center top maxcols 2 maxrows legend_rows

upper = 'reference with lines linetype role_mark'
middle = ''
lower = ''
do for [i = 1:curves] {
    style = sprintf('with lines linetype %d', role(family_of(i)))
    upper = upper . sprintf(', $response index %d using 1:2 %s title label_of(%d)', i - 1, style, i)
    middle = middle . sprintf('$response index %d using 1:3 %s, ', i - 1, style)
    lower = lower . sprintf('$law index %d using 1:2 %s, ', i - 1, style)
}
limits = torque_limit == 0 ? '0 with lines linetype role_mark' : 'torque_limit with lines linetype role_mark, -torque_limit with lines linetype role_mark'

# three panels, the last with an axis of its own and so room for the labels of the one above
free = panel_top(legend_rows) - panel_bottom - 5.0 * text_line
first = 0.36 * free; second = 0.27 * free; third = 0.37 * free
place(top, height, rest) = sprintf('set lmargin at screen 0.125; set rmargin at screen 0.965; set tmargin at screen %.6f; set bmargin at screen %.6f; %s', top, top - height, rest)
set multiplot
eval place(panel_top(legend_rows), first, '')
set title title_text
set ylabel 'angle, rad'
set format x ''
eval 'plot ' . upper

eval place(panel_top(legend_rows) - first - panel_gap, second, 'unset key; unset title')
set format x '%h'
set xlabel 'time, s' offset 0, 0.3
set ylabel 'torque, N m'
if (torque_limit > 0) {
    set yrange [-1.25 * torque_limit:1.25 * torque_limit]
    set ytics tic_step(2 * torque_limit, 4)
    set label 1 'torque limit' at graph 0.995, first torque_limit right offset 0, 0.6
}
eval 'plot ' . middle . limits
unset label 1

eval place(panel_bottom + third, third, '')
set xlabel 'error angle at rest, rad' offset 0, 0
set ylabel 'torque, N m'
eval 'plot ' . lower . limits
unset multiplot
