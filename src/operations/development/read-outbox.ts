import { AppError } from "../../domain/errors.ts";
import type { Outbox } from "../../ports/mail.ts";
import type { Background } from "../../ports/platform.ts";
import type { OutboxJson } from "../../schemas/development.ts";

const shown = 100;
/** How long mail that is just being written is waited for, in ms. */
const patienceMs = 2_000;

/**
 * The mail that this laptop kept instead of sending it, newest first. Everywhere else the path does not exist.
 * @throws AppError `not_found` where mail is really sent
 */
export async function readOutbox(
  { outbox, background }: { outbox: () => Promise<Outbox | null>; background: Background },
  input: { to?: string | undefined },
): Promise<OutboxJson> {
  const kept = await outbox();
  if (kept === null) throw new AppError("not_found", { detail: "There is nothing at this path." });
  await background.settled(patienceMs);
  const mails = await kept.list({ to: input.to, limit: shown });
  return {
    data: mails.map(({ id, to, subject, text, links, created_at }) => ({
      id,
      to,
      subject,
      text,
      links: [...links],
      created_at: created_at.toISOString(),
    })),
  };
}
