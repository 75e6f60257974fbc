/* Any bytes as a calibration. What can be read has its model's parameters, and a failure names the text. Files named in it are not
 * looked for: the folder does not exist. */
#include "savings/calibration.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    savings_calibration calibration;
    crease_error error = {0};
    crease_status status =
        savings_calibration_read((const char *)data, size, "fuzz.json", "/nowhere", &calibration, &error);
    bool holds = status == CREASE_OK
                     ? (unsigned)calibration.model < SAVINGS_MODEL_COUNT &&
                           calibration.parameters.rate_count <= SAVINGS_MOST_RATES
                     : error.status == status && strlen(error.message) > 10 && !calibration.shocks;
    if (!holds)
        abort();
    savings_calibration_clear(&calibration);
    return 0;
}
