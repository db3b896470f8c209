// What goes when several features are off together, from the pieces that each set of features holds.

/**
 * @typedef {object} Known a set that was predicted as a whole, and packed
 * @property {number[]} off @property {number} flash @property {number} ram @property {number} ota
 * @property {number} flash_error @property {number} ota_error @property {number} priced
 *
 * @typedef {object} Holdings
 * @property {string[]} features
 * @property {number[][][]} sets for each condition its alternatives: features that have to be off together
 * @property {{set: number[], leaf: number[], flash: number[], ram: number[], ota: number[], part: number[]}} pieces
 *   part: 1 where a function loses a part of itself
 * @property {Known[]} known
 * @property {number} always what packing saves beyond prices when anything moves
 * @property {number[]} shifts the same, further, with each feature
 *
 * @typedef {object} Effect
 * @property {number} flash @property {number} ram @property {number} ota
 * @property {number} flashError @property {number} otaError
 * @property {boolean} exact predicted as a whole, and packed for real
 * @property {number[]} pieces
 */

// As imgcheck's prediction has them: what rebuilds were off by.
const LOSS_ERROR = 0.1;
const ADDED_ERROR = 0.5;
const SHARE_ERROR = 0.01;
const ROUNDING = 16;
const OTA_SHARE = 0.03;
const OTA_NOISE = 100;
const PRICED_NOISE = 150;
const MOST_OF_IT = 0.6; // of a price: a known set that has so much of it says more than all its features alone

/** @type {Effect} */
export const NOTHING = { flash: 0, ram: 0, ota: 0, flashError: 0, otaError: 0, exact: true, pieces: [] };

/** @param {Holdings} held @param {Set<number>} off features, by number @returns {Effect} */
export function effect(held, off) {
  if (!off.size) return NOTHING;
  const open = held.sets.map((ways) => ways.some((way) => way.every((feature) => off.has(feature))));
  const { set, flash, ram, ota, part } = held.pieces;
  const sum = { flash: 0, ram: 0, ota: 0, lost: 0, added: 0 };
  /** @type {number[]} */
  const pieces = [];
  for (let i = 0; i < set.length; i++) {
    if (!open[set[i]]) continue;
    pieces.push(i);
    sum.flash += flash[i];
    sum.ram += ram[i];
    sum.ota += ota[i];
    const size = Math.max(Math.abs(flash[i]), Math.abs(ram[i]));
    if (part[i]) flash[i] < 0 ? (sum.added += size) : (sum.lost += size);
  }
  const whole = held.known.find((one) => one.off.length === off.size && one.off.every((feature) => off.has(feature)));
  if (whole) {
    return {
      flash: whole.flash, ram: whole.ram, ota: whole.ota,
      flashError: whole.flash_error, otaError: whole.ota_error, exact: true, pieces,
    };
  }
  if (!pieces.length) return { ...NOTHING, exact: false };
  const flashError = Math.round(sum.lost * LOSS_ERROR + sum.added * ADDED_ERROR + Math.abs(sum.flash) * SHARE_ERROR) + ROUNDING;
  const packed = Math.round(sum.ota + beyond(held, off, sum.ota));
  const share = sum.flash > 0 ? packed / sum.flash : 1;
  const otaError = Math.round(Math.max(Math.abs(packed) * OTA_SHARE, OTA_NOISE) + PRICED_NOISE + flashError * share);
  return {
    flash: Math.round(sum.flash), ram: Math.round(sum.ram), ota: packed, flashError, otaError, exact: false, pieces,
  };
}

/** What packing saves beyond the price of what goes. @param {Holdings} held @param {Set<number>} off @param {number} price */
function beyond(held, off, price) {
  /** @type {Known | undefined} */
  let most;
  for (const one of held.known) {
    if (one.off.every((feature) => off.has(feature)) && one.priced > (most?.priced ?? 0)) most = one;
  }
  if (most && most.priced > MOST_OF_IT * price) return most.ota - most.priced;
  return [...off].reduce((all, feature) => all + (held.shifts[feature] ?? 0), held.always);
}

/**
 * Pairs of features of which something goes only when both are off, most first.
 * @param {Holdings} held @returns {{off: number[], flash: number}[]} flash: what goes with neither alone
 */
export function pairs(held) {
  /** @type {Map<string, {off: number[], flash: number}>} */
  const made = new Map();
  const { set, flash } = held.pieces;
  set.forEach((number, piece) => {
    const ways = held.sets[number];
    if (ways.length !== 1 || ways[0].length !== 2) return;
    const key = ways[0].join();
    const one = made.get(key) ?? { off: ways[0], flash: 0 };
    one.flash += flash[piece];
    made.set(key, one);
  });
  return [...made.values()].filter((one) => one.flash > 0).sort((a, b) => b.flash - a.flash);
}

/** For each leaf the conditions under which some of it goes. @param {Holdings} held @returns {Map<number, number[]>} */
export function byLeaf(held) {
  /** @type {Map<number, number[]>} */
  const made = new Map();
  held.pieces.leaf.forEach((leaf, piece) => {
    if (leaf < 0) return;
    const sets = made.get(leaf);
    if (sets) sets.push(held.pieces.set[piece]);
    else made.set(leaf, [held.pieces.set[piece]]);
  });
  return made;
}

/**
 * Sizes of all boxes without the pieces that go; never below nothing.
 * @param {import("./tree.js").Tree} tree @param {Holdings} held @param {number[]} pieces
 * @returns {Record<import("./tree.js").Currency, Float64Array>}
 */
export function shrunk(tree, held, pieces) {
  const made = { flash: tree.base.flash.slice(), ram: tree.base.ram.slice(), ota: tree.base.ota.slice() };
  for (const piece of pieces) {
    const leaf = held.pieces.leaf[piece];
    if (leaf < 0) continue;
    const node = tree.first + leaf;
    for (const currency of /** @type {const} */ (["flash", "ram", "ota"])) {
      made[currency][node] = Math.max(made[currency][node] - held.pieces[currency][piece], 0);
    }
  }
  for (const sizes of Object.values(made)) tree.sum(sizes);
  return made;
}
