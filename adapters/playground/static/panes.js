// Messages or home in the middle; on a narrow screen one column at a time.
import { at, page } from "./dom.js";
import { refreshHome } from "./live.js";
import { showTab } from "./talk.js";

async function open(name) {
  showTab(name);
  if (name === "home") await refreshHome(true).catch(() => {});
}

at("tab-messages").addEventListener("click", () => open("messages"));
at("tab-home").addEventListener("click", () => open("home"));
at("tab-messages").parentElement.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = at(event.target.id === "tab-home" ? "tab-messages" : "tab-home");
  other.focus();
  other.click();
});

export function showPane(name) {
  page.pane = name;
  for (const one of document.querySelectorAll("[data-show]"))
    if (one.dataset.show === name) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  count("mailbox", 0);
}

function count(name, many) {
  const button = document.querySelector(`[data-show=${name}]`);
  if (many) button.dataset.count = String(many);
  else delete button.dataset.count;
}

let letters = document.querySelectorAll(".mail").length;
document.addEventListener("mailbox", () => {
  const there = document.querySelectorAll(".mail").length;
  if (there > letters && page.pane !== "mailbox") count("mailbox", there - letters);
  letters = there;
});
document.addEventListener("shown", () => count("people", document.querySelectorAll(".people .unread").length));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show]");
  if (button) showPane(button.dataset.show);
});
count("people", document.querySelectorAll(".people .unread").length);
