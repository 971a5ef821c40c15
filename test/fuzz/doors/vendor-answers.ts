import fc from "fast-check";
import * as v from "valibot";
import { LATEST_SECONDS } from "../../../src/model/units";
import type { VendorDescriptor } from "../../../src/model/vendor-descriptor";
import { VendorError } from "../../../src/model/vendor-error";
import type { ContractSubject } from "../../../src/testing/fixture";
import type { VendorAdapter } from "../../../src/vendors/vendor";
import { subjects } from "../../vendors/subjects";
import { Broken, checkSilent, type Door } from "../door";
import { CANARY } from "../mutate";
import { recordTapes, type Tape, type Tapes } from "../tapes";
import { type Treatment, treated, treatment } from "../treatments";

/** Of listings of a thousand pages; nothing else comes near it. */
const CALLS_MAX = 1_010;

const text = v.pipe(v.string(), v.minLength(1));
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS));
const amount = v.pipe(v.number(), v.finite());
const texts = v.exactOptional(v.nullable(v.array(v.string())));
const limitsSchema = v.strictObject({
  requestsPerMinute: v.exactOptional(amount),
  tokensPerMinute: v.exactOptional(amount),
  charactersPerMonth: v.exactOptional(amount),
  spend: v.exactOptional(v.strictObject({ usd: amount, per: v.picklist(["day", "week", "month", "lifetime"]) })),
});
const otherSchema = v.strictObject({
  of: v.exactOptional(
    v.picklist([
      "scopes",
      "models",
      "endpoints",
      "networks",
      "requestsPerMinute",
      "tokensPerMinute",
      "charactersPerMonth",
      "spend",
    ]),
  ),
  shown: text,
  reason: text,
  unset: v.exactOptional(v.literal(true)),
  within: v.exactOptional(
    v.strictObject({
      amount: v.pipe(v.number(), v.finite()),
      seconds: v.exactOptional(v.pipe(v.number(), v.finite())),
    }),
  ),
});
const vendorKeySchema = v.strictObject({
  id: text,
  name: v.string(),
  createdAt: time,
  expiresAt: v.exactOptional(time),
  lastUsedAt: v.exactOptional(time),
  disabled: v.exactOptional(v.boolean()),
  ownerId: v.exactOptional(text),
  projectId: v.exactOptional(text),
  granted: v.exactOptional(
    v.strictObject({
      scopes: texts,
      models: texts,
      endpoints: texts,
      limits: v.exactOptional(v.nullable(limitsSchema)),
      networks: texts,
      others: v.exactOptional(v.array(otherSchema)),
    }),
  ),
  madeFor: v.exactOptional(text),
});
const mintedSchema = v.strictObject({
  id: text,
  name: v.string(),
  value: text,
  createdAt: time,
  expiresAt: v.exactOptional(time),
});

const accountSchema = v.strictObject({
  models: texts,
  rates: v.exactOptional(v.map(v.string(), v.record(v.string(), v.nullable(amount)))),
  spendUsdPerMonth: v.exactOptional(v.nullable(amount)),
});

/** What each verb may answer. */
const RESULTS: Readonly<Record<string, v.GenericSchema>> = {
  findOwner: v.optional(text),
  createOwner: text,
  deleteOwner: v.picklist(["deleted", "gone"]),
  mint: mintedSchema,
  identify: v.optional(vendorKeySchema),
  rotate: mintedSchema,
  list: v.array(vendorKeySchema),
  read: v.optional(vendorKeySchema),
  isActive: v.boolean(),
  update: vendorKeySchema,
  postpone: vendorKeySchema,
  disable: v.picklist(["disabled", "gone"]),
  revoke: v.picklist(["revoked", "gone", "manual"]),
  verify: v.strictObject({
    outcome: v.picklist(["works", "refused", "wider", "narrower"]),
    evidence: text,
    scopeProven: v.boolean(),
  }),
  accountGone: v.optional(text),
  scopeChanges: v.array(
    v.strictObject({ keyId: text, scopes: v.array(v.string()), at: time, actor: v.exactOptional(v.string()) }),
  ),
  readAccount: accountSchema,
  applyAccount: accountSchema,
};
/** Verbs that answer a value. */
const MINTING: ReadonlySet<string> = new Set(["mint", "rotate"]);

interface Input {
  readonly vendor: string;
  readonly verb: number;
  /** Which request's answer is the first that is changed. */
  readonly from: number;
  readonly treatments: readonly Treatment[];
  /** The last of them is for all that follows as well. */
  readonly forever: boolean;
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** What is tried, given what it may call with. */
export type Tried = (adapter: VendorAdapter, fetch: Fetch) => VendorAdapter;

/** What answers in a vendor's name: the vendor of another year, a proxy, a login page. */
export function answersOf(vendors: readonly ContractSubject[], tried: Tried = (adapter) => adapter): Door {
  const recorded = new Map<string, Promise<Tapes>>();
  const tapesOf = (id: string): Promise<Tapes> => {
    const subject = vendors.find(({ vendor }) => vendor.descriptor.id === id);
    if (subject === undefined) throw new Error(`no vendor ${id}`);
    const tapes = recorded.get(id) ?? recordTapes(subject);
    recorded.set(id, tapes);
    return tapes;
  };
  return {
    name: "vendor-answers",
    share: 25,
    input: fc.record({
      vendor: fc.constantFrom(...vendors.map(({ vendor }) => vendor.descriptor.id)),
      verb: fc.nat({ max: 59 }),
      from: fc.constantFrom(0, 0, 0, 1, 1, 2),
      treatments: fc.array(treatment, { minLength: 1, maxLength: 3 }),
      forever: fc.boolean(),
    }),
    async enter(input) {
      const { vendor, verb, ...how } = input as Input;
      const all = await tapesOf(vendor);
      const tape = all.tapes[verb % all.tapes.length];
      if (tape !== undefined) await new Impostor(all, tape, how, tried).enter();
    },
  };
}

export const vendorAnswers: Door = answersOf(subjects);

/** Answers an adapter in its vendor's name, and watches what it does. */
class Impostor {
  readonly #statuses: number[] = [];
  /** What the adapter sent that nobody else may see. */
  readonly #secrets = new Set<string>();
  #calls = 0;
  #effects = 0;
  /** A value stands where the vendor shows none. */
  #isValueAstray = false;
  #now: number;

  constructor(
    private readonly all: Tapes,
    private readonly tape: Tape,
    private readonly how: Omit<Input, "vendor" | "verb">,
    private readonly tried: Tried,
  ) {
    this.#now = tape.harness.now;
  }

  async enter(): Promise<void> {
    const { tape } = this;
    const fetch: Fetch = (url, init = {}) => this.#answer(url, init);
    const connected = tape.connect({
      rateLimiter: { permit: async () => {}, throttled: async (_, seconds) => checkSeconds(seconds) },
      fetch: (url, init) => fetch(String(url), init),
      now: () => this.#now,
      sleep: async (millis) => {
        this.#now += millis;
      },
    });
    const adapter = this.tried(connected, fetch);
    const result = await this.#outcomeOf(tape.verb, () => tape.call(adapter));
    const { idempotentMint } = this.all.subject.vendor.descriptor;
    const isOnce = tape.verb === "rotate" || (tape.verb === "mint" && !idempotentMint);
    if (isOnce && this.#effects > 1) throw new Broken(`${this.#effects} effects to ${tape.verb} once`);
    for (const keyId of idsIn(result)) await this.#follow(adapter, keyId);
  }

  /** An id that came from outside goes into the next request. */
  async #follow(adapter: VendorAdapter, keyId: string): Promise<void> {
    await this.#outcomeOf("read", () => adapter.read({ keyId }));
    await this.#outcomeOf("revoke", () => adapter.revoke({ keyId }));
  }

  async #outcomeOf(verb: string, call: () => Promise<unknown>): Promise<unknown> {
    this.#calls = 0;
    this.#statuses.length = 0;
    let result: unknown;
    try {
      result = await call();
    } catch (error) {
      if (error instanceof Broken) throw error;
      if (!(error instanceof VendorError)) throw new Broken(`${verb}: no VendorError, but ${described(error)}`);
      this.#checkError(error);
      return undefined;
    }
    const schema = RESULTS[verb];
    if (schema === undefined) throw new Broken(`no schema for ${verb}`);
    const parsed = v.safeParse(schema, result);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw new Broken(`${verb} answers ${JSON.stringify(result)}: ${v.getDotPath(issue) ?? ""} ${issue.message}`);
    }
    if (!MINTING.has(verb) && !this.#isValueAstray) {
      this.#checkTells(JSON.stringify(result) ?? "", this.tape.harness.simulator.secrets());
    }
    if (verb === "verify") this.#checkVerdict(parsed.output);
    return result;
  }

  async #answer(url: string, init: RequestInit): Promise<Response> {
    const { subject, tapes } = this.all;
    const { takes, harness } = this.tape;
    const at = this.#calls;
    this.#calls += 1;
    if (this.#calls > CALLS_MAX) throw new Broken(`${this.#calls} calls`);
    this.#checkUrl(url, init.method ?? "GET");
    const sent = JSON.stringify([url, [...new Headers(init.headers)], String(init.body ?? "")]);
    const secrets = harness.simulator.secrets().filter((secret) => sent.includes(secret));
    for (const secret of secrets) this.#secrets.add(secret);
    const headers = Object.fromEntries(new Headers(init.headers));
    const request = { method: init.method ?? "GET", url, headers, body: String(init.body ?? "") };
    const hasEffect = subject.hasEffect ?? (({ method }) => method !== "GET");
    if (subject.isTokenExchange?.(url) !== true && hasEffect(request)) this.#effects += 1;

    const take = takes[Math.min(at, takes.length - 1)];
    if (take === undefined) throw new Error("an empty tape");
    const { from, treatments, forever } = this.how;
    const turn = at - from;
    const own = turn < 0 ? undefined : (treatments[turn] ?? (forever ? treatments.at(-1) : undefined));
    const { errorBody = (message: string) => ({ error: { message } }) } = subject;
    const answer = treated(
      take,
      own ?? { status: undefined, headers: {}, body: { how: "keep" } },
      tapes.flatMap((each) => each.takes),
      () => errorBody(`no: ${CANARY} ${secrets.join(" ")}`),
    );
    if (answer instanceof Error) throw answer;
    this.#statuses.push(answer.status);
    const told = await answer.clone().text();
    const isTold = (where: string) => harness.simulator.secrets().filter((secret) => where.includes(secret)).length;
    const moved = own !== undefined && own.body.how !== "keep" && isTold(told) > 0;
    if (moved || told.includes(CANARY)) this.#isValueAstray = true;
    return answer;
  }

  #checkUrl(url: string, method: string): void {
    const { subject, tapes } = this.all;
    const { harness } = this.tape;
    const settings: { readonly baseUrl?: string } = subject.settingsOf(harness.simulator);
    if (!startsOf(subject.vendor.descriptor, settings.baseUrl).some((start) => start.test(url))) {
      throw new Broken(`a request to ${url}`);
    }
    // An id with a slash would name something else.
    const shape = (how: string, path: string) => `${how} ${path.split("/").length}`;
    const known = tapes.flatMap(({ takes }) => takes.map((take) => shape(take.method, take.path)));
    if (!known.includes(shape(method, new URL(url).pathname)))
      throw new Broken(`a request of no verb: ${method} ${url}`);
  }

  #checkError({ message, call, retryAfterSeconds }: VendorError): void {
    checkSilent(message);
    this.#checkTells(message, this.#secrets);
    checkSeconds(retryAfterSeconds);
    if (message.length > 1_000 || call === "") throw new Broken(`an error of ${message.length} characters`);
    if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(message))
      throw new Broken(`an error with ${JSON.stringify(message)}`);
  }

  #checkTells(shown: string, secrets: Iterable<string>): void {
    const told = [...secrets].find((secret) => secret.length >= 8 && shown.includes(secret));
    if (told !== undefined) throw new Broken(`tells ${told} in ${shown}`);
  }

  #checkVerdict(result: unknown): void {
    const works = v.is(v.object({ outcome: v.literal("works") }), result);
    // That a scope is missing, or a budget spent, is said of a key that is known.
    if (works && !this.#statuses.some((status) => status < 500 && status !== 401 && status !== 429)) {
      throw new Broken(`works, after ${this.#statuses.join(", ")}`);
    }
  }
}

const idSchema = v.object({ id: v.string() });

/** Of what a verb answered; a few. */
function idsIn(result: unknown): string[] {
  const items = Array.isArray(result) ? result : [result];
  return items
    .filter((item) => v.is(idSchema, item))
    .flatMap(({ id }) => id)
    .slice(0, 2);
}

function startsOf({ baseUrls, otherUrls = [] }: VendorDescriptor, own: string | undefined): RegExp[] {
  return [...baseUrls, ...otherUrls, ...(own === undefined ? [] : [own])].map(
    (start) => new RegExp(`^${start.replace(/[.?+]/g, "\\$&").replace(/\*/g, "[a-z0-9-]+")}(?:[/?]|$)`),
  );
}

function checkSeconds(seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (!Number.isFinite(seconds) || seconds < 0) throw new Broken(`a wait of ${seconds} seconds`);
}

function described(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
