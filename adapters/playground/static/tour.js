// Five clicks that tell the story; left alone once it was skipped or finished.
import { at } from "./dom.js";
import { showPane } from "./panes.js";
import { showTab, toLatest } from "./talk.js";

const KEY = "followup-tour";
const OVER = "over";
const card = at("tour");
const first = (selector) => document.querySelector(selector);

// `find` gives what is to be pressed; `done` tells that it was, whichever way somebody got there.
const STEPS = [
  {
    title: "A promise is late",
    text: "Candidates were promised news by a day that has passed, and nobody has written. Move the clock to half past nine: Dana, who must answer, is asked in a chat that is open anyway.",
    pane: "chat",
    find: () => first("[data-clock=next-0930]"),
    done: () => update() !== null,
  },
  {
    title: "One click keeps the word",
    text: "Every line carries its answer. Press Send update: a letter goes out with a new date, a reason, and Dana’s name under it.",
    pane: "chat",
    find: () => update(),
    done: () => first(".waiting") !== null || first(".mail") !== null,
  },
  {
    title: "The letter",
    text: "For a minute it can be undone; the mailbox counts down. Let an hour pass, and read it as the candidate does.",
    pane: "mailbox",
    find: () => first('[data-clock="+1h"]'),
    done: () => first(".mail") !== null,
    after: openLetter,
  },
  {
    title: "And if nobody answers?",
    text: "The others still wait. Run the clock to Friday and watch who is asked: the manager again, then the recruiter, then whoever leads recruiting.",
    pane: "chat",
    find: () => first("[data-clock=friday]"),
    done: () => first("#journal li time") !== null && !moving() && pressedFriday,
  },
  {
    title: "Once a week, the team sees how it keeps its word",
    text: "Counts only, no names, nobody ranked. Look into the team’s channel.",
    pane: "people",
    find: () => first(".people a[data-channel]") || first(".people li:last-child a"),
    done: () => false,
  },
];
const END = {
  title: "That is all of it",
  text: "Now be anybody on the left, press anything, answer a letter as the candidate. Behind { } stands what Slack and Teams would get.",
};

let pressedFriday = false;
const moving = () => document.documentElement.classList.contains("moving");
const latest = () => [...document.querySelectorAll(".said.bot")].findLast((one) => one.querySelector(".row"));
function update() {
  const rows = latest() ? [...latest().querySelectorAll(".row.late")] : [];
  return rows.flatMap((row) => [...row.querySelectorAll(":scope > .buttons > .button.primary")]).find((one) => one.textContent === "Send update") || null;
}

function openLetter() {
  const letter = first(".mail");
  if (letter) letter.open = true;
}

const step = () => localStorage.getItem(KEY) || "0";
let marked = null;

function show() {
  if (step() === OVER) return hide();
  const number = Number(step());
  const now = STEPS[number];
  if (now && now.done()) {
    if (now.after) now.after();
    localStorage.setItem(KEY, String(number + 1));
    return show();
  }
  draw(now || END, number);
}

function hide() {
  card.hidden = true;
  mark(null);
}

function draw(what, number) {
  const key = `${number}`;
  if (card.dataset.step !== key) {
    card.dataset.step = key;
    card.replaceChildren(...content(what, number));
    card.hidden = false;
    if (what.pane) showPane(what.pane);
    if (number === 1) {
      showTab("messages");
      toLatest();
    }
  }
  const target = what.find ? what.find() : null;
  mark(target);
  place(target);
}

function content(what, number) {
  const made = (tag, text, of = {}) => Object.assign(document.createElement(tag), { textContent: text, ...of });
  const dots = made("span", "", { className: "dots", ariaHidden: "true" });
  STEPS.forEach((_, index) => dots.append(made("i", "", { className: index === number ? "now" : "" })));
  const foot = made("div", "", { className: "foot" });
  const close = made("button", number < STEPS.length ? "Skip the tour" : "Close", { type: "button" });
  close.addEventListener("click", over);
  foot.append(dots, close);
  const count = number < STEPS.length ? made("span", `Step ${number + 1} of ${STEPS.length}. `, { className: "unseen" }) : "";
  const title = made("h2", "", { id: "tour-title" });
  title.append(count, what.title);
  return [title, made("p", what.text, { id: "tour-text" }), foot];
}

function over() {
  localStorage.setItem(KEY, OVER);
  hide();
  at("tour-start").focus();
}

function mark(target) {
  if (marked === target) return;
  if (marked) marked.classList.remove("toured");
  if (target) target.classList.add("toured");
  marked = target;
}

// Beside the target where there is room, never over the letters, nor over what the clock passes; else where the
// style sheet puts it.
function place(target) {
  for (const side of ["left", "right", "top", "bottom"]) card.style[side] = "";
  if (!target || moving() || innerWidth <= 900) return;
  const there = target.getBoundingClientRect();
  if (!there.width || there.bottom < 0 || there.top > innerHeight) return;
  const below = there.bottom + 14 + card.offsetHeight < innerHeight;
  const beside = there.right + 14 + card.offsetWidth < innerWidth;
  const edge = at("letters").contains(target) ? innerWidth : at("letters").getBoundingClientRect().left;
  const wanted = below ? there.left : beside ? there.right + 14 : 12;
  const left = Math.min(Math.max(12, wanted), edge - card.offsetWidth - 12);
  const top = below ? there.bottom + 14 : Math.max(12, Math.min(there.top, innerHeight - card.offsetHeight - 12));
  card.style.left = `${left}px`;
  card.style.top = `${top}px`;
  card.style.right = card.style.bottom = "auto";
}

at("tour-start").addEventListener("click", () => {
  localStorage.setItem(KEY, "0");
  delete card.dataset.step;
  if (location.search) location.assign("/");
  else show();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clock=friday]")) pressedFriday = true;
  const chosen = event.target.closest(".people a");
  if (chosen && chosen.classList.contains("toured")) localStorage.setItem(KEY, String(STEPS.length));
});
for (const event of ["shown", "mailbox"]) document.addEventListener(event, show);
for (const event of ["resize", "scroll"]) addEventListener(event, () => card.hidden || place(marked), { capture: true, passive: true });
show();
