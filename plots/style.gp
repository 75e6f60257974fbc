# The style of every figure. A picture's script is, in this order: the terminal and the output, the variables and the
# data blocks that the program hands over, this file, then the figure's own file.
#
# To write a new figure, put plots/NAME.gp and draw it with crease_plot_new("NAME", ...):
#   - open with a comment that lists the variables and data blocks it expects; there, "# size: 16 x 14" changes the
#     picture's proportions (steps of 50 points; 16 x 11 when nothing is said);
#   - set neither terminal, output, encoding nor fonts. Text is drawn as it is: no markup; write Greek letters and
#     indices as UTF-8 characters. Every number that a program hands over is a real, so i/n does not truncate;
#   - a variable the program may leave out: if (!exists('x_label')) x_label = 'x';
#   - curves by role, so that a network has one colour in all figures:
#         plot $curve index 0 using 1:2 with lines linetype role('relu') title 'ReLU', \
#              $data using 1:2 with points linetype role_data title 'data'
#     and where one role occurs again, another dash:  linetype role('relu') dashtype dash(2)
#     In a figure without networks, `linetype 1` to `linetype 7` are seven colours and dashes that stay apart;
#   - panels below one another:  set multiplot; eval panel(1, 2, 0.7)  ... plot ...; eval panel(2, 2, 0.7) ...
#     sets the margins of panel 1 of 2, the first having 0.7 of the height; their left and right ends agree. A legend
#     of more than two rows: legend_rows = 4 before;
#   - the legend stands above the plot, off the data. `set key horizontal` is set; nothing to do;
#   - a data block may be empty (one line of NaN): guard with  if (has_numbers) after `eval count('$data', 2)`.
#
# Colours are those of Okabe and Ito (2008), which stay apart for colour-blind readers.

relu_colour    = '#D55E00'
tanh_colour    = '#0072B2'
sigmoid_colour = '#009E73'
hybrid_colour  = '#CC79A7'
grey_colour    = '#8A8A8A'
ink_colour     = '#202020'

# roles: relu, tanh, sigmoid, hybrid (a net of several kinds), smooth (softplus, gelu, ...), leaky (leaky, prelu,
# satrelu), other, exact (the truth or a reference), data, mark (thin lines that point something out)
role_relu    = 1
role_tanh    = 2
role_sigmoid = 3
role_hybrid  = 4
role_smooth  = 5
role_leaky   = 6
role_other   = 7
role_exact   = 8
role_data    = 9
role_mark    = 10
set linetype 1 linecolor rgb '#D55E00' linewidth 2.2 dashtype 1              pointtype 7  pointsize 0.6
set linetype 2 linecolor rgb '#0072B2' linewidth 2.2 dashtype (14, 4)         pointtype 5  pointsize 0.6
set linetype 3 linecolor rgb '#009E73' linewidth 2.2 dashtype (7, 4)          pointtype 9  pointsize 0.7
set linetype 4 linecolor rgb '#CC79A7' linewidth 2.2 dashtype (14, 4, 2, 4)   pointtype 13 pointsize 0.7
set linetype 5 linecolor rgb '#E69F00' linewidth 2.2 dashtype (4, 3)          pointtype 11 pointsize 0.7
set linetype 6 linecolor rgb '#56B4E9' linewidth 2.2 dashtype (7, 3, 2, 3, 2, 3) pointtype 4 pointsize 0.7
set linetype 7 linecolor rgb '#6B6B6B' linewidth 2.2 dashtype (2, 3)          pointtype 8  pointsize 0.7
set linetype 8 linecolor rgb '#000000' linewidth 1.2 dashtype 1               pointtype 6  pointsize 0.7
set linetype 9 linecolor rgb '#9A9A9A' linewidth 1.0 dashtype 1               pointtype 7  pointsize 0.35
set linetype 10 linecolor rgb '#404040' linewidth 0.9 dashtype (3, 3)         pointtype 1  pointsize 0.6
role(name) = exists('role_' . name) ? int(value('role_' . name)) : role_other

# dash of the k-th curve of one role
dash(k) = int(word('1 2 4 3 5', 1 + (int(k) - 1) % 5))
set dashtype 2 (10, 4)
set dashtype 3 (2, 3)
set dashtype 4 (10, 3, 2, 3)
set dashtype 5 (5, 3)

# In a terminal gnuplot counts greys from 8 steps too high: a light one is white or no colour at all.
light_grey = GPVAL_TERM eq 'dumb' ? '#202020' : '#C8C8C8'
if (GPVAL_TERM eq 'dumb') set linetype 9 linecolor rgb '#404040'

set border 3 linecolor rgb ink_colour linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink_colour
set grid linecolor rgb light_grey linewidth 0.7 dashtype solid
set key outside top center horizontal Left reverse samplen 2.5 spacing 1.1 textcolor rgb ink_colour noautotitle
set title textcolor rgb ink_colour offset 0, -0.3
set xlabel textcolor rgb ink_colour
set ylabel textcolor rgb ink_colour
set xzeroaxis linecolor rgb light_grey linewidth 0.8
set samples 1000
set autoscale xfixmin
set autoscale xfixmax
set autoscale yfix
set offsets graph 0, graph 0, graph 0.05, graph 0.05
set errorbars small
set style fill transparent solid 0.18 noborder
set datafile missing '?'

# Margins of panel i of n, top to bottom; the first takes the share `first` of the height, the others divide the rest.
# The legend and the title stand above the first panel: set legend_rows before when it has more than two rows.
legend_rows = 2
text_line = 1.0 / crease_lines
panel_top(rows) = 1.0 - (rows + 2.2) * text_line
panel_bottom = 3.3 * text_line
panel_gap = 1.2 * text_line
panel_height(i, n, first) = (panel_top(legend_rows) - panel_bottom - (n - 1) * panel_gap) * (n == 1 ? 1.0 : i == 1 ? first : (1.0 - first) / (n - 1))
panel_start(i, n, first) = i == 1 ? panel_top(legend_rows) : panel_top(legend_rows) - panel_height(1, n, first) - panel_gap - (i - 2) * (panel_height(2, n, first) + panel_gap)
panel(i, n, first) = sprintf('set lmargin at screen 0.125; set rmargin at screen 0.965; set tmargin at screen %.6f; set bmargin at screen %.6f; %s', panel_start(i, n, first), panel_start(i, n, first) - panel_height(i, n, first), i == 1 ? '' : 'unset key; unset title')
set tmargin at screen panel_top(legend_rows)

# A step of 1, 2 or 5 times a power of ten that divides a span into about `parts` parts:
#   set ytics tic_step(2 * largest, 4)
tic_step(span, parts) = span > 0 ? tic_of(span / parts) : 1
tic_of(h) = 10**floor(log10(h)) * (h / 10**floor(log10(h)) < 1.5 ? 1 : h / 10**floor(log10(h)) < 3.5 ? 2 : h / 10**floor(log10(h)) < 7.5 ? 5 : 10)

# After eval count('$name', column): has_numbers is how many numbers the column of the block has, largest_size the
# largest of their sizes.
count(block, which) = sprintf("has_numbers = 0; largest_size = 0.0; set table $crease_count; plot [0:1][0:1] %s using (valid(%d) ? (has_numbers = has_numbers + 1, largest_size = abs(column(%d)) > largest_size ? abs(column(%d)) : largest_size, 0) : 0):(0) with points; unset table", block, which, which, which)
