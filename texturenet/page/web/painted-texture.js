// A blend under a mask, as the page's texture: `render` as of the engine. What every net draws is kept,
// so that a stroke of the brush only has to mix it anew.

import {Cache} from "./cache.js";
import {SIDE} from "./pieces.js";

const KEPT = 128e6; // bytes of planes

export class PaintedTexture {
  /** blend, masks: of js/; net: () -> which is painted with */
  constructor(blend, masks, net) {
    Object.assign(this, {blend, masks, net, planes: new Cache(KEPT, () => {}), warming: false, busy: 0});
    this.scales = [1];
    this.period = blend.textures[0].period;
  }

  get workers() {
    return this.blend.textures.reduce((sum, {workers}) => sum + workers, 0);
  }

  async render({row, column, height, width, ...options}) {
    const pixels = new ImageData(width, height), parts = [];
    for (let down = 0; down < height; down += SIDE) {
      for (let right = 0; right < width; right += SIDE) parts.push([down, right]);
    }
    this.busy++;
    try {
      await Promise.all(parts.map(async ([down, right]) => {
        const high = Math.min(SIDE, height - down), wide = Math.min(SIDE, width - right);
        const bytes = await this.square([row + down, column + right, high, wide], options);
        for (let y = 0; y < high; y++) {
          pixels.data.set(bytes.subarray(4 * y * wide, 4 * (y + 1) * wide), 4 * ((down + y) * width + right));
        }
      }));
    } finally {
      this.busy--;
    }
    return pixels;
  }

  async square(place, options) {
    const seen = this.masks.seen(...place);
    const planes = await Promise.all(seen.map((net) => this.drawn(net, place, options)));
    if (this.masks.seen(...place).some((net) => !seen.includes(net))) return this.square(place, options); // painted meanwhile
    return this.blend.pixels(seen, planes, seen.length > 1 ? this.masks.shares(...place) : null);
  }

  /** What one net draws of a square; kept where the square is one of the window's. */
  async drawn(net, [row, column, height, width], {signal, ...options}) {
    const key = `${net}/${options.seed}/${row}/${column}/${height}/${width}`;
    const kept = this.planes.get(key);
    if (kept) return kept.planes;
    const planes = await this.blend.planes(net, {...options, signal, row, column, height, width});
    const whole = row % SIDE === 0 && column % SIDE === 0;
    if (whole) this.planes.set(key, {planes, bytes: planes.byteLength});
    return planes;
  }

  /** Draws what the brush will need of these pieces, while nothing else is to be done. */
  async warm(pieces) {
    if (this.warming) return;
    this.warming = true;
    const wanted = pieces.filter(({level}) => level === 0);
    const room = KEPT / (16 * SIDE * SIDE) / this.blend.textures.length;
    for (const {request} of wanted.slice(0, Math.floor(room))) {
      if (this.busy || this.ended) break;
      const {seed, row, column, height, width} = request;
      await this.drawn(this.net(), [row, column, height, width], {seed, priority: -2}).catch(() => {});
    }
    this.warming = false;
  }

  dispose() {
    this.ended = true;
    this.planes.clear();
    this.blend.dispose();
  }
}
