// One picture beside a form, which the studio has looked at: a mask, or labels.

import { sentence } from "./api.js";
import { h, put } from "./dom.js";
import { upload } from "./uploading.js";

/** kind: "mask" or "labels". changed(): another was chosen, and `facts` says what was found. */
export function picked(kind, label, changed) {
  const input = h("input", { type: "file", accept: "image/*,.tif,.tiff,.exr", class: "unseen", id: `${kind}-picker`, tabindex: -1, "aria-hidden": "true", on: { change: () => take([...input.files]) } });
  const button = h("button", { type: "button", on: { click: () => input.click() } }, label);
  const shown = h("div.picked", { role: "status" });
  const made = { facts: null, node: h("div.stack", {}, h("div.row", {}, button, input), shown) };

  async function take(files) {
    if (!files.length) return;
    input.value = ""; // the same file may be chosen again, when it was mended
    put(shown, h("p.small.soft", {}, "Looking at it …"));
    try {
      made.facts = await upload(files, kind);
      const { source, name, size } = made.facts;
      put(shown, h("img", { src: `api/sources/${source}/view`, alt: `The picture ${name}` }), h("p.small.soft", {}, `${name}, ${size[0]}×${size[1]} pixels`));
    } catch (error) {
      made.facts = null;
      put(shown, h("p.error", { role: "alert" }, sentence(error.message)));
    }
    changed();
  }
  return made;
}
