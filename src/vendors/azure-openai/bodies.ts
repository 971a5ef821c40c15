/** Body as sent. A test holds it against the parameter type of Azure's own client. */
export interface RegenerateKeyBody {
  readonly keyName: "Key1" | "Key2";
}
