export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: number;
}

export interface AdminKey {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly owner: User;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  lastUsedAt: number | null;
}
