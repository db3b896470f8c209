// Which boxes does a search mean: by their own name, their object, archive, source, or a feature that frees them.

/**
 * @typedef {object} Found
 * @property {Uint8Array} hit 1 for each node that matches or lies in one that does
 * @property {number} count of leaves
 * @property {number[]} best nodes, largest first
 */

/**
 * @param {import("./tree.js").Tree} tree @param {string} text @param {Float64Array} sizes
 * @param {(leaf: number) => string[]} featuresOf names of features that free a leaf
 * @returns {Found | null} null when nothing is searched for
 */
export function search(tree, text, sizes, featuresOf = () => []) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const lower = lowered(tree);
  const every = (1 << Math.min(words.length, 30)) - 1;
  const kept = words.slice(0, 30);
  const masks = new Uint32Array(tree.count);
  /** @param {string} name */
  const matched = (name) => kept.reduce((mask, word, bit) => (name.includes(word) ? mask | (1 << bit) : mask), 0);
  const sources = tree.data.sources.map((source) => matched(source.toLowerCase()));
  const feature = new Map();
  const hit = new Uint8Array(tree.count);
  /** @type {number[]} */
  const best = [];
  let count = 0;
  for (let node = 1; node < tree.count; node++) {
    const above = masks[tree.parent[node]];
    let mask = above === every ? every : above | matched(lower[node]);
    if (mask !== every && node >= tree.first) {
      const source = tree.data.leaves.source[node - tree.first];
      if (source >= 0) mask |= sources[source];
      if (mask !== every) {
        for (const name of featuresOf(node)) {
          if (!feature.has(name)) feature.set(name, matched(name.toLowerCase()));
          mask |= feature.get(name);
        }
      }
    }
    masks[node] = mask;
    if (mask !== every) continue;
    hit[node] = 1;
    if (node >= tree.first) count++;
    if (above !== every && sizes[node] > 0) best.push(node);
  }
  for (let node = tree.count - 1; node > 0; node--) if (hit[node] && !hit[tree.parent[node]]) hit[tree.parent[node]] = 2;
  best.sort((a, b) => sizes[b] - sizes[a] || a - b);
  return { hit, count, best: best.slice(0, 200) };
}

/** @type {WeakMap<import("./tree.js").Tree, string[]>} */
const known = new WeakMap();

/** @param {import("./tree.js").Tree} tree */
function lowered(tree) {
  let names = known.get(tree);
  if (!names) known.set(tree, (names = tree.names.map((name) => name.toLowerCase())));
  return names;
}
