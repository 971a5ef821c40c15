import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Telemetry } from "../engine/ports";
import { INCIDENT_EVENT_SOURCE, INCIDENT_EVENT_TYPES, incidentDetail, type ToldIncident } from "../model/incidents";
import { timeLimit } from "../model/time-limit";

/** AWS: events in one call. */
const ENTRIES_MAX = 10;
/** Below what a run keeps free for its answer. */
const LIMIT_MILLIS = 2_000;

/** The account's default event bus, for those who listen. */
export class IncidentBus {
  constructor(
    private readonly client: Pick<EventBridgeClient, "send">,
    private readonly limitMillis = LIMIT_MILLIS,
  ) {}

  /**
   * Never throws: log lines and metrics were written before, and a run counts more than who hears
   * of it.
   */
  async publish(issuer: string, told: readonly ToldIncident[], telemetry: Pick<Telemetry, "warn">): Promise<void> {
    const limit = timeLimit(this.limitMillis);
    let missed = told.length;
    let reason: string | undefined;
    try {
      for (let start = 0; start < told.length; start += ENTRIES_MAX) {
        const Entries = told.slice(start, start + ENTRIES_MAX).map((incident) => entryOf(issuer, incident));
        const answer = await this.client.send(new PutEventsCommand({ Entries }), { abortSignal: limit.signal });
        const refused = (answer.Entries ?? []).flatMap(({ ErrorCode }) => ErrorCode ?? []);
        missed -= Entries.length - refused.length;
        reason ??= refused[0];
      }
    } catch (error) {
      reason = error instanceof Error ? error.name : "unknown";
    } finally {
      limit.stop();
    }
    if (missed > 0) telemetry.warn("incidents not told on the event bus", { missed, reason });
  }
}

function entryOf(issuer: string, incident: ToldIncident) {
  return {
    Source: INCIDENT_EVENT_SOURCE,
    DetailType: INCIDENT_EVENT_TYPES[incident.change],
    Detail: JSON.stringify(incidentDetail(issuer, incident)),
    Time: new Date(incident.at),
  };
}
