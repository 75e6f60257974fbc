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
few = 6 # as many colours and dashes stay apart; more layers are a scale from the first (dark) to the last (light)
scaled = layers > few
set palette defined (0 '#30123B', 0.25 '#0072B2', 0.5 '#009E73', 0.75 '#E69F00', 1 '#E8C8A0')
set cbrange [1:(layers > 1 ? layers : 2)]
unset colorbox

style_of(l) = l > layers ? 'linetype role_exact' : scaled ? sprintf('linewidth 1.1 linecolor palette cb %d', l) : sprintf('linetype %d', l)
name_of(l) = l > layers ? 'output layer' : sprintf('layer %d', l)
curve(l, c) = sprintf('$layer index %d using 1:%d with lines %s%s, ', l - 1, c, style_of(l), scaled && l <= layers ? '' : sprintf(' title name_of(%d)', l))
gradients = ''; activities = ''
if (by_layer > 0) {
    do for [l = 1:layers + 1] { gradients = gradients . curve(l, 2) }
    do for [l = 1:layers] { activities = activities . curve(l, 3) }
}

# a logarithmic axis where there is something above 0; values of 0 are then gaps
positive(block, c) = sprintf('has_positive = 0; set table $crease_positive; plot [0:1][0:1] %s using (valid(%d) && column(%d) > 0 ? (has_positive = has_positive + 1, 0) : 0):(0) with points; unset table; if (has_positive) { set logscale y; set format y "%%g" } else { unset logscale y; set format y "%%h" }', block, c, c)

eval count('$total', 3)
has_gradient = has_numbers > 0
panels = 1 + has_gradient + (by_layer > 0 && layers > 0) + (by_layer > 0 && mortal_units > 0)
panels = int(panels)
first_share = panels == 1 ? 1.0 : panels == 2 ? 0.55 : panels == 3 ? 0.34 : 0.28
legend_rows = scaled ? 2 : 2 + (layers > 3)
set key maxcols 4 maxrows legend_rows
bottom(i) = int(i) == int(panels) ? 'set format x "%h"; set xlabel x_label' : 'set format x ""'
if (scaled && by_layer > 0 && GPVAL_TERM ne 'dumb') {
    set colorbox horizontal user origin screen 0.40, screen (1.0 - 2.2 * text_line) size screen 0.45, screen (0.55 * text_line)
    set cblabel 'layer, from the first to the last' offset 0, 0.4
    set cbtics out scale 0.3 offset 0, 0.4
}
i = 1

set multiplot
eval panel(i, panels, first_share)
eval bottom(i)
set title title_text
set ylabel 'loss'
eval positive('$total', 2)
plot $total using 1:2 with lines linetype role_relu
unset colorbox

if (has_gradient) {
    i = i + 1
    eval panel(i, panels, first_share)
    eval bottom(i)
    set ylabel 'gradient norm'
    eval positive('$total', 3)
    if (by_layer > 0) { eval 'plot ' . gradients . '$total using 1:3 with lines linetype role_mark' } else { plot $total using 1:3 with lines linetype role_relu }
}
unset logscale y
set format y '%h'
if (by_layer > 0 && layers > 0) {
    i = i + 1
    eval panel(i, panels, first_share)
    eval bottom(i)
    set ylabel 'share active'
    set yrange [0:1]
    eval 'plot ' . activities . '0.5 with lines linetype role_mark'
}
if (by_layer > 0 && mortal_units > 0) {
    i = i + 1
    eval panel(i, panels, first_share)
    eval bottom(i)
    set ylabel sprintf('dead of %d units', int(mortal_units))
    set yrange [0:mortal_units]
    set ytics tic_step(mortal_units, 3)
    plot $total using 1:4 with steps linetype role_relu
}
unset multiplot
