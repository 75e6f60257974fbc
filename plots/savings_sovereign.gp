# size: 16 x 18
# Default with endogenous prices: the value at three incomes with its kinks, the price of bonds, and the limit, a curve of
# debt and income.
#
# variables  label_1, label_2, label_3   incomes
# blocks     $country    one part an income: b, V, price of bonds b
#            $kinks      one part an income: b*, V there (NaN when it never defaults)
#            $limits     b*, income, one row an income that has a limit (one empty row when none has)

label_of(i) = value(sprintf('label_%d', i))
legend_rows = 2
set key at screen 0.545, screen 0.99 center top maxcols 2
curves(column, titles) = sprintf("for [i = 1:3] $country index i - 1 using 1:%d with lines linetype i %s", column, titles)
stats $country using 1 nooutput
set xrange [STATS_min:STATS_max]
eval count('$limits', 1)
if (has_numbers) { stats $limits using 1:2 nooutput name 'limit' }

set multiplot
eval panel(1, 3, 0.4)
set format x ''
set ylabel 'value V'
eval 'plot ' . curves(2, 'title label_of(i)') . ", $kinks using 1:2 with points linetype role_exact pointtype 7 pointsize 0.6 title 'kinks'"

eval panel(2, 3, 0.4)
set ylabel 'price of bonds b'
set yrange [0:1.05]
eval 'plot ' . curves(3, '')

eval panel(3, 3, 0.4)
set autoscale y
set format x '%h'
set xlabel 'bonds b (below 0: debt, over mean income of a quarter)'
set ylabel 'income y (of the mean)'
unset offsets
set yrange [0.85:1.15]
set label 1 'defaults' at graph 0.03, graph 0.12 left front textcolor rgb ink_colour
set label 2 'repays' at graph 0.97, graph 0.88 right textcolor rgb ink_colour
set style fill solid 0.18
# more debt than at the highest income with a limit: default at that income as well
if (has_numbers) { set object 1 rectangle from graph 0, first 0.85 to first limit_min_x, first limit_max_y fillcolor rgb relu_colour fillstyle solid 0.18 noborder behind }
plot $limits using 1:2 with filledcurves y1=0.85 linecolor rgb relu_colour notitle, \
     $limits using 1:2 with linespoints linetype 1 pointtype 7 pointsize 0.3 notitle
unset multiplot
