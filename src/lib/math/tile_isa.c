/*
 * tile_isa.c - the float GEMMs of kernels.h in register tiles, compiled once per vector
 * instruction set.
 *
 * A tile is a block of rows and panels of the result, held in registers in the loop over k.
 * Its accumulators are named variables made by macros, because compilers leave arrays of
 * vectors in memory.  For each k the vectors of B are loaded first, then the elements of A
 * are broadcast one at a time.  So rows * vectors + vectors + 1 registers are needed, except
 * that a tile of one row, which uses each vector of B only once, loads them one by one.  8 or
 * more accumulators hide the latency of the multiply-add; so tiles of few rows are several
 * panels wide.
 *
 * The same tile serves A B and A^T B.  They differ only in the address of A's element for
 * row i of the tile and k: a[i * 16 + k] (gemm) or a[k * 16 + i] (gemm_tn).
 *
 * The loop is unrolled four times.  If another program runs on the core's other hyperthread,
 * this one can issue only half as many instructions.  Without unrolling, the instructions
 * that are not multiply-adds would then cost 5 to 15 % of the time.
 */
#include "math/kernels_isa.h"

#include "math/vec.h"

/* The values of k that a tile sums over: blocks of 4 * rounds + rest values, with gaps
 * between blocks, and a shorter last block, the tail.  For A B, the blocks are the whole
 * panels of A, so there is no rest, and no gap in B.  For A^T B, the blocks are time steps and
 * k counts their rows, so there is no tail. */
struct tile {
    size_t blocks, rounds, rest, tail;
    size_t a_gap, b_gap;
    size_t b_panel, c_panel;
    ptrdiff_t ahead; /* distance from this panel of B to the data that is read after it;
                      * every fourth cache line of that data is prefetched into L2 */
};

typedef void tile_fn(const struct tile *t, const real *a, const real *b, real *c);

// clang-format off
/* Expands X(i, v) for each vector v of row i of a tile. */
#define VECS_1(X, i) X(i, 0)
#define VECS_2(X, i) VECS_1(X, i) X(i, 1)
#define VECS_4(X, i) VECS_2(X, i) X(i, 2) X(i, 3)
#define VECS_8(X, i) VECS_4(X, i) X(i, 4) X(i, 5) X(i, 6) X(i, 7)

/* Expands X(Y, i) for each row i of a tile. */
#define ROWS_1(X, Y) X(Y, 0)
#define ROWS_2(X, Y) ROWS_1(X, Y) X(Y, 1)
#define ROWS_3(X, Y) ROWS_2(X, Y) X(Y, 2)
#define ROWS_4(X, Y) ROWS_3(X, Y) X(Y, 3)
#define ROWS_5(X, Y) ROWS_4(X, Y) X(Y, 4)
#define ROWS_6(X, Y) ROWS_5(X, Y) X(Y, 5)
#define ROWS_7(X, Y) ROWS_6(X, Y) X(Y, 6)
#define ROWS_8(X, Y) ROWS_7(X, Y) X(Y, 7)
#define ROWS_9(X, Y) ROWS_8(X, Y) X(Y, 8)
#define ROWS_10(X, Y) ROWS_9(X, Y) X(Y, 9)
#define ROWS_11(X, Y) ROWS_10(X, Y) X(Y, 10)
#define ROWS_12(X, Y) ROWS_11(X, Y) X(Y, 11)

/* The offset of vector v of a row in a tile that is several panels wide. */
#define PLACE(v, panel) ((v) / PANEL_VECS * (panel) + (v) % PANEL_VECS * LANES)

#define LOAD_C(i, v) vf c##i##_##v = v_load(c + i * PANEL + PLACE(v, t->c_panel));
#define STORE_C(i, v) v_store(c + i * PANEL + PLACE(v, t->c_panel), c##i##_##v);
#define LOAD_B(k, v) const vf b##v = v_load(b + (k) * PANEL + PLACE(v, t->b_panel));
#define MULTIPLY(i, v) V_MULTIPLY_ADD(c##i##_##v, a##i, b##v);
#define LOAD_ROW(VECS, i) VECS(LOAD_C, i)
#define STORE_ROW(VECS, i) VECS(STORE_C, i)
#define GEMM_ROW(VECS, i) { const vf a##i = v_set(ak[i * PANEL]); VECS(MULTIPLY, i) }
#define GEMM_TN_ROW(VECS, i) { const vf a##i = v_set(ak[i]); VECS(MULTIPLY, i) }
#define GEMM_STEP 1
#define GEMM_TN_STEP PANEL

/* Only the next panel of weights has to come from memory; panels of activations are in the
 * cache. */
#define GEMM_AHEAD __builtin_prefetch(b + t->ahead, 0, 2);
#define GEMM_TN_AHEAD

#define STEP(KIND, k, rows, VECS)                                                         \
    {                                                                                     \
        const real *ak = a + (k) * KIND##_STEP;                                           \
        VECS(LOAD_B, k)                                                                   \
        ROWS_##rows(KIND##_ROW, VECS)                                                     \
    }

#define SINGLE_STEPS(KIND, n, rows, VECS)                                                 \
    for (size_t left = n; left > 0; left--, a += KIND##_STEP, b += PANEL)                 \
        STEP(KIND, 0, rows, VECS)
#define GEMM_BLOCK_ENDS(rows, VECS) a += t->a_gap;
#define GEMM_TN_BLOCK_ENDS(rows, VECS)                                                      \
    SINGLE_STEPS(GEMM_TN, t->rest, rows, VECS)                                              \
    a += t->a_gap;                                                                        \
    b += t->b_gap;
#define GEMM_TAIL(rows, VECS) SINGLE_STEPS(GEMM, t->tail, rows, VECS)
#define GEMM_TN_TAIL(rows, VECS)

#define TILE(kind, KIND, rows, panels, VECS)                                               \
    static void kind##_##rows##x##panels(const struct tile *t, const real *a,              \
                                         const real *b, real *c)                          \
    {                                                                                     \
        ROWS_##rows(LOAD_ROW, VECS)                                                       \
        for (size_t block = t->blocks; block > 0; block--) {                              \
            for (size_t round = t->rounds; round > 0; round--) {                          \
                KIND##_AHEAD                                                              \
                STEP(KIND, 0, rows, VECS)                                                 \
                STEP(KIND, 1, rows, VECS)                                                 \
                STEP(KIND, 2, rows, VECS)                                                 \
                STEP(KIND, 3, rows, VECS)                                                 \
                a += 4 * KIND##_STEP;                                                     \
                b += 4 * PANEL;                                                           \
            }                                                                             \
            KIND##_BLOCK_ENDS(rows, VECS)                                                 \
        }                                                                                 \
        KIND##_TAIL(rows, VECS)                                                           \
        ROWS_##rows(STORE_ROW, VECS)                                                      \
    }

/* tiles[rows]: the one-panel tiles, and the widest that the registers hold. */
struct tile_choice {
    tile_fn *gemm, *gemm_tn, *gemm_wide;
    tile_fn *gemm_tn_wide;  /* NULL: a one-panel tile has enough rows to use all
                             * accumulators */
    size_t panels;          /* panels in a wide tile */
};
#define TILES(rows, VECS)                                                                 \
    TILE(gemm, GEMM, rows, 1, VECS)                                                 \
    TILE(gemm_tn, GEMM_TN, rows, 1, VECS)
#define NARROW(rows) { gemm_##rows##x1, gemm_tn_##rows##x1, gemm_##rows##x1, NULL, 1 }
#define WIDE(rows, panels)                                                                \
    { gemm_##rows##x1, gemm_tn_##rows##x1, gemm_##rows##x##panels, NULL, panels }
#define BOTH_WIDE(rows)                                                                   \
    { gemm_##rows##x1, gemm_tn_##rows##x1, gemm_##rows##x2, gemm_tn_##rows##x2, 2 }

#if VEC_BYTES == 64 /* 32 registers; a panel is one vector */
#define PAIR(rows) TILE(gemm, GEMM, rows, 2, VECS_2) TILE(gemm_tn, GEMM_TN, rows, 2, VECS_2)
TILES(1, VECS_1) TILES(2, VECS_1) TILES(3, VECS_1) TILES(4, VECS_1)
TILES(5, VECS_1) TILES(6, VECS_1) TILES(7, VECS_1) TILES(8, VECS_1)
TILES(9, VECS_1) TILES(10, VECS_1) TILES(11, VECS_1) TILES(12, VECS_1)
TILE(gemm, GEMM, 1, 8, VECS_8) TILE(gemm, GEMM, 2, 4, VECS_4)
TILE(gemm, GEMM, 3, 4, VECS_4) TILE(gemm, GEMM, 4, 4, VECS_4)
PAIR(5) PAIR(6) PAIR(7) PAIR(8) PAIR(9) PAIR(10) PAIR(11) PAIR(12)
static const struct tile_choice tiles[] = {
    { 0 },        WIDE(1, 8),   WIDE(2, 4),   WIDE(3, 4),    WIDE(4, 4),
    BOTH_WIDE(5), BOTH_WIDE(6), BOTH_WIDE(7), BOTH_WIDE(8),
    BOTH_WIDE(9), BOTH_WIDE(10), BOTH_WIDE(11), BOTH_WIDE(12),
};
#elif VEC_BYTES == 32 /* 16 registers; a panel is two vectors */
TILES(1, VECS_2) TILES(2, VECS_2) TILES(3, VECS_2)
TILES(4, VECS_2) TILES(5, VECS_2) TILES(6, VECS_2)
TILE(gemm, GEMM, 1, 4, VECS_8) TILE(gemm, GEMM, 2, 2, VECS_4)
static const struct tile_choice tiles[] = {
    { 0 }, WIDE(1, 4), WIDE(2, 2), NARROW(3), NARROW(4), NARROW(5), NARROW(6),
};
#elif defined(__aarch64__) /* 32 registers; a panel is four vectors */
TILES(1, VECS_4) TILES(2, VECS_4) TILES(3, VECS_4)
TILES(4, VECS_4) TILES(5, VECS_4) TILES(6, VECS_4)
TILE(gemm, GEMM, 1, 2, VECS_8) TILE(gemm, GEMM, 2, 2, VECS_8)
static const struct tile_choice tiles[] = {
    { 0 }, WIDE(1, 2), WIDE(2, 2), NARROW(3), NARROW(4), NARROW(5), NARROW(6),
};
#else /* 16 registers; a panel is four vectors */
TILES(1, VECS_4) TILES(2, VECS_4)
TILE(gemm, GEMM, 1, 2, VECS_8)
static const struct tile_choice tiles[] = { { 0 }, WIDE(1, 2), NARROW(2) };
#endif
// clang-format on

enum {
    ROWS_MAX = sizeof tiles / sizeof *tiles - 1,
    K_BLOCK = 256,   /* rows of a B panel that fit L1; 16 KB */
    A_ROWS = 128,    /* rows of A that, with K_BLOCK columns, fit L2; 128 KB */
    R_BLOCK = 128,   /* rows of A^T B; two panels of them, 8 KB, fit L1 */
    A_COLUMNS = 128, /* columns of A that fit L2 while A^T B reads B */
};

/* The number of rows of the next tile when `rows` are left.  All tiles get about the same
 * number, because a last tile of one row would be slow. */
static size_t tile_rows(size_t rows)
{
    size_t tiles_left = (rows + ROWS_MAX - 1) / ROWS_MAX;
    return (rows + tiles_left - 1) / tiles_left;
}

/* Adds the products of one slice of K, from k on, for `wide` adjacent panels from q on, and
 * all rows of steps [lo, hi). */
static void gemm_slice(const struct gemm *p, const struct tile *t, size_t k, size_t q,
                       size_t wide, size_t lo, size_t hi)
{
    const real *b = p->b + q * p->b_panel + k * PANEL;
    struct tile line[4]; /* adjacent tiles prefetch different cache lines */
    for (size_t i = 0; i < 4; i++) {
        line[i] = *t;
        line[i].ahead += (ptrdiff_t)(i * PANEL);
    }
    for (size_t s = lo; s < hi; s++) {
        const real *a = p->a + s * p->a_stride + k / PANEL * p->a_panel;
        real *c = p->c + s * p->c_stride + q * p->c_panel;
        for (size_t r = 0, i = 0, n; r < p->rows; r += n, i++) {
            n = tile_rows(p->rows - r);
            tile_fn *tile = wide > 1 ? tiles[n].gemm_wide : tiles[n].gemm;
            tile(&line[i % 4], a + r * PANEL, b, c + r * PANEL);
        }
    }
}

/* Adds n_k products from k on (a multiple of PANEL), for all panels of steps [lo, hi). */
static void gemm_block(const struct gemm *p, size_t k, size_t n_k, size_t wide, size_t lo,
                       size_t hi)
{
    struct tile t = { .blocks = n_k / PANEL,
                      .rounds = PANEL / 4,
                      .tail = n_k % PANEL,
                      .a_gap = p->a_panel - PANEL,
                      .b_panel = p->b_panel,
                      .c_panel = p->c_panel };
    for (size_t q = 0, n; q < p->panels; q += n) {
        n = p->panels - q >= wide ? wide : 1;
        t.ahead = q + n < p->panels ? (ptrdiff_t)(n * p->b_panel)
                  : p->b_next       ? (ptrdiff_t)((n - 1) * p->b_panel) + p->b_next
                                    : 0;
        gemm_slice(p, &t, k, q, n, lo, hi);
    }
}

void ISA_SUFFIXED(tile_gemm)(const struct gemm *p)
{
    if (p->rows == 0 || p->K == 0)
        return;
    const size_t most = tiles[tile_rows(p->rows)].panels;
    const size_t least = tiles[p->rows / ((p->rows + ROWS_MAX - 1) / ROWS_MAX)].panels;
    const size_t wide = most == least ? most : 1;
    const size_t group = p->rows < A_ROWS ? A_ROWS / p->rows : 1;
    const size_t block = padded((p->K - 1) / ((p->K + K_BLOCK - 1) / K_BLOCK) + 1);
    for (size_t lo = 0; lo < p->steps; lo += group) {
        const size_t hi = p->steps - lo < group ? p->steps : lo + group;
        for (size_t k = 0; k < p->K; k += block)
            gemm_block(p, k, p->K - k < block ? p->K - k : block, wide, lo, hi);
    }
}

/* The product for the rows of t, columns [lo, hi) of A (lo begins a panel) and all panels
 * of B. */
static void gemm_tn_slice(const struct gemm_tn *o, const struct tile *t, const real *a0,
                          const real *b0, size_t lo, size_t hi)
{
    const size_t wide = tiles[tile_rows(PANEL)].gemm_tn_wide ? 2 : 1;
    for (size_t q = 0, w; q < o->b_panels; q += w) {
        w = o->b_panels - q >= wide ? wide : 1;
        for (size_t i = lo, n; i < hi; i += n) {
            const size_t left = PANEL - i % PANEL;
            n = tile_rows(hi - i < left ? hi - i : left);
            const int both = w == 2 && tiles[n].gemm_tn_wide;
            tile_fn *tile = both ? tiles[n].gemm_tn_wide : tiles[n].gemm_tn;
            for (size_t j = 0; j < (both ? 1 : w); j++)
                tile(t, a0 + i / PANEL * o->a_panel + i % PANEL, b0 + (q + j) * o->b_panel,
                     o->c + (q + j) * o->c_panel + i * PANEL);
        }
    }
}

void ISA_SUFFIXED(tile_gemm_tn)(const struct gemm_tn *o)
{
    if (o->rows == 0)
        return;
    const size_t rows = o->rows < R_BLOCK ? o->rows : R_BLOCK;
    const size_t together = rows < o->rows ? 1 : (R_BLOCK + rows - 1) / rows;
    for (size_t s = 0; s < o->steps; s += together)
        for (size_t r = 0; r < o->rows; r += rows) {
            size_t steps = o->rows - r < rows ? o->rows - r : rows;
            const struct tile t = {
                .blocks = o->steps - s < together ? o->steps - s : together,
                .rounds = steps / 4,
                .rest = steps % 4,
                .a_gap = o->a_stride - steps * PANEL,
                .b_gap = o->b_stride - steps * PANEL,
                .b_panel = o->b_panel,
                .c_panel = o->c_panel,
            };
            for (size_t i = 0; i < o->a_columns; i += A_COLUMNS)
                gemm_tn_slice(o, &t, o->a + s * o->a_stride + r * PANEL,
                              o->b + s * o->b_stride + r * PANEL, i,
                              o->a_columns - i < A_COLUMNS ? o->a_columns : i + A_COLUMNS);
        }
}
