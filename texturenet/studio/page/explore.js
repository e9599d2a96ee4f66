// Explore: a net is chosen, its plane is moved over, and pictures, tiles, films and maps are ordered.

import { sentence } from "./api.js";
import { choices, field, h, put, toggle } from "./dom.js";
import { open, workersFor } from "./engine.js";
import { making } from "./making.js";
import { called, thumb } from "./nets.js";
import { colours, lamplit } from "./painters.js";
import { plane } from "./plane.js";
import { repeating } from "./repeating.js";
import { active, hear, state } from "./state.js";

const LARGEST = 2n ** 64n - 1n;

export function explore(node) {
  const nets = h("div.nets", { role: "group", "aria-label": "Nets" });
  const canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": "The plane of the texture; drag it, or move by arrow keys" });
  const glow = h("canvas.glow", { "aria-hidden": "true", hidden: true }); // of a material, over the other
  const shown = h("div", { hidden: true });
  const where = h("span.where", { "aria-live": "off" }, "row 0, column 0");
  const say = h("p.say", { role: "status" }, "Choose a net above.");
  const plain = colours(canvas);
  const view = plane(canvas, (row, column) => {
    where.textContent = `row ${row}, column ${column}`;
    order.place(row, column);
  }, plain);
  const seed = h("input", { ".value": "0", inputmode: "numeric", "aria-describedby": "seed-problem", on: { change: () => setSeed(seed.value) } });
  const problem = h("p.error.small", { id: "seed-problem", role: "alert" });
  const tile = toggle("Repeat as a tile", null, false, setTile);
  const title = h("h2", {}, "Explore");
  const about = h("p.lead", {}, "A texture is an endless plane for every seed.");
  const order = making();
  let chosen = null;
  let texture = null;
  let asked = 0;
  let lamp; // the painter of materials; null where they cannot be lit
  let look = "lit";

  function setSeed(text) {
    problem.textContent = "";
    let value;
    try {
      value = BigInt(text.trim() || "0");
    } catch {
      value = -1n;
    }
    if (value < 0n || value > LARGEST) {
      problem.textContent = `The seed is ${text.slice(0, 40)}: it is a whole number from 0 to ${LARGEST}.`;
      return;
    }
    seed.value = String(value);
    view.set({ seed: String(value) });
    order.seed(String(value));
  }

  function setTile(on) {
    view.set({ tile: on && chosen ? tileSize() : null });
    order.tile(on);
  }

  const tileSize = () => chosen.period.map((period) => repeating(period, 256));

  async function choose(net) {
    chosen = net;
    const mine = ++asked;
    drawNets();
    title.textContent = called(net);
    const told = [net.turns ? "direction" : null, net.sizes ? "size" : null].filter(Boolean).join(" and ");
    const facts = [net.palette ? `one of the textures of ${net.palette}` : null, told ? `can be told ${told}` : null, net.maps ? "a material" : null, net.exemplar ? `learnt from ${net.exemplar}` : null, net.licence, net.step ? `${net.step} steps` : null];
    about.textContent = facts.filter(Boolean).join(" · ");
    order.net(net);
    say.textContent = "Loading …";
    view.show(null);
    try {
      const answer = await fetch(`api/net?model=${encodeURIComponent(net.model)}`);
      if (!answer.ok) throw new Error((await answer.json()).error);
      const next = await open(await answer.arrayBuffer(), workersFor(active()));
      if (mine !== asked) return next.dispose?.();
      texture?.dispose?.();
      texture = next;
      say.textContent = "";
      if (tile.querySelector("input").checked) view.set({ tile: tileSize() });
      await paint();
      view.show(texture);
    } catch (error) {
      if (mine === asked) say.textContent = sentence(error.message);
    }
    return null;
  }
  /** By light or by colour alone, as there is and as is chosen. */
  async function paint() {
    if (texture.material && lamp === undefined) {
      lamp = await lamplit(glow, canvas, view);
      if (lamp) put(shown, choices("What is shown of the material", [["lit", "Lit"], ["colour", "Colour"]], look, (next) => {
        look = next;
        paint();
      }));
    }
    const lit = Boolean(texture.material && lamp);
    shown.hidden = !lit;
    glow.hidden = !(lit && look === "lit");
    view.paintBy(glow.hidden ? plain : lamp);
  }
  view.onfail((error) => { say.textContent = sentence(error.message); });

  function drawNets() {
    put(nets, state.nets.map((net) => h("button", { type: "button", "aria-pressed": String(net.model === chosen?.model), title: net.model, on: { click: () => choose(net) } },
      thumb(net), h("span", {}, called(net)))));
  }

  hear("library", drawNets);
  hear("net", (model) => {
    // Of a file of several textures the first.
    const net = state.nets.find((each) => each.model === model || each.model.endsWith(`/${model}`) || each.model.includes(`/${model}:`));
    if (net) choose(net);
    else say.textContent = `${model} cannot be explored: it is no net that draws a texture.`;
  });
  put(node, h("div", {}, title, about), nets,
    h("div.view", {}, canvas, glow, where, say), shown,
    h("div.tools", {}, field("Seed", seed),
      h("button", { type: "button", on: { click: () => setSeed(String(Math.floor(Math.random() * 2 ** 32))) } }, "Another"),
      h("button", { type: "button", on: { click: () => view.home() } }, "Back to 0, 0"), tile),
    problem, order.node);
  return () => {
    if (!chosen && state.nets.length) choose(state.nets[0]);
  };
}
