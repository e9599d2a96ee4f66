// The noise that the nets of texturenet draw from: a number is a function of its address alone.
// docs/export.md says what each argument means. No package is needed; a window is a Float32Array.

const WEYL = [0x9e3779b9, 0xbb67ae85];
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const NO_SCALE = 255; // where the shift of a seed's waves is drawn
const UNIT_SCALE = 254; // where the numbers of units are drawn

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function upper(a, b) {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const first = ah * bl + ((al * bl) >>> 16);
  const second = al * bh + (first & 0xffff);
  return (ah * bh + (first >>> 16) + (second >>> 16)) >>> 0;
}

/** Philox4x32-10: `words` (four of 32 bits) are replaced by random ones; the key is two words. */
export function philox(words, low, high) {
  let [a, b, c, d] = words, k = low, l = high;
  for (let round = 0; round < 10; round++) {
    const p = upper(MULTIPLIERS[0], a), q = upper(MULTIPLIERS[1], c);
    const lowP = Math.imul(MULTIPLIERS[0], a), lowQ = Math.imul(MULTIPLIERS[1], c);
    a = (q ^ b ^ k) >>> 0;
    b = lowQ >>> 0;
    c = (p ^ d ^ l) >>> 0;
    d = lowP >>> 0;
    k = (k + WEYL[0]) >>> 0;
    l = (l + WEYL[1]) >>> 0;
  }
  words[0] = a; words[1] = b; words[2] = c; words[3] = d;
}

const modulo = (a, b) => ((a % b) + b) % b;

/**
 * Uniform noise on (0,1), channel by channel, row by row.
 * seed: BigInt, or a Number below 2^53. top, left: of the first cell, within 2^47.
 * periods: cells after which rows and columns come again; 0 where they never do.
 */
export function noise(seed, scale, channels, top, left, rows, columns, periods = [0, 0]) {
  const low = Number(BigInt.asUintN(32, BigInt(seed)));
  const high = Number(BigInt.asUintN(32, BigInt(seed) >> 32n));
  const made = new Float32Array(channels * rows * columns), words = [0, 0, 0, 0];
  for (let first = 0; first < channels; first += 4)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const row = periods[0] ? modulo(top + i, periods[0]) : top + i;
        const column = periods[1] ? modulo(left + j, periods[1]) : left + j;
        words[0] = column >>> 0; // modulo 2^32, of negative numbers too
        words[1] = row >>> 0;
        words[2] = scale | ((first >> 2) << 8);
        const far = Math.floor(row / 2 ** 32) & 0xffff;
        words[3] = ((far << 16) | (Math.floor(column / 2 ** 32) & 0xffff)) >>> 0;
        philox(words, low, high);
        for (let k = 0; k < 4 && first + k < channels; k++)
          made[((first + k) * rows + i) * columns + j] = ((words[k] >>> 9) + 0.5) / 2 ** 23;
      }
  return made;
}

const density = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/** The normal distribution function (series of Marsaglia 2004), to 1e-15. */
export function normalCdf(x) {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let sum = x, term = x;
  for (let n = 3; Math.abs(term) > 1e-17; n += 2) {
    term *= x * x / n;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

/** Uniform -> standard normal: the quantile function, by Halley's steps. */
export function gaussian(u) {
  if (u > 0.5) return -gaussian(1 - u);
  let x = 4.91 * (u ** 0.14 - (1 - u) ** 0.14);
  for (let n = 0; n < 5; n++) {
    const step = (normalCdf(x) - u) / density(x);
    x -= step / (1 + x * step / 2);
  }
  return x;
}

/** Two uniform numbers -> one of the law "uniform" or "gaussian", at an angle on a closed film. */
export function loop(first, second, angle, law = "uniform") {
  const x = gaussian(first) * Math.cos(angle) + gaussian(second) * Math.sin(angle);
  return law === "uniform" ? normalCdf(x) : x;
}

/** How far a seed moves the waves of a regular texture, [down, right], in pixels. */
export function shift(seed, torus) {
  const drawn = noise(seed, NO_SCALE, 2, 0, 0, 1, 1);
  return Array.from(drawn, (u) => Math.floor(Math.fround(u * torus)));
}

/** Waves on [0,1]: first a cosine of each, then the sines. moved: what `shift` gave. */
export function waves(torus, vectors, cell, moved, top, left, rows, columns) {
  const made = new Float32Array(2 * vectors.length * rows * columns).fill(0.5), whole = 2 * torus;
  const turns = (line, by, cycles) => {
    const place = (2 * modulo(line, whole) + 1) * cell + 2 * by; // the middle of a cell
    return modulo(cycles * place, whole) * (2 * Math.PI / whole);
  };
  vectors.forEach(([down, right], number) => {
    if (Math.max(Math.abs(down), Math.abs(right)) * cell > 0.4 * torus) return; // too fine
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const angle = turns(top + i, moved[0], down) + turns(left + j, moved[1], right);
        made[(number * rows + i) * columns + j] += Math.cos(angle) / 2;
        made[((vectors.length + number) * rows + i) * columns + j] += Math.sin(angle) / 2;
      }
  });
  return made;
}

/**
 * Numbers of the units of a lattice, on (0,1): the same all over a unit.
 * rows, across: [down, right] each, of the card's `units`. moved: what `shift` gave. periods: pixels
 * after which rows and columns come again; 0 where they never do.
 */
export function units(seed, torus, rows, across, channels, cell, moved, top, left, height, width,
  periods = [0, 0]) {
  const made = new Float32Array(channels * height * width).fill(0.5), whole = 2 * torus;
  const most = Math.max(...[...rows, ...across].map(Math.abs));
  if (most * cell > 0.4 * torus) return made; // not told
  const [down, right] = across, [r, c] = rows, area = down * c - right * r;
  const square = r * r + c * c, lean = down * r + right * c, half = square * area * cell;
  const middle = (line, by) => (2 * modulo(line, whole) + 1) * cell + 2 * by; // in half pixels
  const floored = (a) => (a - modulo(a, 2 * square * area)) / (2 * square * area);
  const within = (line, period) => (period ? modulo(line, period) : line);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const y = middle(top + i, moved[0]), x = middle(left + j, moved[1]);
      const over = torus - modulo(r * y + c * x, whole);
      const turned = square * modulo(down * y + right * x, whole) + lean * over;
      const rest = torus * square - modulo(turned, whole * square);
      const row = (top + i) * cell + floored(half + c * rest + r * area * over);
      const column = (left + j) * cell + floored(half - r * rest + c * area * over);
      const place = [within(row, periods[0]), within(column, periods[1])];
      noise(seed, UNIT_SCALE, channels, ...place, 1, 1).forEach((u, k) => {
        made[(k * height + i) * width + j] = u;
      });
    }
  return made;
}
