// The sheet that asks what is to be saved, tells how long it takes, and shows how far it is.

import {MATCHING} from "./explorer.js";
import {$, say, sentence} from "./page.js";
import {download, png, sizeOf} from "./saving.js";
import {possible, refusal} from "./sides.js";

/** current: () -> {explorer, net, texture} that is shown. -> a function that opens the sheet. */
export function saveDialog(current) {
  const form = $("order");
  let running = null;
  const what = () => form.elements.what.value;
  const open = () => {
    if (!running) {
      form.elements.what.value = current().explorer.state.tile ? "tile" : "picture";
      fill(current(), what());
    }
    $("saving").showModal();
    tell();
  };
  const tell = () => {
    try {
      $("estimate").className = "";
      $("estimate").textContent = estimate(current(), what());
    } catch (error) {
      $("estimate").className = "wrong";
      $("estimate").textContent = sentence(error);
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.name === "what") fill(current(), what());
    tell();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    running = new AbortController();
    busy(true);
    try {
      await save(current(), what(), running.signal);
    } catch (error) {
      if (!running.signal.aborted) {
        $("estimate").className = "wrong";
        $("estimate").textContent = sentence(error);
      } else tell();
    }
    running = null;
    busy(false);
  });
  $("cancel").addEventListener("click", () => running?.abort());
  $("saving-close").addEventListener("click", () => $("saving").close());
  return {open, stop: () => running?.abort()};
}

function busy(on) {
  for (const [id, hidden] of [["share", !on], ["cancel", !on], ["make", on]]) $(id).hidden = hidden;
  $("share").value = 0;
}

function fill({explorer, texture, net}, what) {
  const {state, canvas} = explorer;
  const tile = state.period ?? possible([512, 512], texture.period);
  const [high, wide] = what === "tile" ? tile : [canvas.clientHeight, canvas.clientWidth];
  $("high").value = high;
  $("wide").value = wide;
  $("maps-field").hidden = !net.kinds.length;
  const kinds = net.kinds.length ? [...net.kinds, "all"] : [];
  const chosen = $("maps").value || (kinds.includes(state.view) ? state.view : "colour");
  $("maps").replaceChildren(...kinds.map((kind) => new Option(kind === "all" ? "all of them" : kind, kind, false, kind === chosen)));
}

/** What is asked for -> the orders of its files. Throws RangeError with a sentence. */
function orders({explorer, texture}, what) {
  const {state} = explorer, [height, width] = sizeOf($("high").value, $("wide").value);
  if (what === "picture") {
    const row = Math.round(state.row - height / 2), column = Math.round(state.column - width / 2);
    return [{seed: state.seed, row, column, height, width}];
  }
  const wrong = refusal([height, width], texture.period);
  if (wrong) throw new RangeError(wrong);
  const tile = {row: 0, column: 0, height, width, tile: {height, width}};
  if (!(state.tile && state.matching)) return [{...tile, seed: state.seed}];
  const least = texture.period.border;
  if (Math.min(height, width) < least) {
    throw new RangeError(`Tiles of this net that match are at least ${least} pixels a side.`);
  }
  const seeds = Array.from({length: MATCHING}, (_, n) => BigInt.asUintN(64, state.seed + BigInt(n)));
  return seeds.map((seed) => ({...tile, seed, border: state.seed}));
}

function files(net, list) {
  const chosen = net.kinds.length ? $("maps").value : null;
  const kinds = chosen === "all" ? net.kinds : [chosen];
  return list.flatMap((order) => kinds.map((kind) => ({order, kind})));
}

function estimate(now, what) {
  const all = files(now.net, orders(now, what)), {height, width} = all[0].order;
  const pixels = height * width, several = all.length > 1 ? `${all.length} files of ` : "";
  const speed = now.explorer.pace * (Math.max(1, now.texture.workers) + 1); // pixels a ms
  const seconds = speed ? (pixels * all.length) / speed / 1000 : 0;
  const long = seconds > 90 ? `about ${Math.round(seconds / 60)} min` : `about ${Math.max(1, Math.round(seconds))} s`;
  return `${several}${(pixels / 1e6).toFixed(pixels < 1e6 ? 2 : 1)} megapixels${seconds ? `, ${long}` : ""}.`;
}

async function save(now, what, signal) {
  const list = files(now.net, orders(now, what));
  for (const [index, {order, kind}] of list.entries()) {
    const onshare = (share) => { $("share").value = (index + share) / list.length; };
    const texts = kind === null || kind === "colour" ? record(now.net, order) : {};
    const blob = await png(now.texture, order, {kind, texts, signal, onshare});
    download(blob, nameOf(now.net, order, kind));
  }
  $("saving").close();
  say(list.length > 1 ? `${list.length} files are saved.` : "The picture is saved.");
}

function nameOf(net, {seed, row, column, tile, height, width}, kind) {
  const place = tile ? `_tile_${width}x${height}` : row || column ? `_at_${row}_${column}` : "";
  return `${net.name}_${seed}${place}${kind && kind !== "colour" ? `_${kind}` : ""}.png`;
}

/** What `texturenet reproduce` reads: enough to draw the picture again. */
function record(net, {seed, row, column, height, width, tile = null, border = null}) {
  if (!net.fingerprint) return {};
  const facts = {
    texturenet: net.version, kind: "picture", model: net.name, weights: net.fingerprint,
    precision: "float32", size: [height, width], seed: "#seed", origin: [row, column], tile: tile ? "xy" : "none",
    border: border === null ? null : "#border",
  };
  // JSON.stringify knows no numbers beyond 2^53; and a PNG's text is Latin-1.
  const text = JSON.stringify(facts).replace('"#seed"', String(seed)).replace('"#border"', String(border));
  return {texturenet: text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)};
}
