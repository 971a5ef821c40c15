import { randomUUID } from "node:crypto";
import type { FunctionSpec } from "../../lambda/invocation";
import { ACCOUNT_ID } from "../account";
import { Aliases } from "./alias";
import type { FunctionCode } from "./code";
import { invalidParameter, LambdaError } from "./error";
import { FunctionPolicy } from "./policy";
import type { ConfigurationInput, EventInvokeConfig } from "./schemas";

export const LATEST = "$LATEST";
/** AWS: sum of all names and values. */
const MAX_ENVIRONMENT_BYTES = 4_096;
const RESERVED =
  /^(AWS_(?!LAMBDA_EXEC_WRAPPER$|LAMBDA_NODEJS_)|LAMBDA_TASK_ROOT$|LAMBDA_RUNTIME_DIR$|_HANDLER$|_X_AMZN_TRACE_ID$)/;

export interface Configuration {
  readonly input: ConfigurationInput;
  readonly code: FunctionCode;
  readonly architectures: readonly string[];
  readonly version: string;
  readonly lastModified: string;
  readonly revisionId: string;
}

/**
 * One function: what `$LATEST` is, the versions published of it, and all that hangs on its name.
 */
export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly aliases: Aliases;
  readonly tags = new Map<string, string>();
  readonly versions: Configuration[] = [];
  /** Of the unqualified name (undefined), of each version and of each alias. */
  readonly #policies = new Map<string | undefined, FunctionPolicy>();
  latest: Configuration;
  reservedConcurrency: number | undefined;
  eventInvokeConfig: (EventInvokeConfig & { readonly lastModifiedSeconds: number }) | undefined;
  updateRuntimeOn = "Auto";
  recursiveLoop = "Terminate";
  /** Invocations that are running. */
  running = 0;

  constructor(
    readonly region: string,
    name: string,
    input: ConfigurationInput,
    code: FunctionCode,
    architectures: readonly string[],
    nowMillis: number,
  ) {
    this.name = name;
    this.arn = functionArn(region, name);
    this.aliases = new Aliases(this.arn);
    check(input);
    this.latest = {
      input,
      code,
      architectures,
      version: LATEST,
      lastModified: timestamp(nowMillis),
      revisionId: randomUUID(),
    };
  }

  /** Sets what is given and keeps the rest. */
  update(
    change: { input?: ConfigurationInput; code?: FunctionCode; architectures?: readonly string[] },
    nowMillis: number,
  ): void {
    const input = { ...this.latest.input, ...change.input };
    check(input);
    this.latest = {
      input,
      code: change.code ?? this.latest.code,
      architectures: change.architectures ?? this.latest.architectures,
      version: LATEST,
      lastModified: timestamp(nowMillis),
      revisionId: randomUUID(),
    };
  }

  /** A version is the frozen `$LATEST`; publishing without a change gives the last one again. */
  publish(description: string | undefined): Configuration {
    const last = this.versions.at(-1);
    const { latest } = this;
    if (last?.code === latest.code && last.lastModified === latest.lastModified) return last;
    const input = description === undefined ? latest.input : { ...latest.input, Description: description };
    const published = { ...latest, input, version: String(this.versions.length + 1), revisionId: randomUUID() };
    this.versions.push(published);
    return published;
  }

  /**
   * Name of a version, of an alias, or `$LATEST`; undefined: the unqualified name, which leads to
   * `$LATEST`.
   */
  configuration(given: string | undefined): Configuration {
    const qualifier = this.aliases.find(given ?? "")?.version ?? given ?? LATEST;
    if (qualifier === LATEST) return this.latest;
    const found = this.versions.find(({ version }) => version === qualifier);
    if (found !== undefined) return found;
    throw new LambdaError(404, "ResourceNotFoundException", `Function not found: ${this.arn}:${qualifier}`);
  }

  /**
   * AWS: a permission holds for the very ARN that it was given for. That of the unqualified name
   * opens no alias, and an alias' nothing else.
   * https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases-permissions.html
   */
  policy(qualifier: string | undefined): FunctionPolicy {
    this.configuration(qualifier);
    if (qualifier === LATEST) throw invalidParameter("We currently do not support adding policies for $LATEST.");
    const policy = this.#policies.get(qualifier) ?? new FunctionPolicy(this.arnOf(qualifier));
    this.#policies.set(qualifier, policy);
    return policy;
  }

  hasVersion(version: string): boolean {
    return this.versions.some((published) => published.version === version);
  }

  deleteVersion(version: string): void {
    const pointing = this.aliases.all().find((alias) => alias.version === version || alias.name === version);
    if (pointing !== undefined) {
      throw new LambdaError(
        409,
        "ResourceConflictException",
        `Function version ${version} cannot be deleted: alias ${pointing.name} points to it.`,
      );
    }
    this.versions.splice(this.versions.indexOf(this.configuration(version)), 1);
    this.#policies.delete(version);
  }

  deleteAlias(name: string): void {
    this.aliases.delete(name);
    this.#policies.delete(name);
  }

  /** The ARN by which it is called: what the function sees as `invokedFunctionArn`. */
  arnOf(qualifier: string | undefined): string {
    return qualifier === undefined ? this.arn : `${this.arn}:${qualifier}`;
  }

  spec(qualifier: string | undefined): FunctionSpec {
    const { input, code, version, revisionId } = this.configuration(qualifier);
    return {
      name: this.name,
      arn: this.arn,
      region: this.region,
      version,
      revision: revisionId,
      codeDirectory: code.directory,
      handler: input.Handler ?? "",
      runtime: input.Runtime ?? "",
      timeoutSeconds: input.Timeout ?? 3,
      memoryMegabytes: input.MemorySize ?? 128,
      environment: input.Environment?.Variables ?? {},
    };
  }

  /**
   * `FunctionConfiguration` of the API. Everything is ready at once: there is nothing to wait for.
   */
  describe(qualifier?: string): Record<string, unknown> {
    const { input, code, architectures, version, lastModified, revisionId } = this.configuration(qualifier);
    const variables = input.Environment?.Variables;
    return {
      FunctionName: this.name,
      FunctionArn: this.arnOf(qualifier),
      Runtime: input.Runtime,
      Role: input.Role,
      Handler: input.Handler,
      CodeSize: code.sizeBytes,
      CodeSha256: code.sha256,
      Description: input.Description ?? "",
      Timeout: input.Timeout ?? 3,
      MemorySize: input.MemorySize ?? 128,
      LastModified: lastModified,
      Version: version,
      RevisionId: revisionId,
      ...(variables === undefined || Object.keys(variables).length === 0
        ? {}
        : { Environment: { Variables: variables } }),
      ...(input.KMSKeyArn ? { KMSKeyArn: input.KMSKeyArn } : {}),
      ...(input.DeadLetterConfig?.TargetArn ? { DeadLetterConfig: input.DeadLetterConfig } : {}),
      ...(input.VpcConfig?.SubnetIds?.length ? { VpcConfig: { ...input.VpcConfig, VpcId: "vpc-0sandbox" } } : {}),
      TracingConfig: { Mode: input.TracingConfig?.Mode ?? "PassThrough" },
      EphemeralStorage: { Size: input.EphemeralStorage?.Size ?? 512 },
      LoggingConfig: {
        LogFormat: "Text",
        LogGroup: `/aws/lambda/${this.name}`,
        ...input.LoggingConfig,
      },
      SnapStart: { ApplyOn: input.SnapStart?.ApplyOn ?? "None", OptimizationStatus: "Off" },
      PackageType: "Zip",
      Architectures: architectures,
      State: "Active",
      LastUpdateStatus: "Successful",
    };
  }
}

export function functionArn(region: string, name: string): string {
  return `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${name}`;
}

/** As AWS writes it: `2026-11-24T10:00:00.000+0000` */
function timestamp(millis: number): string {
  return new Date(millis).toISOString().replace("Z", "+0000");
}

function check(input: ConfigurationInput): void {
  if (input.Runtime === undefined || input.Handler === undefined) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  if (!/^nodejs\d+\.x$/.test(input.Runtime)) {
    throw invalidParameter(`The sandbox runs Node.js functions only, and not the runtime ${input.Runtime}.`);
  }
  const variables = Object.entries(input.Environment?.Variables ?? {});
  const reserved = variables.map(([name]) => name).filter((name) => RESERVED.test(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  if (variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0) > MAX_ENVIRONMENT_BYTES) {
    throw invalidParameter(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  }
}
