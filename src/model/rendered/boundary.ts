import { IAM_PATH, iamBoundaryName } from "../names";
import { bedrockBoundary } from "../policies";
import { canonicalDocument } from "./documents";
import { computed, derived, fixed, named, type RenderedPart, tags, unset } from "./rule";

/** What `constructs/vendors/bedrock.ts` renders. */
export const BOUNDARY_PARTS: Readonly<Record<string, RenderedPart>> = {
  boundary: {
    type: "aws_iam_policy",
    of: "issuer",
    required: false,
    dependsOn: [],
    rules: {
      name: named(({ prefix }) => iamBoundaryName(prefix)),
      path: fixed(IAM_PATH),
      description: named(({ prefix }) => `Most that IAM users of the keys under ${prefix}/ may do`),
      policy: derived(isBoundary, (value) => canonicalDocument(value) ?? value),
      tags,
      delay_after_policy_creation_in_ms: unset(),
      name_prefix: unset(),
      arn: computed,
      attachment_count: computed,
      id: computed,
      policy_id: computed,
      tags_all: computed,
    },
  },
};

function isBoundary(value: unknown): boolean {
  const text = canonicalDocument(value);
  return text !== undefined && text === canonicalDocument(bedrockBoundary());
}
