import { CircuitState, ConsecutiveBreaker, circuitBreaker, DelegateBackoff, handleWhen } from "cockatiel";
import { AppError, isAppError } from "../domain/errors.ts";
import type { Logger } from "../ports/platform.ts";
import type { ChatProvider, ImageProvider } from "../ports/providers.ts";
import { isNoPicture } from "./pictures.ts";

/** So many calls in a row fail before the provider is left alone. One job makes up to four of them. */
const maxFailures = 8;
/** How long it is left alone at first, in ms; twice as long each further time, up to the longest. */
const firstPauseMs = 10_000;
const longestPauseMs = 60_000;

export interface Circuit {
  /**
   * Calls the provider, unless it is left alone for now.
   * @param signal the caller's; what fails after it aborted is no fault of the provider
   * @throws AppError `unavailable`, and whatever the call does
   */
  execute<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>;
  /** The same for a call whose success says little: who can be asked after old work may still fail with all new work. */
  follow<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>;
  /** @throws AppError `unavailable` when a call would not be made now */
  requireClosed(): void;
}

/** The one circuit of a provider, by its name. */
export type CircuitOf = (provider: string) => Circuit;

/** Carries what is not to be counted past the circuit: a result, or a failure. */
class Uncounted extends Error {
  readonly result: PromiseSettledResult<unknown>;

  constructor(result: PromiseSettledResult<unknown>) {
    super("not counted");
    this.result = result;
  }
}

export interface CircuitOptions {
  readonly provider: string;
  readonly logger: Logger;
  readonly firstPauseMs?: number;
  /** Told each time that it opens. */
  readonly onOpened?: ((provider: string) => void) | undefined;
}

/**
 * Opens when a provider fails again and again, so that nobody waits for what will not come. After a pause one call tries
 * it, and its success closes the circuit. What says nothing of the provider's health does not count: refused requests,
 * the content filter, calls that their callers gave up.
 */
export function createCircuit({ provider, logger, ...options }: CircuitOptions): Circuit {
  const startMs = options.firstPauseMs ?? firstPauseMs;
  let retryAt = 0;
  const policy = circuitBreaker(
    handleWhen((error) => isAppError(error) && error.isRetryable),
    {
      breaker: new ConsecutiveBreaker(maxFailures),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        const pauseMs = Math.min(longestPauseMs, startMs * 2 ** (attempt - 1));
        retryAt = Date.now() + pauseMs;
        return pauseMs;
      }),
    },
  );
  policy.onBreak(() => {
    logger.error({ provider }, "provider keeps failing and is left alone for a while");
    options.onOpened?.(provider);
  });
  policy.onReset(() => logger.info({ provider }, "provider answers again"));

  const away = () =>
    new AppError("unavailable", {
      detail: `${provider} is failing and is left alone for a moment.`,
      isRetryable: true,
      isDefinite: true,
      retryAfterSeconds: Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000)),
    });

  const requireClosed = () => {
    const isPaused = policy.state === CircuitState.Open && Date.now() < retryAt;
    // One call tries the provider; others would have to wait for its end.
    if (isPaused || policy.state === CircuitState.HalfOpen) throw away();
  };

  async function counted<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    requireClosed();
    return policy.execute(() =>
      call().catch((error: unknown) => {
        throw signal.aborted ? new Uncounted({ status: "rejected", reason: error }) : error;
      }),
    );
  }

  return {
    requireClosed,
    execute: <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => counted(signal, call).catch(unwrapped<T>),
    follow: <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
      counted<T>(signal, async () => {
        throw new Uncounted({ status: "fulfilled", value: await call() });
      }).catch(unwrapped<T>),
  };
}

function unwrapped<T>(error: unknown): T {
  if (!(error instanceof Uncounted)) throw error;
  if (error.result.status === "rejected") throw error.result.reason;
  return error.result.value as T;
}

/** A provider of answers behind its circuit. An answer that has begun counts as one. */
export function guardChatProvider(provider: ChatProvider, circuit: Circuit): ChatProvider {
  return {
    name: provider.name,
    async *stream(request, signal) {
      const chunks = provider.stream(request, signal)[Symbol.asyncIterator]();
      let next = await circuit.execute(signal, () => chunks.next());
      try {
        while (!next.done) {
          yield next.value;
          next = await chunks.next();
        }
      } finally {
        await chunks.return?.();
      }
    },
  };
}

/** A provider of pictures behind its circuit. Cancelling is always tried: it may save money. */
export function guardImageProvider(provider: ImageProvider, circuit: Circuit): ImageProvider {
  const { findCreated } = provider;
  return {
    ...provider,
    create: (request, signal) => circuit.execute(signal, () => provider.create(request, signal)),
    get: (id, request, signal) => circuit.follow(signal, () => provider.get(id, request, signal)),
    download: async (output, request, signal) => {
      // A picture that is none is its model's fault: the provider gave out what it had.
      const given = await circuit.follow(signal, () =>
        provider.download(output, request, signal).catch((error: unknown) => {
          if (isNoPicture(error)) return error;
          throw error;
        }),
      );
      if (given instanceof AppError) throw given;
      return given;
    },
    ...(findCreated === undefined
      ? {}
      : {
          findCreated: (request, since, signal) => circuit.follow(signal, () => findCreated(request, since, signal)),
        }),
  };
}
