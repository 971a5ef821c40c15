import type { Reply, Request } from "../../messages";
import type { AwsPart } from "../../vendors/simulator";
import { simulatorReply, simulatorRequest } from "../../vendors/vendor-server";
import type { Moto } from "../moto";
import { field, IamAccount } from "./account";
import { IamError } from "./error";
import { checkLimits } from "./limits";

/** `CreateServiceSpecificCredential` and the like, which moto has not. */
const CREDENTIAL_ACTION = /ServiceSpecificCredentials?$/;

export interface IamFrontOptions {
  readonly moto: () => Moto;
  /** Simulators of vendors that answer for a part of IAM. */
  readonly vendors: readonly AwsPart[];
}

/**
 * IAM: limits are enforced, service-specific credentials are a vendor's, and moto keeps the rest.
 */
export class IamFront {
  readonly #options: IamFrontOptions;
  readonly #account: IamAccount;

  constructor(options: IamFrontOptions) {
    this.#options = options;
    this.#account = new IamAccount(options.moto);
  }

  async answer(request: Request): Promise<Reply> {
    const form = Object.fromEntries(new URLSearchParams(request.body.toString("utf8")));
    const { Action: action = "", UserName: userName } = form;
    try {
      const own = this.#ofVendor(request);
      if (own !== undefined) return own;
      if (CREDENTIAL_ACTION.test(action) && userName !== undefined) {
        await this.#adopt(userName);
        const adopted = this.#ofVendor(request);
        if (adopted !== undefined) return adopted;
      }
      await checkLimits(this.#account, action, form);
    } catch (error) {
      if (error instanceof IamError) return error.reply();
      throw error;
    }
    return this.#options.moto().forward(request);
  }

  #ofVendor(request: Request): Reply | undefined {
    for (const vendor of this.#options.vendors) {
      const answer = vendor.answer(simulatorRequest(request, vendor.hosts[0]));
      if (answer !== undefined) return simulatorReply(answer);
    }
    return undefined;
  }

  /** A user of the account gets credentials of a vendor. */
  async #adopt(name: string): Promise<void> {
    const user = (await this.#account.ask("GetUser", { UserName: name }))?.["User"];
    if (user === undefined) {
      throw new IamError(404, "NoSuchEntity", `The user with name ${name} cannot be found.`);
    }
    const path = field(user, "Path");
    for (const vendor of this.#options.vendors) {
      vendor.adopt?.({
        name,
        path: typeof path === "string" ? path : "/",
        policies: () => this.#account.policiesOfUser(name),
      });
    }
  }
}
