// Asks the server: gets what has changed, and sends one thing at a time.
import { at, note, page } from "./dom.js";

const SILENT = "The playground does not answer. Is it still running?";

export async function get(path, tag) {
  const headers = tag ? { "If-None-Match": `"${tag}"` } : {};
  const response = await fetch(path, { headers, cache: "no-store" });
  if (response.status === 304) return null;
  if (!response.ok) throw new Error((await response.json()).text);
  return response;
}

export const tagOf = (response) => (response.headers.get("ETag") || "").replaceAll('"', "");

let last = Promise.resolve();

// What could be pressed meanwhile is disabled; what was pressed elsewhere waits for its turn. Null where it was
// refused; `refused` gets the sentence, or the note.
export function send(path, body, within, pressed, refused = note) {
  const before = last;
  last = sendAfter(before, path, body, within, pressed, refused);
  return last;
}

async function sendAfter(before, path, body, within, pressed, refused) {
  const focused = document.activeElement;
  const able = [...within.querySelectorAll("button, input[type=submit]")].filter((one) => !one.disabled);
  for (const one of able) one.disabled = true;
  if (pressed) pressed.setAttribute("aria-busy", "true");
  try {
    await before;
    note("");
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ member: page.member, ...body }),
    });
    const answer = await response.json();
    if (answer.kind !== "error") return answer;
    refused(answer.text);
  } catch {
    refused(SILENT);
  } finally {
    for (const one of able) one.disabled = false;
    if (pressed) pressed.removeAttribute("aria-busy");
    // A disabled button loses the focus: give it back, unless somebody has gone on meanwhile.
    if (document.activeElement === document.body && focused.isConnected) focused.focus({ preventScroll: true });
  }
  return null;
}

export function lost(now) {
  if (document.documentElement.classList.toggle("lost", now)) note(SILENT, true);
  else if (at("note").textContent === SILENT) note("");
}
