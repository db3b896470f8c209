// What the page says of a set of features.

import assert from "node:assert/strict";
import test from "node:test";
import { byLeaf, effect, NOTHING, pairs, shrunk } from "../../../reports/page/whatif.js";
import { Tree } from "../../../reports/page/tree.js";
import { columns } from "./samples.js";

const held = {
  features: ["A", "B", "C"],
  sets: [[[0]], [[0, 1]], [[2], [0, 1]]],
  pieces: {
    set: [0, 1, 2, 2],
    leaf: [0, 1, 2, -1],
    flash: [100, 40, 10, -4],
    ram: [8, 0, 0, 0],
    ota: [50, 20, 5, 0],
    part: [0, 0, 1, 1],
  },
  known: [{ off: [0], flash: 101, ram: 8, ota: 55, flash_error: 17, ota_error: 108, priced: 50 }],
  always: 3,
  shifts: [2, 0, -1],
};

test("nothing off, nothing saved", () => {
  assert.equal(effect(held, new Set()), NOTHING);
});

test("a set that was predicted as a whole says what was predicted", () => {
  const found = effect(held, new Set([0]));
  assert.deepEqual([found.flash, found.ota, found.otaError, found.exact], [101, 55, 108, true]);
  assert.deepEqual(found.pieces, [0]);
});

test("shared code goes when the last that holds it goes", () => {
  assert.deepEqual(effect(held, new Set([1])).pieces, []);
  const both = effect(held, new Set([0, 1]));
  assert.deepEqual(both.pieces, [0, 1, 2, 3]);
  assert.equal(both.flash, 146);
  assert.equal(both.ota, 75 + 55 - 50); // the known set is most of it
  const few = effect({ ...held, known: [] }, new Set([0, 1]));
  assert.equal(few.ota, 75 + 3 + 2);
  assert.equal(both.flashError, Math.round(10 * 0.1 + 4 * 0.5 + 146 * 0.01) + 16);
  assert.equal(both.exact, false);
});

test("a set that frees nothing saves nothing", () => {
  const found = effect(held, new Set([1]));
  assert.deepEqual([found.flash, found.ota, found.flashError, found.otaError], [0, 0, 0, 0]);
});

test("boxes shrink by their pieces, and never below nothing", () => {
  const tree = new Tree(columns(), "x");
  const sizes = shrunk(tree, held, effect(held, new Set([0, 1])).pieces);
  assert.equal(sizes.flash[tree.first], 900);
  assert.equal(sizes.flash[tree.first + 1], 0);
  assert.equal(sizes.flash[0], tree.base.flash[0] - 100 - 30 - 10);
  assert.equal(tree.base.flash[tree.first], 1000);
});

test("which sets free a leaf", () => {
  assert.deepEqual([...byLeaf(held)], [[0, [0]], [1, [1]], [2, [2]]]);
});

test("pairs are those of which something goes with neither alone, and with no other", () => {
  assert.deepEqual(pairs(held), [{ off: [0, 1], flash: 40 }]);
  const more = { ...held, sets: [[[0, 1], [1, 2]], [[0, 1]], [[1, 2]]] };
  more.pieces = { ...held.pieces, flash: [100, 5, 30, -4] };
  assert.deepEqual(pairs(more), [{ off: [1, 2], flash: 26 }, { off: [0, 1], flash: 5 }]);
});
