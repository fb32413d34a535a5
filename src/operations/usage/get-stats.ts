import { AppError } from "../../domain/errors.ts";
import { generationStatuses } from "../../domain/generation.ts";
import type { Statistics } from "../../ports/usage.ts";
import type { Users } from "../../ports/users.ts";
import type { StatsJson } from "../../schemas/usage.ts";

/** What an account has and did, all in all. @throws AppError `not_found` */
export async function getStats(
  { users, statistics }: { users: Users; statistics: Statistics },
  input: { userId: string },
): Promise<StatsJson> {
  const [user, found] = await Promise.all([users.findById(input.userId), statistics.ofAccount(input.userId)]);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  const generations = Object.fromEntries(
    generationStatuses.map((status) => [status, found.generations[status] ?? 0]),
  ) as Record<(typeof generationStatuses)[number], number>;
  return {
    since: user.created_at.toISOString(),
    conversations: found.conversations,
    messages: found.messages,
    tokens: found.tokens,
    generations: {
      total: Object.values(generations).reduce((total, count) => total + count, 0),
      ...generations,
    },
    images: found.images,
    files: found.files,
    storage_bytes: found.images.bytes + found.files.bytes,
    credits: {
      balance: user.credits_remaining,
      held: Object.values(user.credit_holds).reduce((total, credits) => total + credits, 0),
      spent: user.credits_spent,
      granted: user.credits_granted,
    },
    last_generation_at: user.last_generation_at?.toISOString() ?? null,
    last_login_at: user.last_login_at?.toISOString() ?? null,
  };
}
