// The JSON Schema of keys files, from the valibot schemas that read them. Written by
// `npm run vendors`, since it lists known scopes.
import type * as v from "valibot";
import { keysFileSchema, scopeNameSchema, sharedEntries } from "../src/model/keys-file";
import type { VendorDescriptor } from "../src/model/vendor-descriptor";

type JsonSchema = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: schemas and actions are told apart by `type`, which valibot's generic types do not carry
type Part = any;

const DIALECT = "http://json-schema.org/draft-07/schema#";

export function keysSchema(descriptors: readonly VendorDescriptor[]): JsonSchema {
  // For completion: an issuer of one's own may have others.
  const scopes = [...new Set(descriptors.flatMap((descriptor) => Object.keys(descriptor.scopes)))].sort();
  const shared = new Map<v.GenericSchema, string>(
    Object.entries(sharedEntries).map(([name, entry]) => [entry.wrapped, name]),
  );

  /** @param defined a definition is written out where it is defined */
  function of(schema: Part, defined = false): JsonSchema {
    const name = shared.get(schema);
    if (name !== undefined && !defined) return { $ref: `#/definitions/${name}` };
    const [first = schema, ...actions] = schema.pipe ?? [];
    const base = first.pipe === undefined ? typeOf(first) : of(first);
    const described = Object.assign(
      base,
      ...actions.map((action: Part) => (action.kind === "schema" ? of(action) : keywords(action, schema.type))),
    );
    return schema === scopeNameSchema ? { anyOf: [{ enum: scopes }, described] } : described;
  }

  function typeOf(schema: Part): JsonSchema {
    switch (schema.type) {
      case "optional":
        return of(schema.wrapped);
      // A schema follows in its pipe.
      case "custom":
        return {};
      case "string":
      case "number":
        return { type: schema.type };
      case "picklist":
        return { enum: schema.options };
      case "union":
        return { anyOf: schema.options.map((option: Part) => of(option)) };
      case "array":
        return { type: "array", items: of(schema.item) };
      case "record":
        return { type: "object", propertyNames: of(schema.key), additionalProperties: of(schema.value) };
      case "strict_object": {
        const entries: Array<[string, Part]> = Object.entries(schema.entries);
        const required = entries.filter(([, entry]) => entry.type !== "optional").map(([field]) => field);
        return {
          type: "object",
          properties: Object.fromEntries(entries.map(([field, entry]) => [field, of(entry)])),
          additionalProperties: false,
          ...(required.length === 0 ? {} : { required }),
        };
      }
      default:
        throw new Error(`no JSON Schema is known for ${schema.type}`);
    }
  }

  const definitions = Object.fromEntries([...shared].map(([schema, name]) => [name, of(schema, true)]));
  return {
    $schema: DIALECT,
    title: "Keys of cdktf-scoped-keys",
    ...of(keysFileSchema),
    definitions,
  };
}

/** What an action of a pipe adds. */
function keywords(action: Part, type: string): JsonSchema {
  switch (action.type) {
    case "regex":
      return { pattern: action.requirement.source };
    case "integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: action.requirement };
    case "max_value":
      return { maximum: action.requirement };
    case "min_length":
      return { [type === "array" ? "minItems" : "minLength"]: action.requirement };
    case "max_length":
      return { [type === "array" ? "maxItems" : "maxLength"]: action.requirement };
    case "max_entries":
      return { maxProperties: action.requirement };
    case "description":
      return { description: action.description };
    case "metadata":
      return action.metadata;
    // What is not said in JSON Schema is left to the reader.
    case "check":
    case "transform":
      return {};
    default:
      throw new Error(`no JSON Schema is known for ${action.type}`);
  }
}
