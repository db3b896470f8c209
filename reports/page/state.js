// What the page shows, as the fragment of its address: a link that reproduces it.

/**
 * @typedef {object} State
 * @property {number} build which one of several, 0 for all
 * @property {string[]} off features that are ticked
 * @property {string[]} path names of the boxes around what the map shows
 * @property {number} from rank of the first box shown, where small ones were opened
 * @property {string} area @property {string} colour @property {string} find @property {string} pick
 */

/** @param {string} [colour] of the map, when nothing else was chosen @returns {State} */
export function initial(colour = "component") {
  return { build: 0, off: [], path: [], from: 0, area: "flash", colour, find: "", pick: "" };
}

/** @param {State} state @param {string} [colour] the initial one @returns {string} without the #; "" for the initial state */
export function write(state, colour = "component") {
  const parts = [];
  if (state.build) parts.push(`build=${state.build}`);
  if (state.off.length) parts.push(`off=${state.off.map(encode).join(",")}`);
  if (state.path.length) parts.push(`in=${state.path.map(encode).join(",")}`);
  if (state.from) parts.push(`from=${state.from}`);
  if (state.area !== "flash") parts.push(`area=${encode(state.area)}`);
  if (state.colour !== colour) parts.push(`colour=${encode(state.colour)}`);
  if (state.find) parts.push(`find=${encode(state.find)}`);
  if (state.pick) parts.push(`pick=${encode(state.pick)}`);
  return parts.join("&");
}

/** @param {string} fragment @param {string} [colour] the initial one @returns {State} what is not understood stays as it is initially */
export function read(fragment, colour = "component") {
  const state = initial(colour);
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const [key, value = ""] = part.split("=", 2);
    const list = () => value.split(",").filter(Boolean).map(decode);
    if (key === "build") state.build = Math.max(Number.parseInt(value, 10) || 0, 0);
    else if (key === "off") state.off = list();
    else if (key === "in") state.path = list();
    else if (key === "from") state.from = Math.max(Number.parseInt(value, 10) || 0, 0);
    else if (key === "area" && ["flash", "ram", "ota"].includes(value)) state.area = value;
    else if (key === "colour" && ["component", "growth", "packed", "feature", "waste"].includes(value)) state.colour = value;
    else if (key === "find") state.find = decode(value);
    else if (key === "pick") state.pick = decode(value);
  }
  return state;
}

/** A lone surrogate, which no address can hold, becomes U+FFFD. @param {string} text */
function encode(text) {
  return encodeURIComponent(text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd"));
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
