// One WebAssembly instance with one texture in it. `makeEngine` reads nothing around it, since workers
// are made of its text.

/**
 * @param {BufferSource} build a WebAssembly build
 * @param {Uint8Array} file a released .safetensors file
 * @returns {Promise<{facts: object, draw: (view: object, form: number) => ArrayBuffer}>}
 */
export async function makeEngine(build, file) {
  const {instance} = await WebAssembly.instantiate(build, {});
  const {memory, room, open, message, facts, side, view, check, draw} = instance.exports;

  const text = (at) => {
    const bytes = new Uint8Array(memory.buffer, at >>> 0);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  };

  const place = room(file.length) >>> 0;
  if (!place) throw new Error(`there is no memory for a file of ${file.length} bytes.`);
  new Uint8Array(memory.buffer).set(file, place);
  if (open(place, file.length)) throw new Error(text(message()));

  // The structures tn_facts and tn_view of texturenet.h, as 32-bit machines lay them out.
  const readFacts = () => {
    const at = facts() >>> 0;
    const data = new DataView(memory.buffer, at);
    const whole = (offset) => data.getInt32(offset, true);
    const long = (offset) => Number(data.getBigInt64(offset, true));
    const kinds = ['colour', 'normal', 'height', 'roughness', 'occlusion', 'metallic'];
    const layers = [];
    for (let i = 0; i < whole(12); i++) {
      const [kind, channels, first, constant] = [0, 4, 8, 12].map((o) => whole(40 + 16 * i + o));
      layers.push({name: kinds[kind], channels, first, constant: constant !== 0});
    }
    return {
      scales: whole(0), octaves: whole(4), channels: whole(8), layers, side: side(),
      step: {height: long(16), width: long(24)}, border: long(32), name: text(at + 136),
      features: whole(344),
    };
  };

  const fill = (wanted) => {
    const data = new DataView(memory.buffer, view() >>> 0);
    data.setBigUint64(0, wanted.seed, true);
    data.setBigInt64(8, wanted.row, true);
    data.setBigInt64(16, wanted.column, true);
    data.setBigInt64(24, BigInt(wanted.height), true);
    data.setBigInt64(32, BigInt(wanted.width), true);
    data.setBigInt64(40, BigInt(wanted.tile.height), true);
    data.setBigInt64(48, BigInt(wanted.tile.width), true);
    data.setBigUint64(56, wanted.border ?? 0n, true);
    data.setBigUint64(64, wanted.other, true);
    for (let k = 0; k < 12; k++) data.setFloat64(72 + 8 * k, wanted.turns?.[k] ?? 0, true);
    data.setInt32(168, wanted.border === null ? 0 : 1, true);
    data.setInt32(172, wanted.turns ? 1 : 0, true);
    data.setInt32(176, wanted.octave, true);
    data.setInt32(180, 0, true);
    data.setUint32(184, wanted.readout ? weights : 0, true);
    if (wanted.readout) new Float32Array(memory.buffer, weights, known.features).set(wanted.readout);
  };

  const known = readFacts();
  const weights = room(4 * known.features) >>> 0; // of a readout
  return {
    facts: known,
    // Whether a whole picture may be drawn; the sentence that says why not, or ''.
    refusal: (wanted, form) => {
      fill(wanted);
      return check(form) ? text(message()) : '';
    },
    // The values of a block; form: 0 bytes RGBA, 1 colours, 2 maps, 3 colours and a height.
    draw: (wanted, form) => {
      fill(wanted);
      const at = draw(form) >>> 0;
      if (!at) throw new Error(text(message()));
      const bytes = wanted.height * wanted.width * 4 * [1, 3, known.channels, 4][form];
      return memory.buffer.slice(at, at + bytes);
    },
  };
}
