// Loaded before npm m365agentsplayground: it is reached from this machine alone, and ends with whoever runs it.
const net = require("node:net");

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (port, ...given) {
  return listen.call(this, Number(port), "127.0.0.1", ...given.filter((one) => typeof one === "function"));
};
process.stdin.resume().on("end", () => process.exit(0));
