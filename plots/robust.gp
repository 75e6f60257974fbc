# size: 16 x 15
# Certified against sampled radius, and local against global constant, at random points.
#
# variables  title_text     one line above the picture
#            global_bound   the product of the layers' norms (0: none)
# blocks     $points        certified radius, nearest sampled violation, local constant (may be empty)

eval count('$points', 1)
smallest = 1e-3
largest = 1.0
if (has_numbers) {
    stats $points using 1 nooutput
    smallest = STATS_min
    stats $points using 2 nooutput
    largest = STATS_max
}
largest = largest > 1.01 * smallest ? largest : 1.01 * smallest
unset offsets
set multiplot
set title title_text
eval panel(1, 2, 0.62)
set logscale xy
set xrange [smallest / 1.3:largest * 1.3]
set yrange [smallest / 1.3:largest * 1.3]
set ylabel 'nearest violation sampled'
set label 1 'certified radius in Linf' at graph 0.98, graph 0.05 right textcolor rgb ink_colour
plot x with lines linetype role_exact title 'equal', \
     $points using 1:2 with points linetype role('relu') pointtype 7 pointsize 0.5 title 'a random point of the box'

eval panel(2, 2, 0.62)
unset label 1
set key default
set key inside right top Right noreverse textcolor rgb ink_colour horizontal
set xlabel 'certified radius'
set ylabel 'change per unit step'
set autoscale y
stats_low = 1e300
if (has_numbers) {
    stats $points using ($3 > 0 ? $3 : 1/0) nooutput
    stats_low = STATS_records > 0 ? STATS_min : 1e300
}
low = stats_low < 1e300 ? stats_low : 0.1
high = global_bound > 0 ? global_bound : (has_numbers ? STATS_max : 1.0)
set yrange [low / 2:high * (high / low > 100 ? 100 : 10)]
set format y '%.0e'
set ytics 100
if (global_bound > 0) {
    plot global_bound with lines linetype role('tanh') title 'product of the layer norms, anywhere', \
         $points using 1:3 with points linetype role('relu') pointtype 7 pointsize 0.5 title 'in the cell of the point'
} else {
    plot $points using 1:3 with points linetype role('relu') pointtype 7 pointsize 0.5 title 'in the cell of the point'
}
unset multiplot
