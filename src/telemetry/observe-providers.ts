import type { ChatChunk, ChatProvider, ImageProvider, ProviderRegistry } from "../ports/providers.ts";
import type { Span, Telemetry } from "../ports/telemetry.ts";

/** The same providers, with a span for each call. Names follow OpenTelemetry's conventions for generative AI. */
export function observeProviders(registry: ProviderRegistry, telemetry: Telemetry): ProviderRegistry {
  if (!telemetry.isOn) return registry;
  return {
    ...registry,
    chatProvider: async (name) => observeChat(await registry.chatProvider(name), telemetry),
    imageProvider: async (name) => observeImages(await registry.imageProvider(name), telemetry),
  };
}

function observeChat(provider: ChatProvider, telemetry: Telemetry): ChatProvider {
  return {
    ...provider,
    async *stream(request, signal) {
      const span = telemetry.start({
        name: `chat ${request.model}`,
        kind: "client",
        isPropagated: true,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": provider.name,
          "gen_ai.request.model": request.model,
        },
      });
      const chunks = span.run(() => provider.stream(request, signal)[Symbol.asyncIterator]());
      try {
        for (;;) {
          const next = await span.run(() => chunks.next());
          if (next.done === true) return;
          note(span, next.value);
          yield next.value;
        }
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
        await chunks.return?.();
      }
    },
  };
}

function note(span: Span, chunk: ChatChunk): void {
  if (chunk.type === "usage") {
    span.set({
      "gen_ai.usage.input_tokens": chunk.promptTokens,
      "gen_ai.usage.output_tokens": chunk.completionTokens,
    });
  }
  if (chunk.type === "finish") span.set({ "gen_ai.response.finish_reason": chunk.reason });
}

function observeImages(provider: ImageProvider, telemetry: Telemetry): ImageProvider {
  const observed = <R>(operation: string, model: string | undefined, work: () => Promise<R>): Promise<R> =>
    telemetry.span(
      {
        name: model === undefined ? `image ${operation}` : `image ${operation} ${model}`,
        kind: "client",
        isPropagated: true,
        attributes: {
          "gen_ai.operation.name": `image_${operation}`,
          "gen_ai.provider.name": provider.name,
          "gen_ai.request.model": model,
        },
      },
      work,
    );
  return {
    ...provider,
    create: (request, signal) => observed("create", request.model, () => provider.create(request, signal)),
    get: (predictionId, request, signal) =>
      observed("get", request.model, () => provider.get(predictionId, request, signal)),
    cancel: (predictionId) => observed("cancel", undefined, () => provider.cancel(predictionId)),
    download: (output, request, signal) =>
      observed("download", request.model, () => provider.download(output, request, signal)),
  };
}
