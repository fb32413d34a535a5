import { HttpRequest } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { parseNetwork } from "../../../src/domain/network.ts";
import { requireAllowedClient } from "../../../src/http/allowed-clients.ts";
import { clientAddress } from "../../../src/http/caller.ts";
import { createAddressList } from "../../../src/platform/address-list.ts";

const requestFrom = (forwarded: string | null) =>
  new HttpRequest({
    method: "GET",
    url: "http://localhost/api/v1/models",
    headers: forwarded === null ? {} : { "x-forwarded-for": forwarded },
  });

describe("the address of a client", () => {
  it.each([
    ["203.0.113.7:51234", "203.0.113.7"],
    ["203.0.113.7", "203.0.113.7"],
    ["10.0.0.1, 203.0.113.7:51234", "203.0.113.7"],
    ["[2001:db8::7]:51234", "2001:db8::7"],
    ["10.0.0.1, [2001:db8::7]:443", "2001:db8::7"],
    ["2001:db8::7", "2001:db8::7"],
    ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
    ["", null],
    [null, null],
  ])("%s is %s: what a client says of itself comes first and is not believed", (forwarded, address) => {
    expect(clientAddress(requestFrom(forwarded))).toBe(address);
  });
});

describe("a list of allowed clients", () => {
  const clients = createAddressList(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]);
  const isLetIn = (forwarded: string | null, route = "/v1/models") => {
    try {
      requireAllowedClient(clients, route, requestFrom(forwarded));
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: "forbidden" });
      return false;
    }
  };

  it.each([
    ["203.0.113.250:1", true],
    ["198.51.100.7:1", true],
    ["[2001:db8:ffff::1]:1", true],
    ["[::ffff:203.0.113.9]:1", true],
    ["203.0.114.1:1", false],
    ["198.51.100.8:1", false],
    ["[2001:db9::1]:1", false],
    ["203.0.113.7, 192.0.2.1:1", false],
    ["not an address", false],
    [null, false],
  ])("%s: %s", (forwarded, expected) => {
    expect(isLetIn(forwarded)).toBe(expected);
  });

  it("leaves the probe and signed webhooks open, and nothing that only looks like them", () => {
    expect(isLetIn("192.0.2.1:1", "/health")).toBe(true);
    expect(isLetIn("192.0.2.1:1", "/webhooks/stripe")).toBe(true);
    expect(isLetIn("192.0.2.1:1", "/healthy")).toBe(false);
    expect(isLetIn("192.0.2.1:1", "/v1/webhooks/stripe")).toBe(false);
    expect(isLetIn("192.0.2.1:1", "(unknown)")).toBe(false);
  });

  it("lets everybody in when it is empty", () => {
    expect(() => requireAllowedClient(createAddressList([]), "/v1/models", requestFrom(null))).not.toThrow();
  });

  it.each([
    "",
    "203.0.113",
    "203.0.113.0/33",
    "2001:db8::/129",
    "fe80::1%eth0",
    "203.0.113.0/24/1",
    "any",
    "1.2.3.4/-1",
  ])("cannot have %s in it", (entry) => {
    expect(parseNetwork(entry)).toBeNull();
  });
});
