// Blends as Python draws them, which tests/engine/test_javascript_blend.py leaves in a folder; and
// what the module refuses.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {blend, CELL, Painted} from '../blend.js';
import {load} from '../index.js';

const folder = process.env.TEXTURENET_FIXTURES;
const cases = folder ? JSON.parse(readFileSync(join(folder, 'blends.json'), 'utf8')) : [];
const opened = [];
after(() => opened.forEach((texture) => texture.dispose()));

async function open(file) {
  opened.push(await load(readFileSync(file), {workers: 0}));
  return opened.at(-1);
}

function masksOf({cells, spread, nets, shares}) {
  if (shares) return shares;
  const masks = new Painted(nets, spread);
  for (const [down, right, bytes] of cells) masks.setCell(down, right, bytes);
  return masks;
}

for (const [number, {title, files, measures, mask, options}] of cases.entries()) {
  test(title, async () => {
    const both = blend(await Promise.all(files.map(open)), measures);
    const made = await both.render({...options, masks: masksOf(mask)});
    const expected = readFileSync(join(folder, `blend_${number}.rgb`));
    let worst = 0, differing = 0;
    for (let i = 0, j = 0; i < made.data.length; i++) {
      if (i % 4 === 3) continue;
      const apart = Math.abs(made.data[i] - expected[j++]);
      worst = Math.max(worst, apart);
      differing += apart > 0;
    }
    console.log(`${title}: at most ${worst}, ${differing} of ${expected.length} differ`);
    assert.ok(worst <= 2, `differs by ${worst}`);
    assert.ok(differing <= expected.length / 100, `${differing} of ${expected.length} differ`);
  });
}

test('a mask that was never painted is of the first net', () => {
  const masks = new Painted(3);
  assert.deepEqual(masks.seen(-1000, 5, 64, 64), [0]);
  assert.equal(masks.bounds(), null);
  assert.deepEqual(masks.cell(-7, 2 ** 40), [255, 0, 0]);
});

test('a mask keeps what is set, far away too, and gives it back', () => {
  const masks = new Painted(2), far = 2 ** 38;
  masks.setCell(-far - 1, far, [0, 255]);
  assert.deepEqual(masks.cell(-far - 1, far), [0, 255]);
  assert.deepEqual(masks.bounds(), {top: -far - 1, left: far, bottom: -far, right: far + 1});
  const [name] = masks.parts, bytes = masks.taken(name);
  masks.put(name, null);
  assert.equal(masks.bounds(), null);
  masks.put(name, bytes);
  assert.deepEqual(masks.cell(-far - 1, far), [0, 255]);
  masks.setCell(-far - 1, far, [255, 0]);
  masks.put(name, masks.taken(name)); // nothing is left in it
  assert.deepEqual(masks.parts, []);
});

test('shares add up to 1, whatever the spread, and windows of a window are equal', () => {
  for (const spread of [0, 1, 7, 32]) {
    const masks = new Painted(3, spread);
    for (let i = 0; i < 12; i++) masks.setCell(-3 + (i % 5), (7 * i) % 11, [100, 55 + i, 100 - i]);
    const whole = masks.shares(-20, -10, 50, 60), part = masks.shares(-13, 1, 20, 30);
    for (let y = 0; y < 20; y++) for (let x = 0; x < 30; x++) {
      const sum = part.reduce((total, plane) => total + plane[30 * y + x], 0);
      assert.ok(Math.abs(sum - 1) < 1e-4);
      part.forEach((plane, i) => assert.ok(Math.abs(plane[30 * y + x] - whole[i][60 * (y + 7) + x + 11]) < 1e-9));
    }
  }
  assert.equal(CELL, 4);
});

test('a window names every net that it shows', () => {
  const masks = new Painted(3, 32);
  masks.setCell(0, 0, [0, 0, 255]);
  for (const [row, column] of [[-24, -24], [-15, 0], [19, 19], [30, 0], [0, 0]]) {
    const shares = masks.shares(row, column, 8, 8), seen = masks.seen(row, column, 8, 8);
    shares.forEach((plane, i) => { if (plane.some(Boolean)) assert.ok(seen.includes(i), `${row},${column}: ${i}`); });
  }
});

const file = (name) => new URL(`../../checkpoints/${name}.safetensors`, import.meta.url);

test('what cannot be blended is refused', async () => {
  const leaves = await open(file('leaves'));
  const {features} = leaves;
  const net = {name: 'leaves', readout: Array(features).fill(0.1), table: [0, 1], low: 0, high: 1, slope: 1, mean: [0, 0, 0]};
  const measures = {softness: 4, spread: 32, strength: 1, nets: [net, net]};
  assert.throws(() => blend([leaves], {...measures, nets: [net]}), /a blend has two or more/);
  assert.throws(() => blend([leaves, leaves], {...measures, nets: [net, {...net, name: 'moss'}]}), /was measured as 'moss'/);
  assert.throws(() => blend([leaves, leaves], {...measures, softness: NaN}), /softness of the measures is NaN/);
  assert.throws(() => blend([leaves, leaves], {...measures, nets: [net, {...net, readout: [1]}]}), /a readout of 1 numbers/);
  assert.throws(() => new Painted(1), /nets is 1/);
  assert.throws(() => new Painted(2).setCell(0, 0, [100, 154]), /whose sum is 255/);
  assert.throws(() => new Painted(2, 1.5), /spread is 1.5/);
  const both = blend([leaves, leaves], measures), size = {width: 8, height: 8};
  await assert.rejects(both.render(size), /masks is missing/);
  await assert.rejects(both.render({...size, masks: [1]}), /2 shares are needed/);
  await assert.rejects(both.render({...size, masks: [0, 0]}), /not all 0/);
  await assert.rejects(both.render({...size, masks: new Painted(3)}), /of 3 nets/);
  await assert.rejects(both.render({...size, masks: [1, 1], tile: 'xy'}), /takes no tile/);
  await assert.rejects(both.render({...size, width: 0.5, masks: [1, 1]}), /whole numbers/);
  await assert.rejects(leaves.heights({...size, readout: [1, 2]}), /readout has 2 numbers/);
});
