/*
 * test_pool.c - teams: which members run, how work is divided, whether barriers order
 * writes; pools with more threads than cores, or with fewer than requested; and pools that
 * yield to other programs.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pool.h"
#include "test.h"

enum { MANY = 64 };

static void count_job(void *arg, const struct team *t)
{
    atomic_int *ran = arg;
    atomic_fetch_add(&ran[t->id], 1);
}

static void every_member_runs_once(void)
{
    static const int sizes[] = { 1, 2, 3, 5, 8 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct pool *p = pool_new(sizes[s]);
        atomic_int ran[MANY] = { 0 };
        CHECK(pool_size(p) == sizes[s]);
        for (int threads = -1; threads <= sizes[s] + 2; threads++) {
            const int n = threads < 1 ? 1 : threads > sizes[s] ? sizes[s] : threads;
            memset(ran, 0, sizeof ran);
            pool_run(p, threads, count_job, ran);
            for (int i = 0; i < MANY; i++)
                CHECK_MSG(ran[i] == (i < n), "pool %d team %d member %d: %d", sizes[s],
                          threads, i, ran[i]);
        }
        pool_free(p);
    }
}

/* Jobs for teams of different sizes; each adds to the results of the one before. */
struct chain {
    int value[MANY];
};

static void chain_job(void *arg, const struct team *t)
{
    struct chain *c = arg;
    c->value[t->id]++;
}

static void jobs_follow_each_other(void)
{
    struct pool *p = pool_new(4);
    struct chain c = { { 0 } };
    for (int i = 0; i < 4000; i++)
        pool_run(p, i % 4 + 1, chain_job, &c);
    for (int i = 0; i < 4; i++)
        CHECK_MSG(c.value[i] == 1000 * (4 - i), "member %d: %d", i, c.value[i]);
    pool_free(p);
}

static void shares_cover_everything_in_order(void)
{
    for (size_t n = 0; n < 70; n++)
        for (size_t parts = 1; parts < 20; parts++) {
            size_t end = 0, least = SIZE_MAX, most = 0;
            for (size_t i = 0; i < parts; i++) {
                size_t lo, hi, lo2, hi2;
                pool_share(n, parts, i, &lo, &hi);
                team_range(&(struct team){ .id = (int)i, .n = (int)parts }, n, &lo2, &hi2);
                CHECK(lo == end && hi >= lo && lo2 == lo && hi2 == hi);
                end = hi;
                least = hi - lo < least ? hi - lo : least;
                most = hi - lo > most ? hi - lo : most;
            }
            CHECK(end == n && most - least <= 1);
        }
}

/* ---------------------------------------------------------------------- barriers */

struct rounds {
    int n;            /* number of rounds */
    long value[MANY]; /* each written by one member only, and not atomic, because barriers
                       * order the writes */
    atomic_int wrong;
};

static void rounds_job(void *arg, const struct team *t)
{
    struct rounds *r = arg;
    for (int i = 1; i <= r->n; i++) {
        r->value[t->id] = (long)i * (t->id + 1);
        team_barrier(t);
        for (int j = 0; j < t->n; j++)
            if (r->value[j] != (long)i * (j + 1))
                atomic_fetch_add(&r->wrong, 1);
        team_barrier(t); /* before any member writes in the next round */
    }
}

static void check_rounds(int threads, int n)
{
    struct pool *p = pool_new(threads);
    struct rounds r = { .n = n };
    CHECK_MSG(pool_size(p) == threads, "%d", pool_size(p));
    for (int i = 0; i < 3; i++)
        pool_run(p, threads, rounds_job, &r);
    CHECK_MSG(r.wrong == 0, "%d threads: %d", threads, r.wrong);
    pool_free(p);
}

static void barriers_order_writes(void)
{
    check_rounds(1, 100);
    check_rounds(2, 5000);
    check_rounds(3, 1000);
    check_rounds(7, 300);
}

static void far_more_threads_than_cores_finish(void)
{
    check_rounds(MANY, 60);
}

/* Runs teams of changing sizes one after another, all with the same barrier. */
static void a_barrier_serves_teams_of_any_size(void)
{
    struct pool *p = pool_new(6);
    struct rounds r = { .n = 5 };
    for (int i = 0; i < 300; i++)
        pool_run(p, i * 5 % 6 + 1, rounds_job, &r);
    CHECK_MSG(r.wrong == 0, "%d", r.wrong);
    pool_free(p);
}

/* -------------------------------------------------------------------------- grids */

struct grid {
    size_t rows, least;
    int columns[MANY][MANY]; /* [row][column] how many members have this place */
    int size[MANY];          /* [row] size of the group that has the row */
    struct rounds group[MANY];
    atomic_int wrong;
};

static void grid_job(void *arg, const struct team *t)
{
    struct grid *g = arg;
    struct team_grid place;
    team_grid(t, g->rows, g->least, &place);
    for (size_t r = place.row_lo; r < place.row_hi; r++) {
        g->columns[r][place.group.id]++;
        if (place.group.id == 0)
            g->size[r] = place.group.n;
    }
    if (place.row_hi - place.row_lo < g->least && place.group.n != t->n)
        atomic_fetch_add(&g->wrong, 1);
    rounds_job(&g->group[place.row_lo], &place.group);
    team_barrier(t);
}

static void check_grid(struct pool *p, int threads, size_t rows, size_t least)
{
    struct grid *g = calloc(1, sizeof *g);
    g->rows = rows;
    g->least = least;
    for (int i = 0; i < MANY; i++)
        g->group[i].n = 5;
    pool_run(p, threads, grid_job, g);
    int wrong = g->wrong;
    for (size_t r = 0; r < rows; r++)
        for (int c = 0; c < MANY; c++)
            wrong += g->columns[r][c] != (c < g->size[r]);
    for (int i = 0; i < MANY; i++)
        wrong += g->group[i].wrong;
    CHECK_MSG(wrong == 0, "threads %d rows %zu least %zu: %d", threads, rows, least, wrong);
    free(g);
}

static void grids_cover_all_rows_and_their_groups_meet(void)
{
    static const size_t rows[] = { 1, 2, 3, 4, 7, 8, 9, 16, 31, 50 };
    struct pool *p = pool_new(12);
    for (int threads = 1; threads <= 12; threads++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            for (size_t least = 1; least <= 4; least += 3)
                check_grid(p, threads, rows[i], least);
    pool_free(p);
}

/* ----------------------------------------------------------------------- denormals */

struct tiny {
    float result[MANY];
};

static void tiny_job(void *arg, const struct team *t)
{
    volatile float x = 1e-30f;
    ((struct tiny *)arg)->result[t->id] = x * 1e-10f;
}

static void denormals_are_flushed_in_every_member_and_restored(void)
{
    struct pool *p = pool_new(3);
    struct tiny tiny = { { 1, 1, 1 } };
    pool_run(p, 3, tiny_job, &tiny);
    for (int i = 0; i < 3; i++)
        CHECK_MSG(tiny.result[i] == 0, "member %d: %g", i, (double)tiny.result[i]);
    volatile float x = 1e-30f, after = x * 1e-10f;
    CHECK(after > 0);
    pool_free(p);
}

/* ---------------------------------------------------------------------------- life */

static void unused_pools_are_freed(void)
{
    for (int i = 0; i < 200; i++) {
        struct pool *p = pool_new(i % 5 + 1);
        CHECK(p != NULL);
        pool_free(p);
    }
    pool_free(NULL);
}

static void no_number_means_all_cores(void)
{
    for (int asked = 0; asked >= -1; asked--) {
        struct pool *p = pool_new(asked);
        CHECK(pool_size(p) == pool_cores() && pool_cores() >= 1);
        pool_free(p);
    }
}

/* Runs in a child process that may not start as many threads as it wants.  Exit status 0:
 * the pool is smaller and works; 1: it does not work; 77: the limit had no effect. */
static void limited_child(int resource)
{
    enum { ASKED = 40 };
    struct rlimit limit = { 3, 3 };
    struct rounds r = { .n = 50 };
    if (resource == RLIMIT_AS)
        limit.rlim_cur = limit.rlim_max = 24u << 20;
    else if (geteuid() == 0 && setuid(65534) != 0)
        _exit(77);
    if (setrlimit(resource, &limit) != 0)
        _exit(77);
    alarm(20);
    struct pool *p = pool_new(ASKED);
    atomic_int ran[MANY] = { 0 };
    if (!p)
        _exit(77);
    pool_run(p, ASKED, count_job, ran);
    pool_run(p, ASKED, rounds_job, &r);
    int wrong = r.wrong + (pool_size(p) < 1);
    for (int i = 0; i < MANY; i++)
        wrong += ran[i] != (i < pool_size(p));
    const int status = wrong ? 1 : pool_size(p) == ASKED ? 77 : 0;
    pool_free(p);
    _exit(status);
}

static void a_pool_that_gets_fewer_threads_is_smaller(void)
{
    static const int resources[] = { RLIMIT_NPROC, RLIMIT_AS };
    int status = 77 << 8;
    for (size_t i = 0;
         i < 2 && !SANITIZED && WIFEXITED(status) && WEXITSTATUS(status) == 77; i++) {
        fflush(stdout);
        const pid_t child = fork();
        if (child == 0)
            limited_child(resources[i]);
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("the limit on threads has no effect here");
    else
        CHECK_MSG(status == 0, "wait status %x", (unsigned)status);
}

/* -------------------------------------------------------------------- a busy machine */

/* The last member is slow, as if another program used its core. */
static void lopsided_job(void *arg, const struct team *t)
{
    int *size = arg;
    if (t->id == 0)
        *size = t->n;
    if (t->n > 1 && t->id == t->n - 1)
        usleep(5000);
}

/* Runs the job until its team has a size from lo to hi, or tries are over; returns the last
 * size. */
static int run_until_size(struct pool *p, int lo, int hi, int tries)
{
    int size = 0;
    for (int i = 0; i < tries; i++) {
        pool_run(p, POOL_ALL, lopsided_job, &size);
        if (size >= lo && size <= hi)
            return size;
        if (size == 1) /* lets some time pass: a team of one does not wait */
            usleep(1000);
    }
    return size;
}

static void a_pool_that_yields_uses_fewer_members_while_they_wait(void)
{
    struct pool *p = pool_new_yielding(2);
    if (pool_size(p) < 2)
        SKIP("there is one core");
    else {
        CHECK(run_until_size(p, 1, 1, 100) == 1);
        CHECK(run_until_size(p, 2, 2, 10000) == 2);
    }
    pool_free(p);
}

static void other_pools_always_use_all_members(void)
{
    struct pool *p = pool_new(2);
    CHECK(run_until_size(p, 1, 1, 20) == 2);
    pool_free(p);
}

static void a_pool_that_yields_has_at_most_as_many_members_as_cores(void)
{
    struct pool *all = pool_new_yielding(0), *many = pool_new_yielding(pool_cores() + 1);
    CHECK(pool_size(all) == pool_cores() && pool_size(many) == pool_cores());
    pool_free(all);
    pool_free(many);
}

int main(void)
{
    RUN(every_member_runs_once);
    RUN(jobs_follow_each_other);
    RUN(shares_cover_everything_in_order);
    RUN(barriers_order_writes);
    RUN(far_more_threads_than_cores_finish);
    RUN(a_barrier_serves_teams_of_any_size);
    RUN(grids_cover_all_rows_and_their_groups_meet);
    RUN(denormals_are_flushed_in_every_member_and_restored);
    RUN(unused_pools_are_freed);
    RUN(no_number_means_all_cores);
    RUN(a_pool_that_gets_fewer_threads_is_smaller);
    RUN(a_pool_that_yields_uses_fewer_members_while_they_wait);
    RUN(other_pools_always_use_all_members);
    RUN(a_pool_that_yields_has_at_most_as_many_members_as_cores);
    return test_end();
}
