import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";
import type { AdminKey, User } from "./accounts";
import type { AuditEvent } from "./audit-event";
import { ProjectSettings } from "./project-settings";
import { DEFAULT_SETTINGS, type Settings } from "./settings";

/** Objects as the simulator keeps them. Times are Unix seconds. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly settings: ProjectSettings;
}

export interface ServiceAccount {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: number;
  name: string;
  role: "owner" | "member" | "none";
}

export type KeyOwner =
  | { readonly type: "service_account"; readonly account: ServiceAccount }
  | { readonly type: "user"; readonly user: User };

export interface ProjectKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly value: string;
  readonly owner: KeyOwner;
  readonly createdAtMillis: number;
  /** Empty: all permissions. */
  scopes: readonly string[];
  expiresAt: number | null;
  lastUsedAt: number | null;
}

/**
 * An organisation with its default project, one more project, one administrator and one admin key.
 */
export class OrganizationState {
  readonly clock: Clock;
  readonly random: SeededRandom;
  settings: Settings = DEFAULT_SETTINGS;
  readonly defaultProject: Project;
  readonly project: Project;
  readonly administrator: User;
  readonly firstAdminKey: AdminKey;
  /** In the order of their making; so are all maps here. */
  readonly projects = new Map<string, Project>();
  readonly serviceAccounts = new Map<string, ServiceAccount>();
  readonly keys = new Map<string, ProjectKey>();
  readonly adminKeys = new Map<string, AdminKey>();
  /** Oldest first. */
  readonly auditEvents: AuditEvent[] = [];
  readonly responses = new Map<string, { readonly projectId: string; readonly body: object }>();
  readonly files = new Map<
    string,
    { readonly projectId: string; readonly body: { readonly id: string; readonly purpose: string } }
  >();
  readonly #issued: string[] = [];

  constructor(clock: Clock, seed: string) {
    this.clock = clock;
    this.random = new SeededRandom(seed);
    this.defaultProject = this.#addProject("Default project");
    this.project = this.#addProject("Sandbox");
    this.administrator = this.addUser("Platform Admin", "platform-admin@example.com");
    this.firstAdminKey = this.addAdminKey("Sandbox admin key", this.administrator, null);
  }

  nowSeconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  newId(prefix: string): string {
    return `${prefix}${this.random.alphanumeric(24)}`;
  }

  addUser(name: string, email: string): User {
    return { id: this.newId("user-"), name, email, createdAt: this.nowSeconds() };
  }

  addServiceAccount(projectId: string, name: string, role: ServiceAccount["role"]): ServiceAccount {
    const account = { id: this.newId("svc_acct_"), projectId, name, role, createdAt: this.nowSeconds() };
    this.serviceAccounts.set(account.id, account);
    return account;
  }

  addKey(
    owner: KeyOwner,
    projectId: string,
    details: { name: string; scopes: readonly string[]; expiresInSeconds: number | null },
  ): ProjectKey {
    const { name, scopes, expiresInSeconds } = details;
    const key: ProjectKey = {
      id: this.newId("key_"),
      projectId,
      name,
      value: this.#newValue(owner.type === "user" ? "sk-proj-" : "sk-svcacct-"),
      owner,
      createdAtMillis: this.clock.now(),
      scopes: [...scopes],
      expiresAt: expiresInSeconds === null ? null : this.nowSeconds() + expiresInSeconds,
      lastUsedAt: null,
    };
    this.keys.set(key.id, key);
    return key;
  }

  addAdminKey(name: string, owner: User, expiresInSeconds: number | null): AdminKey {
    const key: AdminKey = {
      id: this.newId("key_"),
      name,
      value: this.#newValue("sk-admin-"),
      owner,
      createdAt: this.nowSeconds(),
      expiresAt: expiresInSeconds === null ? null : this.nowSeconds() + expiresInSeconds,
      lastUsedAt: null,
    };
    this.adminKeys.set(key.id, key);
    return key;
  }

  /** Every value ever issued, dead ones included. */
  issued(): readonly string[] {
    return [...this.#issued];
  }

  #addProject(name: string): Project {
    const id = this.newId("proj_");
    const project = { id, name, createdAt: this.nowSeconds(), settings: new ProjectSettings(id) };
    this.projects.set(project.id, project);
    return project;
  }

  #newValue(prefix: string): string {
    const value = prefix + this.random.urlSafe(64);
    this.#issued.push(value);
    return value;
  }
}
