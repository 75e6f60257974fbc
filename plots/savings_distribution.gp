# size: 16 x 15
# Consumption by income state with its kinks (top); how many households hold how much (bottom): the masses that stay at
# the limit and at the kink of the rate are bars of their own.
#
# variables  curves      number of policies
#            label_1 ..  their legend
#            bin_width   of the histogram
# blocks     $policy     one part a policy: m, c
#            $kinks      one part a policy: m, c of its kinks (one empty row for none)
#            $bins       middle of the bin, share of households in it, without the atoms
#            $atoms      assets, share of households that stay there (one empty row for none)

curves = int(curves)
label_of(i) = value(sprintf('label_%d', i))
eval count('$atoms', 2)
has_atoms = has_numbers
legend_rows = curves > 2 ? 3 : 2
set key at screen 0.53, screen 0.985 center top maxcols 2
half(t, b) = sprintf('set lmargin at screen 0.125; set rmargin at screen 0.965; set tmargin at screen %f; set bmargin at screen %f', t, b)

lines = ''
do for [i = 1:curves] {
    lines = lines . sprintf("%s $policy index %d using 1:2 with lines linetype %d title label_of(%d)", i > 1 ? ',' : '', i - 1, i, i)
}
lines = lines . ", $kinks using 1:2 with points linetype role_exact pointtype 7 pointsize 0.5 title 'kinks of c'"

set multiplot
eval half(panel_top(legend_rows), 0.58)
set xlabel 'cash on hand m (in permanent incomes)'
set ylabel 'consumption c'
eval 'plot ' . lines

eval half(0.44, 0.09)
set key at screen 0.53, screen 0.495 center top maxcols 1
set xlabel 'assets a at the end of the period (in permanent incomes)'
set ylabel 'share of households'
set offsets graph 0.02, graph 0, graph 0.08, graph 0
set yrange [0:*]
set boxwidth bin_width
set style fill solid 0.55 border rgb '#FFFFFF'
if (has_atoms) {
    plot $bins using 1:2 with boxes linecolor rgb tanh_colour linewidth 0.3 title sprintf('in bins of %.3g', bin_width), \
         $atoms using 1:2 with impulses linecolor rgb relu_colour linewidth 4 dashtype 1 title 'staying at the limit or at the kink of the rate', \
         $atoms using 1:2 with points linecolor rgb relu_colour pointtype 7 pointsize 0.9
} else {
    plot $bins using 1:2 with boxes linecolor rgb tanh_colour linewidth 0.3 title sprintf('in bins of %.3g', bin_width)
}
unset multiplot
