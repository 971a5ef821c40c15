import { pineconeDescriptor } from "../../src/vendors/pinecone/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { Scope } from "../key/scope";
import type { Construct } from "../terraform";

/** What an issuer of keys of Pinecone is made of. */
export interface PineconeIssuerProps extends KeyIssuerProps {
  /**
   * Project that keys are minted in, a UUID; may be a token. In the console's list of projects, or
   * from `GET /admin/projects`.
   */
  readonly projectId: string;
}

const PROJECT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Issuer of API keys of one Pinecone project. Pinecone enforces roles per key. It knows no expiry:
 * the sweep ends keys.
 *
 * The text of the admin key's secret is a JSON object with the credentials of a service account,
 * `{ "clientId": "…", "clientSecret": "…" }`, which are traded in for access tokens at
 * login.pinecone.io.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new PineconeIssuer(stack, "pinecone", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/pinecone"),
 *   projectId: "11111111-2222-3333-4444-555555555555",
 * });
 */
export class PineconeIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, pineconeDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: PineconeIssuerProps) {
    const { projectId } = props;
    super(scope, id, pineconeDescriptor, { projectId }, props);
    checks.setting(
      this,
      "projectId",
      projectId,
      PROJECT_ID,
      "a UUID in lower case",
      "the project's settings in the console of Pinecone",
    );
  }
}

/**
 * What a key may do at Pinecone: its roles.
 *
 * @example
 * [PineconeScope.DATA_PLANE_VIEWER];
 */
export class PineconeScope extends Scope {
  /** Read and write all of the project's data. */
  public static readonly PROJECT_EDITOR = PineconeScope.of("ProjectEditor");
  /** Read all of the project's data. */
  public static readonly PROJECT_VIEWER = PineconeScope.of("ProjectViewer");
  /** List, describe, create, configure and delete indexes, backups, collections and assistants. */
  public static readonly CONTROL_PLANE_EDITOR = PineconeScope.of("ControlPlaneEditor");
  /** List and describe indexes, backups, collections and assistants. */
  public static readonly CONTROL_PLANE_VIEWER = PineconeScope.of("ControlPlaneViewer");
  /** Query and change the data of indexes. Programs must target an index by its host. */
  public static readonly DATA_PLANE_EDITOR = PineconeScope.of("DataPlaneEditor");
  /** Query, fetch and list the data of indexes. Programs must target an index by its host. */
  public static readonly DATA_PLANE_VIEWER = PineconeScope.of("DataPlaneViewer");

  /**
   * A known role by its name, e.g. from a file. Names that are not known are refused by the key.
   */
  public static of(value: string): PineconeScope {
    return new PineconeScope(value, false);
  }

  /** A role that Pinecone has and this release does not know. */
  public static custom(value: string): PineconeScope {
    return new PineconeScope(value, true);
  }

  private constructor(value: string, custom: boolean) {
    super(pineconeDescriptor.id, value, custom);
  }
}
