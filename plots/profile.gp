# Where a knot may lie: the data and the fit above; below, the least error with one knot held at x, a curve a knot, the
# level that bounds the confidence sets, and these sets shaded in both.
# Variables: title_text, x_label, y_label; knots (1 or more); level_percent; least, threshold (NaN: no sets); first_x,
# last_x. Data: $data (x, y), $curve (x, y of the fit), $profile (x, error; index of the knot), $sets (low, high, knot),
# $knots (x, error there).
# size: 16 x 14

if (!exists('title_text')) title_text = ''
shade(k) = word('#D55E00 #0072B2 #009E73 #CC79A7 #E69F00 #56B4E9 #6B6B6B', 1 + (int(k) - 1) % 7)
sets = 0
if (exists('$sets')) {
    set_lows = ''
    set_highs = ''
    set_knots = ''
    set table $crease_words
    plot [0:1][0:1] $sets using (valid(1) ? (set_lows = set_lows . sprintf(' %.12g', $1), set_highs = set_highs . sprintf(' %.12g', $2), set_knots = set_knots . sprintf(' %d', $3), 0) : 0):(0) with points
    unset table
    sets = words(set_lows)
}
# at most so many: each is an object of its own
if (sets > 200) { sets = 200 }
if (sets > 0) {
    set for [i = 1:sets] object i rectangle from first real(word(set_lows, i)), graph 0 to first real(word(set_highs, i)), graph 1 behind fillcolor rgb shade(word(set_knots, i)) fillstyle transparent solid 0.18 border linecolor rgb shade(word(set_knots, i))
}

set key maxrows 1
set multiplot
eval panel(1, 2, 0.56)
set title title_text
set ylabel y_label
set format x ''
set xrange [first_x:last_x]
plot $data using 1:2 with points linetype role_data title 'data', \
     $curve using 1:2 with lines linetype role_exact linewidth 2 title 'fit', \
     keyentry with boxes fillcolor rgb shade(1) fillstyle transparent solid 0.18 border linecolor rgb shade(1) title sprintf('%g %% set of a knot', level_percent)

eval panel(2, 2, 0.56)
set format x '%h'
set xlabel x_label
set ylabel 'squared error'
has_level = threshold == threshold
# as much above the level as shows the valleys; without a level all of it
if (has_level) {
    set yrange [least - 0.6 * (threshold - least) : threshold + 5 * (threshold - least)]
    set arrow 1 from graph 0, first threshold to graph 1, first threshold nohead linetype role_mark
    set label 1 sprintf('%g %% level', level_percent) at graph 0.99, first threshold right offset 0, 0.7 textcolor rgb ink_colour
}
plot for [k = 1:int(knots)] $profile index k-1 using 1:2 with lines linecolor rgb shade(k) linewidth 2.2, \
     $knots using 1:2 with points pointtype 7 pointsize 0.7 linecolor rgb ink_colour
unset multiplot
