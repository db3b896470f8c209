// The map: drawing, pointing at boxes, going in and out.  What it shows it is told; what is chosen it tells.

import { growth, hue, inks, packed, tint } from "./colours.js";
import { inner, lay, TITLE } from "./layout.js";
import { brief } from "./numbers.js";

/**
 * @typedef {import("./layout.js").Box} Box
 * @typedef {{node: number, from: number}} Place
 *
 * @typedef {object} Scene what is drawn
 * @property {import("./tree.js").Currency} area
 * @property {import("./colours.js").Mode} colour
 * @property {Uint8Array | null} hit of a search
 * @property {(node: number) => number} featureOf number of the feature that frees it, -1 for none
 * @property {(node: number) => number} changeOf bytes that it grew by since the other build
 * @property {(node: number) => number} wasteOf bytes that could go
 *
 * @typedef {object} Listeners
 * @property {(place: Place) => void} go
 * @property {(box: Box | null, how: "pointer" | "keyboard") => void} point
 * @property {(node: number) => void} pick
 */

const MOVE_MS = 180;
const FONT = "11px system-ui, sans-serif";
const TITLE_FONT = "650 12px system-ui, sans-serif";
const STEP = 60; // of a wheel, in pixels, before it goes one level in or out

export class TreeMap {
  /** @type {Map<number, number> | undefined} */
  ranks;

  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} ring @param {import("./tree.js").Tree} tree @param {Listeners} listeners */
  constructor(canvas, ring, tree, listeners) {
    this.canvas = canvas;
    this.ring = ring;
    this.tree = tree;
    this.listeners = listeners;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    /** @type {Place} */
    this.place = { node: 0, from: 0 };
    /** @type {Box[]} */
    this.boxes = [];
    this.focused = -1;
    this.measured = false;
    this.width = 0;
    this.height = 0;
    this.theme = { dark: false, forced: false };
    /** @type {Scene} */
    this.scene = { area: "flash", colour: "component", hit: null, featureOf: () => -1, changeOf: () => 0, wasteOf: () => 0 };
    /** @type {Map<number, {x: number, y: number}>} */
    this.touches = new Map();
    this.spread = 0;
    this.wheeled = 0;
    this.meant = false; // whether the pointer was moved here, and did not come by scrolling the page
    window.addEventListener("scroll", () => (this.meant = false), { passive: true });
    this.animation = 0;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerleave", () => this.touches.size || this.focus(-1, "pointer"));
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    for (const kind of /** @type {const} */ (["pointerup", "pointercancel"])) {
      canvas.addEventListener(kind, (event) => this.touches.delete(event.pointerId));
    }
    canvas.addEventListener("click", (event) => {
      const at = this.at(event.offsetX, event.offsetY);
      if (at >= 0) this.enter(at);
    });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.focus(this.focused < 0 ? this.firstBox() : this.focused, "keyboard"));
    canvas.addEventListener("blur", () => this.focus(-1, "keyboard"));
  }

  /** The size that the page gives the canvas may be another now. */
  stretched() {
    this.measured = false;
  }

  /** Takes the size that the page gives the canvas: asked only when it may have changed. @returns {boolean} whether it has one */
  resize() {
    if (this.measured) return true;
    const { clientWidth, clientHeight } = this.canvas;
    this.width = clientWidth;
    this.height = clientHeight;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [wide, high] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) [this.canvas.width, this.canvas.height] = [wide, high];
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.measured = clientWidth > 0 && clientHeight > 0;
    return this.measured;
  }

  /** Lays out and draws everything. @param {Box | null} [origin] box that the view moves out of */
  show(origin = null) {
    if (!this.resize()) return;
    const smallest = Math.max(72, (this.width * this.height) / 16000);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const old = origin && !still ? this.snapshot() : null;
    this.boxes = lay(this.tree, this.scene.area, { ...this.place, node: inner(this.tree, this.place.node) }, this.width, this.height, smallest);
    this.focused = -1;
    this.ring.hidden = true;
    this.draw();
    if (old && origin) this.animate(old, origin);
  }

  snapshot() {
    const copy = document.createElement("canvas");
    copy.width = this.canvas.width;
    copy.height = this.canvas.height;
    copy.getContext("2d")?.drawImage(this.canvas, 0, 0);
    return copy;
  }

  /** The new view grows out of a box of the old one. @param {HTMLCanvasElement} old @param {Box} from */
  animate(old, from) {
    const fresh = this.snapshot();
    const start = performance.now();
    const turn = ++this.animation;
    const { context, width, height } = this;
    /** @param {number} now */
    const step = (now) => {
      if (turn !== this.animation) return;
      const part = Math.min(Math.max((now - start) / MOVE_MS, 0), 1);
      const eased = 1 - (1 - part) ** 3;
      const [x, y] = [from.x * (1 - eased), from.y * (1 - eased)];
      context.drawImage(old, 0, 0, width, height);
      context.drawImage(fresh, x, y, from.width + (width - from.width) * eased, from.height + (height - from.height) * eased);
      if (part < 1) requestAnimationFrame(step);
    };
    step(start);
  }

  draw() {
    this.animation++;
    const { context, theme, scene, tree } = this;
    const ink = inks(theme);
    context.globalAlpha = 1;
    context.textBaseline = "alphabetic";
    context.fillStyle = ink.ground;
    context.fillRect(0, 0, this.width, this.height);
    for (const box of this.boxes) {
      const pale = scene.hit && !box.from && !scene.hit[box.node];
      const faint = scene.hit && !(box.from ? true : scene.hit[box.node] === 1 || (box.titled && scene.hit[box.node]));
      context.globalAlpha = pale || (faint && box.from) ? 0.28 : 1;
      context.fillStyle = this.fill(box);
      const [x, y, w, h] = [box.x, box.y, box.width, box.height];
      context.fillRect(x, y, w, h);
      if (w > 3 && h > 3) {
        context.strokeStyle = ink.edge;
        context.lineWidth = box.depth === 0 ? 2 : theme.forced ? 1 : 0.7;
        context.strokeRect(x, y, w, h);
      }
      if (scene.hit && scene.hit[box.node] === 1 && !box.from && !box.titled) {
        context.strokeStyle = ink.mark;
        context.lineWidth = 1.5;
        context.strokeRect(x + 1, y + 1, Math.max(w - 2, 0), Math.max(h - 2, 0));
      }
      if (w >= 34 && h >= 13) this.label(box, ink, tree);
    }
    context.globalAlpha = 1;
  }

  /** @param {Box} box @returns {string} */
  fill(box) {
    const { theme, scene, tree } = this;
    const { node, depth } = box;
    if (box.from) return tint(theme, -1, depth + 1);
    switch (scene.colour) {
      case "packed": {
        const flash = tree.base.flash[node];
        return flash > 0 ? packed(theme, tree.base.ota[node] / flash, depth) : tint(theme, -1, depth);
      }
      case "growth":
        return growth(theme, scene.changeOf(node), tree.base[scene.area][node], depth);
      case "feature": {
        const feature = scene.featureOf(node);
        return tint(theme, hue(feature), depth, feature < 0 ? 0 : 1.25);
      }
      case "waste": {
        const waste = scene.wasteOf(node);
        const share = waste / Math.max(tree.base.flash[node], tree.base.ram[node], 1);
        return tint(theme, waste > 0 ? 40 : -1, depth, 0.4 + 1.1 * Math.min(share, 1));
      }
      default: {
        const component = tree.component(node);
        const name = component > 0 ? tree.names[component] : "[";
        return tint(theme, name.startsWith("[") ? -1 : hue(this.rank(component)), depth);
      }
    }
  }

  /** The place of a component among all of them, so that neighbours differ. @param {number} component */
  rank(component) {
    if (!this.ranks) {
      this.ranks = new Map(Array.from(this.tree.ranked(0, "flash"), (node, index) => [node, index]));
    }
    return this.ranks.get(component) ?? 0;
  }

  /** @param {Box} box @param {ReturnType<typeof inks>} ink @param {import("./tree.js").Tree} tree */
  label(box, ink, tree) {
    const { context } = this;
    const inside = box.width - 8;
    const font = box.titled && box.depth === 0 ? TITLE_FONT : FONT;
    const wide = (/** @type {string} */ text) => width(context, font, text);
    context.fillStyle = ink.ink;
    context.font = font;
    const name = this.title(box);
    const size = brief(box.size);
    const strip = box.titled ? TITLE : box.height;
    if (strip >= 28 && !box.titled) {
      const text = fitted(wide, name, inside);
      if (!text) return;
      context.fillText(text, box.x + 4, box.y + 13);
      context.fillStyle = ink.soft;
      if (wide(size) <= inside) context.fillText(size, box.x + 4, box.y + 26);
      return;
    }
    const tail = wide(size);
    const room = inside - tail - 8;
    const text = fitted(wide, name, room > 50 ? room : inside);
    if (!text) return;
    context.fillText(text, box.x + 4, box.y + 13);
    if (room > 50) {
      context.fillStyle = ink.soft;
      context.fillText(size, box.x + box.width - 4 - tail, box.y + 13);
    }
  }

  /** What a box is called where it stands. @param {Box} box @returns {string} */
  title(box) {
    const { tree } = this;
    if (box.from) return `${tree.ranked(box.node, this.scene.area).length - box.from} smaller`;
    const around = box.parent >= 0 ? this.boxes[box.parent] : null;
    let name = tree.names[box.node];
    if (around?.cut && name.startsWith(around.cut)) name = `…${name.slice(around.cut.length)}`;
    const end = box.titled ? inner(tree, box.node) : box.node;
    return end === box.node ? name : `${name} › ${tree.names[end]}`;
  }

  /** The innermost box at a point, -1. @param {number} x @param {number} y */
  at(x, y) {
    for (let index = this.boxes.length - 1; index >= 0; index--) {
      const box = this.boxes[index];
      if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height) return index;
    }
    return -1;
  }

  /** @param {number} index @param {"pointer" | "keyboard"} how */
  focus(index, how) {
    if (index === this.focused && !(how === "keyboard" && this.ring.hidden)) return;
    this.focused = index;
    const box = index >= 0 ? this.boxes[index] : null;
    this.ring.hidden = !box;
    if (box) {
      const { style } = this.ring;
      style.transform = `translate(${box.x}px, ${box.y}px)`;
      style.width = `${box.width}px`;
      style.height = `${box.height}px`;
    }
    this.listeners.point(box, how);
  }

  firstBox() {
    return this.boxes.length ? 0 : -1;
  }

  /** Goes into a box, or picks the leaf that it is. @param {number} index */
  enter(index) {
    const box = this.boxes[index];
    if (box.from) {
      this.go({ node: box.node, from: box.from }, box);
      return;
    }
    if (this.tree.isLeaf(box.node)) this.listeners.pick(box.node);
    else this.go({ node: inner(this.tree, box.node), from: 0 }, box);
  }

  /** One level towards a point: the outermost box there. @param {number} x @param {number} y */
  towards(x, y) {
    const index = this.boxes.findIndex(
      (box) => box.depth === 0 && x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
    );
    if (index >= 0 && (this.boxes[index].from || !this.tree.isLeaf(this.boxes[index].node))) this.enter(index);
  }

  /** @param {Place} place @param {Box | null} [origin] */
  go(place, origin = null) {
    this.place = place;
    this.show(origin);
    this.listeners.go(place);
  }

  /** One level out. @returns {boolean} whether there was one */
  out() {
    const { node, from } = this.place;
    if (from) {
      this.go({ node, from: 0 });
      return true;
    }
    let above = this.tree.parent[node];
    // What a single group stands in is no level of its own.
    while (above > 0 && inner(this.tree, above) === inner(this.tree, node)) above = this.tree.parent[above];
    if (above < 0 || node === 0) return false;
    this.go({ node: above, from: 0 });
    return true;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.pointerType !== "touch") return;
    this.touches.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.spread = this.distance();
  }

  distance() {
    const [one, two] = [...this.touches.values()];
    return two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
  }

  /** @param {PointerEvent} event */
  moved(event) {
    if (this.touches.has(event.pointerId)) {
      this.touches.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      if (this.touches.size === 2 && this.spread) this.pinched();
      return;
    }
    if (event.movementX || event.movementY) this.meant = true;
    this.focus(this.at(event.offsetX, event.offsetY), "pointer");
  }

  pinched() {
    const share = this.distance() / this.spread;
    if (share > 0.7 && share < 1.4) return;
    const [one, two] = [...this.touches.values()];
    this.spread = this.distance();
    if (share > 1) this.towards((one.x + two.x) / 2, (one.y + two.y) / 2);
    else this.out();
  }

  /** A wheel that is turned over the map zooms; at the outermost level it scrolls the page again. @param {WheelEvent} event */
  wheel(event) {
    const inward = event.deltaY < 0;
    if (!event.ctrlKey && !inward && this.place.node === 0 && !this.place.from) return;
    if (!event.ctrlKey && inward && !this.meant && document.activeElement !== this.canvas) return;
    event.preventDefault();
    if (Math.sign(this.wheeled) !== Math.sign(event.deltaY)) this.wheeled = 0;
    this.wheeled += event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 6 : 1);
    if (Math.abs(this.wheeled) < STEP) return;
    this.wheeled = 0;
    if (inward) this.towards(event.offsetX, event.offsetY);
    else this.out();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = this.target(event.key);
    if (to === undefined) return;
    if (to !== null) this.focus(to, "keyboard");
    event.preventDefault();
  }

  /** The box that a key goes to; null when it did something else, undefined when it means nothing here. @param {string} key */
  target(key) {
    const box = this.boxes[this.focused];
    /** @param {number} step */
    const beside = (step) => {
      if (!box) return this.firstBox();
      for (let at = this.focused + step; at >= 0 && at < this.boxes.length; at += step) {
        if (this.boxes[at].parent === box.parent) return at;
        if (this.boxes[at].depth < box.depth) break;
      }
      return this.focused;
    };
    switch (key) {
      case "ArrowRight":
        return beside(1);
      case "ArrowLeft":
        return beside(-1);
      case "ArrowDown":
        return box && this.boxes[this.focused + 1]?.parent === this.focused ? this.focused + 1 : this.focused;
      case "ArrowUp":
        return box && box.parent >= 0 ? box.parent : this.focused;
      case "Enter":
      case " ":
      case "+":
        if (box) this.enter(this.focused);
        return this.firstAfter();
      case "Backspace":
      case "-":
        this.out();
        return this.firstAfter();
      case "Home":
        if (this.place.node || this.place.from) this.go({ node: 0, from: 0 });
        return this.firstAfter();
      default:
        return undefined;
    }
  }

  firstAfter() {
    return this.focused < 0 ? this.firstBox() : null;
  }
}

/** Widths of letters, by font. @type {Map<string, Map<string, number>>} */
const letters = new Map();

/** A label is as wide as its letters, near enough. @param {CanvasRenderingContext2D} context @param {string} font that it has @param {string} text */
function width(context, font, text) {
  let known = letters.get(font);
  if (!known) letters.set(font, (known = new Map()));
  let sum = 0;
  for (const letter of text) {
    let one = known.get(letter);
    if (one === undefined) known.set(letter, (one = context.measureText(letter).width));
    sum += one;
  }
  return sum;
}

/** As much of a text as there is room for; "" when that would mean nothing. @param {(text: string) => number} wide @param {string} text @param {number} room */
export function fitted(wide, text, room) {
  const whole = wide(text);
  if (whole <= room) return text;
  for (let count = Math.floor((text.length * room) / whole) - 1; count >= 5; count--) {
    const head = Math.ceil(count * 0.62);
    const cut = `${text.slice(0, head)}…${text.slice(text.length - (count - head))}`;
    if (wide(cut) <= room) return cut;
  }
  return "";
}
