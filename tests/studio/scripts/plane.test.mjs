// The plane of the page, with a canvas and an engine that do as they are told.
import assert from "node:assert/strict";
import {test} from "node:test";
import {colours} from "../page/painters.js";
import {plane} from "../page/plane.js";

const frames = [];
Object.assign(globalThis, {
  devicePixelRatio: 1,
  ResizeObserver: class { observe() {} },
  requestAnimationFrame: (act) => frames.push(act),
});

/** Everything that is due, frames included, so often. */
async function settle(times) {
  for (let i = 0; i < times; i++) {
    for (const act of frames.splice(0)) act();
    await new Promise((done) => setImmediate(done));
  }
}

function canvas() {
  const drawn = [];
  const pen = {clearRect() {}, drawImage: (image) => drawn.push(image)};
  return {drawn, dataset: {}, clientWidth: 128, clientHeight: 128, getContext: () => pen, addEventListener() {}};
}

/** A promise that is kept when told. */
function promise() {
  const made = {};
  made.promise = new Promise((done) => { made.keep = done; });
  return made;
}

test("a piece of the seed before is not shown under the new one", async () => {
  const waiting = [];
  globalThis.createImageBitmap = async (image) => {
    if (image.seed === "1") await (waiting[waiting.push(promise()) - 1]).promise;
    return {seed: image.seed, closed: false, close() { this.closed = true; }};
  };
  const made = canvas();
  const view = plane(made, () => {}, colours(made));
  view.set({seed: "1"});
  view.show({render: async ({seed}) => ({seed})});
  await settle(3);
  assert.equal(waiting.length, 1, "its bitmap is on the way");
  view.set({seed: "2"});
  await settle(3);
  waiting[0].keep();
  await settle(3);
  made.drawn.length = 0;
  view.go(0, 0);
  await settle(1);
  assert.deepEqual(made.drawn.map(({seed, closed}) => [seed, closed]), [["2", false]]);
});

test("a piece that failed is asked again only when something has changed", async () => {
  globalThis.createImageBitmap = async (image) => ({image, close() {}});
  let asked = 0;
  const said = [];
  const one = canvas();
  const view = plane(one, () => {}, colours(one));
  view.onfail((error) => said.push(error.message));
  view.show({render: async () => { asked++; throw new Error("no memory"); }});
  await settle(20);
  assert.deepEqual([asked, said], [1, ["no memory"]]);
  view.set({seed: "3"});
  await settle(20);
  assert.equal(asked, 2);
});

test("what a painter has made is freed by it when another takes its place", async () => {
  const painter = (name, log, wait) => ({
    canvas: canvas(),
    make: async () => { await wait?.promise; return name; },
    free: (made) => log.push(made),
    begin() {}, tile() {}, repeat() {}, end() {},
  });
  const [first, second, late] = [[], [], promise()];
  const view = plane(canvas(), () => {}, painter("first", first, late));
  view.show({});
  await settle(3);
  view.paintBy(painter("second", second));
  late.keep();
  await settle(4);
  assert.deepEqual([first, second], [["first"], []]);
  view.again();
  await settle(3);
  assert.deepEqual([first, second], [["first"], ["second"]]);
});
