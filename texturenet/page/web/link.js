// What the address of a page says after its #: which net, seed and place, how large, what is shown.
// Text in, plain values out, and back; nothing here touches the page.

export const LARGEST_SEED = 2n ** 64n - 1n;
export const FARTHEST = 2 ** 40; // pixels from the origin
export const TILE_SIDES = [32, 4096]; // pixels, the least and the most
export const LEAST_ZOOM = 1 / 16; // pixels of the screen's layout for one of the texture
export const MOST_ZOOM = 16;
const MOST_AT = 8; // of a morph: 0 is its first net, 1 its second
const VIEWS = ["lit", "ball", "colour", "normal", "height", "roughness", "occlusion", "metallic"];

/** A seed as a user writes it -> BigInt. Throws RangeError with a sentence for anything else. */
export function seedOf(text) {
  const digits = String(text).trim();
  if (!/^\d{1,20}$/.test(digits) || BigInt(digits) > LARGEST_SEED) {
    const shown = digits.length > 24 ? `${digits.slice(0, 24)}…` : digits;
    throw new RangeError(`“${shown}” is no seed: it must be a whole number from 0 to ${LARGEST_SEED}.`);
  }
  return BigInt(digits);
}

/** A seed by chance, below 2^32 so that it is quickly written down. */
export function dice() {
  return BigInt(crypto.getRandomValues(new Uint32Array(1))[0]);
}

/** The state a page opens with. */
export function start() {
  return {
    net: null, seed: 0n, row: 0, column: 0, zoom: 1,
    tile: false, period: null, matching: false, view: "lit", at: 0,
  };
}

/**
 * The text after # -> {state, faults}: what it says over `start`, and a sentence for each part that
 * cannot be.
 */
export function readLink(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const state = start(), faults = [];
  for (const [key, text] of said) {
    try {
      if (Object.hasOwn(READERS, key)) READERS[key](text, state);
    } catch (error) {
      faults.push(error.message);
    }
  }
  return {state, faults};
}

const READERS = {
  net: (text, state) => { state.net = text; },
  seed: (text, state) => { state.seed = seedOf(text); },
  row: (text, state) => { state.row = number("row", text, -FARTHEST, FARTHEST); },
  column: (text, state) => { state.column = number("column", text, -FARTHEST, FARTHEST); },
  zoom: (text, state) => { state.zoom = number("zoom", text, LEAST_ZOOM, MOST_ZOOM); },
  tile: (text, state) => {
    const sides = text.split("x").map((side) => number("tile", side, ...TILE_SIDES));
    state.period = [sides[0], sides[1] ?? sides[0]].map(Math.round);
    state.tile = true;
  },
  at: (text, state) => { state.at = number("at", text, 0, MOST_AT); },
  matching: (text, state) => { state.matching = text !== "0"; },
  view: (text, state) => {
    if (!VIEWS.includes(text)) throw new RangeError(`there is no view “${text.slice(0, 20)}”.`);
    state.view = text;
  },
};

function number(name, text, least, most) {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${name} is “${text.slice(0, 20)}”: it must lie from ${least} to ${most}.`);
  }
  return value;
}

/** A state -> the text after #, without what is as at the start. */
export function writeLink(state) {
  const parts = new URLSearchParams(), plain = start();
  if (state.net) parts.set("net", state.net);
  parts.set("seed", String(state.seed));
  for (const key of ["row", "column"]) {
    if (Math.round(state[key])) parts.set(key, String(Math.round(state[key])));
  }
  if (state.zoom !== 1) parts.set("zoom", String(+state.zoom.toPrecision(4)));
  if (state.tile) parts.set("tile", state.period.join("x"));
  if (state.tile && state.matching) parts.set("matching", "1");
  if (state.at) parts.set("at", String(+state.at.toFixed(3)));
  if (state.view !== plain.view) parts.set("view", state.view);
  return parts.toString();
}
