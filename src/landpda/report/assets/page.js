"use strict";
/* The page's small services: it says when something failed, marks where the reader is, and opens all before printing. */
const root = document.documentElement;
window.addEventListener("error", (event) => { root.dataset.error = event.message || "error"; });

function markWhereWeAre() {
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
    const first = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) id === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-5% 0px -60% 0px" });
  for (const section of document.querySelectorAll("main > section")) watcher.observe(section);
}

function openForPrint() {
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) { details.open = true; details.dataset.shut = ""; }
  });
  window.addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-shut]")) { details.open = false; delete details.dataset.shut; }
  });
}
