# size: 22 x 13
# Step responses of an arm of several joints: a column a joint, the angle above, the torque and its limit below.
#
# variables  curves          how many
#            joints          how many
#            title_text      one line above the picture
#            reference_1 ..  wanted angle of each joint, rad
#            torque_limit_1  .. largest torque of its drive, N m; NaN: no limit
#            label_1 ..      legend of each curve
#            family_1 ..     the role that colours it
#            repeat_1 ..     how many curves before have its colour
# block      $response       one part (index) a curve: time s, then angle rad and torque N m of each joint

curves = int(curves)
joints = int(joints)
label_of(i) = value(sprintf('label_%d', i))
line_of(i) = sprintf('linetype %d %s', role(value(sprintf('family_%d', i))), value(sprintf('repeat_%d', i)) > 0 ? sprintf('dashtype %d', dash(1 + value(sprintf('repeat_%d', i)))) : '')
legend_rows = ceil((curves + 1) / 5.0)

# panels: column j of joints, row 1 (angles) or 2 (torques); above them the title, the legend and the joints' names
left(j) = 0.075 + (j - 1) * 0.925 / joints
right(j) = left(j) + 0.925 / joints - 0.065
top_of(row) = row == 1 ? 1.0 - (legend_rows + 3.6) * text_line : 0.42
bottom_of(row) = row == 1 ? 0.46 : panel_bottom
place(j, row) = sprintf('set lmargin at screen %.6f; set rmargin at screen %.6f; set tmargin at screen %.6f; set bmargin at screen %.6f', left(j), right(j), top_of(row), bottom_of(row))

set multiplot
# the legend is that of an empty plot over the whole width
set lmargin at screen 0.03
set rmargin at screen 0.97
set tmargin at screen 1.0 - (legend_rows + 1.8) * text_line
set bmargin at screen 1.0 - (legend_rows + 1.9) * text_line
set label 100 title_text at screen 0.5, screen 1.0 - 0.9 * text_line center textcolor rgb ink_colour
set key at screen 0.5, screen 1.0 - 1.6 * text_line center top maxrows legend_rows
unset border
unset xtics
unset ytics
unset grid
legend = 'NaN with lines linetype role_exact title "reference"'
do for [i = 1:curves] { legend = legend . sprintf(', NaN with lines %s title label_of(%d)', line_of(i), i) }
set xrange [0:1]
set yrange [0:1]
eval 'plot ' . legend
unset label 100
unset key
set xrange [*:*]
set yrange [*:*]
set border 3
set xtics nomirror
set ytics nomirror
set grid

do for [j = 1:joints] {
    reference = value(sprintf('reference_%d', j))
    upper = 'reference with lines linetype role_exact'
    lower = ''
    do for [i = 1:curves] {
        upper = upper . sprintf(', $response index %d using 1:%d with lines %s', i - 1, 2 * j, line_of(i))
        lower = lower . sprintf('$response index %d using 1:%d with lines %s, ', i - 1, 2 * j + 1, line_of(i))
    }
    eval place(j, 1)
    set title sprintf('joint %d', j) textcolor rgb ink_colour offset 0, -0.3
    set ylabel (j == 1 ? 'angle, rad' : '')
    set xlabel ''
    set format x ''
    set autoscale y
    set ytics autofreq
    unset label 1
    eval 'plot ' . upper

    limit = value(sprintf('torque_limit_%d', j))
    eval count('$response', 2 * j + 1)
    lowest = 0.0
    set table $crease_lowest
    plot [0:1][0:1] $response using (lowest = column(2 * j + 1) < lowest ? column(2 * j + 1) : lowest, 0):(0) with points
    unset table
    eval place(j, 2)
    unset title
    set ylabel (j == 1 ? 'torque, N m' : '')
    set format x '%h'
    set xlabel 'time, s'
    set autoscale y
    set ytics autofreq
    if (largest_size > 0.3 * limit) {
        set yrange [1.08 * lowest - 0.04 * limit:1.3 * limit]
        set ytics tic_step(2 * limit, 5)
        if (lowest < -0.7 * limit) { lower = lower . '-limit with lines linetype role_mark, ' }
        set label 1 'torque limit' textcolor rgb ink_colour at graph 0.99, first limit right offset 0, 0.6
        lower = lower . 'limit with lines linetype role_mark, '
    }
    eval 'plot ' . lower . '0 with lines linetype role_mark'
    set yrange [*:*]
}
unset multiplot
