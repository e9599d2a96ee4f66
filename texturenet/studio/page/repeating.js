/** The size nearest to one that is wanted, of those that a net can repeat at. */
export const repeating = (period, wanted) => Math.max(1, Math.round(wanted / period)) * period;
