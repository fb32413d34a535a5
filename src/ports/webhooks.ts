import type { Generation } from "../domain/generation.ts";
import type { WebhookSecretVersion } from "../domain/webhook.ts";

/** The telling of a job's end, which lives in the job's document. */
export interface GenerationWebhooks {
  /** Notes that somebody is to be told. Does nothing the second time. */
  begin(input: { generationId: string; now: Date }): Promise<void>;
  /** Takes a due try: attempts + 1, due again at `leaseUntil` should its worker die. Null: none is due. */
  claim(input: { generationId: string; dueBefore: Date; leaseUntil: Date }): Promise<Generation | null>;
  /** It was delivered, or given up: nothing is due any more. */
  end(input: { generationId: string; outcome: string; deliveredAt: Date | null }): Promise<void>;
  postpone(input: { generationId: string; outcome: string; dueAt: Date }): Promise<void>;
  /** Jobs whose try is due since before `before`, longest due first. */
  findDue(input: { before: Date; limit: number }): Promise<readonly string[]>;
}

/** Which of its signing secrets an account uses; the secrets themselves are derived. */
export interface WebhookSecrets {
  find(userId: string): Promise<WebhookSecretVersion | null>;
  /** Takes the next version. Null: no such account. */
  rotate(input: { userId: string; now: Date }): Promise<WebhookSecretVersion | null>;
}

export interface WebhookQueue {
  /** @param delaySeconds how long the message stays invisible */
  send(input: { generationId: string; delaySeconds?: number }): Promise<void>;
}
