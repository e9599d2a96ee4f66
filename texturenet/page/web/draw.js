// Requests of pieces -> what the engine makes of them, brought down to a level's size.
//
// Nets with heads draw coarser levels themselves. Of all others a level is the mean of full pixels.

/** How many levels there are above the full size. */
export function levels(texture) {
  return texture.scales.length - 1 || 2;
}

/**
 * What one request of `pieces.js` shows: {pixels: ImageData} of colours, or {maps} of a material.
 * level 0 is the engine's own request. Rejects as the engine does.
 */
export async function draw(texture, {level, ...request}, options = {}) {
  const whole = options.maps ? "maps" : "render";
  const times = 2 ** level;
  if (level === 0) return wrapped(options.maps, await texture[whole]({...request, ...plain(options)}));
  if (!options.maps && texture.scales.includes(times)) {
    return {pixels: await texture.render({...request, scale: times, ...plain(options)})};
  }
  const larger = Object.fromEntries(["row", "column", "height", "width"].map((k) => [k, request[k] * times]));
  const made = await texture[whole]({...request, ...larger, ...plain(options)});
  return options.maps ? {maps: reducedMaps(made, times)} : {pixels: reducedPixels(made, times)};
}

const plain = ({maps, ...rest}) => rest;
const wrapped = (maps, made) => (maps ? {maps: made} : {pixels: made});

/** Means of squares of `times` pixels a side: ImageData -> ImageData. */
function reducedPixels({data, height, width}, times) {
  const h = height / times, w = width / times, out = new ImageData(w, h), area = times * times;
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    let r = 0, g = 0, b = 0;
    for (let i = 0; i < times; i++) {
      let at = 4 * ((y * times + i) * width + x * times);
      for (let j = 0; j < times; j++, at += 4) { r += data[at]; g += data[at + 1]; b += data[at + 2]; }
    }
    out.data.set([r / area, g / area, b / area, 255], 4 * (y * w + x));
  }
  return out;
}

/** The same of planes: {kind: {data, channels, height, width}}. Normals get shorter than 1. */
function reducedMaps(maps, times) {
  const reduced = {};
  for (const [kind, {data, channels, height, width}] of Object.entries(maps)) {
    const h = height / times, w = width / times, out = new Float32Array(channels * h * w);
    for (let c = 0; c < channels; c++) for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        const at = (c * height + y * times + i) * width + x * times;
        for (let j = 0; j < times; j++) sum += data[at + j];
      }
      out[(c * h + y) * w + x] = sum / (times * times);
    }
    reduced[kind] = {data: out, channels, height: h, width: w};
  }
  return reduced;
}
