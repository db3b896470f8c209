// What changed since another build: a table first, since what is gone stands in no map; tiles choose its rows.

import { make } from "./dom.js";
import { Grid } from "./grid.js";
import { bytes, signed } from "./numbers.js";

/**
 * @typedef {object} Rows everything of one kind that changed, columns by thing; most first
 * @property {"symbol" | "object" | "archive" | "component"} kind
 * @property {string[]} status @property {string[]} name @property {string[]} object @property {string[]} archive
 * @property {string[]} was @property {(number | null)[]} before @property {(number | null)[]} now
 * @property {number[]} flash @property {number[]} ram @property {number[]} ota
 * @property {number[]} box leaf or group that it is, -1 for none
 *
 * @typedef {object} Compared
 * @property {string} base @property {{flash: number, ram: number | null, ota: number | null}} totals
 * @property {string} counted kind of the things that the tiles count
 * @property {Rows[]} kinds
 */

/** @type {Record<string, string>} */
const TITLES = { symbol: "Symbols and strings", object: "Objects", archive: "Archives", component: "Components" };
/** @type {Record<string, string>} */
export const WORDS = { new: "added", gone: "removed", grown: "grown", shrunk: "shrunk", moved: "moved", renamed: "renamed" };

export class Changes {
  /** Of things; "" for all. */
  status = "";
  /** What a search looks for. */
  wanted = "";

  /**
   * @param {HTMLElement} root @param {Compared} data @param {import("./tree.js").Tree | null} tree
   * @param {(node: number) => void} find
   */
  constructor(root, data, tree, find) {
    this.data = data;
    this.tree = tree;
    this.find = find;
    const counted = data.kinds.find((one) => one.kind === data.counted) ?? data.kinds[0];
    if (!counted) return;
    this.rows = counted;
    const kinds = make("select", { "aria-label": "Rows of changes" });
    for (const { kind } of data.kinds) kinds.append(make("option", { value: kind, selected: kind === counted.kind }, TITLES[kind]));
    kinds.addEventListener("change", () => this.choose(kinds.value));
    this.kinds = kinds;
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    input.addEventListener("input", () => {
      this.wanted = input.value.toLowerCase();
      this.narrow();
    });
    this.grid = new Grid(root, "What changed", make("label", {}, "Rows ", kinds), make("label", {}, "Filter ", input));
    this.tiles = [...document.querySelectorAll(".tile[data-status]")].map((tile) => this.tile(/** @type {HTMLElement} */ (tile)));
    this.choose(counted.kind);
  }

  /** A tile becomes a button that chooses rows. @param {HTMLElement} tile */
  tile(tile) {
    const button = make("button", { type: "button", "aria-pressed": "false" });
    button.append(...tile.childNodes);
    tile.append(button);
    button.addEventListener("click", () => this.press(tile.dataset.status === this.status ? "" : tile.dataset.status ?? ""));
    return { button, status: tile.dataset.status };
  }

  /** @param {string} status */
  press(status) {
    this.status = status;
    for (const { button, status: mine } of this.tiles ?? []) button.setAttribute("aria-pressed", String(mine === status));
    if (status && this.kinds && this.rows?.kind !== this.data.counted) {
      this.kinds.value = this.data.counted;
      this.choose(this.data.counted);
    } else this.narrow();
  }

  /** @param {string} kind */
  choose(kind) {
    const rows = this.data.kinds.find((one) => one.kind === kind);
    if (!rows || !this.grid) return;
    this.rows = rows;
    this.grid.keep = this.kept();
    // As the report has them: those that changed most come first, either way.
    this.grid.show(this.columns(rows), rows.name.map((_, index) => index), -1, 1);
  }

  narrow() {
    this.grid?.narrow(this.kept());
  }

  kept() {
    const { rows, status, wanted } = this;
    if (!rows || (!status && !wanted)) return null;
    const text = (/** @type {number} */ row) => `${rows.name[row]} ${rows.object[row]} ${rows.archive[row]} ${rows.was[row]}`.toLowerCase();
    return (/** @type {number} */ row) => (!status || rows.status[row] === status) && (!wanted || text(row).includes(wanted));
  }

  /** The box of a row, -1 for none. @param {Rows} rows @param {number} row */
  node(rows, row) {
    const box = rows.box[row];
    if (box < 0 || !this.tree) return -1;
    return rows.kind === "symbol" ? this.tree.first + box : box + 1;
  }

  /** @param {Rows} rows @returns {import("./grid.js").Column[]} */
  columns(rows) {
    const change = (/** @type {string | number} */ value) => signed(Number(value));
    const size = (/** @type {string | number} */ value) => (value === "" ? "-" : bytes(Number(value)));
    /** @type {import("./grid.js").Column[]} */
    const made = [
      { title: "It", value: (row) => WORDS[rows.status[row]] ?? rows.status[row] },
      {
        title: "Name",
        value: (row) => rows.name[row],
        go: (row) => (this.node(rows, row) > 0 ? () => this.find(this.node(rows, row)) : null),
      },
      { title: "Before", value: (row) => rows.before[row] ?? "", write: size },
      { title: "Now", value: (row) => rows.now[row] ?? "", write: size },
      { title: "Flash", value: (row) => rows.flash[row], write: change },
    ];
    if (this.data.totals.ram !== null) made.push({ title: "RAM", value: (row) => rows.ram[row], write: change });
    if (this.data.totals.ota !== null) made.push({ title: "OTA", value: (row) => rows.ota[row], write: change });
    if (rows.kind === "symbol") made.push({ title: "Object", value: (row) => rows.object[row] });
    if (rows.kind === "symbol" || rows.kind === "object") made.push({ title: "Archive", value: (row) => rows.archive[row] });
    if (rows.was.some(Boolean)) made.push({ title: "Was", value: (row) => rows.was[row] });
    return made;
  }
}

/**
 * What each box grew by: what is said of it, else the sum of what is inside; what is gone counts where it was.
 * @param {import("./tree.js").Tree} tree @param {Compared} data @param {import("./tree.js").Currency} currency
 */
export function grownBy(tree, data, currency) {
  const made = new Float64Array(tree.count);
  const known = new Uint8Array(tree.count);
  for (const rows of data.kinds) {
    rows.box.forEach((box, row) => {
      if (box < 0) return;
      const node = rows.kind === "symbol" ? tree.first + box : box + 1;
      made[node] += rows[currency][row];
      known[node] = 1;
    });
  }
  known[0] = 1;
  made[0] = data.totals[currency] ?? 0;
  for (let node = tree.count - 1; node > 0; node--) if (!known[tree.parent[node]]) made[tree.parent[node]] += made[node];
  return made;
}
