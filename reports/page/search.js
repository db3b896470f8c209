// Which boxes does a search mean: by their own name, their object, archive, source, or a feature that frees them.

/**
 * @typedef {object} Found
 * @property {Uint8Array} hit 1 for each node that matches or lies in one that does, 2 for what holds such a one
 * @property {number} count of leaves
 * @property {number[]} best nodes, largest first
 *
 * @typedef {object} Features what frees a leaf
 * @property {string[]} names @property {(leaf: number) => number[]} of by number
 */

const MOST_HITS = 200;
const MOST_WORDS = 30; // as many bits as a mask has

/** Names one after the other, so that one scan looks through all of them; no word has a line break in it. */
class Index {
  /** @param {string[]} names */
  constructor(names) {
    const joined = names.join("\n");
    this.text = joined.toLowerCase();
    let lower = names;
    if (this.text.length !== joined.length) {
      // A letter became two, as the Turkish I with a dot does.
      lower = names.map((name) => name.toLowerCase());
      this.text = lower.join("\n");
    }
    this.starts = new Int32Array(names.length + 1);
    for (let at = 0; at < lower.length; at++) this.starts[at + 1] = this.starts[at] + lower[at].length + 1;
  }

  /** Sets a bit for each name that has a word. @param {string} word @param {number} bit @param {Uint32Array} masks */
  mark(word, bit, masks) {
    const { text, starts } = this;
    let name = 0;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, starts[name + 1])) {
      name = this.at(at, name);
      masks[name] |= bit;
    }
  }

  /** The name that a place lies in; not before the name `from`. @param {number} place @param {number} from */
  at(place, from) {
    let step = 1;
    while (from + step < this.starts.length && this.starts[from + step] <= place) step *= 2;
    let [low, high] = [from + (step >> 1), Math.min(from + step, this.starts.length - 1)];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= place) low = middle;
      else high = middle;
    }
    return low;
  }
}

/**
 * @param {import("./tree.js").Tree} tree @param {string} text @param {Float64Array} sizes
 * @param {Features} [features]
 * @returns {Found | null} null when nothing is searched for
 */
export function search(tree, text, sizes, features) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  if (!words.length) return null;
  const every = 2 ** words.length - 1;
  const { names, sources } = indices(tree);
  const masks = new Uint32Array(tree.count);
  const ofSource = new Uint32Array(tree.data.sources.length);
  words.forEach((word, bit) => {
    names.mark(word, 1 << bit, masks);
    sources.mark(word, 1 << bit, ofSource);
  });
  masks[0] = 0; // the whole is no answer
  const ofFeature = (features?.names ?? []).map((name) => {
    const lower = name.toLowerCase();
    return words.reduce((mask, word, bit) => (lower.includes(word) ? mask | (1 << bit) : mask), 0);
  });
  const asked = features && ofFeature.some(Boolean) ? features : null;
  const hit = new Uint8Array(tree.count);
  const source = tree.data.leaves.source;
  /** @type {number[]} */
  const best = [];
  let count = 0;
  for (let node = 1; node < tree.count; node++) {
    const above = masks[tree.parent[node]];
    let mask = masks[node] | above;
    if (mask !== every && node >= tree.first) {
      const at = source[node - tree.first];
      if (at >= 0) mask |= ofSource[at];
      if (mask !== every && asked) for (const feature of asked.of(node)) mask |= ofFeature[feature];
    }
    masks[node] = mask;
    if (mask !== every) continue;
    hit[node] = 1;
    if (node >= tree.first) count++;
    if (above !== every && sizes[node] > 0) best.push(node);
  }
  for (let node = tree.count - 1; node > 0; node--) if (hit[node] && !hit[tree.parent[node]]) hit[tree.parent[node]] = 2;
  return { hit, count, best: largest(best, sizes) };
}

/** The largest of some nodes, in order. @param {number[]} nodes @param {Float64Array} sizes */
function largest(nodes, sizes) {
  let kept = nodes;
  if (nodes.length > MOST_HITS) {
    const least = Float64Array.from(nodes, (node) => sizes[node]).sort()[nodes.length - MOST_HITS];
    kept = nodes.filter((node) => sizes[node] >= least);
  }
  return kept.sort((a, b) => sizes[b] - sizes[a] || a - b).slice(0, MOST_HITS);
}

/** @type {WeakMap<import("./tree.js").Tree, {names: Index, sources: Index}>} */
const known = new WeakMap();

/** Made once, when the page is quiet or somebody searches. @param {import("./tree.js").Tree} tree */
export function indices(tree) {
  let made = known.get(tree);
  if (!made) known.set(tree, (made = { names: new Index(tree.names), sources: new Index(tree.data.sources) }));
  return made;
}
