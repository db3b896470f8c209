// What each box grew by.

import assert from "node:assert/strict";
import test from "node:test";
import { grownBy } from "../../../reports/page/changes.js";
import { Tree } from "../../../reports/page/tree.js";
import { columns } from "./samples.js";

const rows = (kind, sizes, box) => ({ kind, flash: sizes, ram: sizes, ota: sizes.map((size) => size / 2), box });

test("a box grew by what is said of it, else by what is inside", () => {
  const tree = new Tree(columns(), "x");
  const data = {
    totals: { flash: -70, ram: null, ota: -35 },
    kinds: [
      rows("symbol", [-100, 20, 5, 3], [-1, 0, 1, 3]),
      rows("component", [-72, 2], [0, 4]),
    ],
  };
  const flash = grownBy(tree, data, "flash");
  assert.equal(flash[0], -70); // the whole: what is gone counts
  assert.equal(flash[1], -72); // so it does where it was
  assert.equal(flash[5], 2);
  assert.equal(flash[3], 25); // nothing is said of the object: its symbols
  assert.equal(flash[4], 3);
  assert.equal(flash[2], 28);
  assert.equal(flash[tree.first], 20);
  assert.equal(flash[tree.first + 2], 0);
  assert.equal(grownBy(tree, data, "ota")[tree.first], 10);
  assert.equal(grownBy(tree, data, "ram")[0], 0);
});
