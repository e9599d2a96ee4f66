// Facts about what is asked of the engine, with one that answers at once.
import assert from "node:assert/strict";
import {writeFileSync} from "node:fs";
import {test} from "node:test";
import {Cache} from "../web/cache.js";
import {Loader} from "../web/loader.js";
import {Loop} from "../web/loop.js";
import {png, sizeOf} from "../web/saving.js";
import {value} from "./values.mjs";

globalThis.ImageData ??= class {
  constructor(width, height) { Object.assign(this, {width, height, data: new Uint8ClampedArray(4 * width * height)}); }
};
const {draw} = await import("../web/draw.js");

/** Pixels that tell where they lie. */
const texture = {
  scales: [1],
  async render({row, column, height, width}) {
    const data = new Uint8ClampedArray(4 * height * width);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
      data.set([0, 1, 2].map((c) => value(row + y, column + x, c)).concat(255), 4 * (y * width + x));
    }
    return {data, height, width};
  },
  async maps({row, column, height, width}) {
    const data = new Float32Array(height * width);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = value(row + y, column + x, 0) / 255;
    const normal = {data: new Float32Array(3 * height * width).fill(0.5), channels: 3, height, width};
    return {height: {data, channels: 1, height, width}, normal};
  },
};

test("a PNG of several strips and pieces holds every pixel; heights have 16 bits", async () => {
  const order = {seed: 1n, row: -40, column: 7, height: 150, width: 1100}, shares = [];
  const colour = await png(texture, order, {texts: {texturenet: "{}"}, onshare: (share) => shares.push(share)});
  const height = await png(texture, {...order, height: 20, width: 30}, {kind: "height"});
  const normal = await png(texture, {...order, height: 20, width: 30}, {kind: "normal"});
  for (const [name, blob] of [["colour", colour], ["height", height], ["normal", normal]]) {
    writeFileSync(new URL(`./${name}.png`, import.meta.url), Buffer.from(await blob.arrayBuffer()));
  }
  assert.equal(shares.at(-1), 1);
});

test("a picture that is stopped is no file", async () => {
  const stop = new AbortController(), slow = {...texture, async render(request) {
    stop.abort();
    request.signal.throwIfAborted();
  }};
  await assert.rejects(png(slow, {row: 0, column: 0, height: 9, width: 9}, {signal: stop.signal}), {name: "AbortError"});
});

test("sizes that cannot be are refused in a sentence with both numbers", () => {
  assert.deepEqual(sizeOf("300", " 400 "), [300, 400]);
  for (const [high, wide, said] of [["0", "1", "1 to 32768"], ["", "1", "height"], ["1", "1e3", "width"], ["32768", "32768", "1074 megapixels"]]) {
    assert.throws(() => sizeOf(high, wide), new RegExp(said));
  }
});

test("a level is the mean of the pixels under it", async () => {
  const {pixels} = await draw(texture, {seed: 1n, row: 3, column: -2, height: 4, width: 5, level: 1});
  let sum = 0;
  for (const [y, x] of [[0, 0], [0, 1], [1, 0], [1, 1]]) sum += value(2 * (3 + 1) + y, 2 * (-2 + 2) + x, 1);
  assert.equal(pixels.data[4 * (1 * 5 + 2) + 1], Math.round(sum / 4));
  const made = await draw(texture, {row: 0, column: 0, height: 2, width: 2, level: 1}, {maps: true});
  assert.equal(made.maps.height.data.length, 4);
});

test("nets with heads draw their coarser levels themselves", async () => {
  const asked = [], headed = {scales: [1, 2, 4], render: async (request) => asked.push(request)};
  await draw(headed, {seed: 1n, row: 3, column: 4, height: 5, width: 6, level: 2});
  assert.deepEqual(asked[0], {seed: 1n, row: 3, column: 4, height: 5, width: 6, scale: 4});
});

test("no more pieces move than the cache holds all frames of", () => {
  const loop = new Loop(new Cache(24 * 3 * 1000, () => {}), 1000);
  const pieces = [..."abcdefgh"].map((key) => ({key, request: {}}));
  for (let next = loop.missing(pieces); next.length; next = loop.missing(pieces)) loop.cache.set(next[0].key, {bytes: 1000});
  assert.equal(loop.cache.entries.size, 24 * 3);
});

const later = () => new Promise((resolve) => setTimeout(resolve, 1));

test("a loader asks for a few at a time, in order, and aborts what left the view", async () => {
  const asked = [], kept = [], aborted = [];
  const loader = new Loader({
    most: 2, fail: assert.fail, keep: async (key) => kept.push(key),
    draw: (request, signal) => new Promise((resolve, reject) => {
      asked.push(request);
      signal.addEventListener("abort", () => { aborted.push(request); reject(signal.reason); });
      if (request !== "slow") setTimeout(resolve, 0);
    }),
  });
  const pieces = (...names) => names.map((name) => ({key: name, request: name}));
  loader.want(pieces("slow", "b", "c"));
  assert.deepEqual(asked, ["slow", "b"]);
  await later();
  loader.want(pieces("c", "d"));
  await later();
  assert.deepEqual([aborted, kept], [["slow"], ["b", "c", "d"]]);
});

test("what failed is told once and not asked for again until the tab wakes", async () => {
  const told = [];
  let asked = 0;
  const loader = new Loader({most: 2, keep: assert.fail, fail: (error) => told.push(error.message),
    draw: async () => { asked++; throw new Error("no memory"); }});
  const wanted = [{key: "a", request: 1}];
  for (let frame = 0; frame < 3; frame++) { loader.want(wanted); await later(); }
  assert.deepEqual([told, asked], [["no memory"], 1]);
  loader.wake();
  loader.want(wanted);
  await later();
  assert.equal(asked, 2);
});

test("frames of a loop come spread over the turn, and time goes round", () => {
  const loop = new Loop(new Cache(1e9, () => {}), 1e4), piece = {key: "p", request: {seed: 1n}};
  const first = loop.missing([piece, piece]);
  assert.deepEqual(first.slice(0, 4).map(({request}) => request.time), [0, 0.5, 0.25, 0.75]);
  assert.equal(loop.now(piece, 0), null);
  for (const {key, request} of first.slice(0, 4)) loop.cache.set(key, {time: request.time, bytes: 1});
  const {first: before, second: after, share} = loop.now(piece, 6000 * 0.8125);
  assert.deepEqual([before.time, after.time], [0.75, 0]);
  assert.ok(Math.abs(share - 0.25) < 1e-9);
});
