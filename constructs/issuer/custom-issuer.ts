import { isOwnBaseUrl, OWN_BASE_URL_RULE } from "../../src/model/base-url";
import * as checks from "../checks";
import * as errors from "../errors";
import { Scope } from "../key/scope";
import { type Construct, isToken } from "../terraform";
import type { AdminKey } from "./admin-key";
import type { CustomAdapter } from "./custom-adapter";
import { ImportedIssuer, type IssuerAttributes } from "./imported-issuer";
import type { IKeyIssuer } from "./issuer";
import { type CommonIssuerProps, KeyIssuer } from "./key-issuer";

/** What an issuer with an adapter of your own is made of. */
export interface CustomIssuerProps extends CommonIssuerProps {
  /** File with the vendor's adapter. */
  readonly adapter: CustomAdapter;
  /**
   * Key that mints and revokes keys at the vendor; needed unless the adapter's descriptor says
   * `adminKey: "none"`.
   * @default - none
   */
  readonly adminKey?: AdminKey;
  /**
   * Admin key that may only read, for the observer.
   * @default - `adminKey`
   */
  readonly observerAdminKey?: AdminKey;
  /**
   * What the adapter reads as `settings`: plain texts, none of them secret; may be tokens.
   * `baseUrl` is one of the descriptor's base URLs.
   * @default - none
   */
  readonly settings?: { readonly [name: string]: string };
}

/** An issuer whose vendor's adapter is the user's own. */
export interface ICustomIssuer extends IKeyIssuer {
  /** One of the scopes that the adapter's descriptor names; a key with another one is refused. */
  scope(value: string): Scope;
}

/** A custom issuer that another app deployed. */
export interface CustomIssuerAttributes extends IssuerAttributes {
  /** The adapter that the other app deployed: its descriptor says what keys may ask for. */
  readonly adapter: CustomAdapter;
}

/**
 * Issuer of keys of a vendor that the library does not know: the user brings the adapter, and the
 * library does with it what it does with its own. The functions' code is the package's, with the
 * adapter file beside it.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * const acme = new CustomIssuer(stack, "acme", {
 *   adapter: CustomAdapter.fromFile("adapters/acme.js"),
 *   adminKey: AdminKey.fromSecretName("ai/admin/acme"),
 * });
 * acme.scope("models.read");
 */
export class CustomIssuer extends KeyIssuer implements ICustomIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, SK132 for a malformed prefix,
   * and what an adapter file is refused for (SK171 to SK174).
   */
  public static fromAttributes(scope: Construct, id: string, attributes: CustomIssuerAttributes): ICustomIssuer {
    checks.id(scope, id);
    const { descriptor } = attributes.adapter._load({ node: { path: `${scope.node.path}/${id}` } });
    return new ImportedCustomIssuer(scope, id, descriptor, attributes, ["adapter"]);
  }

  public constructor(scope: Construct, id: string, props: CustomIssuerProps) {
    const { adapter, settings = {} } = props;
    // Before anything quotes it.
    checks.id(scope, id);
    const { descriptor, code } = adapter._load({ node: { path: `${scope.node.path}/${id}` } });
    super(scope, id, descriptor, settings, props, { adapter: code });
    for (const [name, value] of Object.entries(settings)) {
      checks.setting(this, `settings.${name}`, value, /./s, "a text that is not empty", "the adapter's documentation");
    }
    const { displayName, baseUrls, ownBaseUrl } = descriptor;
    if ((descriptor.adminKey === "none") !== (props.adminKey === undefined)) {
      throw errors.adminKeyOfAdapter(this, displayName, props.adminKey !== undefined);
    }
    const { baseUrl } = settings;
    if (baseUrl === undefined || isToken(baseUrl) || baseUrls.includes(baseUrl)) return;
    if (ownBaseUrl && isOwnBaseUrl(baseUrl)) return;
    throw errors.baseUrlNotAllowed(this, displayName, baseUrl, ownBaseUrl ? [OWN_BASE_URL_RULE] : baseUrls);
  }

  /** One of the scopes that the adapter's descriptor names; a key with another one is refused. */
  public scope(value: string): Scope {
    return new CustomScope(this._vendor.id, value);
  }
}

class ImportedCustomIssuer extends ImportedIssuer implements ICustomIssuer {
  public scope(value: string): Scope {
    return new CustomScope(this._vendor.id, value);
  }
}

class CustomScope extends Scope {
  public constructor(vendor: string, value: string) {
    super(vendor, value, false);
  }
}
