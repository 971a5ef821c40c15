import { ScopedKeysRuntimeError } from "../model/errors";

/** Why the sandbox refuses a request, or does not start. */

const GIVEN_MAX_LENGTH = 100;

export const noCredential = (where: string) =>
  new ScopedKeysRuntimeError("SK350", {
    subject: "sandbox",
    problem: `the request does not carry the credential of this run in ${where}. Nothing was done`,
    remedy:
      "Use the variables that the sandbox sets, unchanged: AWS_ENDPOINT_URL with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, SANDBOX_URL, SANDBOX_<VENDOR>_URL. Each start makes new ones",
  });

export const notOfThisMachine = (given: string | undefined) =>
  new ScopedKeysRuntimeError("SK351", {
    subject: "sandbox",
    problem: "the request names a host other than loopback. Nothing was done",
    given: given === undefined ? "no Host" : JSON.stringify(given.slice(0, GIVEN_MAX_LENGTH)),
    allowed: "127.0.0.1 or localhost, with the server's port",
    remedy: "Call the sandbox at the addresses that it sets",
  });

export const ofAWebPage = (header: string, given: string) =>
  new ScopedKeysRuntimeError("SK352", {
    subject: "sandbox",
    problem: "a page in a browser may have sent the request. Nothing was done",
    given: `${header}: ${JSON.stringify(given.slice(0, GIVEN_MAX_LENGTH))}`,
    allowed: "requests without Origin; from a browser only GET of a typed address, not a prefetch; no WebSocket",
    remedy: "Call the sandbox from a program other than a browser",
  });

export const bodyTooLarge = (maxBytes: number) =>
  new ScopedKeysRuntimeError("SK353", {
    subject: "sandbox",
    problem: "the body of the request is too large. Nothing was done",
    allowed: `at most ${maxBytes} bytes`,
    remedy: "Send a smaller body",
  });

export const noPrivateSocket = (problem: string, remedy: string) =>
  new ScopedKeysRuntimeError("SK354", {
    subject: "sandbox",
    problem: `the sandbox cannot keep moto private to this run: ${problem}`,
    remedy,
  });
