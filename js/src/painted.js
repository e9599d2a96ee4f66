// A mask that is painted: of every cell of the plane how much of each net there is, as bytes whose
// sum is 255. What was never painted is the first net.

export const CELL = 4; // pixels a side
const SIDE = 64; // cells a side of a part that is kept together
const WHOLE = 255;
const SURE = 1e-5; // a share this near to 0 or 1 is 0 or 1

const within = (number) => ((number % SIDE) + SIDE) % SIDE;

export class Painted {
  #parts = new Map(); // "down,right" -> Uint8Array (SIDE, SIDE, nets)

  /** nets: how many; spread: pixels over which steps are made even, as of `texturenet blend`. */
  constructor(nets, spread = 32) {
    if (!Number.isInteger(nets) || nets < 2 || nets > 16) throw new RangeError(`nets is ${nets}: it must lie between 2 and 16.`);
    if (!Number.isInteger(spread) || spread < 0 || spread > 512) throw new RangeError(`spread is ${spread}: it must lie between 0 and 512.`);
    this.nets = nets;
    this.spread = spread;
  }

  /** Names of the parts that hold cells which are painted. */
  get parts() {
    return [...this.#parts.keys()];
  }

  /** The bytes of a part, or null; `put` takes them back. For undoing. */
  taken(name) {
    return this.#parts.get(name)?.slice() ?? null;
  }

  put(name, bytes) {
    if (bytes?.some((byte, at) => byte !== (at % this.nets ? 0 : WHOLE))) this.#parts.set(name, bytes.slice());
    else this.#parts.delete(name);
  }

  /** In which part a cell lies. */
  partOf(down, right) {
    return `${Math.floor(down / SIDE)},${Math.floor(right / SIDE)}`;
  }

  clear() {
    this.#parts.clear();
  }

  /** Shares of a cell, as bytes. */
  cell(down, right) {
    const part = this.#parts.get(this.partOf(down, right));
    if (!part) return Array.from({length: this.nets}, (_, i) => (i ? 0 : WHOLE));
    const at = (within(down) * SIDE + within(right)) * this.nets;
    return Array.from(part.subarray(at, at + this.nets));
  }

  setCell(down, right, bytes) {
    const sum = bytes.length === this.nets ? bytes.reduce((total, byte) => total + byte, 0) : NaN;
    if (sum !== WHOLE) throw new RangeError(`a cell holds ${bytes}: it must be ${this.nets} whole numbers whose sum is ${WHOLE}.`);
    const name = this.partOf(down, right);
    if (!this.#parts.has(name)) {
      this.#parts.set(name, Uint8Array.from({length: SIDE * SIDE * this.nets}, (_, at) => (at % this.nets ? 0 : WHOLE)));
    }
    this.#parts.get(name).set(bytes, (within(down) * SIDE + within(right)) * this.nets);
  }

  /** Rows and columns of cells outside which nothing is painted: {top, left, bottom, right}, or null. */
  bounds() {
    let found = null;
    for (const [name, part] of this.#parts) {
      const [down, right] = name.split(',').map((place) => Number(place) * SIDE);
      for (let at = 0; at < SIDE * SIDE; at++) {
        if (part[at * this.nets] === WHOLE) continue;
        const y = down + Math.floor(at / SIDE), x = right + (at % SIDE);
        found ??= {top: y, left: x, bottom: y + 1, right: x + 1};
        found.top = Math.min(found.top, y);
        found.left = Math.min(found.left, x);
        found.bottom = Math.max(found.bottom, y + 1);
        found.right = Math.max(found.right, x + 1);
      }
    }
    return found;
  }

  /** Which nets a window of pixels shows, in order. Quicker than `shares`, and never too few. */
  seen(row, column, height, width) {
    const more = Math.ceil(this.spread / 2), seen = new Set([0]), last = (start, length) => Math.floor((start + length - 1 + more) / CELL);
    const top = Math.floor((row - more) / CELL), left = Math.floor((column - more) / CELL);
    let grounded = false;
    for (let y = top; y <= last(row, height); y++) for (let x = left; x <= last(column, width); x++) {
      const part = this.#parts.get(this.partOf(y, x));
      if (!part) { grounded = true; continue; }
      const at = (within(y) * SIDE + within(x)) * this.nets;
      grounded ||= part[at] > 0;
      for (let i = 1; i < this.nets; i++) if (part[at + i]) seen.add(i);
    }
    if (!grounded) seen.delete(0);
    return [...seen].sort((a, b) => a - b);
  }

  /** Shares of every net in a window of pixels, (h,w) each, whose sum is 1. */
  shares(row, column, height, width) {
    const sides = [this.spread >> 1, this.spread - (this.spread >> 1)].filter((side) => side > 1);
    const more = sides.reduce((sum, side) => sum + side - 1, 0), high = height + more, wide = width + more;
    const top = row - Math.floor(more / 2), left = column - Math.floor(more / 2);
    let planes = Array.from({length: this.nets}, () => new Float64Array(high * wide));
    let cellRight, bytes;
    for (let y = 0; y < high; y++) {
      cellRight = NaN;
      for (let x = 0; x < wide; x++) {
        const right = Math.floor((left + x) / CELL);
        if (right !== cellRight) bytes = this.cell(Math.floor((top + y) / CELL), cellRight = right);
        for (let i = 0; i < this.nets; i++) planes[i][y * wide + x] = bytes[i] / WHOLE;
      }
    }
    let size = [high, wide];
    for (const side of sides) {
      planes = planes.map((plane) => averaged(averaged(plane, size, side, 0), [size[0] - side + 1, size[1]], side, 1));
      size = size.map((length) => length - side + 1);
    }
    return settled(planes);
  }
}

/** Means of `side` values along an axis, 0 down or 1 right: (h,w) -> fewer rows, or columns. */
function averaged(plane, [height, width], side, axis) {
  const high = axis ? height : height - side + 1, wide = axis ? width - side + 1 : width;
  const step = axis ? 1 : width, out = new Float64Array(high * wide);
  const [lines, length] = axis ? [high, wide] : [wide, high];
  for (let line = 0; line < lines; line++) {
    const from = axis ? line * width : line, to = axis ? line * wide : line, pace = axis ? 1 : wide;
    let sum = 0;
    for (let i = 0; i < side - 1; i++) sum += plane[from + i * step];
    for (let i = 0; i < length; i++) {
      sum += plane[from + (i + side - 1) * step];
      out[to + i * pace] = sum / side;
      sum -= plane[from + i * step];
    }
  }
  return out;
}

/** What is nearly 0 or 1 is 0 or 1. */
function settled(planes) {
  for (let at = 0; at < planes[0].length; at++) {
    let most = 0;
    for (const plane of planes) most = Math.max(most, plane[at]);
    for (const plane of planes) {
      if (most > 1 - SURE) plane[at] = plane[at] === most ? 1 : 0;
      else if (plane[at] < SURE) plane[at] = 0;
    }
  }
  return planes;
}
