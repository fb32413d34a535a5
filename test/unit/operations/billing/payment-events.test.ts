import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { handlers } from "../../../../src/operations/billing/process-payment-event.ts";

it("the events that the page on payments asks for are those that are listened to", () => {
  const page = readFileSync(new URL("../../../../docs/payments.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual(Object.keys(handlers).sort());
});
