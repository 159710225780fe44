// The burst explorer: the requests of one burst, drawn as the report draws them and listed in a table.

const explorer = read("bursts-data");
const ROW_HEIGHT = 4;
const HEIGHTS = [120, 520];

let shown = { rows: [] };

/** The rows of a burst as its view takes them; a table in columns of differences made them short to send. */
function rowsOf(burst) {
  const [since, waited, worked, travelled, threads] = burst.columns;
  const colours = explorer.colours[burst.threads];
  let started = 0;
  return since.map((us, place) => {
    started += us;
    const ended = started + worked[place];
    return {
      request: place * burst.every + 1,
      height: burst.every,
      thread: threads[place],
      colour: colours[threads[place] - 1],
      sent_ms: (started - waited[place]) / 1000,
      started_ms: started / 1000,
      ended_ms: ended / 1000,
      answered_ms: (ended + travelled[place]) / 1000,
    };
  });
}

/** Show a burst: what is said of it, its medians, its waves and, once it is opened, its table. */
function showBurst(place) {
  const burst = explorer.bursts[place];
  const blocks = written(burst.cell, "blocks");
  shown = { burst, rows: rowsOf(burst) };
  element("burst-says").textContent =
    blocks === "1"
      ? `Its only block: ${burst.took} s until the last answer.`
      : `Block ${burst.block}, the nearest to the median of ${blocks} blocks: ${burst.took} s until the last answer, ` +
        `where the median is ${written(burst.cell, "median_s")} s. Medians over the requests of all blocks:`;
  element("burst-drawn").textContent =
    burst.every > 1 ? `Drawn are ${shown.rows.length} of its ${burst.requests} requests.` : "";
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
  const { label: name, parentElement: server } = element("burst").selectedOptions[0];
  place.parentElement.ariaLabel =
    `${server.label}, ${name}: a timeline of ${rows.length} requests over ${last.toFixed(0)} ms`;
  const spec = {
    ...explorer.view,
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
    line.insertCell().textContent = row.thread;
    for (const time of ["sent", "started", "ended", "answered"]) {
      line.insertCell().textContent = row[`${time}_ms`].toFixed(3); // as the journal has it
    }
  }
}
