# size: 16 x 14
# The exact solution of a savings problem: consumption, its slope, and the slope of the value below. Kinks of
# consumption are marked.
#
# variables  title_text   one line above the picture
#            knots        number of kinks in $kinks
#            critical     the first of them
# blocks     $solution    m, c, dc/dm, dV/dm
#            $kinks       m, c                    (left out when knots is 0)

knots = int(knots)
# both before the panels, inside which stats may not stand
stats $solution using 4 nooutput
wide = STATS_max > 20 * STATS_min
stats $solution using 1 nooutput
set xrange [STATS_min:STATS_max]
low = STATS_min
high = STATS_max
if (knots > 0) { set arrow 1 from first critical, graph 0 to first critical, graph 1 nohead linetype role_mark }
set key at screen 0.545, screen 0.955 center top
set label 1 title_text at screen 0.53, screen 0.98 center textcolor rgb ink_colour
legend_rows = 2

set multiplot
eval panel(1, 3, 0.46)
set format x ''
set ylabel 'consumption c'
if (knots > 0) {
    plot $solution using 1:2 with lines linetype 1 title 'c(m)', \
         $kinks using ($1 >= low && $1 <= high ? $1 : NaN):2 with points linetype role_exact pointtype 7 pointsize 0.45 title 'kinks of c'
} else {
    plot $solution using 1:2 with lines linetype 1 title 'c(m)'
}

eval panel(2, 3, 0.46)
unset label 1
set ylabel 'dc/dm'
set yrange [0:1.1]
plot $solution using 1:3 with steps linetype 2 dashtype 1

eval panel(3, 3, 0.46)
set autoscale y
set format x '%h'
set xlabel 'cash on hand m (years of income)'
set ylabel 'dV/dm'
if (wide) {
    unset offsets
    set logscale y
}
plot $solution using 1:4 with lines linetype 3 dashtype 1
unset multiplot
