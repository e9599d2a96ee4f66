// The page: reads what it was given, opens the gallery or one texture, keeps the address up to date.

import {load} from "texturenet";
import {Controls} from "./controls.js";
import {Explorer} from "./explorer.js";
import {extra} from "./extra.js";
import {FlatPainter} from "./flat.js";
import {Gallery} from "./gallery.js";
import {hands} from "./hands.js";
import {readLink, writeLink} from "./link.js";
import {$, arrived, element, rewrite, say, sentence} from "./page.js";
import {unpacked} from "./packing.js";
import {saveDialog} from "./save-dialog.js";
import {download} from "./saving.js";
import {LIGHT} from "./shading.js";
import {drawSeams} from "./seams.js";
import {SolidPainter} from "./solid.js";
import {possible} from "./sides.js";

const FACTS = JSON.parse($("facts").textContent);
const NETS = FACTS.nets.map((net, index) => ({...net, version: FACTS.version, bytes: () => unpacked($(`net-${index}`).textContent)}));
const THREADS = Math.max(1, Math.min(12, navigator.hardwareConcurrency || 2));
const SLEEP = 60_000; // ms out of sight after which a tab counts as one that slept

let now = null; // {explorer, texture, net, ended} that is shown
let opening = 0; // rises whenever another texture, or none, is to be shown
let wishes = 0; // rises with every link and every file that a hand drops
const whole = extra(FACTS, NETS); // what is shown in place of the nets one by one
const gallery = !whole && NETS.length > 1 ? new Gallery(NETS, async (net) => load(await net.bytes(), {workers: 1})) : null;
const saving = saveDialog(() => now);

async function route() {
  wishes++;
  arrived();
  const {state, faults} = readLink(location.hash);
  const net = whole ? whole.net : NETS.find(({name}) => name === state.net) ?? (gallery ? null : NETS[0]);
  if (state.net && !whole && !net) faults.push(`This page has no texture “${state.net.slice(0, 40)}”.`);
  if (!net) {
    close();
    gallery.show(true);
  } else {
    state.net = gallery ? net.name : null;
    await open(net, state);
  }
  if (faults.length) say(faults.join(" "));
}

/** Shows one texture. Whatever is wrong with its file is said. */
async function open(net, state) {
  close();
  const mine = opening;
  gallery?.show(false);
  $("stage").hidden = false;
  document.body.style.setProperty("--mean", net.mean);
  $("name").textContent = net.title ?? net.name;
  $("back").hidden = !gallery;
  try {
    const texture = await (net.load?.(THREADS) ?? load(await net.bytes(), {workers: THREADS}));
    if (mine !== opening) return texture.dispose();
    begin(net, texture, state);
  } catch (error) {
    if (mine !== opening) return;
    $("plane").setAttribute("aria-busy", "false");
    say(sentence(error), true);
  }
}

function begin(net, texture, state) {
  const ended = new AbortController(), {signal} = ended;
  if (net.without?.includes("tile")) state.tile = false;
  if (state.tile) state.period = possible(state.period, texture.period, state.matching ? texture.period.border : 0);
  const {canvas, painter, material} = surface(net);
  const explorer = new Explorer({canvas, painter, texture, state, material, background: net.mean, told: listener(net)});
  explorer.ballPeriod = possible([512, 512], texture.period, 512);
  now = {explorer, texture, net, ended};
  painter.view = state.view;
  hands(canvas, explorer, (point) => lamp(explorer, point), signal);
  now.controls = new Controls(now, {save: saving.open, card: () => showCard(net), back}, signal);
  if (net === whole?.net) whole.begin(now, signal);
  now.controls.changed();
  new ResizeObserver(() => now?.explorer === explorer && explorer.resize()).observe(canvas);
  if (texture.workers === 0) say("This browser gives the page no workers: drawing takes longer and the page may halt meanwhile.");
}

/** A canvas of its own for each texture: a canvas that was flat cannot become solid. */
function surface(net) {
  const old = $("plane"), canvas = old.cloneNode();
  old.replaceWith(canvas);
  if (net.kinds.length) {
    try {
      const painter = new SolidPainter(canvas);
      canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
      canvas.addEventListener("webglcontextrestored", () => { painter.prepare(); now?.explorer.again(true); });
      return {canvas, painter, material: true};
    } catch (error) {
      say(sentence(error));
    }
  }
  return {canvas, painter: new FlatPainter(canvas), material: false};
}

function close() {
  opening++;
  saving.stop();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  now?.ended.abort();
  now?.explorer.end();
  now = null;
  $("stage").hidden = true;
}

/** What the explorer tells while it draws. */
function listener(net) {
  let written = null; // what waits to bring the address up to date
  return {
    failed: (error) => say(sentence(error), true),
    progress(done, all, oldest, kept) {
      const missing = all - done, plane = $("plane");
      Object.assign(plane.dataset, {missing, oldest: Math.round(oldest), ...kept}); // for tests and measurements
      if (done > 0 || all === 0) plane.dataset.first ??= Math.round(performance.now());
      plane.setAttribute("aria-busy", String(missing > 0));
      $("progress").classList.toggle("busy", missing > 0);
      $("progress").style.setProperty("--done", all ? (100 * done) / all : 0);
      $("progress").setAttribute("aria-valuenow", String(all ? Math.round((100 * done) / all) : 100));
    },
    changed() {
      drawSeams(now.explorer);
      const {state} = now.explorer;
      $("where").textContent = whereOf(now.explorer);
      written ??= setTimeout(() => {
        written = null;
        if (now?.net !== net) return;
        $("plane").setAttribute("aria-label", `${net.title ?? net.name}, seed ${state.seed}, ${whereOf(now.explorer)}`);
        rewrite(writeLink(state));
      }, 400);
    },
  };
}

function whereOf({state, ball}) {
  if (ball) return "a tile on a ball";
  const zoom = state.zoom === 1 ? "" : ` · ${Math.round(100 * state.zoom)} %`;
  if (state.tile) return `tile ${state.period[1]} × ${state.period[0]}${state.matching ? ", matching" : ""}${zoom}`;
  return `row ${Math.round(state.row)}, column ${Math.round(state.column)}${zoom}`;
}

/** The lamp stands over the pointer, as over a table. */
function lamp(explorer, [down, right]) {
  if (!explorer.material || !["lit", "ball"].includes(explorer.state.view)) return;
  const {width, height} = explorer.camera, side = Math.min(width, height) / 2;
  const x = (right - width / 2) / side, y = (height / 2 - down) / side, far = Math.hypot(x, y);
  const elevation = (Math.atan2(0.75, far) * 180) / Math.PI;
  explorer.painter.lamp = far < 0.02 ? [LIGHT[0], 89] : [(Math.atan2(y, x) * 180) / Math.PI, Math.max(12, elevation)];
  explorer.look();
}

function showCard(net) {
  $("card-name").textContent = net.title ?? net.name;
  $("card-facts").replaceChildren(...net.card.flatMap(([name, text]) => [
    element("dt", {textContent: name}), element("dd", {textContent: text}),
  ]));
  $("card-net").parentElement.hidden = !net.bytes;
  $("card-net").onclick = async () => download(new Blob([await net.bytes()]), `${net.name}.safetensors`);
  $("card").showModal();
}

function back() {
  if (document.body.classList.contains("bare")) document.body.classList.remove("bare");
  else if (gallery) location.hash = "";
}

/** A net that a hand drops on the page is shown as well as those inside. */
async function dropped(file) {
  const mine = ++wishes;
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const texture = await load(bytes, {workers: 1}), {card} = texture;
    const kinds = texture.layers.map(({name}) => name);
    const facts = [["Learnt from", card.exemplar?.name], ["Licence", card.exemplar?.licence], ["Steps", card.step]];
    texture.dispose();
    if (mine !== wishes) return;
    await open({
      name: card.name, kinds, mean: "#808080", says: "", fingerprint: null, bytes: () => bytes,
      card: facts.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]),
    }, readLink("").state);
  } catch (error) {
    say(`${file.name}: ${sentence(error)}`);
  }
}

function listen() {
  addEventListener("hashchange", route);
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden = performance.now();
    else if (now) {
      const unfinished = now.explorer.loader.asked.size > 0, slept = performance.now() - hidden > SLEEP;
      if (unfinished && slept) say("The tab slept: what was missing is drawn again.");
      now.explorer.again();
    }
  });
  setInterval(() => { if (now?.explorer.loader.asked.size) now.explorer.look(); }, 5000); // asks again for what got lost
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) (whole?.dropped ?? dropped)(file);
  });
  $("card-close").addEventListener("click", () => $("card").close());
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
}

listen();
route();
