// Slack's Web API as npm `emulate` knows it, on a free port of this machine.
// Standard input: its seed, then how many seconds its clock moves on; it ends with its input.
// Standard output: its port, after every line.
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

let ahead = 0;
let slack;
const now = Date.now;
Date.now = () => now() + ahead * 1000;

for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  if (slack) ahead += said;
  else slack = await createEmulator({ service: "slack", hostname: "127.0.0.1", port: 0, seed: { slack: said } });
  console.log(new URL(slack.url).port);
}
await slack?.close();
