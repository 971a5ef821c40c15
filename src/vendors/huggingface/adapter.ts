import * as v from "valibot";
import { bearer, envelopeOf } from "../../http/envelope";
import { type Dialect, exchange, failure, isSuccess, type Transport } from "../../http/exchange";
import type { KeyWords } from "../../http/verdict";
import { manualVendor } from "../manual-vendor";
import type { Vendor } from "../vendor";
import { huggingFaceDescriptor } from "./descriptor";

const errorSchema = v.object({ error: v.string() });

const dialect: Dialect = {
  displayName: huggingFaceDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(
    v.pipe(
      errorSchema,
      v.transform(({ error }) => ({ message: error })),
    ),
  ),
  valuePrefixes: huggingFaceDescriptor.valuePrefixes,
};

const unknownKey: readonly KeyWords[] = [
  {
    statuses: [401],
    message: /invalid (?:credentials in authorization header|user token|username or password)|token .*expired/i,
  },
];

const DATA_URL = "https://router.huggingface.co/v1";

/** Answers 202 whatever it is shown, so that only a look tells whether it took effect. */
async function revokeByValue(transport: Transport, value: string, signal: AbortSignal | undefined): Promise<void> {
  const endpoint = "POST /credentials/revoke";
  const answer = await exchange(transport, value, { endpoint, body: { credentials: [value] }, signal });
  if (!isSuccess(answer.status)) throw failure(dialect, endpoint, answer);
}

export const huggingFace: Vendor = {
  ...manualVendor({
    descriptor: huggingFaceDescriptor,
    dialect,
    unknownKey,
    look: { endpoint: "GET /whoami-v2", answer: v.object({ name: v.string() }) },
    revokeByValue,
  }),
  dataUrl: () => DATA_URL,
};
