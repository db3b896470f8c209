// Why is it here?  What was picked, who refers to it, and what would go with it.

import { make } from "./dom.js";
import { bytes, percent } from "./numbers.js";

/**
 * @typedef {object} Why who holds whom, by leaf
 * @property {string} source "graph" or "map"
 * @property {number[]} by the leaf before it on a shortest chain from a root: -1 it is a root, -2 not reached
 * @property {number[]} root index into `roots`, -1 for none
 * @property {string[]} roots why something is a root, in words
 * @property {number[]} flash bytes that would go with it @property {number[]} ota
 * @property {number[]} holders how many leaves refer to it
 * @property {number[][]} some of them
 */

export class Details {
  /**
   * @param {HTMLElement} root @param {import("./tree.js").Tree} tree @param {any} data
   * @param {(node: number) => void} go @param {(leaf: number) => string[]} freed in words
   */
  constructor(root, tree, data, go, freed) {
    this.root = root;
    this.tree = tree;
    /** @type {Why | null} */
    this.why = data.why;
    this.kinds = data.kinds;
    this.go = go;
    this.freed = freed;
  }

  /** @param {number} node -1 for nothing */
  show(node) {
    const { tree } = this;
    this.root.hidden = node < 0;
    if (node < 0) return;
    const leaf = tree.isLeaf(node);
    const place = tree.path(node).slice(1, -1).map((at) => tree.names[at]).join(" › ");
    const facts = [["Flash", bytes(tree.base.flash[node])], ["RAM", bytes(tree.base.ram[node])]];
    if (tree.priced) {
      const ratio = tree.base.flash[node] ? ` (${percent(tree.base.ota[node] / tree.base.flash[node])})` : "";
      facts.push(["OTA", bytes(tree.base.ota[node]) + ratio]);
    }
    if (leaf) {
      const at = node - tree.first;
      facts.push(["Kind", this.kinds[tree.data.leaves.kind[at]]], ["Section", tree.section(node)]);
      facts.push(["Address", `0x${tree.addresses[at].toString(16).padStart(8, "0")}`], ["Source", tree.source(node)]);
    }
    const list = make("dl", { class: "facts" });
    for (const [name, value] of facts) if (value) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    this.root.replaceChildren(make("h3", {}, tree.names[node]), make("p", { class: "fine" }, place), list);
    if (!leaf) return;
    const freed = this.freed(node);
    if (freed.length) this.root.append(make("p", { class: "fine" }, `Goes with ${freed.join("; or ")}`));
    this.held(node);
  }

  /** @param {number} node */
  held(node) {
    const { why, tree } = this;
    if (!why) return;
    const leaf = node - tree.first;
    this.root.append(make("h4", {}, "Why is it here?"));
    const chain = chainOf(why, leaf);
    if (!chain.length) {
      this.root.append(make("p", { class: "fine" }, "Nothing that was read refers to it."));
      return;
    }
    const list = make("ol", { class: "chain" });
    list.append(make("li", { class: "root" }, why.roots[why.root[chain[0]]] ?? "root"));
    for (const one of chain) list.append(make("li", {}, this.link(one)));
    this.root.append(list);
    if (why.flash[leaf] > 0) {
      this.root.append(make("p", { class: "fine" },
        `Without it ${bytes(why.flash[leaf])} bytes of flash and ${bytes(why.ota[leaf])} of the OTA file would go, what only it holds included.`));
    }
    if (why.holders[leaf] > 1) {
      const others = make("p", { class: "fine" }, `${bytes(why.holders[leaf])} refer to it: `);
      why.some[leaf].forEach((one, index) => others.append(index ? ", " : "", this.link(one)));
      if (why.some[leaf].length < why.holders[leaf]) others.append(" …");
      this.root.append(others);
    }
    if (why.source === "map") this.root.append(make("p", { class: "fine" }, "From the map's cross references: object by object."));
  }

  /** @param {number} leaf */
  link(leaf) {
    const node = this.tree.first + leaf;
    const button = make("button", { type: "button", class: "link" }, this.tree.names[node]);
    button.addEventListener("click", () => this.go(node));
    const object = this.tree.around(node, "object");
    return make("span", {}, button, make("span", { class: "soft" }, object > 0 ? ` ${this.tree.names[object]}` : ""));
  }
}

/** Leaves from a root to one, itself last; empty when it is not reached. @param {Why} why @param {number} leaf */
export function chainOf(why, leaf) {
  const made = [];
  for (let at = leaf; at >= 0 && made.length < 500; at = why.by[at]) {
    if (why.by[at] === -2) return [];
    made.unshift(at);
  }
  return made;
}
