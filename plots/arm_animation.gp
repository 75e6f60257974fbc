# size: 11 x 11
# An arm that moves, for a .gif: a frame a picture; elsewhere the frames lie over each other.
#
# variables  frames         how many
#            middle_x, middle_y, reach  centre of the picture and half of its sides, m
#            fixed          links from the base on that do not move
#            title_text     one line above the picture
# block      $arm           one part (index) a frame: across m, height m of base, joints and tip
#            $target        the same of the reference
#            $clock         time s of each frame, tip's place across m, height m

frames = int(frames)
fixed = int(fixed)
stats $clock using 1 nooutput
unset key
unset grid
unset border
unset tics
set lmargin at screen 0.02
set rmargin at screen 0.98
set tmargin at screen 0.90
set bmargin at screen 0.02
set size ratio -1
set offsets 0, 0, 0, 0
set xrange [middle_x - reach:middle_x + reach]
set yrange [middle_y - reach:middle_y + reach]
unset xzeroaxis
set label 1 title_text at screen 0.5, screen 0.965 center textcolor rgb ink_colour
set label 3 'reference' at screen 0.04, screen 0.05 left textcolor rgb '#8A8A8A'
do for [k = 0:frames - 1] {
    set label 2 sprintf('t = %.2f s', STATS_min + (frames > 1 ? (STATS_max - STATS_min) * k / (frames - 1) : 0)) at screen 0.5, screen 0.925 center textcolor rgb ink_colour
    plot $target using 1:2 with lines dashtype solid linewidth 7 linecolor rgb '#D2D2D2', \
         $target using 1:2 with points pointtype 7 pointsize 1.6 linecolor rgb '#BEBEBE', \
         $clock using 2:($0 <= k ? $3 : NaN) with lines dashtype solid linewidth 1 linecolor rgb tanh_colour, \
         $arm index k using 1:2 every ::fixed with lines dashtype solid linewidth 5 linecolor rgb relu_colour, \
         $arm index k using 1:($0 <= fixed && fixed > 0 ? $2 : NaN) with lines dashtype solid linewidth 7 linecolor rgb ink_colour, \
         $arm index k using 1:2 with points pointtype 7 pointsize 1.4 linecolor rgb ink_colour
}
