// What callers ask for -> a view, checked: which window of which plane.

const FARTHEST = 2n ** 40n;
const MOST_SEED = 2n ** 64n - 1n;
export const MOST_PIXELS = 2 ** 28; // of one picture; all of it is in memory
const KNOWN = [
  'seed', 'row', 'column', 'width', 'height', 'tile', 'border', 'time', 'other', 'rates', 'scale',
  'signal', 'onprogress', 'priority',
];

function shown(value) {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value).slice(0, 40);
}

/** A whole number as a BigInt, from a safe integer, a BigInt or decimal text. */
function whole(name, value) {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw new TypeError(`${name} is ${value}: it must be a whole number.`);
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`${name} is ${value}, beyond 2^53: say it as a BigInt or as text.`);
    }
    return BigInt(value);
  }
  if (typeof value === 'string' && /^-?\d{1,40}$/.test(value.trim())) return BigInt(value.trim());
  throw new TypeError(`${name} is ${shown(value)}: it must be a whole number.`);
}

export function seedOf(name, value) {
  const seed = whole(name, value);
  if (seed < 0n || seed > MOST_SEED) {
    throw new RangeError(`${name} is ${seed}: it must lie between 0 and 2^64-1.`);
  }
  return seed;
}

function side(name, value) {
  if (value === undefined) throw new TypeError(`${name} is missing: say how many pixels.`);
  const length = whole(name, value);
  if (length < 1n || length > BigInt(MOST_PIXELS)) {
    throw new RangeError(`${name} is ${length}: it must lie between 1 and ${MOST_PIXELS} pixels.`);
  }
  return Number(length);
}

function start(name, value, length) {
  const place = whole(name, value);
  if (place < -FARTHEST || place > FARTHEST - BigInt(length)) {
    throw new RangeError(`${name} is ${place}: the plane reaches from -2^40 to 2^40, and ${length} pixels are drawn.`);
  }
  return place;
}

function octaveOf(scale, facts) {
  const octave = Math.log2(scale);
  if (Number.isInteger(octave) && octave >= 0 && octave <= facts.octaves) return octave;
  const known = Array.from({length: facts.octaves + 1}, (_, i) => 2 ** i).join(', ');
  const why = facts.octaves ? '' : ' This net makes colours at its finest scale only.';
  throw new RangeError(`scale is ${shown(scale)}: it must be one of ${known}.${why}`);
}

function period(name, value, step, octave) {
  if (value === undefined || value === null || value === 0) return 0;
  const length = side(name, value);
  const least = Math.max(1, step / 2 ** octave);
  if (length % least) {
    const below = length - (length % least);
    const near = below ? `${below} and ${below + least}` : `${least}`;
    throw new RangeError(`${name} ${length} is not a multiple of ${least}; nearest: ${near}.`);
  }
  return length;
}

/** {height, width} in pixels, 0 where the plane never repeats. */
function tileOf(tile, height, width, facts, octave) {
  const words = {none: [0, 0], x: [0, width], y: [height, 0], xy: [height, width]};
  let sides = null;
  if (tile === undefined || tile === null || tile === false) sides = words.none;
  else if (typeof tile === 'string') sides = words[tile];
  else if (typeof tile === 'number') sides = [tile, tile];
  else if (typeof tile === 'object') sides = [tile.height, tile.width];
  if (!sides) throw new TypeError(`tile is ${shown(tile)}: it must be 'none', 'x', 'y', 'xy' or {height, width}.`);
  return {
    height: period("a tile's height", sides[0], facts.step.height, octave),
    width: period("a tile's width", sides[1], facts.step.width, octave),
  };
}

function borderOf(border, tile, facts, octave) {
  if (border === undefined || border === null) return null;
  const seed = seedOf('border', border);
  const sides = [tile.height, tile.width].filter(Boolean);
  if (!sides.length) throw new TypeError("border is given: tiles that match need a tile's height, width or both.");
  const least = Math.ceil(facts.border / 2 ** octave);
  if (Math.min(...sides) < least) {
    throw new RangeError(`a tile's side is ${Math.min(...sides)}: tiles of this net that match are at least ${least} pixels a side.`);
  }
  return seed;
}

/** How far round the loop each scale is; null for a picture that lies still. */
function turnsOf(time, rates, facts) {
  if (time === undefined || time === null) return null;
  if (typeof time !== 'number' || !Number.isFinite(time)) {
    throw new TypeError(`time is ${shown(time)}: it must be a number, 1 for once round.`);
  }
  const all = rates ?? Array(facts.scales).fill(1);
  if (!Array.isArray(all) || all.length !== facts.scales || !all.every((r) => Number.isInteger(r) && Math.abs(r) <= 1000)) {
    throw new TypeError(`rates are ${shown(all)}: this net has ${facts.scales} scales, one whole number each, within 1000.`);
  }
  const within = time - Math.floor(time);
  return all.map((rate) => within * rate);
}

/**
 * @param {object} options as index.d.ts has them
 * @param {object} facts of the texture
 * @returns {object} the view of the whole picture, as makeEngine takes it
 */
export function viewOf(options, facts) {
  if (typeof options !== 'object' || options === null) throw new TypeError('say {width, height, ...}.');
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) throw new TypeError(`there is no ${shown(key)}; known: ${KNOWN.join(', ')}.`);
  }
  const height = side('height', options.height);
  const width = side('width', options.width);
  if (height * width > MOST_PIXELS) {
    throw new RangeError(`${width}x${height} is ${width * height} pixels: at most ${MOST_PIXELS} are drawn at once.`);
  }
  const octave = octaveOf(options.scale ?? 1, facts);
  const seed = seedOf('seed', options.seed ?? 0);
  const tile = tileOf(options.tile, height, width, facts, octave);
  const turns = turnsOf(options.time, options.rates, facts);
  const other = options.other === undefined ? (seed + 1n) & MOST_SEED : seedOf('other', options.other);
  if (turns && other === seed) {
    throw new RangeError(`seed and other are ${seed}: a loop goes around through two seeds that differ.`);
  }
  return {
    seed, height, width, tile, octave, turns, other,
    row: start('row', options.row ?? 0, height),
    column: start('column', options.column ?? 0, width),
    border: borderOf(options.border, tile, facts, octave),
  };
}
