/* Data for the tests of traffic diagrams: rows drawn here, columns of files, studies of them. */
#ifndef TEST_TRAFFIC_DATA_H
#define TEST_TRAFFIC_DATA_H

#include "crease/table.h"
#include "traffic/traffic.h"

enum { TRAFFIC_SAMPLE_MOST = 400 };

typedef struct traffic_sample {
    size_t n;
    double density[TRAFFIC_SAMPLE_MOST], flow[TRAFFIC_SAMPLE_MOST], weight[TRAFFIC_SAMPLE_MOST];
} traffic_sample;

/* Noisy triangular traffic on a whole road, with a tail beyond the jam in every other case. */
traffic_sample traffic_sample_random(size_t n, uint64_t seed, double noise);
/* The borrowed view that the fits take. */
traffic_data traffic_sample_data(const traffic_sample *sample);
/* Weighted sum of squares, row by row. */
double traffic_sample_loss(const traffic_sample *sample, const traffic_diagram *diagram);
/* physical:kinks, or Greenshields for 0; a failing fit fails the test. */
traffic_diagram traffic_sample_fit(const traffic_sample *sample, size_t kinks);
/* Indices in ascending order of density. */
void traffic_sample_order(const traffic_sample *sample, size_t *order);

/* Two columns of a file, of the rows that `where` (may be NULL) selects. */
crease_table *traffic_test_load(const char *path, const char *where, const char *first, const char *second);
/* Path of a file of the measured sets, the caller's, or NULL: then the test is skipped. */
char *traffic_test_measured(const char *name);
traffic_study *traffic_test_study(size_t n, const double *density, const double *flow,
                                  const char *const *models, size_t count, traffic_study_options options);

#endif
