// Sides of tiles: multiples of what a texture's noise and waves come back after. Pure.

// Everywhere: period or multiple = {height, width}, as the engine tells it.
const WANTED = [128, 256, 384, 512, 768, 1024];

/** Sides that a page offers: [[rows, columns], ...], each the nearest above a usual one. */
export function offered(period, least = 0) {
  const sizes = WANTED.map((side) => [period.height, period.width].map((step) => step * Math.ceil(Math.max(side, least) / step)));
  return [...new Map(sizes.map((size) => [size.join("x"), size])).values()];
}

/** The size itself where it can be, or else the nearest that can. */
export function possible([rows, columns], {height, width}, least = 0) {
  return [rows, columns].map((side, axis) => {
    const period = [height, width][axis];
    return Math.max(Math.round(side / period) * period, period * Math.ceil(Math.max(1, least) / period));
  });
}

/** A sentence where a size cannot be a tile's, or "". */
export function refusal([rows, columns], multiple) {
  for (const [side, period, name] of [[rows, multiple.height, "height"], [columns, multiple.width, "width"]]) {
    if (side % period === 0) continue;
    const below = Math.floor(side / period) * period, near = below ? `${below} and ${below + period}` : period;
    return `A tile's ${name} must be a multiple of ${period}; nearest to ${side}: ${near}.`;
  }
  return "";
}
