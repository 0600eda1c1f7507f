// The page follows the server: one line of server-sent events says what looks different now.
import { get, lost, tagOf } from "./ask.js";
import { at, fill, merge, page } from "./dom.js";
import { showJournal } from "./journal.js";
import { afterConversation, ending } from "./talk.js";

const seen = { conversation: page.conversation, home: "", mailbox: page.mailbox };
let line = null;
let ahead = Number(page.ahead);
let newest = Promise.resolve();

// The demo's time.
export const now = () => Date.now() + ahead * 1000;

export function follow() {
  if (line || document.hidden) return;
  line = new EventSource(`/live/${page.member}${page.channel ? `?channel=${page.channel}` : ""}`);
  line.addEventListener("state", (event) => {
    lost(false);
    const state = JSON.parse(event.data);
    newest = newest.then(() => show(state)).catch(() => lost(true));
  });
  // It connects again by itself, unless the server said no: then later.
  line.addEventListener("error", () => {
    lost(true);
    if (line.readyState === EventSource.CLOSED) {
      rest();
      setTimeout(follow, 2000);
    }
  });
}

function rest() {
  if (line) line.close();
  line = null;
}

// A tab that nobody sees asks nothing, and marks nothing as read.
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()));
window.addEventListener("pagehide", rest);
window.addEventListener("pageshow", follow);

async function show(state) {
  ahead = state.ahead;
  fill(at("people"), state.people);
  fill(at("clock"), state.clock);
  document.documentElement.classList.toggle("moving", state.moving);
  showJournal(state.journal, state.moving);
  if (state.conversation !== seen.conversation) await refreshConversation();
  if (state.mailbox !== seen.mailbox) await refreshMailbox();
  if (!at("home").hidden && state.home !== seen.home) await refreshHome();
  document.dispatchEvent(new CustomEvent("shown"));
}

export async function refreshConversation() {
  const path = page.channel
    ? `/channel/${page.channel}?as=${encodeURIComponent(page.email)}`
    : `/conversation/${page.member}`;
  const response = await get(path, seen.conversation);
  if (response === null) return;
  const html = await response.text();
  seen.conversation = tagOf(response);
  const before = ending();
  merge(at("conversation"), html);
  afterConversation(before);
}

async function refreshMailbox() {
  const response = await get(`/mailbox?part=list&as=${encodeURIComponent(page.email)}`, seen.mailbox);
  if (response === null) return;
  const html = await response.text();
  seen.mailbox = tagOf(response);
  merge(at("mailbox"), html);
  document.dispatchEvent(new CustomEvent("mailbox"));
}

export async function refreshHome(opened = false) {
  const response = await get(`/home/${page.member}${opened ? "?opened=yes" : ""}`);
  const html = await response.text();
  seen.home = tagOf(response);
  fill(at("home"), html);
}
