/* Falsification: a search for witnesses that promises nothing. */
#ifndef CREASE_VERIFY_ATTACK_H
#define CREASE_VERIFY_ATTACK_H

#include "verify/node.h"
#include <stdint.h>

/* Descends `descents` times along the sign of the gradient of the worst row (Madry et al. 2018), for one alternative after
 * the other, first from the middle of the box and then from random points of stream (seed, stream). True:
 * examiner->point is a witness. */
bool crease_attack(crease_examiner *examiner, const double *lo, const double *hi, const unsigned char *open,
                   uint64_t seed, uint64_t stream, size_t descents);

/* The same with small steps from one point, examiner->point. */
bool crease_attack_near(crease_examiner *examiner, const double *lo, const double *hi,
                        const unsigned char *open);

#endif
