// Starts the page. Each part listens for what is its own.
import { at } from "./dom.js";
import { keepTime } from "./letters.js";
import { follow, now } from "./live.js";
import { days, toLatest } from "./talk.js";
import "./clock.js";
import "./code.js";
import "./panes.js";
import "./say.js";
import "./tour.js";

const me = document.querySelector(".people [aria-current]");
if (me) me.scrollIntoView({ block: "nearest" });
days();
if (at("conversation").querySelector(".said")) toLatest();
keepTime(now);
follow();
