/* The checker of proofs against a second one in fractions: proofs of random networks are accepted, and a changed proof is accepted
 * exactly when the other checker finds that it still is one. What is false can never be proved. */
#include "crease/proof.h"
#include "crease/random.h"
#include "support/proof_cases.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct problem {
    crease_net *net;
    crease_specification *specification;
    char *proof; /* NULL: the prover gave up */
    gsl_rng *rng;
} problem;

static problem make(unsigned long seed) {
    problem p = {.rng = crease_random_new(seed, 0)};
    p.net = proof_random_net(p.rng);
    p.specification = proof_random_specification(p.net, p.rng);
    p.proof = proof_random_proof(p.net, p.specification, p.rng, false);
    return p;
}

static void clear(problem *p) {
    free(p->proof);
    crease_specification_free(p->specification);
    crease_net_free(p->net);
    gsl_rng_free(p->rng);
}

START_TEST(proofs_are_accepted) {
    size_t cases = test_rounds(300, 20000), proved = 0, leaves = 0;
    size_t seen[128] = {0};
    for (unsigned long seed = 1; seed <= cases; seed++) {
        problem p = make(seed);
        if (p.proof) {
            crease_proof_check check = proof_check(p.net, p.specification, p.proof);
            ck_assert_msg(check.accepted, "seed %lu, line %zu: %s\n%s", seed, check.line, check.why, p.proof);
            size_t ends = 0, steps = 0, lines = proof_line_count(p.proof);
            for (size_t i = 1; i <= lines; i++) {
                const char *line = proof_line(p.proof, i);
                ends += *line == '.';
                steps += strchr("lukc", *line) && line[1] == ' ';
                seen[(size_t)*line]++;
            }
            ck_assert_uint_eq(check.leaves, ends);
            ck_assert_uint_eq(check.steps, steps);
            ck_assert_uint_eq(check.nodes, 2 * ends - p.specification->case_count);
            proved++;
            leaves += ends;
            for (const char *at = p.proof; *at; at++) {
                seen['b'] += strncmp(at, " b ", 3) == 0;
                seen['a'] += strncmp(at, " a ", 3) == 0;
            }
        }
        clear(&p);
    }
    /* the cases mean something: most are proved, and every kind of line and multiplier occurs often */
    ck_assert_uint_gt(proved, cases * 6 / 10);
    ck_assert_uint_gt(leaves, proved);
    for (const char *kind = "lukcxps.ab"; *kind; kind++)
        ck_assert_msg(seen[(size_t)*kind] > cases / 20, "%c %zu", *kind, seen[(size_t)*kind]);
}
END_TEST

START_TEST(changed_proofs_are_accepted_when_they_still_are_proofs) {
    size_t cases = test_rounds(120, 10000), rejected = 0, accepted = 0;
    for (unsigned long seed = 1; seed <= cases; seed++) {
        problem p = make(seed);
        for (size_t i = 0; p.proof && i < 2 * PROOF_CHANGES; i++) {
            char *changed = proof_changed(p.proof, (proof_change)(i % PROOF_CHANGES), p.rng);
            if (!changed)
                continue;
            size_t line;
            bool holds = reference_judge(p.net, p.specification, changed, &line);
            crease_proof_check check = proof_check(p.net, p.specification, changed);
            ck_assert_msg(
                check.accepted == holds && (holds || check.line == line),
                "seed %lu, change %zu: %s in line %zu (%s), the other checker says %s in line %zu\n%s", seed,
                i, check.accepted ? "accepted" : "rejected", check.line, check.why,
                holds ? "accepted" : "rejected", line, changed);
            *(holds ? &accepted : &rejected) += 1;
            free(changed);
        }
        clear(&p);
    }
    ck_assert_uint_gt(rejected, cases * 8);
    ck_assert_uint_gt(accepted, cases / 4);
}
END_TEST

/* The prover's numbers are the best doubles, so the next one is wrong, in that very line. */
START_TEST(a_bound_one_step_too_tight_is_rejected) {
    size_t cases = test_rounds(100, 10000), tried = 0;
    for (unsigned long seed = 1; seed <= cases; seed++) {
        problem p = make(seed);
        size_t lines = p.proof ? proof_line_count(p.proof) : 0;
        for (size_t line = 1; line <= lines; line++) {
            const char *text = proof_line(p.proof, line);
            bool bound = *text == 'l' || *text == 'u', contraction = *text == 'c' && text[1] == ' ';
            if ((!bound && !contraction) || gsl_rng_uniform_int(p.rng, 3))
                continue;
            size_t words = 0;
            for (const char *at = text; *at != '\n'; at++)
                words += *at == ' ';
            const char *last = strchr(text, '\n');
            while (contraction && *last != 'l' && *last != 'h')
                last--;
            char *changed = proof_with_next_number(p.proof, line, words, bound ? *text == 'l' : *last == 'l');
            crease_proof_check check = proof_check(p.net, p.specification, changed);
            ck_assert_msg(!check.accepted && check.line == line, "seed %lu, line %zu (%zu: %s)\n%s", seed,
                          line, check.line, check.why, changed);
            tried++;
            free(changed);
        }
        clear(&p);
    }
    ck_assert_uint_gt(tried, cases);
}
END_TEST

/* Slopes and multipliers of phases, of which the other test meets few, take values inside and outside what is allowed. */
START_TEST(slopes_and_phases_are_taken_where_they_may_be) {
    size_t cases = test_rounds(250, 20000), accepted = 0, rejected = 0;
    for (unsigned long seed = 1; seed <= cases; seed++) {
        problem p = make(seed);
        for (const char *at = p.proof; at && *at; at++) {
            if (strncmp(at, " a ", 3) != 0 && strncmp(at, " b ", 3) != 0)
                continue;
            size_t line = 1;
            for (const char *before = p.proof; before < at; before++)
                line += *before == '\n';
            size_t words = 3;
            for (const char *before = proof_line(p.proof, line); before < at; before++)
                words += *before == ' ';
            static const double simple[] = {-.5, 0, .25, 1, 1.5, 3};
            double value = gsl_rng_uniform_int(p.rng, 2) ? simple[gsl_rng_uniform_int(p.rng, 6)]
                                                         : 4 * gsl_rng_uniform(p.rng) - 1;
            char *changed = proof_with_number(p.proof, line, words + 1, value);
            size_t where;
            bool holds = reference_judge(p.net, p.specification, changed, &where);
            crease_proof_check check = proof_check(p.net, p.specification, changed);
            ck_assert_msg(check.accepted == holds && (holds || check.line == where),
                          "seed %lu, line %zu (%zu: %s)\n%s", seed, line, check.line, check.why, changed);
            *(holds ? &accepted : &rejected) += 1;
            free(changed);
        }
        clear(&p);
    }
    ck_assert_uint_gt(accepted, cases / 5);
    ck_assert_uint_gt(rejected, cases / 5);
}
END_TEST

START_TEST(structure_that_is_damaged_is_rejected) {
    static const proof_change fatal[] = {PROOF_DROP_CHILD, PROOF_CUT_OFF};
    for (unsigned long seed = 1; seed <= test_rounds(80, 5000); seed++) {
        problem p = make(seed);
        for (size_t i = 0; p.proof && i < 8; i++) {
            char *changed = proof_changed(p.proof, fatal[i % 2], p.rng);
            ck_assert_msg(!changed || !proof_check(p.net, p.specification, changed).accepted, "seed %lu\n%s",
                          seed, changed);
            free(changed);
        }
        /* an alternative closed twice, and not at all */
        size_t lines = p.proof ? proof_line_count(p.proof) : 0;
        for (size_t line = 1; line <= lines; line++) {
            const char *text = proof_line(p.proof, line), *next = strchr(text, '\n') + 1;
            if (*text != 'k' || gsl_rng_uniform_int(p.rng, 4))
                continue;
            char changed[1 << 16];
            snprintf(changed, sizeof changed, "%.*s%s", (int)(next - p.proof), p.proof, text);
            crease_proof_check check = proof_check(p.net, p.specification, changed);
            ck_assert(!check.accepted && check.line == line + 1 && strstr(check.why, "closed already"));
            snprintf(changed, sizeof changed, "%.*s%s", (int)(text - p.proof), p.proof, next);
            ck_assert(!proof_check(p.net, p.specification, changed).accepted);
        }
        clear(&p);
    }
}
END_TEST

START_TEST(what_is_false_cannot_be_proved) {
    size_t cases = test_rounds(200, 20000), tried = 0;
    for (unsigned long seed = 1; seed <= cases; seed++) {
        problem p = make(seed);
        if (proof_make_false(p.net, p.specification, p.rng)) {
            for (size_t i = 0; i < 6; i++) {
                char *lie = proof_random_proof(p.net, p.specification, p.rng, true);
                crease_proof_check check = proof_check(p.net, p.specification, lie);
                ck_assert_msg(!check.accepted, "seed %lu\n%s", seed, lie);
                tried++;
                free(lie);
            }
            for (size_t i = 0; p.proof && i <= PROOF_CHANGES; i++) {
                char *changed = i ? proof_changed(p.proof, (proof_change)(i - 1), p.rng) : strdup(p.proof);
                ck_assert_msg(!changed || !proof_check(p.net, p.specification, changed).accepted,
                              "seed %lu\n%s", seed, changed);
                tried += changed != NULL;
                free(changed);
            }
        }
        clear(&p);
    }
    ck_assert_uint_gt(tried, cases * 4);
}
END_TEST

Suite *test_proof(void) {
    Suite *suite = suite_create("proof");
    TCase *random = tcase_create("random");
    tcase_add_test(random, proofs_are_accepted);
    tcase_add_test(random, changed_proofs_are_accepted_when_they_still_are_proofs);
    tcase_add_test(random, a_bound_one_step_too_tight_is_rejected);
    tcase_add_test(random, slopes_and_phases_are_taken_where_they_may_be);
    tcase_add_test(random, structure_that_is_damaged_is_rejected);
    tcase_add_test(random, what_is_false_cannot_be_proved);
    suite_add_tcase(suite, random);
    return suite;
}
