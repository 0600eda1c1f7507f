// Where a card can stand beside what it speaks of, and cover none of it.

const GAP = 14;
const EDGE = 12;
const STEP = 28;
// What covering a square pixel of each costs, and a pixel of the way from what is to be pressed.
const COSTS = { target: 1000, about: 40, other: 0.5, away: 60 };
const OTHER = ".bubble > *, .with > *, #say, .first > *, .mail, .waiting, .empty, .people li, .top > *";

export function placeBeside(card, target, about) {
  card.removeAttribute("style");
  delete card.dataset.side;
  // On a narrow screen it is a sheet at the bottom: the style sheet makes room for it.
  if (getComputedStyle(card).position !== "fixed") return;
  const size = { width: card.offsetWidth, height: card.offsetHeight };
  const there = target && visible(target.getBoundingClientRect());
  const clear = [
    ...(there ? [[there, COSTS.target]] : []),
    ...rects(about).map((one) => [wider(one), COSTS.about]),
    ...rects(OTHER).map((one) => [one, COSTS.other]),
  ];
  const cost = (spot) =>
    clear.reduce((sum, [rect, each]) => sum + each * shared(spot, rect), there ? COSTS.away * between(spot, there) : 0);
  const spots = places(size, there).map((spot) => ({ ...spot, cost: cost(spot) }));
  const best = spots.reduce((least, one) => (one.cost < least.cost ? one : least));
  Object.assign(card.style, { left: `${best.left}px`, top: `${best.top}px`, right: "auto", bottom: "auto" });
  if (there) point(card, best, there);
}

const wider = ({ left, right, top, bottom }) => ({ left: left - 8, right: right + 8, top: top - 8, bottom: bottom + 8 });
const visible = (rect) => (rect.width && rect.bottom > 0 && rect.top < innerHeight ? rect : null);
const rects = (selector) => [...document.querySelectorAll(selector)].map((one) => visible(one.getBoundingClientRect())).filter(Boolean);

// Next to the target in line with it, and all over the window.
function places({ width, height }, there) {
  const [right, bottom] = [innerWidth - width - EDGE, innerHeight - height - EDGE];
  const spots = [[right, bottom]];
  if (there) {
    const [middle, centre] = [there.left + there.width / 2 - width / 2, there.top + there.height / 2 - height / 2];
    for (const left of [there.left, middle, there.right - width])
      spots.push([left, there.bottom + GAP], [left, there.top - height - GAP]);
    for (const top of [there.top, centre, there.bottom - height])
      spots.push([there.right + GAP, top], [there.left - width - GAP, top]);
  }
  for (let left = EDGE; left <= right; left += STEP) for (let top = EDGE; top <= bottom; top += STEP) spots.push([left, top]);
  const within = (value, most) => Math.max(EDGE, Math.min(value, most));
  return spots.map(([left, top]) => {
    const at = { left: within(left, right), top: within(top, bottom) };
    return { ...at, right: at.left + width, bottom: at.top + height };
  });
}

function shared(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return width > 0 && height > 0 ? width * height : 0;
}

function between(one, other) {
  const across = Math.max(other.left - one.right, one.left - other.right, 0);
  const down = Math.max(other.top - one.bottom, one.top - other.bottom, 0);
  return Math.hypot(across, down);
}

// A small arrow, where the card stands next to the target.
function point(card, spot, there) {
  if (between(spot, there) > GAP + 2) return;
  const middle = [there.left + there.width / 2 - spot.left, there.top + there.height / 2 - spot.top];
  const [sides, along] = spot.top >= there.bottom || spot.bottom <= there.top
    ? [spot.top >= there.bottom ? "top" : "bottom", [middle[0], card.offsetWidth]]
    : [spot.left >= there.right ? "left" : "right", [middle[1], card.offsetHeight]];
  card.dataset.side = sides;
  card.style.setProperty("--arrow", `${Math.min(Math.max(22, along[0]), along[1] - 22)}px`);
}
