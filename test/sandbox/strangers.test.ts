import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { signedHeaders } from "../../src/http/sigv4";
import { isAlive, listeningSockets, until } from "../support/processes";
import { type Answer, rawCall } from "./support/raw-call";
import { RunningSandbox } from "./support/running-sandbox";
import { zipOf } from "./support/sandbox-client";

/** `nobody`: another user of the machine. */
const NOBODY = 65_534;
const FUNCTION = JSON.stringify({
  FunctionName: "evil",
  Runtime: "nodejs20.x",
  Handler: "index.handler",
  Role: "arn:aws:iam::123456789012:role/any",
  Code: { ZipFile: zipOf("exports.handler = async () => 'evil';") },
});

interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What each kind of server would do something for, from somebody who has no credential. */
const UNAUTHENTICATED: readonly Call[] = [
  { name: "reads", method: "GET", path: "/" },
  {
    name: "makes a function, as a page can without asking first",
    method: "POST",
    path: "/2015-03-31/functions",
    headers: { "content-type": "text/plain" },
    body: FUNCTION,
  },
  { name: "invokes a function", method: "POST", path: "/2015-03-31/functions/alive/invocations", body: "{}" },
  { name: "lets time pass", method: "POST", path: "/clock", body: '{"advance":"P1D"}' },
  {
    name: "injects a fault",
    method: "POST",
    path: "/faults",
    body: '{"match":{"service":"iam"},"fault":{"type":"drop"}}',
  },
  { name: "reads the journal", method: "GET", path: "/journal" },
  { name: "makes a key in a console", method: "POST", path: "/console/api_keys", body: "{}" },
  { name: "takes an invocation", method: "GET", path: "/2018-06-01/runtime/invocation/next" },
  { name: "resets moto", method: "POST", path: "/moto-api/reset" },
  {
    name: "calls AWS unsigned",
    method: "POST",
    path: "/",
    headers: { "x-amz-target": "secretsmanager.ListSecrets" },
    body: "{}",
  },
];

jest.setTimeout(180_000);

describe("a running sandbox", () => {
  let sandbox: RunningSandbox;
  let other: RunningSandbox;
  let before: unknown;
  beforeAll(async () => {
    [sandbox, other] = await Promise.all([RunningSandbox.start(), RunningSandbox.start()]);
    before = await sandbox.effects();
  }, 120_000);
  afterAll(async () => {
    await sandbox?.stop();
    await other?.stop();
  });
  afterEach(async () => {
    if (isAlive(sandbox.run.child.pid ?? 0)) expect(await sandbox.effects()).toEqual(before);
  });

  /** @returns the calls that were not refused with the code, in words. */
  async function notRefused(calls: readonly Call[], code: RegExp): Promise<string[]> {
    const found: string[] = [];
    for (const port of sandbox.ports) {
      for (const { name, ...call } of calls) {
        const answer = await rawCall({ port, ...call, headers: { host: `127.0.0.1:${port}`, ...call.headers } });
        if (answer.status !== 403 || !code.test(answer.body)) found.push(`${port} ${name}: ${show(answer)}`);
      }
    }
    return found;
  }

  test("listens on loopback alone, and on a socket in a folder that is the user's", () => {
    const { tcp, paths } = listeningSockets(sandbox.processes);
    // AWS, the control side, the Runtime API and each vendor
    expect(tcp.length).toBeGreaterThanOrEqual(sandbox.addresses.length + 1);
    expect(tcp.filter((address) => !address.startsWith("127.0.0.1:"))).toEqual([]);
    expect(paths).toEqual([join(sandbox.folder, "moto.sock")]);
  });

  test("refuses on every port who has no credential", async () => {
    expect(await notRefused(UNAUTHENTICATED, /\[SK350\]/)).toEqual([]);
  });

  test("refuses on every port the credential of another run, and a made-up one", async () => {
    // GIVEN
    const tokens = [...other.addresses.map(({ url }) => new URL(url).pathname), "/00000000000000000000000000000000"];
    const keyOf = (run: RunningSandbox) => run.environment["AWS_ACCESS_KEY_ID"] ?? "";
    const secretOf = (run: RunningSandbox) => run.environment["AWS_SECRET_ACCESS_KEY"] ?? "";
    const keys = [
      [keyOf(other), secretOf(other)],
      [keyOf(sandbox), secretOf(other)],
      [keyOf(sandbox), "sandbox"],
      ["AKIASANDBOX000000000", "sandbox"],
    ] as const;
    const found: string[] = [];
    for (const port of sandbox.ports) {
      // WHEN
      const byToken = tokens.flatMap((token) => [
        { name: "reads", method: "GET", path: `${token}/clock` },
        { name: "writes", method: "POST", path: `${token}/clock`, body: '{"advance":"P1D"}' },
      ]);
      const signing = keys.map(async ([accessKeyId, secretAccessKey]) => {
        const url = new URL(`http://127.0.0.1:${port}/2015-03-31/functions`);
        const request = { method: "POST", url, headers: {}, body: FUNCTION };
        const scope = { region: "us-east-1", service: "lambda" };
        const headers = await signedHeaders({ accessKeyId, secretAccessKey }, scope, request, Date.now());
        return { name: accessKeyId, method: "POST", path: url.pathname, headers, body: FUNCTION };
      });
      // THEN
      for (const { name, ...call } of [...byToken, ...(await Promise.all(signing))] as Call[]) {
        const answer = await rawCall({ port, ...call, headers: { host: `127.0.0.1:${port}`, ...call.headers } });
        if (answer.status !== 403 || !answer.body.includes("[SK350]")) found.push(`${port} ${name}: ${show(answer)}`);
      }
    }
    expect(found).toEqual([]);
  });

  describe("refuses with its own credential, on every port", () => {
    const own = (port: number) => `127.0.0.1:${port}`;
    const typed = (port: number) => ({ host: own(port), "sec-fetch-site": "none" });
    test.each<[string, RegExp, (port: number) => Record<string, string>]>([
      ["a foreign host", /\[SK351\]/, () => ({ host: "attacker.example" })],
      ["a name that leads to loopback", /\[SK351\]/, (port) => ({ host: `rebound.example:${port}` })],
      ["a name that begins as loopback does", /\[SK351\]/, (port) => ({ host: `127.0.0.1.nip.example:${port}` })],
      ["the address of any network", /\[SK351\]/, (port) => ({ host: `0.0.0.0:${port}` })],
      ["a second host", /\[SK351\]/, (port) => ({ host: own(port), Host: "attacker.example" })],
      ["another port", /\[SK351\]/, (port) => ({ host: own(port + 1) })],
      ["a foreign origin", /\[SK352\]/, (port) => ({ host: own(port), origin: "https://attacker.example" })],
      ["an opaque origin", /\[SK352\]/, (port) => ({ host: own(port), origin: "null" })],
      ["an origin of its own", /\[SK352\]/, (port) => ({ host: own(port), origin: `http://${own(port)}` })],
      ["another site", /\[SK352\]/, (port) => ({ host: own(port), "sec-fetch-site": "cross-site" })],
      ["another port of the site", /\[SK352\]/, (port) => ({ host: own(port), "sec-fetch-site": "same-site" })],
      ["what a page has a browser fetch ahead", /\[SK352\]/, (port) => ({ ...typed(port), "sec-purpose": "prefetch" })],
      ["the same, as older browsers say it", /\[SK352\]/, (port) => ({ ...typed(port), purpose: "prefetch" })],
      ["a WebSocket", /\[SK352\]/, (port) => ({ host: own(port), connection: "Upgrade", upgrade: "websocket" })],
    ])("%s", async (_, code, headersFor) => {
      const found: string[] = [];
      for (const port of sandbox.ports) {
        const path = new URL(sandbox.addresses.find((address) => address.port === port)?.url ?? "http://x/").pathname;
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const answer = await rawCall({ port, method, path, headers: headersFor(port) });
          if (answer.status !== 403 || !code.test(answer.body)) found.push(`${port} ${method}: ${show(answer)}`);
        }
      }
      expect(found).toEqual([]);
    });

    test("what changes something, from a browser", async () => {
      const found: string[] = [];
      for (const { port, url } of sandbox.addresses) {
        const path = new URL(url).pathname;
        for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
          const answer = await rawCall({ port, method, path, headers: typed(port) });
          if (answer.status !== 403 || !answer.body.includes("[SK352]"))
            found.push(`${port} ${method}: ${show(answer)}`);
        }
      }
      expect(found).toEqual([]);
    });

    test("a target with a host in it", async () => {
      const found: string[] = [];
      for (const { port, url } of sandbox.addresses) {
        const { pathname } = new URL(url);
        for (const host of ["attacker.example", own(port)]) {
          const path = `http://${host}${pathname}`;
          const answer = await rawCall({ port, method: "GET", path, headers: { host: own(port) } });
          const isRepeated = pathname !== "/" && answer.body.includes(pathname);
          if (answer.status !== 403 || !answer.body.includes("[SK351]") || isRepeated) found.push(show(answer));
        }
      }
      expect(found).toEqual([]);
    });
  });

  test("refuses before the body is sent", async () => {
    const found: string[] = [];
    for (const port of sandbox.ports) {
      // A client that waits to be asked for the body, and is not.
      const headers = { host: `127.0.0.1:${port}`, expect: "100-continue", "content-length": "1000000" };
      const answer = await rawCall({ port, method: "POST", path: "/2015-03-31/functions", headers, withoutBody: true });
      if (answer.status !== 403 || answer.continued) found.push(`${port}: ${show(answer)}`);
    }
    expect(found).toEqual([]);
  });

  test("refuses a body that is too large, whoever sends it", async () => {
    for (const { port, url, name } of sandbox.addresses.filter(({ name: it }) => it !== "AWS_ENDPOINT_URL")) {
      const headers = { host: `127.0.0.1:${port}`, expect: "100-continue", "content-length": "100000000" };
      const path = `${new URL(url).pathname}/clock`;
      const answer = await rawCall({ port, method: "POST", path, headers, withoutBody: true });
      expect([name, answer.status, answer.continued]).toEqual([name, 413, false]);
      expect(answer.body).toContain("[SK353]");
    }
  });

  test("shows its credentials to nobody in the list of processes", () => {
    const lines = sandbox.processes.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    const credentials = [
      sandbox.environment["AWS_SECRET_ACCESS_KEY"],
      sandbox.environment["AWS_ACCESS_KEY_ID"],
      "http://127.0.0.1",
    ];
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => credentials.some((text) => text === undefined || line.includes(text)))).toEqual([]);
  });

  test("keeps its files in a folder that its user alone can enter", () => {
    expect(statSync(sandbox.folder).mode & 0o777).toBe(0o700);
  });

  test("can be reached by no other user of the machine: neither a port, nor the socket, nor a file, nor a variable", () => {
    // GIVEN
    // Only root can act as somebody else; for others the folder's mode, above, stands in.
    const somebody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const calls = sandbox.ports.flatMap((port) =>
      UNAUTHENTICATED.map((call) => ({ ...call, port, headers: { host: `127.0.0.1:${port}`, ...call.headers } })),
    );
    const files = [
      ...readdirSync(sandbox.folder, { recursive: true, encoding: "utf8" }).map((name) => join(sandbox.folder, name)),
      ...sandbox.processes.map((pid) => `/proc/${pid}/environ`),
    ];
    expect(files.length).toBeGreaterThan(sandbox.processes.length + 2);
    // WHEN
    const script = readFileSync(join(__dirname, "support", "other-user.js"), "utf8");
    const input = JSON.stringify({ calls, files, socket: join(sandbox.folder, "moto.sock") });
    const output = execFileSync(process.execPath, ["-e", script], { ...somebody, cwd: "/", input, env: {} });
    // THEN
    const { uid, statuses, opened, socket } = JSON.parse(output.toString("utf8"));
    expect(statuses).toHaveLength(calls.length);
    expect(statuses.filter((status: number) => status !== 403)).toEqual([]);
    if (uid !== NOBODY) return;
    expect(opened).toEqual([]);
    expect(socket).toBe("EACCES");
  });

  test("serves who has its credential, under both names of loopback", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const { port, pathname } = new URL(sandbox.environment["SANDBOX_URL"] ?? "");
      const answer = await rawCall({
        port: Number(port),
        method: "GET",
        path: `${pathname}/clock`,
        headers: { host: `${host}:${port}`, "sec-fetch-site": "none" },
      });
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"now"') });
    }
  });

  test.each(["SIGKILL", "SIGINT"] as const)("cannot be reached after it has ended by %s", async (signal) => {
    // GIVEN
    const ending = signal === "SIGKILL" ? other : sandbox;
    const { processes, ports, folder } = ending;
    const key = ending.environment["AWS_ACCESS_KEY_ID"] ?? "";
    expect(ports.length).toBeGreaterThan(2);
    expect(key).toMatch(/^AKIA/);
    // WHEN
    ending.run.child.kill(signal);
    await ending.run.ended;
    // THEN
    await until(() => !processes.some(isAlive));
    await until(() => !existsSync(folder));
    for (const port of ports) {
      const refused = await new Promise((resolve) =>
        connect(port, "127.0.0.1").on("error", resolve).on("connect", resolve),
      );
      expect(refused).toMatchObject({ code: "ECONNREFUSED" });
    }
  });
});

function show({ status, continued, body }: Answer): string {
  return `${status}${continued ? " after 100" : ""} ${body.slice(0, 120)}`;
}
