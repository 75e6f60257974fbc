# size: 16 x 13
# The phase plane of an arm cut into the regions of a ReLU law, with motions over it.
#
# variables  title_text     one line above the picture
#            by_type        1: the colour is a kind, 0: a gain
#            colour_label   what the gain is
#            region_count   number of regions
#            x_low, x_high, w_low, w_high   the box
# blocks     $mosaic        x, w, colour: index 0, 1, ... one closed polygon each; kinds: 0 stable focus, 1 stable node,
#                           2 saddle, 3 saturated, 4 marginal, 5 unstable focus or node
#            $motions       x, w: one part (index) a motion
#            $rests         x, w: rest points (may be empty)

set title title_text
set xlabel 'x = q - reference, rad'
set ylabel 'w, rad/s'
unset grid
unset offsets
unset xzeroaxis
set border 15
set xrange [x_low:x_high]
set yrange [w_low:w_high]
set style fill solid 1 noborder
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
edge = region_count > 2000 ? 0.2 : region_count > 300 ? 0.4 : 0.9
legend_rows = 3
set tmargin at screen panel_top(legend_rows)
set lmargin at screen 0.12
set bmargin at screen panel_bottom

kinds = 6
kind_name(k) = word('stable_focus stable_node saddle saturated marginal unstable', k + 1)
kind_label(k) = k == 0 ? 'stable focus' : k == 1 ? 'stable node' : kind_name(k)
kind_colour(k) = word('#9CCBE8 #A6DDC4 #F2B48A #E3E3E3 #F3E08C #D98CB8', k + 1)
array seen[kinds]
do for [k = 1:kinds] { seen[k] = 0 }
legend = ''
if (by_type) {
    set rmargin at screen 0.965
    set palette maxcolors kinds
    set palette defined (0 kind_colour(0), 1 kind_colour(1), 2 kind_colour(2), 3 kind_colour(3), 4 kind_colour(4), 5 kind_colour(5))
    set cbrange [-0.5:5.5]
    unset colorbox
    set table $crease_seen
    plot [*:*][*:*] $mosaic using (seen[int($3) + 1] = 1, 0):(0) with points
    unset table
    do for [k = 0:kinds - 1] {
        if (seen[k + 1]) { legend = legend . sprintf(", NaN with boxes fillstyle solid 1 noborder fillcolor rgb '%s' title '%s'", kind_colour(k), kind_label(k)) }
    }
} else {
    set cblabel colour_label
    set rmargin at screen 0.82
    set colorbox user origin screen 0.845, screen panel_bottom size screen 0.022, screen (panel_top(legend_rows) - panel_bottom)
    eval count('$mosaic', 3)
    set palette defined (-1 '#5AA0D0', -0.5 '#ADD0E8', 0 '#FFFFFF', 0.5 '#F6CDB0', 1 '#E59A64')
    set cbrange [-(largest_size > 0 ? largest_size : 1):(largest_size > 0 ? largest_size : 1)]
}
cells = drawn ? '$mosaic using 1:2:3 with filledcurves closed fillcolor palette, ' : ''
eval count('$rests', 1)
if (has_numbers) { legend = ", $rests using 1:2 with points pointtype 2 pointsize 1.1 linewidth 2.5 linecolor rgb relu_colour title 'at rest'" . legend }
eval 'plot ' . cells . "$mosaic using 1:2 with lines linecolor rgb (drawn ? '#9A9A9A' : ink_colour) linewidth edge dashtype solid title 'creases', $motions using 1:2 with lines linecolor rgb ink_colour linewidth 1.2 dashtype solid title 'motions', $motions every ::0::0 using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb ink_colour title 'their starts'" . legend
