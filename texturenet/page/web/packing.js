// Text in the page -> the bytes of a file; texturenet/page/packing.py says how they are laid.

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=/?@^_`{|}~";
const VALUES = new Uint8Array(128);
[...LETTERS].forEach((letter, value) => { VALUES[letter.charCodeAt(0)] = value; });

/** Base85 -> bytes: five letters are four bytes, the high one first; a rest of n letters n - 1. */
function fromBase85(text) {
  const groups = Math.ceil(text.length / 5), bytes = new Uint8Array(4 * groups);
  for (let group = 0, at = 0; group < groups; group++) {
    let number = 0;
    for (let i = 0; i < 5; i++, at++) number = 85 * number + (at < text.length ? VALUES[text.charCodeAt(at) & 127] : 84);
    for (let i = 0; i < 4; i++) bytes[4 * group + i] = number / 2 ** (24 - 8 * i); // the lowest 8 bits are kept
  }
  return bytes.subarray(0, Math.max(0, bytes.length - (5 * groups - text.length)));
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** -> Promise of the file's bytes. Rejects with a sentence. what: is packed there. */
export async function unpacked(text, what = "net") {
  if (typeof DecompressionStream === "undefined") {
    throw new Error(`This browser cannot unpack the ${what}: use a newer one (Chrome 80, Firefox 113, Safari 16.4).`);
  }
  let laid;
  try {
    laid = await inflated(fromBase85(text.trim()));
  } catch {
    throw new Error(`The ${what} in this page is damaged or truncated: get the page again.`);
  }
  return ordered(laid);
}

/** Planes of bytes -> numbers. */
function ordered(laid) {
  const width = laid[0], file = laid.slice(1);
  if (file.length < 8) return file; // no net, which the engine says
  const start = Math.min(file.length, 8 + Number(new DataView(file.buffer).getBigUint64(0, true)));
  const count = Math.floor((file.length - start) / width);
  for (let place = 0; place < width; place++) {
    const from = 1 + start + place * count;
    for (let i = 0; i < count; i++) file[start + width * i + place] = laid[from + i];
  }
  return file;
}
