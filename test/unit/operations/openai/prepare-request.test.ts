import { expect, it } from "vitest";
import { prepareRequest } from "../../../../src/operations/openai/prepare-request.ts";
import type { ProviderRegistry } from "../../../../src/ports/providers.ts";
import { chatCompletionBody } from "../../../../src/schemas/openai.ts";
import { seeing } from "./support.ts";

it("passes on what the model's provider understands", async () => {
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const body = chatCompletionBody.parse({
    model: "eye",
    messages: [{ role: "user", content: "Hello" }],
    seed: 7,
    presence_penalty: 0.5,
    frequency_penalty: -0.5,
    stop: "END",
    tools: [
      { type: "function", function: { name: "weather", description: "The weather", parameters, strict: true } },
      { type: "function", function: { name: "time" } },
    ],
    tool_choice: "required",
  });
  const { request } = await prepareRequest(
    {
      providers: async () => ({ chatModels: [{ ...seeing, supportsTools: true }] }) as unknown as ProviderRegistry,
      tokenizer: { count: async () => 10 } as never,
    },
    body,
  );
  expect(request).toMatchObject({
    model: "eye-1",
    maxTokens: 1_000,
    seed: 7,
    presencePenalty: 0.5,
    frequencyPenalty: -0.5,
    stop: ["END"],
    toolChoice: "required",
    tools: [
      { name: "weather", description: "The weather", parameters, strict: true },
      { name: "time", description: "", parameters: { type: "object", properties: {} } },
    ],
  });
  expect(request.tools?.[1]).not.toHaveProperty("strict");
});
