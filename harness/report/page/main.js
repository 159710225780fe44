// The page: every control does its part, and the address says what is chosen.

const form = element("filters");
if (explorer) offerBursts();
const DEFAULTS = new Map(["columns", "burst"].filter(element).map((id) => [id, element(id).value]));

const BURST = Symbol("the burst of the explorer");
const EVERYTHING = [...Object.keys(charts.specs), ...(explorer ? [BURST] : [])];
const stale = new Set();
let isDrawing = false;

/** Draw what has changed, one drawing after the other; what changes again meanwhile is drawn again. */
async function draw(changed = EVERYTHING) {
  for (const name of changed) stale.add(name);
  delete document.documentElement.dataset.drawn;
  if (isDrawing) return;
  isDrawing = true;
  try {
    for (const name of stale) {
      stale.delete(name);
      await (name === BURST ? drawBurst(theme()) : drawChart(name, filtered(), theme()));
      await new Promise((resume) => setTimeout(resume)); // a click must not wait for all charts
    }
  } finally {
    isDrawing = false; // a chart that cannot be drawn must not be the last that is
  }
  document.documentElement.dataset.drawn = theme();
}

/** Let everything follow from what is chosen now, and the address say it. */
function follow() {
  const shown = filterRows(filtered());
  element("count").textContent = `${shown} of ${rows.length} ${rows.length === 1 ? "cell" : "cells"}`;
  showColumns(element("columns").value);
  if (explorer) showBurst(element("burst").value);
  const others = [...DEFAULTS].filter(([id, value]) => element(id).value !== value);
  const chosen = new Map([...filtered(), ...others.map(([id]) => [id, [element(id).value]])]);
  if (sorting()) chosen.set("sort", [sorting()]);
  address(chosen);
}

/** Choose what an address says; what it does not name is as it was at first. */
function choose(said) {
  for (const [axis, of] of boxes) {
    const all = !names(said, axis, of);
    for (const box of of) box.checked = all || box.disabled || said.get(axis).includes(box.value);
  }
  for (const [id, value] of DEFAULTS) {
    element(id).value = said.get(id)?.[0] ?? value;
    if (element(id).selectedIndex < 0) element(id).value = value;
  }
  sortAs(said.get("sort")?.[0]);
}

function begin() {
  for (const part of document.querySelectorAll("[data-needs-scripts]")) part.hidden = false;
  form.querySelector("details").open = matchMedia("(min-width: 48rem)").matches; // elsewhere it would hide the page
  const changed = () => (follow(), draw());
  makeSortable(follow);
  letChooseTheme(() => draw());
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed)); // the boxes are checked only after the event
  element("reset-filters").addEventListener("click", () => form.reset());
  element("columns").addEventListener("change", follow);
  element("burst")?.addEventListener("change", () => (follow(), draw([BURST])));
  element("requests")?.addEventListener("toggle", fillTable);
  addEventListener("hashchange", () => {
    const said = addressed();
    if (said === null) return follow(); // a link to a heading: what is chosen stays so, in the address too
    choose(said);
    changed();
  });
  const said = addressed();
  choose(said ?? new Map());
  follow();
  // The page grows while it is drawn, and what an address leads to has moved by then.
  draw().then(() => arrive(said));
}

let isTouched = false;
for (const touch of ["wheel", "pointerdown", "keydown"]) {
  addEventListener(touch, () => (isTouched = true), { once: true, passive: true });
}

/** Go to the heading that the address named, or to the burst that it opened, unless the reader is under way already. */
function arrive(said) {
  if (isTouched) return;
  const place = said === null ? element(decoded(location.hash.slice(1))) : said.has("burst") ? element("explorer") : null;
  place?.scrollIntoView();
}

begin();
