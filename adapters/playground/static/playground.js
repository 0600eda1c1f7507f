// The page: asks every second what has changed, sends clicks, opens forms in a dialog.
// All HTML that is put in here comes from the playground itself, which escapes every text in it.
"use strict";

const page = document.body.dataset;
const at = (id) => document.getElementById(id);
const conversation = at("conversation");
const mailbox = at("mailbox");
const dialog = at("dialog");
const seen = { conversation: page.conversation, mailbox: page.mailbox, state: "" };

// -- asking -------------------------------------------------------------------------------------------------

async function get(path, tag) {
  const headers = tag ? { "If-None-Match": `"${tag}"` } : {};
  const response = await fetch(path, { headers, cache: "no-store" });
  if (response.status === 304) return null;
  if (!response.ok) throw new Error((await response.json()).text);
  return response;
}

const tagOf = (response) => (response.headers.get("ETag") || "").replaceAll('"', "");

async function look() {
  try {
    const response = await get(`/state/${page.member}`, seen.state);
    lost(false);
    if (response === null) return;
    seen.state = tagOf(response);
    const state = await response.json();
    fill(at("people"), state.people);
    fill(at("clock"), state.clock);
    document.documentElement.classList.toggle("moving", state.moving);
    if (state.conversation !== seen.conversation) await refreshConversation();
    if (state.mailbox !== seen.mailbox) await refreshMailbox();
  } catch {
    lost(true);
  }
}

async function refreshConversation() {
  const response = await get(`/conversation/${page.member}`, seen.conversation);
  if (response === null) return;
  const html = await response.text();
  seen.conversation = tagOf(response);
  const before = conversation.lastElementChild;
  merge(conversation, html);
  if (conversation.lastElementChild !== before) toLatest();
}

async function refreshMailbox() {
  const response = await get(`/mailbox?part=list&as=${encodeURIComponent(page.email)}`, seen.mailbox);
  if (response === null) return;
  const html = await response.text();
  seen.mailbox = tagOf(response);
  merge(mailbox, html);
}

let gone = false;
function lost(now) {
  if (now === gone) return;
  gone = now;
  note(now ? "The playground does not answer. Is it still running?" : "");
}

async function watch() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

// -- showing ------------------------------------------------------------------------------------------------

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

// Change what has changed and leave the rest: an open menu, the focus and a reader's place stay.
function merge(container, html) {
  const wanted = parsed(html).map((one) => {
    const old = at(one.id);
    if (old === null) one.classList.add("fresh");
    else if (old.dataset.version !== one.dataset.version) replace(old, one);
    return old || one;
  });
  for (const old of [...container.children]) if (!wanted.includes(old)) old.remove();
  wanted.forEach((one, index) => {
    if (container.children[index] !== one) container.insertBefore(one, container.children[index] || null);
  });
  days();
}

// Only the parts that differ, so that a screen reader says no more than what is new. Where the button that had
// the focus is gone, its row's first button gets it.
function replace(old, one) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const row = focused ? [...old.querySelectorAll(".row")].indexOf(focused.closest(".row")) : -1;
  const parts = [...one.children];
  old.className = one.className;
  old.dataset.version = one.dataset.version;
  parts.forEach((part, index) => {
    const there = old.children[index];
    if (there && there.isEqualNode(part)) return;
    part.classList.add("fresh");
    if (there) there.replaceWith(part);
    else old.append(part);
  });
  while (old.children.length > parts.length) old.lastElementChild.remove();
  if (focused === null || focused.isConnected) return;
  const heir = old.querySelectorAll(".row")[row] || old;
  (withAction(old, focused.dataset.action) || heir.querySelector("button") || conversation).focus({
    preventScroll: true,
  });
}

const withAction = (where, action) =>
  action ? [...where.querySelectorAll("[data-action]")].find((one) => one.dataset.action === action) : null;

function fill(where, html) {
  if (where.dataset.html === html) return;
  const focused = where.contains(document.activeElement) ? document.activeElement.id : "";
  where.innerHTML = html;
  where.dataset.html = html;
  if (focused && at(focused)) at(focused).focus();
}

// A message of another day than the one before stands under that day's name.
function days() {
  let day = "";
  for (const one of conversation.querySelectorAll(".said")) {
    one.classList.toggle("new-day", one.dataset.day !== day);
    day = one.dataset.day;
  }
}

// To the end; where the last message is longer than the screen, to its first line. What was typed stays in sight.
function toLatest() {
  const last = conversation.lastElementChild;
  const before = last.previousElementSibling;
  const first = before && before.classList.contains("me") ? before : last;
  if (getComputedStyle(conversation).overflowY !== "visible") conversation.scrollTop = first.offsetTop - 4;
  else if (started || conversation.querySelectorAll(".said").length > 2) first.scrollIntoView({ block: "start" });
}

let fading = 0;
function note(text) {
  clearTimeout(fading);
  at("note").textContent = text;
  if (text && !gone) fading = setTimeout(() => note(""), 8000);
}

// -- doing --------------------------------------------------------------------------------------------------

let busy = false;

// Send one thing at a time; what could be pressed meanwhile is disabled.
async function send(path, body, within, pressed) {
  if (busy) return null;
  busy = true;
  note("");
  const focused = document.activeElement;
  const able = [...within.querySelectorAll("button, input[type=submit]")].filter((one) => !one.disabled);
  for (const one of able) one.disabled = true;
  if (pressed) pressed.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ member: page.member, ...body }),
    });
    const answer = await response.json();
    if (answer.kind !== "error") return answer;
    note(answer.text);
  } catch {
    note("The playground does not answer. Is it still running?");
  } finally {
    busy = false;
    for (const one of able) one.disabled = false;
    if (pressed) pressed.removeAttribute("aria-busy");
    // A disabled button loses the focus: give it back, unless somebody has gone on meanwhile.
    if (document.activeElement === document.body && focused.isConnected) focused.focus({ preventScroll: true });
  }
  return null;
}

function answered(answer) {
  if (answer === null) return false;
  if (answer.kind === "form") {
    openForm(answer.html);
  } else if (answer.kind === "errors") {
    showErrors(answer.html);
    return false;
  } else if (answer.kind === "message") {
    if (dialog.open) dialog.close();
    showAnswer(answer.html);
  }
  return true;
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
  look();
}

async function act(button, message) {
  const within = button.closest("dialog, article") || document.body;
  const body = { action: button.dataset.action, message: message || null };
  answered(await send("/act", body, within, button));
}

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

function openForm(html) {
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

async function submit(form) {
  const fields = Object.fromEntries(new FormData(form));
  const body = { action: form.dataset.submit, message: dialog.dataset.message || null, fields };
  answered(await send("/act", body, dialog, form.querySelector("[type=submit]")));
}

async function say(form) {
  const input = at("text");
  const text = input.value.trim();
  if (!text) return;
  dialog.dataset.message = "";
  const answer = await send("/say", { text }, form, null);
  if (answer === null) return;
  input.value = "";
  if (answer.kind === "form") openForm(answer.html);
  await refreshConversation();
}

async function moveClock(button) {
  const group = button.closest(".buttons");
  document.documentElement.classList.add("moving");
  const answer = await send("/clock", { to: button.dataset.clock }, group, button);
  document.documentElement.classList.remove("moving");
  button.classList.remove("primary");
  if (answer) note(answer.steps === 1 ? "" : `The clock went through ${answer.steps} moments in between.`);
  await look();
}

// -- listening ----------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const menu = event.target.closest("details.menu");
  for (const open of document.querySelectorAll("details.menu[open]")) if (open !== menu) open.open = false;
  if (!button) return;
  if (button.dataset.clock) moveClock(button);
  else if ("close" in button.dataset) dialog.close();
  else if (button.dataset.action) {
    const article = button.closest("article");
    if (article) dialog.dataset.message = article.dataset.message;
    if (menu) menu.open = false;
    act(button, dialog.dataset.message);
  }
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "say") say(event.target);
  else submit(event.target);
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

document.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest && event.target.closest("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

let started = false;
const me = document.querySelector("[aria-current]");
if (me) me.closest("nav").scrollLeft = me.offsetLeft - 60;
days();
toLatest();
started = true;
watch();
