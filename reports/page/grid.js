// A table of any length: only the rows that are seen exist; sorted by its headings, narrowed, copied as CSV.

import { copy, make } from "./dom.js";
import { bytes } from "./numbers.js";
import { compare } from "./tables.js";
import { csv } from "./texts.js";

const ROW = 29; // height of a row in pixels, which style.css fixes
const AHEAD = 12; // rows that are there although they are not seen
const HIGH = 560; // pixels that style.css gives it at the most: asking how many would lay the page out
const EXACT = 2 ** 52;

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: number) => string | number} value for sorting and CSV
 * @property {(value: string | number) => string} [write] of a number
 * @property {(row: number) => (() => void) | null} [go] what its cell leads to
 */

export class Grid {
  /** @type {Column[]} */
  columns = [];
  /** All rows, in order. @type {number[]} */
  ordered = [];
  /** Those that are shown. @type {number[]} */
  rows = [];
  /** @type {((row: number) => boolean) | null} */
  keep = null;
  /** What is in the table now. */
  drawn = "";
  sort = 0;
  way = 1;
  /** How far it is scrolled. */
  top = 0;

  /** @param {HTMLElement} root @param {string} label @param {...Node} controls stand before the button */
  constructor(root, label, ...controls) {
    this.head = make("tr");
    this.body = make("tbody");
    this.table = make("table", { class: "explore" }, make("thead", {}, this.head), this.body);
    this.scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, this.table);
    this.scroll.addEventListener("scroll", () => {
      this.top = this.scroll.scrollTop;
      this.draw();
    });
    this.count = make("span", { class: "count", role: "status" });
    const button = make("button", { type: "button", class: "small" }, "Copy as CSV");
    button.addEventListener("click", () => copy(this.text(), button));
    root.append(make("p", { class: "tools" }, ...controls, button, this.count), this.scroll);
  }

  /** @param {Column[]} columns @param {number[]} rows @param {number} sort column, -1 for the order of the rows @param {1 | -1} way */
  show(columns, rows, sort, way) {
    this.columns = columns;
    [this.sort, this.way] = [sort, way];
    this.fill(rows);
  }

  /** Other rows, or the same with other values. @param {number[]} rows */
  fill(rows) {
    this.ordered = this.inOrder(rows);
    this.narrow(this.keep);
  }

  /** @param {((row: number) => boolean) | null} keep null for every row */
  narrow(keep) {
    this.keep = keep;
    this.rows = keep ? this.ordered.filter(keep) : this.ordered;
    this.heading();
    this.count.textContent = keep ? `${bytes(this.rows.length)} of ${bytes(this.ordered.length)}` : bytes(this.ordered.length);
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    if (this.top) this.scroll.scrollTop = this.top = 0;
    this.drawn = "";
    this.draw();
  }

  /** @param {number[]} rows @returns {number[]} sorted by the column; equal ones stay as they were */
  inOrder(rows) {
    const column = this.columns[this.sort];
    if (!column) return rows;
    const order = rows.map((_, index) => index);
    if (column.write) {
      const keys = Float64Array.from(rows, (row) => this.way * Number(column.value(row)));
      const quick = wholes(keys);
      if (quick) return Array.from(quick, (index) => rows[index]);
      order.sort((a, b) => keys[a] - keys[b]);
    } else {
      const keys = rows.map((row) => column.value(row));
      order.sort((a, b) => this.way * compare(keys[a], keys[b]));
    }
    return order.map((index) => rows[index]);
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
          this.fill(this.ordered);
          /** @type {HTMLElement | null} */ (this.head.cells[index].firstElementChild)?.focus();
        });
        return make("th", { scope: "col", class: numeric ? "n" : undefined, "aria-sort": sorted }, button);
      }),
    );
  }

  draw() {
    const start = Math.max(Math.floor(this.top / ROW) - AHEAD, 0);
    const end = Math.min(start + Math.ceil(HIGH / ROW) + 2 * AHEAD, this.rows.length);
    const key = `${start} ${end}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const made = [gap(start)];
    for (let index = start; index < end; index++) made.push(this.row(this.rows[index], index));
    made.push(gap(this.rows.length - end));
    this.body.replaceChildren(...made);
  }

  /** @param {number} row @param {number} index */
  row(row, index) {
    const cells = this.columns.map((column) => {
      const value = column.value(row);
      const go = column.go?.(row);
      if (go) {
        const button = make("button", { type: "button", class: "link", title: String(value) }, String(value));
        button.addEventListener("click", go);
        return make("td", {}, button);
      }
      const text = column.write ? column.write(value) : String(value);
      return make("td", column.write ? { class: "n" } : { title: text }, text);
    });
    return make("tr", { "aria-rowindex": index + 2 }, ...cells);
  }

  text() {
    const rows = this.rows.map((row) => this.columns.map((column) => column.value(row)));
    return csv([this.columns.map((column) => column.title), ...rows]);
  }
}

/**
 * The order of whole numbers, equal ones as they were: each is sorted with its place, without a comparison in
 * script. Null where that would not be exact.
 * @param {Float64Array} keys
 */
export function wholes(keys) {
  const count = keys.length;
  const placed = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    placed[at] = keys[at] * count + at;
    if (!Number.isInteger(keys[at]) || Math.abs(placed[at]) > EXACT) return null;
  }
  placed.sort();
  return placed.map((value) => ((value % count) + count) % count);
}

/** @param {number} rows that are not there */
function gap(rows) {
  const made = make("tr", { "aria-hidden": "true", class: "gap" }, make("td"));
  made.style.height = `${Math.max(rows, 0) * ROW}px`;
  return made;
}
