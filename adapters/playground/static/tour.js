// Five clicks that tell the story; left alone once it was skipped or finished.
import { placeBeside } from "./beside.js";
import { at } from "./dom.js";
import { showPane } from "./panes.js";
import { showTab, toLatest } from "./talk.js";

const KEY = "followup-tour";
const OVER = "over";
const card = at("tour");
const first = (selector) => document.querySelector(selector);

// `find` gives what is to be pressed; `about` what else it speaks of, which the card leaves in sight; `done` tells
// that it was pressed, whichever way somebody got there.
const STEPS = [
  {
    title: "A promise is late",
    text: "Candidates were promised news by a day that has passed, and nobody has written. Move the clock to half past nine: Dana, who must answer, is asked in a chat that is open anyway.",
    pane: "chat",
    find: () => first("[data-clock=next-0930]"),
    about: ".clockwork, #conversation .bubble, #conversation .first",
    done: () => update() !== null,
  },
  {
    title: "One click keeps the word",
    text: "Every line carries its answer. Press Send update: a letter goes out with a new date, a reason, and Dana’s name under it.",
    pane: "chat",
    find: () => update(),
    about: ".row:has(> .buttons > .toured)",
    done: () => first(".waiting") !== null || first(".mail") !== null,
  },
  {
    title: "The letter",
    text: "For a minute it can be undone; the mailbox counts down. Let an hour pass, and read it as the candidate does.",
    pane: "mailbox",
    find: () => first('[data-clock="+1h"]'),
    about: ".clockwork, .waiting, .mail",
    done: () => first(".mail") !== null,
    after: openLetter,
  },
  {
    title: "And if nobody answers?",
    text: "The others still wait. Run the clock to Friday and watch who is asked: the manager again, then the recruiter, then whoever leads recruiting.",
    pane: "mailbox",
    find: () => first("[data-clock=friday]"),
    about: ".clockwork, .mail[open]",
    done: () => first("#journal li time") !== null && !moving() && pressedFriday,
  },
  {
    title: "Once a week, the team sees how it keeps its word",
    text: "Counts only, no names, nobody ranked. Look into the team’s channel.",
    pane: "people",
    find: () => first(".people a[data-channel]") || first(".people li:last-child a"),
    about: ".people li",
    done: () => false,
  },
];
const END = {
  title: "That is all of it",
  text: "Now be anybody on the left, press anything, answer a letter as the candidate. Behind { } stands what Slack and Teams would get.",
  about: "#conversation .bubble > *, .people li",
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

// -- which step ---------------------------------------------------------------------------------------------

// Two numbers: the step that is shown, and the farthest that was reached. Where they are the same, the step goes on
// by itself once what it asks for is done; somebody who went back goes on with Next.
function where() {
  const kept = localStorage.getItem(KEY);
  if (kept) return JSON.parse(kept);
  return { shown: 0, reached: STEPS.findIndex((one) => !one.done()) };
}

const keep = (shown, reached) => localStorage.setItem(KEY, JSON.stringify({ shown, reached: Math.max(shown, reached) }));

function show() {
  if (localStorage.getItem(KEY) === OVER) return hide();
  let { shown, reached } = where();
  while (shown === reached && STEPS[shown] && STEPS[shown].done()) {
    if (STEPS[shown].after) STEPS[shown].after();
    reached = shown += 1;
  }
  keep(shown, reached);
  draw(STEPS[shown] || END, shown);
}

function turn(by) {
  const { shown, reached } = where();
  keep(shown + by, reached);
  show();
}

// What the step asks for, done for whoever presses Next; where it was done already, the next step.
function next() {
  const { shown, reached } = where();
  const target = STEPS[shown].find();
  if (shown === reached && target) target.click();
  else turn(1);
}

function over() {
  const held = card.contains(document.activeElement);
  localStorage.setItem(KEY, OVER);
  hide();
  if (held) at("tour-start").focus();
}

// -- the card -----------------------------------------------------------------------------------------------

let marked = null;

function hide() {
  card.hidden = true;
  mark(null);
}

function draw(what, number) {
  const target = what.find ? what.find() : null;
  if (card.hidden || card.dataset.step !== String(number)) enter(what, number, target);
  mark(target);
  // While the clock runs it cannot be moved. The button keeps the focus, which a disabled one would lose.
  const waits = moving() && target !== null && target.matches("[data-clock]");
  for (const one of card.querySelectorAll("[data-tour=next]")) one.ariaDisabled = String(waits);
  place();
}

function enter(what, number, target) {
  const pressed = card.contains(document.activeElement) ? document.activeElement.dataset.tour || "card" : "";
  card.dataset.step = String(number);
  card.replaceChildren(...content(what, number));
  card.hidden = false;
  if (what.pane) showPane(what.pane);
  if (number === 1) showTab("messages");
  reach(target);
  // Whoever goes on with the card's buttons stays on them; whoever did the step in the page stays there.
  if (pressed) (card.querySelector(`[data-tour=${pressed}]`) || card.querySelector("[data-tour=next], [data-tour=over]")).focus();
  else if (document.activeElement === document.body) card.focus({ preventScroll: true });
}

const made = (tag, text, of = {}) => Object.assign(document.createElement(tag), { textContent: text, ...of });

function content(what, number) {
  const last = number >= STEPS.length;
  const dots = made("span", "", { className: "dots", ariaHidden: "true" });
  STEPS.forEach((_, index) => dots.append(made("i", "", { className: index === number ? "here" : "" })));
  const title = made("h2", "", { id: "tour-title" });
  title.append(last ? "" : made("span", `Step ${number + 1} of ${STEPS.length}. `, { className: "unseen" }), what.title);
  const said = made("div", "", { ariaLive: "polite" });
  said.append(title, made("p", what.text, { id: "tour-text" }));
  const foot = made("div", "", { className: "foot" });
  const back = number ? [button("Back", "back", () => turn(-1))] : [];
  if (last) foot.append(dots, ...back, button("Close", "over", over));
  else foot.append(dots, button("Skip the tour", "over", over), ...back, button("Next", "next", next));
  return [said, foot];
}

function button(label, name, pressed) {
  const one = made("button", label, { type: "button" });
  one.dataset.tour = name;
  one.addEventListener("click", pressed);
  return one;
}

// What is to be pressed is in sight, with its row where there is room for both.
function reach(target) {
  for (const one of target ? [target.closest(".row"), target] : [])
    if (one) one.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function mark(target) {
  if (marked === target) return;
  if (marked) marked.classList.remove("toured");
  if (target) target.classList.add("toured");
  marked = target;
}

function place() {
  if (card.hidden) return;
  const what = STEPS[Number(card.dataset.step)] || END;
  placeBeside(card, marked, `${what.about || ".toured"}, #journal`);
}

// -- listening ----------------------------------------------------------------------------------------------

at("tour-start").addEventListener("click", () => {
  localStorage.removeItem(KEY);
  card.hidden = true;
  if (location.search) return location.assign("/");
  show();
  card.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clock=friday]")) pressedFriday = true;
  const chosen = event.target.closest(".people a");
  if (chosen && chosen.classList.contains("toured")) keep(STEPS.length, STEPS.length);
});
// Before anybody else hears of it, for a menu, a form or a list of offers that is open is what Esc closes.
document.addEventListener(
  "keydown",
  (event) => {
    const open = document.querySelector("dialog[open], details.menu[open], #offers:not([hidden])");
    if (event.key === "Escape" && !card.hidden && !open) over();
  },
  true,
);
for (const event of ["shown", "mailbox"]) document.addEventListener(event, show);
// What the clock passed takes room from the conversation, row by row.
new ResizeObserver(() => {
  if (card.hidden) return;
  reach(marked);
  place();
}).observe(at("conversation"));
for (const event of ["resize", "scroll"]) addEventListener(event, place, { capture: true, passive: true });
show();
