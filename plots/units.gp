# size: 16 x 12
# Training error against number of units: runs as points above the certified lower bound.
#
# variables  most_units  the largest number of units
#            title_text  one line above the picture ('' for none)
#            least_drawn errors below it are drawn there (0 for none)
# blocks     $bound      units, lower bound of rmse / sd(y)
#            $default    units and a small offset, rmse / sd(y) of the default fits
#            $lm         the same of plain Levenberg-Marquardt runs
#            $adam       the same of Adam runs

if (!exists('title_text')) title_text = ''
if (!exists('least_drawn')) least_drawn = 0.0

# the range of all that is drawn; an empty part has no numbers
smallest = 1e300
largest = 0.0
do for [name in '$bound $default $lm $adam'] {
    eval count(name, 2)
    if (has_numbers) {
        eval sprintf("stats %s using 2 nooutput", name)
        smallest = STATS_min < smallest ? STATS_min : smallest
        largest = STATS_max > largest ? STATS_max : largest
    }
}
if (largest == 0) {
    smallest = 0.1
    largest = 1.0
    set label 99 'no data' at graph 0.5, 0.5 center
}
# room below the bound, where nothing lies
decades = log10(largest / smallest) > 0.3 ? log10(largest / smallest) : 0.3
at_floor = smallest <= least_drawn
low = smallest / 10**((at_floor ? 0.12 : 0.30) * decades)
high = largest * 10**(0.05 * decades)

set title title_text
set xlabel 'ReLU units H (beside a line)'
set ylabel 'training RMSE / sd of y'
set logscale y
if (decades < 2) {
    set format y '%g'
    set ytics add (0.2, 0.5, 0.02, 0.05, 0.002, 0.005)
} else {
    set format y '%.0e'
}
set xrange [0.5:most_units + 0.5]
set yrange [low:high]
units_step = most_units > 24 ? 5 : most_units > 12 ? 2 : 1
set xtics units_step, units_step
unset grid
set grid ytics linecolor rgb light_grey linewidth 0.7 dashtype solid
set boxwidth 1
set style fill solid 1 noborder
set key at screen 0.545, screen 0.995 center top maxcols 2 maxrows 3
legend_rows = 3
set tmargin at screen panel_top(legend_rows)
if (at_floor) {
    set label 2 sprintf('below %.0e: drawn here', least_drawn) at graph 0.98, first least_drawn / 10**(0.06 * decades) right textcolor rgb ink_colour front
}
# in the order of the legend, column by column; the default fits last, on top
plot $bound using 1:2 with boxes fillcolor rgb '#DDDDDD' title 'no network of H units here', \
     $bound using ($1 - 0.5):2:(1):(0) with vectors nohead linetype role_exact linewidth 1.8 title 'certified lower bound', \
     keyentry with points linetype role('relu') pointtype 7 pointsize 1.1 title 'default fit', \
     $lm using 1:2 with points linetype role('leaky') pointtype 6 pointsize 0.7 title 'Levenberg-Marquardt, random start', \
     $adam using 1:2 with points linetype role('tanh') pointtype 9 pointsize 0.7 title 'Adam, random start', \
     $default using 1:2 with points linetype role('relu') pointtype 7 pointsize 1.1
