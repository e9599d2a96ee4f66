// The endless plane of a texture on a canvas: tiles that are drawn as they come into view.

const SIDE = 128; // pixels of a tile
const MOST = 600; // tiles that are kept
const AT_ONCE = 4; // that are asked for

/** The canvas that is moved over. moved(row, column): called when the view has moved. painter: see painters.js. */
export function plane(canvas, moved, painter) {
  const tiles = new Map(); // "row,column" -> what the painter made of it
  const asked = new Map(); // "row,column" -> AbortController
  const lost = new Set(); // "row,column" of what could not be drawn, until something changes
  let texture = null;
  let seed = "0";
  let tile = null; // [height, width] that repeats
  let [row, column] = [0, 0];
  let due = false;
  let age = 0; // of the texture and seed: what was asked before is not shown
  let failed = null;

  const ratio = () => Math.min(devicePixelRatio || 1, 2);
  const size = () => [Math.ceil(canvas.clientHeight * ratio()), Math.ceil(canvas.clientWidth * ratio())];

  function visible() {
    const [high, wide] = size();
    if (tile) return [[0, 0]];
    const found = [];
    for (let top = Math.floor(row / SIDE); top * SIDE < row + high; top++) {
      for (let left = Math.floor(column / SIDE); left * SIDE < column + wide; left++) found.push([top, left]);
    }
    const middle = [(row + high / 2) / SIDE - 0.5, (column + wide / 2) / SIDE - 0.5];
    const far = ([top, left]) => Math.hypot(top - middle[0], left - middle[1]);
    return found.sort((a, b) => far(a) - far(b));
  }

  async function ask(key, top, left) {
    const stop = new AbortController();
    const mine = age;
    const by = painter;
    asked.set(key, stop);
    const [height, width] = tile || [SIDE, SIDE];
    try {
      const made = await by.make(texture, { seed, row: top * height, column: left * width, width, height, tile: tile ? "xy" : "none", signal: stop.signal });
      if (mine === age) tiles.set(key, made);
      else by.free(made);
      while (tiles.size > MOST) {
        const oldest = tiles.keys().next().value;
        by.free(tiles.get(oldest));
        tiles.delete(oldest);
      }
    } catch (error) {
      if (error.name !== "AbortError" && mine === age) {
        lost.add(key);
        failed?.(error);
      }
    }
    if (asked.get(key) === stop) asked.delete(key);
    if (mine === age) draw();
  }

  function fill(wanted) {
    const keys = new Set(wanted.map(String));
    for (const [key, stop] of asked) if (!keys.has(key)) {
      stop.abort();
      asked.delete(key);
    }
    for (const [top, left] of wanted) {
      const key = `${top},${left}`;
      if (asked.size >= AT_ONCE) return;
      if (!tiles.has(key) && !asked.has(key) && !lost.has(key)) ask(key, top, left);
    }
  }

  function paint() {
    due = false;
    const [high, wide] = size();
    if (!high || !wide) return;
    const on = painter.canvas;
    if (on.width !== wide || on.height !== high) Object.assign(on, { width: wide, height: high });
    painter.begin();
    if (!texture) return;
    const wanted = visible();
    if (tile && tiles.has("0,0")) painter.repeat(tiles.get("0,0"), -column, -row);
    else if (!tile) {
      for (const [top, left] of wanted) {
        const key = `${top},${left}`;
        const found = tiles.get(key);
        if (!found) continue;
        tiles.delete(key); // the newest is last
        tiles.set(key, found);
        painter.tile(found, left * SIDE - column, top * SIDE - row);
      }
    }
    painter.end();
    canvas.dataset.missing = wanted.filter(([top, left]) => !tiles.has(`${top},${left}`)).length;
    fill(wanted);
  }

  function draw() {
    if (due) return;
    due = true;
    requestAnimationFrame(paint);
  }

  function go(down, right) {
    [row, column] = [Math.round(row + down), Math.round(column + right)];
    moved(row, column);
    draw();
  }

  function restart() {
    age++;
    canvas.dataset.missing = "all";
    for (const stop of asked.values()) stop.abort();
    asked.clear();
    lost.clear();
    for (const found of tiles.values()) painter.free(found);
    tiles.clear();
    draw();
  }

  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = [event.clientY, event.clientX];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = [event.clientY, event.clientX];
    go((last[0] - next[0]) * ratio(), (last[1] - next[1]) * ratio());
    last = next;
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowUp: [-64, 0], ArrowDown: [64, 0], ArrowLeft: [0, -64], ArrowRight: [0, 64] }[event.key];
    if (!by) return;
    event.preventDefault();
    go(...by.map((pixels) => pixels * (event.shiftKey ? 4 : 1)));
  });
  new ResizeObserver(draw).observe(canvas);
  return {
    show(next) {
      texture = next;
      restart();
    },
    draw,
    again: restart,
    /** By another painter from now on. */
    paintBy(next) {
      if (next === painter) return;
      restart();
      painter = next;
    },
    set(change) {
      if (change.seed !== undefined) seed = change.seed;
      if (change.tile !== undefined) tile = change.tile;
      restart();
    },
    go,
    home() {
      [row, column] = [0, 0];
      go(0, 0);
    },
    place: () => [row, column],
    onfail(act) {
      failed = act;
    },
  };
}
