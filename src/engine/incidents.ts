import type { Incident } from "../model/incidents";
import { errorSummary } from "./error-summary";
import type { Engine, IssuerIncident } from "./ports";

/**
 * Tells of an incident of the issuer as a whole, once, whoever else meets it. Never throws: the
 * error that led here says more.
 */
export async function openForIssuer({ ledger, telemetry, effects }: Engine, kind: Incident): Promise<void> {
  try {
    if (!(await ledger.openIncident(kind))) return;
    telemetry.incident("opened", kind, undefined, effects.attribution);
    await ledger.confirmIncident(kind);
  } catch (error) {
    telemetry.warn("incident not written down", { incident: kind, reason: errorSummary(error) });
  }
}

/** It was looked at, and is still open. */
export async function publishAgain(
  { ledger, telemetry }: Engine,
  { kind, published: told }: IssuerIncident,
): Promise<void> {
  // The run that wrote it down died before it told.
  if (!told) telemetry.incident("opened", kind);
  await ledger.touchIncident(kind);
}

/** Tells that one of those that are open is over; nothing happens where it is not among them. */
export async function resolveForIssuer(
  { ledger, telemetry, effects }: Engine,
  open: readonly IssuerIncident[],
  kind: Incident,
): Promise<void> {
  const incident = open.find((other) => other.kind === kind);
  if (incident === undefined) return;
  // The run that wrote it down died before it told.
  if (!incident.published) telemetry.incident("opened", kind);
  telemetry.incident("resolved", kind, undefined, effects.attribution);
  await ledger.resolveIncident(kind);
}
