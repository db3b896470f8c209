// Verdicts, addresses, and what can be taken away.

import assert from "node:assert/strict";
import test from "node:test";
import { bytes, percent, signed } from "../../../reports/page/numbers.js";
import { initial, read, write } from "../../../reports/page/state.js";
import { wholes } from "../../../reports/page/grid.js";
import { csv, patch } from "../../../reports/page/texts.js";
import { after, refit, sentence, state } from "../../../reports/page/verdict.js";
import { unpacked } from "../../../reports/page/packed.js";
import { deflateSync } from "node:zlib";

const slot = (name, size, limit) => ({ name, size, limit });

test("numbers as the report writes them", () => {
  assert.equal(bytes(1234567.6), "1,234,568");
  assert.equal(signed(-1200), "−1,200");
  assert.equal(percent(0.99999), "99.9 %");
  assert.equal(percent(0.0001), "<0.1 %");
});

test("the verdict is that of the tightest layout", () => {
  const fits = [
    { name: "a", slots: [slot("unpacked", 90, 100), slot("body", 10, 100)] },
    { name: "b", slots: [slot("unpacked", 90, 96), slot("body", 10, 100)] },
  ];
  assert.equal(sentence(fits), "Fits both layouts; the tightest is b: 6 bytes left for the unpacked image (93.8 % of 96 used).");
  const over = refit(fits, { unpacked: 97, body: 10 });
  assert.equal(sentence(over), "Does not fit 1 of 2 layouts: the unpacked image is 1 byte over b (limit 96).");
  assert.equal(sentence([]), "");
});

test("between green and red lies what is nearly full", () => {
  assert.equal(state(slot("body", 101, 100), 0), "over");
  assert.equal(state(slot("body", 97, 100), 0), "near");
  assert.equal(state(slot("body", 80, 100), 30), "near");
  assert.equal(state(slot("body", 80, 100), 0), "good");
  assert.equal(state(slot("body", 0, 0), 0), "over");
});

test("an image that shrinks is padded again", () => {
  const sizes = { bin: 1000, unpacked: 5104, body: 700, file: 1212, header: 4096, alignment: 16, heap: null };
  assert.deepEqual(after(sizes, 0, 0), { bin: 1000, unpacked: 5104, body: 700, file: 1212 });
  assert.deepEqual(after(sizes, 9, 5), { bin: 991, unpacked: 4096 + 992, body: 695, file: 1207 });
  assert.deepEqual(after({ ...sizes, body: null, file: null }, 5000, 5), { bin: 0, unpacked: 4096, body: null, file: null });
});

test("a link reproduces the state, whatever names are", () => {
  const one = { ...initial(), build: 2, off: ["A,B", "C&=#"], path: ["lib x.a(ö)", "<script>"], from: 7, area: "ota", find: "a b/ü", pick: "x\u001fy" };
  assert.deepEqual(read(`#${write(one)}`), one);
  assert.equal(write(initial()), "");
  assert.deepEqual(read("#%%%&off=%E0%A4%A&area=evil&from=x"), { ...initial(), off: [""] });
  assert.doesNotThrow(() => write({ ...initial(), find: "\ud800" }));
});

test("rows as CSV are no formulas", () => {
  assert.equal(csv([["a", 1], ['x"y', -2], ["=1+1", "b,c"]]), 'a,1\r\n"x""y",-2\r\n\'=1+1,"b,c"\r\n');
});

test("a patch takes the lines of each file in order", () => {
  const line = (name, number) => ({ name, path: "src/c.h", line: number, on: `#define ${name} 1`, off: `//#define ${name} 1` });
  assert.equal(
    patch([line("B", 9), line("A", 3), { name: "X", path: "", line: 0, on: "", off: "" }]),
    "--- a/src/c.h\n+++ b/src/c.h\n@@ -3 +3 @@\n-#define A 1\n+//#define A 1\n@@ -9 +9 @@\n-#define B 1\n+//#define B 1\n" +
      "# X: switch it off where it is defined\n",
  );
});

test("much data comes deflated", async () => {
  const text = JSON.stringify({ a: ["</script>", "\u2028"] });
  const deflated = deflateSync(text).toString("base64");
  assert.deepEqual(await unpacked(JSON.stringify({ deflated })), JSON.parse(text));
  assert.deepEqual(await unpacked(text), JSON.parse(text));
});

test("whole numbers are sorted with their places, equal ones as they were", () => {
  const keys = Float64Array.from([3, -1, 3, 0, -1, 2 ** 31]);
  assert.deepEqual([...wholes(keys)], [1, 4, 3, 0, 2, 5]);
  assert.equal(wholes(Float64Array.from([1, 0.5])), null);
  assert.equal(wholes(Float64Array.from([2 ** 52, 1])), null);
  assert.equal(wholes(Float64Array.from([NaN])), null);
  const many = Float64Array.from({ length: 3000 }, (_, at) => ((at * 7919) % 101) - 50);
  const slow = Array.from(many, (_, at) => at).sort((a, b) => many[a] - many[b]);
  assert.deepEqual([...wholes(many)], slow);
});
