# size: 20 x 17
# A lab: one to four panels, two in a row, each with its own curves and legend.
#
# variables  panels         how many
#            title_1 x_1 y_1 log_x_1 log_y_1 series_1 ..   of each panel: labels, logarithmic axes, how many curves
#            label_1_1 paint_1_1 style_1_1 nth_1_1 ..      of each curve: legend, role, lines | points | linespoints |
#                           steps | bars | polygons, and the how many-th of its role in the panel it is
# blocks     $data_1_1 ..   of each curve: x, y; bars: x, y, low, high; polygons: x, y, colour in [-1, 1],
#                           index 0, 1, ... one closed polygon each

panels = int(panels)
across = panels == 1 ? 1 : 2
down = panels > 2 ? 2 : 1
text_of(what, p) = value(sprintf('%s_%d', what, p))
of(what, p, s) = value(sprintf('%s_%d_%d', what, p, s))
block(p, s) = sprintf('$data_%d_%d', p, s)
paint(p, s) = sprintf('linetype role(%s) dashtype dash(%d)', sprintf("'%s'", of('paint', p, s)), of('nth', p, s))
sign(p, s) = sprintf('linetype role(%s) dashtype dash(%d) pointtype %d pointsize 0.9', sprintf("'%s'", of('paint', p, s)), of('nth', p, s), int(word('7 5 9 13 11 4 8 6 12', 1 + (s - 1) % 9)))
legend(p, s) = strlen(of('label', p, s)) ? sprintf("title label_%d_%d", p, s) : 'notitle'
polygons(p, s) = GPVAL_TERM eq 'dumb' ? block(p, s) . ' using 1:2 with lines linetype role_exact' : block(p, s) . " using 1:2:3 with filledcurves closed fillcolor palette fillstyle solid 1, " . block(p, s) . " using 1:2 with lines linecolor rgb ink_colour linewidth 0.4 dashtype solid"
curve(p, s) = of('style', p, s) eq 'polygons' ? polygons(p, s) : \
              of('style', p, s) eq 'bars' ? block(p, s) . ' using 1:2:3:4 with yerrorbars ' . sign(p, s) . ' ' . legend(p, s) : \
              of('style', p, s) eq 'points' ? block(p, s) . ' using 1:2 with points ' . sign(p, s) . ' ' . legend(p, s) : \
              of('style', p, s) eq 'linespoints' ? block(p, s) . ' using 1:2 with linespoints ' . sign(p, s) . ' ' . legend(p, s) : \
              block(p, s) . ' using 1:2 with ' . of('style', p, s) . ' ' . paint(p, s) . ' ' . legend(p, s)

# above each panel stand a line of title and the legend, in as many columns as its longest entry allows
width = across == 1 ? 0.83 : 0.36
rows = 1
do for [p = 1:panels] {
    longest = 0
    entries = 0
    do for [s = 1:int(text_of('series', p))] {
        longest = strlen(of('label', p, s)) > longest ? strlen(of('label', p, s)) : longest
        entries = entries + (strlen(of('label', p, s)) > 0)
    }
    columns = int((across == 1 ? 76.0 : 56.0) / (longest + 8))
    columns = columns < 1 ? 1 : columns
    rows = (entries + columns - 1) / columns > rows ? (entries + columns - 1) / columns : rows
}
above = 2 + 1.2 * rows
below = 3.6
height = 1.0 / down - (above + below) * text_line
left(p) = across == 1 ? 0.13 : 0.105 + 0.5 * ((p - 1) % 2)
ceiling(p) = 1.0 - above * text_line - ((p - 1) / 2) * 1.0 / down
cell(p) = sprintf('set lmargin at screen %.4f; set rmargin at screen %.4f; set tmargin at screen %.4f; set bmargin at screen %.4f', left(p), left(p) + width, ceiling(p), ceiling(p) - height)

set palette defined (-1 '#0072B2', -0.5 '#8FBFDD', 0 '#FFFFFF', 0.5 '#F2B48A', 1 '#D55E00')
set cbrange [-1:1]
unset colorbox
set multiplot
do for [p = 1:panels] {
    eval cell(p)
    set title text_of('title', p) offset 0, (above - 2)
    set key at screen left(p) + width / 2, screen ceiling(p) + (above - 1.7) * text_line center top vertical maxrows rows
    set xlabel text_of('x', p)
    set ylabel text_of('y', p)
    if (text_of('log_x', p)) { set logscale x; set format x '%g' } else { unset logscale x; set format x '%g' }
    if (text_of('log_y', p)) { set logscale y; set format y '1e%T' } else { unset logscale y; set format y '%g' }
    command = 'plot '
    do for [s = 1:int(text_of('series', p))] { command = command . (s > 1 ? ', ' : '') . curve(p, s) }
    eval command
}
unset multiplot
