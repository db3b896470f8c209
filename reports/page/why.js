// Who holds whom: the shortest chains of references from a root, who else refers to it, what would go with it.

/**
 * @typedef {object} Why columns by leaf
 * @property {string} source "graph" or "map"
 * @property {string[]} roots why something is a root, in words
 * @property {number[]} root index into `roots`, -1 for none
 * @property {number[]} flash bytes that would go with it @property {number[]} ota
 * @property {{flash: number[], ota: number[]}} groups the same by group
 * @property {number[][]} to the leaves that it refers to: the first, then the step to each next
 */

const UNREACHED = -1;

export class Holders {
  /** @param {Why} why */
  constructor(why) {
    this.why = why;
    const count = why.root.length;
    this.count = count;
    /** @type {number[]} */
    this.roots = [];
    why.root.forEach((kind, leaf) => kind >= 0 && this.roots.push(leaf));
    /** @type {Int32Array[]} */
    this.to = why.to.map((steps) => {
      const made = Int32Array.from(steps);
      for (let at = 1; at < made.length; at++) made[at] += made[at - 1];
      return made;
    });
    /** @type {number[][]} who refers to each leaf */
    this.from = Array.from({ length: count }, () => []);
    this.to.forEach((leaves, leaf) => leaves.forEach((one) => this.from[one].push(leaf)));
    this.distance = this.reach(new Set());
  }

  /** How far each leaf is from a root, without some leaves. @param {Set<number>} without @returns {Int32Array} */
  reach(without) {
    const far = new Int32Array(this.count).fill(UNREACHED);
    const due = this.roots.filter((leaf) => !without.has(leaf));
    for (const leaf of due) far[leaf] = 0;
    for (let at = 0; at < due.length; at++) {
      for (const next of this.to[due[at]]) {
        if (far[next] !== UNREACHED || without.has(next)) continue;
        far[next] = far[due[at]] + 1;
        due.push(next);
      }
    }
    return far;
  }

  /** The shortest chains from a root to any of some leaves. @param {number[]} leaves @param {number} most @returns {number[][]} */
  chains(leaves, most) {
    const reached = leaves.filter((leaf) => this.distance[leaf] !== UNREACHED);
    const least = reached.reduce((least, leaf) => Math.min(least, this.distance[leaf]), Infinity);
    /** @type {number[][]} */
    const made = [];
    const due = reached.filter((leaf) => this.distance[leaf] === least).map((leaf) => [leaf]);
    while (due.length && made.length < most) {
      const chain = /** @type {number[]} */ (due.pop());
      const [first] = chain;
      if (this.distance[first] === 0) made.push(chain);
      else for (const one of this.from[first]) if (this.distance[one] === this.distance[first] - 1) due.push([one, ...chain]);
    }
    return made;
  }

  /** Leaves outside of some that refer to them. @param {Set<number>} leaves @returns {number[]} */
  holders(leaves) {
    const made = new Set();
    for (const leaf of leaves) for (const one of this.from[leaf]) if (!leaves.has(one)) made.add(one);
    return [...made];
  }

  /** Some leaves and all that only they hold. @param {Set<number>} leaves @returns {number[]} */
  lost(leaves) {
    const far = this.reach(leaves);
    const made = [];
    for (let leaf = 0; leaf < this.count; leaf++) if (leaves.has(leaf) || (this.distance[leaf] !== UNREACHED && far[leaf] === UNREACHED)) made.push(leaf);
    return made;
  }
}
