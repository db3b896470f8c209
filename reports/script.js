"use strict";
const value = (row, at) => {
  const text = row.cells[at].textContent;
  const number = parseFloat(text.replace(/[,±<%\s]/g, ""));
  return row.cells[at].classList.contains("n") && !Number.isNaN(number) ? number : text;
};
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  for (const head of table.tHead.rows[0].cells) {
    head.querySelector("button")?.addEventListener("click", () => {
      const numeric = head.className === "n";
      const was = head.getAttribute("aria-sort");
      const way = was ? (was === "ascending" ? -1 : 1) : numeric ? -1 : 1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      const keyed = [...body.rows].map((row) => [value(row, head.cellIndex), row]);
      keyed.sort(([a], [b]) => {
        if (typeof a === typeof b) return way * (typeof a === "number" ? a - b : a.localeCompare(b));
        return typeof a === "number" ? -1 : 1;
      });
      body.append(...keyed.map(([, row]) => row));
    });
  }
}
for (const input of document.querySelectorAll(".filter input")) {
  const details = input.closest("details");
  const count = details.querySelector(".count");
  const whole = count.textContent;
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    let shown = 0;
    for (const row of details.querySelector("tbody").rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = wanted ? `${shown.toLocaleString("en")} of ${whole}` : whole;
  });
}
const maps = document.querySelector(".maps");
if (maps) {
  const readout = maps.querySelector(".readout");
  const tell = (event) => {
    const names = [];
    let last = "";
    for (let at = event.target; at && at !== maps; at = at.parentElement) {
      const title = at.matches("rect") ? at.querySelector("title") : at.querySelector(":scope > rect > title");
      if (!title || title.textContent === last) continue;
      last = title.textContent;
      names.unshift(names.length ? last.slice(0, last.lastIndexOf(": ")) : last);
    }
    if (names.length) readout.textContent = names.join(" › ");
  };
  maps.addEventListener("mouseover", tell);
  maps.addEventListener("focusin", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash.startsWith("#map-")) location.hash = "#map";
  });
}
