// Run as another user: tries what it is given on its standard input, and prints what came of it.
const { openSync, readFileSync } = require("node:fs");
const { request } = require("node:http");
const { connect } = require("node:net");

const { calls, files, socket } = JSON.parse(readFileSync(0, "utf8"));

const statusOf = ({ port, method, path, headers, body }) =>
  new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    call.on("error", (error) => resolve(error.code));
    call.end(body);
  });

const reach = (path) =>
  new Promise((resolve) => {
    connect(path)
      .on("error", (error) => resolve(error.code))
      .on("connect", () => resolve("connected"));
  });

const opened = files.filter((path) => {
  try {
    openSync(path);
    return true;
  } catch {
    return false;
  }
});

(async () => {
  const statuses = [];
  for (const call of calls) statuses.push(await statusOf(call));
  console.log(JSON.stringify({ uid: process.getuid(), statuses, opened, socket: await reach(socket) }));
  process.exit(0);
})();
