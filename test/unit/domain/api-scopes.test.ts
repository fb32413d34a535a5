import { describe, expect, it } from "vitest";
import { scopeOf } from "../../../src/domain/api-scopes.ts";
import { routes } from "../../../src/functions/routes.ts";

describe("what a route asks of an API key", () => {
  it.each([
    ["POST", "/v1/chat", "chat"],
    ["POST", "/openai/v1/chat/completions", "chat"],
    ["POST", "/openai/v1/images/generations", "images"],
    ["GET", "/v1/images/{image_id}", "images"],
    ["POST", "/v1/image-archives", "images"],
    ["GET", "/v1/users/me", "account:read"],
    // Whoever has it can speak for Muse to the account's own servers.
    ["GET", "/v1/users/me/webhook-secret", "session"],
    ["DELETE", "/v1/users/me/linked-providers/{provider}", "session"],
    ["PUT", "/v1/users/me/settings", "account:write"],
    ["DELETE", "/v1/users/me", "session"],
    ["GET", "/v1/users/me/export", "session"],
    ["POST", "/v1/auth/register", "session"],
    ["PATCH", "/v1/admin/users/{id}", "admin"],
    ["POST", "/v1/billing/checkout", "billing"],
    ["GET", "/v1/models", null],
    ["GET", "/v1/something-new", "session"],
  ])("%s %s: %s", (method, path, scope) => {
    expect(scopeOf({ method, path })).toBe(scope);
  });

  it("takes keys everywhere but for accounts and signing in", () => {
    const closed = routes.filter((route) => route.auth !== "none" && (route.scope ?? scopeOf(route)) === "session");
    expect(closed.length).toBeGreaterThan(5);
    for (const { path } of closed) expect(path).toMatch(/^\/v1\/(auth|users\/me)(\/|$)/);
  });

  it("gives an account's own settings to no key that may only chat", () => {
    const own = routes.filter(({ path }) => path.startsWith("/v1/users/me"));
    expect(own.length).toBeGreaterThan(5);
    for (const route of own) expect(route.scope ?? scopeOf(route)).toMatch(/^(account:|session$)/);
  });
});
