// Learn: a photograph comes in, advice is read, and a training is ordered.

import { call, sentence } from "./api.js";
import { h, put } from "./dom.js";
import { planning } from "./planning.js";
import { hear, state } from "./state.js";
import { upload } from "./uploading.js";

const ICON = `<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="2.5" aria-hidden="true"><rect x="6" y="9" width="36" height="30" rx="4"/><circle cx="17" cy="19" r="3.5"/><path d="m8 35 11-10 7 6 7-8 8 8"/></svg>`;

export function learn(node) {
  let busy = false;

  function begin(error = "") {
    const picker = h("input", { type: "file", accept: "image/*,.tif,.tiff,.exr", multiple: true, class: "unseen", id: "picker",
      on: { change: () => take(picker.files) } });
    const folder = h("input", { type: "file", webkitdirectory: true, class: "unseen", "aria-label": "A folder of maps", on: { change: () => take(folder.files) } });
    const zone = h("div.drop", { on: {
      dragover: (event) => {
        event.preventDefault();
        zone.classList.add("over");
      },
      dragleave: () => zone.classList.remove("over"),
      drop: async (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        take(await dropped(event.dataTransfer));
      },
    } }, h("span", { ".innerHTML": ICON }),
    h("p", {}, h("strong", {}, "Drop a photograph of a texture here"),
      h("span.soft", {}, "or the maps of a material together: colour, normal, height, roughness …")),
    h("div.row", {},
      h("button.main", { type: "button", on: { click: () => picker.click() } }, "Choose a photograph"),
      h("button", { type: "button", on: { click: () => folder.click() } }, "Choose a folder of maps")),
    h("p.error", { role: "alert" }, error));
    const own = state.exemplars.map((name) => h("button", { type: "button", on: { click: () => look("own", () => call(`api/exemplars/${name}`, {})) } },
      h("img", { src: `api/exemplars/${name}`, alt: "", loading: "lazy" }), name));
    put(node, h("div", {}, h("h2", {}, "Learn a texture"),
      h("p.lead", {}, "A small net learns it from one photograph, in minutes, on this machine. Then it draws as much of it as you like. Nothing leaves this machine.")),
    zone, picker, folder, h("div.stack", {}, h("h3", {}, "Or try one that came with the project"), h("div.own", {}, own)));
  }

  async function take(list) {
    const files = [...(list || [])].filter((file) => !file.name.startsWith("."));
    if (!files.length) return;
    const kind = files.length > 1 ? "material" : "photograph";
    await look(kind, () => upload(files, kind));
  }

  async function look(what, act) {
    if (busy) return;
    busy = true;
    put(node, h("div.drop", { role: "status" }, h("p", {}, h("strong", {}, "Looking at it …"), h("span.soft", {}, "It is read, and made ready to be shown.")), h("div.bar.open", {}, h("i"))));
    try {
      const facts = await act();
      sessionStorage.setItem("source", JSON.stringify(facts));
      open(facts);
    } catch (error) {
      begin(sentence(error.message));
    } finally {
      busy = false;
    }
  }

  function open(facts) {
    put(node, planning(facts, () => {
      sessionStorage.removeItem("source");
      begin();
    }));
  }

  const kept = sessionStorage.getItem("source");
  if (kept) open(JSON.parse(kept));
  else begin();
  hear("about", () => {
    if (!busy && !sessionStorage.getItem("source") && !node.querySelector(".error")?.textContent) begin();
  });
}

/** Files that were dropped, those of a folder included. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folder = entries.find((entry) => entry.isDirectory);
  if (!folder) return transfer.files;
  const inside = await new Promise((done, fail) => folder.createReader().readEntries(done, fail));
  return Promise.all(inside.filter((entry) => entry.isFile).map((entry) => new Promise((done, fail) => entry.file(done, fail))));
}
