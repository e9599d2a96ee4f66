// The module by itself: what it refuses, how it orders and ends its work.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {after, test} from 'node:test';
import {Worker} from 'node:worker_threads';
import {load} from '../index.js';

const file = (name) => readFileSync(new URL(`../../checkpoints/${name}.safetensors`, import.meta.url));
const leaves = await load(file('leaves'), {workers: 2});
const here = await load(file('leaves'), {workers: 0});
const bricks = await load(file('bricks'), {workers: 1});
after(() => [leaves, here, bricks].forEach((texture) => texture.dispose()));

const small = {width: 24, height: 20};

test('says what it is', () => {
  assert.equal(leaves.name, 'leaves');
  assert.equal(leaves.card.format, 2);
  assert.deepEqual(leaves.layers, []);
  assert.deepEqual(leaves.scales, [1]);
  assert.deepEqual(leaves.period, {height: 16, width: 16, border: 144});
  assert.equal(leaves.workers, 2);
  assert.equal(here.workers, 0);
  assert.deepEqual(bricks.layers.map(({name}) => name), ['colour', 'normal', 'height', 'roughness', 'occlusion']);
});

test('draws the same with workers and without', async () => {
  const wanted = {seed: 2n ** 64n - 1n, row: -3n, column: '40', width: 150, height: 140};
  const [one, other] = await Promise.all([leaves.render(wanted), here.render(wanted)]);
  assert.equal(one.data.length, 4 * 150 * 140);
  assert.deepEqual(one.data, other.data);
});

test('windows of a window are equal', async () => {
  const whole = await here.render({seed: 5, row: -7, column: 2n ** 40n - 140n, width: 140, height: 40});
  const part = await here.render({seed: '5', row: -4, column: 2n ** 40n - 21n, width: 21, height: 9});
  for (let y = 0; y < 9; y++) {
    const at = 4 * ((y + 3) * 140 + 119);
    assert.deepEqual(part.data.subarray(84 * y, 84 * (y + 1)), whole.data.subarray(at, at + 84));
  }
});

test('maps have the colours of the picture', async () => {
  const wanted = {...small, width: 140, seed: 3};
  const [picture, maps] = [await bricks.render(wanted), await bricks.maps(wanted)];
  const pixels = 140 * 20;
  for (let i = 0; i < pixels; i += 7) {
    assert.ok(Math.abs(picture.data[4 * i] - 255 * maps.colour.data[i]) <= 0.501);
    const length = Math.hypot(...[0, 1, 2].map((c) => maps.normal.data[c * pixels + i]));
    assert.ok(Math.abs(length - 1) < 1e-5 && maps.normal.data[2 * pixels + i] > 0);
  }
  assert.equal(maps.normal.channels, 3);
  assert.equal(maps.height.data.length, pixels);
});

const refusals = [
  [{height: 4}, TypeError, /width is missing/],
  [{...small, width: 0}, RangeError, /width is 0: it must lie between 1/],
  [{...small, width: 2.5}, TypeError, /width is 2.5/],
  [{width: 2 ** 20, height: 2 ** 20}, RangeError, /1048576x1048576.*at most 268435456/],
  [{...small, seed: -1}, RangeError, /seed is -1: it must lie between 0 and 2\^64-1/],
  [{...small, seed: 2n ** 64n}, RangeError, /seed is 18446744073709551616/],
  [{...small, seed: 2 ** 60}, RangeError, /beyond 2\^53/],
  [{...small, seed: 'dice'}, TypeError, /seed is 'dice'/],
  [{...small, row: 2n ** 40n}, RangeError, /row is 1099511627776: the plane reaches/],
  [{...small, column: NaN}, TypeError, /column is NaN/],
  [{...small, tile: 'z'}, TypeError, /tile is 'z'/],
  [{...small, tile: 'xy'}, RangeError, /height 20 is not a multiple of 16; nearest: 16 and 32/],
  [{...small, tile: {width: 8}}, RangeError, /width 8 is not a multiple of 16; nearest: 16/],
  [{...small, border: 1}, TypeError, /tiles that match need/],
  [{...small, tile: 128, border: 1}, RangeError, /side is 128: .* at least 144/],
  [{...small, time: 'noon'}, TypeError, /time is 'noon'/],
  [{...small, time: 0.5, other: 0}, RangeError, /seed and other are 0/],
  [{...small, time: 0.5, rates: [1]}, TypeError, /5 scales/],
  [{...small, scale: 2}, RangeError, /scale is 2: it must be one of 1\. This net makes colours at its finest/],
  [{...small, colour: 1}, TypeError, /there is no 'colour'; known: seed, row/],
  [{...small, priority: 'high'}, TypeError, /priority is high/],
  [undefined, TypeError, /say \{width, height/],
];

test('refuses what cannot be drawn, with both numbers', async () => {
  for (const [options, kind, message] of refusals) {
    await assert.rejects(here.render(options), (error) => error instanceof kind && message.test(error.message), String(message));
  }
  await assert.rejects(here.maps(small), /draws colour alone/);
});

test('refuses what is no texture', async () => {
  const data = file('leaves');
  for (const workers of [0, 2]) {
    await assert.rejects(load(data.subarray(0, 4000), {workers}), /truncated/);
    await assert.rejects(load(data.subarray(0, data.length - 4), {workers}), /damaged or truncated/);
    await assert.rejects(load(new TextEncoder().encode('<html>not found</html>'), {workers}), /no \.safetensors file/);
  }
  await assert.rejects(load(7), TypeError);
  await assert.rejects(load(data, {workers: 65}), /workers is 65: it must lie between 0 and 64/);
});

test('says so where there is no SIMD, or no WebAssembly', async () => {
  const {validate} = WebAssembly;
  try {
    WebAssembly.validate = () => false;
    await assert.rejects(load(file('leaves')), /WebAssembly without SIMD/);
  } finally {
    WebAssembly.validate = validate;
  }
});

test('an aborted request is rejected with its reason, and others go on', async () => {
  for (const texture of [leaves, here]) {
    const stop = new AbortController();
    const long = texture.render({width: 1024, height: 1024, signal: stop.signal});
    const kept = texture.render({...small, priority: 1});
    setTimeout(() => stop.abort(), 5);
    await assert.rejects(long, {name: 'AbortError'});
    assert.equal((await kept).width, 24);
    await assert.rejects(texture.render({...small, signal: stop.signal}), {name: 'AbortError'});
  }
});

test('what is urgent is drawn first, equals in their order', async () => {
  const order = [];
  const draw = (name, priority) => here.render({...small, priority}).then(() => order.push(name));
  await Promise.all([draw('low', -1), draw('first', 0), draw('second', 0), draw('high', 2)]);
  assert.deepEqual(order, ['high', 'first', 'second', 'low']);
});

test('progress grows to 1', async () => {
  const shares = [];
  await leaves.render({width: 300, height: 130, onprogress: (share) => shares.push(share)});
  assert.deepEqual(shares, [1, 2, 3, 4, 5, 6].map((done) => done / 6));
});

test('after dispose nothing is drawn', async () => {
  const texture = await load(file('leaves'), {workers: 1});
  const waiting = texture.render({width: 512, height: 512});
  texture.dispose();
  texture.dispose();
  await assert.rejects(waiting, /disposed/);
  await assert.rejects(texture.render(small), /disposed/);
});

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('what a worker says after dispose is not listened to', async () => {
  const faults = [];
  const note = (error) => faults.push(error.message);
  process.on('uncaughtException', note);
  const texture = await load(file('leaves'), {workers: 1});
  const waiting = texture.render({width: 128, height: 128});
  for (const until = Date.now() + 300; Date.now() < until;); // the answer comes meanwhile
  texture.dispose();
  await assert.rejects(waiting, /disposed/);
  await later(100);
  process.off('uncaughtException', note);
  assert.deepEqual(faults, []);
});

/** A texture of one worker, and what breaks that worker. */
async function fragile() {
  const {postMessage} = Worker.prototype;
  let worker;
  Worker.prototype.postMessage = function (...message) {
    worker = this;
    return postMessage.apply(this, message);
  };
  try {
    return {texture: await load(file('leaves'), {workers: 1}), broken: () => worker.emit('error', new Error('it broke'))};
  } finally {
    Worker.prototype.postMessage = postMessage;
  }
}

test('where the last worker breaks, this thread draws', async () => {
  const {texture, broken} = await fragile();
  const waiting = texture.render({...small, seed: 4});
  broken();
  assert.deepEqual((await waiting).data, (await here.render({...small, seed: 4})).data);
  assert.equal(texture.workers, 0);
  assert.equal((await texture.render(small)).width, 24);
  texture.dispose();
});

test('where nothing is left to draw, requests are refused with the reason', async () => {
  const {texture, broken} = await fragile();
  const {instantiate} = WebAssembly;
  try {
    WebAssembly.instantiate = () => Promise.reject(new Error('no memory'));
    const waiting = texture.render(small);
    broken();
    await assert.rejects(waiting, /it broke/);
    const refused = assert.rejects(texture.render(small), /it broke/);
    await Promise.race([refused, later(2000).then(() => assert.fail('it waits for ever'))]);
  } finally {
    WebAssembly.instantiate = instantiate;
    texture.dispose();
  }
});

test('a file that cannot be fetched is named in a sentence', async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(200, {'content-length': 99});
    answer.write('x');
    setTimeout(() => answer.destroy(), 20);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/leaves.safetensors`;
  await assert.rejects(load(url), new RegExp(`${url} cannot be read.*no texture was read\\.$`));
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(load(url), new RegExp(`${url} cannot be read.*no texture was read\\.$`));
  for (const name of ['leaves.safetensors', new URL('file:///leaves.safetensors')]) {
    await assert.rejects(load(name), /leaves\.safetensors is no address that Node fetches: give the bytes of the file\.$/);
  }
});

test('a relaxed build draws the same to a 255th', async () => {
  const texture = await load(file('leaves'), {workers: 0, relaxed: true});
  const [one, other] = [await texture.render({...small, seed: 9}), await here.render({...small, seed: 9})];
  const most = Math.max(...one.data.map((value, i) => Math.abs(value - other.data[i])));
  assert.ok(most <= 1);
});
