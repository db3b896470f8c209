// Chains, holders and what would go, on a graph that can be drawn on a napkin.

import assert from "node:assert/strict";
import test from "node:test";
import { Holders } from "../../../reports/page/why.js";

// 0 is a root; 0 -> 1, 2; 1 -> 3; 2 -> 3; 3 -> 4, 5; 5 -> 3; 6 is nobody's; 7 is a root that holds 4.
const why = () => ({
  source: "graph", roots: ["entry", "KEEP"], root: [0, -1, -1, -1, -1, -1, -1, 1],
  flash: [], ota: [], to: [[1, 1], [3], [3], [4, 1], [], [3], [], [4]],
});

test("all shortest chains, and no longer one", () => {
  const known = new Holders(why());
  assert.deepEqual(known.chains([3], 9).sort(), [[0, 1, 3], [0, 2, 3]]);
  assert.deepEqual(known.chains([4], 9), [[7, 4]]);
  assert.deepEqual(known.chains([3], 1).length, 1);
  assert.deepEqual(known.chains([6], 9), []);
  assert.deepEqual(known.chains([0], 9), [[0]]);
  assert.deepEqual(known.chains([3, 4], 9), [[7, 4]]); // of several the nearest
});

test("who else refers to it, not what is inside", () => {
  const known = new Holders(why());
  assert.deepEqual(known.holders(new Set([3])).sort(), [1, 2, 5]);
  assert.deepEqual(known.holders(new Set([3, 5])).sort(), [1, 2]);
});

test("what would go is what no root reaches any more", () => {
  const known = new Holders(why());
  assert.deepEqual(known.lost(new Set([3])), [3, 5]); // 4 has another holder
  assert.deepEqual(known.lost(new Set([1])), [1]);
  assert.deepEqual(known.lost(new Set([1, 2])), [1, 2, 3, 5]);
  assert.deepEqual(known.lost(new Set([6])), [6]);
});
