# size: 16 x 15
# Consumption at some ages with its kinks (top); income, consumption and assets of a cohort by age (bottom).
#
# variables  curves      number of policies
#            label_1 ..  their legend
# blocks     $policy     one part a policy: m, c
#            $kinks      one part a policy: m, c of its kinks (one empty row for none)
#            $cohort     age, mean income, mean consumption, mean assets, 10th and 90th percentile of assets

curves = int(curves)
label_of(i) = value(sprintf('label_%d', i))
legend_rows = 2
set key at screen 0.53, screen 0.985 center top maxcols 3
half(t, b) = sprintf('set lmargin at screen 0.11; set rmargin at screen 0.90; set tmargin at screen %f; set bmargin at screen %f', t, b)

lines = ''
do for [i = 1:curves] {
    lines = lines . sprintf("%s $policy index %d using 1:2 with lines linetype %d title label_of(%d)", i > 1 ? ',' : '', i - 1, i, i)
}
lines = lines . ", $kinks using 1:2 with points linetype role_exact pointtype 7 pointsize 0.5 title 'kinks of c'"

set multiplot
eval half(panel_top(legend_rows), 0.58)
set xlabel 'cash on hand m (in incomes of the first age)'
set ylabel 'consumption c'
eval 'plot ' . lines

eval half(0.43, 0.09)
set key at screen 0.53, screen 0.495 center top maxcols 4
set border 11
set xlabel 'age'
set ylabel 'income, consumption'
set y2label 'assets' textcolor rgb ink_colour
set y2tics textcolor rgb ink_colour
set autoscale y2fix
unset offsets
set yrange [0:*]
plot $cohort using 1:5:6 axes x1y2 with filledcurves linecolor rgb sigmoid_colour title 'assets, 10 to 90 %', \
     $cohort using 1:4 axes x1y2 with lines linetype 3 title 'assets (right)', \
     $cohort using 1:2 with lines linetype 2 title 'income', \
     $cohort using 1:3 with lines linetype 1 title 'consumption'
unset multiplot
