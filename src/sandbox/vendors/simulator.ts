/** What the sandbox needs of a vendor simulator. */
export interface SimulatorRequest {
  readonly method: string;
  /** Real host that the call was for; undefined where a command calls the simulator's own URL. */
  readonly host?: string;
  /** Path and query as the vendor's real host would see them: `/v1/models?limit=2`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface SimulatorResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: unknown;
  /** Sent as it is, in place of `body`. */
  readonly text?: string;
  /** Sent one after the other, in place of `body`: a stream of events. */
  readonly events?: ReadonlyArray<string | Uint8Array>;
}

/** What a simulator answers of AWS, since its vendor is a part of it. */
export interface AwsPart {
  /** Service as signatures name it: `iam`. */
  readonly service: string;
  /** Real hosts of the service. */
  readonly hosts: readonly string[];
  /** Signatures are not looked at: callers are told apart before. Undefined: not its call. */
  answer(request: SimulatorRequest): SimulatorResponse | undefined;
  /**
   * Calls that take a value that was issued in this run in place of a signature:
   * `Authorization: Bearer …`.
   */
  readonly bearer?: { readonly path: RegExp; opens(value: string): boolean };
  /** Answers from now on for the vendor's credentials of a user whom the account keeps. */
  adopt?(user: AccountUser): void;
}

/** A user of the account, who may get credentials of a vendor. */
export interface AccountUser {
  readonly name: string;
  readonly path: string;
  /** Documents, as they are at the time of asking. */
  policies(): Promise<{ readonly identity: readonly string[]; readonly boundary: string | undefined }>;
}

export interface VendorSimulator {
  /** `openai`. */
  readonly id: string;
  /** Real hosts whose traffic is rerouted here: `api.openai.com`. */
  readonly hosts: readonly string[];
  /** Path under the simulator's URL that clients use as base URL, e.g. `/v1`. */
  readonly basePath: string;
  /**
   * Made at start; stored by the sandbox under `ai/admin/<id>`, unless functions go to the vendor
   * with their own role.
   */
  readonly adminKey: string;
  /** Calls of it go to the sandbox's AWS endpoint, which hands them on. */
  readonly aws?: AwsPart;
  /** Further variables for the command, e.g. `OPENAI_PROJECT_ID`. */
  readonly environment: Readonly<Record<string, string>>;
  handle(request: SimulatorRequest): Promise<SimulatorResponse>;
  /**
   * `POST $SANDBOX_URL/vendors/<id>/settings`: parsed by the simulator; throws on what it does not
   * know.
   */
  configure(settings: unknown): void;
  /**
   * Every value that must never be seen outside: admin keys, keys' values. The journal and the
   * canary tests use it.
   */
  secrets(): readonly string[];
}

/** Time as the sandbox tells it, in Unix milliseconds. */
export interface Clock {
  now(): number;
}
