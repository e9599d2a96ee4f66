// How much of each net is seen at a pixel, and what is drawn there: texturenet/blending/heights.py and
// contrast.py in JavaScript. Pure.

/** Heights -> how they stand among all heights of a net, by its table of Gumbel variables. */
function standingOf(measure) {
  const {table, low, high} = measure, steps = table.length - 1, pace = steps / (high - low);
  return (height) => {
    const place = Math.min(steps - 0.001, Math.max(0, (height - low) * pace)), entry = Math.floor(place);
    return table[entry] + (table[entry + 1] - table[entry]) * (place - entry);
  };
}

/** On [0,1] -> a byte. */
function byteOf(value) {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

/**
 * Pixels of a window.
 *
 * planes: of each net that is seen (4,h,w), as Texture.heights gives them; masks: shares of each (h,w),
 * of sum 1; measures: of each; softness, strength: of all. -> (h,w,4) bytes
 */
export function mixed(planes, masks, measures, {softness, strength}) {
  const count = planes.length, pixels = masks[0].length, out = new Uint8ClampedArray(4 * pixels);
  const standing = measures.map(standingOf), seen = new Float64Array(count);
  for (let at = 0; at < pixels; at++) {
    let slope = 0;
    for (let i = 0; i < count; i++) slope += 2 * measures[i].slope ** 2 * masks[i][at];
    const sharp = 4 / (softness * Math.sqrt(Math.max(slope, 1e-6)));
    let most = -Infinity, total = 0, squares = 0;
    for (let i = 0; i < count; i++) {
      const share = masks[i][at];
      seen[i] = share > 0 ? sharp * (Math.log(share) + standing[i](planes[i][3 * pixels + at])) : -Infinity;
      most = Math.max(most, seen[i]);
    }
    for (let i = 0; i < count; i++) total += seen[i] = Math.exp(seen[i] - most);
    for (let i = 0; i < count; i++) squares += (seen[i] /= total) ** 2;
    const gain = strength * (1 / Math.sqrt(squares) - 1);
    for (let c = 0; c < 3; c++) {
      let colour = 0, middle = 0;
      for (let i = 0; i < count; i++) {
        colour += seen[i] * planes[i][c * pixels + at];
        middle += seen[i] * measures[i].mean[c];
      }
      out[4 * at + c] = byteOf(colour + gain * (colour - middle));
    }
    out[4 * at + 3] = 255;
  }
  return out;
}

/** Colours of one net alone. planes: (4,h,w) -> (h,w,4) bytes */
export function alone(planes) {
  const pixels = planes.length / 4, out = new Uint8ClampedArray(4 * pixels);
  for (let at = 0; at < pixels; at++) {
    for (let c = 0; c < 3; c++) out[4 * at + c] = byteOf(planes[c * pixels + at]);
    out[4 * at + 3] = 255;
  }
  return out;
}
