/** A document of `sessions`: one refresh token. Tokens of one sign-in share a family; reuse of a spent one revokes it. */
export interface Session {
  readonly _id: string;
  readonly user_id: string;
  readonly family_id: string;
  /** SHA-256 of the token, hex. The token itself is never stored. */
  readonly token_hash: string;
  /** There while the token can be used; the index of open sessions holds only these. */
  readonly is_open?: true;
  readonly used_at?: Date;
  readonly revoked_at?: Date;
  readonly user_agent: string | null;
  readonly ip_address: string | null;
  /** When the family began; absent in what was stored before this was kept. */
  readonly signed_in_at?: Date;
  readonly expires_at: Date;
  readonly created_at: Date;
}

export const accessTokenSeconds = 15 * 60;
export const refreshTokenDays = 30;
