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
