// Where each box lies when area stands for bytes: squarified (Bruls, Huizing, van Wijk 2000).

/**
 * Rectangles for sizes (largest first) that fill a rectangle; a size of 0 has none.
 * @param {ArrayLike<number>} sizes @param {number} x @param {number} y @param {number} width
 * @param {number} height @returns {Float64Array} x, y, width, height of each
 */
export function squarify(sizes, x, y, width, height) {
  const count = sizes.length;
  const made = new Float64Array(count * 4);
  let left = 0;
  for (let i = 0; i < count; i++) left += sizes[i];
  let at = 0;
  while (at < count && left > 0 && width > 0 && height > 0) {
    const short = Math.min(width, height);
    const scale = (width * height) / left;
    let row = 0;
    let end = at;
    let worst = Infinity;
    let largest = 0;
    let smallest = Infinity;
    while (end < count) {
      const area = sizes[end] * scale;
      const sum = row + area;
      const high = Math.max(largest, area);
      const low = Math.min(smallest, area);
      const ratio = sum > 0 ? Math.max((short * short * high) / (sum * sum), (sum * sum) / (short * short * low)) : Infinity;
      if (end > at && ratio > worst) break;
      [row, largest, smallest, worst] = [sum, high, low, ratio];
      end++;
    }
    const thick = Math.min(row / short, Math.max(width, height));
    let along = width >= height ? y : x;
    for (let i = at; i < end; i++) {
      const length = row > 0 ? (sizes[i] * scale * short) / row : 0;
      made.set(width >= height ? [x, along, thick, length] : [along, y, length, thick], i * 4);
      along += length;
      left -= sizes[i];
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
    at = end;
  }
  return made;
}
