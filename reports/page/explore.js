// The table that says the same as the map: any level of it, sorted, filtered by the search, as CSV.

import { make } from "./dom.js";
import { Grid } from "./grid.js";
import { bytes, percent, signed } from "./numbers.js";

export class Explorer {
  level = "symbol";
  /** @type {Uint8Array | null} */
  hit = null;
  /** @type {Map<number, Float64Array>} */
  byKind = new Map();

  /**
   * @param {HTMLElement} root @param {import("./tree.js").Tree} tree @param {string[]} kinds
   * @param {(node: number) => void} find @param {((node: number) => number) | null} change
   */
  constructor(root, tree, kinds, find, change) {
    this.tree = tree;
    this.kinds = kinds;
    this.find = find;
    this.change = change;
    const levels = make("select", { "aria-label": "Rows" });
    for (const [level, words] of this.levels()) levels.append(make("option", { value: level, selected: level === this.level }, words));
    levels.addEventListener("change", () => this.choose(levels.value));
    this.grid = new Grid(root, "Every part of the image", make("label", {}, "Rows ", levels));
    this.choose(this.level);
  }

  levels() {
    const there = new Set(this.tree.data.groups.level);
    /** @type {[string, string][]} */
    const made = [["component", "Components"], ["archive", "Archives"], ["folder", "Folders"], ["object", "Objects"]];
    return [...made.filter(([level]) => there.has(level)), ["symbol", "Symbols and strings"]];
  }

  /** @param {string} level */
  choose(level) {
    this.level = level;
    this.grid.keep = this.kept();
    this.grid.show(this.columnsOf(level), this.nodes(), 1, -1);
  }

  /** @param {Uint8Array | null} hit what a search found, null for everything */
  narrow(hit) {
    this.hit = hit;
    this.grid.narrow(this.kept());
  }

  kept() {
    const { hit, level } = this;
    if (!hit) return null;
    return level === "symbol" ? (/** @type {number} */ node) => hit[node] === 1 : (/** @type {number} */ node) => hit[node] > 0;
  }

  /** Sizes have changed. */
  refresh() {
    this.grid.fill(this.nodes());
  }

  nodes() {
    const { tree, level } = this;
    /** @type {number[]} */
    const all = [];
    if (level === "symbol") for (let node = tree.first; node < tree.count; node++) all.push(node);
    else tree.data.groups.level.forEach((one, index) => one === level && all.push(index + 1));
    return all;
  }

  /** @param {string} level @returns {import("./grid.js").Column[]} */
  columnsOf(level) {
    const { tree } = this;
    const size = (/** @type {string | number} */ value) => bytes(Number(value));
    /** @type {import("./grid.js").Column[]} */
    const made = [
      {
        title: level === "symbol" ? "Name" : level[0].toUpperCase() + level.slice(1),
        value: (node) => tree.names[node],
        go: (node) => () => this.find(node),
      },
      { title: "Flash", value: (node) => tree.now.flash[node], write: size },
    ];
    if (this.change) made.push({ title: "Change", value: this.change, write: (value) => signed(Number(value)) });
    if (level !== "symbol") {
      for (const [kind, title] of /** @type {const} */ ([["code", "Code"], ["string", "Strings"]])) {
        made.push({ title, value: (node) => this.ofKind(kind)[node], write: size });
      }
    }
    made.push({ title: "RAM", value: (node) => tree.now.ram[node], write: size });
    if (tree.priced) {
      made.push({ title: "OTA", value: (node) => tree.now.ota[node], write: size });
      const ratio = (/** @type {number} */ node) => (tree.now.flash[node] ? tree.now.ota[node] / tree.now.flash[node] : -1);
      made.push({ title: "Packed to", value: ratio, write: (value) => (Number(value) < 0 ? "-" : percent(Number(value))) });
    }
    const named = (/** @type {number} */ node) => (node > 0 ? tree.names[node] : "");
    if (level === "symbol") {
      made.push({ title: "Kind", value: (node) => this.kinds[tree.data.leaves.kind[node - tree.first]] });
      made.push({ title: "Object", value: (node) => named(tree.around(node, "object")) });
    }
    if (level === "symbol" || level === "object") made.push({ title: "Archive", value: (node) => named(tree.around(node, "archive")) });
    if (level !== "component") made.push({ title: "Component", value: (node) => named(tree.component(node)) });
    if (level === "symbol") {
      made.push({ title: "Section", value: (node) => tree.section(node) });
      made.push({ title: "Address", value: (node) => `0x${tree.addresses[node - tree.first].toString(16).padStart(8, "0")}` });
      made.push({ title: "Source", value: (node) => tree.source(node) });
    }
    return made;
  }

  /** Flash bytes of one kind in each node. @param {string} kind */
  ofKind(kind) {
    const number = this.kinds.indexOf(kind);
    let made = this.byKind.get(number);
    if (!made) {
      const { leaves } = this.tree.data;
      made = this.tree.column(leaves.flash.map((flash, index) => (leaves.kind[index] === number ? flash : 0)));
      this.byKind.set(number, made);
    }
    return made;
  }
}
