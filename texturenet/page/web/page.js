// Small things that all parts of the page need: elements, sentences, the address.

export const $ = (id) => document.getElementById(id);

let quiet = 0;

/** A sentence above the controls; it stays where lasting is true. */
export function say(text, lasting = false) {
  const said = $("said");
  said.textContent = text;
  said.classList.toggle("shown", Boolean(text));
  clearTimeout(quiet);
  if (text && !lasting) quiet = setTimeout(() => said.classList.remove("shown"), Math.max(3500, 60 * text.length));
}

/** What an error says to a reader: its sentence, with a full stop. */
export function sentence(error) {
  const text = String(error?.message || error).trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

let known = "";

/** The address is read: from here on it is brought up to date by `rewrite`. */
export function arrived() {
  known = location.hash;
}

/** Text after the #, instead of what stands there; not where a reader has just gone elsewhere. */
export function rewrite(text) {
  if (location.hash !== known || known === `#${text}`) return;
  history.replaceState(null, "", `#${text}`);
  known = location.hash;
}

export function pressed(id, on) {
  $(id).setAttribute("aria-pressed", String(on));
}

export function icon(id, name) {
  $(id).querySelector("use").setAttribute("href", `#i-${name}`);
}

/** An element with properties and children. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
