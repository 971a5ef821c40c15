import { ledgerTableName } from "../names";
import { ledgerPolicy } from "../policies";
import { canonicalDocument } from "./documents";
import {
  type About,
  arnOf,
  block,
  computed,
  derived,
  fixed,
  named,
  placesOf,
  type RenderedPart,
  tags,
  unset,
} from "./rule";

/** What `constructs/issuer/ledger.ts` renders. */

const ledgerOf = ({ prefix }: About) => ledgerTableName(prefix);

export const LEDGER_PARTS: Readonly<Record<string, RenderedPart>> = {
  ledger: {
    type: "aws_dynamodb_table",
    of: "issuer",
    required: true,
    dependsOn: [],
    rules: {
      name: named(ledgerOf),
      billing_mode: fixed("PAY_PER_REQUEST"),
      hash_key: fixed("pk"),
      range_key: fixed("sk"),
      attribute: fixed([
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ]),
      point_in_time_recovery: block({ enabled: fixed(true), recovery_period_in_days: unset(35) }, true),
      server_side_encryption: block({ enabled: fixed(true), kms_key_arn: unset() }, true),
      tags,
      deletion_protection_enabled: unset(false),
      global_secondary_index: unset(),
      import_table: unset(),
      local_secondary_index: unset(),
      on_demand_throughput: unset(),
      read_capacity: unset(0),
      replica: unset(),
      restore_date_time: unset(),
      restore_source_name: unset(),
      restore_source_table_arn: unset(),
      restore_to_latest_time: unset(false),
      stream_enabled: unset(false),
      stream_view_type: unset(),
      table_class: unset("STANDARD"),
      timeouts: unset(),
      ttl: unset([{ attribute_name: "", enabled: false }]),
      write_capacity: unset(0),
      region: computed,
      arn: computed,
      id: computed,
      stream_arn: computed,
      stream_label: computed,
      tags_all: computed,
    },
  },
  "ledger policy": {
    type: "aws_dynamodb_resource_policy",
    of: "issuer",
    required: true,
    dependsOn: ["ledger"],
    rules: {
      resource_arn: named((about) => arnOf(about, "dynamodb", `table/${ledgerOf(about)}`)),
      policy: derived(isLedgerPolicy, (value) => canonicalDocument(value) ?? value),
      confirm_remove_self_resource_access: unset(false),
      region: computed,
      id: computed,
      revision_id: computed,
    },
  },
};

/** The issuer's functions write, and nobody else. */
function isLedgerPolicy(value: unknown, about: About): boolean {
  const writers = [about.roleArn("controller"), about.roleArn("observer")];
  const text = canonicalDocument(value);
  return text !== undefined && text === canonicalDocument(ledgerPolicy(placesOf(about), ledgerOf(about), writers));
}
