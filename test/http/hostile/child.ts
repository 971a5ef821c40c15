import { type Dialect, exchange } from "../../../src/http/exchange";

/**
 * Run by bounded-fetch.test.ts in a process of its own: calls each path, collects garbage all the
 * while, and prints what it got.
 */
const [, , baseUrl = "", slow = "", quick = ""] = process.argv;
const ADMIN_KEY = "acme-admin-0123456789abcdef";

const dialect: Dialect = {
  displayName: "Acme",
  authorize: (key) => ({ authorization: `Bearer ${key}` }),
  errorIn: () => undefined,
  valuePrefixes: ["acme-"],
};

const collect: unknown = Object(globalThis).gc;
if (typeof collect !== "function") throw new Error("started without --expose-gc");
const collecting = setInterval(() => collect(), 50);

async function outcomeOf(path: string): Promise<unknown> {
  try {
    const transport = { fetch: globalThis.fetch, baseUrl, now: Date.now, dialect };
    const { status, body } = await exchange(transport, ADMIN_KEY, { endpoint: `GET /${path}` });
    return { path, status, type: body === undefined ? "none" : typeof body };
  } catch (error) {
    const { name, kind, call, message } = Object(error);
    return { path, name, kind, call, message };
  }
}

async function main(): Promise<void> {
  const outcomes: unknown[] = [];
  // One by one: each shall meet its own limit, and not that of time on a machine that is busy.
  for (const path of quick.split(",")) outcomes.push(await outcomeOf(path));
  outcomes.push(...(await Promise.all(slow.split(",").map(outcomeOf))));
  clearInterval(collecting);
  // Without the client's idle connections, what is still open was not given up.
  process.stdout.write(`${JSON.stringify({ outcomes, peakKiB: process.resourceUsage().maxRSS })}\n`);
  process.stdin.resume();
  process.stdin.once("end", () => process.exit(0));
}

main();
