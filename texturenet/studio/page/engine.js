// The engine that draws nets in the browser, loaded once; where it cannot be, a sentence says so.

let module;
const WITHOUT = "This browser cannot draw nets itself (it needs WebAssembly with SIMD). Everything else works.";

async function engine() {
  module ??= import("../engine/index.js").catch(() => null);
  const found = await module;
  if (!found) throw new Error(WITHOUT);
  return found;
}

/** A net's bytes -> a texture that draws: render({seed,row,column,width,height,tile}). */
export async function open(data, workers) {
  const { load } = await engine();
  return load(data instanceof ArrayBuffer ? new Uint8Array(data) : data, { workers });
}

/** While a job runs one worker is enough: the processor is busy. */
export const workersFor = (busy) => busy ? 1 : Math.max(1, Math.min(8, (navigator.hardwareConcurrency || 2) - 1));
