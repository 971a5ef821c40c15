import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { ANSWER_LIMITS, boundedFetch } from "../../src/http/bounded-fetch";
import { type HostileServer, QUICK, SLOW, startHostileServer } from "./hostile/server";

/** The longest answers take as long as a call may: 20 seconds. */
jest.setTimeout(120_000);

/** As the functions have; Node's own part of it is some 50 MiB. */
const MEMORY_MIB = 256;
const HEAP_MIB = 160;

interface Outcome {
  readonly path: string;
  readonly status?: number;
  readonly type?: string;
  readonly kind?: string;
  readonly message?: string;
}

describe("answers of a vendor that is slow, huge or lying, with garbage collected all the while,", () => {
  let server: HostileServer;
  let folder: string;
  let child: ChildProcess;
  let outcomes: ReadonlyMap<string, Outcome>;
  let peakMiB: number;

  beforeAll(async () => {
    server = await startHostileServer();
    folder = mkdtempSync(join(tmpdir(), "hostile-"));
    const outfile = join(folder, "child.js");
    buildSync({ entryPoints: [join(__dirname, "hostile/child.ts")], bundle: true, platform: "node", outfile });
    const paths = [SLOW, QUICK].map((answers) => Object.keys(answers).join(","));
    const args = ["--expose-gc", `--max-old-space-size=${HEAP_MIB}`, outfile, server.url, ...paths];
    child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      if (child.stdout !== null) createInterface(child.stdout).once("line", resolve);
      child.once("exit", (code, signal) => reject(new Error(`the process ended with ${code ?? signal}`)));
    });
    const told = JSON.parse(line);
    outcomes = new Map(told.outcomes.map((outcome: Outcome) => [outcome.path, outcome]));
    peakMiB = told.peakKiB / 1_024;
  }, 120_000);
  afterAll(async () => {
    child?.stdin?.end();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test.each<[string, RegExp]>([
    ["silent", /waited 20 seconds\)$/],
    ["stalled-after-headers", /waited 20 seconds; status 200 and 0 bytes of the body had come\)$/],
    ["stalled-in-body", /waited 20 seconds; status 200 and 9 bytes of the body had come\)$/],
    ["trickle", /waited 20 seconds; status 200 and \d\d bytes of the body had come\)$/],
    ["cut-off", /\(\w+\)$/],
    ["many-headers", /UND_ERR_HEADERS_OVERFLOW/],
    ["two-lengths", /\(\w+\)$/],
    ["redirect-loop", /a redirect, and none is followed/],
  ])("%s: there is no answer, and the error tells why", (path, message) => {
    expect(outcomes.get(path)).toMatchObject({ name: "VendorError", kind: "unavailable", call: `GET /${path}` });
    expect(outcomes.get(path)?.message).toMatch(new RegExp(`^Acme gave no answer to GET /${path} `));
    expect(outcomes.get(path)?.message).toMatch(message);
  });

  test.each<[string, RegExp]>([
    ["endless", /a body of more than 8 MiB, with status 200/],
    ["endless-failure", /a body of more than 8 MiB, with status 500/],
    ["hundred-megabytes", /a body of more than 8 MiB, with status 200/],
    ["gzip-bomb", /a body of more than 8 MiB, with status 200/],
    ["gzip-bomb-in-gzip", /a body of more than 8 MiB, with status 200/],
    ["brotli-bomb", /a body of more than 8 MiB, with status 200/],
    ["deep-json", /JSON that nests deeper than 100/],
    ["deep-objects", /JSON that nests deeper than 100/],
    ["many-nodes", /JSON of more than 500000 objects and lists/],
    ["strange-status", /status 999/],
  ])("%s: is refused with the limit, and none of its text", (path, message) => {
    expect(outcomes.get(path)).toMatchObject({ name: "VendorError", kind: "unexpected", call: `GET /${path}` });
    expect(outcomes.get(path)?.message).toMatch(message);
    expect(outcomes.get(path)?.message).not.toContain("CANARY");
  });

  test("what is fine is read as ever", () => {
    expect(outcomes.get("fine")).toEqual({ path: "fine", status: 200, type: "object" });
    expect(outcomes.get("fine-and-gzipped")).toEqual({ path: "fine-and-gzipped", status: 200, type: "object" });
    expect(outcomes.get("no-content")).toEqual({ path: "no-content", status: 204, type: "object" });
  });

  test("every one of them was given up: no connection is left open", async () => {
    expect(outcomes.size).toBe(Object.keys(SLOW).length + Object.keys(QUICK).length);
    while (server.open.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  test("all of them fit into the memory of a function", () => {
    expect(peakMiB).toBeLessThan(MEMORY_MIB);
  });
});

describe("a bounded fetch", () => {
  const limits = { ...ANSWER_LIMITS, bodyBytes: 10, jsonDepth: 2, jsonNodes: 3, headerBytes: 60 };
  const answering = (body: string | null, init: ResponseInit = {}) =>
    boundedFetch(async () => new Response(body, init), limits)("https://acme.example/");

  test("reads a body up to the limit, and none beyond it", async () => {
    expect(await (await answering("x".repeat(10))).text()).toBe("x".repeat(10));
    await expect(answering("x".repeat(11))).rejects.toMatchObject({ name: "AnswerOutOfBounds", bound: "size" });
  });

  test("counts what nests and what is many, in texts not", async () => {
    expect(await (await answering('["[[[\\"["]')).json()).toEqual(['[[["[']);
    await expect(answering("[[[1]]]")).rejects.toThrow("deeper than 2");
    await expect(answering("[[],{},[]]")).rejects.toThrow("more than 3 objects");
    expect(await (await answering("<[[[[[")).text()).toBe("<[[[[[");
  });

  test("keeps status, headers and address", async () => {
    const answer = await answering(null, { status: 404, headers: { "x-a": "b" } });
    expect([answer.status, answer.headers.get("x-a"), await answer.text()]).toEqual([404, "b", ""]);
    await expect(answering(null, { headers: { "x-a": "b".repeat(60) } })).rejects.toThrow("headers");
  });

  test("ends when its caller ends it, before it is sent and while it waits", async () => {
    const silent: typeof fetch = () => new Promise(() => {});
    const ended = new AbortController();
    const waiting = boundedFetch(silent)("https://acme.example/", { signal: ended.signal });
    ended.abort(new Error("over"));
    await expect(waiting).rejects.toThrow("over");
    await expect(boundedFetch(silent)("https://acme.example/", { signal: ended.signal })).rejects.toThrow("over");
    const request = new Request("https://acme.example/", { signal: ended.signal });
    await expect(boundedFetch(silent)(request)).rejects.toThrow("over");
  });

  test("inside of another is one", () => {
    const once = boundedFetch(fetch);
    expect(boundedFetch(once)).toBe(once);
  });
});
