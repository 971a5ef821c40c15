import { OWN_TAGS } from "../../src/model/names";
import type { CheckedRole } from "../access/grantee";
import type { IKeyIssuer } from "../issuer/issuer";
import { defaultTagsOf, type IConstruct, stackOf, tagsOf } from "../terraform";
import type { GuardedScope, IDeclared } from "./declared";
import type { AdminKeyUse, IGuardrailContext, ImportedDeclaration, KeyDeclaration } from "./key-declaration";

/** Stands for the environment of what is in none. */
export const NO_ENVIRONMENT = "no environment";

/** What a rule may ask about everything else that is declared. Looked up once per check. */
export class Surroundings implements IGuardrailContext {
  private readonly guards = new Map<IConstruct, readonly GuardedScope[]>();
  /** By provider or, where a secret names none, by stack. */
  private readonly defaultTags = new Map<IConstruct, Readonly<Record<string, string>>>();
  private imports: Map<string, ImportedDeclaration[]> | undefined;
  private admins: Map<string, AdminKeyUse> | undefined;

  public constructor(private readonly declarations: IDeclared) {}

  /** Guarded scopes that the construct is in, innermost first. */
  public guardsOf(construct: IConstruct): readonly GuardedScope[] {
    const found = this.guards.get(construct);
    if (found !== undefined) return found;
    const { scope } = construct.node;
    const outer = scope === undefined ? [] : this.guardsOf(scope);
    const own = this.declarations._scopes.get(construct);
    const all = own === undefined ? outer : [own, ...outer];
    this.guards.set(construct, all);
    return all;
  }

  /** The innermost that is named. */
  public environmentOf(construct: IConstruct): string | undefined {
    return this.guardsOf(construct).find(({ environment }) => environment !== undefined)?.environment;
  }

  /** Places that refer to the key as one that is declared elsewhere. */
  public importsOf({ secretName }: KeyDeclaration): readonly ImportedDeclaration[] {
    if (this.imports === undefined) {
      this.imports = new Map();
      for (const imported of this.declarations._imported) {
        const others = this.imports.get(imported.secretName);
        if (others === undefined) this.imports.set(imported.secretName, [imported]);
        else others.push(imported);
      }
    }
    return this.imports.get(secretName) ?? [];
  }

  /** Everything that the key is granted. */
  public readersOf(key: KeyDeclaration): readonly CheckedRole[] {
    const imports = this.importsOf(key);
    return imports.length === 0 ? key.readers : [...key.readers, ...imports.flatMap(({ readers }) => readers)];
  }

  /** What Aspects and overrides put on the secret goes before the default tags of its provider. */
  public tagsOf({ secret }: KeyDeclaration): { readonly [name: string]: string } {
    const tags = { ...this.defaultTagsOf(secret), ...tagsOf(secret) };
    return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.toLowerCase().startsWith(OWN_TAGS)));
  }

  /** Environments in which the key is declared, referred to or read. */
  public environmentsOf(key: KeyDeclaration): string[] {
    const places = [
      key.construct,
      ...this.importsOf(key).map(({ construct }) => construct),
      ...this.readersOf(key).flatMap(({ construct }) => construct ?? []),
    ];
    const named = places.map((place) => this.environmentOf(place)).filter((name) => name !== undefined);
    return [...new Set(named)].sort();
  }

  /**
   * What the issuer's admin key is used for, by all issuers that have it; undefined where the
   * vendor has none.
   */
  public adminKeyUse(issuer: IKeyIssuer): AdminKeyUse | undefined {
    const identity = adminKeyIdentity(issuer);
    if (identity === undefined) return undefined;
    this.admins ??= this.allAdminKeys();
    return this.admins.get(identity);
  }

  private defaultTagsOf(secret: KeyDeclaration["secret"]): Readonly<Record<string, string>> {
    const home = secret.provider ?? stackOf(secret);
    const found = this.defaultTags.get(home);
    if (found !== undefined) return found;
    const tags = defaultTagsOf(secret);
    this.defaultTags.set(home, tags);
    return tags;
  }

  private allAdminKeys(): Map<string, AdminKeyUse> {
    const uses = new Map<IKeyIssuer, Set<string>>();
    for (const issuer of this.declarations._issuers) {
      const own = this.environmentOf(issuer);
      uses.set(issuer, new Set(own === undefined ? [] : [own]));
    }
    for (const { issuer, construct } of this.declarations._keys) {
      uses.get(issuer)?.add(this.environmentOf(construct) ?? NO_ENVIRONMENT);
    }
    const admins = new Map<string, AdminKeyUse>();
    for (const [issuer, environments] of uses) {
      const identity = adminKeyIdentity(issuer);
      if (identity === undefined) continue;
      const use = admins.get(identity) ?? { name: identity, issuers: [], environments: new Set<string>() };
      use.issuers.push(issuer.node.path);
      for (const environment of environments) use.environments.add(environment);
      admins.set(identity, use);
    }
    return admins;
  }
}

/** Complete ARNs name their secret; a token is what it was passed as. */
function adminKeyIdentity({ _adminKey: key }: IKeyIssuer): string | undefined {
  if (key === undefined) return undefined;
  return key._secretName ?? /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(key._secretArn ?? "")?.[1] ?? key._secretArn;
}
