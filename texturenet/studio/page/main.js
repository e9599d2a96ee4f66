// The page: three parts by the address, one column of jobs, and what the server says.

import { explore } from "./explore.js";
import { jobs } from "./jobs.js";
import { learn } from "./learn.js";
import { made } from "./made.js";
import { begin, hear, readLibrary, state } from "./state.js";

const PARTS = ["learn", "explore", "made"];
const at = (id) => document.querySelector(`#${id}`);

learn(at("learn"));
const opened = { explore: explore(at("explore")) };
made(at("made"));
jobs(at("jobs"));

function show() {
  const chosen = PARTS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "learn";
  for (const name of PARTS) at(name).hidden = name !== chosen;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  opened[chosen]?.();
  if (chosen === "made") readLibrary().catch(() => {});
}

addEventListener("hashchange", show);
hear("library", () => {
  if (!at("explore").hidden) opened.explore();
});
hear("link", () => {
  at("link").textContent = state.linked ? "" : "The studio does not answer. Jobs go on if it runs; if it was ended, start it again.";
});
hear("trouble", () => {
  at("trouble").hidden = !state.trouble;
  at("trouble").textContent = state.trouble;
});
// A photograph that misses its place would replace the page.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
show();
begin();
