// The charts: the specifications of the report, with the rows that pass the filters, in the colours of the page.

const charts = read("charts-data");
for (const spec of Object.values(charts.specs)) {
  for (const [name, rows] of Object.entries(spec.datasets)) spec.datasets[name] = unpacked(rows);
}

/** The rows that were packed column by column; what is null in a column, its row is without. */
function unpacked({ rows, columns }) {
  const valueOf = ([values, places], place) => (places ? values[places[place]] : places === null ? values[place] : values);
  return Array.from({ length: rows }, (_, place) => {
    const pairs = Object.entries(columns).map(([name, column]) => [name, valueOf(column, place)]);
    return Object.fromEntries(pairs.filter(([, value]) => value !== null));
  });
}

/** Draw a specification in the place of whatever is there. */
async function embed(place, spec, theme) {
  // `ast` has Vega interpret its expressions: it would make functions of them otherwise, which the page forbids.
  const options = { mode: "vega-lite", ast: true, renderer: "svg", actions: false, tooltip: { theme } };
  const { view } = await vegaEmbed(place, spec, { ...options, config: charts.themes[theme] });
  views.get(place)?.finalize();
  views.set(place, view);
  place.dataset.theme = theme;
}

const views = new Map();

/** Draw a chart with the rows that pass the filters, or say that none does. */
async function drawChart(name, filters, theme) {
  const figure = element(`chart-${name}`);
  const spec = seen(charts.specs[name], filters);
  figure.querySelector(".chart").hidden = spec === null;
  figure.querySelector(".note").hidden = spec !== null;
  figure.querySelector("figcaption").hidden = filters.size > 0; // it tells of all that was measured
  if (spec !== null) await embed(figure.querySelector(".chart"), spec, theme);
}

/** A specification with the rows that pass, without the views that lost all of theirs; null where no view is left. */
function seen(spec, filters) {
  if (!filters.size) return spec;
  const datasets = Object.fromEntries(
    Object.entries(spec.datasets).map(([name, rows]) => [name, rows.filter((row) => passes(filters, (axis) => row[axis]))]),
  );
  const lost = (name) => spec.datasets[name].length > 0 && datasets[name].length === 0;
  const left = without(spec, lost);
  return left && { ...left, datasets };
}

/** A view without those inside it that show a lost dataset; null where it shows one itself, or holds nothing more. */
function without(view, lost) {
  if (view.data?.name && lost(view.data.name)) return null;
  for (const inside of ["vconcat", "hconcat", "concat"]) {
    if (!view[inside]) continue;
    const left = view[inside].map((each) => without(each, lost)).filter((each) => each !== null);
    return left.length ? { ...view, [inside]: left } : null;
  }
  return view;
}
