// The table of all cells: sorted by any column, its rows filtered, its columns shown by groups.

const body = element("cells").tBodies[0];
const rows = [...body.rows];
const headers = [...element("cells").tHead.rows[0].cells];
const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent));
const MISSING = "—";
const collator = new Intl.Collator("en", { numeric: true });
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

/** What the row of a cell says in the column of this path; a dash where there is no such column. */
const written = (cell, path) => texts[cell][headers.findIndex((header) => header.dataset.path === path)] ?? MISSING;

/** Make each header a button that sorts by it; `changed` is called after that. */
function makeSortable(changed) {
  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => {
      sort(header, NEXT[header.ariaSort ?? "none"]);
      changed();
    });
    header.append(button);
    header.ariaSort = "none";
  }
}

/** Sort by a column; what has no figure there comes last either way, and equals stay in the order of the matrix. */
function sort(header, order) {
  for (const other of headers) other.ariaSort = "none";
  if (header) header.ariaSort = order;
  const column = headers.indexOf(header);
  const sign = { ascending: 1, descending: -1, none: 0 }[order];
  const places = rows.map((_, place) => place);
  places.sort((one, other) => compare(texts[one][column], texts[other][column], sign));
  body.append(...places.map((place) => rows[place]));
}

function compare(one, other, sign) {
  if (sign === 0 || one === other) return 0;
  if (one === MISSING || other === MISSING) return one === MISSING ? 1 : -1;
  const difference = Number(one) - Number(other);
  return sign * (Number.isNaN(difference) ? collator.compare(one, other) : difference);
}

/** The column that is sorted by as the address has it: its path, with a minus where it descends; null for none. */
function sorting() {
  const header = headers.find((each) => each.ariaSort !== "none");
  return header ? (header.ariaSort === "descending" ? "-" : "") + header.dataset.path : null;
}

/** Sort as an address says. */
function sortAs(said) {
  const path = said?.replace(/^-/, "");
  const header = headers.find((each) => each.dataset.path === path);
  sort(header, header ? (said.startsWith("-") ? "descending" : "ascending") : "none");
}

/** Show the rows that pass the filters; how many these are. */
function filterRows(filters) {
  let shown = 0;
  for (const [place, row] of rows.entries()) {
    row.hidden = !passes(filters, (axis) => written(place, axis));
    shown += !row.hidden;
  }
  element("none").hidden = shown > 0;
  element("cells").parentElement.hidden = shown === 0;
  return shown;
}

/** Show one group of columns, and what it means; all of them where the group is empty. */
function showColumns(group) {
  if (group) element("cells").dataset.columns = group;
  else delete element("cells").dataset.columns;
  for (const says of document.querySelectorAll("[data-explains]")) {
    says.hidden = Boolean(group) && says.dataset.explains !== group;
  }
}
