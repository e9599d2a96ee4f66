// The card in a released file: what it says of the net, its exemplar and its licence.

/** @returns {object} the card; {} where it cannot be read, which the engine then says */
export function cardOf(file) {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    return parsed(header.__metadata__.texturenet);
  } catch {
    return {};
  }
}

// Python writes numbers that JSON does not have; they become null.
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/([:,[]\s*)-?(?:NaN|Infinity)\b/g, '$1null'));
  }
}
