// The page's data: JSON, whose columns are deflated where there is much of it.

/** @param {string} text @returns {Promise<any>} */
export async function unpacked(text) {
  const data = JSON.parse(text);
  if (!data.deflated) return data;
  const packed = Uint8Array.from(atob(data.deflated), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
