// The table that says the same as the map: any level of it, sorted, filtered by the search, as CSV.

import { copy, make } from "./dom.js";
import { bytes, percent, signed } from "./numbers.js";
import { compare } from "./tables.js";
import { csv } from "./texts.js";

const ROW = 29; // height of a row in pixels, which style.css fixes
const AHEAD = 12; // rows that are there although they are not seen

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(node: number) => string | number} value for sorting and CSV
 * @property {(value: string | number) => string} [write]
 * @property {boolean} [name] its cell leads to the box
 */

export class Explorer {
  /** @type {Column[]} */
  columns;
  /** @type {HTMLTableRowElement} */
  head;
  /** @type {HTMLTableSectionElement} */
  body;
  /** @type {HTMLTableElement} */
  table;
  /** @type {HTMLElement} */
  scroll;
  /** @type {HTMLElement} */
  count;
  /** What is in the table now. @type {string} */
  drawn;
  total = 0;
  /** All rows of the level, in order. @type {number[]} */
  ordered = [];

  /**
   * @param {HTMLElement} root @param {import("./tree.js").Tree} tree @param {string[]} kinds
   * @param {(node: number) => void} find @param {((node: number) => number) | null} change
   */
  constructor(root, tree, kinds, find, change) {
    this.root = root;
    this.tree = tree;
    this.kinds = kinds;
    this.find = find;
    this.change = change;
    this.level = "symbol";
    this.sort = 1;
    this.way = -1;
    /** @type {Uint8Array | null} */
    this.hit = null;
    /** @type {number[]} */
    this.rows = [];
    /** @type {Map<number, Float64Array>} */
    this.byKind = new Map();
    this.build();
  }

  build() {
    this.head = make("tr");
    this.body = make("tbody");
    this.table = make("table", { class: "explore" }, make("thead", {}, this.head), this.body);
    this.scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Every part of the image" }, this.table);
    this.scroll.addEventListener("scroll", () => this.draw());
    this.count = make("span", { class: "count", role: "status" });
    const levels = make("select", { "aria-label": "Rows" });
    for (const [level, words] of this.levels()) levels.append(make("option", { value: level, selected: level === this.level }, words));
    levels.addEventListener("change", () => this.choose(levels.value));
    const button = make("button", { type: "button", class: "small" }, "Copy as CSV");
    button.addEventListener("click", () => copy(this.text(), button));
    this.root.append(make("p", { class: "tools" }, make("label", {}, "Rows ", levels), button, this.count), this.scroll);
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
    this.columns = this.columnsOf(level);
    this.sort = 1;
    this.way = -1;
    this.refresh();
  }

  /** @param {Uint8Array | null} hit what a search found, null for everything */
  narrow(hit) {
    this.hit = hit;
    const { level, ordered } = this;
    this.rows = hit ? ordered.filter((node) => (level === "symbol" ? hit[node] === 1 : hit[node])) : ordered;
    this.shown();
  }

  refresh() {
    const { tree, level, hit } = this;
    const all = [];
    if (level === "symbol") for (let node = tree.first; node < tree.count; node++) all.push(node);
    else tree.data.groups.level.forEach((one, index) => one === level && all.push(index + 1));
    this.total = all.length;
    this.ordered = this.inOrder(all);
    this.rows = hit ? this.ordered.filter((node) => (level === "symbol" ? hit[node] === 1 : hit[node])) : this.ordered;
    this.shown();
  }

  /** @param {number[]} nodes @returns {number[]} sorted by the column; equal ones stay as they were */
  inOrder(nodes) {
    const column = this.columns[this.sort];
    const order = nodes.map((_, index) => index);
    if (column.write) {
      const keys = Float64Array.from(nodes, (node) => this.way * Number(column.value(node)));
      order.sort((a, b) => keys[a] - keys[b]);
    } else {
      const keys = nodes.map((node) => column.value(node));
      order.sort((a, b) => this.way * compare(keys[a], keys[b]));
    }
    return order.map((index) => nodes[index]);
  }

  shown() {
    this.heading();
    this.count.textContent = this.hit ? `${bytes(this.rows.length)} of ${bytes(this.total)}` : bytes(this.total);
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.scroll.scrollTop = 0;
    this.drawn = "";
    this.draw();
  }

  heading() {
    this.head.replaceChildren(
      ...this.columns.map((column, index) => {
        const numeric = Boolean(column.write);
        const sorted = index === this.sort ? (this.way > 0 ? "ascending" : "descending") : undefined;
        const button = make("button", { type: "button" }, column.title);
        button.addEventListener("click", () => {
          this.way = index === this.sort ? -this.way : numeric ? -1 : 1;
          this.sort = index;
          this.refresh();
          /** @type {HTMLElement | null} */ (this.head.cells[index].firstElementChild)?.focus();
        });
        return make("th", { scope: "col", class: numeric ? "n" : undefined, "aria-sort": sorted }, button);
      }),
    );
  }

  draw() {
    const high = this.scroll.clientHeight || 500;
    const start = Math.max(Math.floor(this.scroll.scrollTop / ROW) - AHEAD, 0);
    const end = Math.min(start + Math.ceil(high / ROW) + 2 * AHEAD, this.rows.length);
    const key = `${start} ${end}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const made = [gap(start)];
    for (let index = start; index < end; index++) made.push(this.row(this.rows[index], index));
    made.push(gap(this.rows.length - end));
    this.body.replaceChildren(...made);
  }

  /** @param {number} node @param {number} index */
  row(node, index) {
    const cells = this.columns.map((column) => {
      const value = column.value(node);
      if (column.name) {
        const button = make("button", { type: "button", class: "link", title: String(value) }, String(value));
        button.addEventListener("click", () => this.find(node));
        return make("td", {}, button);
      }
      const text = column.write ? column.write(value) : String(value);
      return make("td", column.write ? { class: "n" } : { title: text }, text);
    });
    return make("tr", { "aria-rowindex": index + 2 }, ...cells);
  }

  /** @param {string} level @returns {Column[]} */
  columnsOf(level) {
    const { tree } = this;
    const size = (/** @type {string | number} */ value) => bytes(Number(value));
    /** @type {Column[]} */
    const made = [
      { title: level === "symbol" ? "Name" : level[0].toUpperCase() + level.slice(1), value: (node) => tree.names[node], name: true },
      { title: "Flash", value: (node) => tree.now.flash[node], write: size },
    ];
    if (this.change) {
      const change = this.change;
      made.push({ title: "Change", value: change, write: (value) => signed(Number(value)) });
    }
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

  text() {
    const rows = this.rows.map((node) => this.columns.map((column) => column.value(node)));
    return csv([this.columns.map((column) => column.title), ...rows]);
  }
}

/** @param {number} rows that are not there */
function gap(rows) {
  const made = make("tr", { "aria-hidden": "true", class: "gap" }, make("td"));
  made.style.height = `${Math.max(rows, 0) * ROW}px`;
  return made;
}
