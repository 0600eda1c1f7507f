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

// What could be pressed meanwhile is disabled, but keeps the focus, so that it can be handed on where a row is drawn
// anew before the answer is here; what was pressed elsewhere waits for its turn. Null where it was refused;
// `refused` gets the sentence, or the note.
export function send(path, body, within, pressed, refused = note) {
  const before = last;
  last = sendAfter(before, path, body, within, pressed, refused);
  return last;
}

async function sendAfter(before, path, body, within, pressed, refused) {
  const able = within.querySelectorAll("button:not([aria-disabled]), input[type=submit]:not([aria-disabled])");
  for (const one of able) one.ariaDisabled = "true";
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
    for (const one of able) one.removeAttribute("aria-disabled");
    if (pressed) pressed.removeAttribute("aria-busy");
  }
  return null;
}

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest("[aria-disabled=true]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

export function lost(now) {
  if (document.documentElement.classList.toggle("lost", now)) note(SILENT, true);
  else if (at("note").textContent === SILENT) note("");
}
