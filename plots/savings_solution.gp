# size: 18 x 16
# The solution of a savings problem. Left: the policy, shaded where assets do not move, and its Euler errors (or its slope where
# there is no Euler equation). Right: the value near the point where a kink is looked for, with both tangents there, and its slope.
#
# variables  title_text   one line above the picture
#            state        'm' or 'a'
#            x_label, value_x_label   of the left and the right panels
#            value_label, slope_label   of the right panels
#            place        where the tangents touch
#            left_label, right_label   legend of the tangents
#            has_left     0: nothing lies left of the place
#            limit_label, flat_label   legend of the stretches
#            has_euler    0: $lower is the slope of the policy
#            knots        number of kinks in $kinks
#            shades, shade_low_1, shade_high_1, shade_kind_1 ..   'limit', 'flat' or 'default'
# blocks     $policy      x, c, near the kinks
#            $lower       x, log10 of the Euler error; or x, slope of the policy
#            $kinks       x, c                    (left out when knots is 0)
#            $value       x, value, left tangent, right tangent
#            $slope       x, slope of the value

knots = int(knots)
shades = int(shades)
# before the panels, inside which stats may not stand
stats $policy using 1 nooutput
low = STATS_min
high = STATS_max
stats $lower using 1 nooutput
whole_low = STATS_min
whole_high = STATS_max
stats $value using 1 nooutput
value_low = STATS_min
value_high = STATS_max
stats $lower using 2 nooutput
steep = has_euler == 0 && STATS_min > 0 && STATS_max > 20 * STATS_min
least = STATS_min
largest = STATS_max

shade_colour(kind) = kind eq 'limit' ? '#56B4E9' : kind eq 'flat' ? '#F0E442' : '#CC79A7'
shade_label(kind) = kind eq 'limit' ? limit_label : kind eq 'flat' ? flat_label : 'default'
shade_on(to) = sprintf("do for [i = 1:shades] { l = value(sprintf('shade_low_%%d', i)); h = value(sprintf('shade_high_%%d', i)); h = h < %.17g ? h : %.17g; if (l < h) { set object i rectangle from first l, graph 0 to first h, graph 1 behind fillcolor rgb shade_colour(value(sprintf('shade_kind_%%d', i))) fillstyle solid 0.35 noborder } }", to, to)
shade_off = 'do for [i = 1:shades] { unset object i }'

# one entry a kind of stretch; the legend of the right column stands over it
legend = sprintf("NaN with lines linetype 1 title 'c(%s)'", state)
if (knots > 0) { legend = legend . sprintf(", NaN with points linetype role_exact pointtype 7 pointsize 0.7 title 'kinks of c(%s)'", state) }
entries = 1 + (knots > 0)
seen = ''
do for [i = 1:shades] {
    kind = value(sprintf('shade_kind_%d', i))
    if (strstrt(seen, kind) == 0) {
        seen = seen . kind . ' '
        entries = entries + 1
        legend = legend . sprintf(", NaN with boxes fillcolor rgb '%s' fillstyle solid 0.35 noborder title '%s'", shade_colour(kind), shade_label(kind))
    }
}

rows = has_left > 0 && entries < 3 ? 3 : entries < 2 ? 2 : entries
top_edge = 1.0 - (1.15 * rows + 3.9) * text_line
middle = 0.5 * (top_edge + 3.4 * text_line)
box(l, r, t, b) = sprintf('set lmargin at screen %f; set rmargin at screen %f; set tmargin at screen %f; set bmargin at screen %f', l, r, t, b)
panel_text(text) = GPVAL_TERM eq 'dumb' ? '' : sprintf("set label 2 '%s' at graph 0, graph 1 offset 0.5, 0.8 left textcolor rgb ink_colour", text)
set label 1 title_text at screen 0.53, screen 0.98 center textcolor rgb ink_colour
set key vertical maxcols 1 maxrows rows

set multiplot
eval box(0.115, 0.49, top_edge, middle + 3.2 * text_line)
set key at screen 0.115, screen 0.955 left top
eval shade_on(high)
set xrange [low:high]
set xlabel x_label
set ylabel 'c (years of income)'
eval panel_text('the policy')
curves = '$policy using 1:2 with lines linetype 1'
if (knots > 0) { curves = curves . ', $kinks using ($1 >= low && $1 <= high ? $1 : NaN):2 with points linetype role_exact pointtype 7 pointsize (knots > 6 ? 0.4 : 0.7)' }
eval 'plot ' . curves . ', ' . legend
unset label 1
eval shade_off

eval box(0.61, 0.975, top_edge, middle + 3.2 * text_line)
set key at screen 0.61, screen 0.955 left top
set arrow 1 from first place, graph 0 to first place, graph 1 nohead linetype role_mark
set xrange [value_low:value_high]
set xlabel value_x_label
set ylabel value_label
eval panel_text((has_left > 0 ? 'the value and its tangents at ' : 'the value and its tangent at ') . sprintf('%.4g', place))
set xtics tic_step(value_high - value_low, 4)
if (has_left) {
    plot $value using 1:2 with lines linetype role_exact linewidth 2.2 title value_label, \
         $value using 1:3 with lines linetype 2 title left_label, \
         $value using 1:4 with lines linetype 3 title right_label
} else {
    plot $value using 1:2 with lines linetype role_exact linewidth 2.2 title value_label, \
         $value using 1:4 with lines linetype 3 title right_label
}

unset key
eval box(0.61, 0.975, middle - 1.6 * text_line, 3.4 * text_line)
set ylabel slope_label
eval panel_text('its slope')
plot $slope using 1:2 with lines linetype role_exact linewidth 2.2
unset arrow 1

eval box(0.115, 0.49, middle - 1.6 * text_line, 3.4 * text_line)
set xrange [whole_low:whole_high]
set xtics autofreq
set xlabel x_label
eval shade_on(whole_high)
if (has_euler) {
    set ylabel 'log10 of the Euler error'
    eval panel_text('errors of the policy')
    set yrange [floor(least - 0.5):ceil(largest + 0.5)]
    set ytics tic_step(largest - least + 2, 6)
} else {
    set ylabel sprintf('dc/d%s', state)
    eval panel_text('the slope of the policy')
    if (steep) {
        unset offsets
        set logscale y
        set format y '%g'
    }
}
if (has_euler) {
    plot $lower using 1:2 with points linetype 1 pointtype 7 pointsize 0.2
} else {
    plot $lower using 1:2 with lines linetype 1
}
unset multiplot
