import * as v from "valibot";
import { LATEST_SECONDS, MILLIS_PER_SECOND } from "../model/units";

/** ISO 8601, as RFC 3339 has it too; becomes Unix seconds, a date those of its beginning in UTC. */
export const isoTime = v.pipe(
  v.string(),
  v.transform((text) => Math.floor(Date.parse(text) / MILLIS_PER_SECOND)),
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LATEST_SECONDS),
);
