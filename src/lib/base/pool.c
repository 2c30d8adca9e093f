/*
 * pool.c - worker threads, barriers, and the number of cores.
 *
 * Each worker waits for a generation number to change, runs the job, and meets the caller
 * at a barrier.  Every wait spins briefly, because a training step has phases of tens of
 * microseconds, and then sleeps, because a machine may have fewer cores than threads, or
 * other programs may use them.  If there are more members than cores, waits do not spin at
 * all.
 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "base/clock.h"

enum { SPINS = 4000, CACHE_LINE = 64 };

static void spin_pause(void)
{
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Treats denormal operands and results as zero; returns the mode to restore. */
static unsigned long flush_denormals(void)
{
#if defined(__x86_64__)
    unsigned old = _mm_getcsr();
    _mm_setcsr(old | 0x8040); /* FTZ | DAZ */
    return old;
#elif defined(__aarch64__)
    unsigned long old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" : : "r"(old | 1ul << 24));
    return old;
#else
    return 0;
#endif
}

static void restore_mode(unsigned long old)
{
#if defined(__x86_64__)
    _mm_setcsr((unsigned)old);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(old));
#else
    (void)old;
#endif
}

/* ------------------------------------------------------------- events and barriers */

/* An event count: a number that only increases.  Threads sleep until it changes. */
struct event {
    _Alignas(CACHE_LINE) atomic_uint value;
    atomic_int sleepers;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void event_init(struct event *v)
{
    atomic_init(&v->value, 0);
    atomic_init(&v->sleepers, 0);
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->changed, NULL);
}

static void event_release(struct event *v)
{
    pthread_cond_destroy(&v->changed);
    pthread_mutex_destroy(&v->lock);
}

/* Returns the seconds that it slept; spinning does not count. */
static double event_wait(struct event *v, unsigned seen, int spins)
{
    for (int i = 0; i < spins; i++) {
        if (atomic_load_explicit(&v->value, memory_order_acquire) != seen)
            return 0;
        spin_pause();
    }
    const double start = clock_seconds();
    pthread_mutex_lock(&v->lock);
    atomic_fetch_add(&v->sleepers, 1);
    while (atomic_load(&v->value) == seen)
        pthread_cond_wait(&v->changed, &v->lock);
    atomic_fetch_sub(&v->sleepers, 1);
    pthread_mutex_unlock(&v->lock);
    return clock_seconds() - start;
}

static void event_advance(struct event *v)
{
    atomic_fetch_add(&v->value, 1);
    if (atomic_load(&v->sleepers) == 0)
        return;
    pthread_mutex_lock(&v->lock);
    pthread_cond_broadcast(&v->changed);
    pthread_mutex_unlock(&v->lock);
}

/* `arrived` counts the members that have arrived in this round.  The last member to arrive
 * decides for all whether they stop, and advances the event. */
struct barrier {
    struct event event;
    _Alignas(CACHE_LINE) atomic_int arrived;
    int spins;
    bool stopped;
    atomic_ulong *slept; /* microseconds that members slept at any barrier of the pool */
};

static void barrier_init(struct barrier *b, int spins, atomic_ulong *slept)
{
    event_init(&b->event);
    atomic_init(&b->arrived, 0);
    b->spins = spins;
    b->stopped = false;
    b->slept = slept;
}

void team_barrier(const struct team *t)
{
    struct barrier *b = t->barrier;
    if (t->n == 1)
        return;
    unsigned seen = atomic_load_explicit(&b->event.value, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) + 1 < t->n) {
        const double slept = event_wait(&b->event, seen, b->spins);
        if (slept > 0)
            atomic_fetch_add(b->slept, (unsigned long)(slept * 1e6));
        return;
    }
    atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
    b->stopped = team_must_stop(t);
    event_advance(&b->event);
}

bool team_stopped(const struct team *t)
{
    return t->n == 1 ? team_must_stop(t) : t->barrier->stopped;
}

/* ---------------------------------------------------------------- dividing work */

void pool_share(size_t n, size_t parts, size_t part, size_t *lo, size_t *hi)
{
    size_t each = n / parts, more = n % parts;
    *lo = part * each + (part < more ? part : more);
    *hi = *lo + each + (part < more);
}

void team_range(const struct team *t, size_t n, size_t *lo, size_t *hi)
{
    pool_share(n, (size_t)t->n, (size_t)t->id, lo, hi);
}

void team_grid(const struct team *t, size_t rows, size_t least, struct team_grid *g)
{
    int groups = t->n;
    while (groups > 1 && (t->n % groups != 0 || rows / (size_t)groups < least))
        groups--;
    int columns = t->n / groups, group = t->id / columns;
    pool_share(rows, (size_t)groups, (size_t)group, &g->row_lo, &g->row_hi);
    g->group = (struct team){ .id = t->id % columns, .n = columns };
    g->group.barrier = groups == 1 ? t->barrier : &t->sub[group];
    g->group.sub = NULL;
    g->group.profile = t->profile;
    g->group.stop = t->stop;
}

/* ---------------------------------------------------------------- a busy machine */

/*
 * If other programs take the cores, members wait at every barrier for a member that is not
 * running, and several threads are slower than one.  So the pool measures how long members
 * sleep at barriers in each window of WINDOW seconds of work.  If that is more than
 * MOST_SLEEP of the time in which they could have slept, the pool uses half as many threads
 * for some time, and then tries all of them again.  Each time that such a trial fails, this
 * time doubles, so that trials take little of it.
 */
struct waits {
    atomic_ulong slept; /* microseconds in this window, of all members together */
    double worked;      /* seconds of work in this window */
    double until;       /* when the limit ends */
    int limit;          /* at most so many threads are used until then */
    int patience;       /* length of the next limit, in windows */
};

#define WINDOW 0.02
#define MOST_SLEEP 0.5
enum { LEAST_PATIENCE = 4, MOST_PATIENCE = 64 };

static void waits_init(struct waits *w)
{
    atomic_init(&w->slept, 0);
    w->worked = w->until = 0;
    w->limit = 1;
    w->patience = LEAST_PATIENCE;
}

/* How many threads to use if `threads` are wanted. */
static int waits_limit(const struct waits *w, int threads)
{
    return threads > w->limit && clock_seconds() < w->until ? w->limit : threads;
}

/* Begins a window, unless one has begun.  If a member sleeps until after its window has
 * ended, that sleep is not counted. */
static void waits_begin(struct waits *w)
{
    if (w->worked == 0)
        atomic_store(&w->slept, 0);
}

/* Adds work of `threads` threads that took `seconds`. */
static void waits_add(struct waits *w, int threads, double seconds)
{
    w->worked += seconds;
    if (w->worked < WINDOW)
        return;
    const double slept = 1e-6 * (double)atomic_load(&w->slept);
    if (slept > MOST_SLEEP * (threads - 1) * w->worked) {
        w->limit = threads / 2;
        w->until = clock_seconds() + w->patience * w->worked;
        w->patience = w->patience < MOST_PATIENCE ? 2 * w->patience : MOST_PATIENCE;
    } else if (threads > w->limit) { /* a trial that worked */
        w->patience = w->patience > LEAST_PATIENCE ? w->patience / 2 : LEAST_PATIENCE;
    }
    w->worked = 0;
}

/* ------------------------------------------------------------------------ pool */

struct worker {
    struct pool *pool;
    int id;
    pthread_t thread;
};

struct pool {
    struct event job;      /* advances when there is work */
    struct barrier all;    /* the team's barrier */
    struct barrier done;   /* all threads of the pool, in the team or not */
    struct barrier *sub;   /* [size] */
    struct worker *worker; /* [size]; number 0 is the caller */
    int size, spins;
    bool yields; /* made by pool_new_yielding */
    struct waits waits;
    /* the job: written by the caller before `job` advances */
    team_fn *fn;
    void *arg;
    int active;
    const atomic_bool *until; /* `stop` of pool_run_until, or NULL */
    bool ends;                /* tells the workers to return */
    struct profile *profile;
};

static void run_member(struct pool *p, int id)
{
    struct team t = { .id = id,
                      .n = p->active,
                      .barrier = &p->all,
                      .sub = p->sub,
                      .profile = id == 0 ? p->profile : NULL,
                      .stop = p->until };
    unsigned long mode = flush_denormals();
    if (t.profile)
        t.profile->last = clock_seconds();
    p->fn(p->arg, &t);
    restore_mode(mode);
}

static void meet_everyone(struct pool *p)
{
    team_barrier(&(struct team){ .n = p->size, .barrier = &p->done });
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    for (unsigned seen = 0;; seen++) {
        event_wait(&p->job, seen, p->spins);
        if (p->ends)
            return NULL;
        if (w->id < p->active)
            run_member(p, w->id);
        meet_everyone(p);
    }
}

/* Starts workers 1 to threads - 1.  If one cannot be started, the pool has only the workers
 * before it. */
static void start_workers(struct pool *p, int threads)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 1 << 20);
    p->size = threads;
    int id = 1;
    for (; id < threads; id++) {
        p->worker[id] = (struct worker){ .pool = p, .id = id };
        if (pthread_create(&p->worker[id].thread, &attr, worker_main, &p->worker[id]) != 0)
            break;
    }
    p->size = id; /* workers read it only after the first job begins */
    pthread_attr_destroy(&attr);
}

struct pool *pool_new(int threads)
{
    int cores = pool_cores();
    if (threads < 1)
        threads = cores;
    if (threads > POOL_ALL)
        threads = POOL_ALL;
    struct pool *p = aligned_alloc(CACHE_LINE, sizeof *p);
    struct barrier *sub = aligned_alloc(CACHE_LINE, sizeof *sub * (size_t)threads);
    struct worker *worker = calloc((size_t)threads, sizeof *worker);
    if (!p || !sub || !worker) {
        free(p), free(sub), free(worker);
        return NULL;
    }
    *p = (struct pool){ .sub = sub, .worker = worker };
    p->spins = threads > cores ? 0 : SPINS;
    waits_init(&p->waits);
    event_init(&p->job);
    barrier_init(&p->all, p->spins, &p->waits.slept);
    barrier_init(&p->done, p->spins, &p->waits.slept);
    for (int i = 0; i < threads; i++)
        barrier_init(&sub[i], p->spins, &p->waits.slept);
    start_workers(p, threads);
    return p;
}

struct pool *pool_new_yielding(int asked)
{
    const int cores = pool_cores();
    struct pool *p = pool_new(asked < 1 || asked > cores ? cores : asked);
    if (p)
        p->yields = true;
    return p;
}

void pool_profile(struct pool *p, struct profile *profile)
{
    p->profile = profile;
}

void profile_mark(struct profile *p, int phase)
{
    const double now = clock_seconds();
    p->seconds[phase] += now - p->last;
    p->last = now;
}

int pool_size(const struct pool *p)
{
    return p->size;
}

void pool_run(struct pool *p, int threads, team_fn *fn, void *arg)
{
    pool_run_until(p, threads, fn, arg, NULL);
}

static void run_team(struct pool *p)
{
    const double start = clock_seconds();
    waits_begin(&p->waits);
    event_advance(&p->job);
    run_member(p, 0);
    meet_everyone(p);
    if (p->yields)
        waits_add(&p->waits, p->active, clock_seconds() - start);
}

void pool_run_until(struct pool *p, int threads, team_fn *fn, void *arg,
                    const atomic_bool *stop)
{
    p->fn = fn;
    p->arg = arg;
    p->until = stop;
    p->active = threads < 1 ? 1 : threads > p->size ? p->size : threads;
    if (p->yields)
        p->active = waits_limit(&p->waits, p->active);
    if (p->active == 1)
        run_member(p, 0);
    else
        run_team(p);
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    p->ends = true;
    event_advance(&p->job);
    for (int i = 1; i < p->size; i++)
        pthread_join(p->worker[i].thread, NULL);
    event_release(&p->job);
    event_release(&p->all.event);
    event_release(&p->done.event);
    for (int i = 0; i < p->size; i++)
        event_release(&p->sub[i].event);
    free(p->sub), free(p->worker), free(p);
}

/* ----------------------------------------------------------------------- cores */

/* The CPU quota of a cgroup (version 2) in whole cores: "max 100000" or "150000 100000";
 * 0: unlimited. */
static int cgroup_cores(void)
{
    long quota = 0, period = 0;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!f)
        return 0;
    int got = fscanf(f, "%ld %ld", &quota, &period);
    fclose(f);
    return got == 2 && quota > 0 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

int pool_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    int quota = cgroup_cores();
    if (quota > 0 && quota < n)
        n = quota;
#endif
    return n < 1 ? 1 : n > POOL_ALL ? POOL_ALL : (int)n;
}
