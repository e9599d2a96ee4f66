#include "numbers.h"

#include "base.h"

static const double LN2 = 0x1.62e42fefa39efp-1;

static double of_bits(uint64_t bits) {
    double x;
    tn_copy(&x, &bits, 8);
    return x;
}

double tn_root(double x) {
    return __builtin_sqrt(x); /* one instruction, and exact to the last bit by IEEE 754 */
}

/* x = 2^e m with m near 1, and ln m = 2 artanh((m-1) / (m+1)). */
double tn_log(double x) {
    uint64_t bits;
    tn_copy(&bits, &x, 8);
    int exponent = (int)(bits >> 52) - 1023;
    double m = of_bits((bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
    if (m > 1.4142135623730951) m *= 0.5, exponent++;
    double s = (m - 1) / (m + 1), square = s * s, sum = 0; /* |s| < 0.172 */
    for (int odd = 21; odd > 0; odd -= 2) sum = sum * square + 1.0 / odd;
    return exponent * LN2 + 2 * s * sum;
}

double tn_exp(double x) {
    double turns = x * (1 / LN2);
    int whole = (int)(turns + (turns < 0 ? -0.5 : 0.5));
    double left = x - whole * LN2, sum = 1; /* |left| < 0.35 */
    for (int term = 13; term > 0; term--) sum = 1 + sum * left / term;
    return sum * of_bits((uint64_t)(whole + 1023) << 52);
}

static double polynomial(const double *factors, int count, double x) {
    double sum = factors[--count];
    while (count) sum = sum * x + factors[--count];
    return sum;
}

/* Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16. Its
 * third case begins below p = e^-25, which noise of 23 bits never reaches. */
double tn_quantile(double p) {
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                               1.9715909503065514427e3, 1.3731693765509461125e4,
                               4.5921953931549871457e4, 6.7265770927008700853e4,
                               3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[] = {1, 4.2313330701600911252e1, 6.8718700749205790830e2,
                               5.3941960214247511077e3, 2.1213794301586595867e4,
                               3.9307895800092710610e4, 2.8729085735721942674e4,
                               5.2264952788528545610e3};
    static const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                               5.76949722146069140550e0, 3.64784832476320460504e0,
                               1.27045825245236838258e0, 2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1, 2.05319162663775882187e0, 1.67638483018380384940e0,
                               6.89767334985100004550e-1, 1.48103976427480074590e-1,
                               1.51986665636164571966e-2, 5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(a, 8, r) / polynomial(b, 8, r);
    }
    double r = tn_root(-tn_log(q < 0 ? p : 1 - p)) - 1.6;
    double x = polynomial(c, 8, r) / polynomial(d, 8, r);
    return q < 0 ? -x : x;
}

/* Hart et al. 1968, "Computer Approximations", formula 5666, as West 2005, "Better approximations to
 * cumulative normal functions", has it. */
double tn_distribution(double x) {
    static const double a[] = {220.206867912376, 221.213596169931, 112.079291497871,
                               33.912866078383, 6.37396220353165, 0.700383064443688,
                               3.52624965998911e-2};
    static const double b[] = {440.413735824752, 793.826512519948, 637.333633378831,
                               296.564248779674, 86.7807322029461, 16.064177579207,
                               1.75566716318264, 8.83883476483184e-2};
    double far = x < 0 ? -x : x, beyond = 0;
    if (far < 37) {
        double bell = tn_exp(-far * far / 2);
        if (far < 7.07106781186547)
            beyond = bell * polynomial(a, 7, far) / polynomial(b, 8, far);
        else
            beyond = bell / (far + 1 / (far + 2 / (far + 3 / (far + 4 / (far + 0.65))))) / 2.506628274631;
    }
    return x > 0 ? 1 - beyond : beyond;
}

/* Of an angle of at most an eighth of a turn, by Taylor's series. */
static void small_turn(double angle, double *cosine, double *sine) {
    double square = angle * angle, c = 1, s = 1;
    for (int n = 16; n > 0; n -= 2) {
        c = 1 - c * square / (n * (n - 1));
        s = 1 - s * square / ((n + 1) * n);
    }
    *cosine = c, *sine = s * angle;
}

void tn_turn(double part, double whole, double *cosine, double *sine) {
    int quarter = (int)(4 * part / whole + 0.5); /* the nearest, 0 .. 4 */
    double c, s;
    small_turn((4 * part - quarter * whole) / whole * 1.5707963267948966, &c, &s);
    *cosine = quarter & 1 ? (quarter == 1 ? -s : s) : (quarter == 2 ? -c : c);
    *sine = quarter & 1 ? (quarter == 1 ? c : -c) : (quarter == 2 ? -s : s);
}
