# size: 16 x 17
# A training run: loss and gradient norm of each layer (logarithmic), share of active units of each layer, dead units.
#
# variables  title_text    one line above the picture
#            x_label       'epoch' or 'iteration'
#            layers        hidden layers
#            by_layer      1: there is a block $layer; 0: only $total
#            mortal_units  units that can die; 0: no panel for them
# blocks     $total        iteration, loss, gradient norm, dead units of all layers (each NaN: not known)
#            $layer        a part (index) a layer, the output layer's last: iteration, gradient norm, share of active units
#                          (NaN of the output)
layers = int(layers)
by_layer = int(by_layer)
whole = 'linecolor rgb ink_colour linewidth 2'
few = 6 # as many colours and dashes stay apart; more layers are a scale of colours
scaled = layers > few
drawn = GPVAL_TERM ne 'dumb'
set style fill solid 1 noborder
set palette defined (0 '#30123B', 0.25 '#0072B2', 0.5 '#009E73', 0.75 '#E69F00', 1 '#F0D0A8')
set cbrange [1:(layers > 1 ? layers : 2)]
unset colorbox

style_of(l) = l > layers ? 'linetype role_exact' : scaled ? sprintf('linewidth 1.1 dashtype solid linecolor palette cb %d', l) : sprintf('linetype %d', l)
name_of(l) = l > layers ? 'output layer' : sprintf('layer %d', l)
curve(l, c) = sprintf('$layer index %d using 1:%d with lines %s, ', l - 1, c, style_of(l))
entry(l) = sprintf(', keyentry with lines %s title name_of(%d)', style_of(l), l)
gradients = ''; activities = ''; entries = ''
if (by_layer) {
    do for [l = 1:layers + 1] {
        gradients = gradients . curve(l, 2)
        activities = activities . (l > layers ? '' : curve(l, 3))
        entries = entries . (scaled && l <= layers ? '' : entry(l))
    }
    entries = entries . ", keyentry with lines linetype role_mark title 'all together'"
}

# a logarithmic axis where the values above 0 span more than a factor of 30 (fewer decades leave no numbers at the axis);
# values of 0 are then gaps
logarithmic(block, c) = sprintf('smallest = 1e308; largest = 0.0; unset logscale y; set format y "%%h"; set table $crease_span; plot [0:1][0:1] %s using (valid(%d) && column(%d) > 0 ? (smallest = column(%d) < smallest ? column(%d) : smallest, largest = column(%d) > largest ? column(%d) : largest, 0) : 0):(0) with points; unset table; if (largest > 30 * smallest) { set logscale y; set format y "%%g" }', block, c, c, c, c, c, c)

eval count('$total', 2)
points = has_numbers # a search without steps is one
eval count('$total', 3)
has_gradient = has_numbers > 0
panels = 1 + has_gradient + (by_layer && layers > 0) + (by_layer && mortal_units > 0)
first_share = panels == 1 ? 1.0 : panels == 2 ? 0.55 : panels == 3 ? 0.34 : 0.26
legend_rows = !by_layer ? 0 : scaled ? 1.6 : (layers + 2 + 2) / 3
set key at screen (scaled && drawn ? 0.30 : 0.545), screen 0.99 center top maxcols 3 maxrows (legend_rows > 2 ? legend_rows : 2)
next_panel = 'i = i + 1; eval panel(i, panels, first_share); set lmargin at screen 0.145; set key off; if (i == panels) { set format x "%h"; set xlabel x_label } else { set format x "" }'
i = 0

set multiplot
eval next_panel
set key on
set title title_text
set ylabel 'loss'
eval logarithmic('$total', 2)
eval 'plot $total using 1:2 with ' . (points == 1 ? 'points pointtype 7 ' : 'lines ') . whole . entries
unset title

if (has_gradient) {
    eval next_panel
    set ylabel 'gradient norm'
    eval logarithmic(by_layer ? '$layer' : '$total', by_layer ? 2 : 3)
    if (scaled && by_layer && drawn) {
        set colorbox horizontal user origin screen 0.60, screen (1.0 - 0.95 * text_line) size screen 0.36, screen (0.5 * text_line)
        set label 1 'layer' at screen 0.585, screen (1.0 - 0.7 * text_line) right
        set cbtics out scale 0.3 offset 0, 0.5
    }
    if (by_layer) { eval 'plot ' . gradients . '$total using 1:3 with lines linetype role_mark' } else { plot $total using 1:3 with lines @whole }
    unset colorbox
    unset label 1
}
unset logscale y
set format y '%h'
if (by_layer && layers > 0) {
    eval next_panel
    set ylabel 'share active'
    set yrange [-0.03:1.03]
    set ytics 0.25
    eval 'plot ' . activities
}
if (by_layer && mortal_units > 0) {
    eval next_panel
    set ylabel sprintf('dead units of %d', int(mortal_units))
    set yrange [-0.03 * mortal_units:1.03 * mortal_units]
    set ytics tic_step(mortal_units, 3)
    plot $total using 1:4 with steps @whole
}
unset multiplot
