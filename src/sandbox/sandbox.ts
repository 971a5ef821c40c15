import { delimiter, dirname, join } from "node:path";
import * as v from "valibot";
import { ACCOUNT_ID, REGION } from "./aws/account";
import { RegionalRules } from "./aws/events/regional-rules";
import { NoSuchRule } from "./aws/events/scheduled-rules";
import { Front } from "./aws/front";
import { LambdaError } from "./aws/lambda/error";
import { LambdaService } from "./aws/lambda/service";
import { Moto, type MotoCommand } from "./aws/moto";
import { PROVIDERS_PATH, startControlServer } from "./control/server";
import { SignatureDoor } from "./doors/signature-door";
import { LoopbackServer } from "./http";
import { Callers } from "./journal/callers";
import { Journal, type JournalEntry } from "./journal/journal";
import { LambdaHost } from "./lambda/host";
import { type LogLine, LogStore } from "./lambda/log-store";
import { provideModules } from "./lambda/provided-modules";
import type { Request } from "./messages";
import { commandEnvironment, pathWith, sandboxEnvironment } from "./processes/environment";
import { RUN_VARIABLE } from "./processes/left-behind";
import { ProcessGuard } from "./processes/process-guard";
import { removeAbandonedRunFolders, runIdOf } from "./processes/run-folder";
import { installGuard } from "./terraform/guard";
import { KeptProviders } from "./terraform/kept-providers/kept-providers";
import { refuseUnguarded } from "./terraform/unguarded";
import { SimulatedClock } from "./time-and-faults/clock";
import { parseDurationMillis } from "./time-and-faults/duration";
import { type Fault, Faults } from "./time-and-faults/faults";
import { Timeline } from "./time-and-faults/timeline";
import type { Clock, VendorSimulator } from "./vendors/simulator";
import { answerOfVendor, startVendorServer } from "./vendors/vendor-server";

/** What the sandbox asks of Secrets Manager. */
export interface SecretsManager {
  call(
    operation: string,
    input: unknown,
    context: { readonly principal: string; readonly region: string },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Unix milliseconds of the next rotation. */
  nextDue(): number | undefined;
  runDue(): Promise<void>;
  idle(): Promise<void>;
  /** Every value that it holds. */
  values(): readonly string[];
}

/** What Secrets Manager gets from the sandbox. */
export interface SecretsManagerContext {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** One synchronous invocation of a rotation function. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<{ failed: boolean; message?: string }>;
  /** Whether the function's policy lets Secrets Manager in for a secret. */
  readonly mayInvoke: (functionArn: string, secretArn: string) => boolean;
  /** Whether Secrets Manager can use a KMS key, named by id, ARN or alias, in a region. */
  readonly isKmsKeyUsable: (keyId: string, region: string) => Promise<boolean>;
  /** Records a CloudTrail event (`RotationSucceeded`, …). */
  readonly record: (name: string, details: unknown) => void;
}

export interface SandboxTools {
  /** Path of the binary. */
  readonly terraform: string;
  readonly moto: MotoCommand;
  readonly terraformEnvironment: Readonly<Record<string, string>>;
}

export interface SandboxParts {
  readonly tools: SandboxTools;
  readonly createSimulators: (clock: Clock) => readonly VendorSimulator[];
  readonly createSecretsManager: (context: SecretsManagerContext) => SecretsManager;
  /** The environment that commands inherit, usually the process's own. */
  readonly inherited: NodeJS.ProcessEnv;
  /**
   * Further hosts -> `http://…` on loopback, where the functions find them. Before a simulator of
   * that host.
   */
  readonly routes: Readonly<Record<string, string>>;
  /** Lets commands run Terraform on states of this run alone. */
  readonly guardTerraform: boolean;
  /** Lets the AWS provider run on from one call of Terraform to the next. */
  readonly keepProvider: boolean;
  /** Told of what goes wrong outside of any request. */
  readonly onError: (error: unknown) => void;
}

/**
 * Environment of a process that must be led to the sandbox, and control over it. Everything ends
 * with `stop`.
 */
export interface Sandbox {
  /** `SANDBOX_URL` */
  readonly url: string;
  /** Whole environment for a command: what is inherited, without what leads to the real world. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of inherited variables that it lacks since their values look like keys of vendors. */
  readonly withheld: readonly string[];
  /** Only what the sandbox adds, but for `PATH`. */
  readonly exports: Readonly<Record<string, string>>;
  /** What the sandbox puts before the folders of `PATH`. */
  readonly pathFolders: readonly string[];
  readonly guard: ProcessGuard;
  readonly providers: KeptProviders;
  /** Simulated time. */
  now(): Date;
  /** Lets time pass, e.g. `P10D`. @returns the time when all that was due has ended. */
  advance(duration: string): Promise<Date>;
  inject(...faults: Fault[]): void;
  journal(filter?: { since?: number; kind?: string }): JournalEntry[];
  logs(functionName?: string): readonly LogLine[];
  stop(): Promise<void>;
}

/** Builds the sandbox from its parts and starts it. */
export async function startSandboxFrom(parts: SandboxParts): Promise<Sandbox> {
  const guard = new ProcessGuard();
  const closers: Array<() => Promise<void> | void> = [() => guard.stop()];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await start(parts, guard, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  parts: SandboxParts,
  guard: ProcessGuard,
  closers: Array<() => Promise<void> | void>,
  stop: () => Promise<void>,
): Promise<Sandbox> {
  const { tools, inherited } = parts;
  await removeAbandonedRunFolders();
  const clock = new SimulatedClock();
  const callers = new Callers();
  const faults = new Faults();
  const logs = new LogStore(clock);
  const simulators = parts.createSimulators(clock);
  const path = pathWith(dirname(tools.terraform), inherited["PATH"]);
  const journal = new Journal(clock, () => [
    ...secretsManager.values(),
    ...callers.secrets(),
    ...simulators.flatMap((simulator) => simulator.secrets()),
  ]);
  const serve = async (server: Promise<LoopbackServer>) => {
    const started = await server;
    closers.push(() => started.close());
    return started;
  };

  const motoStarting = Moto.start(tools.moto, guard, commandEnvironment(inherited, { PATH: path }).environment);
  // Failing is looked at where it is awaited; until then it must not end the process.
  motoStarting.catch(() => undefined);

  const vendors = await Promise.all(
    simulators.map(async (simulator) => ({
      simulator,
      url: (await serve(startVendorServer(simulator, { clock, callers, faults, journal }))).url,
    })),
  );

  // The front and those behind it need each other, so it finds them when it is first called.
  const front = new Front({
    callers,
    faults,
    journal,
    secretsManager: () => ({
      call: async (operation, input, context) => {
        await holdAdminKeys(context.region);
        return secretsManager.call(operation, input, context);
      },
    }),
    lambda: () => lambda,
    moto: () => moto,
    vendors: simulators.flatMap(({ aws }) => (aws === undefined ? [] : [aws])),
    onEventsCall: (operation, body, region) => rules.noteCall(operation, body, region),
  });
  const takesBearer = (path: string, value: string) =>
    simulators.some(({ aws }) => aws?.bearer?.path.test(path) === true && aws.bearer.opens(value));
  const frontServer = await serve(
    LoopbackServer.start(clock, new SignatureDoor(callers, takesBearer), async (request) => {
      const keyed = bearerPart(simulators, request);
      if (keyed !== undefined) return answerOfVendor(keyed, { clock, callers, faults, journal }, request);
      const refusal = parts.guardTerraform ? refuseUnguarded(callers, request) : undefined;
      return refusal ?? front.handle(request);
    }),
  );
  const routes = {
    ...Object.fromEntries(
      vendors.flatMap(({ simulator: { hosts, aws }, url }) => [
        ...hosts.map((name) => [name, url] as const),
        ...(aws?.hosts ?? []).map((name) => [name, frontServer.url] as const),
      ]),
    ),
    ...parts.routes,
  };
  const host = await LambdaHost.start({
    clock,
    guard,
    callers,
    logs,
    endpointUrl: frontServer.url,
    path,
    reroutes: routes,
  });
  closers.push(() => host.stop());
  const codeFolder = join(guard.folder, "code");
  provideModules(codeFolder);
  const lambda = new LambdaService({ clock, host, journal, folder: codeFolder });
  const secretsManager = parts.createSecretsManager({
    clock,
    accountId: ACCOUNT_ID,
    region: REGION,
    invoke: (functionArn, event) => invokeForRotation(lambda, functionArn, event),
    isKmsKeyUsable: (keyId, inRegion) => isKmsKeyUsable(moto, keyId, inRegion),
    mayInvoke: (functionArn, secretArn) =>
      lambda.mayInvoke(functionArn, { principal: "secretsmanager.amazonaws.com", sourceArn: secretArn }),
    record: (name, details) =>
      journal.record({
        kind: "secretsmanager",
        service: "secretsmanager",
        operation: name,
        caller: "secretsmanager",
        request: details,
      }),
  });
  const moto = await motoStarting;

  const rules = new RegionalRules((region) => ({
    clock,
    region,
    call: (operation, input) => callEvents(moto, region, operation, input),
    fire: async ({ rule, ruleArn, targetArn, event }) => {
      const outcome = await fireRule(lambda, ruleArn, targetArn, event);
      journal.record({
        kind: "schedule",
        service: "events",
        operation: rule,
        caller: "events",
        outcome,
        request: { target: targetArn },
      });
    },
  }));
  const timeline = new Timeline(
    clock,
    [
      {
        name: "Secrets Manager",
        nextDue: () => secretsManager.nextDue(),
        runDue: () => secretsManager.runDue(),
        idle: () => secretsManager.idle(),
      },
      rules,
      lambda.queue,
    ],
    parts.onError,
  );
  const advance = async (millis: number) => {
    const from = new Date(clock.now()).toISOString();
    await timeline.advance(millis);
    const request = { from, to: new Date(clock.now()).toISOString() };
    journal.record({ kind: "clock", service: "sandbox", operation: "advance", caller: "sandbox", request });
  };

  // In each region, before anything there is asked of Secrets Manager; where a replica has the name
  // already, it keeps it.
  const withAdminKeys = new Set<string>();
  const holdAdminKeys = async (region: string) => {
    if (withAdminKeys.has(region)) return;
    withAdminKeys.add(region);
    for (const simulator of simulators.filter(({ aws }) => aws === undefined)) {
      const name = `ai/admin/${simulator.id}`;
      const input = { Name: name, SecretString: simulator.adminKey, ClientRequestToken: crypto.randomUUID() };
      const stored = await secretsManager.call("CreateSecret", input, { principal: "sandbox", region });
      const there = await secretsManager.call("DescribeSecret", { SecretId: name }, { principal: "sandbox", region });
      if (stored.status !== 200 && there.status !== 200) {
        throw new Error(`The admin key of ${simulator.id} could not be stored.`);
      }
    }
  };
  await holdAdminKeys(REGION);
  const providers = new KeptProviders(guard);
  const control = await serve(
    startControlServer({
      clock,
      journal,
      faults,
      logs,
      simulators,
      advance,
      providers,
      health: () => ({ moto: moto.running, lambdaProcesses: host.processCount }),
    }),
  );
  timeline.start();
  closers.push(() => timeline.stop());

  const guarded = parts.guardTerraform
    ? installGuard({
        folder: guard.folder,
        terraform: tools.terraform,
        path,
        key: callers.terraformKey,
        providersUrl: parts.keepProvider ? control.url + PROVIDERS_PATH : undefined,
      })
    : undefined;
  const guardFolders = guarded === undefined ? [] : [guarded.folder];
  const exports = {
    ...sandboxEnvironment({
      awsUrl: frontServer.url,
      controlUrl: control.url,
      accessKey: callers.commandKey,
      vendors,
      routes,
    }),
    ...tools.terraformEnvironment,
    ...(guarded === undefined ? {} : { TERRAFORM_BINARY_NAME: guarded.terraform }),
  };
  const command = commandEnvironment(inherited, {
    ...exports,
    PATH: [...guardFolders, path].join(delimiter),
    [RUN_VARIABLE]: runIdOf(guard.folder),
  });
  return {
    url: control.url,
    exports,
    pathFolders: [...guardFolders, dirname(tools.terraform)],
    ...command,
    guard,
    providers,
    now: () => new Date(clock.now()),
    advance: async (duration) => {
      await advance(parseDurationMillis(duration));
      return new Date(clock.now());
    },
    inject: (...given) => faults.add(given),
    journal: (filter) => journal.read(filter),
    logs: (functionName) => logs.read(functionName),
    stop,
  };
}

/** The vendor whose calls are opened by a value of its own, where this is one. */
function bearerPart(simulators: readonly VendorSimulator[], { path, headers }: Request): VendorSimulator | undefined {
  if (!/^Bearer /i.test(headers.authorization ?? "")) return undefined;
  return simulators.find(({ aws }) => aws?.bearer?.path.test(path) === true);
}

const errorPayloadSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

async function invokeForRotation(
  lambda: LambdaService,
  functionArn: string,
  event: unknown,
): Promise<{ failed: boolean; message?: string }> {
  try {
    const { outcome, payload } = await lambda.invoke(functionArn, event, "secretsmanager");
    if (outcome === "success") return { failed: false };
    const error = v.safeParse(errorPayloadSchema, payload);
    return { failed: true, message: error.success ? error.output.errorMessage : outcome };
  } catch (error) {
    if (error instanceof LambdaError) return { failed: true, message: error.message };
    throw error;
  }
}

/**
 * Delivers a rule's event as EventBridge does: to functions that let it in. Other kinds of targets
 * get nothing here.
 */
async function fireRule(lambda: LambdaService, ruleArn: string, targetArn: string, event: string): Promise<string> {
  if (!targetArn.includes(":lambda:")) return "not delivered: the sandbox delivers to Lambda functions only";
  if (!lambda.mayInvoke(targetArn, { principal: "events.amazonaws.com", sourceArn: ruleArn })) {
    return "not delivered: the function's policy does not let events.amazonaws.com in for this rule";
  }
  // Taken, not done: what fails is tried again later in simulated time, and an advance waits for
  // that.
  const accepted = lambda.invokeAsync(targetArn, event, "events").then(
    () => undefined,
    (error: unknown) => error,
  );
  await Promise.race([accepted, lambda.queue.idle()]);
  return "delivered";
}

async function callEvents(moto: Moto, region: string, operation: string, input: object): Promise<unknown> {
  const { status, text } = await callMoto(moto, { service: "events", region, target: `AWSEvents.${operation}` }, input);
  if (status === 400 && text.includes('"ResourceNotFoundException"'))
    throw new NoSuchRule(`moto has no such rule: ${text.slice(0, 200)}`);
  if (status !== 200) throw new Error(`moto answered ${operation} with ${status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

/** As KMS has it: Secrets Manager uses no key that is not there, disabled or to be deleted. */
async function isKmsKeyUsable(moto: Moto, KeyId: string, region: string): Promise<boolean> {
  const { status, text } = await callMoto(
    moto,
    { service: "kms", region, target: "TrentService.DescribeKey" },
    { KeyId },
  );
  return status === 200 && JSON.parse(text).KeyMetadata?.KeyState === "Enabled";
}

async function callMoto(
  moto: Moto,
  { service, region, target }: { service: string; region: string; target: string },
  input: object,
): Promise<{ status: number; text: string }> {
  const { status, body } = await moto.forward({
    method: "POST",
    url: "/",
    headers: {
      host: `${service}.${region}.amazonaws.com`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIASANDBOX/20200101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: Buffer.from(JSON.stringify(input)),
  });
  return { status, text: String(body ?? "") };
}
