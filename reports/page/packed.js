// The page's data: JSON, whose columns are deflated where there is much of it.

/** @param {string} text @returns {Promise<any>} */
export async function unpacked(text) {
  const data = JSON.parse(text);
  if (!data.deflated) return data;
  const letters = atob(data.deflated);
  const packed = new Uint8Array(letters.length);
  for (let at = 0; at < packed.length; at++) packed[at] = letters.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
