export const generationStatuses = ["pending", "processing", "completed", "failed", "cancelled"] as const;
export type GenerationStatus = (typeof generationStatuses)[number];
export type GenerationKind = "text_to_image" | "image_to_image";

/** Statuses that a job never leaves. */
export const endedStatuses = ["completed", "failed", "cancelled"] as const satisfies readonly GenerationStatus[];

export function isEnded(status: GenerationStatus): boolean {
  return (endedStatuses as readonly GenerationStatus[]).includes(status);
}

/** How long failed jobs stay, in days. */
const failedRetentionDays = 30;

export function failedExpiry(now: Date): Date {
  return new Date(now.getTime() + failedRetentionDays * 86_400_000);
}

/** How long a worker owns a job without a sign of life, in ms. */
export const leaseMs = 30_000;

/** A job that is processing, as far as it matters for the next one. */
export interface RunningJob {
  readonly _id: string;
  readonly slot?: string;
}

/** The places that jobs of one user can take while they run are numbered from 0. */
export function slotName(userId: string, place: number): string {
  return `${userId}/${place}`;
}

/**
 * A free place for one more job of a user, or null when as many run as may.
 * @param running every job of the user that is processing, also where the worker died
 */
export function freeSlot(userId: string, running: readonly RunningJob[], mostRunning: number): string | null {
  if (running.length >= mostRunning) return null;
  const taken = new Set(running.map(({ slot }) => slot));
  for (let place = 0; place < mostRunning; place += 1) {
    const slot = slotName(userId, place);
    if (!taken.has(slot)) return slot;
  }
  return null;
}

/** A document of `generations`. */
export interface Generation {
  readonly _id: string;
  readonly user_id: string;
  readonly kind: GenerationKind;
  readonly prompt: string;
  readonly negative_prompt: string | null;
  readonly model_type: string;
  /** "WxH" in pixels. */
  readonly image_size: string;
  readonly num_images: number;
  readonly guidance_scale: number | null;
  readonly num_inference_steps: number | null;
  readonly seed: number;
  readonly init_image_id?: string;
  readonly denoising_strength?: number;
  readonly status: GenerationStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly provider: string;
  readonly replicate_prediction_id?: string;
  readonly replicate_version?: string;
  readonly result_urls: readonly string[];
  readonly blob_urls: readonly string[];
  readonly image_ids: readonly string[];
  readonly error_code?: string;
  readonly error_message?: string;
  readonly attempts: number;
  readonly lease?: { readonly owner: string; readonly until: Date };
  /** While it is processing: the place among its owner's running jobs that it takes. Unique, so that no place is taken twice. */
  readonly slot?: string;
  /** A pending job that failed in a way that may pass is not begun again before. */
  readonly retry_at?: Date;
  /** True until the job ended and its hold, ledger entry and message are done; absent afterwards. */
  readonly is_open?: true;
  /** When the message that is to start it was sent; absent while it waits for its owner's other jobs. */
  readonly enqueued_at?: Date;
  readonly processing_time_ms?: number;
  readonly cost_credits: number;
  readonly conversation_id?: string;
  readonly message_id?: string;
  /** Told of the end, if anybody is. */
  readonly webhook_url?: string;
  /** How the telling goes; absent until the job ended. */
  readonly webhook?: {
    readonly attempts: number;
    /** The next try, or until when one is under way; absent when it was delivered or given up. */
    readonly due_at?: Date;
    readonly delivered_at?: Date;
    /** What the receiver answered last, or that it did not. */
    readonly last_outcome?: string;
  };
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly started_at?: Date;
  readonly completed_at?: Date;
  readonly expires_at?: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Reads "1024x768". The schemas let nothing else through, so a mismatch is a defect. */
export function parseImageSize(imageSize: string): ImageSize {
  const match = /^(\d+)x(\d+)$/.exec(imageSize);
  if (match === null) throw new Error(`not an image size: ${imageSize}`);
  return { width: Number(match[1]), height: Number(match[2]) };
}

/** Title of the conversation that a generation without one gets. */
export function generationConversationTitle(prompt: string): string {
  const characters = Array.from(prompt);
  return `Text2Image: ${characters.slice(0, 30).join("")}${characters.length > 30 ? "…" : ""}`;
}
