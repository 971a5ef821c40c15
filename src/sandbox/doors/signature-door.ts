import { awsRefusal, describeAwsCall } from "../aws/request";
import type { Callers } from "../callers";
import { noCredential } from "../errors";
import type { Reply, Request } from "../http";
import { HOST_HEADER } from "../lambda/launch";
import { sameText } from "./credential";
import type { Admission, Door, Head } from "./door";
import { expectedSignatures, givenSignature } from "./signature";

/** Of Lambda's `CreateFunction`: 50 MB of code in base64, and its configuration. */
const MAX_BODY_BYTES = 72 * 1_024 * 1_024;

/**
 * Lets in who signs with an access key of this run, as AWS does. The key's id alone decides whether the body is read, and the
 * signature whether anything is done.
 */
export class SignatureDoor implements Door {
  readonly prefix = "";
  readonly maxBodyBytes = MAX_BODY_BYTES;
  readonly #callers: Callers;

  constructor(callers: Callers) {
    this.#callers = callers;
  }

  admit(head: Head): Admission {
    const given = givenSignature(head);
    if (given !== undefined && this.#callers.secretOf(given.accessKeyId) !== undefined) return { url: head.url };
    return { refusal: awsRefusal(describeAwsCall(head), noCredential("its signature").message) };
  }

  verify(request: Request): Reply | undefined {
    const given = givenSignature(request);
    const secret = given === undefined ? undefined : this.#callers.secretOf(given.accessKeyId);
    if (given !== undefined && secret !== undefined) {
      const led = request.headers[HOST_HEADER];
      const expected = expectedSignatures(request, given, secret, typeof led === "string" ? led : undefined);
      if (expected.some((signature) => sameText(signature, given.signature))) return undefined;
    }
    return awsRefusal(describeAwsCall(request), noCredential("its signature").message);
  }
}
