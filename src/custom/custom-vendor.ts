import * as v from "valibot";
import { allowedBaseUrl, ownBaseUrl, refusedSettings } from "../http/base-url";
import { AnswerOutOfBounds } from "../http/bounded-fetch";
import { defined } from "../model/defined";
import { brokenAdapter, ScopedKeysRuntimeError } from "../model/errors";
import { redact, shorten } from "../model/redact";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import { VendorError } from "../model/vendor-error";
import {
  type MintedKey,
  VENDOR_VERBS,
  type Vendor,
  type VendorAdapter,
  type VendorConnection,
  type VendorVerb,
} from "../vendors/vendor";
import { AdapterFileError, nameOf } from "./adapter-file";
import {
  adapterSchema,
  chosenValueSchema,
  mintedKeySchema,
  scopeChangeSchema,
  vendorErrorSchema,
  vendorKeySchema,
  vendorSchema,
  verifyResultSchema,
} from "./answers";
import { descriptorSchema } from "./descriptor-schema";

const TEXT_MAX_LENGTH = 300;

/**
 * The vendor that an adapter file exports. Nothing of it is believed: its descriptor is checked and
 * copied, its settings hold to the descriptor's base URLs, and what its adapter answers or throws
 * is parsed, so that the engine meets what it meets of the library's own. Throws `AdapterFileError`
 * where there is no vendor.
 */
export function customVendor(exported: unknown): Vendor {
  const found = v.safeParse(v.object({ vendor: vendorSchema }), exported);
  if (!found.success) {
    const where = v.getDotPath(found.issues[0]) ?? "vendor";
    throw new AdapterFileError(
      "malformed",
      `it exports no \`vendor\` with a descriptor and a function \`connect\` (${where})`,
    );
  }
  // As it is: its functions may be methods.
  const { vendor: given } = v.parse(v.object({ vendor: v.unknown() }), exported);
  const { connect, dataUrl } = found.output.vendor;
  const descriptor = parsedDescriptor(found.output.vendor.descriptor);
  return {
    descriptor,
    ...(dataUrl == null ? {} : { dataUrl: (settings) => parsedDataUrl(Reflect.apply(dataUrl, given, [settings])) }),
    connect: (connection) => {
      checkBaseUrl(descriptor, connection.settings);
      const secrets = new Set<string>();
      const adapter = connected(() => Reflect.apply(connect, given, [remembering(connection, secrets)]));
      return new Boundary(descriptor, adapter, secrets).adapter();
    },
  };
}

function parsedDescriptor(given: unknown): VendorDescriptor {
  const parsed = v.safeParse(descriptorSchema, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue);
  throw new AdapterFileError("malformed", `descriptor${field === null ? "" : `.${field}`}: ${issue.message}`);
}

function parsedDataUrl(given: unknown): string {
  if (v.is(v.pipe(v.string(), v.url()), given)) return given;
  throw brokenAdapter("`dataUrl` answers no URL");
}

function checkBaseUrl({ displayName, baseUrls, ownBaseUrl: own }: VendorDescriptor, settings: unknown): void {
  const parsed = v.safeParse(v.object({ baseUrl: v.optional(v.string()) }), settings);
  if (!parsed.success) throw refusedSettings(displayName, '"baseUrl" is malformed');
  const { baseUrl } = parsed.output;
  if (baseUrl === undefined || baseUrls.includes(baseUrl)) return;
  if (own) ownBaseUrl(displayName, baseUrl);
  else allowedBaseUrl(displayName, baseUrl, baseUrls);
}

/** The admin key is known once it was read, so that no text shows it. */
function remembering(connection: VendorConnection, secrets: Set<string>): VendorConnection {
  return {
    ...connection,
    adminKey: async () => {
      const key = await connection.adminKey();
      secrets.add(key.trim());
      return key;
    },
  };
}

function connected(connect: () => unknown): unknown {
  try {
    return connect();
  } catch (error) {
    const refusal = v.safeParse(vendorErrorSchema, error);
    if (!refusal.success) throw brokenAdapter(`\`connect\` throws ${nameOf(error)}${placeOf(error)}`);
    const { kind, call, message } = refusal.output;
    throw new VendorError(kind, call, shorten(redact(message), TEXT_MAX_LENGTH));
  }
}

type Members = v.InferOutput<typeof adapterSchema>;
type Verb = keyof Members;

/** Verbs whose requests and answers hold no value. */
type PlainVerb = Exclude<VendorVerb, "mint" | "rotate" | "identify" | "verify">;
const text = v.pipe(v.string(), v.minLength(1));
const ANSWERS: {
  readonly [V in PlainVerb]: v.GenericSchema<unknown, Awaited<ReturnType<NonNullable<VendorAdapter[V]>>>>;
} = {
  list: v.array(vendorKeySchema),
  read: v.optional(vendorKeySchema),
  revoke: v.picklist(["revoked", "gone", "manual", "unconfirmed"]),
  isActive: v.boolean(),
  update: vendorKeySchema,
  disable: v.picklist(["disabled", "gone"]),
  findOwner: v.optional(text),
  createOwner: text,
  deleteOwner: v.picklist(["deleted", "gone"]),
  accountGone: v.optional(text),
  scopeChanges: v.array(scopeChangeSchema),
};

function isPlain(verb: VendorVerb): verb is PlainVerb {
  return Object.hasOwn(ANSWERS, verb);
}

/** Verbs that the engine relies on, by what the descriptor says. */
function missing({ strategy, inPlace }: VendorDescriptor, members: Members): string[] {
  const owners: Verb[] = ["findOwner", "createOwner", "deleteOwner"];
  const needed: Verb[] = [
    "list",
    "read",
    "revoke",
    "verify",
    strategy === "manual" ? "identify" : "mint",
    ...(strategy === "in_place" ? (["rotate"] as const) : []),
    ...(inPlace.grant || inPlace.expiry ? (["update"] as const) : []),
    ...(owners.some((verb) => members[verb] != null) ? owners : []),
  ];
  return needed.filter((verb) => members[verb] == null).map((verb) => `\`${verb}\``);
}

/** Stands between the engine and an adapter: what comes out is parsed. */
class Boundary {
  readonly #descriptor: VendorDescriptor;
  readonly #given: unknown;
  readonly #members: Members;
  readonly #secrets: Set<string>;

  constructor(descriptor: VendorDescriptor, given: unknown, secrets: Set<string>) {
    const parsed = v.safeParse(adapterSchema, given);
    if (!parsed.success) {
      throw brokenAdapter(`what \`connect\` answers is no adapter (${v.getDotPath(parsed.issues[0]) ?? "no object"})`);
    }
    const absent = missing(descriptor, parsed.output);
    if (absent.length > 0) throw brokenAdapter(`its descriptor promises what its adapter lacks: ${absent.join(", ")}`);
    this.#descriptor = descriptor;
    this.#given = given;
    this.#members = parsed.output;
    this.#secrets = secrets;
  }

  adapter(): VendorAdapter {
    const { mint, rotate, identify, chooseValue } = this.#members;
    const plain: Record<string, unknown> = {};
    for (const verb of VENDOR_VERBS) {
      if (!isPlain(verb) || this.#members[verb] == null) continue;
      plain[verb] = (request: unknown) => this.#call<unknown>(verb, ANSWERS[verb], request);
    }
    return {
      // Each with the type that `ANSWERS` holds it to.
      ...(plain as Pick<VendorAdapter, PlainVerb>),
      descriptor: this.#descriptor,
      verify: async (request) => {
        this.#secrets.add(request.value);
        const result = await this.#call("verify", verifyResultSchema, request);
        return { ...result, evidence: this.#harmless(result.evidence) };
      },
      ...(mint == null ? {} : { mint: (request) => this.#minted("mint", request) }),
      ...(rotate == null ? {} : { rotate: (request) => this.#minted("rotate", request) }),
      ...(identify == null
        ? {}
        : {
            identify: async (request) => {
              this.#secrets.add(request.value);
              return this.#call("identify", v.optional(vendorKeySchema), request);
            },
          }),
      ...(chooseValue == null
        ? {}
        : { chooseValue: () => this.#parsed("chooseValue", chosenValueSchema, this.#apply("chooseValue", [])) }),
    };
  }

  async #minted(verb: "mint" | "rotate", request: object): Promise<MintedKey> {
    const minted = await this.#call(verb, mintedKeySchema, request);
    this.#secrets.add(minted.value);
    return minted;
  }

  async #call<Answer>(verb: Verb, answer: v.GenericSchema<unknown, Answer>, request: unknown): Promise<Answer> {
    let given: unknown;
    try {
      given = await this.#apply(verb, [request]);
    } catch (error) {
      throw this.#failure(verb, error);
    }
    return this.#parsed(verb, answer, given);
  }

  #apply(verb: Verb, args: readonly unknown[]): unknown {
    const member = this.#members[verb];
    return member == null ? undefined : Reflect.apply(member, this.#given, args);
  }

  #parsed<Answer>(verb: Verb, schema: v.GenericSchema<unknown, Answer>, given: unknown): Answer {
    const parsed = v.safeParse(schema, given);
    if (parsed.success) return parsed.output;
    // Where it lies is told, and not what it is: that may be a value.
    const field = v.getDotPath(parsed.issues[0]) ?? "the answer";
    throw this.#unexpected(verb, `answers what is malformed at "${field}"`);
  }

  #failure(verb: Verb, error: unknown): Error {
    // Of the pacer's, or of what reads the admin key: they came through.
    if (error instanceof VendorError || error instanceof ScopedKeysRuntimeError) return error;
    if (error instanceof AnswerOutOfBounds) {
      const what = `${this.#descriptor.displayName}'s answer is beyond what is read (${error.message})`;
      return new VendorError(error.bound === "time" ? "unavailable" : "unexpected", `adapter.${verb}`, what);
    }
    const parsed = v.safeParse(vendorErrorSchema, error);
    if (!parsed.success) return this.#unexpected(verb, `throws ${nameOf(error)}${placeOf(error)}`);
    const { kind, call, message, status, retryAfterSeconds } = parsed.output;
    return new VendorError(kind, this.#harmless(call), this.#harmless(message), {
      ...defined({ status, retryAfterSeconds }),
    });
  }

  /** Whether an effect happened is not known. */
  #unexpected(verb: Verb, what: string): VendorError {
    const { displayName } = this.#descriptor;
    return new VendorError("unexpected", `adapter.${verb}`, `the adapter of ${displayName} ${what} in \`${verb}\``);
  }

  #harmless(text: string): string {
    return shorten(redact(text, this.#secrets), TEXT_MAX_LENGTH);
  }
}

const stackSchema = v.object({ stack: v.string() });

/** Line of the adapter file that threw; the message in front of it is left out. */
function placeOf(error: unknown): string {
  const stack = v.is(stackSchema, error) ? error.stack : "";
  const [, file, line] = /\n\s+at [^\n]*?([\w.-]+\.c?js):(\d+):\d+/.exec(stack) ?? [];
  // The file runs inside of a function, which begins two lines before it.
  return file === undefined ? "" : ` at ${file}:${Number(line) - 2}`;
}
