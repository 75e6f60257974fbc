/* Findings in words. */
#include "arm/claims/claims_program.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 100, INDENT = 4 };

/* Words of `text` in lines, all but the first (which has `used` characters) indented. */
static void print_words(const char *text, int used, FILE *file) {
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (used > INDENT && used + 1 + length > WIDTH) {
            fprintf(file, "\n%*s", INDENT, "");
            used = INDENT;
        } else if (used > INDENT) {
            putc(' ', file);
            used++;
        }
        fprintf(file, "%.*s", length, text);
        used += length;
        text += length;
        while (*text == ' ')
            text++;
    }
    putc('\n', file);
}

void arm_claim_print(const arm_claim *claim, const arm_finding *finding, FILE *file) {
    char verdict[32];
    snprintf(verdict, sizeof verdict, "%s", arm_verdict_name(finding->verdict));
    for (char *c = verdict; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    char sentence[256];
    snprintf(sentence, sizeof sentence, "\"%s\"", claim->sentence);
    int used = fprintf(file, "%s:", verdict);
    print_words(sentence, used, file);
    fprintf(file, "%*s", INDENT, "");
    print_words(finding->why, INDENT, file);
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
