# One network fitted to data: the fit above, the residuals below, kinks as thin vertical lines.
#
# variables  inputs       number of inputs of the network
#            title_text   one line above the picture ('' for none)
#            x_label      name and unit of the input          (one input only)
#            y_label      name and unit of the output
#            family       'relu', 'tanh', 'sigmoid', 'hybrid', ...: the role that colours the curve
#            fit_label    legend of the curve: 'affine+relu:2, RMSE 0.013'
# blocks     $data        x, observed, residual = observed - fitted     (one input)
#                         fitted, observed, residual                    (several inputs)
#            $curve       x, fitted: sorted and dense enough to draw    (one input only; with every kink in it)
#            $kinks       x, standard error (NaN: none)                 (one input only; may be left out or empty)

if (!exists('title_text')) title_text = ''
if (!exists('x_label')) x_label = 'x'
if (!exists('y_label')) y_label = 'y'
if (!exists('fit_label')) fit_label = 'fit'
if (!exists('family')) family = 'other'
if (inputs > 1) x_label = y_label . ', fitted'

# the kinks as words, so that each can have its line and its label
kink_words = ''
kink_errors = ''
if (exists('$kinks') && inputs <= 1) {
    set table $crease_words
    plot [0:1][0:1] $kinks using (valid(1) ? (kink_words = kink_words . sprintf(' %.12g', $1), kink_errors = kink_errors . (valid(2) ? sprintf(' %.12g', $2) : ' NaN'), 0) : 0):(0) with points
    unset table
}
kink_text(i) = sprintf('%.4g', real(word(kink_words, i))) . (word(kink_errors, i) eq 'NaN' ? '' : sprintf(' ± %.2g', real(word(kink_errors, i))))
kink_count = words(kink_words)
set style textbox opaque noborder fillcolor rgb 'white' margins 0.5, 0.5
if (kink_count > 0) {
    set for [i = 1:kink_count] arrow i from first real(word(kink_words, i)), graph 0 to first real(word(kink_words, i)), graph 1 nohead linetype role_mark
}
# staggered, and only as many as can be read
if (kink_count > 0 && kink_count <= 12) {
    set for [i = 1:kink_count] label i kink_text(i) at first real(word(kink_words, i)), graph (0.97 - 0.065 * ((i - 1) % 4)) center front boxed textcolor rgb ink_colour
}

# room for the labels above the curve
label_rows = kink_count > 12 ? 0 : kink_count > 4 ? 4 : kink_count
set offsets graph 0, graph 0, graph (0.05 + 0.075 * label_rows), graph 0.05

eval count('$data', 3)
if (!has_numbers) {
    set xrange [0:1]
    set yrange [0:1]
    set label 99 'no data' at graph 0.5, 0.5 center
}

set multiplot
eval panel(1, 2, 0.68)
set title title_text
set ylabel y_label
set format x ''
if (inputs > 1) {
    set ylabel y_label . ', observed'
    plot $data using 1:2 with points linetype role(family) pointtype 7 pointsize 0.5 title fit_label, \
         $data using 1:1 with lines linetype role_exact title 'fitted = observed'
} else {
    plot $data using 1:2 with points linetype role_data title 'data', \
         $curve using 1:2 with lines linetype role(family) title fit_label
}

eval panel(2, 2, 0.68)
if (kink_count > 0 && kink_count <= 12) { unset for [i = 1:kink_count] label i }
unset label 99
set format x '%h'
set xlabel x_label
set ylabel 'residual'
if (has_numbers) { set xrange [GPVAL_X_MIN:GPVAL_X_MAX] }
if (largest_size > 0) {
    set yrange [-1.15 * largest_size:1.15 * largest_size]
    set ytics tic_step(2 * largest_size, 4)
}
plot $data using 1:3 with points linetype role_data, 0 with lines linetype role_exact
unset multiplot
