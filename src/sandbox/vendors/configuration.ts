import * as v from "valibot";

/** What a test or a user sets at a simulator. Throws for what it does not know. */
export function parsedConfiguration<Output>(
  simulator: string,
  schema: v.GenericSchema<unknown, Output>,
  settings: unknown,
): Output {
  const parsed = v.safeParse(schema, settings);
  if (parsed.success) return parsed.output;
  throw new Error(`${simulator} simulator: unknown or malformed setting: ${parsed.issues[0].message}`);
}
