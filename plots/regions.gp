# size: 16 x 13
# Linear regions of a network in two inputs: cells coloured by the gain, lines of equal output over them.
#
# variables  title_text     one line above the picture
#            x_label, y_label   names of the inputs
#            value_label    name of the output
#            colour_label   what the colour means
#            has_sign       1: the colour is a signed gain, 0: a size
#            region_count   number of cells
# blocks     $mosaic        x, y, colour: index 0, 1, ... one closed polygon each
#            $levels        x, y, dx, dy: pieces of lines of equal output (may be empty)
#            $labels        x, y, value: a label on each line (may be empty)

set title title_text
set xlabel x_label
set ylabel y_label
set cblabel colour_label
unset grid
unset offsets
unset xzeroaxis
set border 15
set style fill solid 1 noborder
legend_rows = 3
set tmargin at screen panel_top(legend_rows)
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
eval count('$mosaic', 3)
if (has_sign) {
    set palette defined (-1 '#0072B2', -0.5 '#8FBFDD', 0 '#FFFFFF', 0.5 '#F2B48A', 1 '#D55E00')
    set cbrange [-(largest_size > 0 ? largest_size : 1):(largest_size > 0 ? largest_size : 1)]
} else {
    set palette defined (0 '#FFFFFF', 0.25 '#CFE3F2', 0.5 '#8FBFDD', 0.75 '#4A90C2', 1 '#0B4F82')
    set cbrange [0:(largest_size > 0 ? largest_size : 1)]
}
set rmargin at screen 0.82
set lmargin at screen 0.12
set bmargin at screen panel_bottom
set colorbox user origin screen 0.845, screen panel_bottom size screen 0.022, screen (panel_top(legend_rows) - panel_bottom)
edge = region_count > 2000 ? 0.2 : region_count > 300 ? 0.4 : 0.9
set style textbox opaque noborder fillcolor rgb 'white' margins 0.4, 0.3

eval count('$levels', 3)
levels = has_numbers ? "$levels using 1:2:3:4 with vectors nohead linecolor rgb ink_colour linewidth 1.4 dashtype solid title value_label . ', lines of equal value', $labels using 1:2:(sprintf('%.5g', $3)) with labels boxed font ',9' textcolor rgb ink_colour, " : ''
cells = drawn ? '$mosaic using 1:2:3 with filledcurves closed fillcolor palette, ' : ''
eval 'plot ' . cells . "$mosaic using 1:2 with lines linecolor rgb (drawn ? '#9A9A9A' : ink_colour) linewidth edge dashtype solid title 'creases', " . levels . "NaN notitle"
