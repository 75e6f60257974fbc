# Kinks in data whose sides may be curved: the data, and at each kink its interval as a band and its two slopes as lines.
#
# variables  x_label, y_label  names of the columns
#            kink_count        number of kinks
# blocks     $data             x, y
#            $kinks            x, y, and the ends of the interval of 95 %; index 0, 1, ... one kink each (left out without kinks)
#            $tangents         x, y: three points, the kink in the middle; index as $kinks (left out without kinks)

if (!exists('x_label')) x_label = 'x'
if (!exists('y_label')) y_label = 'y'

kink_words = ''
low_words = ''
high_words = ''
if (kink_count > 0) {
    set table $crease_words
    plot [0:1][0:1] $kinks using (kink_words = kink_words . sprintf(' %.12g', $1), low_words = low_words . sprintf(' %.12g', $3), high_words = high_words . sprintf(' %.12g', $4), 0):(0) with points
    unset table
    set for [i = 1:words(kink_words)] arrow i from first real(word(kink_words, i)), graph 0 to first real(word(kink_words, i)), graph 1 nohead linetype role_mark
    set for [i = 1:words(kink_words)] object i rectangle from first real(word(low_words, i)), graph 0 to first real(word(high_words, i)), graph 1 behind fillcolor rgb grey_colour fillstyle transparent solid 0.25 noborder
}
set style textbox opaque noborder fillcolor rgb 'white' margins 0.5, 0.5
if (kink_count > 0 && kink_count <= 12) {
    set for [i = 1:words(kink_words)] label i sprintf('%.5g', real(word(kink_words, i))) at first real(word(kink_words, i)), graph (0.97 - 0.065 * ((i - 1) % 4)) center front boxed textcolor rgb ink_colour
}
label_rows = kink_count > 12 ? 0 : kink_count > 4 ? 4 : kink_count
set offsets graph 0, graph 0, graph (0.05 + 0.075 * label_rows), graph 0.05

set xlabel x_label
set ylabel y_label
set bmargin at screen panel_bottom
if (kink_count > 0) {
    plot $data using 1:2 with points linetype role_data title 'data', \
         for [i = 0:words(kink_words) - 1] $tangents index i using 1:2 with lines linetype role('relu') title (i == 0 ? 'slopes left and right of a kink' : '')
} else {
    plot $data using 1:2 with points linetype role_data title 'data, no kink found'
}
