// A texture that is open: pictures and maps of it, drawn by a pool.
import {viewOf} from './options.js';

const BYTES = 0, ALL_MAPS = 2, HEIGHT = 3; // forms of makeEngine

function pictureOf(data, width, height) {
  if (typeof ImageData === 'function') return new ImageData(data, width, height);
  return {data, width, height};
}

/** The squares that a picture is cut into, upper left first. */
function squares(height, width, side) {
  const found = [];
  for (let down = 0; down < height; down += side) {
    for (let right = 0; right < width; right += side) {
      found.push({
        down, right,
        height: Math.min(side, height - down),
        width: Math.min(side, width - right),
      });
    }
  }
  return found;
}

export class Texture {
  #pool;
  #facts;

  constructor(pool, card) {
    this.#pool = pool;
    this.#facts = pool.facts;
    this.card = card;
    this.name = this.#facts.name;
    this.layers = this.#facts.layers.map(({name, channels, constant}) => ({name, channels, constant}));
    this.material = this.layers.length > 0;
    this.scales = Array.from({length: this.#facts.octaves + 1}, (_, octave) => 2 ** octave);
    this.period = {...this.#facts.step, border: this.#facts.border};
    this.side = this.#facts.side;
    this.levels = this.#facts.scales;
    this.features = this.#facts.features;
  }

  get workers() {
    return this.#pool.workers;
  }

  async render(options) {
    const view = viewOf(options, this.#facts);
    const data = new Uint8ClampedArray(4 * view.width * view.height);
    await this.#draw(view, BYTES, options, (square, buffer) => {
      const row = 4 * square.width;
      const block = new Uint8ClampedArray(buffer);
      for (let y = 0; y < square.height; y++) {
        const to = 4 * ((square.down + y) * view.width + square.right);
        data.set(block.subarray(y * row, (y + 1) * row), to);
      }
    });
    return pictureOf(data, view.width, view.height);
  }

  async maps(options) {
    if (!this.material) throw new TypeError(`'${this.name}' draws colour alone: it is no material.`);
    const view = viewOf(options, this.#facts);
    if (view.octave) throw new RangeError(`scale is ${2 ** view.octave}: maps are drawn at scale 1 only.`);
    const {width, height} = view;
    const pixels = width * height;
    const planes = await this.#planes(view, ALL_MAPS, this.#facts.channels, options);
    const named = this.#facts.layers.map(({name, channels, first, constant}) => {
      const data = planes.subarray(first * pixels, (first + channels) * pixels);
      return [name, {data, channels, width, height, constant}];
    });
    return Object.fromEntries(named);
  }

  async heights({readout, ...options}) {
    const features = this.#facts.features;
    if (!features) throw new TypeError(`'${this.name}' has one scale: it has no heights.`);
    const weights = Float32Array.from(readout ?? []);
    if (weights.length !== features || !weights.every(Number.isFinite)) {
      throw new RangeError(`readout has ${weights.length} numbers: '${this.name}' needs ${features}, all finite.`);
    }
    const view = {...viewOf(options, this.#facts), readout: weights};
    if (view.octave) throw new RangeError(`scale is ${2 ** view.octave}: heights are drawn at scale 1 only.`);
    const planes = await this.#planes(view, HEIGHT, 4, options);
    return {planes, width: view.width, height: view.height};
  }

  dispose() {
    this.#pool.end();
  }

  /** Planes of floats, one after the other. */
  async #planes(view, form, channels, options) {
    const {width, height} = view;
    const planes = new Float32Array(channels * width * height);
    await this.#draw(view, form, options, (square, buffer) => {
      const block = new Float32Array(buffer);
      const rows = channels * square.height; // of all planes, one after the other
      for (let r = 0; r < rows; r++) {
        const plane = Math.floor(r / square.height);
        const to = (plane * height + square.down + (r % square.height)) * width + square.right;
        planes.set(block.subarray(r * square.width, (r + 1) * square.width), to);
      }
    });
    return planes;
  }

  /** All blocks of a view, each handed to `take` as soon as it is there. */
  async #draw(view, form, {signal, onprogress, priority = 0}, take) {
    if (this.#pool.ended) throw new Error(`'${this.name}' was disposed of.`);
    if (typeof priority !== 'number' || Number.isNaN(priority)) {
      throw new TypeError(`priority is ${priority}: it must be a number.`);
    }
    signal?.throwIfAborted();
    const parts = squares(view.height, view.width, this.side);
    let done = 0;
    const tasks = parts.map((square) => {
      const part = {
        ...view, height: square.height, width: square.width,
        row: view.row + BigInt(square.down), column: view.column + BigInt(square.right),
      };
      const task = this.#pool.draw(part, form, priority);
      task.promise = task.promise.then((buffer) => {
        take(square, buffer);
        onprogress?.(++done / parts.length);
      });
      return task;
    });
    const cancel = (reason) => tasks.forEach((task) => task.cancel(reason));
    const aborted = () => cancel(signal.reason);
    signal?.addEventListener('abort', aborted, {once: true});
    try {
      await Promise.all(tasks.map(({promise}) => promise));
    } catch (error) {
      cancel(error);
      await Promise.allSettled(tasks.map(({promise}) => promise));
      throw error;
    } finally {
      signal?.removeEventListener('abort', aborted);
    }
  }
}

