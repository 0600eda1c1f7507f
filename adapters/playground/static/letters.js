// The mailbox: seconds run down, a letter is read as text or as HTML, and answered as the candidate.
import { send } from "./ask.js";
import { note, page } from "./dom.js";

const clockOf = () => Date.now() + Number(page.ahead || 0) * 1000;
let now = clockOf;

export function keepTime(clock) {
  now = clock;
  setInterval(countDown, 250);
  countDown();
}

// Letters that wait, and the rows that say so: "Tomasz gets your update in 60 s".
function countDown() {
  for (const one of document.querySelectorAll(".waiting")) {
    const left = Math.max(0, Math.ceil((Date.parse(one.dataset.due) - now()) / 1000));
    const ring = one.querySelector(".left");
    if (left > 600 || one.dataset.version.startsWith("held")) continue;
    ring.textContent = left > 99 ? `${Math.ceil(left / 60)}m` : String(left);
    one.querySelector(".ring").style.setProperty("--gone", String(1 - Math.min(1, left / 60)));
    one.querySelector(".leaves").textContent = left ? `Leaves in ${left} s` : "Leaving now";
    if (left <= 99) inRow(one.dataset.about, left);
  }
}

const IN_SECONDS = /^((?:\S+ )?[Gg]ets .*? in )(\d+)( s\b.*)$/s;

function inRow(about, left) {
  for (const line of document.querySelectorAll(".row .line")) {
    if (!line.parentElement.querySelector("h4").textContent.trim().startsWith(about)) continue;
    const running = line.querySelector(".seconds");
    const found = running ? null : line.textContent.match(IN_SECONDS);
    if (running) running.textContent = String(left);
    if (!found) continue;
    const seconds = Object.assign(document.createElement("span"), { className: "seconds", ariaLive: "off" });
    seconds.textContent = String(left);
    line.replaceChildren(found[1], seconds, found[3]);
  }
}

function showAs(button) {
  const mail = button.closest(".mail");
  const html = button.dataset.as === "html";
  for (const one of mail.querySelectorAll("[data-as]")) one.setAttribute("aria-pressed", String(one === button));
  mail.querySelector(".body").hidden = html;
  mail.querySelector("iframe").hidden = !html;
}

// -- answering as the candidate -----------------------------------------------------------------------------

// The form opens below the letter, mostly below the edge of what is seen.
function opened(form) {
  form.scrollIntoView({ block: form.offsetHeight < innerHeight / 2 ? "nearest" : "start" });
  form.querySelector("[name=kind]:checked").focus({ preventScroll: true });
}

function kindChosen(form) {
  const kind = form.elements.kind.value;
  const words = form.elements.text;
  const offered = ["question", "thanks", "other_offer"].map((one) => words.getAttribute(`data-${one}`));
  if (!words.value.trim() || offered.includes(words.value)) words.value = words.getAttribute(`data-${kind}`);
  form.elements.until.disabled = kind !== "other_offer";
  if (kind === "other_offer" && !form.elements.until.value) form.elements.until.value = nextTuesday();
}

function nextTuesday() {
  const day = new Date(now());
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 2);
  return day.toISOString().slice(0, 10);
}

async function reply(form) {
  const error = form.querySelector(".error");
  const { kind, until, text } = Object.fromEntries(new FormData(form));
  error.hidden = true;
  const answer = await send("/reply", { mail: form.dataset.reply, kind, until, text }, form, null, (why) => {
    error.textContent = why;
    error.hidden = false;
  });
  if (answer) note("The answer has arrived. Whoever must know is told.");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-as]");
  if (button) showAs(button);
});
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.open && event.target.matches("details.reply")) opened(event.target.querySelector("form"));
  },
  true,
);
document.addEventListener("change", (event) => {
  if (event.target.name === "kind" && event.target.form.dataset.reply) kindChosen(event.target.form);
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.dataset.reply) reply(event.target);
});
