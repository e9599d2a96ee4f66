// What was made: every folder under the runs, its files to look at and to take away.

import { bytes, h, put, when } from "./dom.js";
import { hear, state, tell } from "./state.js";

const ORDER = { film: 0, picture: 1, net: 2, file: 3 };
const path = (name) => name.split("/").map(encodeURIComponent).join("/");

function file({ path: at, name, kind, bytes: size }) {
  const source = `files/${path(at)}`;
  const shown = kind === "picture" ? h("img", { src: source, alt: name, loading: "lazy" })
    : kind === "film" ? h("video", { src: source, controls: true, loop: true, muted: true, preload: "metadata", "aria-label": name })
      : h("span.blank", { "aria-hidden": "true" }, name.split(".").pop().toUpperCase());
  return h("li", {}, kind === "picture" ? h("a", { href: source, target: "_blank", rel: "noopener" }, shown) : shown,
    h("span.name", {}, name), h("span.row", {}, h("a", { href: `${source}?download`, download: name }, "Download"), h("span.soft", {}, bytes(size)),
      kind === "net" ? h("a", { href: "#explore", on: { click: () => tell("net", at) } }, "Explore") : null));
}

function group({ folder, files, when: time }) {
  return h("article.group", { "data-folder": folder }, h("div.row.spread", {}, h("h3", {}, folder), h("span.row.small", {}, h("span.soft", {}, when(time)),
    h("a", { href: `zip/${path(folder)}`, download: true }, "All as a zip"))), h("ul.files", {}, [...files].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]).map(file)));
}

export function made(node) {
  let known = "";
  function draw() {
    const text = JSON.stringify(state.made);
    if (text === known) return; // films that play go on
    known = text;
    put(node, h("div", {}, h("h2", {}, "Made"), h("p.lead", {}, `Everything lies in the folder ${state.about.runs ?? "runs"} on this machine, as the commands leave it.`)),
      state.made.length ? h("div.groups", {}, state.made.map(group)) : h("p.soft", {}, "Nothing yet. Learn a texture, or make a picture of one that is there."));
  }
  hear("library", draw);
  draw();
}
