// Which boxes are drawn, and where: nested, down to what can be seen; what cannot is collected into one box.

import { squarify } from "./squarify.js";

/**
 * @typedef {object} Box
 * @property {number} node
 * @property {number} from of its children, those before this rank are not meant (0: the node itself)
 * @property {number} x @property {number} y @property {number} width @property {number} height
 * @property {number} depth
 * @property {boolean} titled
 * @property {number} parent index of the box around it, -1
 * @property {number} size
 * @property {string} cut what the names inside have in common and leave out
 */

export const TITLE = 18;
const MARGIN = 2;
const TITLED = [46, 30]; // smaller boxes have no title strip

/**
 * @param {import("./tree.js").Tree} tree @param {import("./tree.js").Currency} currency
 * @param {{node: number, from: number}} focus @param {number} width @param {number} height
 * @param {number} smallest area of a box in square pixels
 * @returns {Box[]} outer ones before what is inside them
 */
export function lay(tree, currency, focus, width, height, smallest) {
  const sizes = tree.now[currency];
  /** @type {Box[]} */
  const boxes = [];
  /** @param {number} node @param {number} from @param {number[]} room @param {number} depth @param {number} parent */
  const fill = (node, from, [x, y, w, h], depth, parent) => {
    const all = tree.ranked(node, currency);
    const kids = from ? all.subarray(from) : all;
    let total = 0;
    for (const kid of kids) total += sizes[kid];
    if (total <= 0 || w <= 0 || h <= 0) return;
    const scale = (w * h) / total;
    let last = kids.length;
    let rest = 0;
    while (last > 1 && sizes[kids[last - 1]] * scale < smallest) rest += sizes[kids[--last]];
    if (kids.length - last === 1) [last, rest] = [kids.length, 0];
    const shown = Array.from(kids.subarray(0, last), (kid) => sizes[kid]);
    // What is collected stands where its size puts it, so that rectangles stay square.
    let place = shown.length;
    if (rest > 0) {
      place = shown.findIndex((size) => size < rest);
      if (place < 0) place = shown.length;
      shown.splice(place, 0, rest);
    }
    const rects = squarify(shown, x, y, w, h);
    const names = Array.from(kids.subarray(0, last), (kid) => tree.names[kid]);
    const cut = common(names);
    if (parent >= 0) boxes[parent].cut = cut;
    shown.forEach((size, index) => {
      const more = rest > 0 && index === place;
      const kid = more ? node : kids[index > place ? index - 1 : index];
      const [bx, by, bw, bh] = rects.subarray(index * 4, index * 4 + 4);
      if (size <= 0 || bw <= 0 || bh <= 0) return;
      const nested = !more && !tree.isLeaf(kid);
      const titled = nested && bw >= TITLED[0] && bh >= TITLED[1];
      const at = boxes.length;
      boxes.push({ node: kid, from: more ? from + last : 0, x: bx, y: by, width: bw, height: bh, depth, titled, parent, size, cut: "" });
      if (titled) fill(inner(tree, kid), 0, [bx + MARGIN, by + TITLE, bw - 2 * MARGIN, bh - TITLE - MARGIN], depth + 1, at);
    });
  };
  fill(focus.node, focus.from, [0, 0, width, height], 0, -1);
  return boxes;
}

/** Where a chain of groups that hold one group each ends. @param {import("./tree.js").Tree} tree @param {number} node */
export function inner(tree, node) {
  let at = node;
  while (tree.start[at + 1] - tree.start[at] === 1 && !tree.isLeaf(tree.kids[tree.start[at]])) at = tree.kids[tree.start[at]];
  return at;
}

/** What three or more names begin with, up to a separator. @param {string[]} names @returns {string} */
export function common(names) {
  const plain = names.filter((name) => !name.startsWith("["));
  if (plain.length < 3) return "";
  let prefix = plain[0];
  for (const name of plain) {
    let length = 0;
    while (length < prefix.length && prefix[length] === name[length]) length++;
    prefix = prefix.slice(0, length);
  }
  const cut = prefix.replace(/[^_./:$-]*$/, "");
  return cut.length >= 4 && plain.every((name) => name.length > cut.length) ? cut : "";
}
