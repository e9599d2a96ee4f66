// What the forms of several nets compute, and where the lamp stands.
import assert from "node:assert/strict";
import {test} from "node:test";
import {over} from "../page/lit.js";
import {beside, called} from "../page/nets.js";
import {sideStep} from "../page/together.js";

test("sides of tiles are multiples of the periods of regular textures alone", () => {
  assert.equal(sideStep([{waves: null}, {waves: null}]), 1);
  assert.equal(sideStep([{waves: [12, 18]}, {waves: null}]), 36);
  assert.equal(sideStep([{waves: [12, 18]}, {waves: [8, 8]}]), 72);
});

test("a texture of a palette is called after both, and stands beside none of its name", () => {
  const nets = [{name: "grass", palette: "meadow"}, {name: "grass"}, {name: "gravel"}];
  assert.equal(called(nets[0]), "meadow: grass");
  assert.deepEqual(beside(nets, [nets[1]]), [nets[2]]);
});

test("the lamp stands over the pointer, and not below 12 degrees", () => {
  assert.deepEqual(over(0, 0), [135, 89]);
  assert.deepEqual(over(0, 1).map(Math.round), [90, 37]);
  assert.deepEqual(over(-9, 0).map(Math.round), [180, 12]);
});
