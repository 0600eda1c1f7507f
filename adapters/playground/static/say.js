// The line to type in: what can be typed is offered, and what was typed comes back with ↑.
import { get, send } from "./ask.js";
import { at, page } from "./dom.js";
import { refreshConversation } from "./live.js";
import { answered, showTab } from "./talk.js";

const form = at("say");
const input = at("text");
const offers = at("offers");
const MOST = 9;
const KEPT = `followup-typed-${page.member}`;

// -- what can be typed --------------------------------------------------------------------------------------

let known = null;

async function learn() {
  const response = await get(`/completions/${page.member}`);
  known = await response.json();
  for (const one of known.commands) {
    one.words = one.form.split(" ").slice(1).filter((word) => !/[A-Z]/.test(word));
    one.named = one.form.includes("NAME");
  }
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const begins = (name, typed) => plain(name).split(/[ -]/).some((_, index, words) => words.slice(index).join(" ").startsWith(plain(typed)));

// Everything that could follow what stands there: each with the text that the line becomes.
function offersFor(text) {
  if (!known || !text.startsWith("/")) return [];
  const typed = text.match(/^\/\S*\s+(.*)$/s);
  if (!typed) return "/followup".startsWith(text) ? commands("") : [];
  const rest = typed[1];
  const command = known.commands.find((one) => one.words.length && rest.startsWith(`${one.words.join(" ")} `));
  if (command) return command.named ? names(rest.slice(command.words.join(" ").length + 1), `${command.words.join(" ")} `) : [];
  return [...commands(rest), ...(rest ? names(rest, "") : [])];
}

function commands(rest) {
  return known.commands
    .filter((one) => one.words.length && one.words.join(" ").startsWith(rest.toLowerCase()))
    .map((one) => ({ shown: one.form, aside: one.what, text: `/followup ${one.words.join(" ")}${one.form.endsWith(one.words.at(-1)) ? "" : " "}` }));
}

function names(part, before) {
  return known.names
    .filter((one) => begins(one.name, part) && plain(one.name) !== plain(part.trim()))
    .map((one) => ({ shown: one.name, aside: one.role, text: `/followup ${before}${one.name}${before.startsWith("promise") ? " " : ""}` }));
}

let chosen = -1;
let open = [];

function offer() {
  open = offersFor(input.value).slice(0, MOST);
  chosen = -1;
  offers.replaceChildren(...open.map(line));
  offers.hidden = open.length === 0;
  input.setAttribute("aria-expanded", String(open.length > 0));
  input.removeAttribute("aria-activedescendant");
}

function line(one, index) {
  const item = document.createElement("li");
  item.id = `offer-${index}`;
  item.role = "option";
  item.append(...[one.shown, one.aside].map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  item.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    take(one);
  });
  return item;
}

function choose(index) {
  chosen = (index + open.length) % open.length;
  [...offers.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
  input.setAttribute("aria-activedescendant", `offer-${chosen}`);
  offers.children[chosen].scrollIntoView({ block: "nearest" });
}

function take(one) {
  input.value = one.text;
  input.focus();
  offer();
}

function shut() {
  open = [];
  offers.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

// -- what was typed -----------------------------------------------------------------------------------------

const typed = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
let back = typed.length;

function remember(text) {
  if (typed.at(-1) !== text) typed.push(text);
  sessionStorage.setItem(KEPT, JSON.stringify(typed.slice(-50)));
  back = typed.length;
}

function bringBack(step) {
  back = Math.min(Math.max(back + step, 0), typed.length);
  input.value = typed[back] || "";
  input.setSelectionRange(input.value.length, input.value.length);
}

// -- listening ----------------------------------------------------------------------------------------------

input.addEventListener("focus", () => learn().catch(() => {}), { passive: true });
input.addEventListener("input", async () => {
  if (known === null) await learn().catch(() => {});
  offer();
});
input.addEventListener("blur", shut);
input.addEventListener("keydown", (event) => {
  const up = event.key === "ArrowUp";
  if (up || event.key === "ArrowDown") {
    event.preventDefault();
    if (open.length) choose(up ? (chosen < 0 ? -1 : chosen - 1) : chosen + 1);
    else bringBack(up ? -1 : 1);
  } else if (open.length && (event.key === "Tab" || (event.key === "Enter" && chosen >= 0))) {
    event.preventDefault();
    take(open[Math.max(chosen, 0)]);
  } else if (event.key === "Escape" && open.length) {
    event.preventDefault();
    shut();
  }
});

form.addEventListener("submit", async () => {
  const text = input.value.trim();
  if (!text) return;
  shut();
  at("dialog").dataset.message = "";
  const answer = await send("/say", { text, channel: page.channel }, form, null);
  if (answer === null) return;
  remember(text);
  input.value = "";
  answered(answer);
  showTab("messages");
  // What is answered in a team's channel is for the eyes of whoever asked, and gone with the next look.
  if (!page.channel) await refreshConversation();
});
