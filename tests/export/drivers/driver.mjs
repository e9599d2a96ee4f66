// Answers questions about noise, one a line: node driver.mjs MODULE QUESTIONS
import { readFileSync } from "node:fs";

const of = await import(process.argv[2]);
const pairs = (numbers) => numbers.flatMap((n, i) => (i % 2 ? [] : [[n, numbers[i + 1]]]));
const answers = {
  noise: ([seed, ...rest]) => {
    const [scale, channels, top, left, rows, columns, ...periods] = rest.map(Number);
    return of.noise(BigInt(seed), scale, channels, top, left, rows, columns, periods);
  },
  gaussian: (values) => values.map((u) => of.gaussian(Number(u))),
  cdf: (values) => values.map((x) => of.normalCdf(Number(x))),
  loop: ([first, second, angle, normal]) => [
    of.loop(+first, +second, +angle, normal === "1" ? "gaussian" : "uniform"),
  ],
  shift: ([seed, torus]) => of.shift(BigInt(seed), Number(torus)),
  waves: (values) => {
    const [torus, cell, down, right, top, left, rows, columns, ...rest] = values.map(Number);
    return of.waves(torus, pairs(rest), cell, [down, right], top, left, rows, columns);
  },
  units: ([seed, ...values]) => {
    const [torus, cell, down, right, top, left, rows, columns, ...rest] = values.map(Number);
    const [r, c, d, e, channels, ...periods] = rest;
    const moved = [down, right];
    return of.units(BigInt(seed), torus, [r, c], [d, e], channels, cell, moved, top, left, rows,
      columns, periods);
  },
};
for (const line of readFileSync(process.argv[3], "utf8").trim().split("\n")) {
  const [what, ...values] = line.split(" ");
  console.log(Array.from(answers[what](values)).join(" "));
}
