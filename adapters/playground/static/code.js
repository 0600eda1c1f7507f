// Any message as the JSON that Slack or Teams would get.
import { get } from "./ask.js";
import { at, note } from "./dom.js";

const dialog = at("code");
const shown = dialog.querySelector("code");
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?/g;
let message = "";

async function show(dialect) {
  for (const one of dialog.querySelectorAll("[data-dialect]"))
    one.setAttribute("aria-pressed", String(one.dataset.dialect === dialect));
  try {
    const response = await get(`/said/${message}/as/${encodeURIComponent(dialect)}`);
    shown.replaceChildren(...coloured(await response.text()));
    shown.parentElement.scrollTop = 0;
  } catch (error) {
    shown.textContent = error.message;
  }
}

function* coloured(text) {
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    yield text.slice(from, found.index);
    const span = document.createElement("span");
    span.className = found[2] ? "key" : found[1] ? "text-value" : "other";
    span.textContent = found[1] || found[0];
    yield span;
    if (found[2]) yield found[2];
    from = found.index + found[0].length;
  }
  yield text.slice(from);
}

async function copy() {
  try {
    await navigator.clipboard.writeText(shown.textContent);
    note("Copied.");
  } catch {
    getSelection().selectAllChildren(shown);
    note("It is selected: copy it with the keyboard.");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.code) {
    message = button.dataset.code;
    dialog.showModal();
    show((dialog.querySelector("[aria-pressed=true]") || dialog.querySelector("[data-dialect]")).dataset.dialect);
  } else if (button.dataset.dialect) show(button.dataset.dialect);
  else if ("copy" in button.dataset) copy();
});
