// Light, dark, or as the system has it: remembered where the browser lets a page remember.

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const REMEMBERED = "asgi-matrix-theme";

/** The colours that the page is in: light or dark. */
const theme = () => {
  const asked = document.documentElement.dataset.theme;
  return asked ?? (prefersDark.matches ? "dark" : "light");
};

/** Let the reader choose the colours; `changed` is called whenever they are others. */
function letChooseTheme(changed) {
  const themes = element("themes");
  setTheme(remembered(() => localStorage.getItem(REMEMBERED)));
  themes.addEventListener("change", (event) => {
    setTheme(event.target.value);
    remembered(() => localStorage.setItem(REMEMBERED, event.target.value));
    changed();
  });
  prefersDark.addEventListener("change", changed);
}

function setTheme(asked) {
  if (asked === "light" || asked === "dark") document.documentElement.dataset.theme = asked;
  else delete document.documentElement.dataset.theme;
  const chosen = document.documentElement.dataset.theme ?? "system";
  document.querySelector(`#themes [value=${chosen}]`).checked = true;
}

/** What the storage of the browser has to say; null where this page is allowed none, as from some files. */
function remembered(ask) {
  try {
    return ask();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
