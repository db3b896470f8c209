// The boxes of the map as typed arrays: groups and leaves are nodes, node 0 is the whole image.

/**
 * @typedef {"flash" | "ram" | "ota"} Currency
 * @typedef {object} Columns
 * @property {{name: string[], parent: number[], level: string[], leaves: number[]}} groups
 * @property {{name: string[], flash: number[], ram: number[], ota: number[] | null, address: number[],
 *   section: number[], kind: number[], source: number[], line: number[]}} leaves
 * @property {string[]} sections
 * @property {string[]} sources
 */

/** @type {Currency[]} */
export const CURRENCIES = ["flash", "ram", "ota"];

export class Tree {
  /** Where the children of each node begin in `kids`. @type {Int32Array} */
  start;
  /** @type {Int32Array} */
  kids;
  /** @type {Record<string, Map<number, Int32Array>>} */
  sorted;

  /** @param {Columns} data @param {string} title */
  constructor(data, title) {
    const { groups, leaves } = data;
    this.data = data;
    this.groups = groups.name.length;
    this.first = this.groups + 1; // the first leaf
    this.count = this.first + leaves.name.length;
    /** @type {string[]} */
    this.names = [title, ...groups.name, ...leaves.name];
    this.parent = new Int32Array(this.count);
    this.parent[0] = -1;
    let leaf = this.first;
    groups.parent.forEach((parent, index) => {
      this.parent[index + 1] = parent + 1;
      for (let more = groups.leaves[index]; more > 0; more--) this.parent[leaf++] = index + 1;
    });
    this.priced = leaves.ota !== null;
    /** @type {Record<Currency, Float64Array>} */
    this.base = { flash: this.column(leaves.flash), ram: this.column(leaves.ram), ota: this.column(leaves.ota) };
    /** Sizes as they would be with the ticked features off. @type {Record<Currency, Float64Array>} */
    this.now = this.base;
    this.children();
    this.addresses = new Float64Array(leaves.address.length);
    let address = 0;
    leaves.address.forEach((step, index) => (this.addresses[index] = address += step));
  }

  /** Sizes of all nodes from those of the leaves. @param {ArrayLike<number> | null} sizes */
  column(sizes) {
    const made = new Float64Array(this.count);
    if (sizes) made.set(sizes, this.first);
    this.sum(made);
    return made;
  }

  /** Sums of the groups, in place; the leaves are there already. @param {Float64Array} sizes */
  sum(sizes) {
    sizes.fill(0, 0, this.first);
    for (let node = this.count - 1; node > 0; node--) sizes[this.parent[node]] += sizes[node];
  }

  /** Lists the children of each node in one array. */
  children() {
    this.start = new Int32Array(this.count + 1);
    for (let node = 1; node < this.count; node++) this.start[this.parent[node] + 1]++;
    for (let node = 0; node < this.count; node++) this.start[node + 1] += this.start[node];
    const next = this.start.slice();
    this.kids = new Int32Array(Math.max(this.count - 1, 0));
    for (let node = 1; node < this.count; node++) this.kids[next[this.parent[node]]++] = node;
    this.sorted = { flash: new Map(), ram: new Map(), ota: new Map() };
  }

  /** The children of a node that have bytes, largest first. @param {number} node @param {Currency} currency */
  ranked(node, currency) {
    const known = this.sorted[currency].get(node);
    if (known) return known;
    const sizes = this.base[currency];
    const made = this.kids.slice(this.start[node], this.start[node + 1]).filter((kid) => sizes[kid] > 0);
    made.sort((a, b) => sizes[b] - sizes[a] || a - b);
    this.sorted[currency].set(node, made);
    return made;
  }

  /** @param {number} node */
  isLeaf(node) {
    return node >= this.first;
  }

  /** @param {number} node @returns {number[]} from the whole image to the node itself */
  path(node) {
    const made = [];
    for (let at = node; at >= 0; at = this.parent[at]) made.unshift(at);
    return made;
  }

  /** The nearest group of a level around a node, -1 for none. @param {number} node @param {string} level */
  around(node, level) {
    for (let at = node; at > 0; at = this.parent[at]) {
      if (at < this.first && this.data.groups.level[at - 1] === level) return at;
    }
    return -1;
  }

  /** The component that a node lies in, -1 for the whole. @param {number} node */
  component(node) {
    let at = node;
    while (at > 0 && this.parent[at] > 0) at = this.parent[at];
    return at > 0 ? at : -1;
  }

  /** @param {number} leaf a node @returns {string} */
  source(leaf) {
    const { leaves, sources } = this.data;
    const at = leaf - this.first;
    if (at < 0 || leaves.source[at] < 0) return "";
    return sources[leaves.source[at]] + (leaves.line[at] ? `:${leaves.line[at]}` : "");
  }

  /** @param {number} leaf a node @returns {string} */
  section(leaf) {
    const at = leaf - this.first;
    return at < 0 || this.data.leaves.section[at] < 0 ? "" : this.data.sections[this.data.leaves.section[at]];
  }
}
