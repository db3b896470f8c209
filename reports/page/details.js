// Why is it here?  What was picked, who refers to it, and what would go with it.

import { make } from "./dom.js";
import { bytes, counted, percent } from "./numbers.js";
import { Holders } from "./why.js";

const NAMED = 8; // of those that refer to it
const MOST_CHAINS = 24;

export class Details {
  /**
   * @param {HTMLElement} root @param {import("./tree.js").Tree} tree @param {any} data
   * @param {(node: number) => void} go @param {(leaf: number) => string[]} freed in words
   */
  constructor(root, tree, data, go, freed) {
    this.root = root;
    this.tree = tree;
    /** @type {import("./why.js").Why | null} */
    this.why = data.why;
    /** @type {Holders | undefined} */
    this.known;
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
    const freed = leaf ? this.freed(node) : [];
    if (freed.length) this.root.append(make("p", { class: "fine" }, `Goes with ${freed.join("; or ")}`));
    this.held(node);
  }

  /** The leaves of a node. @param {number} node @returns {number[]} */
  leaves(node) {
    const { tree } = this;
    if (tree.isLeaf(node)) return [node - tree.first];
    const made = [];
    const due = [node];
    for (let at = due.pop(); at !== undefined; at = due.pop()) {
      if (tree.isLeaf(at)) made.push(at - tree.first);
      else for (let kid = tree.start[at]; kid < tree.start[at + 1]; kid++) due.push(tree.kids[kid]);
    }
    return made;
  }

  /** @param {number} node */
  held(node) {
    const { why, tree } = this;
    if (!why || node <= 0) return;
    const known = (this.known ??= new Holders(why));
    const leaves = this.leaves(node);
    const inside = new Set(leaves);
    const line = (/** @type {(Node | string)[]} */ ...words) => this.root.append(make("p", { class: "fine" }, ...words));
    this.root.append(make("h4", {}, "Why is it here?"));
    const chains = known.chains(leaves, MOST_CHAINS + 1);
    if (!chains.length) {
      line("Nothing that was read refers to it.");
      return;
    }
    this.root.append(this.chain(chains[0]));
    if (chains.length > 1) {
      const more = make("details", {}, make("summary", {}, `${chains.length > MOST_CHAINS ? `More than ${MOST_CHAINS}` : chains.length} chains are as short`));
      for (const chain of chains.slice(1, MOST_CHAINS)) more.append(this.chain(chain));
      this.root.append(more);
    }
    const gone = this.gone(node, leaves, inside);
    line(`Without it ${bytes(gone.flash)} bytes of flash${tree.priced ? ` and ${bytes(gone.ota)} of the OTA file` : ""} would go, what only it holds included.`);
    const holders = known.holders(inside);
    if (holders.length) {
      const named = make("p", { class: "fine" }, `${counted(holders.length, "other")} ${holders.length === 1 ? "refers" : "refer"} to it: `);
      holders.slice(0, NAMED).forEach((one, index) => named.append(index ? ", " : "", this.link(one)));
      if (holders.length > NAMED) named.append(" …");
      this.root.append(named);
    }
    if (why.source === "map") line("From the map's cross references: object by object.");
  }

  /** Bytes that would go with a node. @param {number} node @param {number[]} leaves @param {Set<number>} inside */
  gone(node, leaves, inside) {
    const { why, tree } = this;
    if (why && leaves.length === 1 && tree.isLeaf(node) && why.flash[leaves[0]]) return { flash: why.flash[leaves[0]], ota: why.ota[leaves[0]] };
    // Of a group the bytes that `imgcheck why` says: boxes are rounded one by one, and hold parts of several sections.
    if (why && !tree.isLeaf(node) && why.groups.flash[node - 1]) return { flash: why.groups.flash[node - 1], ota: why.groups.ota[node - 1] };
    const made = { flash: 0, ota: 0 };
    for (const leaf of this.known?.lost(inside) ?? []) {
      made.flash += tree.base.flash[tree.first + leaf];
      made.ota += tree.base.ota[tree.first + leaf];
    }
    return made;
  }

  /** @param {number[]} chain leaves from a root */
  chain(chain) {
    const list = make("ol", { class: "chain" });
    list.append(make("li", { class: "root" }, this.why?.roots[this.why.root[chain[0]]] ?? "root"));
    for (const one of chain) list.append(make("li", {}, this.link(one)));
    return list;
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
