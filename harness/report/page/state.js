// What is chosen in the page. It is read from the controls and kept in the address, so that a view can be linked to:
// #server=uvicorn,granian&style=def&sort=-median_s&columns=costs&burst=3

const element = (id) => document.getElementById(id);
const read = (id) => JSON.parse(element(id)?.textContent ?? "null");

/** The boxes of the filters by the name of their axis. */
const boxes = new Map(
  [...document.querySelectorAll("#filters fieldset")].map((axis) => [axis.name, [...axis.querySelectorAll("input")]]),
);

/** The values that may be seen, of each axis that is filtered. */
function filtered() {
  const axes = [...boxes].filter(([, of]) => of.some((box) => !box.checked));
  return new Map(axes.map(([axis, of]) => [axis, new Set(of.filter((box) => box.checked).map((box) => box.value))]));
}

/** Whether something passes the filters, as far as it has values for their axes. */
function passes(filters, valueOf) {
  return [...filters].every(([axis, seen]) => {
    const value = valueOf(axis);
    return value === undefined || seen.has(String(value));
  });
}

/** Whether an address names a value of this axis; what was typed by hand may name none. */
const names = (said, axis, of) => said.get(axis)?.some((value) => of.some((box) => box.value === value)) ?? false;

/** What the address says is chosen: a map of names to lists of values; null where it is the anchor of a heading. */
function addressed() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return null;
  const pairs = hash.split("&").filter(Boolean).map((pair) => pair.split("="));
  return new Map(pairs.map(([name, values]) => [name, (values ?? "").split(",").map(decoded)]));
}

function decoded(value) {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value; // typed by hand: it will match nothing
    throw error;
  }
}

/** Put what is chosen into the address, without a step in the history. */
function address(chosen) {
  const pairs = [...chosen].map(([name, values]) => `${name}=${[...values].map(encodeURIComponent).join(",")}`);
  const hash = pairs.length ? `#${pairs.join("&")}` : location.pathname + location.search;
  if (pairs.length || location.hash.includes("=")) history.replaceState(null, "", hash);
}
