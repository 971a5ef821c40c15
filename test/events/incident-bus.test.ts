import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IncidentBus } from "../../src/events/incident-bus";
import type { ToldIncident } from "../../src/model/incidents";
import { RecordingTelemetry } from "../support/engine";
import { CREDENTIALS } from "../support/engine-table";
import { type EventBus, putEventsReply, startEventBus } from "../support/event-bus";
import { ManualClock, START } from "../support/secrets-manager";

const ISSUER = "ai-keys/openai";

describe("the bus of incidents", () => {
  const clock = new ManualClock(START);
  let bus: EventBus;
  let client: EventBridgeClient;
  let telemetry: RecordingTelemetry;
  const told = (change: Partial<ToldIncident> = {}): ToldIncident => ({
    change: "opened",
    kind: "key-gone",
    at: START,
    key: "summariser",
    ...change,
  });
  const many = (count: number) => Array.from({ length: count }, (_, n) => told({ key: `key-${n}` }));

  beforeEach(async () => {
    bus = await startEventBus(clock);
    client = new EventBridgeClient({
      endpoint: bus.url,
      region: "us-east-1",
      credentials: CREDENTIALS,
      maxAttempts: 1,
    });
    telemetry = new RecordingTelemetry();
  });
  afterEach(async () => {
    client.destroy();
    await bus.close();
  });

  test("tells issuer, key, incident and time, and whether it begins or is over", async () => {
    // WHEN
    await new IncidentBus(client).publish(
      ISSUER,
      [
        told(),
        told({ change: "resolved", at: START + 90_000 }),
        { change: "opened", kind: "admin-key-refused", at: START },
      ],
      telemetry,
    );

    // THEN
    const detail = { version: 1, issuer: ISSUER, key: "summariser", incident: "key-gone" };
    expect(bus.events).toEqual([
      {
        Source: "scoped-keys",
        DetailType: "Scoped Key Incident Opened",
        Detail: { ...detail, at: new Date(START).toISOString() },
        Time: START / 1_000,
      },
      {
        Source: "scoped-keys",
        DetailType: "Scoped Key Incident Resolved",
        Detail: { ...detail, at: new Date(START + 90_000).toISOString() },
        Time: START / 1_000 + 90,
      },
      {
        Source: "scoped-keys",
        DetailType: "Scoped Key Incident Opened",
        Detail: { version: 1, issuer: ISSUER, incident: "admin-key-refused", at: new Date(START).toISOString() },
        Time: START / 1_000,
      },
    ]);
    expect(telemetry.lines).toEqual([]);
  });

  test("takes ten at a time, as many as EventBridge takes in one call, in their order", async () => {
    await new IncidentBus(client).publish(ISSUER, many(23), telemetry);
    expect(bus.calls).toEqual([10, 10, 3]);
    expect(bus.events.map(({ Detail }) => Object(Detail).key)).toEqual(many(23).map(({ key }) => key));
  });

  test("a bus that does not answer is waited for until the limit, and no longer: one line says so", async () => {
    // GIVEN
    let release = () => {};
    bus.answer = () => new Promise((resolve) => (release = () => resolve(putEventsReply([]))));

    // WHEN
    await new IncidentBus(client, 100).publish(ISSUER, many(12), telemetry);

    // THEN
    expect(bus.calls).toEqual([10]);
    expect(telemetry.lines).toEqual([
      { level: "warn", message: "incidents not told on the event bus", missed: 12, reason: expect.any(String) },
    ]);
    release();
  });

  test("a refusal is one line, and no error", async () => {
    bus.answer = async () => ({ status: 400, body: JSON.stringify({ __type: "AccessDeniedException" }) });
    await new IncidentBus(client).publish(ISSUER, many(3), telemetry);
    expect(telemetry.lines).toEqual([expect.objectContaining({ missed: 3, reason: "AccessDeniedException" })]);
  });

  test("what the bus refuses of a batch is counted, and the rest is told", async () => {
    // GIVEN
    bus.answer = async (entries) =>
      putEventsReply(entries.map((_, n) => (n === 1 ? { ErrorCode: "ThrottlingException" } : { EventId: "e" })));

    // WHEN
    await new IncidentBus(client).publish(ISSUER, many(13), telemetry);

    // THEN
    expect(bus.calls).toEqual([10, 3]);
    expect(telemetry.lines).toEqual([expect.objectContaining({ missed: 2, reason: "ThrottlingException" })]);
  });
});
