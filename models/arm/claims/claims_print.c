/* Findings in words. */
#include "arm/claims/claims_program.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 4 };

void arm_claim_print(const arm_claim *claim, const arm_finding *finding, FILE *file) {
    char verdict[32];
    snprintf(verdict, sizeof verdict, "%s", arm_verdict_name(finding->verdict));
    for (char *c = verdict; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    char sentence[256];
    snprintf(sentence, sizeof sentence, "\"%s\"", claim->sentence);
    int used = fprintf(file, "%s:", verdict);
    crease_report_words(file, sentence, used, INDENT);
    fprintf(file, "%*s", INDENT, "");
    crease_report_words(file, finding->why, INDENT, INDENT);
}

crease_status arm_claims_print_brief(FILE *file, crease_error *error) {
    const arm_claim_setup setup = arm_claim_defaults();
    const arm_claim *claim;
    for (size_t i = 0; (claim = arm_claim_at(i)) != NULL; i++) {
        arm_finding finding;
        if (!claim->brief)
            continue;
        crease_status status = arm_claim_judge(claim, &setup, &finding, error);
        if (status != CREASE_OK)
            return status;
        arm_claim_print(claim, &finding, file);
    }
    return CREASE_OK;
}
