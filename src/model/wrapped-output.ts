/**
 * The wrapper of the setup-terraform action stands in the place of Terraform, and prints its own
 * lines around what Terraform prints: `[command]/…/terraform-bin show -json`, and workflow commands
 * such as `::debug::` and `::set-output`.
 */
const WRAPPER = /^(?:\[command\]|::(?:debug|set-output|save-state|group|endgroup|error|warning|notice)\b.*::)/m;

export function isWrapped(text: string): boolean {
  return WRAPPER.test(text);
}

/** How it is named to people, and how they do without. */
export const WRAPPER_WORDS =
  "output of the wrapper of the setup-terraform action, with lines of its own around Terraform's";
export const WITHOUT_WRAPPER =
  "Set `terraform_wrapper: false` in the step that uses hashicorp/setup-terraform, or call terraform-bin in the place of terraform";
