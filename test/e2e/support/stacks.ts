import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { runTerraform, type TerraformOptions, type TerraformResult } from "./terraform";
import { World } from "./world";

const OTHER_APP = "other-app";

export interface StackOptions {
  /** Default: us-east-1 */
  readonly region?: string;
  /** Another team's app, which knows nothing of the first. */
  readonly ofOtherApp?: boolean;
}

type Declare = (stack: (id: string, options?: StackOptions) => TerraformStack, world: World) => void;

/** Several stacks, each with its own state, as `cdktf deploy a b c` has them. */
export class Stacks {
  readonly #outdir = mkdtempSync(join(tmpdir(), "scoped-keys-e2e-"));
  readonly #inOtherApp = new Set<string>();
  /** In the order in which they were declared. */
  readonly names: readonly string[];

  /** @param declare makes the stacks, each with `stack`. */
  static async start(declare: Declare, options: Parameters<typeof World.start>[0] = {}): Promise<Stacks> {
    const world = await World.start(options);
    try {
      return new Stacks(world, declare);
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  private constructor(
    readonly world: World,
    declare: Declare,
  ) {
    const [app, otherApp] = [new App({ outdir: this.#outdir }), new App({ outdir: join(this.#outdir, OTHER_APP) })];
    const names: string[] = [];
    declare((id, { region = "us-east-1", ofOtherApp = false } = {}) => {
      const stack = new TerraformStack(ofOtherApp ? otherApp : app, id);
      if (ofOtherApp) this.#inOtherApp.add(id);
      new LocalBackend(stack, { path: join(this.#outdir, `${id}.tfstate`) });
      new AwsProvider(stack, "aws", { region });
      names.push(id);
      return stack;
    }, world);
    app.synth();
    if (this.#inOtherApp.size > 0) otherApp.synth();
    this.names = names;
  }

  init(stack: string): Promise<TerraformResult> {
    return this.#succeed(stack, ["init", "-input=false"]);
  }

  /** Ends when what it started has ended too. */
  async apply(stack: string): Promise<TerraformResult> {
    const result = await this.#succeed(stack, ["apply", "-input=false", "-auto-approve"]);
    await this.world.settled();
    return result;
  }

  destroy(stack: string): Promise<TerraformResult> {
    return this.#succeed(stack, ["destroy", "-input=false", "-auto-approve"]);
  }

  /** Exit code 0: no changes; 2: changes. */
  plan(stack: string): Promise<TerraformResult> {
    return this.terraform(stack, ["plan", "-input=false", "-detailed-exitcode"]);
  }

  terraform(stack: string, command: readonly string[], options?: TerraformOptions): Promise<TerraformResult> {
    const app = this.#inOtherApp.has(stack) ? join(this.#outdir, OTHER_APP) : this.#outdir;
    return runTerraform(this.world, join(app, "stacks", stack), command, options);
  }

  async close(): Promise<void> {
    await this.world.stop();
    rmSync(this.#outdir, { recursive: true, force: true, maxRetries: 5 });
  }

  async #succeed(stack: string, command: readonly string[]): Promise<TerraformResult> {
    const result = await this.terraform(stack, command);
    if (result.exitCode !== 0)
      throw new Error(`terraform ${command[0]} of ${stack} ended with ${result.exitCode}:\n${result.raw}`);
    return result;
  }
}
