/** What a one-time token may do. One of a kind is open a user at a time: a newer one takes the older one's place. */
export type TokenPurpose = "verify_email" | "change_email" | "reset_password" | "oauth_sign_in";

/** A document of `one_time_tokens`. It is deleted by its use, so that it works once. */
export interface OneTimeToken {
  readonly _id: string;
  readonly purpose: TokenPurpose;
  readonly user_id: string;
  /** SHA-256 of the token, hex. The token itself is in the mail and nowhere else. */
  readonly token_hash: string;
  /** The address that the token speaks for: the account's own when it was made, or the one it shall get. */
  readonly email: string | null;
  /** Of the account when a change of its address was asked for. Absent: 0. */
  readonly credentials_version?: number;
  /** What a sign-in with a provider was proven by. */
  readonly identity?: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** How long a token of a mail works, in ms. */
export const mailedTokenMs = 3_600_000;

/** Mails of one kind that an address gets at most within the window, whoever asks for them. */
export const mailLimit = { windowSeconds: 900, requests: 5 } as const;
