import { ScopedKeysRuntimeError } from "../model/errors";

/** Why the sandbox answers somebody with nothing else, or does not start. */

const GIVEN_MAX_LENGTH = 100;

export const noCredential = (where: string) =>
  new ScopedKeysRuntimeError("SK350", {
    subject: "sandbox",
    problem: `the request does not carry the credential of this run in ${where}, and nothing was done`,
    remedy:
      "Use the variables that the sandbox sets as they are: AWS_ENDPOINT_URL with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, SANDBOX_URL, SANDBOX_<VENDOR>_URL; each start makes new ones",
  });

export const notOfThisMachine = (given: string | undefined) =>
  new ScopedKeysRuntimeError("SK351", {
    subject: "sandbox",
    problem: "the request is for a host that is not loopback, and nothing was done",
    given: given === undefined ? "no Host" : JSON.stringify(given.slice(0, GIVEN_MAX_LENGTH)),
    allowed: "127.0.0.1 or localhost, with the server's port",
    remedy: "Call the sandbox at the addresses that it sets",
  });

export const ofAWebPage = (header: string, given: string) =>
  new ScopedKeysRuntimeError("SK352", {
    subject: "sandbox",
    problem: "a page in a browser may have sent the request, and nothing was done",
    given: `${header}: ${JSON.stringify(given.slice(0, GIVEN_MAX_LENGTH))}`,
    allowed: "requests without Origin; of a browser, GET of a typed address, not fetched ahead; no WebSocket",
    remedy: "Call the sandbox from a program that is no browser",
  });

export const bodyTooLarge = (maxBytes: number) =>
  new ScopedKeysRuntimeError("SK353", {
    subject: "sandbox",
    problem: "the body of the request is too large, and nothing was done",
    allowed: `${maxBytes} bytes`,
    remedy: "Send less",
  });

export const noPrivateSocket = (problem: string, remedy: string) =>
  new ScopedKeysRuntimeError("SK354", {
    subject: "sandbox",
    problem: `moto cannot be kept to this run, since ${problem}`,
    remedy,
  });
