// Windows as Python draws them, which tests/engine/test_javascript.py leaves in a folder.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {load} from '../index.js';

const folder = process.env.TEXTURENET_FIXTURES;
const fixtures = folder ? JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) : {nets: {}, cases: []};
const open = new Map();
after(() => open.forEach((texture) => texture.dispose()));

async function textureOf(name) {
  if (!open.has(name)) open.set(name, await load(readFileSync(fixtures.nets[name]), {workers: 0}));
  return open.get(name);
}

function most(made, expected) {
  let found = 0;
  for (let i = 0; i < expected.length; i++) found = Math.max(found, Math.abs(made[i] - expected[i]));
  return found;
}

function comparePicture(picture, expected) {
  let differing = 0, worst = 0;
  for (let i = 0, j = 0; i < picture.data.length; i++) {
    if (i % 4 === 3) {
      assert.equal(picture.data[i], 255);
      continue;
    }
    const apart = Math.abs(picture.data[i] - expected[j++]);
    differing += apart > 0;
    worst = Math.max(worst, apart);
  }
  assert.ok(worst <= 1, `differs by ${worst}`);
  assert.ok(differing <= Math.max(2, expected.length / 1000), `${differing} of ${expected.length} differ`);
}

test('there are fixtures', {skip: !folder && 'TEXTURENET_FIXTURES names no folder'}, () => {
  assert.ok(fixtures.cases.length > 30);
});

for (const [number, {title, net, options, maps}] of fixtures.cases.entries()) {
  test(title, async () => {
    const texture = await textureOf(net);
    if (maps) {
      const made = await texture.maps(options);
      assert.deepEqual(Object.keys(made), maps);
      for (const kind of maps) {
        const data = readFileSync(join(folder, `${number}.${kind}`));
        const expected = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
        assert.equal(made[kind].data.length, expected.length);
        assert.ok(most(made[kind].data, expected) <= (kind === 'normal' ? 4e-5 : 2e-5), kind);
      }
    } else {
      comparePicture(await texture.render(options), readFileSync(join(folder, `${number}.rgb`)));
    }
  });
}
