import * as v from "valibot";

/**
 * https://developer.hashicorp.com/terraform/internals/json-format: as far as drift is judged by it.
 */

const values = v.nullish(v.record(v.string(), v.unknown()));

const changeSchema = v.object({
  address: v.string(),
  mode: v.string(),
  type: v.string(),
  change: v.object({ actions: v.array(v.string()), before: values, after: values }),
});
export type ResourceChange = v.InferOutput<typeof changeSchema>;

const resourceSchema = v.object({ mode: v.string(), type: v.string(), values });

export const planSchema = v.object({
  /** False where the plan leaves something out. */
  complete: v.optional(v.boolean(), true),
  resource_changes: v.optional(v.array(changeSchema), []),
  /** What is not as Terraform left it, whether the plan changes it or not. */
  resource_drift: v.optional(v.array(changeSchema), []),
  /** Holds the data sources that were read. */
  prior_state: v.optional(
    v.object({
      values: v.optional(v.object({ root_module: v.object({ resources: v.optional(v.array(resourceSchema), []) }) })),
    }),
  ),
  checks: v.optional(
    v.array(
      v.object({
        status: v.string(),
        instances: v.optional(
          v.array(v.object({ problems: v.optional(v.array(v.object({ message: v.string() })), []) })),
          [],
        ),
      }),
    ),
    [],
  ),
});
export type Plan = v.InferOutput<typeof planSchema>;
