import { noCredential } from "../errors";
import { refusalReply } from "../http";
import { newCredential, sameText } from "./credential";
import type { Admission, Door, Head } from "./door";

/**
 * Lets in whoever has the server's whole address: its path begins with a token that is made anew
 * for each server. A client needs to know nothing of it.
 */
export class TokenDoor implements Door {
  readonly prefix: string;
  readonly #token = newCredential();

  constructor(readonly maxBodyBytes: number) {
    this.prefix = `/${this.#token}`;
  }

  admit({ url }: Head): Admission {
    const end = url.slice(1).search(/[/?]/);
    const [given, rest] = end < 0 ? [url.slice(1), ""] : [url.slice(1, end + 1), url.slice(end + 1)];
    if (!sameText(given, this.#token)) return { refusal: refusalReply(noCredential("the path of its URL")) };
    return { url: rest.startsWith("/") ? rest : `/${rest}` };
  }
}
