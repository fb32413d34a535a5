import { describe, expect, it } from "vitest";
import { AppError, invalidField } from "../../../src/domain/errors.ts";
import { createOpenAIEventFormat, openAIProblemHeaders, toOpenAIProblem } from "../../../src/http/openai-problem.ts";

const field = (path: string) => ({ errors: [{ path, message: "is wrong" }] });

describe("errors in OpenAI's shape", () => {
  it.each<[AppError, number, string, string | null, string | null]>([
    [invalidField("n", "must be 1"), 400, "invalid_request_error", null, "n"],
    [new AppError("malformed_json"), 400, "invalid_request_error", null, null],
    [new AppError("unauthenticated"), 401, "invalid_request_error", "invalid_api_key", null],
    [new AppError("insufficient_credits"), 402, "insufficient_quota", "insufficient_quota", null],
    [new AppError("not_found", field("model")), 404, "invalid_request_error", "model_not_found", "model"],
    [new AppError("not_found"), 404, "invalid_request_error", "not_found", null],
    [
      new AppError("unprocessable", field("messages")),
      400,
      "invalid_request_error",
      "context_length_exceeded",
      "messages",
    ],
    [new AppError("unprocessable"), 422, "invalid_request_error", "unprocessable", null],
    [new AppError("rate_limited"), 429, "rate_limit_exceeded", "rate_limit_exceeded", null],
    [new AppError("internal"), 500, "server_error", "internal", null],
    [new AppError("provider_failed"), 502, "server_error", "provider_failed", null],
    [new AppError("unavailable"), 503, "server_error", "unavailable", null],
  ])("%s", (error, status, type, code, param) => {
    const message = expect.stringMatching(/^.+\.$|must be/);
    expect(toOpenAIProblem(error)).toEqual({ status, body: { error: { message, type, param, code } } });
  });

  it("tell nothing of what was not foreseen", () => {
    const { body } = toOpenAIProblem(new AppError("internal", { cause: new Error("secret of the driver") }));
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  it("say when to come back, and not to repeat what may be going on", () => {
    expect(openAIProblemHeaders(new AppError("rate_limited", { retryAfterSeconds: 2.2 }))).toEqual({
      "retry-after": "3",
    });
    expect(openAIProblemHeaders(new AppError("provider_timeout"))).toEqual({ "x-should-retry": "false" });
  });
});

describe("a stream in OpenAI's form", () => {
  it("has data without names and ends with [DONE]", () => {
    const format = createOpenAIEventFormat();
    expect(format.event({ event: "chunk", data: { text: "a\n\nb" } })).toBe('data: {"text":"a\\n\\nb"}\n\n');
    expect(format.ending(null)).toBe("data: [DONE]\n\n");
  });

  it("tells a failure in place of [DONE]", () => {
    const error = new AppError("provider_failed", { detail: "It broke." });
    const ending = createOpenAIEventFormat().ending({ error, requestId: "req_1" });
    expect(JSON.parse(ending.replace(/^data: /, ""))).toEqual(toOpenAIProblem(error).body);
    expect(ending.endsWith("\n\n")).toBe(true);
  });
});
