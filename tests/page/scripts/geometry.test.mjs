// Facts about links, cameras, caches, pieces and sides: modules that touch no page.
import assert from "node:assert/strict";
import {test} from "node:test";
import {Cache} from "../web/cache.js";
import {Camera} from "../web/camera.js";
import {readLink, seedOf, start, writeLink} from "../web/link.js";
import {Endless, SIDE, Tiled} from "../web/pieces.js";
import {offered, possible, refusal} from "../web/sides.js";

test("a link says what a state is, and gives it back", () => {
  const state = {
    ...start(), net: "brick wall", seed: 2n ** 64n - 1n, row: -7, column: 2 ** 40, zoom: 0.5,
    tile: true, period: [256, 512], matching: true, view: "normal",
  };
  assert.deepEqual(readLink(`#${writeLink(state)}`), {state, faults: []});
  assert.deepEqual(readLink("").state, start());
});

test("what a link says wrongly is a sentence each, and the rest counts", () => {
  const {state, faults} = readLink("#seed=18446744073709551616&row=x&zoom=1e9&view=inside&column=5");
  assert.equal(faults.length, 4);
  assert.match(faults[0], /18446744073709551616.*from 0 to 18446744073709551615/);
  assert.deepEqual([state.seed, state.column], [0n, 5]);
});

test("words that every object knows are no part of a link", () => {
  for (const word of ["__proto__", "constructor", "toString"]) {
    assert.deepEqual(readLink(`#${word}=1`), {state: start(), faults: []});
  }
});

test("seeds are whole numbers below 2^64", () => {
  assert.equal(seedOf(" 9007199254740993 "), 9007199254740993n); // 2^53 + 1
  for (const text of ["", "-1", "1.5", "1e3", "18446744073709551616", "9".repeat(500)]) {
    assert.throws(() => seedOf(text), RangeError, text);
  }
});

test("zooming keeps the place under a point, and is held at its ends", () => {
  const camera = Object.assign(new Camera(0.25, 16), {height: 600, width: 800, row: 40, column: -9});
  const under = () => [camera.row + (100 - 300) / camera.scale, camera.column + (700 - 400) / camera.scale];
  const before = under();
  camera.zoom(2.3, [100, 700]);
  under().forEach((value, axis) => assert.ok(Math.abs(value - before[axis]) < 1e-9));
  camera.zoom(1000);
  assert.equal(camera.scale, 16);
  camera.zoom(1.01);
  assert.equal(camera.scale, 1, "near a whole scale it is that");
});

test("at whole scales the corner lies on a whole pixel of the screen", () => {
  const camera = Object.assign(new Camera(0.25, 16), {height: 601, width: 800, row: 0.37, column: 5.81});
  for (const place of camera.corner()) assert.equal(place, Math.round(place));
});

test("the window is covered by pieces, nearest first, each once", () => {
  const seen = {top: -100, left: 300, bottom: 500, right: 1100}, pieces = new Endless(5n).pieces(seen, 0);
  assert.equal(new Set(pieces.map(({key}) => key)).size, pieces.length);
  for (const [y, x] of [[-100, 300], [499, 1099], [0, 700]]) {
    const over = pieces.filter(({top, left, height, width}) => top <= y && y < top + height && left <= x && x < left + width);
    assert.equal(over.length, 1);
    assert.equal(over[0].request.row, over[0].top);
  }
  const far = ({top, left}) => Math.hypot(top + SIDE / 2 - 200, left + SIDE / 2 - 700);
  assert.ok(far(pieces[0]) <= far(pieces.at(-1)));
});

test("a coarser piece covers its finer ones", () => {
  const plane = new Endless(1n), piece = plane.piece(0, -3, 6), above = plane.coarser(piece, 2);
  assert.ok(above.top <= piece.top && piece.top + SIDE <= above.top + above.height);
  assert.equal(plane.finer(plane.coarser(piece)).filter(({key}) => key === piece.key).length, 1);
});

test("a tile comes again with the same pieces; tiles that match differ but share a border", () => {
  const seen = {top: 0, left: 0, bottom: 300, right: 900};
  const one = new Tiled(3n, [150, 300]).pieces(seen), keys = new Set(one.map(({key}) => key));
  assert.equal(keys.size, 2 * 3); // pieces of 128 pixels in 150 x 300
  assert.ok(one.length > keys.size);
  const several = new Tiled(2n ** 64n - 1n, [150, 300], 4).pieces(seen);
  assert.ok(new Set(several.map(({request}) => request.seed)).size > 1);
  assert.ok(several.every(({request}) => request.border === 2n ** 64n - 1n && request.seed < 2n ** 64n));
});

test("a cache keeps its bytes, and forgets what was used longest ago", () => {
  const freed = [], cache = new Cache(30, (value) => freed.push(value.name));
  for (const name of ["a", "b", "c"]) cache.set(name, {name, bytes: 10});
  cache.get("a");
  cache.set("d", {name: "d", bytes: 10});
  assert.deepEqual([freed, cache.bytes, cache.has("a")], [["b"], 30, true]);
  cache.clear();
  assert.deepEqual([freed.length, cache.bytes], [4, 0]);
});

test("sides of tiles are multiples of what the texture comes back after", () => {
  const period = {height: 48, width: 64};
  for (const [rows, columns] of offered(period, 200)) {
    assert.ok(rows % 48 === 0 && columns % 64 === 0 && rows >= 200 && columns >= 200);
  }
  assert.deepEqual(possible([256, 256], period), [240, 256]);
  assert.equal(refusal([96, 128], period), "");
  assert.match(refusal([100, 128], period), /height must be a multiple of 48; nearest to 100: 96 and 144/);
});
