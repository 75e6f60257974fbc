# size: 16 x 15
# Open loop of an arm: modulus above, phase below, with gain and phase margins marked.
#
# variables  title_text      one line above the picture
#            curves          how many loops
#            label_1 .., family_1 ..   legend with the margins, and role of each
#            sampled         1: there is $thumb
# blocks     $response       one part a loop: frequency rad/s, |L|, phase in degrees
#            $margins        one part a loop, two rows: where |L| = 1, and where the phase is -180 degrees
#            $thumb          the first loop in continuous time, half a period late

curves = int(curves)
sampled = int(sampled)
label_of(i) = value(sprintf('label_%d', i))
family_of(i) = value(sprintf('family_%d', i))

set title title_text
set key at screen 0.545, screen 0.995 center top maxcols 1 maxrows 6
legend_rows = curves + (sampled ? 1 : 0) + 0.5
thumb(column) = sampled ? sprintf(", $thumb using 1:%d with lines linetype role_data title 'continuous and half a period late, a rule of thumb'", column) : ''
panel_plot(column) = sprintf("plot for [i = 1:curves] $response index i - 1 using 1:%d with lines linetype role(family_of(i)) title label_of(i)", column) . thumb(column)
dots(column) = sprintf(", for [i = 1:curves] $margins index i - 1 using 1:%d with points linetype role(family_of(i)) pointtype 7 pointsize 0.9 notitle", column)

set logscale x
set multiplot
eval panel(1, 2, 0.5)
set logscale y
set format x ''
set format y '10^%T'
set format y '%g'
set ylabel '|L|'
# from |L| up to 1 at the phase of -180 degrees: the gain margin
eval panel_plot(2) . dots(2) . ", for [i = 1:curves] $margins index i - 1 every ::1::1 using 1:2:(0):(1 - $2) with vectors nohead linetype role(family_of(i)) linewidth 1.4 dashtype (2, 2) notitle, 1 with lines linetype role_mark notitle"
unset logscale y

eval panel(2, 2, 0.5)
set format x '%g'
set format y '%g'
set ytics 45
set xlabel 'frequency, rad/s'
set ylabel 'phase, degrees'
eval panel_plot(3) . dots(3) . ", for [i = 1:curves] $margins index i - 1 every ::0::0 using 1:3:(0):(-180 - $3) with vectors nohead linetype role(family_of(i)) linewidth 1.4 dashtype (2, 2) notitle, -180 with lines linetype role_mark notitle"
unset multiplot
