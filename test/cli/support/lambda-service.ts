import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { defined } from "../../../src/model/defined";

/** An answer of AWS Lambda's Invoke. */
export interface LambdaAnswer {
  /** @default 200 */
  readonly status?: number;
  /** Of AWS itself, such as `AccessDeniedException`. */
  readonly errorType?: string;
  /** The function threw. */
  readonly functionError?: "Unhandled";
  readonly body: unknown;
}

type Answers = (event: unknown) => LambdaAnswer | undefined | Promise<LambdaAnswer | undefined>;

/** Lambda as far as orders use it: what arrives is kept, what is answered is the test's. */
export class LambdaService {
  /** Function and event of each call. */
  readonly calls: Array<{ readonly functionName: string; readonly event: unknown }> = [];
  /** What STS says that the caller is; undefined where it says nothing. */
  caller: string | undefined;
  readonly #server: Server;

  private constructor(answers: Answers) {
    this.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (data) => {
        text += data;
      });
      request.on("end", async () => {
        if (text.startsWith("Action=GetCallerIdentity")) {
          response.writeHead(this.caller === undefined ? 403 : 200, { "content-type": "text/xml" });
          response.end(identityXml(this.caller ?? ""));
          return;
        }
        const event: unknown = JSON.parse(text);
        const functionName = decodeURIComponent(/functions\/([^/]+)\/invocations/.exec(request.url ?? "")?.[1] ?? "");
        this.calls.push({ functionName, event });
        const answer = await answers(event);
        if (answer === undefined) {
          request.socket.destroy();
          return;
        }
        const { status = 200, errorType, functionError, body } = answer;
        response.writeHead(status, {
          "content-type": "application/json",
          ...defined({ "x-amzn-errortype": errorType, "x-amz-function-error": functionError }),
        });
        response.end(JSON.stringify(body));
      });
    });
  }

  /** @param answers undefined: the connection breaks. */
  static async start(answers: Answers): Promise<LambdaService> {
    const service = new LambdaService(answers);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
function identityXml(arn: string): string {
  const result = `<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult>`;
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</GetCallerIdentityResponse>`;
}
