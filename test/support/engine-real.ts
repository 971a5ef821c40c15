import { randomUUID } from "node:crypto";
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { destroy } from "../../src/engine/commands/destroy";
import { observe } from "../../src/engine/commands/observe/observe";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import type { SweepResult } from "../../src/engine/commands/sweep/sweep-run";
import { Effects } from "../../src/engine/history/effects";
import { retryingAdapter } from "../../src/engine/middleware/retrying";
import type { Engine } from "../../src/engine/ports";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { defined } from "../../src/model/defined";
import { type ObservedKey, type ReconcileResult, rotationEventSchema } from "../../src/model/events";
import { type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import type { KeyRecord } from "../../src/model/key-record";
import { parseSecretPayload, type SecretPayload } from "../../src/model/secret-payload";
import type { SecretsManagerService, SecretsManagerSettings } from "../../src/sandbox/aws/secrets-manager/service";
import { AwsSecretStore } from "../../src/secrets/aws-secret-store";
import { openAi } from "../../src/vendors/openai/adapter";
import { createOpenAiSimulator, type OpenAiSimulator } from "../../src/vendors/openai/simulator/simulator";
import { DEPLOYMENT, PREFIX, policyOf, RecordingTelemetry } from "./engine";
import { MemoryTable } from "./engine-memory-table";
import { FUNCTION_ARN, REGION, type SecretsManagerHarness, startSecretsManager } from "./secrets-manager";

export const KEY = "summariser";
export const SECRET = `${PREFIX}/${KEY}`;

const RUN_MILLIS = 600_000;
const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;

export type FaultKind =
  /** The process is killed before, or after, the effect. Nothing of it has an effect any more. */
  | "crash_before"
  | "crash_after"
  /** The effect happens, its answer does not arrive. */
  | "lost_reply"
  /** The effect does not happen, and the run is told so. */
  | "unavailable";

export interface Fault {
  /**
   * The n-th effect since the fault was planned, counted from 0, or the first of such a name. Hits
   * once.
   */
  readonly at: number | RegExp;
  readonly kind: FaultKind;
}

/** Effects that change nothing outside. */
export const READ = /^GET |^table\.(get|query)\b|^secret\.(describe|value)$/;
/** Effects that every run has alike, and that say nothing of the key's state. */
export const BESIDE = /^table\.(put|delete) (lease|history)$/;

class Killed extends Error {
  override readonly name = "Killed";
}

/** Runs here pass no real time, and what is killed goes on as a timer only. */
const NEVER_MILLIS = 2 ** 31 - 1;

const listSchema = v.object({ data: v.array(v.looseObject({ id: v.string() })) });
const keySchema = v.looseObject({ id: v.string(), name: v.string(), expires_at: v.nullish(v.number()) });
const valueSchema = v.object({ SecretString: v.string() });
const describedSchema = v.object({ VersionIdsToStages: v.optional(v.record(v.string(), v.array(v.string()))) });

/**
 * One key's world out of real parts: the OpenAI adapter on the simulator, AWS's client on the
 * sandbox's Secrets Manager, which drives the rotation, and the ledger on a table in memory. Every
 * call of the outside is an effect, and can go wrong.
 */
export class RealHarness {
  readonly table = new MemoryTable();
  readonly telemetry = new RecordingTelemetry();
  readonly simulator: OpenAiSimulator;
  /** Effects since the last plan, by name. */
  readonly trace: string[] = [];
  /** Errors that drivers were told. */
  readonly failures: Error[] = [];
  /**
   * Checked after every effect: the key in use works, and a superseded one works for the overlap.
   */
  guarded = true;
  /** Status that the vendor answers in place of its own. */
  answer: (name: string) => number | undefined = () => undefined;
  /** What Terraform has in its state. */
  state: { readonly policy: KeyPolicy; readonly repair: string } | undefined;
  #fault: Fault | undefined;
  /** Whom the orders from here on say to be from. */
  claimedBy: string | undefined;
  #runs = 0;
  #tokens = 0;
  #promoted: { readonly payload: SecretPayload; readonly overlapSeconds: number } | undefined;
  readonly #protected = new Map<string, { readonly value: string; readonly until: number }>();
  #violation: Error | undefined;

  readonly client: SecretsManagerClient;

  private constructor(readonly aws: SecretsManagerHarness) {
    this.client = new DirectClient(aws.service);
    this.simulator = createOpenAiSimulator({ clock: aws.clock, seed: "engine" });
    aws.rotationFunction = async (event) => {
      const { Step, ClientRequestToken, RotationToken } = v.parse(rotationEventSchema, event);
      const rotationToken = RotationToken === undefined ? {} : { rotationToken: RotationToken };
      await this.run((engine) =>
        rotateStep(engine, { key: KEY, runStep: Step, token: ClientRequestToken, ...rotationToken }),
      );
    };
  }

  static async start(settings: Partial<SecretsManagerSettings> = {}): Promise<RealHarness> {
    const aws = await startSecretsManager(settings);
    // Its service is called directly: nothing here goes through a socket.
    await aws.close();
    return new RealHarness(aws);
  }

  get seconds(): number {
    return Math.floor(this.aws.clock.millis / 1_000);
  }

  plan(fault: Fault | undefined): void {
    this.#fault = fault;
    this.trace.length = 0;
  }

  /** Throws what was found broken after an effect. */
  raise(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }

  // One invocation of a function

  /** `change` replaces parts of this run's engine. */
  async run<T>(work: (engine: Engine) => Promise<T>, change: Partial<Engine> = {}): Promise<T> {
    try {
      return await work({ ...this.engine(), ...change });
    } catch (error) {
      const shown = error instanceof Error ? error : new Error(String(error));
      this.failures.push(shown);
      throw shown;
    }
  }

  engine(): Engine {
    this.#runs += 1;
    const run = { alive: true };
    const effect = <T>(name: string, happen: () => Promise<T>, lost: () => Error) =>
      this.#effect(run, name, happen, lost);
    const endsAt = this.aws.clock.millis + RUN_MILLIS;
    const clock = {
      now: () => this.aws.clock.millis,
      sleep: async (millis: number) => {
        if (!run.alive) throw new Killed();
        this.aws.clock.millis += millis;
      },
    };
    const deadline = {
      signal: new AbortController().signal,
      remainingMillis: () => endsAt - this.aws.clock.millis,
    };
    const adapter = openAi.connect({
      adminKey: async () => this.simulator.adminKey,
      settings: { projectId: this.simulator.projectId },
      rateLimiter: { permit: async () => {}, throttled: async () => {} },
      fetch: (input, init) => this.#fetch(effect, String(input), init ?? {}),
      now: () => clock.now(),
      sleep: async () => {},
    });
    const awsLost = () => new Error("no answer");
    const { telemetry } = this;
    return {
      prefix: PREFIX,
      deployment: DEPLOYMENT,
      baseUrl: "https://api.openai.com/v1",
      vendor: retryingAdapter(adapter, { clock, deadline, telemetry }),
      ledger: new DynamoLedger(
        wrapped("table", this.table, (name, happen) => effect(name, happen, awsLost)),
        PREFIX,
        clock,
        `run-${this.#runs}`,
        NEVER_MILLIS,
      ),
      secrets: wrapped("secret", new AwsSecretStore(this.client), (name, happen) => effect(name, happen, awsLost)),
      kmsKeys: {
        describe: async (arn, region = REGION) => {
          const state = this.aws.unusableKmsKeys.has(`${region} ${arn}`) ? "Disabled" : "Enabled";
          return { arn, state };
        },
      },
      telemetry,
      clock,
      deadline,
      effects: new Effects(
        () => ({
          door: "terraform",
          requestId: `run-${this.#runs}`,
          ...defined({ claimedBy: this.claimedBy }),
        }),
        () => clock.now(),
      ),
      plansAreObserved: false,
      newToken: () => {
        this.#tokens += 1;
        return `token-${String(this.#tokens).padStart(32, "0")}`;
      },
    };
  }

  // Drivers: Terraform, Secrets Manager, the schedule

  reconcile(
    policy: KeyPolicy = policyOf(),
    repair = "none",
    action: "create" | "update" = "create",
  ): Promise<ReconcileResult> {
    return this.run((engine) =>
      reconcile(engine, { key: KEY, secret: SECRET, policy, repair, tf: { action, prev_input: null } }),
    );
  }

  async observe(policy: KeyPolicy = policyOf()): Promise<ObservedKey | undefined> {
    return (await this.run((engine) => observe(engine, { action: "observe", keys: { [KEY]: policyDigest(policy) } })))[
      KEY
    ];
  }

  /**
   * Terraform as it is: what was created is remembered on success only, a failed update is taken
   * for done. False: it failed.
   */
  async apply(policy: KeyPolicy = policyOf()): Promise<boolean> {
    const observed = await this.observe(policy);
    await this.createSecret();
    const input = { policy, repair: observed?.repair ?? "none" };
    if (JSON.stringify(input) !== JSON.stringify(this.state)) {
      const creating = this.state === undefined;
      if (!creating) this.state = input;
      try {
        await this.reconcile(policy, input.repair, creating ? "create" : "update");
      } catch {
        return false;
      }
      this.state = input;
    }
    await this.attachRotation(policy);
    return true;
  }

  async planIsEmpty(policy: KeyPolicy = policyOf()): Promise<boolean> {
    const repair = (await this.observe(policy))?.repair ?? "none";
    return JSON.stringify({ policy, repair }) === JSON.stringify(this.state);
  }

  /**
   * Applies until a plan is empty, a quarter of an hour apart; so long a killed run's lease may
   * last.
   */
  async applyUntilCalm(policy: KeyPolicy = policyOf()): Promise<void> {
    for (let applies = 0; applies < 4; applies += 1) {
      await this.pass(15 * MINUTE_MILLIS);
      if ((await this.apply(policy)) && (await this.planIsEmpty(policy))) return;
    }
    throw new Error(`four applies, and the plan is not empty: ${JSON.stringify(await this.observe(policy))}`);
  }

  retire(): Promise<ReconcileResult> {
    return this.run((engine) =>
      destroy(engine, { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } }),
    );
  }

  /** `terraform destroy`: cancel the rotation, revoke, delete the secret. False: it failed. */
  async destroy(): Promise<boolean> {
    this.guarded = false;
    await this.client.send(new CancelRotateSecretCommand({ SecretId: SECRET })).catch(() => undefined);
    try {
      await this.retire();
    } catch {
      return false;
    }
    this.state = undefined;
    await this.client.send(new DeleteSecretCommand({ SecretId: SECRET, ForceDeleteWithoutRecovery: true }));
    return true;
  }

  /** Orders a rotation, and resolves when its first attempt has ended. */
  async rotate(): Promise<void> {
    await this.client.send(new RotateSecretCommand({ SecretId: SECRET, RotateImmediately: true }));
    await this.aws.service.idle();
  }

  sweep(): Promise<SweepResult> {
    return this.run((engine) => sweep(engine));
  }

  /** Time passes, and retries of rotations with it. */
  async pass(millis: number): Promise<void> {
    await this.aws.advanceTo(this.aws.clock.millis + millis);
  }

  /** Time passes, with a sweep every hour. */
  async passWithSweeps(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour += 1) {
      await this.pass(HOUR_MILLIS);
      await this.sweep();
    }
  }

  async createSecret(input: Partial<CreateSecretCommandInput> = {}): Promise<void> {
    await this.client.send(new CreateSecretCommand({ Name: SECRET, ...input })).catch(() => undefined);
  }

  async attachRotation(policy: KeyPolicy = policyOf()): Promise<void> {
    const { rotateEverySeconds } = policy.lifetime;
    if (rotateEverySeconds === undefined) return;
    await this.client.send(
      new RotateSecretCommand({
        SecretId: SECRET,
        RotationLambdaARN: FUNCTION_ARN,
        RotationRules: { AutomaticallyAfterDays: rotateEverySeconds / 86_400 },
        RotateImmediately: false,
      }),
    );
    await this.aws.service.idle();
  }

  /** Somebody breaks the key by hand: it need not work until it is healed. */
  async breaking(work: () => Promise<unknown>): Promise<void> {
    this.guarded = false;
    this.#promoted = undefined;
    this.#protected.clear();
    await work();
  }

  // What there is

  get record(): KeyRecord | undefined {
    const item = this.table.items.get(`${PREFIX}\nkey#${KEY}`);
    return item === undefined ? undefined : JSON.parse(item.body);
  }

  async payload(stage = "AWSCURRENT"): Promise<SecretPayload | undefined> {
    const answer = await this.aws.service.call(
      "GetSecretValue",
      { SecretId: SECRET, VersionStage: stage },
      { principal: "test" },
    );
    const parsed = v.safeParse(valueSchema, answer.body);
    return parsed.success ? parseSecretPayload(parsed.output.SecretString) : undefined;
  }

  async labels(): Promise<Record<string, string[]>> {
    const answer = await this.aws.service.call("DescribeSecret", { SecretId: SECRET }, { principal: "test" });
    return v.parse(describedSchema, answer.body).VersionIdsToStages ?? {};
  }

  /** Names of vendor keys that open anything, by id. */
  async live(): Promise<Map<string, string>> {
    const listed = await this.admin("GET", "api_keys?owner_project_access=any&limit=100");
    const keys = v.parse(listSchema, listed).data.map((key) => v.parse(keySchema, key));
    return new Map(keys.filter((k) => (k.expires_at ?? Infinity) > this.seconds).map((k) => [k.id, k.name]));
  }

  async accounts(): Promise<string[]> {
    return v.parse(listSchema, await this.admin("GET", "service_accounts?limit=100")).data.map((a) => a.id);
  }

  /** A call of somebody else with the admin key, inside the project. */
  async admin(method: string, path: string, body?: object): Promise<unknown> {
    const url = `/v1/organization/projects/${this.simulator.projectId}/${path}`;
    const headers = { authorization: `Bearer ${this.simulator.adminKey}`, "content-type": "application/json" };
    const answer = await this.simulator.handle({
      method,
      url,
      headers,
      body: body === undefined ? "" : JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Status of a data call with that value. */
  async opens(value: string, path = "/v1/models"): Promise<number> {
    const headers = { authorization: `Bearer ${value}` };
    return (await this.simulator.handle({ method: "GET", url: path, headers, body: "" })).status;
  }

  async works(value: string): Promise<boolean> {
    const message = JSON.stringify(
      (
        await this.simulator.handle({
          method: "GET",
          url: "/v1/models",
          headers: { authorization: `Bearer ${value}` },
          body: "",
        })
      ).body,
    );
    return !message.includes("Incorrect API key");
  }

  // Effects

  async #effect<T>(run: { alive: boolean }, name: string, happen: () => Promise<T>, lost: () => Error): Promise<T> {
    if (!run.alive) throw new Killed();
    const kind = this.#strike(name);
    this.trace.push(kind === undefined ? name : `${name} !${kind}`);
    if (kind === "crash_before") {
      run.alive = false;
      throw new Killed();
    }
    if (kind === "unavailable") throw lost();
    const result = await happen();
    if (!READ.test(name)) await this.#check(name);
    if (kind === "crash_after") {
      run.alive = false;
      throw new Killed();
    }
    if (kind === "lost_reply") throw lost();
    return result;
  }

  #strike(name: string): FaultKind | undefined {
    const fault = this.#fault;
    if (fault === undefined) return undefined;
    const hit = typeof fault.at === "number" ? fault.at === this.trace.length : fault.at.test(name);
    if (!hit) return undefined;
    this.#fault = undefined;
    return fault.kind;
  }

  async #fetch(
    effect: <T>(name: string, happen: () => Promise<T>, lost: () => Error) => Promise<T>,
    input: string,
    init: RequestInit,
  ): Promise<Response> {
    const url = new URL(input);
    const method = init.method ?? "GET";
    const headers: Record<string, string> = {};
    new Headers(init.headers).forEach((value, name) => {
      headers[name] = value;
    });
    const path = url.pathname.replace(/(proj|svc_acct|user|key)[-_][A-Za-z0-9]+/g, "$1");
    const happen = async () => {
      const forced = this.answer(`${method} ${path}`);
      if (forced !== undefined) return new Response("{}", { status: forced });
      const request = { method, url: url.pathname + url.search, headers, body: String(init.body ?? "") };
      const { status, body, headers: answered } = await this.simulator.handle(request);
      return new Response(JSON.stringify(body), { status, headers: { ...answered } });
    };
    return effect(`${method} ${path}`, happen, () => new TypeError("fetch failed"));
  }

  async #check(after: string): Promise<void> {
    try {
      this.#leaks(`the ledger after ${after}`, JSON.stringify([...this.table.items.values()]));
      if (!this.guarded) return;
      const payload = await this.payload();
      if (payload === undefined) return;
      if (payload.apiKey !== this.#promoted?.payload.apiKey) {
        const { payload: previous, overlapSeconds } = this.#promoted ?? {};
        if (previous !== undefined) {
          this.#protected.set(previous.keyId, {
            value: previous.apiKey,
            until: this.seconds + (overlapSeconds ?? 0),
          });
        }
      }
      const overlapSeconds = this.record?.policy?.lifetime.overlapSeconds ?? 0;
      this.#promoted = { payload, overlapSeconds };
      if (!(await this.works(payload.apiKey))) throw new Error(`the key in use does not work after ${after}`);
      for (const [keyId, { value, until }] of this.#protected) {
        if (this.seconds < until && !(await this.works(value))) {
          throw new Error(
            `vendor key ${keyId} does not work ${until - this.seconds} seconds before its overlap ends, after ${after}`,
          );
        }
      }
    } catch (error) {
      this.#violation ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  #leaks(where: string, text: string): void {
    for (const value of this.simulator.secrets()) {
      if (text.includes(value)) throw new Error(`${where} holds the value of a key`);
    }
  }
}

/**
 * AWS's client, its way through signatures and sockets cut short: a thousand lives of a key take
 * their time. What goes over HTTP is tested with the secret store.
 */
export class DirectClient extends SecretsManagerClient {
  constructor(private readonly service: SecretsManagerService) {
    super({ region: REGION });
  }

  override async send(command: object): Promise<never> {
    const operation = command.constructor.name.replace(/Command$/, "");
    const given = "input" in command ? command.input : {};
    const answer = await this.service.call(
      operation,
      // As AWS's client does, where none is given.
      { ClientRequestToken: randomUUID(), ...(given as object) },
      { principal: "run" },
    );
    // As the wire would, nothing is shared.
    const body = JSON.parse(JSON.stringify(answer.body));
    if (typeof body.DeletedDate === "number") body.DeletedDate = new Date(body.DeletedDate * 1_000);
    if (answer.status === 200) return body as never;
    const Exception = EXCEPTIONS.find((e) => e.name === body.__type);
    // As AWS's client does with what it has no class for.
    if (Exception === undefined)
      throw Object.assign(new Error(`${operation}: ${body.__type}`), { name: String(body.__type) });
    throw new Exception({ message: body.Message, $metadata: {} });
  }
}

const EXCEPTIONS = [
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
];

/** Which item of the table, where it is none of the key's own. */
function besides([first, second]: readonly unknown[]): string {
  const sk = typeof first === "object" && first !== null && "sk" in first ? first.sk : second;
  const [, kind] = /^(lease|history)#/.exec(String(sk)) ?? [];
  return kind === undefined ? "" : ` ${kind}`;
}

function wrapped<T extends object>(
  label: string,
  port: T,
  around: (name: string, happen: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(port, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) =>
        around(`${label}.${String(property)}${besides(args)}`, async () => Reflect.apply(member, target, args));
    },
  });
}
