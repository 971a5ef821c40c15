import { once } from "node:events";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { TokenDoor } from "../../src/sandbox/doors/token-door";
import { LoopbackServer } from "../../src/sandbox/http";
import type { Handler, Reply } from "../../src/sandbox/messages";
import { type FaultKind, withFaults } from "../../src/sandbox/time-and-faults/faults";

const CLOCK = { now: () => Date.UTC(2026, 10, 24) };
const CALLER = { name: "command" };
const refused = () => ({ status: 500 });

let server: LoopbackServer;
let handler: Handler;
beforeEach(async () => {
  handler = async ({ method, path, body }) => ({ status: 200, body: `${method} ${path} ${body}` });
  server = await LoopbackServer.start(CLOCK, new TokenDoor(1_000), (request) => handler(request));
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** One call in clear HTTP/2, as a client makes it that asks nobody first. */
async function http2(path: string, headers: Record<string, string> = {}, body = ""): Promise<Answer> {
  const { origin, pathname } = new URL(server.url);
  const session = connect(origin);
  try {
    const stream = session.request({ ":method": "POST", ":path": pathname + path, ...headers });
    stream.end(body);
    let answered: Record<string, unknown> = {};
    stream.on("response", (given) => {
      answered = given;
    });
    let text = "";
    stream.setEncoding("utf8");
    for await (const chunk of stream) text += chunk;
    return { status: Number(answered[":status"]), headers: answered, text };
  } finally {
    session.destroy();
  }
}

describe("HTTP/2 in clear", () => {
  test("is answered on the port of HTTP/1.1, with the date of simulated time", async () => {
    const [one, two] = [await fetch(`${server.url}/a`, { method: "POST", body: "x" }), await http2("/a", {}, "x")];
    expect([one.status, await one.text()]).toEqual([200, "POST /a x"]);
    expect([two.status, two.text]).toEqual([200, "POST /a x"]);
    expect(two.headers["date"]).toBe(one.headers.get("date"));
  });

  test.each<[string, string, Record<string, string>, number]>([
    ["no token", "/../other", {}, 403],
    ["another name for this machine", "/a", { ":authority": "rebound.example" }, 403],
    ["another host beside the one of its name", "/a", { host: "rebound.example" }, 403],
    ["a page's origin", "/a", { origin: "https://page.example" }, 403],
    ["a body that is too long", "/a", { "content-length": "2000" }, 413],
  ])("is refused as HTTP/1.1 is: %s", async (why, path, headers, status) => {
    const url = new URL(server.url);
    const session = connect(url.origin);
    const stream = session.request({
      ":method": "POST",
      ":path": why === "no token" ? "/a" : url.pathname + path,
      ...headers,
    });
    const [answered] = await once(stream, "response");
    expect(answered[":status"]).toBe(status);
    session.destroy();
  });

  test("a connection that begins letter by letter is understood", async () => {
    const { hostname, port, pathname } = new URL(server.url);
    const socket = createConnection(Number(port), hostname);
    for (const letter of `GET ${pathname}/slow HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`) {
      await new Promise<void>((resolve) => socket.write(letter, () => resolve()));
    }
    let text = "";
    for await (const chunk of socket) text += chunk;
    expect(text).toContain("GET /slow");
  });
});

describe("streams", () => {
  const stream = (fault?: FaultKind): void => {
    const perform = async (): Promise<Reply> => ({ status: 200, pieces: ["one ", "two ", "three"] });
    handler = () => withFaults(fault === undefined ? [] : [fault], CALLER, perform, refused);
  };
  const read = async () => {
    const answer = await fetch(server.url);
    const texts: string[] = [];
    try {
      for await (const chunk of answer.body ?? []) texts.push(Buffer.from(chunk).toString());
      return { text: texts.join(""), ended: true };
    } catch {
      return { text: texts.join(""), ended: false };
    }
  };

  test("arrive piece by piece and end", async () => {
    stream();
    expect(await read()).toEqual({ text: "one two three", ended: true });
    expect((await http2("/")).text).toBe("one two three");
  });

  test.each([
    [0, ""],
    [1, "one "],
    [2, "one two "],
    [9, "one two three"],
  ])("that hang up after %i events do so, and do not end", async (afterEvents, text) => {
    stream({ type: "hang_up", afterEvents });
    expect(await read()).toEqual({ text, ended: false });
  });

  test("that stall go on", async () => {
    stream({ type: "stall", afterEvents: 1, millis: 20 });
    expect(await read()).toEqual({ text: "one two three", ended: true });
  });

  test("an answer that is no stream hangs up in its midst", async () => {
    handler = () =>
      withFaults(
        [{ type: "hang_up", afterEvents: 1 }],
        CALLER,
        async () => ({ status: 200, body: "0123456789" }),
        refused,
      );
    expect(await read()).toEqual({ text: "01234", ended: false });
  });
});
