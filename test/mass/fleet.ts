import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import type { SweepResult } from "../../src/engine/commands/sweep/sweep-run";
import { Effects } from "../../src/engine/history/effects";
import { keyMark, ownerMark, policyMark } from "../../src/engine/integrity/marks";
import { retryingAdapter } from "../../src/engine/middleware/retrying";
import type { Engine, SecretStore, Telemetry } from "../../src/engine/ports";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { rotationEventSchema } from "../../src/model/events";
import { grantOf, type KeyPolicy } from "../../src/model/key-policy";
import { newKeyRecord } from "../../src/model/key-record";
import { METRICS } from "../../src/model/metrics";
import { ownerName, secretName, vendorKeyName } from "../../src/model/names";
import { parseSecretPayload, type SecretPayload } from "../../src/model/secret-payload";
import { LedgerRateLimiter } from "../../src/rate-limit/ledger-rate-limiter";
import { ROTATION_QUEUE_TIMEOUT_MILLIS } from "../../src/rate-limit/queue-timeout";
import type { RotationRules } from "../../src/sandbox/aws/secrets-manager/schedule";
import { SecretsManagerService } from "../../src/sandbox/aws/secrets-manager/service";
import { AwsSecretStore } from "../../src/secrets/aws-secret-store";
import { openAi } from "../../src/vendors/openai/adapter";
import { createOpenAiSimulator, type OpenAiSimulator } from "../../src/vendors/openai/simulator/simulator";
import { DEPLOYMENT, PREFIX } from "../support/engine";
import { MemoryTable } from "../support/engine-memory-table";
import { DirectClient } from "../support/engine-real";
import { ENABLED_KMS_KEYS } from "../support/kms-keys";
import { minting } from "../support/minting";
import { ACCOUNT_ID, FUNCTION_ARN, REGION } from "../support/secrets-manager";
import { VirtualTime } from "../support/virtual-time";
import { Figures } from "./figures";
import { random } from "./random";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const CALLS_PER_MINUTE = 7;
const LAMBDA_MILLIS = 600_000;
/** As `src/handlers/runtime.ts` has them. */
const ANSWER_RESERVE_MILLIS = 3_000;
const CALL_RESERVE_MILLIS = 10_000;

export interface FleetOptions {
  readonly seed: number;
  /** Unix milliseconds. */
  readonly start: number;
  /** Waits of Secrets Manager between the attempts of a rotation; AWS publishes none. */
  readonly retryDelaysMillis: readonly number[];
  /** What the issuer is told of the vendor's throttle. @default what it is */
  readonly callsPerMinute?: number;
}

/**
 * Many keys of one issuer on real parts: engine, ledger, pacer and the OpenAI adapter, the
 * sandbox's Secrets Manager, which drives the rotations, and its OpenAI, which throttles. Only
 * time, the table and the network are not real. An answer takes 50 to 1,500 ms.
 */
export class Fleet {
  readonly time: VirtualTime;
  readonly figures: Figures;
  readonly #telemetry: Telemetry;
  readonly #table = new MemoryTable();
  readonly #simulator: OpenAiSimulator;
  readonly #service: SecretsManagerService;
  readonly #client: SecretsManagerClient;
  readonly #random: () => number;
  readonly #callsPerMinute: number;
  readonly #keyOfArn = new Map<string, string>();
  /** The vendor is down from, and until, Unix milliseconds. */
  outage = { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  /** Keys that do not rotate: declared so, or by an apply. */
  lasting = 0;
  #settingUp = true;
  #runs = 0;
  #tokens = 0;

  constructor({ seed, start, retryDelaysMillis, callsPerMinute = CALLS_PER_MINUTE }: FleetOptions) {
    this.#callsPerMinute = callsPerMinute;
    this.time = new VirtualTime(start);
    this.figures = new Figures(() => this.time.now());
    this.#random = random(seed);
    this.#telemetry = {
      info() {},
      warn() {},
      error() {},
      incident: (change, kind) => this.figures.count(`${change} ${kind}`),
      metric: (name, value) => {
        if (name === METRICS.daysUntilExpiry) this.figures.daysUntilExpiry(value);
      },
    };
    this.#simulator = createOpenAiSimulator({ clock: this.time, seed: `mass ${seed}` });
    this.#service = new SecretsManagerService(
      {
        clock: this.time,
        accountId: ACCOUNT_ID,
        region: REGION,
        mayInvoke: () => true,
        onEvent: ({ name }) => this.figures.count(name),
        invoke: (_functionArn, event) => this.#rotationStep(event),
      },
      { rotationRetryDelaysMillis: retryDelaysMillis },
    );
    this.#client = new DirectClient(this.#service);
  }

  /** Keys that were issued a moment ago, without waiting for turns. */
  async declare(
    keys: readonly string[],
    policy: KeyPolicy,
    rulesOf: (secret: string) => RotationRules | undefined,
  ): Promise<void> {
    const engine = this.#engine(Number.POSITIVE_INFINITY);
    const work = keys.map((key) => this.#declare(engine, key, policy, rulesOf(secretName(PREFIX, key))));
    await this.time.runAll(work);
    await this.time.runAll([this.#service.idle()]);
    await this.time.runUntil(this.time.now() + MINUTE);
  }

  /** From now on the vendor throttles, and answers take their time. */
  setUp(): void {
    this.#simulator.configure({ throttlePerMinutePerEndpoint: CALLS_PER_MINUTE, activationDelaySeconds: 3 });
    this.#settingUp = false;
  }

  /** Secrets Manager's schedules and the sweep from now on. */
  begin(): void {
    this.time.every(MINUTE, () => {
      for (
        let due = this.#service.nextDue();
        due !== undefined && due <= this.time.now();
        due = this.#service.nextDue()
      ) {
        void this.#service.runDue();
      }
    });
    this.time.every(HOUR, () => void this.sweep());
  }

  async sweep(): Promise<SweepResult | undefined> {
    const result = await this.#run("sweep", Number.POSITIVE_INFINITY, sweep).catch(() => undefined);
    this.figures.swept(result);
    return result;
  }

  /** Terraform applies a key, a new one or another policy, and somebody waits for it. */
  async apply(key: string, policy: KeyPolicy): Promise<void> {
    const secret = secretName(PREFIX, key);
    const isNew = await this.#call("CreateSecret", { Name: secret }).then(
      () => true,
      () => false,
    );
    const began = this.time.now();
    const tf = { action: "update", prev_input: null } as const;
    try {
      await this.#run("reconcile", Number.POSITIVE_INFINITY, (engine) =>
        reconcile(engine, { key, secret, policy, repair: "none", tf }),
      );
      this.figures.applied(this.time.now() - began);
      if (isNew) this.lasting += 1;
    } catch (error) {
      this.figures.applied(undefined, error);
    }
  }

  /** Calls that a key's current value lets through, as an application would see it. */
  async works(key: string): Promise<boolean> {
    const payload = await this.#payload(key);
    return payload !== undefined && (await this.#opens(payload.apiKey));
  }

  async liveKeys(): Promise<number> {
    const { data } = await this.#listAll();
    return data.filter(({ expires_at }) => expires_at == null || expires_at * 1_000 > this.time.now()).length;
  }

  async #rotationStep(event: unknown): Promise<{ failed: boolean }> {
    const { Step, SecretId, ClientRequestToken, RotationToken } = v.parse(rotationEventSchema, event);
    const key = this.#keyOfArn.get(SecretId) ?? "";
    const rotationToken = RotationToken === undefined ? {} : { rotationToken: RotationToken };
    try {
      await this.#run("rotation", ROTATION_QUEUE_TIMEOUT_MILLIS, (engine) =>
        rotateStep(engine, { key, runStep: Step, token: ClientRequestToken, ...rotationToken }),
      );
      return { failed: false };
    } catch (error) {
      this.figures.refused(error);
      return { failed: true };
    }
  }

  /** One invocation of the function; after its time it is killed. */
  async #run<T>(driver: string, queueTimeoutMillis: number, work: (engine: Engine) => Promise<T>): Promise<T> {
    this.figures.began(driver);
    let stop = () => {};
    const killed = new Promise<never>((_, reject) => {
      stop = this.time.after(LAMBDA_MILLIS, () => {
        this.figures.count("killed");
        reject(new Error("the function's time is over"));
      });
    });
    try {
      return await Promise.race([work(this.#engine(queueTimeoutMillis)), killed]);
    } finally {
      stop();
      this.figures.ended();
    }
  }

  #engine(queueTimeoutMillis: number): Engine {
    this.#runs += 1;
    const { time } = this;
    const telemetry = this.#telemetry;
    const endsAt = time.now() + LAMBDA_MILLIS - ANSWER_RESERVE_MILLIS;
    const abort = new AbortController();
    time.after(endsAt - time.now(), () => abort.abort(new Error("the run's time is over")));
    const deadline = { signal: abort.signal, remainingMillis: () => endsAt - time.now() };
    const rateLimiter = this.#settingUp
      ? { permit: async () => {}, throttled: async () => {} }
      : new LedgerRateLimiter(this.#table, PREFIX, time, this.#callsPerMinute, () =>
          Math.min(queueTimeoutMillis, deadline.remainingMillis() - CALL_RESERVE_MILLIS),
        );
    const adapter = openAi.connect({
      adminKey: async () => this.#simulator.adminKey,
      settings: { projectId: this.#simulator.projectId },
      rateLimiter,
      fetch: (input, init) => this.#fetch(String(input), init ?? {}),
      now: () => time.now(),
      sleep: (millis, signal) => time.sleep(millis, signal),
    });
    return {
      prefix: PREFIX,
      deployment: DEPLOYMENT,
      baseUrl: "https://api.openai.com/v1",
      vendor: retryingAdapter(adapter, { clock: time, deadline, telemetry }),
      ledger: new DynamoLedger(this.#table, PREFIX, time, `run-${this.#runs}`),
      secrets: this.#watched(new AwsSecretStore(this.#client)),
      kmsKeys: ENABLED_KMS_KEYS,
      telemetry,
      clock: time,
      deadline,
      effects: new Effects(
        () => ({ door: "terraform", requestId: `run-${this.#runs}` }),
        () => time.now(),
      ),
      plansAreObserved: true,
      newToken: () => this.#newToken(),
    };
  }

  #newToken(): string {
    this.#tokens += 1;
    return `token-${String(this.#tokens).padStart(32, "0")}`;
  }

  /** Whatever becomes AWSCURRENT must work, and what it replaces must have worked until then. */
  #watched(store: AwsSecretStore): SecretStore {
    return new Proxy(store, {
      get: (target, property) => {
        if (property !== "promote") {
          const member: unknown = Reflect.get(target, property, target);
          return typeof member === "function" ? member.bind(target) : member;
        }
        return async (name: string, versionId: string, from: string | undefined) => {
          const key = name.slice(PREFIX.length + 1);
          const before = await this.#payload(key);
          const outcome = await target.promote(name, versionId, from);
          const after = await this.#payload(key);
          if (outcome === "promoted" && after !== undefined && after.keyId !== before?.keyId) {
            this.figures.promoted(key, before, after, await this.#opens(after.apiKey));
          }
          return outcome;
        };
      },
    });
  }

  async #declare(engine: Engine, key: string, policy: KeyPolicy, rules: RotationRules | undefined): Promise<void> {
    const token = this.#newToken();
    const name = secretName(PREFIX, key);
    const ownerId = await engine.vendor.createOwner?.({ name: ownerName(DEPLOYMENT, key) });
    if (ownerId === undefined) throw new Error("the vendor has no owners");
    const { lifetime } = policy;
    const minted = await minting(engine.vendor).mint({
      ownerId,
      name: vendorKeyName(DEPLOYMENT, key, token),
      grant: grantOf(policy),
      expiresInSeconds: lifetime.expirySeconds,
    });
    const expiresAt = minted.expiresAt ?? 0;
    const iso = (seconds: number) => new Date(seconds * 1_000).toISOString();
    const payload: SecretPayload = {
      apiKey: minted.value,
      vendor: policy.vendor,
      keyId: minted.id,
      baseUrl: engine.baseUrl,
      issuedAt: iso(minted.createdAt),
      expiresAt: iso(expiresAt),
    };
    const created = await this.#call("CreateSecret", {
      Name: name,
      ClientRequestToken: token,
      SecretString: JSON.stringify(payload),
    });
    const { ARN } = v.parse(v.object({ ARN: v.string() }), created);
    this.#keyOfArn.set(ARN, key);
    await engine.ledger.put({
      ...newKeyRecord(key),
      policy,
      ownerId,
      current: { keyId: minted.id, versionId: token, issuedAt: minted.createdAt, expiresAt },
    });
    const held = { versionId: token, keyId: minted.id, issuedAt: minted.createdAt, expiresAt };
    for (const mark of [keyMark(held, policy), policyMark(policy), ownerMark(ownerId)]) {
      await engine.secrets.label(name, token, mark);
    }
    this.figures.issued(key, payload);
    if (rules === undefined) {
      this.lasting += 1;
      return;
    }
    await this.#call("RotateSecret", {
      ClientRequestToken: this.#newToken(),
      SecretId: name,
      RotationLambdaARN: FUNCTION_ARN,
      RotationRules: rules,
      RotateImmediately: false,
    });
  }

  async #call(operation: string, input: object): Promise<unknown> {
    const { status, body } = await this.#service.call(operation, input, { principal: "terraform" });
    if (status !== 200) throw new Error(`${operation}: ${JSON.stringify(body)}`);
    return JSON.parse(JSON.stringify(body));
  }

  async #payload(key: string): Promise<SecretPayload | undefined> {
    const answer = await this.#call("GetSecretValue", { SecretId: secretName(PREFIX, key) }).catch(() => undefined);
    const value = v.safeParse(v.object({ SecretString: v.string() }), answer);
    return value.success ? parseSecretPayload(value.output.SecretString) : undefined;
  }

  async #opens(apiKey: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${apiKey}` };
    const { status } = await this.#simulator.handle({ method: "GET", url: "/v1/models", headers, body: "" });
    return status === 200;
  }

  async #listAll() {
    const schema = v.object({
      data: v.array(v.object({ id: v.string(), expires_at: v.nullish(v.number()) })),
      has_more: v.boolean(),
      last_id: v.nullish(v.string()),
    });
    this.#simulator.configure({ throttlePerMinutePerEndpoint: null });
    const data: Array<{ id: string; expires_at?: number | null | undefined }> = [];
    for (let after = ""; ; ) {
      const { body } = await this.#simulator.handle({
        method: "GET",
        url: `/v1/organization/projects/${this.#simulator.projectId}/api_keys?limit=100&owner_project_access=any${after}`,
        headers: { authorization: `Bearer ${this.#simulator.adminKey}` },
        body: "",
      });
      const page = v.parse(schema, body);
      data.push(...page.data);
      if (!page.has_more) return { data };
      after = `&after=${page.last_id ?? ""}`;
    }
  }

  async #fetch(input: string, init: RequestInit): Promise<Response> {
    const url = new URL(input);
    const method = init.method ?? "GET";
    const headers: Record<string, string> = {};
    new Headers(init.headers).forEach((value, name) => {
      headers[name] = value;
    });
    const request = { method, url: url.pathname + url.search, headers, body: String(init.body ?? "") };
    if (!this.#settingUp) await this.time.sleep(20 + this.#random() * 700);
    const now = this.time.now();
    const isDown = now >= this.outage.from && now < this.outage.until;
    const { status, body } = isDown ? { status: 503, body: {} } : await this.#simulator.handle(request);
    if (!this.#settingUp) this.figures.called(`${method} ${url.pathname}`, status, body, request.body);
    if (!this.#settingUp) await this.time.sleep(20 + this.#random() * 700);
    return new Response(JSON.stringify(body), { status });
  }
}
