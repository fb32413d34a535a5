import type { Generation } from "../domain/generation.ts";
import type { Ledger } from "../ports/credit-ledger.ts";
import type { Generations } from "../ports/generations.ts";
import type { Images } from "../ports/images.ts";
import type { Messages } from "../ports/messages.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** Times of turns, as they are written with their end. */
export function observeMessages<T extends Pick<Messages, "finish">>(messages: T, telemetry: Telemetry): T {
  if (!telemetry.isOn) return messages;
  return {
    ...messages,
    finish: async (end: Parameters<Messages["finish"]>[0]) => {
      const message = await messages.finish(end);
      if (message === null) return null;
      const { model, finish_reason, first_token_ms, generation_time_ms } = message.metadata;
      const attributes = { model, finish_reason };
      if (first_token_ms !== undefined) telemetry.observe("muse.chat.first_token", first_token_ms, { model });
      if (generation_time_ms !== undefined) telemetry.observe("muse.chat.turn", generation_time_ms, attributes);
      return message;
    },
  };
}

/** Times of jobs, and which of them were failed for their age. */
export function observeGenerations<T extends Pick<Generations, "complete" | "fail">>(
  generations: T,
  telemetry: Telemetry,
): T {
  if (!telemetry.isOn) return generations;
  const ended = (generation: Generation | null, now: Date, outcome: string) => {
    if (generation === null) return null;
    const since = generation.started_at ?? generation.created_at;
    telemetry.observe("muse.generation.duration", now.getTime() - since.getTime(), {
      provider: generation.provider,
      outcome,
    });
    return generation;
  };
  return {
    ...generations,
    complete: async (input: Parameters<Generations["complete"]>[0]) =>
      ended(await generations.complete(input), input.now, "completed"),
    fail: async (input: Parameters<Generations["fail"]>[0]) => {
      const failed = ended(await generations.fail(input), input.now, input.errorCode);
      if (failed !== null && input.errorCode === "timed_out") telemetry.count("muse.generation.stuck");
      return failed;
    },
  };
}

/** Credits spent. An entry that is written again after a crash is counted again; the ledger itself has it once. */
export function observeLedger<T extends Pick<Ledger, "record">>(ledger: T, telemetry: Telemetry): T {
  if (!telemetry.isOn) return ledger;
  return {
    ...ledger,
    record: async (entry: Parameters<Ledger["record"]>[0]) => {
      await ledger.record(entry);
      if (entry.amount_credits < 0) {
        telemetry.count("muse.credits.spent", -entry.amount_credits, { reason: entry.reason });
      }
    },
  };
}

/** Where pictures find their home. */
export function observeImages<T extends Pick<Images, "put">>(images: T, telemetry: Telemetry): T {
  if (!telemetry.isOn) return images;
  return {
    ...images,
    put: async (image: Parameters<Images["put"]>[0]) => {
      await images.put(image);
      telemetry.count("muse.images.stored", 1, { service: image.service });
    },
  };
}
