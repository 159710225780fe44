// The burst explorer: the requests of one burst, drawn as the report draws them and listed in a table.

const explorer = read("bursts-data");
const bursts = explorer ? unpacked(explorer.bursts) : [];
const ROW_HEIGHT = 4;
const HEIGHTS = [120, 520];

let shown = { rows: [] };

/** Offer all bursts, by server and under the words of the table; the first to be shown is chosen. */
function offerBursts() {
  const load = headers.findIndex((header) => header.dataset.path === "concurrency");
  const groups = new Map();
  for (const [place, { cell }] of bursts.entries()) {
    const [server, style, ...conditions] = texts[cell].slice(0, load);
    if (!groups.has(server)) groups.set(server, Object.assign(document.createElement("optgroup"), { label: server }));
    const under = conditions.map((condition, at) => [headers[at + 2].textContent, condition]);
    const known = under.filter(([, condition]) => condition !== MISSING).map((pair) => pair.join(" "));
    const name = [`${server}, ${style} at ${texts[cell][load]}`, ...known].join(", ");
    groups.get(server).append(new Option(name, place, place === explorer.first, place === explorer.first));
  }
  element("burst").append(...groups.values());
}

/** The rows of a burst as its view takes them, from the differences that they were sent as. */
function rowsOf(burst, [since, waited, worked, travelled, threads]) {
  const shade = (explorer.colours.length - 1) / Math.max(1, burst.threads - 1);
  let started = 0;
  return since.map((us, place) => {
    started += us;
    const ended = started + worked[place];
    return {
      request: place * burst.every + 1,
      height: burst.every,
      thread: threads[place],
      colour: explorer.colours[Math.round((threads[place] - 1) * shade)],
      sent_ms: (started - waited[place]) / 1000,
      started_ms: started / 1000,
      ended_ms: ended / 1000,
      answered_ms: (ended + travelled[place]) / 1000,
    };
  });
}

/** The view of a burst; what says nothing of threads is shown without any. */
function viewOf(burst) {
  if (!burst.of_two) return explorer.view;
  const known = ({ field }) => field !== "thread";
  const layer = explorer.view.layer.map(({ encoding, ...rest }) => ({
    ...rest,
    encoding: { ...encoding, tooltip: encoding.tooltip.filter(known) },
  }));
  return { ...explorer.view, layer };
}

/** Show a burst: what is said of it, its medians, its waves and, once it is opened, its table. */
function showBurst(place) {
  const burst = bursts[place];
  shown = { burst, rows: rowsOf(burst, explorer.requests[place]) };
  element("burst-says").textContent =
    burst.blocks === 1
      ? `Its only block: ${burst.took} s until the last answer.`
      : `Block ${burst.block}, the nearest to the median of ${burst.blocks} blocks: ${burst.took} s until the last answer, ` +
        `where the median is ${written(burst.cell, "median_s")} s. Medians over the requests of all blocks:`;
  element("burst-drawn").textContent =
    burst.every > 1 ? `Drawn are ${shown.rows.length} of its ${burst.requests} requests.` : "";
  for (const part of document.querySelectorAll("#explorer [data-parts]")) {
    part.hidden = (part.dataset.parts === "2") !== burst.of_two;
  }
  for (const fact of document.querySelectorAll("#burst-facts dd")) {
    fact.textContent = `${written(burst.cell, fact.dataset.path)} ms`;
  }
  fillTable();
}

/** Draw the burst that is shown, as wide as there is room. */
async function drawBurst(theme) {
  if (!shown.burst) return;
  const { burst, rows } = shown;
  const [least, most] = HEIGHTS;
  const place = element("burst-waves");
  const last = rows.reduce((latest, row) => Math.max(latest, row.answered_ms), 0);
  const { label } = element("burst").selectedOptions[0];
  place.parentElement.ariaLabel = `${label}: a timeline of ${rows.length} requests over ${last.toFixed(0)} ms`;
  const spec = {
    ...viewOf(burst),
    data: { values: rows },
    width: Math.max(260, place.closest(".scroll").clientWidth - 80),
    height: Math.min(most, Math.max(least, ROW_HEIGHT * rows.length)),
  };
  await embed(place, spec, theme);
}

/** Write the requests into their table, if it is open: it may be long. */
function fillTable() {
  const table = document.querySelector("#requests tbody");
  table.replaceChildren();
  if (!element("requests").open) return;
  for (const row of shown.rows) {
    const line = table.insertRow();
    const number = document.createElement("th");
    number.scope = "row";
    number.textContent = row.request;
    line.append(number);
    const thread = line.insertCell();
    thread.textContent = row.thread;
    thread.hidden = shown.burst.of_two;
    for (const time of ["sent", "started", "ended", "answered"]) {
      line.insertCell().textContent = row[`${time}_ms`].toFixed(3); // as the journal has it
    }
  }
}
