# size: 16 x 13
# Density over time and place, with the fronts between constant densities and the ways of vehicles.
#
# variables  title_text         one line above the picture
#            low, high          km shown
#            end_time           h shown
#            jam                density of the darkest colour
# blocks     $density           t, x, density on a regular grid
#            $fronts            t, x, dt, dx: index 0 where density rises downstream, 1 where it falls (may be empty)
#            $vehicles          t, x, dt, dx (may be empty)
#            $places            t, x, dt, dx: lights and other places that stand (may be empty)
#            $moving            t, x, dt, dx: the ways of moving bottlenecks (may be empty)
set title title_text
set xlabel 'time, h'
set ylabel 'place, km'
set cblabel 'density, veh/km'
unset grid
unset offsets
unset xzeroaxis
set border 15
set style fill solid 1 noborder
drawn = GPVAL_TERM eq 'dumb' ? 0 : 1
set palette defined (0 '#FFFFFF', 0.25 '#D6E6F2', 0.5 '#9CC4DF', 0.75 '#5E9BC6', 1 '#2F6FA8')
set cbrange [0:jam]
set xrange [0:end_time]
set yrange [low:high]
legend_rows = 3
set tmargin at screen panel_top(legend_rows)
set rmargin at screen 0.82
set lmargin at screen 0.12
set bmargin at screen panel_bottom
set colorbox user origin screen 0.845, screen panel_bottom size screen 0.022, screen (panel_top(legend_rows) - panel_bottom)
colours = drawn ? '$density using 1:2:3 with image, ' : ''
eval count('$vehicles', 3)
vehicles = has_numbers ? ", $vehicles using 1:2:3:4 with vectors nohead linecolor rgb relu_colour linewidth 0.9 dashtype solid title 'vehicles'" : ''
eval count('$places', 3)
places = has_numbers ? ", $places using 1:2:3:4 with vectors nohead linetype role_mark title 'places'" : ''
eval count('$moving', 3)
places = places . (has_numbers ? ", $moving using 1:2:3:4 with vectors nohead linecolor rgb sigmoid_colour linewidth 3 dashtype solid title 'moving bottleneck'" : '')
eval 'plot ' . colours . "$fronts index 0 using 1:2:3:4 with vectors nohead linecolor rgb ink_colour linewidth 1.6 dashtype solid title 'density rises', $fronts index 1 using 1:2:3:4 with vectors nohead linecolor rgb '#8A8A8A' linewidth 0.5 dashtype solid title 'density falls'" . vehicles . places
