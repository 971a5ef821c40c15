import { escapeXml } from "../../../http/xml";
import type { Reply } from "../../messages";

/** An answer of IAM that ends a call. */
export class IamError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  reply(): Reply {
    const error = `<Type>Sender</Type><Code>${this.code}</Code><Message>${escapeXml(this.message)}</Message>`;
    const body = `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>${error}</Error><RequestId>sandbox</RequestId></ErrorResponse>`;
    return { status: this.status, headers: { "content-type": "text/xml" }, body };
  }
}
