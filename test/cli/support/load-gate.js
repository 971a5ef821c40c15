// Preloaded: stops the command before it loads its program, says so with a file, and goes on when another file is there.
const { existsSync, writeFileSync } = require("node:fs");
const Module = require("node:module");

const { GATE_REACHED, GATE_OPEN } = process.env;
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === "./program") {
    Module._load = load;
    writeFileSync(GATE_REACHED, "");
    while (!existsSync(GATE_OPEN)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return load.call(this, request, ...rest);
};
