import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { startTerraform, type TerraformOptions, type TerraformResult } from "./terraform";
import { World } from "./world";

/** Several stacks of one app, each with its own state, as `cdktf deploy a b c` has them. */
export class Stacks {
  readonly #outdir = mkdtempSync(join(tmpdir(), "scoped-keys-e2e-"));
  /** In the order in which they were declared. */
  readonly names: readonly string[];

  /** @param declare makes the stacks, each with `stack`; in us-east-1 unless it names another region. */
  static async start(
    declare: (stack: (id: string, region?: string) => TerraformStack, world: World) => void,
    options: Parameters<typeof World.start>[0] = {},
  ): Promise<Stacks> {
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
    declare: (stack: (id: string, region?: string) => TerraformStack, world: World) => void,
  ) {
    const app = new App({ outdir: this.#outdir });
    const names: string[] = [];
    declare((id, region = "us-east-1") => {
      const stack = new TerraformStack(app, id);
      new LocalBackend(stack, { path: join(this.#outdir, `${id}.tfstate`) });
      new AwsProvider(stack, "aws", { region });
      names.push(id);
      return stack;
    }, world);
    app.synth();
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
    return startTerraform(this.world, join(this.#outdir, "stacks", stack), command, options).ended;
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
