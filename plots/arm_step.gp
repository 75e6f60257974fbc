# size: 16 x 12
# Step responses of an arm: the angle above, the torque and its limit below.
#
# variables  curves       how many
#            title_text   one line above the picture ('' for none)
#            reference    wanted angle, rad
#            torque_limit largest torque that the drive gives, N m
#            label_1 ..   legend of each curve
#            family_1 ..  the role that colours it
#            repeat_1 ..  how many curves before have its colour
# block      $response    one part (index) a curve: time s, angle rad, torque N m

if (!exists('title_text')) title_text = ''
curves = int(curves)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = exists(sprintf('family_%d', i)) ? value(sprintf('family_%d', i)) : 'other'
dash_of(i) = value(sprintf('repeat_%d', i)) > 0 ? sprintf('dashtype %d', dash(1 + value(sprintf('repeat_%d', i)))) : ''
legend_rows = curves / 3 + 1
set key at screen 0.545, screen 0.995 center top maxcols 3 maxrows legend_rows

upper = "reference with lines linetype role_exact title 'reference'"
lower = ''
do for [i = 1:curves] {
    upper = upper . sprintf(', $response index %d using 1:2 with lines linetype %d %s title label_of(%d)', i - 1, role(family_of(i)), dash_of(i), i)
    lower = lower . sprintf('$response index %d using 1:3 with lines linetype %d %s, ', i - 1, role(family_of(i)), dash_of(i))
}

eval count('$response', 3)
lowest = 0.0
set table $crease_lowest
plot [0:1][0:1] $response using (lowest = $3 < lowest ? $3 : lowest, 0):(0) with points
unset table
set multiplot
eval panel(1, 2, 0.58)
set title title_text
set ylabel 'angle, rad'
set format x ''
eval 'plot ' . upper

eval panel(2, 2, 0.58)
set format x '%h'
set xlabel 'time, s'
set ylabel 'torque, N m'
set xrange [GPVAL_X_MIN:GPVAL_X_MAX]
# the limit is in the picture when the torques come anywhere near it
if (largest_size > 0.3 * torque_limit) {
    set yrange [1.08 * lowest - 0.04 * torque_limit:1.4 * torque_limit]
    set ytics tic_step(2 * torque_limit, 4)
    if (lowest < -0.7 * torque_limit) { lower = lower . '-torque_limit with lines linetype role_mark, ' }
    set label 1 'torque limit' at graph 0.995, first torque_limit right offset 0, 0.6
    lower = lower . 'torque_limit with lines linetype role_mark, '
}
eval 'plot ' . lower . '0 with lines linetype role_mark'
unset multiplot
