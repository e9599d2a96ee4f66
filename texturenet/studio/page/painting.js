// A landscape: a picture of labels, and a net for each of them.

import { field, h, number, put, select } from "./dom.js";
import { called } from "./nets.js";
import { picked } from "./picked.js";
import { state } from "./state.js";

const SMALL = 256; // labels a side, below which each is enlarged at first
const ENLARGED = 16;

/** changed(): the order is another; drawn(): so are the fields. */
export function painting(changed, drawn) {
  const labels = picked("labels", "Choose a picture of labels", found);
  const list = h("div.labels");
  const size = h("p.small.soft", { role: "status" });
  let now = { scale: 1, models: {} };
  let first = null;

  function found() {
    const { facts } = labels;
    if (facts) {
      now = { scale: Math.max(...facts.size) < SMALL ? ENLARGED : 1, models: {} };
      const nets = [first, ...state.nets.filter((net) => net.name !== first.name && net.maps === first.maps)];
      facts.labels.forEach(({ label }, at) => { now.models[label] = nets[at % nets.length].model; });
    }
    drawn();
  }

  function draw() {
    const { facts } = labels;
    put(list, (facts?.labels ?? []).map(({ label, colour, share }) => {
      const spot = h("span.spot", { "aria-hidden": "true" });
      spot.style.background = colour;
      const of = `Label ${label}, ${share < 0.01 ? "under 1" : Math.round(100 * share)} %`;
      return h("label.field", {}, h("span.row", {}, spot, of), select(state.nets.map((net) => [net.model, called(net)]), now.models[label], (model) => {
        now.models[label] = model;
        changed();
      }));
    }));
    put(size, facts ? `The landscape has ${facts.size.map((side) => side * now.scale).join("×")} pixels.` : "A PNG, GIF or BMP whose colours or numbers say which texture lies where; soft edges are colours too.");
  }

  return {
    net(chosen) {
      first = chosen;
    },
    fields() {
      draw();
      const scale = number(now.scale, 1, 4096, (value) => {
        now.scale = value ?? now.scale;
        draw();
        changed();
      });
      return [labels.node, list, labels.facts ? h("div.fields", {}, field("Pixels of each label, a side", scale)) : null, size];
    },
    /** null: a picture has to be chosen first. */
    said() {
      if (!labels.facts) return null;
      return { verb: "paint", source: labels.facts.source, models: now.models, values: { scale: now.scale } };
    },
  };
}
