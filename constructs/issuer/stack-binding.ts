import { defined } from "../../src/model/defined";
import { REPAIR_NONE } from "../../src/model/events";
import { PROJECT_LIMITS } from "../../src/model/names";
import { secretPolicy } from "../../src/model/policies";
import * as errors from "../errors";
import { StackResources } from "../stack-resources";
import {
  addressOf,
  Construct,
  DataAwsLambdaInvocation,
  type IConstruct,
  Lazy,
  placeOf,
  stackOf,
  TerraformLocal,
} from "../terraform";
import type { IKeyIssuer } from "./issuer";

/**
 * What the keys of one issuer share in one stack, the issuer's own or another. Renders Terraform
 * locals and, unless drift detection is off, one `data.aws_lambda_invocation` with a `check` block.
 */
export class StackBinding extends Construct {
  /** That of the stack that the construct is in; made when first asked for. */
  public static of(construct: IConstruct, issuer: IKeyIssuer): StackBinding {
    const here = StackResources.of(construct);
    const id = issuer._name;
    const found = here.node.tryFindChild(id);
    if (!(found instanceof StackBinding)) return new StackBinding(here, id, issuer);
    // Of one prefix, in another region or account of the app.
    if (found.issuer !== issuer) {
      if (found.issuer._isImported && issuer._isImported) {
        throw errors.importedTwice(construct, issuer.prefix, found.issuer.node.path);
      }
      throw errors.prefixTaken(construct, issuer.prefix, found.issuer.node.path, found.issuer.prefix);
    }
    return found;
  }

  /** Terraform text: ARN of the controller. */
  public readonly controllerArn: string;
  public readonly controllerRoleArn: string;
  /** Terraform text: resource policy of each secret that anybody may read whom IAM lets. */
  public readonly secretPolicy: string;
  /**
   * Terraform addresses that must stand before a key is made and until it is gone; empty in a stack
   * without the issuer.
   */
  public readonly dependencies: readonly string[];

  private readonly digests = new Map<string, string>();
  private account: string | undefined;
  private repairs: string | undefined;

  private constructor(
    here: StackResources,
    id: string,
    private readonly issuer: IKeyIssuer,
  ) {
    super(here, id);
    const stack = stackOf(this);
    const issuerStack = stackOf(issuer);
    this.controllerArn = text(this.local("controller", here.arn("lambda", `function:${issuer.controllerName}`)));
    this.controllerRoleArn = issuer._controllerRoleArn(here);
    this.secretPolicy = text(
      this.local(
        "secret_policy",
        secretPolicy(here, { prefix: issuer.prefix, controllerRoleArn: this.controllerRoleArn }),
      ),
    );
    if (issuer._isImported) {
      // It stands before any stack of this app.
      this.dependencies = [];
    } else if (stack === issuerStack) {
      this.dependencies = issuer._permissions.map(addressOf);
    } else {
      stack.addDependency(issuerStack);
      this.node.addValidation({
        validate: () => {
          const [here, there] = [placeOf(stack), placeOf(issuerStack)];
          for (const part of ["region", "account"] as const) {
            if (here[part] !== undefined && there[part] !== undefined && here[part] !== there[part]) {
              throw errors.issuerElsewhere(stack, part, here[part], issuer.node.path, there[part]);
            }
          }
          return [];
        },
      });
      this.dependencies = [];
    }
  }

  /**
   * Counts the key in.
   * @returns Terraform text, inside JSON: the key's repair token
   */
  public repairOf(keyName: string, policyDigest: string): string {
    this.digests.set(keyName, policyDigest);
    return this.lookup(keyName);
  }

  /**
   * Counts the project limits in; of the issuer's own stack alone.
   * @returns Terraform text, inside JSON: its repair token
   */
  public accountRepair(accountDigest: string): string {
    this.account = accountDigest;
    return this.lookup(PROJECT_LIMITS);
  }

  private lookup(name: string): string {
    if (!this.issuer._driftAtPlan) return JSON.stringify(REPAIR_NONE);
    this.repairs ??= this.observe();
    return `\${jsonencode(lookup(${this.repairs}, "${name}", "${REPAIR_NONE}"))}`;
  }

  private observe(): string {
    // Through a local: a data source that names a resource itself is put off whenever that resource
    // has a pending change, and with it the input of every key. Like this it is put off only until
    // the observer exists.
    const observer = this.local("observer", this.issuer._observerArn(StackResources.of(this)));
    const observed = new DataAwsLambdaInvocation(this, "observed", {
      functionName: text(observer),
      input: Lazy.stringValue({ produce: () => this.observeEvent() }),
    });
    const states = this.local("states", `\${jsondecode(data.${addressOf(observed)}.result)}`);
    const repairs = this.local("repairs", `\${{ for key, seen in ${states} : key => seen.repair }}`);
    const sentence = `format("%s (%s): %s", key, seen.state, join("; ", seen.drift))`;
    const differing = this.local(
      "differing",
      `\${[ for key, seen in ${states} : ${sentence} if !contains(["in_sync", "behind"], seen.state) ]}`,
    );
    const what = this.account === undefined ? "Keys" : "Keys and project limits";
    const title = `${what} under ${this.issuer.prefix}/ that are not as last applied:`;
    // Asserts only. A data source inside the block would make every plan non-empty.
    stackOf(this).addOverride(`check.${this.issuer._name.replace(/^(?=\d)/, "_")}`, {
      assert: [
        {
          condition: `\${length(${differing}) == 0}`,
          error_message: `\${join("\\n", concat(["${title}"], ${differing}))}`,
        },
      ],
    });
    return repairs;
  }

  /** `observeEventSchema`, keys in the order of their names. */
  private observeEvent(): string {
    const keys = Object.fromEntries([...this.digests].sort(([a], [b]) => (a < b ? -1 : 1)));
    return JSON.stringify({
      action: "observe",
      keys,
      ...defined({ account: this.account }),
    });
  }

  /** @returns Terraform expression that refers to the local */
  private local(id: string, value: string): string {
    return `local.${new TerraformLocal(this, id, value).friendlyUniqueId}`;
  }
}

function text(expression: string): string {
  return `\${${expression}}`;
}
