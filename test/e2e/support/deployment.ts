import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import {
  AdminKey,
  Duration,
  Lifetime,
  OpenAiIssuer,
  type OpenAiIssuerProps,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
} from "../../../constructs";
import { parseSecretPayload, type SecretPayload } from "../../../src/model/secret-payload";
import {
  runTerraform,
  startTerraform,
  type TerraformOptions,
  type TerraformResult,
  type TerraformRun,
} from "./terraform";
import { type LiveKey, World } from "./world";

export const WEEKLY = Lifetime.rotating({
  every: Duration.days(7),
  overlap: Duration.hours(24),
  expiry: Duration.days(10),
});

/** In the scope of the keys that `Declaration` makes by default, and outside of it. */
export const IN_SCOPE = "/models";
export const OUT_OF_SCOPE = "/files";

/** What the stack declares. */
export interface Declaration {
  /**
   * Name of each key, with what differs from a weekly rotated key that may list models and ask
   * them.
   */
  readonly keys: Readonly<Record<string, Partial<Omit<ScopedKeyProps, "issuer">>>>;
  readonly issuer?: Partial<OpenAiIssuerProps>;
  /** Adds to the stack. */
  readonly more?: (stack: TerraformStack, issuer: OpenAiIssuer, keys: Readonly<Record<string, ScopedKey>>) => void;
}

export interface DeploymentOptions extends Declaration {
  /** Also the first segment of the names of secrets and functions. @default "ai-keys" */
  readonly stackId?: string;
  /** @default a world of its own, which ends with `close` */
  readonly world?: World;
}

/**
 * One stack, synthesised in this process from the constructs' sources and driven by the real
 * Terraform in the sandbox.
 */
export class Deployment {
  /** Where `cdktf synth` would write. */
  readonly outdir: string;
  /** Where Terraform runs: `<outdir>/stacks/<stack>`. */
  readonly folder: string;
  readonly stateFile: string;
  /** Of secrets, functions and vendor keys: `<stack>/openai`. */
  readonly prefix: string;
  readonly controllerName: string;
  readonly observerName: string;
  #declaration: Declaration;

  /** Starts a world if none is given, and synthesises; `init` and `apply` are the test's. */
  static async start(options: DeploymentOptions): Promise<Deployment> {
    const { world, stackId = "ai-keys", ...declaration } = options;
    const here = world ?? (await World.start());
    try {
      return new Deployment(here, world === undefined, stackId, declaration);
    } catch (error) {
      if (world === undefined) await here.stop();
      throw error;
    }
  }

  private constructor(
    readonly world: World,
    private readonly ownsWorld: boolean,
    readonly stackId: string,
    declaration: Declaration,
  ) {
    // Goes with the sandbox, also where the tests are killed.
    this.outdir = mkdtempSync(join(world.sandbox.guard.folder, "e2e-"));
    this.folder = join(this.outdir, "stacks", stackId);
    this.stateFile = join(this.outdir, "terraform.tfstate");
    this.#declaration = declaration;
    const { prefix, controllerName, observerName } = this.#synth();
    this.prefix = prefix;
    this.controllerName = controllerName;
    this.observerName = observerName;
  }

  /** Writes the stack anew with another declaration; what is not given stays. */
  resynth(change: Partial<Declaration>): void {
    this.#declaration = { ...this.#declaration, ...change };
    this.#synth();
  }

  /** Once, before anything else; again only where providers change. */
  init(): Promise<TerraformResult> {
    return this.#succeed(["init", "-input=false"]);
  }

  /** @returns exit code 0 (no changes) or 2 (changes). Throws on an error. */
  async plan(options?: TerraformOptions): Promise<TerraformResult> {
    const result = await this.tryPlan(options);
    if (result.exitCode !== 0 && result.exitCode !== 2) throw failed("plan", result);
    return result;
  }

  tryPlan(options?: TerraformOptions): Promise<TerraformResult> {
    return this.#run(["plan", "-input=false", "-detailed-exitcode"], options);
  }

  /** Throws with what Terraform printed where it fails; ends when what it started has ended too. */
  async apply(options?: TerraformOptions): Promise<TerraformResult> {
    const result = await this.#succeed(APPLY, options);
    await this.world.settled();
    return result;
  }

  tryApply(options?: TerraformOptions): Promise<TerraformResult> {
    return this.#run(APPLY, options);
  }

  /** @param file as given to `plan({ args: ["-out=<file>"] })` */
  applySavedPlan(file: string): Promise<TerraformResult> {
    return this.#succeed(["apply", "-input=false"], { args: [file] });
  }

  destroy(options?: TerraformOptions): Promise<TerraformResult> {
    return this.#succeed(DESTROY, options);
  }

  tryDestroy(options?: TerraformOptions): Promise<TerraformResult> {
    return this.#run(DESTROY, options);
  }

  /** Addresses in the state. */
  async stateList(): Promise<string[]> {
    const { raw } = await this.#succeed(["state", "list"]);
    return raw.split("\n").filter((line) => line !== "");
  }

  /** Any command, for tests that stop it half-way. `-no-color` is added. */
  terraform(command: readonly string[], options?: TerraformOptions): TerraformRun {
    return startTerraform(this.world, this.folder, command, options);
  }

  secretName(key: string): string {
    return `${this.prefix}/${key}`;
  }

  /** What readers of the key's secret get. */
  async currentValue(key: string): Promise<SecretPayload> {
    const command = new GetSecretValueCommand({ SecretId: this.secretName(key) });
    const payload = parseSecretPayload((await this.world.secrets.send(command)).SecretString ?? "");
    if (payload === undefined) throw new Error(`The secret of ${key} holds no payload.`);
    return payload;
  }

  /** Vendor keys that open anything now and bear the key's name, oldest first. */
  async liveKeysOf(key: string): Promise<LiveKey[]> {
    const live = await this.world.liveVendorKeys();
    return live.filter(({ name }) => name.startsWith(`${this.prefix}.`) && name.split("/").at(-2) === key);
  }

  /** Ends the world too if it is its own. */
  async close(): Promise<void> {
    if (this.ownsWorld) await this.world.stop();
    rmSync(this.outdir, { recursive: true, force: true, maxRetries: 5 });
  }

  #synth(): OpenAiIssuer {
    const { keys, issuer: issuerProps, more } = this.#declaration;
    const app = new App({ outdir: this.outdir });
    const stack = new TerraformStack(app, this.stackId);
    new LocalBackend(stack, { path: this.stateFile });
    new AwsProvider(stack, "aws", { region: "us-east-1" });
    const issuer = new OpenAiIssuer(stack, "openai", {
      adminKey: AdminKey.fromSecretName("ai/admin/openai"),
      projectId: this.world.projectId,
      // Nobody throttles here, so tests need not wait.
      adminCallsPerMinute: 600,
      ...issuerProps,
    });
    const declared: Record<string, ScopedKey> = {};
    for (const [id, props] of Object.entries(keys)) {
      declared[id] = new ScopedKey(stack, id, {
        issuer,
        owner: "search-team@example.com",
        purpose: "Summaries on the results page",
        scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ],
        lifetime: WEEKLY,
        ...props,
      });
    }
    more?.(stack, issuer, declared);
    app.synth();
    return issuer;
  }

  #run(command: readonly string[], options?: TerraformOptions): Promise<TerraformResult> {
    return runTerraform(this.world, this.folder, command, options);
  }

  async #succeed(command: readonly string[], options?: TerraformOptions): Promise<TerraformResult> {
    const result = await this.#run(command, options);
    if (result.exitCode !== 0) throw failed(command[0] ?? "", result);
    return result;
  }
}

const APPLY = ["apply", "-input=false", "-auto-approve"];
const DESTROY = ["destroy", "-input=false", "-auto-approve"];

function failed(command: string, { exitCode, raw }: TerraformResult): Error {
  return new Error(`terraform ${command} ended with ${exitCode}:\n${raw}`);
}
