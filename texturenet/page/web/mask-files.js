// A painted mask -> PNG files as `texturenet blend` takes them, a pixel for each of the plane, and back.

import {CELL} from "texturenet/blend";
import {Png} from "./png.js";
import {ground} from "./brush.js";

const SIDE = 64; // cells a side of a part of the mask
const LONGEST = 32768, MOST = 2 ** 26; // pixels a side, and in all
const KEYWORD = "texturenet-mask"; // of the text that says where a mask lies

/**
 * Of two nets one grey picture, white where the first is; of three a red, green and blue one; of more
 * a grey one each. -> [{blob, net}], and where they lie: {row, column, height, width}. Throws a sentence.
 */
export async function saved(masks, models) {
  const bounds = masks.bounds();
  if (!bounds) throw new RangeError("Nothing is painted yet: there is no mask to save.");
  const cells = {top: bounds.top - 1, left: bounds.left - 1, bottom: bounds.bottom + 1, right: bounds.right + 1};
  const height = (cells.bottom - cells.top) * CELL, width = (cells.right - cells.left) * CELL;
  if (Math.max(height, width) > LONGEST || height * width > MOST) {
    throw new RangeError(`The mask is ${width} × ${height} pixels; ${LONGEST} a side and ${Math.round(MOST / 1e6)} megapixels are the most that is saved.`);
  }
  const place = {row: cells.top * CELL, column: cells.left * CELL, height, width}, files = [];
  const kinds = models.length === 2 ? [[0]] : models.length === 3 ? [[0, 1, 2]] : models.map((_, net) => [net]);
  for (const planes of kinds) {
    const told = {models, net: planes[0], origin: [place.row, place.column], spread: masks.spread};
    files.push({net: planes[0], blob: await png(masks, cells, planes, {height, width}, JSON.stringify(told))});
  }
  return {files, place};
}

async function png(masks, cells, planes, size, told) {
  const text = told.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const file = new Png({...size, channels: planes.length, colour: false, texts: {[KEYWORD]: text}});
  for (let down = cells.top; down < cells.bottom; down++) {
    const line = new Uint8Array(size.width * planes.length), rows = new Uint8Array(CELL * line.length);
    for (let right = cells.left, at = 0; right < cells.right; right++) {
      const bytes = masks.cell(down, right);
      for (let i = 0; i < CELL; i++) for (const net of planes) line[at++] = bytes[net];
    }
    for (let i = 0; i < CELL; i++) rows.set(line, i * line.length);
    await file.write(rows);
  }
  return file.finish();
}

/**
 * Files -> {parts: Map of bytes, as Strokes.replace takes them, place, moved}; moved: the place is not one
 * of whole cells, and was laid to the nearest. middle: [row, column] where a mask lies that says no place.
 */
export async function loaded(files, nets, middle) {
  const read = await Promise.all([...files].map(pictureOf));
  read.sort((one, other) => (one.told?.net ?? 0) - (other.told?.net ?? 0));
  const needed = nets > 3 ? nets : 1;
  if (read.length !== needed) throw new RangeError(`${read.length} files are no mask of ${nets} textures: choose ${needed === 1 ? "one picture" : `${needed}, a grey one each`}.`);
  const {bitmap, told} = read[0], {width, height} = bitmap;
  if (read.some((one) => one.bitmap.width !== width || one.bitmap.height !== height)) throw new RangeError("The masks have different sizes.");
  const origin = told?.origin ?? [middle[0] - height / 2, middle[1] - width / 2];
  const [top, left] = origin.map((place) => Math.round(place / CELL));
  const parts = new Map(), bytes = new Uint8Array(nets);
  for (let down = 0; down < height; down += CELL) {
    const lines = read.map((one) => rowsOf(one.bitmap, down));
    for (let right = 0; right < width; right += CELL) {
      shared(lines.map((line) => mean(line, width, right)), nets, bytes);
      put(parts, top + down / CELL, left + right / CELL, bytes, nets);
    }
  }
  for (const {bitmap: used} of read) used.close();
  return {parts, moved: origin.some((place) => place % CELL), place: {row: top * CELL, column: left * CELL, height, width}};
}

async function pictureOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), {colorSpaceConversion: "none", premultiplyAlpha: "none"});
  } catch {
    throw new TypeError(`${file.name} is no picture that this browser reads.`);
  }
  if (bitmap.width * bitmap.height > MOST) throw new RangeError(`${file.name} is ${bitmap.width} × ${bitmap.height} pixels: a mask has at most ${Math.round(MOST / 1e6)} megapixels.`);
  return {bitmap, told: toldIn(bytes)};
}

/** What a mask that was saved here says of itself; null for others. */
function toldIn(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at), text = new TextDecoder("latin1").decode(bytes.subarray(at + 4, Math.min(bytes.length, at + 8 + length)));
    if (text.startsWith(`tEXt${KEYWORD}\0`)) {
      try {
        const told = JSON.parse(text.slice(5 + KEYWORD.length));
        return Array.isArray(told.origin) && told.origin.length === 2 && told.origin.every(Number.isSafeInteger) ? told : null;
      } catch {
        return null;
      }
    }
    if (text.startsWith("IDAT")) return null;
    at += 12 + length;
  }
  return null;
}

/** The rows of one line of cells: {data, rows}. */
function rowsOf(bitmap, down) {
  const rows = Math.min(CELL, bitmap.height - down), canvas = new OffscreenCanvas(bitmap.width, rows);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(bitmap, 0, down, bitmap.width, rows, 0, 0, bitmap.width, rows);
  return {data: context.getImageData(0, 0, bitmap.width, rows).data, rows};
}

/** The mean [r, g, b] of a cell. */
function mean({data, rows}, width, right) {
  const sum = [0, 0, 0], wide = Math.min(CELL, width - right);
  for (let y = 0; y < rows; y++) for (let x = 0; x < wide; x++) {
    const at = 4 * (y * width + right + x), alpha = data[at + 3] / 255; // what is transparent is black
    for (let c = 0; c < 3; c++) sum[c] += alpha * data[at + c];
  }
  return sum.map((value) => value / (rows * wide));
}

/** What pictures say of a cell -> bytes of all nets, of sum 255. */
function shared(colours, nets, bytes) {
  const grey = ([r, g, b]) => (r === g && g === b ? r : 0.299 * r + 0.587 * g + 0.114 * b);
  const weights = nets === 2 ? [grey(colours[0]), 255 - grey(colours[0])] : nets === 3 ? colours[0] : colours.map(grey);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = 255;
  for (let i = 1; i < nets; i++) rest -= bytes[i] = total ? Math.round((255 * weights[i]) / total) : 255 / nets;
  bytes[0] = Math.max(0, rest);
  if (rest < 0) bytes[bytes.indexOf(Math.max(...bytes))] += rest;
}

function put(parts, down, right, bytes, nets) {
  const [y, x] = [Math.floor(down / SIDE), Math.floor(right / SIDE)], name = `${y},${x}`;
  if (!parts.has(name)) parts.set(name, ground(nets));
  parts.get(name).set(bytes, ((down - y * SIDE) * SIDE + right - x * SIDE) * nets);
}
