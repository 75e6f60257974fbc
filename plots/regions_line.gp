# An output of a network along one coordinate, with the breakpoints between its linear regions.
#
# variables  title_text, x_label, y_label
#            region_count   number of regions
# blocks     $curve         x, y: both ends of each region
#            $breaks        x, y of the breakpoints (may be empty)

set title title_text
set xlabel x_label
set ylabel y_label
set bmargin at screen panel_bottom
eval count('$breaks', 2)
if (has_numbers) {
    plot $curve using 1:2 with lines linetype role('relu') title y_label, \
         $breaks using 1:2 with points linetype role_exact pointtype 7 pointsize (region_count > 100 ? 0.3 : 0.6) title 'breakpoints'
} else {
    plot $curve using 1:2 with lines linetype role('relu') title y_label . ', one affine piece'
}
