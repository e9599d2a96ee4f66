/* Functions of real numbers by arithmetic alone, so that every machine gives the same bits. */
#ifndef TN_NUMBERS_H
#define TN_NUMBERS_H

double tn_log(double x);      /* of a normal number above 0 */
double tn_exp(double x);      /* of -700 .. 700 */
double tn_root(double x);     /* square root */
double tn_quantile(double p); /* of the standard normal law, 2^-24 <= p <= 1 - 2^-24 */
double tn_distribution(double x);

/* Cosine and sine of `part` of `whole` turns, 0 <= part < whole. */
void tn_turn(double part, double whole, double *cosine, double *sine);

#endif
