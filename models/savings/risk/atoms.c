/* Where households pile up: the limit, where it binds in the state of income with the least assets, and every kink of the rate. */
#include "savings/risk/distribution.h"
#include <math.h>

double savings_least_assets(const savings_household *h, const savings_rule *const *rule) {
    double least = INFINITY;
    for (size_t s = 0; s < h->states; s++)
        least = fmin(least, rule[s]->limit_binds ? rule[s]->a[0] : rule[s]->lowest);
    return least;
}

size_t savings_atoms(const savings_household *h, const savings_rule *const *rule,
                     double atom[SAVINGS_MOST_ATOMS]) {
    double least = savings_least_assets(h, rule);
    size_t count = 0;
    bool binds = false;
    for (size_t s = 0; s < h->states; s++)
        binds = binds || (rule[s]->limit_binds && rule[s]->a[0] == least);
    if (binds)
        atom[count++] = least;
    for (size_t i = 0; i + 1 < h->rate_count && count < SAVINGS_MOST_ATOMS; i++)
        if (h->rate_kink[i] > least && h->rate[i] > h->rate[i + 1])
            atom[count++] = h->rate_kink[i];
    return count;
}
