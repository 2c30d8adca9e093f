/* test_isa.c - the choice of an instruction set; the tables of functions have no gaps. */
#include "math/isa.h"

#include <stdlib.h>

#include "charnn.h"
#include "math/kernels.h"
#include "nn/cell.h"
#include "test.h"

static void ref_is_always_there(void)
{
    CHECK(isa_present(ISA_ref) && strcmp(isa_name(ISA_ref), "ref") == 0);
    CHECK(!isa_present(ISA_COUNT));
}

static void unforced_the_fastest_present_is_chosen(void)
{
    unsetenv("CHARNN_ISA");
    const int best = isa_choose();
    CHECK(best >= 0 && isa_present((enum isa)best));
    for (int i = best + 1; i < ISA_COUNT; i++)
        CHECK(!isa_present((enum isa)i));
    setenv("CHARNN_ISA", "", 1);
    CHECK(isa_choose() == best);
}

static void each_present_can_be_forced(void)
{
    for (int i = 0; i < ISA_COUNT; i++) {
        setenv("CHARNN_ISA", isa_name((enum isa)i), 1);
        CHECK_MSG(isa_choose() == (isa_present((enum isa)i) ? i : -1), "%s",
                  isa_name((enum isa)i));
    }
}

static void an_unknown_instruction_set_is_refused_with_a_list(void)
{
    static const char *const bad[] = { "avx3", "REF", " ref", "re", "refx" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("CHARNN_ISA", bad[i], 1);
        CHECK(isa_choose() == -1);
        CHECK_MSG(strstr(isa_complaint(), bad[i]) && strstr(isa_complaint(), " ref"), "%s",
                  isa_complaint());
    }
    char longest[1000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    setenv("CHARNN_ISA", longest, 1);
    CHECK(isa_choose() == -1 && strstr(isa_complaint(), " ref") &&
          strlen(isa_complaint()) < 160);
    unsetenv("CHARNN_ISA");
}

/* A table is a name followed by pointers, none of which may be NULL. */
static void every_table_of_kernels_is_complete(void)
{
    for (int i = 0; i < ISA_COUNT; i++) {
        const struct kernels *k = kernels_of((enum isa)i);
        const void *const *entry = (const void *const *)(const void *)k;
        CHECK(strcmp(k->name, isa_name((enum isa)i)) == 0);
        for (size_t j = 0; j < sizeof *k / sizeof *entry; j++)
            CHECK_MSG(entry[j], "%s: entry %zu", k->name, j);
    }
}

static void every_cell_exists_for_every_instruction_set(void)
{
    for (int i = 0; i < ISA_COUNT; i++)
        for (int kind = 0; kind < CHARNN_CELLS; kind++)
            for (int a = CHARNN_ACTIVATION_TANH; a <= CHARNN_ACTIVATION_SIGMOID; a++) {
                const struct cell_kind *k = &cell_kinds[kind];
                const struct cell_ops *c = cell_ops(kind, a, (enum isa)i);
                CHECK(c->forward && c->backward && k->gates == strlen(k->letters));
                CHECK(k->split_gates <= k->gates && k->gate_shift < k->gates);
                for (int other = CHARNN_ACTIVATION_TANH; other < a; other++)
                    CHECK((cell_ops(kind, other, (enum isa)i) != c) == k->has_activation);
            }
}

int main(void)
{
    RUN(ref_is_always_there);
    RUN(unforced_the_fastest_present_is_chosen);
    RUN(each_present_can_be_forced);
    RUN(an_unknown_instruction_set_is_refused_with_a_list);
    RUN(every_table_of_kernels_is_complete);
    RUN(every_cell_exists_for_every_instruction_set);
    return test_end();
}
