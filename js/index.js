// texturenet: a learnt texture in a browser or in Node. See docs/javascript.md.
import {plainBuild} from './src/plain.js';
import {cardOf} from './src/card.js';
import {Pool} from './src/pool.js';
import {Texture} from './src/texture.js';
import {inNode} from './src/workers.js';

const MOST_FILE = 2 ** 28; // bytes

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The build for this machine. Throws where it has no SIMD. */
async function chosenBuild(relaxed) {
  if (typeof WebAssembly !== 'object') throw new Error('this browser has no WebAssembly: use a newer one.');
  if (relaxed) {
    const {relaxedBuild} = await import('./src/relaxed.js');
    const build = bytesOf(relaxedBuild);
    if (WebAssembly.validate(build)) return build;
  }
  // A page that holds the build elsewhere gives a function instead of the text.
  const build = typeof plainBuild === 'function' ? await plainBuild() : bytesOf(plainBuild);
  if (!WebAssembly.validate(build)) {
    throw new Error('this browser has WebAssembly without SIMD: use a newer one (Chrome 91, Firefox 89, Safari 16.4).');
  }
  return build;
}

async function fetched(url) {
  if (inNode && !/^(https?|data|blob):/i.test(url)) {
    throw new TypeError(`${url} is no address that Node fetches: give the bytes of the file.`);
  }
  let answer;
  try {
    answer = await fetch(url);
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    const why = (error.cause ?? error).message;
    throw new Error(`${url} cannot be read (${why}): no texture was read.`, {cause: error});
  }
  throw new Error(`${url} was answered with ${answer.status}: no texture was read.`);
}

async function fileOf(source) {
  if (typeof source === 'string' || source instanceof URL) return fetched(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (typeof source?.arrayBuffer === 'function') return new Uint8Array(await source.arrayBuffer());
  throw new TypeError('load takes the bytes of a .safetensors file, a Blob, or a URL.');
}

function checkedWorkers(workers) {
  if (workers === undefined || (Number.isInteger(workers) && workers >= 0 && workers <= 64)) return workers;
  throw new RangeError(`workers is ${workers}: it must lie between 0 and 64.`);
}

export async function load(source, {workers, relaxed = false} = {}) {
  const count = checkedWorkers(workers);
  const build = await chosenBuild(relaxed);
  const file = await fileOf(source);
  if (file.length > MOST_FILE) throw new RangeError(`the file has ${file.length} bytes, more than ${MOST_FILE}.`);
  return new Texture(await Pool.open(build, file, count), cardOf(file));
}

export {Texture};
