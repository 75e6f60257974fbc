# size: 20 x 12
# Closed-loop poles of an arm as the gain grows from 0: all of them, and those near the marked loops.
#
# variables  title_text      one line above the picture
#            branches        how many
#            sampled         1: the z plane with its unit circle, 0: the s plane
#            critical_label  legend of the poles on the edge of stability
#            marks           how many loops are marked
#            label_1 .., family_1 ..   legend and role of each
#            all_left, all_size, near_size   what the s plane shows, 1/s; near_size: about 1 in the z plane
# blocks     $branch         one part a branch: real, imaginary
#            $open, $zeros, $critical   poles at gain 0, zeros, poles on the edge
#            $marks          one part a loop: its poles

branches = int(branches)
marks = int(marks)
sampled = int(sampled)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = value(sprintf('family_%d', i))
own_sign(f) = f eq 'relu' ? 7 : f eq 'tanh' ? 5 : f eq 'sigmoid' ? 9 : f eq 'hybrid' ? 13 : 0
sign(i) = own_sign(family_of(i)) ? own_sign(family_of(i)) : int(word('4 11 8 12', 1 + (i - 1) % 4))
eval count('$zeros', 1)
zeros = has_numbers
top = 0.12 + 0.395 * 20 / 12 # square panels

cell(left, right) = sprintf('set lmargin at screen %.4f; set rmargin at screen %.4f; set tmargin at screen %.4f; set bmargin at screen 0.12', left, right, top)

points(block, style) = sprintf(', %s using 1:2 with points linetype role_exact %s', block, style)
branch_plot = 'plot for [i = 1:branches] $branch index i - 1 using 1:2 with lines linetype role_exact linewidth 1.6' . points('$open', 'pointtype 2 pointsize 1.3') . (zeros ? points('$zeros', 'pointtype 6 pointsize 1.4') : '') . points('$critical', 'pointtype 3 pointsize 1.7 linewidth 1.6') . ', for [i = 1:marks] $marks index i - 1 using 1:2 with points linetype role(family_of(i)) pointtype sign(i) pointsize (1.9 - 0.25 * (i > 4 ? 4 : i - 1))'

unset offsets
set multiplot
# the legend, over the whole width
set lmargin at screen 0.02; set rmargin at screen 0.98; set tmargin at screen 0.99; set bmargin at screen 0.9
unset border; unset tics; unset grid; unset xzeroaxis
set label 9 title_text at screen 0.5, screen 0.975 center textcolor rgb ink_colour
set key at screen 0.5, screen 0.955 center top maxcols 2
legend = "plot [0:1][0:1] NaN with lines linetype role_exact linewidth 1.6 title 'poles as the gain grows', NaN with points linetype role_exact pointtype 2 pointsize 1.3 title 'poles at gain 0'"
if (zeros) { legend = legend . ", NaN with points linetype role_exact pointtype 6 pointsize 1.4 title 'zeros'" }
eval legend . ', NaN with points linetype role_exact pointtype 3 pointsize 1.7 linewidth 1.6 title critical_label, for [i = 1:marks] NaN with points linetype role(family_of(i)) pointtype sign(i) pointsize (1.9 - 0.25 * (i > 4 ? 4 : i - 1)) title label_of(i)'
unset key
unset label 9
set border 3 linecolor rgb ink_colour linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink_colour
set xtics nomirror
set ytics nomirror
set grid linecolor rgb light_grey linewidth 0.7 dashtype solid

eval cell(0.09, 0.485)
if (sampled) {
    set size ratio -1
    set xrange [-1.25:1.25]
    set yrange [-1.25:1.25]
    set xlabel 'real part of z'
    set ylabel 'imaginary part of z'
    set object 1 circle at 0, 0 size 1 fillstyle empty border linecolor rgb ink_colour linewidth 1 dashtype (3, 3)
    set label 1 'unstable outside the circle' at graph 0.02, graph 0.96 left textcolor rgb ink_colour
} else {
    set xrange [all_left:0.5 * all_size]
    set yrange [-1.2 * all_size:1.2 * all_size]
    set xlabel 'real part of s, 1/s'
    set ylabel 'imaginary part of s, rad/s'
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead linetype role_mark
}
eval branch_plot
eval cell(0.58, 0.975)
unset ylabel
set size ratio -1
if (sampled) {
    set xrange [1 - 1.5 * near_size:1 + 0.5 * near_size]
    set yrange [-near_size:near_size]
    set object 1 circle at 0, 0 size 1 fillstyle empty border linecolor rgb ink_colour linewidth 1 dashtype (3, 3)
    set label 1 'near z = 1' at graph 0.02, graph 0.96 left textcolor rgb ink_colour
    set xtics nomirror tic_step(2 * near_size, 4)
} else {
    set xrange [-1.5 * near_size:0.5 * near_size]
    set yrange [-near_size:near_size]
    set label 1 'near 0' at graph 0.02, graph 0.96 left textcolor rgb ink_colour
    set label 2 'unstable' at graph 0.99, graph 0.04 right textcolor rgb ink_colour
}
eval branch_plot
unset multiplot
