/*
 * pool.h - a fixed pool of POSIX threads that run the same function in parallel.
 *
 * pool_run calls fn once in every member of the team; members divide the work among
 * themselves by their number (team_range) and meet at barriers (team_barrier).  The caller
 * is member 0.  Denormal numbers are flushed to zero in every member while it runs.  Only
 * pool.c uses pthreads.
 */
#ifndef CHARNN_BASE_POOL_H
#define CHARNN_BASE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct pool;
struct barrier;

/* The time that member 0 spends in each phase; the caller numbers the phases. */
enum { PROFILE_PHASES = 16 };
struct profile {
    double seconds[PROFILE_PHASES];
    double last; /* when the last phase ended */
};

struct team {
    int id, n;               /* number of this member, from 0, and of all members */
    struct barrier *barrier; /* shared by the whole team */
    struct barrier *sub;     /* n barriers for sub-teams: see team_grid */
    struct profile *profile; /* NULL: times are not measured (team_mark) */
    const atomic_bool *stop; /* `stop` of pool_run_until, or NULL */
};

typedef void team_fn(void *arg, const struct team *team);

/* Makes a pool of `threads` threads, at most POOL_ALL; below 1: as many as pool_cores says.
 * If the system allows fewer threads, the pool is smaller.  NULL only when out of memory. */
struct pool *pool_new(int threads);

/* Makes a pool of `asked` threads, but not more than pool_cores says, because they would slow
 * each other down; below 1: as many as pool_cores says.  While other programs use the cores,
 * so that members wait for each other, pool_run uses fewer members than it is asked for. */
struct pool *pool_new_yielding(int asked);

void pool_free(struct pool *p);
int pool_size(const struct pool *p);

/* Runs fn in min(threads, pool_size) members, or in fewer if the pool yields to other
 * programs, and returns when all have finished; POOL_ALL means all threads of the pool. */
enum { POOL_ALL = 256 };
void pool_run(struct pool *p, int threads, team_fn *fn, void *arg);

/* Like pool_run, for work that can be abandoned: once *stop is true (it must then stay
 * true), fn leaves out the rest of its work and returns.  To see *stop, fn calls team_stopped
 * or team_must_stop. */
void pool_run_until(struct pool *p, int threads, team_fn *fn, void *arg,
                    const atomic_bool *stop);

/* Adds the times of all later runs to *profile; NULL stops measuring. */
void pool_profile(struct pool *p, struct profile *profile);

/* Adds the time since the last mark to `phase`; team_mark does so if times are measured. */
void profile_mark(struct profile *p, int phase);
static inline void team_mark(const struct team *t, int phase)
{
    if (t->profile)
        profile_mark(t->profile, phase);
}

/* Waits until every member has called it.  Afterwards every member sees all that was written
 * before the barrier. */
void team_barrier(const struct team *t);

/* Whether the work is to be abandoned, as decided at this team's last barrier in this run;
 * there must have been one.  All members get the same answer, so either all or none of them
 * continue to the next barrier. */
bool team_stopped(const struct team *t);

/* Whether the work is to be abandoned, as of now.  Members may get different answers, so a
 * member may skip work of its own but must still reach every barrier. */
static inline bool team_must_stop(const struct team *t)
{
    return t->stop && atomic_load_explicit(t->stop, memory_order_relaxed);
}

/* This member's share [*lo, *hi) of n items.  Shares are in the order of members, and their
 * sizes differ by at most one. pool_share computes share `part` of `parts`. */
void team_range(const struct team *t, size_t n, size_t *lo, size_t *hi);
void pool_share(size_t n, size_t parts, size_t part, size_t *lo, size_t *hi);

/* Divides the rows among groups of members; each group gets at least `least` rows if
 * possible, and its members share the columns. [row_lo, row_hi) are the rows of this
 * member's group, and `group` is a team of its members with a barrier of its own. */
struct team_grid {
    size_t row_lo, row_hi;
    struct team group;
};
void team_grid(const struct team *t, size_t rows, size_t least, struct team_grid *g);

/* How many cores this process may use, by its affinity mask and cgroup quota; at least
 * 1. */
int pool_cores(void);

#endif
