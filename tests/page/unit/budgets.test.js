// Budgets with some features off.

import assert from "node:assert/strict";
import test from "node:test";
import { exceeded } from "../../../reports/page/budgets.js";
import { Tree } from "../../../reports/page/tree.js";
import { columns } from "./samples.js";

const budget = (kind, name, resource, size, limit) => ({ kind, name, resource, size, limit });

test("what goes is taken off the things that have a box, what has none keeps its size", () => {
  const tree = new Tree(columns(), "x");
  const every = [
    budget("component", "app", "flash", 1630, 1500), budget("object", "drv_b.o", "flash", 400, 100),
    budget("section", ".text", "flash", 1450, 1400), budget("archive", "libapp.a", "ram", 16, 20),
  ];
  assert.deepEqual(exceeded(every, tree).map(({ over }) => over), [130, 300, 50]);
  const flash = tree.base.flash.slice();
  flash[tree.first + 3] -= 200; // of drv_b.o
  tree.sum(flash);
  tree.now = { ...tree.base, flash };
  assert.deepEqual(exceeded(every, tree).map(({ budget, over }) => [budget.name, over]), [["drv_b.o", 100], [".text", 50]]);
  assert.deepEqual(exceeded([budget("component", "drv_b.o", "flash", 400, 100)], tree).map(({ over }) => over), [300]);
  assert.deepEqual(exceeded([], tree), []);
});
