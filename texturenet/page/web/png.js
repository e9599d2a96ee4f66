// A PNG file from rows of pixels that come one strip after the other: only the strip at hand and
// the compressed file are held. Filters per row by the least sum of magnitudes (PNG, section 12.7).

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const COLOUR_TYPES = {1: 0, 3: 2};
const CRC = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

export class Png {
  /** channels: 1 or 3; bits: 8 or 16; colour: of sRGB, not data; texts: {keyword: text}, of Latin-1. */
  constructor({width, height, channels = 3, bits = 8, colour = true, texts = {}}) {
    if (typeof CompressionStream === "undefined") {
      throw new Error("This browser cannot compress pictures: a newer one can save them.");
    }
    Object.assign(this, {width, height, step: (channels * bits) / 8});
    this.before = new Uint8Array(width * this.step);
    const head = new Uint8Array(13), view = new DataView(head.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    head.set([bits, COLOUR_TYPES[channels], 0, 0, 0], 8);
    this.parts = [new Uint8Array(SIGNATURE), chunk("IHDR", head)];
    if (colour) this.parts.push(chunk("sRGB", new Uint8Array([0])));
    for (const [keyword, text] of Object.entries(texts)) {
      this.parts.push(chunk("tEXt", Uint8Array.from(`${keyword}\0${text}`, (c) => c.charCodeAt(0))));
    }
    this.deflater = new CompressionStream("deflate");
    this.writer = this.deflater.writable.getWriter();
    this.collected = this.collect();
  }

  async collect() {
    const reader = this.deflater.readable.getReader();
    for (let at = await reader.read(); !at.done; at = await reader.read()) {
      this.parts.push(new Blob([chunk("IDAT", at.value)])); // which a browser may keep on the disk
    }
  }

  /** Whole rows, as bytes; numbers of 16 bits with their high byte first. */
  async write(rows) {
    const line = this.before.length, count = rows.length / line;
    const out = new Uint8Array(count * (line + 1));
    for (let y = 0; y < count; y++) {
      const row = rows.subarray(y * line, (y + 1) * line);
      filtered(row, this.before, this.step, out.subarray(y * (line + 1), (y + 1) * (line + 1)));
      this.before = row;
    }
    this.before = this.before.slice(); // rows may be filled anew
    await this.writer.write(out);
  }

  async finish() {
    await this.writer.close();
    await this.collected;
    return new Blob([...this.parts, chunk("IEND", new Uint8Array())], {type: "image/png"});
  }

  async cancel() {
    await this.writer.abort().catch(() => {});
    await this.collected.catch(() => {});
  }
}

/** One row, filtered in the way that leaves the smallest numbers, behind the number of that way. */
function filtered(row, above, step, into) {
  let least = Infinity;
  for (const [type, way] of WAYS) {
    let sum = 0;
    for (let i = 0; i < row.length && sum < least; i++) {
      const value = (row[i] - way(row, above, i, step)) & 255;
      sum += value < 128 ? value : 256 - value;
    }
    if (sum < least) [least, into[0]] = [sum, type];
  }
  const way = WAYS.find(([type]) => type === into[0])[1];
  for (let i = 0; i < row.length; i++) into[i + 1] = row[i] - way(row, above, i, step);
}

const left = (row, i, step) => (i >= step ? row[i - step] : 0);
const WAYS = [
  [1, (row, above, i, step) => left(row, i, step)],
  [2, (row, above, i) => above[i]],
  [4, (row, above, i, step) => paeth(left(row, i, step), above[i], left(above, i, step))],
];

function paeth(a, b, c) {
  const x = Math.abs(b - c), y = Math.abs(a - c), z = Math.abs(a + b - 2 * c);
  if (x <= y && x <= z) return a;
  return y <= z ? b : c;
}

function chunk(name, data) {
  const out = new Uint8Array(12 + data.length), view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set([...name].map((c) => c.charCodeAt(0)), 4);
  out.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of out.subarray(4, 8 + data.length)) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  view.setUint32(8 + data.length, ~crc >>> 0);
  return out;
}
