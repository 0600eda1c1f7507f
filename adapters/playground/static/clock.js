// The clock at the top, and what it passed.
import { send } from "./ask.js";

async function move(button) {
  document.documentElement.classList.add("moving");
  await send("/clock", { to: button.dataset.clock }, button.closest(".buttons"), button);
  document.documentElement.classList.remove("moving");
}

// The first button to press is pressed once there is something to read.
document.addEventListener("shown", () => {
  const primary = document.querySelector("[data-clock].primary");
  if (primary && document.querySelectorAll(".said").length > 1) primary.classList.remove("primary");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-clock], [data-forget]");
  if (!button) return;
  if (button.dataset.clock) move(button);
  else send("/journal", {}, button.parentElement, button);
});
