// Puts the page together: what one part chooses, the others show.

import { exceeded } from "./budgets.js";
import { choose } from "./builds.js";
import { Changes, grownBy } from "./changes.js";
import { tint, hue } from "./colours.js";
import { Details } from "./details.js";
import { debounced, make, the } from "./dom.js";
import { Explorer } from "./explore.js";
import { inner } from "./layout.js";
import { TreeMap } from "./map.js";
import { bytes, counted, percent, signed } from "./numbers.js";
import { Panel } from "./panel.js";
import { indices, search } from "./search.js";
import { initial, read, write } from "./state.js";
import { enhance } from "./tables.js";
import { CURRENCIES, Tree } from "./tree.js";
import { byLeaf, effect, shrunk } from "./whatif.js";
import { unpacked } from "./packed.js";

const QUIET = 90; // ms between strokes before a search runs
const LISTED = 40; // hits that are named

/** @type {Record<string, string>} */
const COLOURS = { component: "component", packed: "packed ratio", feature: "feature", growth: "growth", waste: "waste" };
/** @type {Record<string, string>} */
const AREAS = { flash: "Flash", ram: "RAM", ota: "OTA" };

class Page {
  /** The state as it stands in the address. @type {string | undefined} */
  written;
  /** @type {import("./search.js").Found | null} */
  found = null;
  /** @type {HTMLInputElement} */
  input;

  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.first = data.compared ? "growth" : "component";
    this.state = initial(this.first);
    this.tree = new Tree(data, data.title);
    this.wasted = this.tree.column(data.wasted);
    this.sets = byLeaf(data.held);
    this.freers = {
      names: data.features.map((/** @type {{name: string}} */ one) => one.name),
      of: (/** @type {number} */ leaf) => this.freeing(leaf),
    };
    /** @type {Map<number, number[]>} */
    this.names = new Map();
    /** @type {Map<string, Float64Array>} */
    this.grown = new Map();
    this.map = new TreeMap(/** @type {HTMLCanvasElement} */ (the("map")), the("ring"), this.tree, {
      go: () => this.moved(),
      point: (box, how) => this.tell(box, how),
      pick: (node) => this.pick(node),
    });
    this.map.scene = {
      ...this.map.scene,
      featureOf: (node) => this.featureOf(node),
      changeOf: (node) => this.changeOf(node),
      wasteOf: (node) => this.wasted[node],
    };
    this.details = new Details(the("details"), this.tree, data, (node) => this.find(node), (node) => this.freed(node));
    this.explorer = new Explorer(the("explore"), this.tree, data.kinds, (node) => this.find(node), data.compared && ((node) => this.changes("flash")[node]));
    this.panel = data.features.length
      ? new Panel(the("what-if"), data, (off) => this.switched(off), () => this.link(), () => exceeded(data.budgets, this.tree))
      : null;
    if (data.compared) new Changes(the("changes"), data.compared, this.tree, (node) => this.find(node));
    this.controls();
    this.keys();
    this.restore(location.hash);
    window.addEventListener("hashchange", () => this.restore(location.hash));
    const watch = new ResizeObserver(debounced(() => this.resized(), 60));
    watch.observe(the("map"));
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      window.matchMedia(query).addEventListener("change", () => this.draw());
    }
    window.addEventListener("beforeprint", () => this.resized(true));
  }

  controls() {
    const { tree, data } = this;
    const areas = CURRENCIES.filter((one) => tree.base[one][0] > 0);
    choices("area", "Area", areas.map((one) => [one, AREAS[one]]), (value) => {
      this.state.area = value;
      this.changed();
    });
    const colours = ["component"];
    if (tree.priced) colours.push("packed");
    if (data.features.length) colours.push("feature");
    if (data.compared) colours.push("growth");
    if (data.wastes.length) colours.push("waste");
    choices("colour", "Colour", colours.map((one) => [one, COLOURS[one]]), (value) => {
      this.state.colour = value;
      this.changed();
    });
    this.input = /** @type {HTMLInputElement} */ (the("find"));
    this.input.addEventListener("input", debounced(() => {
      this.state.find = this.input.value;
      this.sought();
    }, QUIET));
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => indices(tree));
    else this.input.addEventListener("focus", () => indices(tree), { once: true });
    const next = document.getElementById("try-plan");
    next?.addEventListener("click", () => this.panel?.tick(this.panel.numbers(data.plans[0].off)));
    if (next && this.panel) next.hidden = false;
  }

  keys() {
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.input.focus();
        this.input.select();
      } else if (event.key === "Escape") this.escape();
    });
  }

  /** Ends a search, then closes what was picked, then goes out of the box. */
  escape() {
    if (this.state.find) {
      this.input.value = this.state.find = "";
      this.sought();
    } else if (this.state.pick) this.pick(-1);
    else this.map.out();
  }

  /** Everything as an address says it. @param {string} hash */
  restore(hash) {
    if (hash.replace(/^#/, "") === this.written) return;
    this.state = read(hash, this.first);
    this.input.value = this.state.find;
    for (const name of /** @type {const} */ (["area", "colour"])) check(name, this.state[name]);
    this.panel?.tick(this.panel.numbers(this.state.off), true);
    this.map.place = { node: this.along(this.state.path), from: this.state.from };
    this.searched();
    const picked = this.state.pick ? this.along(this.state.pick.split("\u001f")) : -1;
    this.details.show(picked > 0 ? picked : this.shown());
    this.draw();
    this.crumbs();
    this.legend();
  }

  /** The node at the end of a chain of names, as far as it goes. @param {string[]} names */
  along(names) {
    const { tree } = this;
    let at = 0;
    for (const name of names) {
      const kids = tree.kids.subarray(tree.start[at], tree.start[at + 1]);
      const next = kids.find((kid) => tree.names[kid] === name);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** Writes the state into the address, and draws. */
  changed() {
    this.draw();
    this.legend();
    this.remember();
  }

  remember() {
    const text = write(this.state, this.first);
    if (text === this.written) return;
    this.written = text;
    try {
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    } catch {
      // A page in an attachment's preview may have no address of its own.
    }
  }

  link() {
    return `${location.href.split("#")[0]}#${write(this.state, this.first)}`;
  }

  draw() {
    const { scene } = this.map;
    scene.area = /** @type {import("./tree.js").Currency} */ (this.tree.base[/** @type {"flash"} */ (this.state.area)][0] > 0 ? this.state.area : "flash");
    scene.colour = /** @type {import("./colours.js").Mode} */ (this.state.colour);
    scene.hit = this.found?.hit ?? null;
    this.map.theme = theme();
    this.map.show();
  }

  /** Draws again where the canvas has another size, and anyway when it is `certain`. @param {boolean} [certain] */
  resized(certain = false) {
    const { clientWidth, clientHeight } = the("map");
    if (!certain && clientWidth === this.map.width && clientHeight === this.map.height) return;
    this.map.stretched();
    this.draw();
  }

  /** The map went somewhere. */
  moved() {
    const { tree, map } = this;
    this.state.path = tree.path(map.place.node).slice(1).map((node) => tree.names[node]);
    this.state.from = map.place.from;
    if (!this.state.pick) this.details.show(this.shown());
    this.crumbs();
    this.remember();
  }

  crumbs() {
    const { tree, map } = this;
    const path = tree.path(map.place.node);
    const made = path.map((node, index) => {
      const last = index === path.length - 1 && !map.place.from;
      const words = `${tree.names[node]} ${bytes(tree.now[map.scene.area][node])}`;
      if (last) return make("li", {}, make("span", { "aria-current": "location" }, words));
      const button = make("button", { type: "button", class: "link" }, words);
      button.addEventListener("click", () => map.go({ node, from: 0 }));
      return make("li", {}, button);
    });
    if (map.place.from) {
      const more = tree.ranked(map.place.node, map.scene.area).length - map.place.from;
      made.push(make("li", {}, make("span", { "aria-current": "location" }, `${bytes(more)} smaller`)));
    }
    the("crumbs").replaceChildren(...made);
    const size = tree.now[map.scene.area][map.place.node];
    the("map").setAttribute("aria-label", `Map of ${tree.names[map.place.node]}, ${bytes(size)} bytes of ${AREAS[map.scene.area]}`);
  }

  /** @param {import("./layout.js").Box | null} box @param {"pointer" | "keyboard"} how */
  tell(box, how) {
    const line = the("readout");
    the("map").style.cursor = box ? "pointer" : "default";
    if (!box) {
      line.textContent = "\u00a0";
      return;
    }
    line.setAttribute("aria-live", how === "keyboard" ? "polite" : "off");
    line.textContent = this.words(box);
  }

  /** @param {import("./layout.js").Box} box @returns {string} the same for hover and focus */
  words(box) {
    const { tree, map } = this;
    if (box.from) return `${counted(tree.ranked(box.node, map.scene.area).length - box.from, "smaller one")} of ${tree.names[box.node]}: ${bytes(box.size)} bytes`;
    const { node } = box;
    const names = tree.path(node).slice(1).map((at) => tree.names[at]).join(" › ");
    const parts = [`flash ${bytes(tree.now.flash[node])}`];
    if (tree.now.flash[0]) parts[0] += ` (${percent(tree.now.flash[node] / tree.now.flash[0])})`;
    if (tree.base.ram[node]) parts.push(`RAM ${bytes(tree.now.ram[node])}`);
    if (tree.priced) parts.push(`OTA ${bytes(tree.now.ota[node])}`);
    const change = this.changeOf(node);
    if (change) parts.push(`${signed(change)} since ${this.data.compared.base}`);
    const source = tree.source(node);
    const feature = this.featureOf(node);
    if (feature >= 0) parts.push(`goes with ${this.data.features[feature].name}`);
    const waste = this.wasteOf(node);
    if (this.wasted[node] > 0) parts.push(`${bytes(this.wasted[node])} of it could go${waste < 0 ? "" : ` (${this.data.wastes[waste]})`}`);
    return `${names}: ${parts.join(", ")}${source ? `; ${source}` : ""}`;
  }

  /** What is told of when nothing was picked: what the map shows. */
  shown() {
    return this.map.place.node > 0 ? this.map.place.node : -1;
  }

  /** @param {number} node -1 for nothing */
  pick(node) {
    const { tree } = this;
    this.state.pick = node > 0 ? tree.path(node).slice(1).map((at) => tree.names[at]).join("\u001f") : "";
    this.details.show(node > 0 ? node : this.shown());
    this.remember();
  }

  /** Shows the box of a node, and what is known of it. @param {number} node */
  find(node) {
    const { tree, map } = this;
    const above = inner(tree, Math.max(tree.parent[node], 0));
    map.go({ node: above, from: 0 });
    let at = map.boxes.findIndex((box) => box.node === node && !box.from);
    while (at < 0) {
      const rest = map.boxes.find((box) => box.from && box.node === above);
      if (!rest) break;
      map.go({ node: above, from: rest.from });
      at = map.boxes.findIndex((box) => box.node === node && !box.from);
    }
    if (at >= 0) map.focus(at, "keyboard");
    this.pick(node);
    the("map-section").scrollIntoView({ block: "nearest" });
  }

  /** A search changes no box: it is only drawn again. */
  sought() {
    this.searched();
    this.map.scene.hit = this.found?.hit ?? null;
    this.map.draw();
    this.remember();
  }

  searched() {
    if (!this.found && !this.state.find.trim()) return;
    this.found = search(this.tree, this.state.find, this.tree.now.flash, this.freers);
    this.explorer.narrow(this.found?.hit ?? null);
    const list = the("hits");
    const { found } = this;
    if (!found) {
      list.replaceChildren();
      the("found").textContent = "";
      return;
    }
    the("found").textContent = `${counted(found.count, "hit")}`;
    list.replaceChildren(...found.best.slice(0, LISTED).map((node) => {
      const button = make("button", { type: "button", class: "link" }, this.tree.names[node]);
      button.addEventListener("click", () => this.find(node));
      return make("li", {}, button, make("span", { class: "soft" }, ` ${bytes(this.tree.now.flash[node])}`));
    }));
  }

  /** @param {Set<number>} off */
  switched(off) {
    const { held } = this.data;
    this.tree.now = off.size ? shrunk(this.tree, held, effect(held, off).pieces) : this.tree.base;
    this.state.off = [...off].map((index) => this.data.features[index].name);
    this.explorer.refresh();
    this.changed();
    this.crumbs();
  }

  /** Features of the smallest set that frees something of a leaf. @param {number} node @returns {number[]} */
  freeing(node) {
    const leaf = node - this.tree.first;
    if (leaf < 0) return [];
    const known = this.names.get(leaf);
    /** @type {number[]} */
    let best = known ?? [];
    if (!known) {
      for (const set of this.sets.get(leaf) ?? []) {
        for (const way of this.data.held.sets[set]) if (!best.length || way.length < best.length) best = way;
      }
      this.names.set(leaf, best);
    }
    return best;
  }

  /** @param {number} node */
  featureOf(node) {
    return this.freeing(node)[0] ?? -1;
  }

  /** @param {number} node @returns {string[]} */
  freed(node) {
    const ways = new Set();
    for (const set of this.sets.get(node - this.tree.first) ?? []) {
      for (const way of this.data.held.sets[set]) ways.add(way.map((/** @type {number} */ one) => this.data.features[one].name).join(" + "));
    }
    return [...ways].slice(0, 6);
  }

  /** @param {number} node */
  wasteOf(node) {
    const leaf = node - this.tree.first;
    return leaf < 0 || !this.data.waste ? -1 : this.data.waste[leaf];
  }

  /** What each box grew by. @param {import("./tree.js").Currency} currency */
  changes(currency) {
    const known = this.grown.get(currency);
    if (known) return known;
    const made = grownBy(this.tree, this.data.compared, currency);
    this.grown.set(currency, made);
    return made;
  }

  /** @param {number} node */
  changeOf(node) {
    return this.data.compared ? this.changes(this.map.scene.area)[node] : 0;
  }

  legend() {
    const { tree, map, data } = this;
    const look = theme();
    /** @type {[string, string][]} colour and words */
    let rows = [];
    if (map.scene.colour === "component") {
      const all = [...tree.ranked(0, map.scene.area)].slice(0, 12);
      rows = all.map((node) => [tree.names[node].startsWith("[") ? tint(look, -1, 0) : tint(look, hue(map.rank(node)), 0), tree.names[node]]);
    } else if (map.scene.colour === "packed") {
      rows = [[tint(look, 245, 0, 1.3), "packs well"], [tint(look, 245, 0, 0.25), "about half"], [tint(look, 55, 0, 1.3), "hardly packs"]];
    } else if (map.scene.colour === "growth") {
      rows = [[tint(look, 27, 0, 1.4), "grown"], [tint(look, -1, 0), "as it was"], [tint(look, 155, 0, 1.4), "shrunk"]];
    } else if (map.scene.colour === "feature") {
      rows = data.features.slice(0, 12).map((/** @type {{name: string}} */ one, /** @type {number} */ index) => [tint(look, hue(index), 0, 1.25), one.name]);
      rows.push([tint(look, -1, 0), "no feature frees it"]);
    } else rows = [[tint(look, 40, 0, 1.5), "could go, and no feature with it"], [tint(look, 40, 0, 0.5), "a part of it could"], [tint(look, -1, 0), "needed"]];
    the("legend").replaceChildren(...rows.map(([colour, words]) => {
      const swatch = make("i", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = colour;
      return make("li", {}, swatch, words);
    }));
  }
}

/** Radio buttons into #`id`. @param {string} id @param {string} title @param {string[][]} options @param {(value: string) => void} chosen */
function choices(id, title, options, chosen) {
  const root = the(id);
  root.append(make("legend", {}, title));
  root.hidden = options.length < 2;
  for (const [value, words] of options) {
    const input = make("input", { type: "radio", name: id, value, id: `${id}-${value}` });
    input.addEventListener("change", () => chosen(value));
    root.append(input, make("label", { for: `${id}-${value}` }, words));
  }
}

/** @param {string} name @param {string} value */
function check(name, value) {
  for (const input of document.querySelectorAll(`input[name="${name}"]`)) {
    if (input instanceof HTMLInputElement) input.checked = input.value === value;
  }
}

/** @returns {import("./colours.js").Theme} */
function theme() {
  const on = (/** @type {string} */ query) => window.matchMedia(query).matches;
  return { dark: on("(prefers-color-scheme: dark)") && !on("print"), forced: on("(forced-colors: active)") };
}

async function start() {
  choose();
  enhance(document);
  if (document.getElementById("data")) await draw();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

async function draw() {
  const data = await unpacked(the("data").textContent ?? "");
  for (const hidden of document.querySelectorAll("[data-live]")) hidden.removeAttribute("hidden");
  for (const still of document.querySelectorAll("[data-still]")) still.remove();
  if (document.getElementById("map-section")) new Page(data);
  else if (data.compared) new Changes(the("changes"), data.compared, null, () => {});
}

start();
