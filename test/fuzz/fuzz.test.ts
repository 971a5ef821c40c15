import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { shorten } from "../../src/model/redact";
import { VendorError } from "../../src/model/vendor-error";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { bundleWorker } from "../support/bundle";
import { runJobs } from "../support/jobs";
import { minting } from "../support/minting";
import { subjects } from "../vendors/subjects";
import { Broken, checkRefusal, type Door } from "./door";
import { answersOf, type Fetch, type Tried } from "./doors/vendor-answers";
import { DOORS, fuzz } from "./fuzz";
import { CANARY, mutated } from "./mutate";

/** Long runs: `npm run fuzz`. */
const INPUTS = 10_000;

/**
 * In processes of their own, bundled as for the long runs: jest's module system makes them many
 * times slower.
 */
let folder: string;
let worker: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scoped-keys-fuzz-test-"));
  worker = join(folder, "worker.js");
  await bundleWorker(join(__dirname, "worker.ts"), worker);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("whatever comes in from outside", () => {
  test("is shared out among the doors", () => {
    expect(DOORS.reduce((sum, { share }) => sum + share, 0)).toBe(100);
    expect(new Set(DOORS.map(({ name }) => name)).size).toBe(DOORS.length);
  });

  test.each([1, 2])(
    "is done or refused in words, a refusal has no effect, and no key is told (seed %i)",
    async (seed) => {
      expect(await runJobs([{ worker, runs: INPUTS, seed }], () => false)).toEqual([undefined]);
    },
    180_000,
  );
});

function causesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...causesOf(error.cause)] : [];
}

describe("the harness", () => {
  const doorOf = (enter: (input: unknown) => void): Door => ({
    name: "test",
    share: 100,
    input: mutated(fc.constant({ name: "a", list: [1, 2], inner: { flag: true } })),
    enter: async (input) => enter(input),
  });

  test("finds what one field in three breaks, and replays it by seed and path", async () => {
    // GIVEN
    const door = doorOf((input) => {
      const inner = (input as { inner?: { flag?: unknown } } | null)?.inner;
      if (inner !== undefined && typeof inner?.flag === "string") throw new TypeError("flag.toFixed is not a function");
    });

    // WHEN
    const found = await fuzz(2_000, 1, undefined, [door]).catch((error: Error) => error);
    const cause = found instanceof Error ? found.cause : undefined;
    const path = /path: "([\d:]+)"/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? "";
    const replayed = await fuzz(1, 1, `test/${path}`, [door]).catch((error: Error) => error);

    // THEN
    expect(path).not.toBe("");
    for (const error of [found, replayed]) expect(String(error)).toContain('door "test"');
  });

  /** Mistral's adapter, but for some verbs. */
  const careless = (verbs: (adapter: VendorAdapter, fetch: Fetch) => Partial<VendorAdapter>): Door => {
    const mistral = subjects.filter(({ vendor }) => vendor.descriptor.id === "mistral");
    const tried: Tried = (adapter, fetch) => {
      const own = verbs(adapter, fetch);
      return new Proxy(adapter, {
        get: (_, name) => {
          const holder = name in own ? own : adapter;
          const member: unknown = Reflect.get(holder, name);
          return typeof member === "function" ? member.bind(holder) : member;
        },
      });
    };
    return { ...answersOf(mistral, tried), share: 100 };
  };
  const key = { id: "k", name: "n", createdAt: 1 };

  test.each<[string, string, Parameters<typeof careless>[0]]>([
    ["an error of another kind", "no VendorError", () => ({ list: () => Promise.reject(new TypeError("x")) })],
    [
      "an answer that is quoted",
      "the canary is in",
      (_, fetch) => ({
        read: async () => {
          const answer = await fetch("https://api.mistral.ai/v1/admin/api-keys").catch(() => new Response(""));
          const text = await answer.text();
          throw new VendorError("unexpected", "GET", shorten(text, 900));
        },
      }),
    ],
    ["a time without a date", "list answers", () => ({ list: async () => [{ ...key, expiresAt: Number.NaN }] })],
    ["an id that is none", "list answers", () => ({ list: async () => [{ ...key, id: "" }] })],
    [
      "another host",
      "a request to https://example.com/",
      (_, fetch) => ({
        list: async () => [{ ...key, name: (await fetch("https://example.com/")).statusText }],
      }),
    ],
    [
      "an id as a path",
      "a request of no verb",
      (_, fetch) => ({
        list: async () => [{ ...key, name: (await fetch("https://api.mistral.ai/v1/admin/api-keys/a/b")).statusText }],
      }),
    ],
    [
      "a mint that is sent again",
      "2 effects to mint once",
      (adapter) => ({
        mint: async (request) =>
          minting(adapter)
            .mint(request)
            .catch(() => minting(adapter).mint(request)),
      }),
    ],
    [
      "pages without an end",
      "1011 calls",
      (_, fetch) => ({
        list: async () => {
          for (;;) await fetch("https://api.mistral.ai/v1/admin/api-keys");
        },
      }),
    ],
    [
      "a key that works whatever is answered",
      "works, after",
      (_, fetch) => ({
        verify: async () => {
          await fetch("https://api.mistral.ai/v1/models").catch(() => undefined);
          return { outcome: "works", evidence: "because", scopeProven: false };
        },
      }),
    ],
  ])("finds an adapter with %s", async (_, words, verbs) => {
    const found = await fuzz(1_500, 1, undefined, [careless(verbs)]).catch((error: Error) => error);
    expect(causesOf(found).join("\n")).toContain(words);
  });

  test("takes a crash, an effect before a refusal and a told key for broken", () => {
    expect(() => checkRefusal(new TypeError("x is not a function"), [])).toThrow(Broken);
    expect(() => checkRefusal(new Broken("b"), [])).toThrow("b");
    const refusal = Object.assign(new Error(`InvalidRequestException: ${CANARY}`), {});
    expect(() => checkRefusal(refusal, [])).not.toThrow();
  });
});
