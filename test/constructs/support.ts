import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, TerraformStack, Testing } from "cdktf";
import type { Construct } from "constructs";
import {
  AdminKey,
  Duration,
  type IKeyIssuer,
  Lifetime,
  OpenAiIssuer,
  type OpenAiIssuerProps,
  OpenAiScope,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
} from "../../constructs";

export const WEEKLY = Lifetime.rotating({
  every: Duration.days(7),
  overlap: Duration.hours(24),
  expiry: Duration.days(10),
});

export function newStack(app: App = Testing.app(), id = "ai-keys"): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", { region: "us-east-1" });
  return stack;
}

export function newIssuer(scope: Construct, props: Partial<OpenAiIssuerProps> = {}, id = "openai"): OpenAiIssuer {
  return new OpenAiIssuer(scope, id, {
    adminKey: AdminKey.fromSecretName("ai/admin/openai"),
    projectId: "proj_abc",
    ...props,
  });
}

export function newKey(
  scope: Construct,
  issuer: IKeyIssuer,
  props: Partial<ScopedKeyProps> = {},
  id = "summariser",
): ScopedKey {
  return new ScopedKey(scope, id, {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ],
    lifetime: WEEKLY,
    ...props,
  });
}

/** Rendered configuration of a block: `{ logical id -> attributes }`. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON whose shape is what they assert
export type Block = Record<string, any>;

export interface Rendered {
  readonly resource: Record<string, Block>;
  readonly data: Record<string, Block>;
  readonly locals: Record<string, string>;
  readonly check?: Block;
}

export function render(stack: TerraformStack): Rendered {
  return JSON.parse(Testing.synth(stack, true)) as Rendered;
}

/** The one resource of a type; fails if there are more or none. */
export function only(blocks: Block | undefined, idPart = ""): Block[string] {
  const found = Object.entries(blocks ?? {}).filter(([id]) => id.includes(idPart));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0]?.[1];
}

/** Text with its locals put in, so that tests read what Terraform reads. */
export function inline(rendered: Rendered, text: string): string {
  return text.replace(/\$\{local\.([\w-]+)\}/g, (_, name: string) => rendered.locals[name] ?? `missing local ${name}`);
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export function statements(policy: string): Statement[] {
  return (JSON.parse(policy) as { Statement: Statement[] }).Statement;
}

/** Short names for what a stack looks up, so that ARNs can be compared. */
export function plain(text: string): string {
  return text
    .replace(/\$\{data\.aws_partition\.[\w-]+\.partition\}/g, "PARTITION")
    .replace(/\$\{data\.aws_region\.[\w-]+\.id\}/g, "REGION")
    .replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, "ACCOUNT");
}

export function refusal(declare: () => unknown): ScopedKeyError {
  try {
    declare();
  } catch (error) {
    expect(error).toBeInstanceOf(ScopedKeyError);
    return error as ScopedKeyError;
  }
  throw new Error("nothing was refused");
}
