import { awsRefusal, describeAwsCall } from "../aws/request";
import { noCredential } from "../errors";
import type { Callers } from "../journal/callers";
import { HOST_HEADER } from "../lambda/launch";
import type { Reply, Request } from "../messages";
import { sameText } from "./credential";
import type { Admission, Door, Head } from "./door";
import { expectedSignatures, givenSignature } from "./signature";

/** Of Lambda's `CreateFunction`: 50 MB of code in base64, and its configuration. */
const MAX_BODY_BYTES = 72 * 1_024 * 1_024;

/**
 * Lets in who signs with an access key of this run, as AWS does. The key's id alone decides whether
 * the body is read, and the signature whether anything is done.
 */
export class SignatureDoor implements Door {
  readonly prefix = "";
  readonly maxBodyBytes = MAX_BODY_BYTES;
  readonly #callers: Callers;
  readonly #takesBearer: (path: string, value: string) => boolean;

  /**
   * @param takesBearer whether a call of a path is opened by a value of this run alone, as those of
   * Bedrock's models are by its keys
   */
  constructor(callers: Callers, takesBearer: (path: string, value: string) => boolean = () => false) {
    this.#callers = callers;
    this.#takesBearer = takesBearer;
  }

  admit(head: Head): Admission {
    if (this.#isBearer(head)) return { url: head.url };
    const given = givenSignature(head);
    if (given !== undefined && this.#callers.secretOf(given.accessKeyId) !== undefined) return { url: head.url };
    return { refusal: awsRefusal(describeAwsCall(head), noCredential("its signature").message) };
  }

  verify(request: Request): Reply | undefined {
    if (this.#isBearer(request)) return undefined;
    const given = givenSignature(request);
    const secret = given === undefined ? undefined : this.#callers.secretOf(given.accessKeyId);
    if (given !== undefined && secret !== undefined) {
      const led = request.headers[HOST_HEADER];
      const expected = expectedSignatures(request, given, secret, typeof led === "string" ? led : undefined);
      if (expected.some((signature) => sameText(signature, given.signature))) return undefined;
    }
    return awsRefusal(describeAwsCall(request), noCredential("its signature").message);
  }

  #isBearer({ url, headers }: Head): boolean {
    const value = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    return value !== undefined && this.#takesBearer(url.split("?")[0] ?? "", value);
  }
}
