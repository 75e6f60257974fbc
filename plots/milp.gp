# Seconds to decide a question about random networks against their number of hidden units: the mixed-integer program
# by GLPK, which ends at its time limit, and branch and bound.
#
# variables  time_limit  seconds; a line
#            networks    how many there are of each size
# blocks     $times      units, seconds of GLPK (NaN: not tried any more), seconds of branch and bound, binaries,
#                        networks that GLPK did not decide

set logscale xy
set format y '%g'
set xlabel 'hidden units, in two layers'
set ylabel 'seconds, median'
set xrange [3.5:150]
set yrange [*:3 * time_limit]
set offsets 0, 0, 0, 0
set xtics (4, 8, 16, 32, 64, 128)
set label 1 sprintf('limit %g s', time_limit) at graph 0.02, first time_limit * 1.5 textcolor rgb ink_colour
plot $times using 1:2 with linespoints linetype 1 title 'mixed-integer program, GLPK', \
     $times using 1:3 with linespoints linetype 2 title 'branch and bound, crease verify', \
     time_limit with lines linetype role_mark
