// A picture or a tile of any size -> a PNG file: strips are drawn by the workers, and compressed
// as they come, so that memory holds one strip and the file.

import {Png} from "./png.js";

export const LONGEST = 32768; // pixels a side
export const MOST = 2 ** 28; // and in all
const STRIP = 128, PIECE = 512; // pixels: rows at once, and columns of one request
const BEHIND = -1; // priority: what is looked at is drawn first
const DEEP = {normal: 16, height: 16}; // bits of maps that show steps in fewer

/** Two words as a user writes them -> [height, width]. Throws RangeError with a sentence. */
export function sizeOf(high, wide) {
  const size = [["height", high], ["width", wide]].map(([name, text]) => {
    const side = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : NaN;
    if (!(side >= 1 && side <= LONGEST)) {
      throw new RangeError(`The ${name} is “${text.trim().slice(0, 12)}”: it must be a whole number from 1 to ${LONGEST}.`);
    }
    return side;
  });
  if (size[0] * size[1] > MOST) {
    const asked = Math.round((size[0] * size[1]) / 1e6);
    throw new RangeError(`${size[1]} × ${size[0]} is ${asked} megapixels; a page saves at most ${Math.round(MOST / 1e6)}.`);
  }
  return size;
}

/**
 * The file of one order.
 *
 * order: {seed, row, column, height, width, tile, border} as of the engine; kind: of a
 * material's map, or null for colour; texts: what the file says of itself; signal, onshare(0..1).
 * -> Blob. Rejects as the engine does, and with an AbortError where it was stopped.
 */
export async function png(texture, order, {kind = null, texts = {}, signal, onshare = () => {}}) {
  const colour = !kind || kind === "colour";
  const channels = colour || kind === "normal" ? 3 : 1, bits = DEEP[kind] ?? 8;
  const file = new Png({height: order.height, width: order.width, channels, bits, colour, texts});
  const total = order.height * order.width;
  let done = 0;
  const count = (pixels) => onshare((done += pixels) / total);
  try {
    for (let top = 0; top < order.height; top += STRIP) {
      await file.write(await strip(texture, order, top, {kind, channels, bits, signal, count}));
    }
    return await file.finish();
  } catch (error) {
    await file.cancel();
    throw error;
  }
}

/** One strip of full width -> its bytes, row by row. */
async function strip(texture, order, top, {kind, channels, bits, signal, count}) {
  const height = Math.min(STRIP, order.height - top), step = (channels * bits) / 8;
  const rows = new Uint8Array(height * order.width * step);
  const parts = [];
  for (let left = 0; left < order.width; left += PIECE) parts.push(left);
  await Promise.all(parts.map(async (left) => {
    const width = Math.min(PIECE, order.width - left);
    const request = {...order, row: order.row + top, column: order.column + left, height, width, signal, priority: BEHIND};
    const bytes = kind ? mapBytes((await texture.maps(request))[kind], kind, bits) : colourBytes(await texture.render(request));
    for (let y = 0; y < height; y++) {
      rows.set(bytes.subarray(y * width * step, (y + 1) * width * step), (y * order.width + left) * step);
    }
    count(height * width);
  }));
  return rows;
}

function colourBytes({data}) {
  const out = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    out[to] = data[from];
    out[to + 1] = data[from + 1];
    out[to + 2] = data[from + 2];
  }
  return out;
}

/** Planes on [0,1] (normals on [-1,1]) -> numbers of 8 or 16 bits, channels beside each other. */
function mapBytes({data, channels}, kind, bits) {
  const n = data.length / channels, largest = 2 ** bits - 1, out = new Uint8Array((data.length * bits) / 8);
  for (let c = 0; c < channels; c++) for (let i = 0; i < n; i++) {
    const value = kind === "normal" ? data[c * n + i] / 2 + 0.5 : data[c * n + i];
    const whole = Math.round(Math.min(1, Math.max(0, value)) * largest), at = i * channels + c;
    if (bits === 8) out[at] = whole;
    else [out[2 * at], out[2 * at + 1]] = [whole >> 8, whole & 255];
  }
  return out;
}

/** Hands a file to the browser's downloads. */
export function download(blob, name) {
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
