// Does it fit?  The report's own words, for sizes that a ticked feature changes.

import { bytes, percent } from "./numbers.js";

/**
 * @typedef {object} Slot
 * @property {"unpacked" | "body"} name @property {number} size @property {number} limit
 * @typedef {object} Fit
 * @property {string} name @property {Slot[]} slots
 * @typedef {object} Sizes
 * @property {number} bin @property {number} unpacked @property {number | null} body
 * @property {number | null} file @property {number} header @property {number} alignment @property {number | null} heap
 */

const NEAR = 0.05; // of a limit: less room than that is nearly full, whatever the reserve

const WHAT = { unpacked: "the unpacked image", body: "the OTA body" };

/** The image in its wrapping when so many bytes are gone. @param {Sizes} sizes @param {number} flash @param {number} ota */
export function after(sizes, flash, ota) {
  const bin = Math.max(sizes.bin - flash, 0);
  const unpacked = flash ? sizes.header + Math.ceil(bin / sizes.alignment) * sizes.alignment : sizes.unpacked;
  const body = sizes.body === null ? null : Math.max(sizes.body - ota, 0);
  // Around the body the file has what no feature changes.
  const file = sizes.file === null || sizes.body === null ? sizes.file : sizes.file - sizes.body + (body ?? 0);
  return { bin, unpacked, body, file };
}

/** @param {Fit[]} layouts @param {{unpacked: number, body: number | null}} sizes @returns {Fit[]} */
export function refit(layouts, sizes) {
  return layouts.map((fit) => ({
    name: fit.name,
    slots: fit.slots.map((slot) => ({ ...slot, size: sizes[slot.name] ?? slot.size })),
  }));
}

/** @param {Slot} slot @param {number} reserve @returns {"over" | "near" | "good"} */
export function state(slot, reserve) {
  const left = slot.limit - slot.size;
  if (left < 0 || slot.limit <= 0) return "over";
  return left < Math.max(reserve, slot.limit * NEAR) ? "near" : "good";
}

/** @param {Slot} slot */
const relative = (slot) => (slot.limit > 0 ? (slot.limit - slot.size) / slot.limit : -Infinity);

/** The slot with the least room for its limit. @param {Fit} fit */
export function binding(fit) {
  return fit.slots.reduce((least, slot) => (relative(slot) < relative(least) ? slot : least));
}

/** @param {Fit[]} layouts @param {number} [reserve] @returns {string} "" without layouts */
export function sentence(layouts, reserve = 0) {
  if (!layouts.length) return "";
  const tightest = layouts.reduce((least, fit) => (relative(binding(fit)) < relative(binding(least)) ? fit : least));
  const slot = binding(tightest);
  const left = slot.limit - slot.size;
  const failed = layouts.filter((fit) => fit.slots.some((one) => one.size > one.limit || one.limit <= 0)).length;
  if (failed) {
    if (slot.limit <= 0) return `${tightest.name} takes no update at all: it has no slot for ${WHAT[slot.name]}.`;
    const which = layouts.length === 1 ? "its one layout" : `${failed} of ${layouts.length} layouts`;
    return `Does not fit ${which}: ${WHAT[slot.name]} is ${unit(-left)} over ${tightest.name} (limit ${bytes(slot.limit)}).`;
  }
  const room = `${unit(left)} left for ${WHAT[slot.name]} (${percent(slot.size / slot.limit)} of ${bytes(slot.limit)} used)`;
  const near = nearly(layouts, reserve);
  if (layouts.length === 1) return `Fits ${tightest.name}${near}: ${room}.`;
  const every = layouts.length === 2 ? "both" : `all ${layouts.length}`;
  return `Fits ${every} layouts${near}; the tightest is ${tightest.name}: ${room}.`;
}

/** ", but ..." where a slot is nearly full. @param {Fit[]} layouts @param {number} reserve */
function nearly(layouts, reserve) {
  const full = layouts.filter((fit) => fit.slots.some((slot) => state(slot, reserve) === "near"));
  if (!full.length) return "";
  const by = reserve ? `less than the reserve of ${bytes(reserve)} bytes` : `less than ${NEAR * 100} % of a limit`;
  const where = layouts.length === 1 ? "" : full.length === 1 ? ` of ${full[0].name}` : ` of ${full.length} of them`;
  return `, but a slot${where} is nearly full (${by} left)`;
}

/** @param {number} size */
const unit = (size) => (size === 1 ? "1 byte" : `${bytes(size)} bytes`);
