import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { until } from "../support/processes";
import { RunningSandbox } from "./support/running-sandbox";
import { zipOf } from "./support/sandbox-client";

/** Debian's package `chromium`; CONTRIBUTING says how it comes here. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const ATTACK = readFileSync(join(__dirname, "support", "attack.js"), "utf8");
const FUNCTION = JSON.stringify({
  FunctionName: "evil",
  Runtime: "nodejs20.x",
  Handler: "index.handler",
  Role: "arn:aws:iam::123456789012:role/any",
  Code: { ZipFile: zipOf("exports.handler = async () => 'evil';") },
});
/** Each way in which a page can send something. */
const WAYS = [
  "GET /fetch-cors",
  "POST /2015-03-31/functions",
  "POST /clock",
  "POST /clock?form",
  "POST /console/api_keys",
  "GET /journal",
  "GET /image",
  "GET /script",
  "GET /style",
  "GET /frame",
  "GET /socket",
  "GET /events",
  "POST /beacon",
];
/**
 * Chromium fetches ahead from loopback and over https, and not from a name that leads to this
 * machine.
 */
const AHEAD = "GET /ahead";

jest.setTimeout(300_000);

/** Answers everything, to show that the page's requests do arrive where nobody refuses them. */
async function listen(answer: (path: string) => string, seen: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(200, { "content-type": "text/html" });
    response.end(answer(request.url ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe("a page in a browser", () => {
  let sandbox: RunningSandbox;
  let browser: Browser;
  let pages: Server;
  let unguarded: Server;
  const arrived: string[] = [];

  beforeAll(async () => {
    [sandbox, browser] = await Promise.all([
      RunningSandbox.start(),
      // Fails where there is no Chromium: what is not tried is not known.
      chromium.launch({
        executablePath: CHROMIUM,
        args: [
          "--no-sandbox",
          "--no-proxy-server",
          "--host-resolver-rules=MAP *.example 127.0.0.1",
          // Newer browsers ask before a page of the net calls this machine. Here the sandbox has to
          // refuse by itself.
          "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights",
        ],
      }),
    ]);
    pages = await listen(() => "<!doctype html><body></body>", []);
    unguarded = await listen(() => "", arrived);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await sandbox?.stop();
    for (const server of [pages, unguarded]) server?.close();
  });
  beforeEach(() => {
    arrived.length = 0;
  });

  /** Every port, with the token of its server where callers are given one: as if it had leaked. */
  const targets = () =>
    sandbox.ports.map((port) => {
      const url = sandbox.addresses.find((address) => address.port === port)?.url ?? `http://127.0.0.1:${port}`;
      return { port, path: new URL(url).pathname.replace(/\/$/, "") };
    });

  /** @returns what a page at the address could read of each base URL. */
  async function attackFrom(address: string, bases: readonly string[]): Promise<string[]> {
    const page = await browser.newPage();
    // Where the address is a server of the sandbox under another name, it is the page that the
    // attacker served from there before.
    await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: "<body></body>" }));
    await page.goto(address);
    await page.evaluate(ATTACK);
    const given = [bases, FUNCTION].map((value) => JSON.stringify(value)).join();
    const read = (await page.evaluate(`attackAll(${given})`)) as string[];
    await page.close();
    return read;
  }

  test.each([
    ["of a foreign site", (port: number) => `http://attacker.example:${port}/page`],
    ["of another server of this machine", (port: number) => `http://127.0.0.1:${port}/page`],
  ])("%s reaches nothing on any port, not even with the addresses of the run", async (_, addressOf) => {
    // GIVEN
    const before = await sandbox.effects();
    const bases = targets().map(({ port, path }) => `http://127.0.0.1:${port}${path}`);
    expect(bases.length).toBeGreaterThan(20);
    // WHEN
    const read = await attackFrom(addressOf(portOf(pages)), [`http://127.0.0.1:${portOf(unguarded)}`, ...bases]);
    // THEN
    expect(read).toEqual([]);
    expect(await sandbox.effects()).toEqual(before);
    await until(() => [...WAYS, AHEAD].every((way) => arrived.includes(way)));
  });

  test("whose name was led to this machine after it was loaded reaches nothing on any port", async () => {
    // GIVEN
    const before = await sandbox.effects();
    const rebound = (port: number) => `http://rebound.example:${port}`;
    // WHEN: from the page's view each port is its own origin, so that it may send and read
    // everything
    await attackFrom(`${rebound(portOf(unguarded))}/page`, [rebound(portOf(unguarded))]);
    const read: string[] = [];
    for (const { port, path } of targets()) {
      read.push(...(await attackFrom(`${rebound(port)}/page`, [rebound(port) + path])));
    }
    // THEN
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((text) => !/^\S+ 403 .*\[SK35[12]\]/.test(text))).toEqual([]);
    expect(await sandbox.effects()).toEqual(before);
    await until(() => WAYS.every((way) => arrived.includes(way)));
  });
});
