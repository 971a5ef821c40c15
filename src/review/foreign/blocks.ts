import { type Attributes, isAttributes } from "../attributes";

/** A block of a stack's configuration, or a resource of a plan. All of it was written by others. */
export interface Block {
  readonly stack: string;
  /** `resource`, `data`, `module`, `output` … */
  readonly kind: string;
  /** Of resources, data sources, actions; empty for others. */
  readonly type: string;
  /**
   * `aws_iam_role.app`, `data.aws_iam_policy_document.read`, `module.vpc`, `output.arn`, `moved[0]`
   */
  readonly address: string;
  /** As it is written: texts are templates. */
  readonly body: Attributes;
  /** Texts are what they are, and no templates. */
  readonly isLiteral?: true;
  /** Of a plan: the other side may have had it as well, which a plan does not tell. */
  readonly isUntoldBefore?: true;
}

/** Blocks with two labels: a type and a name. */
const TYPED = new Set(["resource", "data", "ephemeral", "action", "list"]);
/** Blocks with one label. */
const NAMED = new Set(["module", "output", "check", "variable", "provider"]);
/** What says nothing about who reaches what, or is judged elsewhere. */
const PASSED = new Set(["//", "terraform", "locals"]);

/**
 * Blocks as they are written, texts as templates. In Terraform's JSON a list stands wherever an
 * object may.
 */
export function blocksOf(stack: string, configuration: Attributes): Block[] {
  return Object.entries(configuration).flatMap(([kind, content]) => {
    if (PASSED.has(kind)) return [];
    const block = (type: string, address: string, body: Attributes): Block => ({ stack, kind, type, address, body });
    if (TYPED.has(kind)) {
      return members(content).flatMap(([type, byName]) =>
        members(byName).flatMap(([name, body]) =>
          each(body).map((one) => block(type, `${kind === "resource" ? "" : `${kind}.`}${type}.${name}`, one)),
        ),
      );
    }
    if (NAMED.has(kind)) {
      return members(content).flatMap(([name, body]) => each(body).map((one) => block("", `${kind}.${name}`, one)));
    }
    return each(content).map((one, i) => block("", `${kind}[${i}]`, one));
  });
}

function members(content: unknown): Array<[string, unknown]> {
  return each(content).flatMap((one) => Object.entries(one).filter(([name]) => name !== "//"));
}

/** What is no object is kept, under a name that nothing has. */
function each(content: unknown): Attributes[] {
  const list = Array.isArray(content) ? content : [content];
  return list.map((one) => (isAttributes(one) ? one : { "": one }));
}
