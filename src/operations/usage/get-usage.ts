import { invalidField } from "../../domain/errors.ts";
import { usageRetentionDays } from "../../domain/usage.ts";
import type { Clock } from "../../ports/platform.ts";
import type { UsageDay, UsageLogs } from "../../ports/usage.ts";
import type { UsageJson, UsageQuery } from "../../schemas/usage.ts";

const dayMs = 86_400_000;
const defaultDays = 30;
const nothing = { requests: 0, chat_messages: 0, tokens: 0, images: 0, credits: 0, errors: 0 };

/** An account's use day by day, both ends included; days without any are there too. @throws AppError `validation_failed` */
export async function getUsage(
  { usageLogs, clock }: { usageLogs: UsageLogs; clock: Clock },
  input: { userId: string; query: UsageQuery },
): Promise<UsageJson> {
  const { from, to } = daysOf(input.query, clock.now());
  const used = await usageLogs.daily({ userId: input.userId, from, to: new Date(to.getTime() + dayMs) });
  const byDate = new Map(used.map((day) => [day.date, day]));
  const data = eachDay(from, to).map((date) => byDate.get(date) ?? { date, ...nothing });
  return { from: dateOf(from), to: dateOf(to), data, totals: data.reduce(sum, nothing) };
}

function daysOf(query: UsageQuery, now: Date): { from: Date; to: Date } {
  const to = query.to ?? new Date(dateOf(now));
  const from = query.from ?? new Date(to.getTime() - (defaultDays - 1) * dayMs);
  if (from > to) throw invalidField("from", "must not be after `to`");
  if (to.getTime() - from.getTime() >= usageRetentionDays * dayMs) {
    throw invalidField("from", `must be less than ${usageRetentionDays} days before \`to\``);
  }
  return { from, to };
}

function eachDay(from: Date, to: Date): string[] {
  const days = Math.round((to.getTime() - from.getTime()) / dayMs) + 1;
  return Array.from({ length: days }, (_unused, index) => dateOf(new Date(from.getTime() + index * dayMs)));
}

function dateOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function sum(total: typeof nothing, day: UsageDay): typeof nothing {
  return {
    requests: total.requests + day.requests,
    chat_messages: total.chat_messages + day.chat_messages,
    tokens: total.tokens + day.tokens,
    images: total.images + day.images,
    credits: total.credits + day.credits,
    errors: total.errors + day.errors,
  };
}
