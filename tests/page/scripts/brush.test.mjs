// Strokes on a mask: their sums, what they leave alone, and the way back.
import assert from "node:assert/strict";
import {test} from "node:test";
import {ground, Strokes} from "../web/brush.js";
import {Edits} from "../web/edits.js";
import {Painted} from "texturenet/blend";

function made(nets = 3) {
  const masks = new Painted(nets), areas = [], strokes = new Strokes(masks, (area) => areas.push(area));
  return {masks, areas, strokes};
}

function stroke(strokes, settings, ...places) {
  strokes.begin({net: 1, radius: 30, softness: 0.6, ...settings});
  for (const place of places) strokes.to(place);
  strokes.end();
}

const whole = (masks) => {
  for (let y = -40; y < 40; y++) for (let x = -40; x < 40; x++) {
    assert.equal(masks.cell(y, x).reduce((sum, byte) => sum + byte, 0), 255);
  }
};

test("bytes of a cell add up to 255, however many strokes lie over each other", () => {
  const {masks, strokes} = made();
  stroke(strokes, {net: 1}, [0, 0], [40, 60]);
  stroke(strokes, {net: 2}, [20, -20], [30, 70]);
  stroke(strokes, {net: 0, radius: 17}, [10, 0]);
  whole(masks);
  assert.deepEqual(masks.cell(2, 0), [255, 0, 0]);
  assert.equal(masks.cell(7, 15)[2], 255);
});

test("a stroke covers a place once, however often it passes", () => {
  const one = made(2), other = made(2);
  stroke(one.strokes, {}, [0, 0], [0, 90]);
  stroke(other.strokes, {}, [0, 0], [0, 90], [0, 0], [0, 90]);
  for (let x = -10; x < 30; x++) assert.deepEqual(one.masks.cell(5, x), other.masks.cell(5, x));
});

test("undo and redo give the bytes back", () => {
  const {masks, strokes} = made();
  const seen = () => new Map(masks.parts.map((name) => [name, masks.taken(name)]));
  stroke(strokes, {}, [0, 0], [300, 300]);
  const first = seen();
  stroke(strokes, {net: 2}, [100, 0]);
  const second = seen();
  assert.ok(strokes.undo());
  assert.deepEqual(seen(), first);
  assert.ok(strokes.undo());
  assert.equal(masks.bounds(), null);
  assert.equal(strokes.undo(), false);
  strokes.redo();
  strokes.redo();
  assert.deepEqual(seen(), second);
  strokes.replace(new Map());
  assert.equal(masks.bounds(), null);
  strokes.undo();
  assert.deepEqual(seen(), second);
});

test("a stroke that is cancelled was none", () => {
  const {masks, strokes} = made();
  strokes.begin({net: 1, radius: 40, softness: 0});
  strokes.to([5, 5]);
  assert.ok(masks.bounds());
  strokes.cancel();
  assert.equal(masks.bounds(), null);
  assert.equal(strokes.done.length, 0);
});

test("the areas that a stroke tells hold all that it changes", () => {
  const {masks, areas, strokes} = made(2);
  stroke(strokes, {}, [-50, 10], [60, 200]);
  const cells = masks.bounds(), more = masks.spread / 2;
  assert.ok(Math.min(...areas.map(({top}) => top)) <= 4 * cells.top - more);
  assert.ok(Math.max(...areas.map(({right}) => right)) >= 4 * cells.right + more);
});

test("a whole part is the ground until something is painted", () => {
  assert.deepEqual([...ground(2).subarray(0, 4)], [255, 0, 255, 0]);
});

test("what was asked for before an edit missed it, where they meet", () => {
  const edits = new Edits(), area = {top: 0, left: 0, bottom: 10, right: 10};
  const {mark} = edits;
  edits.add(area, true);
  assert.ok(edits.missed({mark, area}));
  assert.ok(!edits.missed({mark, area: {...area, left: 10, right: 20}}));
  assert.ok(!edits.missed({mark: edits.mark, area}));
});
