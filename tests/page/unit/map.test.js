// Boxes: their sums, their places, their names; and what a search means.

import assert from "node:assert/strict";
import test from "node:test";
import { common, inner, lay } from "../../../reports/page/layout.js";
import { search } from "../../../reports/page/search.js";
import { squarify } from "../../../reports/page/squarify.js";
import { Tree } from "../../../reports/page/tree.js";
import { columns } from "./samples.js";

test("sums of groups are those of their leaves", () => {
  const tree = new Tree(columns(), "x");
  assert.equal(tree.base.flash[0], 1680);
  assert.equal(tree.base.ram[0], 16);
  assert.equal(tree.base.flash[1], 1630);
  assert.deepEqual([...tree.ranked(0, "flash")], [1, 5]);
  assert.deepEqual(tree.path(6).map((node) => tree.names[node]), ["x", "app", "libapp.a", "drv_a.o", "drv_a_init"]);
  assert.equal(tree.addresses[4], 2630);
  assert.equal(tree.source(6), "src/drv_a.c:3");
  assert.equal(tree.around(6, "archive"), 2);
  assert.equal(inner(tree, 1), 2);
});

test("squarified rectangles have the areas of their sizes and lie inside", () => {
  for (const sizes of [[6, 6, 4, 3, 2, 2, 1], [1], [5, 5], [1000, 1, 1, 1], Array.from({ length: 500 }, (_, i) => 500 - i)]) {
    const total = sizes.reduce((a, b) => a + b);
    const rects = squarify(sizes, 10, 20, 600, 400);
    sizes.forEach((size, i) => {
      const [x, y, w, h] = rects.subarray(i * 4, i * 4 + 4);
      assert.ok(Math.abs(w * h - (size * 240000) / total) < 1e-6 * 240000);
      assert.ok(x >= 10 - 1e-6 && y >= 20 - 1e-6 && x + w <= 610 + 1e-6 && y + h <= 420 + 1e-6);
    });
  }
});

test("small boxes collect into one that stands for the rest", () => {
  const data = columns();
  data.groups = { name: ["c"], parent: [-1], level: ["component"], leaves: [40] };
  const many = Array.from({ length: 40 }, (_, i) => (i < 5 ? 1000 : 2));
  for (const key of Object.keys(data.leaves)) data.leaves[key] = many.slice();
  data.leaves.name = many.map((_, i) => `f${i}`);
  const tree = new Tree(data, "x");
  const boxes = lay(tree, "flash", { node: 1, from: 0 }, 400, 300, 72);
  const rest = boxes.filter((box) => box.from);
  assert.equal(rest.length, 1);
  assert.equal(rest[0].from, 5);
  assert.equal(rest[0].size, 70);
  assert.equal(boxes.reduce((sum, box) => sum + box.size, 0), 5070);
  const opened = lay(tree, "flash", { node: 1, from: 5 }, 400, 300, 72);
  assert.equal(opened.length, 35);
});

test("what names have in common is left out up to a separator", () => {
  assert.equal(common(["libc_tinystdio_a.o", "libc_tinystdio_b.o", "libc_tinystdio_c.o"]), "libc_tinystdio_");
  assert.equal(common(["drv_a", "drv_b"]), "");
  assert.equal(common(["abcde1", "abcde2", "abcde3"]), "");
  assert.equal(common(["drv_x_", "drv_x_a", "drv_x_b"]), "");
});

test("a search means names, what is around them, sources and features", () => {
  const tree = new Tree(columns(), "x");
  const found = (text, features) => search(tree, text, tree.base.flash, features);
  assert.equal(found("  "), null);
  assert.equal(found("DRV_A.O").count, 3);
  assert.equal(found("drv_a.o run").count, 2);
  assert.equal(found("src/drv_b").count, 1);
  assert.equal(found("nothing at all").count, 0);
  assert.equal(found("wemo", { names: ["ENABLE_WEMO"], of: (leaf) => (leaf === 6 ? [0] : []) }).count, 1);
  const one = found("drv_b.o");
  assert.deepEqual(one.best, [4]);
  assert.equal(one.hit[4], 1);
  assert.equal(one.hit[9], 1);
  assert.equal(one.hit[1], 2);
  assert.equal(one.hit[3], 0);
});

test("a search finds what a plain look at every name finds", () => {
  const words = ["init", "run", "drv", "_", "a", "x", "fill]", "o", "b_", "zz"];
  const data = columns();
  const names = Array.from({ length: 400 }, (_, i) => `${words[i % 7]}${words[(i * 3) % 10]}\n${i % 13}${words[(i * 7) % 5].toUpperCase()}${i === 9 ? "\u0130x" : ""}`);
  data.groups = { name: ["c"], parent: [-1], level: ["component"], leaves: [names.length] };
  for (const key of Object.keys(data.leaves)) data.leaves[key] = names.map((_, i) => (key === "source" ? -1 : i % 50));
  data.leaves.name = names;
  const tree = new Tree(data, "drv");
  for (const text of ["a", "drv a", "INIT", "o 12", "\n", "drvx", "]", "zz b_", "c"]) {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    const plain = names.filter((name) => wanted.every((word) => name.toLowerCase().includes(word) || "c".includes(word))).length;
    const got = search(tree, text, tree.base.flash);
    assert.equal(got?.count ?? 0, wanted.length ? plain : 0, text);
    const sizes = (got?.best ?? []).map((node) => tree.base.flash[node]);
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
  }
  const all = search(tree, "_", tree.base.flash);
  assert.ok(all.best.length <= 200);
});
