# size: 11 x 11
# An arm that moves, for a .gif: a frame a picture; elsewhere the frames lie over each other.
#
# variables  frames, reach  how many; how far from the base the arm gets at most, m
#            title_text     one line above the picture
#            floor          height of the floor, m; NaN: none
# block      $arm           one part (index) a frame: across m, height m of base, joints and tip
#            $target        the same of the reference
#            $clock         time s of each frame, tip's place across m, height m

frames = int(frames)
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
set xrange [-1.12 * reach:1.12 * reach]
set yrange [-1.12 * reach:1.12 * reach]
set label 1 title_text at screen 0.5, screen 0.965 center textcolor rgb ink_colour
set label 3 'reference' at screen 0.04, screen 0.05 left textcolor rgb '#8A8A8A'
stats $clock using 1 nooutput
do for [k = 0:frames - 1] {
    set label 2 sprintf('t = %.2f s', STATS_min + (frames > 1 ? (STATS_max - STATS_min) * k / (frames - 1) : 0)) at screen 0.5, screen 0.925 center textcolor rgb ink_colour
    plot floor with lines linewidth 1 linecolor rgb '#C8C8C8', \
         $target using 1:2 with lines linewidth 7 linecolor rgb '#DCDCDC', \
         $target using 1:2 with points pointtype 7 pointsize 1.6 linecolor rgb '#C8C8C8', \
         $clock using 2:($0 <= k ? $3 : NaN) with lines linewidth 1 linecolor rgb tanh_colour, \
         $arm index k using 1:2 with lines linewidth 5 linecolor rgb relu_colour, \
         $arm index k using 1:2 with points pointtype 7 pointsize 1.4 linecolor rgb ink_colour
}
