import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { expectedSignatures, givenSignature } from "../../../sandbox/doors/signature";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn } from "../../../sandbox/vendors/router";
import type {
  AwsPart,
  Clock,
  SimulatorRequest,
  SimulatorResponse,
  VendorSimulator,
} from "../../../sandbox/vendors/simulator";
import { bedrockDescriptor } from "../descriptor";
import { callIam, IamRefusal, iamActionIn, isIamAction, refusalReply } from "./iam";
import { OPERATIONS, type Operation } from "./model-answers";
import { callModel } from "./runtime";
import { BedrockState } from "./state";

const IAM_HOST = "iam.amazonaws.com";
const REGIONS = [
  ...["us-east-1", "us-east-2", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
  ...["ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
];
const RUNTIME_HOST = /^bedrock-runtime\.([a-z0-9-]+)\.amazonaws\.com$/;
const MODEL_CALL = /^\/model\/([^/]+)\/([a-z-]+)$/;
const CREDENTIAL_ACTION = /ServiceSpecificCredentials?$/;
const LIMITED_ACCESS = "arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess";

/** Headers that signing adds by itself. */
const SIGNED = ["x-amz-date", "x-amz-security-token"];

const settingsSchema = v.strictObject({
  /** False: IAM refuses whoever calls. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * IAM's calls of all kinds in a minute of simulated time; more are throttled. `null`: as many as
   * come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** Address that calls of models come from. */
  sourceIp: v.optional(v.pipe(v.string(), v.ip())),
  /** Region that the simulator's own URL stands for. */
  region: v.optional(v.picklist(REGIONS)),
  /** Bedrock looks at a call's body before its permissions. AWS does not say. */
  bodyFirst: v.optional(v.boolean()),
  /**
   * Whoever gets a key gets `AmazonBedrockLimitedAccess` as well. AWS says it of its console alone.
   */
  attachesLimitedAccess: v.optional(v.boolean()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

export interface BedrockSimulator extends VendorSimulator {
  readonly state: BedrockState;
}

/**
 * The part of one AWS account that API keys of Bedrock need: IAM's users, their inline policies and
 * service-specific credentials, and of Bedrock's runtime the calls of models, whole and streamed,
 * which enforce those policies. In memory; nothing leaves the process.
 */
export function createBedrockSimulator({ clock, seed }: { clock: Clock; seed?: string }): BedrockSimulator {
  return new Simulator(new BedrockState(clock, seed ?? randomBytes(16).toString("hex")));
}

/** Names of users that the library makes, whatever an organisation has names begin with. */
const OF_KEYS = /^[\w+=,.@-]{0,24}?scoped-keys-/;

class Simulator implements BedrockSimulator {
  readonly id = bedrockDescriptor.id;
  readonly hosts = REGIONS.map((region) => `bedrock-runtime.${region}.amazonaws.com`);
  readonly basePath = "";
  /** Secret access key of whoever calls IAM without the sandbox's AWS endpoint between. */
  readonly adminKey: string;
  readonly environment = {};
  readonly aws: AwsPart = {
    service: "iam",
    hosts: [IAM_HOST],
    answer: ({ body }) => {
      const form = new URLSearchParams(body);
      const name = form.get("UserName") ?? "";
      const own = form.get("AllUsers") === "true" || OF_KEYS.test(name);
      if (own) return isIamAction(iamActionIn(form)) ? this.#iam(form) : undefined;
      // All other users are the account's, and answered for elsewhere but for what they have of
      // Bedrock.
      const { account, credentials } = this.state.user(name) ?? {};
      if (account === undefined || credentials === undefined) return undefined;
      if (CREDENTIAL_ACTION.test(iamActionIn(form))) return this.#iam(form);
      if (iamActionIn(form) !== "DeleteUser") return undefined;
      if (credentials.size > 0) return this.#iam(form);
      this.state.users.delete(name.toLowerCase());
      return undefined;
    },
    bearer: { path: MODEL_CALL, opens: (value) => this.state.userOf(value) !== undefined },
    adopt: (user) => this.state.adopt(user),
  };
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: BedrockState) {
    this.adminKey = state.secretAccessKey;
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    const { pathname } = new URL(request.url, "https://sandbox.invalid");
    const [, model, called] = (request.method === "POST" && MODEL_CALL.exec(pathname)) || [];
    const operation = OPERATIONS.find((name) => name === called);
    if (model !== undefined && operation !== undefined && request.host !== IAM_HOST) {
      return this.#callModel(request, operation, decodeURIComponent(model));
    }
    if (pathname !== "/" || request.host?.startsWith("bedrock-runtime.") === true) {
      return { status: 404, body: { message: "Unknown operation" } };
    }
    const why = this.#whyUnsigned(request);
    return why === undefined ? this.#iam(new URLSearchParams(request.body)) : refusalReply(this.state, why);
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Bedrock", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #callModel(request: SimulatorRequest, operation: Operation, model: string): Promise<SimulatorResponse> {
    const { sourceIp = "198.51.100.7", bodyFirst = false, region: own = "us-east-1" } = this.#settings;
    const region = RUNTIME_HOST.exec(request.host ?? "")?.[1] ?? own;
    const call = { operation, bearer: bearerIn(request), region, sourceIp, model, body: request.body, bodyFirst };
    return callModel(this.state, call);
  }

  #iam(form: URLSearchParams): SimulatorResponse {
    const why = this.#whyRefused(iamActionIn(form));
    if (why !== undefined) return refusalReply(this.state, why);
    const answer = callIam(this.state, form);
    const minted = answer.status === 200 && iamActionIn(form) === "CreateServiceSpecificCredential";
    if (minted && this.#settings.attachesLimitedAccess) {
      this.state.user(form.get("UserName") ?? "")?.attached.add(LIMITED_ACCESS);
    }
    return answer;
  }

  #whyRefused(action: string): IamRefusal | undefined {
    const { adminKeyValid = true, callsPerMinute } = this.#settings;
    if (!adminKeyValid) return new IamRefusal(403, "AccessDenied", `User is not authorized to perform: iam:${action}`);
    if (callsPerMinute == null) return undefined;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) return new IamRefusal(400, "Throttling", "Rate exceeded");
    this.#calls.push(now);
    return undefined;
  }

  /** The signature is made again with the secret access key, over the headers that it names. */
  #whyUnsigned({ method, url, headers, body }: SimulatorRequest): IamRefusal | undefined {
    const { accessKeyId, secretAccessKey, sessionToken } = this.state;
    const [, id] = /Credential=(\w+)\//.exec(headers["authorization"] ?? "") ?? [];
    if (id === undefined)
      return new IamRefusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    if (id !== accessKeyId || headers["x-amz-security-token"] !== sessionToken) {
      return new IamRefusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    const [, y, m, d, time = ""] = /^(\d{4})(\d\d)(\d\d)T(\d{6})Z$/.exec(headers["x-amz-date"] ?? "") ?? [];
    const at = Date.parse(`${y}-${m}-${d}T${time.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`);
    const { pathname: path, searchParams: query } = new URL(url, `https://${IAM_HOST}`);
    const request = { method, path, query, headers, body: Buffer.from(body) };
    const signature = givenSignature({ headers, url });
    const isWhole =
      signature !== undefined &&
      signature.scope.join("/") === `${y}${m}${d}/us-east-1/iam/aws4_request` &&
      SIGNED.every((name) => signature.signedHeaders.includes(name) || headers[name] === undefined) &&
      signature.signedHeaders.includes("host") &&
      expectedSignatures(request, signature, secretAccessKey, IAM_HOST).includes(signature.signature);
    if (isWhole && Math.abs(at - this.state.clock.now()) <= 300_000) return undefined;
    const words = "The request signature we calculated does not match the signature you provided.";
    // IAM quotes all that was signed.
    const quoted = Object.entries(headers).map(([name, value]) => `${name}:${value ?? ""}`);
    return new IamRefusal(403, "SignatureDoesNotMatch", [words, "", ...quoted].join("\n"));
  }
}
