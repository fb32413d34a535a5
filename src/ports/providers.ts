import type { PromptMessage, ToolCall } from "../domain/prompt.ts";

/** A model that answers in a conversation. */
export interface ChatModel {
  /** The name that clients use, as `gpt-4o-mini`. */
  readonly id: string;
  readonly provider: string;
  /** The name that the provider knows. */
  readonly providerModel: string;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  readonly promptMicroUsdPerMillionTokens: number;
  readonly completionMicroUsdPerMillionTokens: number;
  /** Whether it can see pictures. */
  readonly supportsImages: boolean;
  /** Whether it can call tools (functions). */
  readonly supportsTools: boolean;
}

/** A function that the model may ask for. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether the arguments have to follow the schema to the letter, where the provider can see to that. */
  readonly strict?: boolean;
}

export interface ChatRequest {
  /** The provider's name of the model. */
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly maxTokens: number;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolChoice?: "auto" | "none" | "required" | { readonly name: string } | undefined;
  readonly responseFormat?: Readonly<Record<string, unknown>> | undefined;
}

export type ChatChunk =
  | { readonly type: "text"; readonly text: string }
  /** One whole call; several may come before the finish `tool_calls`. */
  | { readonly type: "tool_call"; readonly call: ToolCall }
  | { readonly type: "usage"; readonly promptTokens: number; readonly completionTokens: number }
  | { readonly type: "finish"; readonly reason: "stop" | "length" | "content_filter" | "tool_calls" };

export interface ChatProvider {
  readonly name: string;
  /**
   * Streams an answer. Ends early when `signal` aborts.
   * @throws AppError `provider_failed`, `provider_timeout`, with `isRetryable` set by what the provider said
   */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatChunk>;
}

/** What a model that makes pictures can be asked for. */
export interface ImageModelLimits {
  /** Edge lengths in pixels. */
  readonly minEdge: number;
  readonly maxEdge: number;
  /** Both edges are multiples of this many pixels. */
  readonly edgeMultiple: number;
  /** The only sizes that there are, as "WxH"; null where any within the edges will do. */
  readonly sizes: readonly string[] | null;
  readonly maxImages: number;
  /** Null: the model decides its steps itself. */
  readonly maxSteps: number | null;
  /** Null: the model takes no guidance scale. */
  readonly guidance: { readonly min: number; readonly max: number } | null;
  readonly supportsNegativePrompt: boolean;
  readonly supportsSeed: boolean;
  /** Whether it can start from a picture. */
  readonly supportsImageInput: boolean;
}

/** A model that makes pictures. */
export interface ImageModel extends ImageModelLimits {
  /** The name that clients use. */
  readonly id: string;
  readonly provider: string;
  /** The name that the provider knows. */
  readonly providerModel: string;
  readonly creditsPerImage: number;
}

export interface ImageRequest {
  /** The generation's id: the same request for the provider however often it is sent. */
  readonly generationId: string;
  /** The model's id; a provider of the registry takes it and gives its adapter the provider's own name. */
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt: string | null;
  readonly width: number;
  readonly height: number;
  readonly numImages: number;
  readonly guidanceScale: number | null;
  readonly numInferenceSteps: number | null;
  readonly seed: number;
  /** The picture to start from; null for text-to-image. */
  readonly initImage: { readonly bytes: Uint8Array; readonly mimeType: string } | null;
  /** How far the result may be from the initial picture, 0 to 1; null without one. */
  readonly denoisingStrength: number | null;
}

/** The provider's job as it stands. */
export interface Prediction {
  readonly id: string;
  readonly status: "running" | "succeeded" | "failed" | "cancelled";
  /** 0 to 1. */
  readonly progress: number;
  /** Temporary addresses or names of the pictures, in order, once succeeded; `download` takes them. */
  readonly outputs: readonly string[];
  /** Which version of the model it is, where the provider tells. */
  readonly version?: string;
  readonly error?: {
    readonly code: "provider_failed" | "provider_timeout" | "content_filter";
    readonly message: string;
    readonly isRetryable: boolean;
  };
}

/** A provider of pictures, seen as a service of jobs that can be asked after from any process. */
export interface ImageProvider {
  readonly name: string;
  /** How long to wait between two looks at a job, in ms. */
  readonly pollIntervalMs: number;
  /** @throws AppError as ChatProvider.stream */
  create(request: ImageRequest, signal: AbortSignal): Promise<Prediction>;
  /** The job's state. `request` is the one it was created with. */
  get(predictionId: string, request: ImageRequest, signal: AbortSignal): Promise<Prediction>;
  /**
   * Jobs that this request may have begun without anybody learning their ids: the process died, or the answer was lost.
   * The likeliest first. Absent where jobs cannot be found again, or where making one twice costs nothing.
   * @param since when the request was first made at the earliest
   */
  findCreated?(request: ImageRequest, since: Date, signal: AbortSignal): Promise<readonly Prediction[]>;
  /** Cancelling what has ended is fine. */
  cancel(predictionId: string): Promise<void>;
  download(output: string, request: ImageRequest, signal: AbortSignal): Promise<Uint8Array>;
}

/** What this deployment offers; the first of each list is the default. */
export interface ProviderRegistry {
  readonly chatModels: readonly ChatModel[];
  readonly imageModels: readonly ImageModel[];
  chatProvider(name: string): Promise<ChatProvider>;
  imageProvider(name: string): Promise<ImageProvider>;
  /**
   * Lets pass unless the provider failed so often lately that it is not called for a while.
   * @throws AppError `unavailable` with the seconds until it is tried again
   */
  requireAvailable(providerName: string): void;
}

export interface Tokenizer {
  /** Loads the encoding, which takes a moment the first time, and gives a counter that needs no more waiting. */
  counter(): Promise<(text: string) => number>;
  count(text: string): Promise<number>;
  /** Tokens of a whole chat prompt, with what the format adds a message. */
  countChat(messages: readonly PromptMessage[]): Promise<number>;
}
