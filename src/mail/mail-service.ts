import { AppError } from "../domain/errors.ts";
import type { MailService } from "../ports/mail.ts";
import { createAzureMailer } from "./azure-mailer.ts";

export interface MailSettings {
  readonly ACS_CONNECTION_STRING?: string | undefined;
  readonly ACS_ENDPOINT?: string | undefined;
  readonly MAIL_FROM?: string | undefined;
}

const noMail: MailService = {
  mailer: {
    send: async () => {
      throw new AppError("unavailable", { detail: "This deployment has no mail service." });
    },
  },
  outbox: null,
};

/** Azure where it is configured, else what a laptop has, else a mailer that says that there is none. */
export async function createMailService(
  { ACS_CONNECTION_STRING, ACS_ENDPOINT, MAIL_FROM }: MailSettings,
  loadLocal: () => Promise<MailService | null>,
): Promise<MailService> {
  const isConfigured = ACS_CONNECTION_STRING !== undefined || ACS_ENDPOINT !== undefined;
  if (!isConfigured || MAIL_FROM === undefined) return (await loadLocal()) ?? noMail;
  const mailer = createAzureMailer({
    connectionString: ACS_CONNECTION_STRING,
    endpoint: ACS_ENDPOINT,
    from: MAIL_FROM,
  });
  return { mailer, outbox: null };
}
