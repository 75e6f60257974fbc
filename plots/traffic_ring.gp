# size: 20 x 17
# Ways of vehicles round a ring, coloured by speed, and the size of a mode of their spacings over time.
#
# variables  title_text                 one line above the picture
#            from, end_time, length     s and km shown
#            free_speed                 km/h
#            mode                       which one
#            collision_t, collision_x   the first collision; -1: none
#            kink_t                     when the first kink was met; -1: never
#            paths                      how many the LWR model has; 0: none
# blocks     $ways, $paths              t s, x km, dt, dx, speed km/h
#            $sizes                     t s, size of the mode simulated m, by linear theory, root mean square of all
unset grid
unset offsets
unset xzeroaxis
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
# with ways from a later time on, each panel has its own times
own = from > 0 ? 1.5 * text_line : 0
split = 0.43
top = panel_top(drawn ? (collision_t >= from || paths > 0 ? 1 : 0) : 2)
set style fill solid 1 noborder
set multiplot
set lmargin at screen 0.11; set rmargin at screen 0.85; set tmargin at screen top; set bmargin at screen split
set border 15
set palette defined (0 '#A23B00', 0.18 '#D55E00', 0.4 '#E8A24A', 0.62 '#7FB7DC', 1 '#0B4F8A')
set cbrange [0:free_speed]
set colorbox user origin screen 0.875, screen split size screen 0.022, screen (top - split)
set cblabel 'speed, km/h'
set title title_text
set xrange [from:end_time]
set yrange [0:length]
set ylabel 'place on the ring, km'
set format x (from > 0 ? '%g' : '')
if (collision_t >= from) set label 1 '' at collision_t, collision_x point pointtype 8 pointsize 2 linecolor rgb ink_colour front
colour = drawn ? '$ways using 1:2:3:4:5 with vectors nohead linewidth 1.4 linecolor palette notitle' : "$ways using 1:($5 < free_speed / 4 ? $2 : NaN) with dots title 'slower than a quarter of the free speed'"
lwr = paths > 0 ? (drawn ? ", $paths using 1:2:3:4 with vectors nohead linewidth 1.3 linecolor rgb ink_colour notitle, NaN with lines linetype 8 dashtype 1 linewidth 1.3 title 'the LWR model: paths of some of them'" : '') : ''
eval 'plot ' . colour . lwr . (collision_t >= from ? ", NaN with points pointtype 8 pointsize 2 linecolor rgb ink_colour title 'first collision'" : '')
unset label 1
unset title
unset colorbox
set format x '%g'
set border 3
set grid
legend_rows = 2
set tmargin at screen split - 3.6 * text_line - own; set bmargin at screen panel_bottom
set key at screen 0.48, screen (split - 0.75 * text_line - own) center top maxrows 2
set xrange [0:end_time]
set xlabel 'time, s'
set ylabel 'spacing off even, m'
set yrange [*:*]
if (kink_t >= 0) set arrow 1 from kink_t, graph 0 to kink_t, graph 1 nohead linetype role_mark
eval count('$sizes', 2)
simulated = has_numbers ? sprintf("$sizes using 1:2 with lines linetype 1 title 'mode %d, simulated'", int(mode)) : ''
eval count('$sizes', 3)
theory = has_numbers ? sprintf("$sizes using 1:3 with lines linetype 8 dashtype (6, 4) linewidth 2 title 'mode %d, linear theory'", int(mode)) : ''
eval count('$sizes', 4)
all_lowest = 0; all_highest = 0
if (has_numbers) { stats '$sizes' using 4 nooutput; all_lowest = STATS_min; all_highest = STATS_max }
all = has_numbers ? "$sizes using 1:4 with lines linetype 9 linewidth 1.6 title 'all, root mean square'" : ''
mark = kink_t >= 0 ? "NaN with lines linetype role_mark title 'first kink met'" : ''
set yrange [*:*]
set logscale y
set format y '%g'
if (all_lowest > 0 && all_highest < 500 * all_lowest) { set for [i = -6:4] ytics add (sprintf('%g', 2 * 10.0**i) 2 * 10.0**i, sprintf('%g', 5 * 10.0**i) 5 * 10.0**i) }
list = ''
do for [part in "all simulated theory mark"] { if (strlen(value(part))) { list = list . (strlen(list) ? ', ' : '') . value(part) } }
if (strlen(list) == 0) { unset logscale y; set yrange [0:1]; list = 'NaN notitle'; set label 2 'nothing is off' at graph 0.5, graph 0.5 center }
eval 'plot ' . list
unset multiplot
