// The table of all cells: sorted by any column, its rows filtered, its columns shown by groups.

const cells = read("cells-data");
const body = element("cells").tBodies[0];
const rows = [...body.rows];
const headers = [...element("cells").tHead.rows[0].cells];
const collator = new Intl.Collator("en", { numeric: true });
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

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
  places.sort((one, other) => compare(cells.cells[one][column], cells.cells[other][column], sign));
  body.append(...places.map((place) => rows[place]));
}

function compare(one, other, sign) {
  if (sign === 0 || one === other) return 0;
  if (isMissing(one) || isMissing(other)) return isMissing(one) - isMissing(other);
  const both = typeof one === "number" && typeof other === "number";
  return sign * (both ? one - other : collator.compare(one, other));
}

const isMissing = (value) => value === null || value === undefined || value.length === 0;

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
    row.hidden = !passes(filters, (axis) => cells.filters[axis][place]);
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
