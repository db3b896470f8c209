// What can be taken away from the page: rows as CSV, ticked features as a patch.

/** RFC 4180; what a spreadsheet would take for a formula gets a quote in front. @param {(string | number)[][]} rows */
export function csv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {string | number} value */
function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/**
 * @typedef {object} Define the line that switches a feature on
 * @property {string} name @property {string} path @property {number} line @property {string} on
 * @property {string} off
 */

/**
 * A unified diff without context, as `patch -p1` and `git apply --unidiff-zero` take it; features whose line is
 * not known follow as a comment.
 * @param {Define[]} defines
 */
export function patch(defines) {
  /** @type {Map<string, Define[]>} */
  const files = new Map();
  const unknown = [];
  for (const one of defines) {
    if (!one.line || !one.off || !one.on) unknown.push(one.name);
    else files.set(one.path, [...(files.get(one.path) ?? []), one]);
  }
  let text = "";
  for (const [path, lines] of files) {
    text += `--- a/${path}\n+++ b/${path}\n`;
    lines.sort((a, b) => a.line - b.line);
    for (const { line, on, off } of lines) text += `@@ -${line} +${line} @@\n-${on}\n+${off}\n`;
  }
  return text + unknown.map((name) => `# ${name}: switch it off where it is defined\n`).join("");
}
