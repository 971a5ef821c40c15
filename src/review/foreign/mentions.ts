import { compile, holdsUnknown, intersects, isOpen, withWords } from "../../iam";
import { type Attributes, canonical, isAttributes, json } from "../attributes";
import type { Kind, Owned } from "./owned";
import { CUT } from "./resolver";

/**
 * Kinds that others share without any harm: they tell others something, or encrypt it. Whoever
 * changes them is found by what he acts on.
 */
const SHARED: ReadonlySet<Kind> = new Set<Kind>(["topic", "KMS key", "reader", "user"]);

/** Attributes that say something to people, or in which order Terraform goes on. */
export const SAID_ONLY: ReadonlySet<string> = new Set([
  "tags",
  "tags_all",
  "description",
  "alarm_description",
  "timeouts",
]);

/**
 * Attributes, by type, that hold names and lend nothing to them: a name in the environment of a
 * program lets it read nothing. What is not listed here is one of which nobody can tell.
 */
export const NAMES_ONLY: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_function: ["environment", "depends_on"],
  aws_cloudwatch_metric_alarm: ["dimensions", "metric_query", "depends_on"],
  aws_cloudwatch_dashboard: ["dashboard_body", "depends_on"],
  aws_ecs_service: ["depends_on"],
  aws_s3_bucket: ["depends_on"],
  aws_sqs_queue: ["depends_on"],
  aws_sns_topic: ["depends_on"],
  aws_sfn_state_machine: ["depends_on"],
  "data.terraform_remote_state": ["config"],
  "data.aws_caller_identity": ["depends_on"],
};

/** Attributes that carry a name on as it is; where they carry more, nobody can tell. */
export const CARRYING: Readonly<Record<string, readonly string[]>> = {
  aws_ssm_parameter: ["value", "insecure_value", "value_wo"],
  output: ["value"],
};

/**
 * Attributes that say on what a resource acts; what they say by a variable alone may be anything.
 */
const ACTED_ON = /(?:^|_)(?:function_name|function_arn|lambda_arn|lambda_function_arn|secret_arn|secret_id)$/;

/** Everything that keys depend on, to be found in any text. */
export class Mentions {
  readonly #needles: ReadonlyArray<readonly [needle: RegExp, owned: Owned]>;
  readonly #owned: readonly Owned[];

  constructor(
    owned: readonly Owned[],
    /** Of resources that are among them. */
    private readonly addresses: ReadonlySet<string>,
  ) {
    this.#owned = owned.filter(({ kind }) => !SHARED.has(kind));
    this.#needles = this.#owned.filter(({ needle }) => needle.length > 2).map((each) => [bounded(each.needle), each]);
  }

  /** Labels of what a block names, with what is said beside names left out. */
  in(type: string, body: Attributes): string[] {
    const found = new Set<string>();
    const names = new Set(NAMES_ONLY[type] ?? []);
    for (const [name, value] of Object.entries(body)) {
      if (SAID_ONLY.has(name) || names.has(name)) continue;
      const read = name === "container_definitions" ? containers(value) : value;
      this.#visit(read, name, CARRYING[type]?.includes(name) === true, found);
    }
    return [...found].sort();
  }

  #visit(value: unknown, name: string, carries: boolean, found: Set<string>): void {
    if (typeof value === "string") {
      if (carries && !isOpen(value)) return;
      for (const label of this.#ofText(value, name)) found.add(label);
    } else if (Array.isArray(value)) {
      for (const each of value) this.#visit(each, name, carries, found);
    } else if (isAttributes(value)) {
      for (const [inner, each] of Object.entries(value)) {
        this.#visit(inner, "", false, found);
        this.#visit(each, inner, carries, found);
      }
    }
  }

  *#ofText(value: string, name: string): Generator<string> {
    const plain = withWords(value);
    if (plain.includes(CUT)) yield "something too long or too deeply nested to follow";
    for (const [needle, { label }] of this.#needles) if (needle.test(plain)) yield label;
    for (const [address] of plain.matchAll(/\baws_\w+\.[\w-]+/g)) if (this.addresses.has(address)) yield address;
    const isArn = value.startsWith("arn:");
    const mayBe = isArn ? holdsUnknown(value) || /[*?]/.test(value) : isOpen(value) && ACTED_ON.test(name);
    if (!mayBe) return;
    const pattern = compile(value);
    for (const { label, arns } of this.#owned) if (arns.some((arn) => intersects(arn, pattern) !== "no")) yield label;
  }
}

/**
 * A name ends where a character stands that names cannot go on with; one that is open at its end
 * goes on.
 */
function bounded(needle: string): RegExp {
  const escaped = needle.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const end = /[A-Za-z0-9]$/.test(needle) ? "(?![A-Za-z0-9_-])" : "";
  return new RegExp(`(?<![A-Za-z0-9_-])${escaped}${end}`);
}

/** Containers without their environment, which holds names. */
export function containers(value: unknown): unknown {
  let parsed: unknown;
  try {
    parsed = json(typeof value === "string" ? value : "");
  } catch {
    parsed = undefined;
  }
  if (!Array.isArray(parsed)) return value;
  return parsed.map((each) => {
    if (!isAttributes(each)) return each;
    const { environment: _, ...rest } = each;
    return rest;
  });
}

/** A block in words that tell it apart, without what says nothing. */
export function configured(body: Attributes): string {
  const kept = Object.entries(body).filter(
    ([name, value]) => !SAID_ONLY.has(name) && name !== "depends_on" && value !== null && value !== undefined,
  );
  return withWords(canonical(Object.fromEntries(kept)));
}
