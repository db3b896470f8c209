// What the colour of a box stands for; the legend says the same in words.

/**
 * @typedef {"component" | "growth" | "packed" | "feature" | "waste"} Mode
 * @typedef {object} Theme
 * @property {boolean} dark
 * @property {boolean} forced the reader's own few colours: no fills at all
 */

const HUES = [255, 160, 60, 310, 200, 25, 110, 285, 180, 85, 345, 225];

/** @type {Map<number, string>} */
const mixed = new Map();

/** @param {Theme} theme @param {number} hue -1 for grey @param {number} depth @param {number} [strength] */
export function tint(theme, hue, depth, strength = 1) {
  if (theme.forced) return "Canvas";
  const level = Math.min(depth, 3);
  const steps = Math.round(strength * 32); // finer nobody sees
  const key = ((hue + 1) * 128 + steps) * 8 + level * 2 + Number(theme.dark);
  let made = mixed.get(key);
  if (!made) mixed.set(key, (made = mix(theme, hue, level, steps / 32)));
  return made;
}

/** @param {Theme} theme @param {number} hue @param {number} level @param {number} strength */
function mix(theme, hue, level, strength) {
  const chroma = hue < 0 ? 0.004 : 0.07 * strength;
  const light = theme.dark ? 0.33 + level * 0.035 : 0.94 - level * 0.032;
  return `oklch(${light.toFixed(3)} ${chroma.toFixed(3)} ${hue < 0 ? 250 : hue})`;
}

/** @param {number} number of a component or feature */
export function hue(number) {
  return number < 0 ? -1 : HUES[number % HUES.length];
}

/** Blue packs well, orange does not. @param {Theme} theme @param {number} ratio @param {number} depth */
export function packed(theme, ratio, depth) {
  const share = Math.min(Math.max((ratio - 0.15) / 0.75, 0), 1);
  return tint(theme, share < 0.5 ? 245 : 55, depth, 0.25 + Math.abs(share - 0.5) * 2.2);
}

/** Red has grown, green has shrunk. @param {Theme} theme @param {number} change @param {number} before @param {number} depth */
export function growth(theme, change, before, depth) {
  if (!change) return tint(theme, -1, depth);
  const share = Math.min(Math.abs(change) / Math.max(before, 64), 1);
  return tint(theme, change > 0 ? 27 : 155, depth, 0.5 + share * 0.9);
}

/** Ink and paper of the canvas. @param {Theme} theme */
export function inks(theme) {
  if (theme.forced) return { ink: "CanvasText", soft: "CanvasText", edge: "CanvasText", ground: "Canvas", mark: "Highlight" };
  return theme.dark
    ? { ink: "#eef2f7", soft: "#b6c0cd", edge: "#0f1217", ground: "#1b2129", mark: "#ffd166" }
    : { ink: "#14181f", soft: "#454e5c", edge: "#ffffff", ground: "#e4e8ee", mark: "#b3261e" };
}
