/** One plain-text message to one person. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Hands the message over for delivery. @throws AppError `unavailable` when the service does not take it */
  send(mail: Mail): Promise<void>;
}

/** A message that a laptop kept instead of sending it. */
export interface KeptMail extends Mail {
  readonly id: string;
  /** Every address in the text, in its order. */
  readonly links: readonly string[];
  readonly created_at: Date;
}

export interface Outbox {
  /** Newest first. @param to whose; everybody's without it */
  list(input: { to?: string | undefined; limit: number }): Promise<readonly KeptMail[]>;
}

/** Where mail goes in this deployment; `outbox` is null wherever mail is really sent. */
export interface MailService {
  readonly mailer: Mailer;
  readonly outbox: Outbox | null;
}
