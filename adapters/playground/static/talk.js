// Messages, buttons and forms: what was clicked goes out, the answer is shown where it belongs.
import { send } from "./ask.js";
import { at, fill, parsed, replace } from "./dom.js";

const conversation = at("conversation");
const dialog = at("dialog");

// -- showing ------------------------------------------------------------------------------------------------

// A message of another day than the one before stands under that day's name.
export function days() {
  let day = "";
  for (const one of conversation.querySelectorAll(".said")) {
    one.classList.toggle("new-day", one.dataset.day !== day);
    day = one.dataset.day;
  }
}

// What stands last, and what before it: what was typed can come after its answer, and stands above it.
export const ending = () => [...conversation.children].slice(-2).map((one) => one.id).join();

export function afterConversation(before) {
  days();
  if (ending() !== before) toLatest();
}

// To the end; where the last message is longer than the screen, to its first line. What was typed stays in sight.
export function toLatest() {
  const last = conversation.lastElementChild;
  const before = last.previousElementSibling;
  const first = before && before.classList.contains("me") ? before : last;
  conversation.scrollTop = first.offsetTop - 4;
}

function showAnswer(html) {
  const [one] = parsed(html);
  const old = at(one.id);
  if (old) {
    replace(old, one);
  } else {
    one.classList.add("fresh");
    conversation.append(one);
    toLatest();
  }
  days();
  showTab("messages");
}

// -- doing --------------------------------------------------------------------------------------------------

export function answered(answer) {
  if (answer === null) return;
  if (answer.kind === "form") openForm(answer.html);
  else if (answer.kind === "errors") showErrors(answer.html);
  else {
    if (dialog.open) dialog.close();
    if (answer.kind === "home") fill(at("home"), answer.html);
    else showAnswer(answer.html);
  }
}

async function act(button, message) {
  const within = button.closest("dialog, article, #home") || document.body;
  const body = { action: button.dataset.action, message: message || null };
  answered(await send("/act", body, within, button));
}

async function submit(form) {
  const fields = Object.fromEntries(new FormData(form));
  const body = { action: form.dataset.submit, message: dialog.dataset.message || null, fields };
  answered(await send("/act", body, dialog, form.querySelector("[type=submit]")));
}

// -- forms --------------------------------------------------------------------------------------------------

// What was written in a form is not thrown away by one slip of a finger.
let written = false;
dialog.addEventListener("input", () => {
  written = true;
});
dialog.addEventListener("cancel", (event) => {
  const rest = dialog.querySelector(".slot.rest");
  if (!written || !rest) return;
  event.preventDefault();
  written = false;
  rest.textContent = "Nothing is sent yet. Press Esc once more, or Cancel, to throw away what you wrote.";
});

export function openForm(html) {
  written = false;
  dialog.replaceChildren(...parsed(html));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  const first = dialog.querySelector(".field input:checked, .field input, .field select, .field textarea");
  (first || dialog.querySelector("[type=submit]")).focus();
}

function showErrors(html) {
  for (const old of dialog.querySelectorAll(".error")) old.remove();
  for (const old of dialog.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
  let first = null;
  for (const error of parsed(html)) {
    const field = [...dialog.querySelectorAll(".field")].find((one) => one.dataset.field === error.dataset.field);
    const input = field ? field.querySelector("input, select, textarea") : null;
    (field ? field.querySelector(".slot") : dialog.querySelector(".slot.rest")).append(error);
    if (input) input.setAttribute("aria-invalid", "true");
    first = first || input;
  }
  if (first) first.focus();
}

// -- tabs ---------------------------------------------------------------------------------------------------

const TABS = ["messages", "home"];

export function showTab(name) {
  for (const one of TABS) {
    const tab = at(`tab-${one}`);
    tab.setAttribute("aria-selected", String(one === name));
    tab.tabIndex = one === name ? 0 : -1;
    at(one).hidden = one !== name;
  }
}

// -- listening ----------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const menu = event.target.closest("details.menu");
  for (const open of document.querySelectorAll("details.menu[open]")) if (open !== menu) open.open = false;
  if (!button) return;
  if ("close" in button.dataset) button.closest("dialog").close();
  else if (button.dataset.action) {
    const article = button.closest("article");
    if (!dialog.contains(button)) dialog.dataset.message = article ? article.dataset.message : "";
    if (menu) menu.open = false;
    act(button, dialog.dataset.message);
  }
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.matches("[data-submit]")) submit(event.target);
});

// A menu that opens below the edge of the screen is brought into view.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.open && event.target.matches("details.menu"))
      event.target.querySelector(".choices").scrollIntoView({ block: "nearest" });
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest && event.target.closest("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

