/* Findings about the claims in words; of the command and of the demonstration. */
#ifndef ARM_CLAIMS_PROGRAM_H
#define ARM_CLAIMS_PROGRAM_H

#include "arm/claims/claims.h"
#include "crease/app.h"

/* The verdict with the sentence, then why, in lines of at most 100 characters. */
void arm_claim_print(const arm_claim *claim, const arm_finding *finding, FILE *file);
/* The claims of the demonstration, judged with the defaults and printed. */
crease_status arm_claims_print_brief(FILE *file, crease_error *error);

#endif
