/** A byte that a place and a channel decide, with steps and slopes in it. */
export const value = (row, column, channel) => (((row * 7) ^ (column * 3)) + 40 * channel + ((row * column) >> 5)) & 255;
