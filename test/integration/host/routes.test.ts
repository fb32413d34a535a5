import { describe, expect, it } from "vitest";
import { parseRoute, readPath } from "../../../src/local/host/routes.ts";

describe("a route template", () => {
  it.each([
    ["api/users/{id}", "/api/users/7", { id: "7" }],
    ["api/users/{id}", "/API/Users/7/", { id: "7" }],
    ["api/users/{id}", "/api/users", undefined],
    ["api/users/{id}", "/api/users//", undefined],
    ["api/users/{id?}", "/api/users", {}],
    ["api/users/{id=me}", "/api/users", { id: "me" }],
    ["api/{*rest}", "/api", {}],
    ["api/{*rest}", "/api/a/b%2Fc/d%20e", { rest: "a/b%2Fc/d e" }],
    ["{x:maxlength(0)?}", "/", {}],
    ["{x:maxlength(0)?}", "/x", undefined],
    ["api/{id:int}", "/api/-5", { id: "-5" }],
    ["api/{id:int}", "/api/5000000000", undefined],
    ["api/{id:int:min(1)}", "/api/0", undefined],
    ["api/{id:range(2,4)}", "/api/4", { id: "4" }],
    ["api/{name:alpha}", "/api/a1", undefined],
    ["api/{name:length(2,3)}", "/api/abc", { name: "abc" }],
    ["api/{is:bool}", "/api/True", { is: "True" }],
    ["api/{id:guid}", "/api/0193a1b2-0000-7000-8000-0123456789ab", { id: "0193a1b2-0000-7000-8000-0123456789ab" }],
    ["api/{id:guid}", "/api/0193a1b2", undefined],
    ["api/a b", "/api/a%20b", {}],
  ])("%s on %s", (template, path, parameters) => {
    expect(parseRoute(template).match(readPath(path))).toEqual(parameters);
  });

  it.each(["api/{id:regex(a)}", "api/file-{id}", "api/{}"])("that is not understood is refused: %s", (template) => {
    expect(() => parseRoute(template)).toThrow(template);
  });
});
