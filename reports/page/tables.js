// Tables that the page came with: sorted by their headings, filtered, and copied as CSV.

import { copy, debounced, make } from "./dom.js";
import { csv } from "./texts.js";

const MANY = 12; // rows; a shorter table needs no filter

/** @param {ParentNode} root */
export function enhance(root) {
  for (const table of root.querySelectorAll("table.plain")) {
    const details = table.closest("details");
    if (details && table instanceof HTMLTableElement) {
      sortable(table);
      tools(table, details);
    }
  }
}

/** @param {HTMLTableElement} table */
function sortable(table) {
  const heads = [...(table.tHead?.rows[0].cells ?? [])];
  for (const head of heads) {
    head.querySelector("button")?.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      const way = was ? (was === "ascending" ? -1 : 1) : head.className === "n" ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      const body = table.tBodies[0];
      const keyed = [...body.rows].map((row) => /** @type {const} */ ([value(row.cells[head.cellIndex]), row]));
      keyed.sort(([a], [b]) => way * compare(a, b));
      body.append(...keyed.map(([, row]) => row));
    });
  }
}

const words = new Intl.Collator("en");

/** Numbers before words. @param {string | number} a @param {string | number} b */
export function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return words.compare(a, b);
  return typeof a === "number" ? -1 : 1;
}

/** @param {HTMLTableCellElement} cell */
function value(cell) {
  const text = cell.textContent ?? "";
  const number = Number.parseFloat(text.replace(/[,±<%+\s]/g, "").replace("−", "-"));
  return cell.classList.contains("n") && !Number.isNaN(number) ? number : text;
}

/** @param {HTMLTableElement} table @param {HTMLDetailsElement} details */
function tools(table, details) {
  const bar = make("p", { class: "tools" });
  const body = table.tBodies[0];
  const count = details.querySelector(".count");
  const whole = count?.textContent ?? "";
  if (body.rows.length > MANY) {
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const filter = debounced(() => {
      const wanted = input.value.toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      if (count) count.textContent = wanted ? `${shown.toLocaleString("en")} of ${whole}` : whole;
    }, 100);
    input.addEventListener("input", filter);
    bar.append(make("label", {}, "Filter ", input));
  }
  const button = make("button", { type: "button", class: "small" }, "Copy as CSV");
  button.addEventListener("click", () => {
    const rows = [...(table.tHead?.rows ?? []), ...body.rows].filter((row) => !row.hidden);
    copy(csv(rows.map((row) => [...row.cells].map((cell) => plain(cell)))), button);
  });
  bar.append(button);
  table.closest(".scroll")?.before(bar);
}

/** A size without its commas. @param {HTMLTableCellElement} cell */
function plain(cell) {
  const text = (cell.textContent ?? "").trim();
  return cell.classList.contains("n") && /^[−-]?[\d,]+$/.test(text) ? text.replace(/,/g, "").replace("−", "-") : text;
}
