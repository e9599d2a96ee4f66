// How a photograph is to be learnt: the part that is taken, what is mended, for how long.

import { call, sentence } from "./api.js";
import { choices, commandLine, field, h, later, number, put, toggle } from "./dom.js";
import { pictureEditor } from "./picture.js";

const TIMES = [["fast", "Quick", "4 minutes"], ["default", "Good", "12 minutes"], ["large", "Large", "40 minutes"]];
const WORDS = {
  "picture.crop": (box) => `take the part of ${box[2]}×${box[3]} pixels at row ${box[0]}, column ${box[1]}`,
  "picture.side": (side) => `bring its shorter side down to ${side} pixels`,
  "generator.scales": (count) => `use a net of ${count} scales`,
  "prepare.perspective": () => "mend the slant",
  "prepare.light": () => "even the light out",
};
const inWords = (changes) => Object.entries(changes).map(([key, value]) => WORDS[key]?.(value) ?? `${key}=${value}`).join(", and ");

/** back: called when another photograph is wanted. */
export function planning(facts, back) {
  const material = facts.kind === "material";
  const [height, width] = facts.size;
  const given = { recipe: "fast", name: facts.name, size: 128, more: "" };
  const remedies = {}; // changes that advice proposes and the user has accepted, by their text
  const mended = {};
  let asked = 0;

  const area = h("div.stack");
  const findings = h("ul.findings", { "aria-live": "polite" });
  const exemplar = h("div.exemplar");
  const order = h("div.stack");
  const problem = h("p.error", { role: "alert" });
  const editor = pictureEditor(facts, () => changed());

  function values() {
    const { mode, crop, corners } = editor.now;
    const all = { recipe: given.recipe, ...mended };
    if (given.name) all.name = given.name;
    if (given.size !== 128) all.size = given.size;
    if (given.side) all["picture.side"] = given.side;
    Object.assign(all, ...Object.values(remedies));
    if (mode === "crop") all["picture.crop"] = crop;
    if (mode === "corners") {
      all["prepare.corners"] = corners;
      delete all["picture.crop"];
    }
    return all;
  }
  const said = () => ({ verb: "train", source: facts.source, values: values(), more: given.more });

  async function advise() {
    const mine = ++asked;
    put(findings, h("li.soft", {}, "Reading the photograph …"));
    const plain = values();
    for (const changes of Object.values(remedies)) for (const key of Object.keys(changes)) delete plain[key];
    try {
      const { findings: found } = await call("api/advise", { ...said(), values: plain });
      if (mine !== asked) return;
      put(findings, found.map(finding), found.length ? null : h("li", {}, "Nothing stands in the way of this photograph."));
    } catch (error) {
      if (mine === asked) put(findings, h("li.error", {}, sentence(error.message)));
    }
  }

  function finding({ text, changes }) {
    if (!Object.keys(changes).length) return h("li", {}, `${sentence(text)}.`);
    const apply = (on) => {
      if (on) remedies[text] = changes;
      else delete remedies[text];
      const box = changes["picture.crop"];
      if (box) editor.show(on ? { mode: "crop", crop: box } : { mode: "whole" });
      drawArea();
      refresh();
    };
    return h("li.mends", {}, `${sentence(text)}.`, toggle(`Yes: ${inWords(changes)}`, null, text in remedies, apply));
  }

  const mend = later(async () => {
    exemplar.classList.add("busy");
    try {
      const { picture, size, notes } = await call("api/mend", said());
      put(exemplar, h("img", { src: picture, alt: "The exemplar, as it will be learnt" }),
        h("div.notes", {}, h("strong", {}, `${size[0]}×${size[1]} pixels will be learnt from`), notes.map((note) => h("p", {}, sentence(note)))));
    } catch (error) {
      put(exemplar, h("p.error", {}, sentence(error.message)));
    }
    exemplar.classList.remove("busy");
  }, 350);

  const command = later(async () => {
    try {
      const { command: text } = await call("api/command", said());
      put(order, commandLine(text));
      problem.textContent = "";
    } catch (error) {
      put(order);
      problem.textContent = sentence(error.message);
    }
  }, 250);

  function refresh() {
    const side = Math.min(values()["picture.side"] ?? 256, height, width);
    editor.show({ size: Math.min(1, given.size / side) });
    mend();
    command();
  }
  const adviseLater = later(advise, 500);
  function changed() {
    drawArea();
    refresh();
    adviseLater();
  }

  function drawArea() {
    const { mode, crop } = editor.now;
    const box = (at) => (value) => {
      const next = [...crop];
      next[at] = value ?? crop[at];
      editor.show({ crop: next });
      changed();
    };
    put(area, choices("What is taken of the photograph", [["whole", "The whole"], ["crop", "A part"], ["corners", "Four corners", null, material]], mode, (chosen) => {
      editor.show({ mode: chosen });
      changed();
    }), mode === "crop" ? h("div.fields", {}, ["Top", "Left", "Height", "Width"].map((label, at) => field(label, number(crop[at], 0, Math.max(height, width), box(at))))) : null,
    mode === "corners" ? h("p.small.soft", {}, "Drag the corners onto those of something rectangular: a tile, a window, a sheet of paper. What lies between them is seen straight on.") : null,
    h("p.small.soft", {}, "The dashed square is what one training picture holds. Corners move by arrow keys too."));
  }

  function mending() {
    const set = (key, value, usual) => {
      if (value === usual) delete mended[key];
      else mended[key] = value;
      refresh();
    };
    return h("details", {}, h("summary", {}, "Corrections and size"), h("div.stack", {},
      material ? null : [
        toggle("Mend a slant that is found", "of a regular texture", false, (on) => set("prepare.perspective", on ? "mend" : "keep", "keep")),
        toggle("Straighten lines", "up to 15 degrees", false, (on) => set("prepare.straighten", on, false)),
        toggle("Even the light out", "where it is found to be uneven", false, (on) => set("prepare.light", on ? "even" : "keep", "keep")),
        toggle("Take the steadiest part", "without borders", false, (on) => set("prepare.part", on ? "steadiest" : "whole", "whole")),
      ],
      h("div.fields", {},
        field("Shorter side, pixels", number(given.side ?? "", 64, Math.min(height, width), (value) => {
          given.side = value;
          refresh();
        }, { placeholder: "256" })),
        field("Training picture, pixels", number(given.size, 16, 512, (value) => {
          given.size = value ?? 128;
          refresh();
        }))),
      field("More keys, as texturenet train takes them", h("input", { placeholder: "steps=600 seed=1", autocomplete: "off", spellcheck: "false", on: { change: (event) => {
        given.more = event.target.value;
        refresh();
      } } }))));
  }

  const start = h("button.main", { type: "button", id: "start", on: { click: async () => {
    start.disabled = true;
    try {
      await call("api/jobs", said());
      problem.textContent = "";
      document.querySelector("#jobs").scrollIntoView({ block: "nearest" });
    } catch (error) {
      problem.textContent = sentence(error.message);
    }
    start.disabled = false;
    command();
  } } }, "Start learning");

  drawArea();
  refresh();
  advise();
  const maps = Object.entries(facts.maps).map(([kind, file]) => h("li", {}, h("strong", {}, kind), ` ${file}`));
  return [
    h("div.row.spread", {}, h("div", {}, h("h2", {}, material ? "Learn a material" : `Learn ${facts.name}`), h("p.soft", {}, `${height}×${width} pixels`, facts.notes.length ? `; ${facts.notes.join("; ")}` : "")),
      h("button", { type: "button", on: { click: back } }, "Another photograph")),
    h("div.two", {},
      h("div.card", {}, editor.node, area, material ? h("ul.notes", {}, maps) : null),
      h("div.stack", {},
        h("div.card", {}, h("h3", {}, "What advise says"), findings),
        h("div.card", {}, h("h3", {}, "What will be learnt"), exemplar, mending()),
        h("div.card", {}, h("h3", {}, "Learning"),
          choices("For how long", TIMES, given.recipe, (recipe) => {
            given.recipe = recipe;
            refresh();
          }),
          field("Name of the net", h("input", { ".value": given.name, autocomplete: "off", maxlength: 80, on: { change: (event) => {
            given.name = event.target.value.trim();
            refresh();
          } } })),
          start, problem, order))),
  ];
}
