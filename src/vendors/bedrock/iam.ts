import * as v from "valibot";
import { AdminClient } from "../../http/admin-client";
import type { Dialect } from "../../http/exchange";
import { signedHeaders } from "../../http/sigv4";
import { parseXml } from "../../http/xml";
import type { AwsCredentials } from "../../model/aws-credentials";
import { redact } from "../../model/redact";
import { VendorError, type VendorErrorKind } from "../../model/vendor-error";
import type { RateLimiter } from "../../rate-limit/rate-limiter";
import type { VendorConnection } from "../vendor";
import { bedrockDescriptor } from "./descriptor";
import { credentialsSchema, errorSchema } from "./schemas";

/** IAM is one service for all regions; this is where its signatures are made for. */
const SCOPE = { region: "us-east-1", service: "iam" } as const;
const VERSION = "2010-05-08";

/**
 * What IAM's codes mean where its status says something else:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
const KINDS: Readonly<Record<string, VendorErrorKind>> = {
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  // Sent as 404: not the user is missing, and another one would not help.
  NotSupportedService: "invalid",
};

const dialectOf = (credentials: AwsCredentials, now: () => number): Dialect => ({
  displayName: "IAM",
  authorize: () => ({}),
  sign: (request) => signedHeaders(credentials, SCOPE, request, now()),
  parse: parseXml,
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    if (!envelope.success) return undefined;
    const { Code, Message } = envelope.output.ErrorResponse.Error;
    // To a wrong signature IAM answers, after the first line, all that was signed: the session's
    // token too.
    const [line = ""] = Message.trimStart().split("\n");
    return { message: redact(`${Code}: ${line}`, [credentials.sessionToken ?? ""]), code: Code };
  },
  kindOf: ({ code }) => (Object.hasOwn(KINDS, code) ? KINDS[code] : undefined),
  valuePrefixes: bedrockDescriptor.valuePrefixes,
});

export interface IamCall<Output> {
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly answer: v.GenericSchema<unknown, Output>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls of IAM's Query API: paced as other admin calls, and signed with the credentials of the
 * role.
 */
export class IamClient {
  readonly #connection: VendorConnection;
  readonly #baseUrl: string;
  readonly #pacer: RateLimiter;

  constructor(connection: VendorConnection, baseUrl: string) {
    this.#connection = connection;
    this.#baseUrl = baseUrl;
    this.#pacer = connection.rateLimiter;
  }

  async call<Output>({ action, parameters, answer, signal }: IamCall<Output>): Promise<Output> {
    const endpoint = iamEndpoint(action);
    const { fetch, now } = this.#connection;
    const credentials = await this.#credentials(endpoint);
    const transport = { fetch, now, baseUrl: this.#baseUrl, dialect: dialectOf(credentials, now) };
    const client = new AdminClient(transport, async () => credentials.secretAccessKey, this.#pacer);
    return client.call({
      endpoint,
      form: { Action: action, Version: VERSION, ...parameters },
      // To `application/json` IAM may answer in JSON, of which it documents nothing.
      headers: { accept: "text/xml" },
      answer,
      signal,
    });
  }

  /** Neither what is there nor what is wrong with it is quoted: it is a secret. */
  async #credentials(endpoint: string): Promise<AwsCredentials> {
    const given: unknown = await this.#connection.awsCredentials?.().catch(() => undefined);
    const parsed = v.safeParse(credentialsSchema, given);
    if (parsed.success) return parsed.output;
    throw new VendorError("admin_refused", endpoint, "the function has no credentials of a role to sign with");
  }
}

/**
 * All actions have one path. A fragment is never sent: it names the action in errors, and for
 * pacing.
 */
export function iamEndpoint(action: string): string {
  return `POST /#${action}`;
}
