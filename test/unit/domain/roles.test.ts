import { describe, expect, it } from "vitest";
import { roleOf } from "../../../src/domain/roles.ts";

const listed = ["ada@example.com"];
const ada = { email: "ada@example.com", is_verified: true, role: "user" as const };

describe("the role of an account", () => {
  it("is admin for a verified address of the list, and for no other", () => {
    expect(roleOf(ada, listed)).toBe("admin");
    expect(roleOf({ ...ada, is_verified: false }, listed)).toBe("user");
    expect(roleOf({ ...ada, email: "eve@example.com" }, listed)).toBe("user");
  });

  it("goes with the list, unless an administrator gave it", () => {
    expect(roleOf({ ...ada, role: "admin", role_granted_by: "settings" }, [])).toBe("user");
    expect(roleOf({ ...ada, role: "admin" }, [])).toBe("admin");
  });
});
