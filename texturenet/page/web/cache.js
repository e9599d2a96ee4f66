// What was drawn last, up to a number of bytes: the least recently used goes first.

export class Cache {
  /** most: bytes; free: called with each value that goes. Values have a field `bytes`. */
  constructor(most, free) {
    Object.assign(this, {most, free, bytes: 0, entries: new Map()});
  }

  has(key) {
    return this.entries.has(key);
  }

  /** The value, which counts as used now; undefined where there is none. */
  get(key) {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  set(key, value) {
    this.remove(key);
    this.entries.set(key, value);
    this.bytes += value.bytes;
    for (const old of this.entries.keys()) {
      if (this.bytes <= this.most || old === key) break;
      this.remove(old);
    }
  }

  remove(key) {
    const value = this.entries.get(key);
    if (value === undefined) return;
    this.entries.delete(key);
    this.bytes -= value.bytes;
    this.free(value);
  }

  clear() {
    for (const key of [...this.entries.keys()]) this.remove(key);
  }
}
