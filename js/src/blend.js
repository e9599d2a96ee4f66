// Several textures as one, by height: what `texturenet blend` draws, from what `texturenet page
// paint=true out=NAME.json` has measured of the same nets.
import {alone, mixed} from './shares.js';

const LIMITS = {softness: [0.5, 64], strength: [0, 2], spread: [0, 512]};
const SQUARE = 128; // pixels a side of what is drawn of few nets
const NO_TILES = ['tile', 'border', 'scale'];

function checkedMeasures(measures, textures) {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = measures?.[name];
    if (!(value >= least && value <= most)) throw new RangeError(`${name} of the measures is ${value}: it must lie between ${least} and ${most}.`);
  }
  const nets = measures.nets ?? [];
  if (nets.length !== textures.length || nets.length < 2) {
    throw new RangeError(`${textures.length} textures and measures of ${nets.length} nets: a blend has two or more, measured in one order.`);
  }
  textures.forEach((texture, i) => {
    if (nets[i].name !== texture.name) throw new TypeError(`texture ${i} is '${texture.name}', and was measured as '${nets[i].name}'.`);
    if (nets[i].readout.length !== texture.features) {
      throw new RangeError(`the measures of '${texture.name}' have a readout of ${nets[i].readout.length} numbers: the net has ${texture.features} features.`);
    }
  });
  return measures;
}

/** The squares of a window. */
function partsOf(height, width) {
  const found = [];
  for (let down = 0; down < height; down += SQUARE) for (let right = 0; right < width; right += SQUARE) {
    found.push({down, right, height: Math.min(SQUARE, height - down), width: Math.min(SQUARE, width - right)});
  }
  return found;
}

export class Blend {
  constructor(textures, measures) {
    this.textures = [...textures];
    this.measures = checkedMeasures(measures, this.textures);
    this.name = this.textures.map(({name}) => name).join('_');
  }

  /** A window; masks: {seen(row, column, height, width), shares(..)}, as Painted, or an array of numbers. */
  async render({masks, ...options}) {
    if (typeof masks?.shares !== 'function' && !Array.isArray(masks)) {
      throw new TypeError('masks is missing: give a Painted, or the share of each texture.');
    }
    const odd = NO_TILES.find((name) => options[name] !== undefined);
    if (odd) throw new TypeError(`a blend takes no ${odd}: it has no tiles, and one scale.`);
    const {row = 0, column = 0, height, width} = options;
    if (![row, column, height, width].every((number) => Number.isSafeInteger(Number(number)))) {
      throw new TypeError('row, column, height and width of a blend must be whole numbers within 2^53.');
    }
    const laid = Array.isArray(masks) ? constant(masks, this.textures.length) : masks;
    if (laid.nets !== undefined && laid.nets !== this.textures.length) {
      throw new RangeError(`the mask is of ${laid.nets} nets: the blend has ${this.textures.length}.`);
    }
    const data = new Uint8ClampedArray(4 * height * width);
    await Promise.all(partsOf(height, width).map(async (part) => {
      const place = [Number(row) + part.down, Number(column) + part.right, part.height, part.width];
      const bytes = await this.#square(place, laid, options);
      for (let y = 0; y < part.height; y++) {
        const to = 4 * ((part.down + y) * width + part.right);
        data.set(bytes.subarray(4 * y * part.width, 4 * (y + 1) * part.width), to);
      }
    }));
    if (typeof ImageData === 'function') return new ImageData(data, width, height);
    return {data, width, height};
  }

  /** One square, of those nets alone that it shows. */
  async #square(place, masks, options) {
    const seen = masks.seen(...place), [row, column, height, width] = place;
    const wanted = {...options, row, column, height, width};
    const planes = await Promise.all(seen.map((i) => this.planes(i, wanted)));
    return this.pixels(seen, planes, seen.length > 1 ? masks.shares(...place) : null);
  }

  /** What one net draws, (4,h,w), on which nothing of the masks has a say. */
  async planes(i, options) {
    return (await this.textures[i].heights({...options, readout: this.measures.nets[i].readout})).planes;
  }

  /** Those planes of the nets that are seen, and the shares of all -> (h,w,4) bytes. */
  pixels(seen, planes, shares) {
    if (seen.length === 1) return alone(planes[0]);
    return mixed(planes, seen.map((i) => shares[i]), seen.map((i) => this.measures.nets[i]), this.measures);
  }

  dispose() {
    for (const texture of this.textures) texture.dispose();
  }
}

function constant(numbers, count) {
  const total = numbers.reduce((sum, number) => sum + number, 0);
  if (numbers.length !== count || !numbers.every((number) => number >= 0) || !(total > 0)) {
    throw new RangeError(`masks are ${String(numbers).slice(0, 60)}: ${count} shares are needed, none negative, not all 0.`);
  }
  return {
    seen: () => numbers.flatMap((number, i) => (number > 0 ? [i] : [])),
    shares: (row, column, height, width) => numbers.map((number) => new Float64Array(height * width).fill(number / total)),
  };
}

export function blend(textures, measures) {
  return new Blend(textures, measures);
}
