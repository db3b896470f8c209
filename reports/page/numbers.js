// How sizes become words; the same as the report's own columns do it.

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** @param {number} size @returns {string} */
export function bytes(size) {
  return grouped.format(Math.round(size) || 0);
}

/** With a sign, as changes are written. @param {number} size @returns {string} */
export function signed(size) {
  const whole = Math.round(size) || 0;
  return whole > 0 ? `+${bytes(whole)}` : whole < 0 ? `−${bytes(-whole)}` : "0";
}

/** A share of 1; never "100.0 %" for what is not whole. @param {number} share @returns {string} */
export function percent(share) {
  const value = share * 100;
  if (value >= 99.95 && value < 100) return "99.9 %";
  if (value > 0 && value < 0.05) return "<0.1 %";
  return `${value.toFixed(1)} %`;
}

/** @param {number} count @param {string} noun @returns {string} */
export function counted(count, noun) {
  return `${bytes(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Short, for labels on the map: "38.1 K". @param {number} size @returns {string} */
export function brief(size) {
  if (size < 1000) return String(Math.round(size));
  const kilo = size / 1024;
  return kilo < 100 ? `${kilo.toFixed(1)} K` : kilo < 1000 ? `${Math.round(kilo)} K` : `${(kilo / 1024).toFixed(2)} M`;
}
