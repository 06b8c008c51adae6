// Training steps written by hand, as fast as this machine's vectors allow: the limit of a compiler.
//
// One file for each number type: g++ -DREAL=float|double -DBYTES=16|32|64 (of a vector). All sizes
// are known, all numbers stay in place between steps, and many steps run in one call. exp clamps
// its argument, and tanh keeps absolute accuracy alone: `fast_math` is what compares with it.

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")
#define EXPORT extern "C"

typedef REAL T;
constexpr int N = BYTES / sizeof(T);
typedef T V __attribute__((vector_size(BYTES)));
typedef T Unaligned __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias));
typedef std::conditional<sizeof(T) == 4, int32_t, int64_t>::type Whole;
typedef Whole WV __attribute__((vector_size(BYTES)));

INLINE V load(const T *p) { return *(const Unaligned *)p; }
INLINE void store(T *p, V v) { *(Unaligned *)p = v; }
INLINE V all(T x) { return x - V{}; }
template <class X> INLINE X positive(X v) { return v > 0 ? v : X{}; }

// The lanes at(0), at(1), ... of both vectors, those of b numbered after those of a.
template <class At, class X, int... K> INLINE X taken(X a, X b, std::integer_sequence<int, K...>) {
    return __builtin_shufflevector(a, b, At{}(K)...);
}
template <class X, class At> INLINE X taken(X a, X b, At) {
    return taken<At>(a, b, std::make_integer_sequence<int, sizeof(X) / sizeof(T)>());
}

// In lane k the sum of all lanes of v[k]; v is overwritten.
template <int D = 1> INLINE V totals(V (&v)[N]) {
    if constexpr (D < N) {
        UNROLL for (int k = 0; k < N; k++)
            if (!(k & D))
                v[k] = taken(v[k], v[k + D], [](int k) { return k & D ? N + k - D : k; }) +
                       taken(v[k], v[k + D], [](int k) { return k & D ? N + k : k + D; });
        totals<2 * D>(v);
    }
    return v[0];
}

INLINE T total(V v) {
    V all[N] = {v};
    return totals(all)[0];
}

// ------------------------------------------------------------------------------------ functions

template <class X, class I> INLINE X exponential(X x) {
    const bool wide = sizeof(T) == 8;
    const T most = wide ? 700 : 87, magic = wide ? 6755399441055744.0 : 12582912.0f;
    x = x > most ? X{} + most : x;
    x = x < -most ? X{} - most : x;
    X shifted = x * T(1.4426950408889634) + magic;
    asm("" : "+x"(shifted));  // fast-math would take the number away again
    X n = shifted - magic;
    X r = x - n * (wide ? T(0x1.62e42fee00000p-1) : T(0x1.62e4p-1));
    r = r - n * (wide ? T(0x1.a39ef35793c76p-33) : T(0x1.7f7d1cp-20));
    X r2 = r * r, r4 = r2 * r2, p;
    if (wide) {
        X a = 1 + r, b = T(1. / 2) + r * T(1. / 6), c = T(1. / 24) + r * T(1. / 120);
        X d = T(1. / 720) + r * T(1. / 5040), e = T(1. / 40320) + r * T(1. / 362880);
        X f = T(1. / 3628800) + r * T(1. / 39916800) + r2 * T(1. / 479001600);
        p = (a + r2 * b) + r4 * ((c + r2 * d) + r4 * (e + r2 * f));
    } else {
        X a = 1 + r, b = T(1. / 2) + r * T(1. / 6), c = T(1. / 24) + r * T(1. / 120);
        p = (a + r2 * b) + r4 * (c + r2 * T(1. / 720));
    }
    I bits = (I)p + ((I)shifted << (wide ? 52 : 23));
    return (X)bits;
}

template <class X, class I> INLINE X tangent(X x) {  // hyperbolic
    x = x > 20 ? X{} + 20 : x;
    x = x < -20 ? X{} - 20 : x;
    return 1 - 2 / (exponential<X, I>(x + x) + 1);
}

INLINE V logarithm(V x) {  // of normal numbers above 0
    const bool wide = sizeof(T) == 8;
    const int fraction = wide ? 52 : 23;
    const Whole half = wide ? 0x3fe6a09e667f3bcd : 0x3f3504f3;  // the bits of sqrt(1/2)
    WV bits = (WV)x, e = (bits - half) >> fraction;
    V m = (V)(bits - (e << fraction)), s = (m - 1) / (m + 1), z = s * s, p;
    if (wide) {
        p = T(1. / 17) + z * (T(1. / 19) + z * T(1. / 21));
        p = T(1. / 11) + z * (T(1. / 13) + z * (T(1. / 15) + z * p));
        p = T(1. / 5) + z * (T(1. / 7) + z * (T(1. / 9) + z * p));
    } else {
        p = T(1. / 5) + z * (T(1. / 7) + z * (T(1. / 9) + z * T(1. / 11)));
    }
    V exponent = __builtin_convertvector(e, V);
    return exponent * T(0.6931471805599453) + (s + s) * (1 + z * (T(1. / 3) + z * p));
}

// ------------------------------------------------------------------- A: 3-4-4-1, tanh, 4 samples
// The lanes are the four neurons of a layer, for as many samples side by side as there is room.

constexpr int SIDE = N / 4 > 0 ? N / 4 : 1, PACKS = 4 / SIDE, WIDE = 4 * SIDE;
typedef T Pack __attribute__((vector_size(WIDE * sizeof(T))));
typedef T LoosePack __attribute__((vector_size(WIDE * sizeof(T)), aligned(sizeof(T)), may_alias));
typedef Whole PackBits __attribute__((vector_size(WIDE * sizeof(T))));

template <int L> INLINE Pack neuron(Pack v) {
    return taken(v, v, [](int k) { return k / 4 * 4 + L; });
}
template <int D> INLINE Pack apart(Pack v) {
    return taken(v, v, [](int k) { return k ^ D; });
}
INLINE Pack over_neurons(Pack v) {
    v += apart<1>(v);
    return v + apart<2>(v);
}
template <int D = 4> INLINE Pack over_samples(Pack v) {
    if constexpr (D < WIDE) return over_samples<2 * D>(v + apart<D>(v));
    return v;
}
INLINE Pack repeated(const T *p, int step) {
    Pack v;
    for (int k = 0; k < WIDE; k++) v[k] = p[k % 4 * step];
    return v;
}

// P: for each layer its rows of weights, one for each input, then its biases.
EXPORT T run_a(T *P, const T *X, const T *Y, T rate, long steps) {
    Pack w1[3], w2[4], w2t[4], b1 = repeated(P + 12, 1), b2 = repeated(P + 32, 1);
    Pack w3 = repeated(P + 36, 1), b3 = repeated(P + 40, 0), x[PACKS][3], y, last = {};
    for (int i = 0; i < 3; i++) w1[i] = repeated(P + 4 * i, 1);
    for (int i = 0; i < 4; i++) w2[i] = repeated(P + 16 + 4 * i, 1);
    for (int o = 0; o < 4; o++) w2t[o] = repeated(P + 16 + o, 4);
    for (int k = 0; k < WIDE; k++) {
        const int g = k / 4;
        for (int q = 0; q < PACKS; q++)
            for (int i = 0; i < 3; i++) x[q][i][k] = X[3 * (q * SIDE + g) + i];
        y[k] = Y[k % 4 % PACKS * SIDE + g];
    }
    for (long step = 0; step < steps; step++) {
        Pack h1[PACKS], h2[PACKS], s[PACKS], z;
        UNROLL for (int q = 0; q < PACKS; q++) {
            Pack a = b1 + w1[0] * x[q][0] + w1[1] * x[q][1] + w1[2] * x[q][2];
            h1[q] = tangent<Pack, PackBits>(a);
        }
        UNROLL for (int q = 0; q < PACKS; q++) {
            Pack a = b2 + w2[0] * neuron<0>(h1[q]) + w2[1] * neuron<1>(h1[q]);
            Pack b = w2[2] * neuron<2>(h1[q]) + w2[3] * neuron<3>(h1[q]);
            h2[q] = tangent<Pack, PackBits>(a + b);
            s[q] = over_neurons(w3 * h2[q]);
        }
        z = s[0];  // lane k of four has the sample of pack k
        if constexpr (PACKS == 2)
            z = taken(s[0], s[1], [](int k) { return k % 2 * WIDE + k; });
        if constexpr (PACKS == 4) {
            Pack even = taken(s[0], s[2], [](int k) { return k % 4 / 2 * WIDE + k; });
            Pack odd = taken(s[1], s[3], [](int k) { return k % 4 / 2 * WIDE + k; });
            z = taken(even, odd, [](int k) { return k % 2 * WIDE + k; });
        }
        Pack out = tangent<Pack, PackBits>(z + b3), d = out - y, dz3 = (d + d) * (1 - out * out);
        last = d * d;
        Pack g1[3] = {}, gb1 = {}, g2[4] = {}, g2t[4] = {}, gb2 = {}, g3 = {}, gb3 = {};
        UNROLL for (int q = 0; q < PACKS; q++) {
            Pack each[4] = {neuron<0>(dz3), neuron<1>(dz3), neuron<2>(dz3), neuron<3>(dz3)};
            Pack ds = each[q], d2 = ds * (w3 * (1 - h2[q] * h2[q])), d1 = {};
            g3 += ds * h2[q], gb3 += ds, gb2 += d2;
            Pack slopes[4] = {neuron<0>(d2), neuron<1>(d2), neuron<2>(d2), neuron<3>(d2)};
            Pack h[4] = {neuron<0>(h1[q]), neuron<1>(h1[q]), neuron<2>(h1[q]), neuron<3>(h1[q])};
            UNROLL for (int o = 0; o < 4; o++) {
                d1 += w2t[o] * slopes[o], g2t[o] += h1[q] * slopes[o], g2[o] += h[o] * d2;
            }
            d1 *= 1 - h1[q] * h1[q], gb1 += d1;
            UNROLL for (int i = 0; i < 3; i++) g1[i] += d1 * x[q][i];
        }
        UNROLL for (int i = 0; i < 3; i++) w1[i] -= rate * over_samples(g1[i]);
        UNROLL for (int i = 0; i < 4; i++) w2[i] -= rate * over_samples(g2[i]);
        UNROLL for (int i = 0; i < 4; i++) w2t[i] -= rate * over_samples(g2t[i]);
        b1 -= rate * over_samples(gb1), b2 -= rate * over_samples(gb2);
        w3 -= rate * over_samples(g3), b3 -= rate * over_samples(gb3);
    }
    for (int o = 0; o < 4; o++) {
        for (int i = 0; i < 3; i++) P[4 * i + o] = w1[i][o];
        for (int i = 0; i < 4; i++) P[16 + 4 * i + o] = w2[i][o];
        P[12 + o] = b1[o], P[32 + o] = b2[o], P[36 + o] = w3[o];
    }
    P[40] = b3[0];
    T loss = 0;
    for (int g = 0; g < SIDE; g++)
        for (int q = 0; q < PACKS; q++) loss += last[4 * g + q];
    return loss;
}

// ------------------------------------------------- B: 2-16-16-1, ReLU, 100 samples, hinge and L2
// The lanes are neurons, the rows of a tile are samples; Y is 1 or -1. F: many such networks.

constexpr int SAMPLES = 100, H = 16, NV = H / N < 2 ? H / N : 2, ROWS = 10 / NV;
constexpr int PARTS = H / (NV * N);
constexpr int FULL = (SAMPLES + N - 1) / N * N;  // in whole vectors: at the end Y = 0
static T H1[SAMPLES * H], H2[FULL * H], D2[SAMPLES * H], SLOPE[FULL], TURNED[H * H];

INLINE V updated(T *p, V gradient, T rate, T decay) {
    V w = load(p);
    store(p, w * decay - gradient * rate);
    return w * w;
}

static T step_b(T *P, const T *X, const T *Y, T rate) {
    T *W1 = P, *B1 = P + 32, *W2 = P + 48, *B2 = P + 304, *W3 = P + 320, *B3 = P + 336;
    for (int i = 0; i < H; i++)
        for (int o = 0; o < H; o++) TURNED[o * H + i] = W2[i * H + o];
    for (int v = 0; v < H; v += N) {
        V a = load(W1 + v), b = load(W1 + H + v), c = load(B1 + v);
        for (int s = 0; s < SAMPLES; s++)
            store(H1 + s * H + v, positive(X[2 * s] * a + (X[2 * s + 1] * b + c)));
    }
    for (int part = 0; part < PARTS; part++) {
        const int first = part * NV * N;
        for (int s = 0; s < SAMPLES; s += ROWS) {
            V a[ROWS][NV];
            UNROLL for (int r = 0; r < ROWS; r++)
                UNROLL for (int v = 0; v < NV; v++) a[r][v] = load(B2 + first + v * N);
            for (int i = 0; i < H; i++) {
                V w[NV];
                UNROLL for (int v = 0; v < NV; v++) w[v] = load(W2 + i * H + first + v * N);
                UNROLL for (int r = 0; r < ROWS; r++) {
                    V x = all(H1[(s + r) * H + i]);
                    UNROLL for (int v = 0; v < NV; v++) a[r][v] += x * w[v];
                }
            }
            UNROLL for (int r = 0; r < ROWS; r++)
                UNROLL for (int v = 0; v < NV; v++)
                    store(H2 + (s + r) * H + first + v * N, positive(a[r][v]));
        }
    }
    const T share = T(1) / SAMPLES;
    const T b3 = *B3;
    V losses = {}, gb3 = {};
    for (int s = 0; s < FULL; s += N) {
        V dot[N] = {};
        UNROLL for (int v = 0; v < H; v += N)
            UNROLL for (int r = 0; r < N; r++) dot[r] += load(W3 + v) * load(H2 + (s + r) * H + v);
        const V y = load(Y + s), room = 1 - y * (totals(dot) + b3);
        const V slope = room > 0 ? y * -share : V{};
        losses += positive(room) * (y * y), gb3 += slope;
        store(SLOPE + s, slope);
    }
    const T decay = 1 - T(2e-4) * rate;
    V squares = {}, g3[H / N], gb2[H / N];
    UNROLL for (int k = 0; k < H / N; k++) {
        V w = load(W3 + k * N), g = {}, gb = {};
        for (int s = 0; s < SAMPLES; s++) {
            V slope = all(SLOPE[s]), h = load(H2 + s * H + k * N);
            V d = h > 0 ? slope * w : V{};
            g += slope * h, gb += d;
            store(D2 + s * H + k * N, d);
        }
        g3[k] = g, gb2[k] = gb;
    }
    for (int part = 0; part < PARTS; part++) {
        const int first = part * NV * N;
        V ga[NV] = {}, gb[NV] = {}, gc[NV] = {};
        for (int s = 0; s < SAMPLES; s += ROWS) {
            V a[ROWS][NV] = {};
            for (int i = 0; i < H; i++) {
                V w[NV];
                UNROLL for (int v = 0; v < NV; v++) w[v] = load(TURNED + i * H + first + v * N);
                UNROLL for (int r = 0; r < ROWS; r++) {
                    V x = all(D2[(s + r) * H + i]);
                    UNROLL for (int v = 0; v < NV; v++) a[r][v] += x * w[v];
                }
            }
            UNROLL for (int r = 0; r < ROWS; r++)
                UNROLL for (int v = 0; v < NV; v++) {
                    V d = load(H1 + (s + r) * H + first + v * N) > 0 ? a[r][v] : V{};
                    ga[v] += d * X[2 * (s + r)], gb[v] += d * X[2 * (s + r) + 1], gc[v] += d;
                }
        }
        UNROLL for (int v = 0; v < NV; v++) {
            squares += updated(W1 + first + v * N, ga[v], rate, decay);
            squares += updated(W1 + H + first + v * N, gb[v], rate, decay);
            squares += updated(B1 + first + v * N, gc[v], rate, decay);
        }
    }
    constexpr int OUTER = 8 / NV;
    for (int part = 0; part < PARTS; part++) {
        const int first = part * NV * N;
        for (int i = 0; i < H; i += OUTER) {
            V g[OUTER][NV] = {};
            for (int s = 0; s < SAMPLES; s++) {
                V d[NV];
                UNROLL for (int v = 0; v < NV; v++) d[v] = load(D2 + s * H + first + v * N);
                UNROLL for (int r = 0; r < OUTER; r++) {
                    V x = all(H1[s * H + i + r]);
                    UNROLL for (int v = 0; v < NV; v++) g[r][v] += x * d[v];
                }
            }
            UNROLL for (int r = 0; r < OUTER; r++)
                UNROLL for (int v = 0; v < NV; v++)
                    squares += updated(W2 + (i + r) * H + first + v * N, g[r][v], rate, decay);
        }
    }
    UNROLL for (int k = 0; k < H / N; k++) {
        squares += updated(B2 + k * N, gb2[k], rate, decay);
        squares += updated(W3 + k * N, g3[k], rate, decay);
    }
    *B3 = b3 * decay - rate * total(gb3);
    return total(losses) * share + T(1e-4) * (total(squares) + b3 * b3);
}

EXPORT T run_b(T *P, const T *X, const T *Y, T rate, long steps) {
    T loss = 0;
    for (long step = 0; step < steps; step++) loss = step_b(P, X, Y, rate);
    return loss;
}

// P: the numbers of one network after those of another, 337 and 15 that nobody reads.
EXPORT T run_f(T *P, const T *X, const T *Y, T rate, long steps, long networks, T *losses) {
    for (long step = 0; step < steps; step++)
        for (long k = 0; k < networks; k++) losses[k] = step_b(P + 352 * k, X, Y, rate);
    return losses[0];
}

// --------------------------------------------- C, D: two layers, softmax cross-entropy of classes
// The lanes are samples; where a weight's gradient adds up over them, the lanes are its inputs.

constexpr int PANEL = 2 * N, TALL = BYTES == 64 ? 12 : 6;  // a tile: TALL rows of two vectors

// c[r][:] += sum over k of A[r * row + k * step] * B[k * PANEL + :]
template <int R>
INLINE void tile(V (&c)[R][2], const T *A, long row, long step, const T *B, int K) {
    for (int k = 0; k < K; k++) {
        V b0 = load(B + k * PANEL), b1 = load(B + k * PANEL + N);
        UNROLL for (int r = 0; r < R; r++) {
            V a = all(A[r * row + k * step]);
            c[r][0] += a * b0, c[r][1] += a * b1;
        }
    }
}

// `f` for as many rows of a tile at once as there are, then for what is left.
template <int R, class F> INLINE void rows(int first, int stop, F f) {
    for (; first + R <= stop; first += R) f(first, std::integral_constant<int, R>());
    if constexpr (R > 1)
        if (first < stop) rows<R / 2>(first, stop, f);
}

namespace {  // or the library for the other type of numbers would share these rows
template <int NI, int NH, int NO, int B, bool TANH, int BLOCK> struct Classifier {
    static T hidden[B * NH], slope[B * NH], score[B * NO];  // panels of samples: [.][neuron][PANEL]

    // X: panels of samples [.][input][PANEL]; W: a row of inputs for each neuron
    INLINE void forward(const T *X, const T *W, const T *bias) {
        for (int k = 0; k < NI; k += BLOCK)
            for (int p = 0; p < B; p += PANEL)
                rows<TALL>(0, NH, [&](int j, auto tall) {
                    constexpr int R = decltype(tall)::value;
                    V c[R][2];
                    T *to = hidden + p * NH + j * PANEL;
                    UNROLL for (int r = 0; r < R; r++)
                        UNROLL for (int v = 0; v < 2; v++)
                            c[r][v] = k ? load(to + r * PANEL + v * N) : all(bias[j + r]);
                    tile<R>(c, W + (long)j * NI + k, NI, 1, X + (long)p * NI + k * PANEL, BLOCK);
                    const bool done = k + BLOCK >= NI;
                    UNROLL for (int r = 0; r < R; r++)
                        UNROLL for (int v = 0; v < 2; v++) {
                            V z = c[r][v];
                            if (done) z = TANH ? tangent<V, WV>(z) : positive(z);
                            store(to + r * PANEL + v * N, z);
                        }
                });
    }

    // Y: a one for the class, panels of samples. Leaves the slope of the loss in `score`.
    INLINE T output(const T *Y, const T *W, const T *bias) {
        V loss = {};
        for (int p = 0; p < B; p += PANEL) {
            T *to = score + p * NO;
            rows<TALL>(0, NO, [&](int k, auto tall) {
                constexpr int R = decltype(tall)::value;
                V c[R][2];
                UNROLL for (int r = 0; r < R; r++) c[r][0] = c[r][1] = all(bias[k + r]);
                tile<R>(c, W + k * NH, NH, 1, hidden + p * NH, NH);
                UNROLL for (int r = 0; r < R; r++)
                    UNROLL for (int v = 0; v < 2; v++) store(to + (k + r) * PANEL + v * N, c[r][v]);
            });
            for (int v = 0; v < PANEL; v += N) {
                const T *y = Y + p * NO + v;
                V z[NO], most, sum = {}, own = {};
                UNROLL for (int k = 0; k < NO; k++) z[k] = load(to + k * PANEL + v);
                most = z[0];
                UNROLL for (int k = 1; k < NO; k++) most = z[k] > most ? z[k] : most;
                UNROLL for (int k = 0; k < NO; k++) {
                    own += (z[k] - most) * load(y + k * PANEL);
                    z[k] = exponential<V, WV>(z[k] - most), sum += z[k];
                }
                loss += logarithm(sum) - own;
                const V part = T(1. / B) / sum;
                UNROLL for (int k = 0; k < NO; k++)
                    store(to + k * PANEL + v, z[k] * part - load(y + k * PANEL) * T(1. / B));
            }
        }
        return total(loss) * T(1. / B);
    }

    INLINE void backward(const T *W) {
        for (int p = 0; p < B; p += PANEL)
            rows<TALL>(0, NH, [&](int j, auto tall) {
                constexpr int R = decltype(tall)::value;
                V c[R][2] = {};
                tile<R>(c, W + j, 1, NH, score + p * NO, NO);
                UNROLL for (int r = 0; r < R; r++)
                    UNROLL for (int v = 0; v < 2; v++) {
                        const long at = (long)p * NH + (j + r) * PANEL + v * N;
                        V h = load(hidden + at);
                        store(slope + at, TANH ? c[r][v] * (1 - h * h) : h > 0 ? c[r][v] : V{});
                    }
            });
    }

    INLINE void update_output(T *W, T *bias, T rate) {
        for (int k = 0; k < NO; k++) {
            V sum = {};
            for (int j = 0; j < NH; j += N) {
                V g[N] = {};
                for (int p = 0; p < B; p += PANEL)
                    UNROLL for (int v = 0; v < PANEL; v += N) {
                        V d = load(score + p * NO + k * PANEL + v);
                        UNROLL for (int r = 0; r < N; r++)
                            g[r] += d * load(hidden + p * NH + (j + r) * PANEL + v);
                    }
                store(W + k * NH + j, load(W + k * NH + j) - rate * totals(g));
            }
            for (int p = 0; p < B; p += PANEL)
                sum += load(score + p * NO + k * PANEL) + load(score + p * NO + k * PANEL + N);
            bias[k] -= rate * total(sum);
        }
    }

    // X: panels of inputs [.][sample][PANEL]
    INLINE void update_hidden(const T *X, T *W, T *bias, T rate) {
        for (int j = 0; j < NH; j++) {
            V sum = {};
            for (int p = 0; p < B; p += PANEL)
                sum += load(slope + p * NH + j * PANEL) + load(slope + p * NH + j * PANEL + N);
            bias[j] -= rate * total(sum);
        }
        for (int i = 0; i < NI; i += PANEL)
            rows<TALL>(0, NH, [&](int j, auto tall) {
                constexpr int R = decltype(tall)::value;
                V c[R][2] = {};
                for (int p = 0; p < B; p += PANEL) {
                    const T *d = slope + p * NH + j * PANEL;
                    tile<R>(c, d, PANEL, 1, X + (long)i * B + p * PANEL, PANEL);
                }
                UNROLL for (int r = 0; r < R; r++)
                    UNROLL for (int v = 0; v < 2; v++) {
                        T *w = W + (long)(j + r) * NI + i + v * N;
                        store(w, load(w) - c[r][v] * rate);
                    }
            });
    }

    // P: the rows of weights of the hidden layer and its biases, then those of the other.
    static T run(T *P, const T *samples, const T *inputs, const T *Y, T rate, long steps) {
        T *W1 = P, *b1 = W1 + NI * NH, *W2 = b1 + NH, *b2 = W2 + NO * NH, loss = 0;
        for (long step = 0; step < steps; step++) {
            forward(samples, W1, b1);
            loss = output(Y, W2, b2);
            backward(W2);
            update_output(W2, b2, rate);
            update_hidden(inputs, W1, b1, rate);
        }
        return loss;
    }
};
#define OF_CLASSIFIER template <int NI, int NH, int NO, int B, bool TANH, int BLOCK> \
    alignas(64) T Classifier<NI, NH, NO, B, TANH, BLOCK>
OF_CLASSIFIER::hidden[B * NH];
OF_CLASSIFIER::slope[B * NH];
OF_CLASSIFIER::score[B * NO];
}  // namespace

EXPORT long panel() { return PANEL; }
EXPORT T run_c(T *P, const T *samples, const T *inputs, const T *Y, T rate, long steps) {
    return Classifier<64, 32, 10, 32, true, 64>::run(P, samples, inputs, Y, rate, steps);
}
EXPORT T run_d(T *P, const T *samples, const T *inputs, const T *Y, T rate, long steps) {
    return Classifier<784, 128, 10, 128, false, 196>::run(P, samples, inputs, Y, rate, steps);
}

// ----------------------------------------------- E1: Rosenbrock's function in 1000 variables
// g[i] = 200 d[i-1] - 400 d[i] x[i] - 2 e[i], where d[i] = x[i+1] - x[i]^2 and e[i] = 1 - x[i]

EXPORT T run_e1(T *x, T *gradient, T rate, long steps) {
    constexpr int SIZE = 1000, LAST = SIZE - 1;
    T f = 0;
    for (long step = 0; step < steps; step++) {
        const T d0 = x[1] - x[0] * x[0], e0 = 1 - x[0];
        f = 100 * d0 * d0 + e0 * e0, gradient[0] = -400 * d0 * x[0] - 2 * e0;
        V sums[2] = {};
        int i = 1;
        for (; i + 2 * N <= LAST; i += 2 * N)
            UNROLL for (int k = 0; k < 2; k++) {
                const T *at = x + i + k * N;
                V a = load(at), before = load(at - 1), d = load(at + 1) - a * a, e = 1 - a;
                sums[k] += 100 * (d * d) + e * e;
                store(gradient + i + k * N, 200 * (a - before * before) - 400 * (d * a) - 2 * e);
            }
        for (; i < LAST; i++) {
            const T d = x[i + 1] - x[i] * x[i], e = 1 - x[i];
            f += 100 * d * d + e * e;
            gradient[i] = 200 * (x[i] - x[i - 1] * x[i - 1]) - 400 * d * x[i] - 2 * e;
        }
        f += total(sums[0] + sums[1]);
        gradient[LAST] = 200 * (x[LAST] - x[LAST - 1] * x[LAST - 1]);
        for (i = 0; i < SIZE / N * N; i += N) store(x + i, load(x + i) - rate * load(gradient + i));
        for (; i < SIZE; i++) x[i] -= rate * gradient[i];
    }
    return f;
}

// ------------------------------------------- E2: 200 Euler steps of a pendulum, and back again

INLINE T sine(T x) {  // |x| far below 1e5
    const T whole = __builtin_rint(x * T(0.3183098861837907));
    const T r = (x - whole * T(3.140625)) - whole * T(9.676535897932384e-4), z = r * r;
    const T z2 = z * z, z4 = z2 * z2;
    T p = T(-1. / 6) + z * T(1. / 120) + z2 * (T(-1. / 5040) + z * T(1. / 362880));
    if (sizeof(T) == 8) {
        p += z4 * (T(-1. / 39916800) + z * T(1. / 6227020800.));
        p += z4 * z2 * (T(-1. / 1307674368000.) + z * T(1. / 355687428096000.));
    } else {
        p += z4 * T(-1. / 39916800);
    }
    const T s = r + r * z * p;
    return (long)whole & 1 ? -s : s;
}

// x: angle, angular velocity, length of the pendulum
EXPORT T run_e2(T *x, T rate, long steps) {
    constexpr int TIMES = 200;
    T angle[TIMES], sines[TIMES], cosines[TIMES], value = 0;
    const T dt = T(0.01), g = T(9.81);
    for (long step = 0; step < steps; step++) {
        T a = x[0], w = x[1];
        const T length = x[2], pull = -dt * g / length;
        for (int t = 0; t < TIMES; t++) {
            angle[t] = a, sines[t] = sine(a);
            const T next = a + dt * w;
            w += pull * sines[t], a = next;
        }
        for (int t = 0; t < TIMES; t++) cosines[t] = pull * sine(angle[t] + T(1.5707963267948966));
        const T miss = a - T(0.5), drift = w + T(0.3);
        value = miss * miss + drift * drift;
        T da = 2 * miss, dw = 2 * drift, by_pull = 0;
        for (int t = TIMES - 1; t >= 0; t--) {
            by_pull += dw * sines[t];
            const T before = da + dw * cosines[t];
            dw += dt * da, da = before;
        }
        x[0] -= rate * da, x[1] -= rate * dw;
        x[2] -= rate * (by_pull * dt * g / (length * length));
    }
    return value;
}
