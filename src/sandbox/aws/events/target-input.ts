import * as v from "valibot";

export const targetSchema = v.object({
  Id: v.string(),
  Arn: v.string(),
  Input: v.nullish(v.string()),
  InputPath: v.nullish(v.string()),
  InputTransformer: v.nullish(
    v.object({ InputPathsMap: v.nullish(v.record(v.string(), v.string())), InputTemplate: v.string() }),
  ),
});
export type Target = v.InferOutput<typeof targetSchema>;

/**
 * The event as a target gets it, in JSON: its constant input, a part of the event, a template
 * filled from it, or all of it.
 */
export function targetInput(target: Target, event: Record<string, unknown>, ruleArn: string): string {
  if (typeof target.Input === "string") return target.Input;
  if (typeof target.InputPath === "string") return JSON.stringify(at(event, target.InputPath) ?? null);
  const transformer = target.InputTransformer;
  if (transformer === undefined || transformer === null) return JSON.stringify(event);
  const paths = transformer.InputPathsMap ?? {};
  const filled = transformer.InputTemplate.replace(/("?)<([A-Za-z0-9_.-]+)>\1/g, (_, quote: string, name: string) => {
    const value = reserved(name, event, ruleArn) ?? at(event, paths[name] ?? "");
    return typeof value === "string" && quote === "" ? JSON.stringify(value) : JSON.stringify(value ?? "");
  });
  return filled;
}

function reserved(name: string, event: Record<string, unknown>, ruleArn: string): unknown {
  if (name === "aws.events.rule-arn") return ruleArn;
  if (name === "aws.events.rule-name") return ruleArn.split("/").at(-1);
  if (name === "aws.events.event.ingestion-time") return event["time"];
  return name === "aws.events.event" || name === "aws.events.event.json" ? event : undefined;
}

/** `$`, `$.detail.state` */
function at(event: unknown, path: string): unknown {
  let value = event;
  for (const name of path.split(".").slice(1)) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return path.startsWith("$") ? value : undefined;
}
