# size: 16 x 13
# Growth rate of the fastest mode over vehicles and tau, with the critical tau.
#
# variables  low, high                  vehicles shown
#            tau_low, tau_high          s shown
#            gap_time                   Tg, s
#            here_vehicles, here_tau    the ring of this run
# blocks     $map                       vehicles, tau s, growth rate 1/s, on a regular grid
set title 'Stability of uniform congested flow on a ring'
set xlabel 'vehicles'
set ylabel 'τ, s'
set cblabel 'growth rate of the fastest mode, 1/s (darkest blue: or less)'
unset grid
unset offsets
unset xzeroaxis
set border 15
set style fill solid 1 noborder
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
set xrange [low - 0.5:high + 0.5]
set yrange [tau_low:tau_high]
eval count('$map', 3)
stats '$map' using 3 nooutput
largest = STATS_max > 0 ? STATS_max : -STATS_min
# waves fade at very different rates; those that fade faster than the fastest can grow have one colour
set cbrange [-largest:largest]
set palette defined (-1 '#0B4F8A', -0.4 '#7FB7DC', 0 '#FFFFFF', 0.4 '#F0B070', 1 '#C04F00')
set rmargin at screen 0.80
set lmargin at screen 0.11
set bmargin at screen panel_bottom
set colorbox user origin screen 0.825, screen panel_bottom size screen 0.022, screen (panel_top(legend_rows) - panel_bottom)
critical(n) = gap_time / (1 + cos(2 * pi / n))
colours = drawn ? '$map using 1:2:3 with image notitle, ' : ''
here = here_vehicles >= low && here_vehicles <= high && here_tau >= tau_low && here_tau <= tau_high ? ", '+' using (here_vehicles):(here_tau) every ::0::0 with points pointtype 4 pointsize 1.6 linewidth 2 linecolor rgb ink_colour title 'this ring'" : ''
eval 'plot ' . colours . "[n = (low > 2.05 ? low : 2.05):high] critical(n) with lines linecolor rgb ink_colour linewidth 2 title 'critical τ = Tg / (1 + cos(2π/N))'" . here
