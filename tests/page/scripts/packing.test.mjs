// Nets as text, which tests/page/test_scripts.py packed.
import assert from "node:assert/strict";
import {existsSync, readFileSync, writeFileSync} from "node:fs";
import {test} from "node:test";
import {unpacked} from "../web/packing.js";

const at = (name) => new URL(`./${name}`, import.meta.url);

test("packed files are unpacked", async () => {
  let number = 0;
  for (; existsSync(at(`${number}.packed`)); number++) {
    writeFileSync(at(`${number}.unpacked`), await unpacked(readFileSync(at(`${number}.packed`), "utf8")));
  }
  assert.ok(number > 2);
});

test("text that is no packed file is refused in a sentence", async () => {
  const text = readFileSync(at("0.packed"), "utf8");
  for (const wrong of ["", "a", text.slice(0, 1000), text.slice(0, -1), `!${text}`, "\u00e9".repeat(50)]) {
    await assert.rejects(unpacked(wrong), /damaged or truncated: get the page again\.$/);
  }
});
