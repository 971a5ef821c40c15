import { describeAccountGone } from "./account-gone";
import type { ContractSubject, VendorFake } from "./fixture";
import { describeLateActivation } from "./late-activation";
import { describeLateRevocation } from "./late-revocation";
import { describeOddKeys } from "./odd-keys";
import { describeShorterLife } from "./shorter-life";
import { describeVerdicts } from "./verdicts";

/**
 * What vendors were met to do in the field. Each is asked of each adapter, whatever its strategy:
 * one without an answer fails.
 */
export const QUESTIONS = {
  "late activation": describeLateActivation,
  "late revocation": describeLateRevocation,
  "no verdict": describeVerdicts,
  "shorter life": describeShorterLife,
  "odd foreign key": describeOddKeys,
  "account gone": describeAccountGone,
} as const satisfies Readonly<Record<string, <Fake extends VendorFake>(subject: ContractSubject<Fake>) => void>>;

export function describeQuestions<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  for (const ask of Object.values(QUESTIONS)) ask(subject);
}
