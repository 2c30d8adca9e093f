/* progress.c - writes and reads struct progress by a table of its members. */
#include "ckpt/progress.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"

enum member_type {
    WHOLE, /* int64_t */
    STEPS, /* int64_t, from 0 to `step` */
    REAL,  /* double, 0 at the start and never negative or infinite */
    LOSS,  /* double, NaN at the start, which JSON stores as null */
};

// clang-format off
#define NAMED(type, member, name) { name, type, offsetof(struct progress, member) }
#define MEMBER(type, member) NAMED(type, member, #member)
static const struct member {
    const char *name; /* its name in the file */
    enum member_type type;
    size_t offset;
} members[] = {
    MEMBER(WHOLE, step),
    MEMBER(WHOLE, steps),
    MEMBER(REAL, epoch),
    MEMBER(REAL, seconds),
    MEMBER(LOSS, best_loss),
    MEMBER(STEPS, best_step),
    MEMBER(WHOLE, best_missing),
    MEMBER(LOSS, planned_best),
    NAMED(STEPS, since_best, "waited"),
    MEMBER(LOSS, loss),
    MEMBER(WHOLE, valid_pending),
    MEMBER(LOSS, smooth_loss),
    MEMBER(LOSS, lowest_loss),
    MEMBER(STEPS, skipped),
    NAMED(STEPS, rollbacks, "rewinds"),
    NAMED(STEPS, bad_steps, "strikes"),
    NAMED(STEPS, optim_start, "slots_from"),
};
// clang-format on
enum { MEMBERS = sizeof members / sizeof *members };
_Static_assert(MEMBERS * sizeof(int64_t) == sizeof(struct progress),
               "a row for each member");

static bool is_whole_number(const struct member *m)
{
    return m->type == WHOLE || m->type == STEPS;
}

static int64_t *whole_at(struct progress *p, const struct member *m)
{
    return (int64_t *)((char *)p + m->offset);
}

static double *real_at(struct progress *p, const struct member *m)
{
    return (double *)((char *)p + m->offset);
}

struct progress progress_none(void)
{
    struct progress p = { 0 };
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].type == LOSS)
            *real_at(&p, &members[i]) = NAN;
    return p;
}

void progress_write(const struct progress *p, struct buf *out)
{
    struct progress copy = *p;
    struct json_out j = { .b = out, .first = true };
    json_open(&j, NULL, '{');
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct member *m = &members[i];
        if (is_whole_number(m))
            json_put_int(&j, m->name, *whole_at(&copy, m));
        else
            json_put_real(&j, m->name, *real_at(&copy, m));
    }
    json_close(&j, '}');
}

/* Whether the counts are possible: events that happen at most once in a step cannot be more
 * than the steps. */
static bool is_plausible(struct progress *p)
{
    const int64_t rollbacks_most = 10000; /* each halves the learning rate: it is then 0 */
    if (p->step < 0 || p->steps < p->step || p->steps > CKPT_STEPS_MOST)
        return false;
    if (p->rollbacks > rollbacks_most || (p->best_missing != 0 && p->best_missing != 1) ||
        (p->valid_pending != 0 && p->valid_pending != 1))
        return false;
    for (size_t i = 0; i < MEMBERS; i++) {
        const int64_t *n = whole_at(p, &members[i]);
        const double *x = real_at(p, &members[i]);
        if (members[i].type == STEPS && (*n < 0 || *n > p->step))
            return false;
        if (members[i].type == REAL && !(*x >= 0 && isfinite(*x)))
            return false;
    }
    return true;
}

/* Reads the value after a key, or skips it if this version does not know the key. */
static bool read_progress_member(struct progress *p, const char *key, struct json *j)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (!strcmp(members[i].name, key))
            return is_whole_number(&members[i]) ? json_int(j, whole_at(p, &members[i]))
                                                : json_real(j, real_at(p, &members[i]));
    return json_skip(j);
}

int progress_read(struct progress *p, const char *text)
{
    struct json j;
    struct buf key = { 0 };
    json_init(&j, text, strlen(text));
    json_enter(&j, '{');
    while (json_next(&j) && json_key(&j, &key))
        if (!read_progress_member(p, key.data, &j))
            break;
    buf_release(&key);
    return json_end(&j) && is_plausible(p) ? 0 : -1;
}
