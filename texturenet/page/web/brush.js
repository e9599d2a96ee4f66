// Strokes of a brush on a mask of cells, and the way back. Pure: places of the plane in, areas out.

import {CELL} from "texturenet/blend";

const SIDE = 64; // cells a side of a part of the mask
const MOST = 60; // strokes that can be undone

export class Strokes {
  /** masks: Painted of js/; changed: (area of the plane) -> is told */
  constructor(masks, changed) {
    Object.assign(this, {masks, changed, done: [], undone: [], now: null});
  }

  /** A stroke begins. net: which is painted; radius: pixels; softness: share of it that fades, 0 to 1 */
  begin({net, radius, softness}) {
    this.now = {net, radius, softness, parts: new Map(), last: null};
  }

  /** It goes on to a place [row, column]. */
  to(place) {
    const {now} = this, from = now.last ?? place;
    now.last = place;
    const reach = now.radius, [a, b] = [from, place];
    const area = {
      top: Math.min(a[0], b[0]) - reach, left: Math.min(a[1], b[1]) - reach,
      bottom: Math.max(a[0], b[0]) + reach, right: Math.max(a[1], b[1]) + reach,
    };
    const cells = Object.fromEntries(Object.entries(area).map(([side, pixel]) => [side, Math.floor(pixel / CELL)]));
    const part = (cell) => Math.floor(cell / SIDE);
    for (let down = part(cells.top); down <= part(cells.bottom); down++) {
      for (let right = part(cells.left); right <= part(cells.right); right++) this.lay(down, right, from, place, cells);
    }
    this.tell(area);
  }

  /** On one part of the mask. */
  lay(down, right, from, to, cells) {
    const {masks, now} = this, {nets} = masks, name = masks.partOf(down * SIDE, right * SIDE);
    if (!now.parts.has(name)) {
      const before = masks.taken(name);
      now.parts.set(name, {before, bytes: before?.slice() ?? ground(nets), cover: new Float32Array(SIDE * SIDE)});
    }
    const {before, bytes, cover} = now.parts.get(name);
    const first = (start, cell) => Math.max(0, cell - start * SIDE), last = (start, cell) => Math.min(SIDE - 1, cell - start * SIDE);
    for (let y = first(down, cells.top); y <= last(down, cells.bottom); y++) {
      for (let x = first(right, cells.left); x <= last(right, cells.right); x++) {
        const middle = [(down * SIDE + y + 0.5) * CELL, (right * SIDE + x + 0.5) * CELL];
        const share = covered(distance(middle, from, to), now), at = y * SIDE + x;
        if (share <= cover[at]) continue;
        cover[at] = share;
        mix(bytes, at * nets, nets, before, now.net, share);
      }
    }
    masks.put(name, bytes);
  }

  end() {
    if (this.now?.parts.size) this.remember(this.now.parts);
    this.now = null;
  }

  /** A stroke that was none: as it was before. */
  cancel() {
    const {now} = this;
    this.now = null;
    if (now) for (const [name, {before}] of now.parts) this.put(name, before);
  }

  /** Other parts in place of all that are there: {name: bytes}. One step back undoes it. */
  replace(parts) {
    const changes = new Map();
    for (const name of new Set([...this.masks.parts, ...parts.keys()])) changes.set(name, {before: this.masks.taken(name)});
    for (const name of changes.keys()) this.put(name, parts.get(name) ?? null);
    if (changes.size) this.remember(changes);
  }

  remember(parts) {
    const step = new Map([...parts].map(([name, {before}]) => [name, {before, after: this.masks.taken(name)}]));
    this.done.push(step);
    if (this.done.length > MOST) this.done.shift();
    this.undone = [];
  }

  undo() {
    const step = this.done.pop();
    if (!step) return false;
    for (const [name, {before}] of step) this.put(name, before);
    this.undone.push(step);
    return true;
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return false;
    for (const [name, {after}] of step) this.put(name, after);
    this.done.push(step);
    return true;
  }

  put(name, bytes) {
    this.masks.put(name, bytes);
    const [down, right] = name.split(",").map((place) => Number(place) * SIDE * CELL);
    this.tell({top: down, left: right, bottom: down + SIDE * CELL, right: right + SIDE * CELL});
  }

  /** What a mask shows is spread beyond its cells. */
  tell({top, left, bottom, right}) {
    const more = this.masks.spread / 2 + CELL;
    this.changed({top: top - more, left: left - more, bottom: bottom + more, right: right + more});
  }
}

export function ground(nets) {
  return Uint8Array.from({length: SIDE * SIDE * nets}, (_, at) => (at % nets ? 0 : 255));
}

/** Bytes of one cell: those before, and so much of one net. Their sum stays 255. */
function mix(bytes, at, nets, before, net, share) {
  let others = 0;
  for (let i = 0; i < nets; i++) {
    if (i === net) continue;
    bytes[at + i] = (before ? before[at + i] : i ? 0 : 255) * (1 - share); // rounded down
    others += bytes[at + i];
  }
  bytes[at + net] = 255 - others;
}

/** How much a brush covers so far from its middle: 1 inside, 0 outside, even between. */
function covered(far, {radius, softness}) {
  const inner = radius * (1 - softness), edge = Math.max(radius - inner, CELL);
  const share = Math.min(1, Math.max(0, (radius - far) / edge));
  return share * share * (3 - 2 * share);
}

/** Of a place from the line between two others. */
function distance(place, from, to) {
  const [y, x] = [to[0] - from[0], to[1] - from[1]], long = y * y + x * x;
  const along = long ? Math.min(1, Math.max(0, ((place[0] - from[0]) * y + (place[1] - from[1]) * x) / long)) : 0;
  return Math.hypot(place[0] - from[0] - along * y, place[1] - from[1] - along * x);
}
