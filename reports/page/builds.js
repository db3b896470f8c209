// Several builds in one page: which one is shown stands in the address.

import { read } from "./state.js";

/** Puts the chosen build where all of them are told of; another choice loads the page anew. */
export function choose() {
  const builds = document.querySelectorAll("template");
  if (!builds.length) return;
  const { build } = read(location.hash);
  const chosen = builds[build - 1];
  if (chosen) {
    document.querySelector("header")?.remove();
    document.querySelector("main")?.replaceWith(chosen.content.cloneNode(true));
    document.title = `${chosen.dataset.title} · ${document.title}`;
  }
  const links = document.querySelectorAll(".builds a");
  links[chosen ? build : 0]?.setAttribute("aria-current", "page");
  document.querySelector(".builds")?.removeAttribute("hidden");
  window.addEventListener("hashchange", () => {
    if (read(location.hash).build !== build) location.reload();
  });
}
