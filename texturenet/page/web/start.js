// The beginning of a page: its script stands packed in it, as nets do, and is run from here. The
// page's policy names both by their SHA-256.

import {$, element, say, sentence} from "./page.js";
import {unpacked} from "./packing.js";

async function start() {
  const text = new TextDecoder().decode(await unpacked($("script").textContent, "script"));
  document.body.append(element("script", {type: "module", textContent: text}));
}

start().catch((error) => {
  $("stage").hidden = false; // the sentence stands in it
  $("plane").setAttribute("aria-busy", "false");
  say(sentence(error), true);
});
