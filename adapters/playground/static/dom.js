// Puts HTML into the page without disturbing who reads it.
// All HTML that comes in here is the playground's own, which escapes every text in it.

export const at = (id) => document.getElementById(id);
export const page = document.body.dataset;

export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

// Change what has changed and leave the rest: an open menu, the focus and a reader's place stay.
export function merge(container, html) {
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
}

// Only the parts that differ, so that a screen reader says no more than what is new. Where the button that had
// the focus is gone, its row's first button gets it.
export function replace(old, one) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const row = focused ? [...old.querySelectorAll(".row")].indexOf(focused.closest(".row")) : -1;
  old.className = one.className;
  old.dataset.version = one.dataset.version;
  differing(old, one);
  if (focused === null || focused.isConnected) return;
  const heir = old.querySelectorAll(".row")[row] || old;
  const next = withAction(old, focused.dataset.action) || heir.querySelector("button") || old.querySelector("button");
  if (next) next.focus({ preventScroll: true });
}

function differing(old, one) {
  const parts = [...one.children];
  parts.forEach((part, index) => {
    const there = old.children[index];
    if (there && there.isEqualNode(part)) return;
    if (there && part.matches(".bubble") && there.matches(".bubble")) {
      differing(there, part);
      return;
    }
    part.classList.add("fresh");
    if (there) there.replaceWith(part);
    else old.append(part);
  });
  while (old.children.length > parts.length) old.lastElementChild.remove();
}

const withAction = (where, action) =>
  action ? [...where.querySelectorAll("[data-action]")].find((one) => one.dataset.action === action) : null;

const filled = new WeakMap();

export function fill(where, html) {
  if (filled.get(where) === html) return false;
  const focused = where.contains(document.activeElement) ? document.activeElement : null;
  where.innerHTML = html;
  filled.set(where, html);
  const next = focused && (at(focused.id) || withAction(where, focused.dataset.action));
  if (next) next.focus({ preventScroll: true });
  return true;
}

let fading = 0;
export function note(text, stays = false) {
  clearTimeout(fading);
  at("note").textContent = text;
  if (text && !stays) fading = setTimeout(() => note(""), 8000);
}

document.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));
