# size: 16 x 12
# Several networks fitted to the same data: the fits above, their residuals below.
#
# variables  inputs       number of inputs of the networks
#            networks     how many, up to about 8
#            title_text   one line above the picture ('' for none)
#            x_label      name and unit of the input          (one input only)
#            y_label      name and unit of the output
#            label_1 ..   legend of each network: 'affine+relu:2, RMSE 0.013'
#            family_1 ..  'relu', 'tanh', 'sigmoid', 'hybrid', ...: the role that colours it
# blocks     $data        x, observed                                   (one input only)
#            $fit         one part (index) a network: x, fitted, dense  (one input)
#                         one part a network: fitted, observed          (several inputs)
#            $residual    one part a network: x, observed - fitted      (one input)
#                         one part a network: fitted, observed - fitted (several inputs)

if (!exists('title_text')) title_text = ''
if (!exists('x_label')) x_label = 'x'
if (!exists('y_label')) y_label = 'y'
if (inputs > 1) x_label = y_label . ', fitted'
networks = int(networks)

label_of(i) = value(sprintf('label_%d', i))
family_of(i) = exists(sprintf('family_%d', i)) ? value(sprintf('family_%d', i)) : 'other'
# the how-many-th of its family network i is: the first has the family's own dash, the others solid, dotted, ...
nth(i) = sum [k = 1:i] (family_of(k) eq family_of(i) ? 1 : 0)
curve_style(i) = sprintf('linetype %d', role(family_of(i))) . (nth(i) > 1 ? sprintf(' dashtype %d linewidth 1.6', dash(nth(i) - 1 + (family_of(i) eq 'relu'))) : '')

eval count('$residual', 2)
if (!has_numbers) {
    set xrange [0:1]
    set yrange [0:1]
    set label 99 'no data' at graph 0.5, 0.5 center
}

# the legend in as many columns as its longest entry leaves room for
longest = 16
do for [i = 1:networks] { longest = strlen(label_of(i)) > longest ? strlen(label_of(i)) : longest }
legend_columns = longest > 38 ? 1 : longest > 24 ? 2 : 3
legend_rows = networks / legend_columns + 1
set key at screen 0.545, screen 0.995 center top maxcols legend_columns maxrows legend_rows
if (legend_rows > 4) { set key font ',10' }

# one plot command, built up so that each network has its own style
upper = inputs > 1 ? '' : "$data using 1:2 with points linetype role_data title 'data'"
lower = ''
do for [i = 1:networks] {
    upper = upper . (upper eq '' ? '' : ', ') . sprintf('$fit index %d using 1:2 ', i - 1) . (inputs > 1 ? sprintf('with points linetype %d pointsize 0.5', role(family_of(i))) : 'with lines ' . curve_style(i)) . sprintf(' title label_of(%d)', i)
    lower = lower . sprintf('$residual index %d using 1:2 with ', i - 1) . sprintf('points linetype %d pointsize 0.35, ', role(family_of(i)))
}
if (inputs > 1) { upper = upper . ", $residual using 1:1 with lines linetype role_exact title 'fitted = observed'" }

set multiplot
eval panel(1, 2, 0.66)
set title title_text
set ylabel y_label . (inputs > 1 ? ', observed' : '')
set format x ''
eval 'plot ' . upper

eval panel(2, 2, 0.66)
unset label 99
set format x '%h'
set xlabel x_label
set ylabel 'residual'
if (has_numbers) { set xrange [GPVAL_X_MIN:GPVAL_X_MAX] }
if (largest_size > 0) {
    set yrange [-1.15 * largest_size:1.15 * largest_size]
    set ytics tic_step(2 * largest_size, 4)
}
eval 'plot ' . lower . '0 with lines linetype role_exact'
unset multiplot
