// What if: features to tick, and what the bars, the heap and the verdict would be.

import { copy, make, save, the } from "./dom.js";
import { bytes, counted, percent, signed } from "./numbers.js";
import { patch } from "./texts.js";
import { after, refit, sentence, state } from "./verdict.js";
import { effect, pairs } from "./whatif.js";

/**
 * @typedef {object} Feature
 * @property {string} name @property {string} place @property {number} flash @property {number} ram
 * @property {number} ota @property {number} flash_error @property {number} ota_error @property {string[]} shared
 * @property {boolean} derived
 *
 * @typedef {object} Choice a set that the plan proposes
 * @property {string[]} off @property {number} flash @property {number} ota @property {boolean} fits
 */

const RESOURCES = { flash: "flash", ram: "RAM", ota: "OTA" };
const MOST_BUDGETS = 3;
const MOST_PAIRS = 6;

export class Panel {
  /** @type {HTMLElement} */
  status;
  /** @type {HTMLButtonElement} */
  undoing;
  /** @type {HTMLButtonElement} */
  clearing;
  /** @type {HTMLElement} */
  taking;
  /** @type {HTMLElement} */
  chips;

  /**
   * @param {HTMLElement} root @param {any} data the page's @param {(off: Set<number>) => void} changed
   * @param {() => string} link @param {() => {budget: import("./budgets.js").Budget, over: number}[]} exceeded
   */
  constructor(root, data, changed, link, exceeded) {
    this.root = root;
    this.data = data;
    this.changed = changed;
    this.link = link;
    this.exceeded = exceeded;
    /** @type {Feature[]} */
    this.features = data.features;
    /** @type {Set<number>} */
    this.off = new Set();
    /** @type {number[][]} */
    this.past = [];
    /** @type {HTMLInputElement[]} */
    this.boxes = [];
    this.build();
  }

  build() {
    const list = make("ul", { class: "features", "aria-label": "Features that are on" });
    this.features.forEach((feature, index) => list.append(this.item(feature, index)));
    this.status = make("div", { class: "effect", role: "status" });
    const button = (/** @type {string} */ words, /** @type {(b: HTMLButtonElement) => void} */ call) => {
      const made = make("button", { type: "button", class: "small" }, words);
      made.addEventListener("click", () => call(made));
      return made;
    };
    this.undoing = button("Undo", () => this.undo());
    this.clearing = button("All on", () => this.tick([]));
    this.taking = make("p", { class: "tools" },
      this.undoing,
      this.clearing,
      button("Copy patch", (made) => copy(this.patch(), made)),
      button("Save patch", () => save("strip.diff", this.patch(), "text/x-diff")),
      button("Copy link", (made) => copy(this.link(), made)),
    );
    this.taking.hidden = true;
    this.chips = make("div", { class: "choices" });
    for (const choice of /** @type {Choice[]} */ (this.data.plans)) {
      const words = `${choice.off.join(" + ")}: −${bytes(choice.flash)} flash, −${bytes(choice.ota)} OTA`;
      this.chips.append(button(words, () => this.tick(this.numbers(choice.off))));
    }
    const filter = make("input", { type: "search", autocomplete: "off", spellcheck: "false", "aria-label": "Filter features", placeholder: "Filter features" });
    filter.addEventListener("input", () => {
      const wanted = filter.value.toLowerCase();
      [...list.children].forEach((item, index) => {
        /** @type {HTMLElement} */ (item).hidden = !this.features[index].name.toLowerCase().includes(wanted);
      });
    });
    this.root.append(this.status, this.taking);
    if (this.data.plans.length) this.root.append(make("p", { class: "fine" }, "What the plan proposes"), this.chips);
    this.together(button);
    if (this.features.length > 12) this.root.append(filter);
    this.root.append(list);
    this.tell(effect(this.data.held, this.off));
  }

  /** Pairs that free what neither does alone. @param {(words: string, call: () => void) => HTMLButtonElement} button */
  together(button) {
    const best = pairs(this.data.held).slice(0, MOST_PAIRS);
    if (!best.length) return;
    const choices = make("div", { class: "choices" });
    for (const { off, flash } of best) {
      const found = effect(this.data.held, new Set(off));
      const names = off.map((index) => this.features[index].name).join(" + ");
      const words = `${names}: ${signed(-found.flash)} flash, ${signed(-found.ota)} OTA; ${bytes(Math.round(flash))} only together`;
      choices.append(button(words, () => this.tick(off)));
    }
    this.root.append(make("details", { class: "pairs" }, make("summary", {}, "Pairs that share code"), choices));
  }

  /** @param {Feature} feature @param {number} index */
  item(feature, index) {
    const box = make("input", { type: "checkbox", id: `feature-${index}` });
    box.addEventListener("change", () => {
      const off = new Set(this.off);
      if (box.checked) off.add(index);
      else off.delete(index);
      this.tick([...off]);
    });
    this.boxes.push(box);
    const sizes = make("span", { class: "fine" },
      `flash ${bytes(feature.flash)} ±${bytes(feature.flash_error)} · RAM ${bytes(feature.ram)} · OTA ${bytes(feature.ota)} ±${bytes(feature.ota_error)}`);
    const label = make("label", { for: `feature-${index}` }, make("span", { class: "name" }, feature.name), sizes);
    const made = make("li", {}, box, label);
    if (feature.shared.length) made.title = `Shares code with ${feature.shared.join(", ")}: more goes when they go together.`;
    return made;
  }

  /** @param {string[]} names @returns {number[]} */
  numbers(names) {
    return names.map((name) => this.features.findIndex((feature) => feature.name === name)).filter((index) => index >= 0);
  }

  names() {
    return [...this.off].map((index) => this.features[index].name);
  }

  /** @param {number[]} off @param {boolean} [quiet] without being undone or told */
  tick(off, quiet = false) {
    if (!quiet) this.past.push([...this.off]);
    this.off = new Set(off);
    this.boxes.forEach((box, index) => (box.checked = this.off.has(index)));
    this.changed(this.off);
    this.tell(effect(this.data.held, this.off));
  }

  undo() {
    const last = this.past.pop();
    if (last) this.tick(last, true);
  }

  patch() {
    const names = new Set(this.names());
    return patch(this.data.defines.filter((/** @type {{name: string}} */ one) => names.has(one.name)));
  }

  /** @param {import("./whatif.js").Effect} found */
  tell(found) {
    const { data } = this;
    this.undoing.disabled = !this.past.length;
    this.clearing.disabled = !this.off.size;
    // Once there it stays: what has the focus must not go away.
    if (this.off.size || this.past.length) this.taking.hidden = false;
    const sizes = after(data.sizes, found.flash, found.ota);
    const layouts = refit(data.layouts, sizes);
    if (!this.off.size) {
      this.status.replaceChildren("Tick features to see the build without them. Shared code goes when the last that needs it goes.");
    } else {
      const bar = (/** @type {number} */ error) => make("span", { class: "soft" }, ` ±${bytes(error)}`);
      this.status.replaceChildren(
        make("strong", {}, `Without ${counted(this.off.size, "feature")}`),
        make("dl", { class: "figures" },
          make("div", {}, make("dt", {}, "Flash"), make("dd", { id: "saved-flash" }, signed(-found.flash), bar(found.flashError))),
          make("div", {}, make("dt", {}, "RAM"), make("dd", { id: "saved-ram" }, signed(-found.ram))),
          make("div", {}, make("dt", {}, "OTA file"), make("dd", { id: "saved-ota" }, signed(-found.ota), bar(found.otaError)))),
        make("p", { class: "fine" }, found.exact ? "Predicted as a whole, and packed." : "Put together from what each set of features holds."),
      );
    }
    this.bars(layouts, found);
    this.verdict(layouts);
    const heap = document.getElementById("heap");
    if (heap && data.sizes.heap !== null) heap.textContent = bytes(data.sizes.heap + found.ram);
    for (const [id, size] of Object.entries(sizes)) {
      const figure = document.getElementById(`size-${id}`);
      if (figure && size !== null) figure.textContent = bytes(size);
    }
  }

  /** @param {import("./verdict.js").Fit[]} layouts @param {import("./whatif.js").Effect} found */
  bars(layouts, found) {
    layouts.forEach((fit, index) => {
      /** @type {Set<string>} */
      const kinds = new Set();
      for (const slot of fit.slots) {
        const root = document.getElementById(`slot-${index}-${slot.name}`);
        if (!root) continue;
        const kind = state(slot, this.data.reserve);
        kinds.add(kind);
        const longest = Math.max(slot.size, slot.limit, 1);
        const left = slot.limit - slot.size;
        const error = !this.off.size ? 0 : slot.name === "unpacked" ? found.flashError : found.otaError;
        root.dataset.state = kind;
        part(root, "left").textContent = `${bytes(Math.abs(left))} ${left < 0 ? "over" : "left"}${error ? ` ±${bytes(error)}` : ""}`;
        part(root, "size").textContent = `${bytes(slot.size)} of ${bytes(slot.limit)}`;
        part(root, "share").textContent = slot.limit > 0 ? percent(slot.size / slot.limit) : "no slot";
        part(root, "value").setAttribute("width", ((100 * slot.size) / longest).toFixed(2));
        part(root, "limit").setAttribute("x", ((100 * Math.max(slot.limit, 0)) / longest).toFixed(2));
        part(root, "reserve").setAttribute("x", ((100 * Math.max(slot.limit - this.data.reserve, 0)) / longest).toFixed(2));
      }
      const chip = document.getElementById(`fits-${index}`);
      if (chip) {
        const worst = kinds.has("over") ? "over" : kinds.has("near") ? "near" : "good";
        chip.textContent = worst === "good" ? "fits" : worst === "near" ? "nearly full" : "over";
        chip.className = `chip ${worst}`;
      }
    });
  }

  /** @param {import("./verdict.js").Fit[]} layouts */
  verdict(layouts) {
    const line = document.getElementById("verdict-now");
    if (!line) return;
    line.hidden = !this.off.size || !(layouts.length || this.data.budgets.length);
    const states = layouts.flatMap((fit) => fit.slots.map((slot) => state(slot, this.data.reserve)));
    const over = this.off.size ? this.exceeded() : [];
    line.className = `verdict now ${over.length || states.includes("over") ? "bad" : states.includes("near") ? "near" : "good"}`;
    const names = this.names();
    const which = names.length > 3 ? `${names.length} features` : names.join(", ");
    const budgets = over.map(({ budget, over }) => ` The ${budget.kind} ${budget.name} is ${bytes(over)} over its ${RESOURCES[budget.resource]} budget of ${bytes(budget.limit)}.`);
    line.textContent = `Without ${which}: ${sentence(layouts, this.data.reserve)}${budgets.slice(0, MOST_BUDGETS).join("")}`;
  }
}

/** @param {HTMLElement} root @param {string} name @returns {Element} */
function part(root, name) {
  return root.querySelector(`.p-${name}`) ?? the("nowhere");
}
