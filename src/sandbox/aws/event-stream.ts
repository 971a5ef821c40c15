/**
 * One message of AWS's event streams (`application/vnd.amazon.eventstream`): lengths and a
 * checksum, headers, payload, a checksum. https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export function eventMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array | string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + head.length + body.length + 2 * CHECKSUM_BYTES, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), head, body]);
  return Buffer.concat([message, checksum(message)]);
}

/** An event of JSON, as most services send them. */
export function jsonEvent(type: string, payload: object): Buffer {
  const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
  return eventMessage(headers, JSON.stringify(payload));
}

export const EVENT_STREAM = "application/vnd.amazon.eventstream";

const PRELUDE_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** Of a header's value: a string with its length. */
const STRING = 7;
const POLYNOMIAL = 0xedb88320;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let entry = byte;
  for (let bit = 0; bit < 8; bit++) entry = (entry & 1) === 0 ? entry >>> 1 : (entry >>> 1) ^ POLYNOMIAL;
  return entry >>> 0;
});

function header(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([STRING]), length, valueBytes]);
}

/** CRC-32. */
function checksum(bytes: Uint8Array): Buffer {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = ((sum >>> 8) ^ (TABLE[(sum ^ byte) & 0xff] ?? 0)) >>> 0;
  const written = Buffer.alloc(CHECKSUM_BYTES);
  written.writeUInt32BE((sum ^ 0xffffffff) >>> 0);
  return written;
}
