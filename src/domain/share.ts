/** The part of a conversation's document that makes it readable by everybody who has its token. */
export interface Share {
  /** 256 random bits, base64url. Kept as it is, because its owner may ask for the link again. */
  readonly token: string;
  readonly created_at: Date;
}

/** Tokens are made by us: anything else need not be looked for. */
export function isShareToken(value: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(value);
}
