import { putEvents } from "../../../../src/sandbox/aws/events/put-events";

const EVENT = { Source: "scoped-keys", DetailType: "Scoped Key Incident Opened", Detail: '{"version":1}' };
const put = (...Entries: object[]) => putEvents(JSON.stringify({ Entries }));

describe("PutEvents", () => {
  test("takes up to ten events, each with an id of its own", () => {
    const { status, body } = put(...Array.from({ length: 10 }, () => EVENT));
    expect(status).toBe(200);
    expect(body).toMatchObject({ FailedEntryCount: 0 });
    const ids = Object(body).Entries.map((entry: { EventId: string }) => entry.EventId);
    expect(new Set(ids).size).toBe(10);
  });

  test.each<[string, object[]]>([
    ["none", []],
    ["more than ten", Array.from({ length: 11 }, () => EVENT)],
  ])("refuses %s", (_, entries) => {
    expect(put(...entries)).toMatchObject({ status: 400, body: { __type: "ValidationException" } });
  });

  test("refuses what is no request", () => {
    expect(putEvents("{")).toMatchObject({ status: 400, body: { __type: "SerializationException" } });
  });

  test.each([
    ["without a source", { ...EVENT, Source: "" }, "InvalidArgument"],
    ["without a detail type", { ...EVENT, DetailType: undefined }, "InvalidArgument"],
    ["whose detail is no JSON", { ...EVENT, Detail: "{" }, "MalformedDetail"],
    ["whose detail is no object", { ...EVENT, Detail: "1" }, "MalformedDetail"],
    ["in AWS's name", { ...EVENT, Source: "aws.ec2" }, "NotAuthorizedForSourceException"],
  ])("refuses an event %s, and takes the others", (_, entry, ErrorCode) => {
    expect(put(EVENT, entry).body).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: expect.any(String) }, { ErrorCode }],
    });
  });
});
