// What happened while the clock ran: told from the beginning once it has arrived, and how much more there is.
import { at, fill } from "./dom.js";

const FEW = 6;

const box = at("journal");
let running = document.documentElement.classList.contains("moving");

export function showJournal(html, moving) {
  if (moving && !running) box.classList.remove("open");
  running = moving;
  if (!fill(box, html)) return;
  const list = at("happenings");
  if (!list) return;
  if (moving) list.scrollTop = list.scrollHeight;
  hint();
}

// Of the rows, how many are not seen as a whole.
function outside(list) {
  const [top, bottom] = [list.scrollTop - 3, list.scrollTop + list.clientHeight + 3];
  const rows = [...list.children];
  return {
    above: rows.filter((one) => one.offsetTop < top).length,
    below: rows.filter((one) => one.offsetTop + one.offsetHeight > bottom).length,
  };
}

function hint() {
  const [list, more] = [at("happenings"), at("journal-more")];
  if (!list) return;
  const open = box.classList.contains("open");
  box.classList.toggle("few", list.children.length <= FEW);
  const { above, below } = outside(list);
  list.classList.toggle("more-above", above > 0);
  list.classList.toggle("more-below", below > 0);
  more.hidden = !(open || above || below);
  more.setAttribute("aria-expanded", String(open));
  more.textContent = open ? "Show fewer" : below ? `${below} more below` : `${above} more above`;
}

box.addEventListener("click", (event) => {
  if (event.target.id !== "journal-more") return;
  box.classList.toggle("open");
  hint();
});
box.addEventListener("scroll", hint, { capture: true, passive: true });
addEventListener("resize", hint, { passive: true });
hint();
