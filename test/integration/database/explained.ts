import type { Document } from "mongodb";
import { expect } from "vitest";
import type { SentCommand } from "../../../src/database/client.ts";
import type { TestDatabase } from "./support.ts";

/** What the server says of one query. */
export interface Explained {
  readonly query: Document;
  /** The stages of its plan, from the last to the first. */
  readonly stages: readonly string[];
  readonly examined: number;
  readonly returned: number;
}

/** The query that a command has in it, as a find: what explains alike on every server. */
function queryOf({ name, command }: SentCommand): Document | null {
  switch (name) {
    case "find": {
      const { find, filter, sort, projection, limit: most } = command;
      return { find, filter, ...(sort && { sort }), ...(projection && { projection }), ...(most && { limit: most }) };
    }
    case "findAndModify":
      return { find: command.findAndModify, filter: command.query };
    case "distinct":
      return { find: command.distinct, filter: command.query };
    case "update":
      return { find: command.update, filter: command.updates[0].q };
    case "delete":
      return { find: command.delete, filter: command.deletes[0].q };
    case "aggregate": {
      const [match] = command.pipeline;
      return { find: command.aggregate, filter: match.$match };
    }
    default:
      return null;
  }
}

function stagesOf(plan: unknown): string[] {
  if (Array.isArray(plan)) return plan.flatMap(stagesOf);
  if (typeof plan !== "object" || plan === null) return [];
  return Object.entries(plan).flatMap(([field, value]) =>
    field === "stage" && typeof value === "string" ? [value] : stagesOf(value),
  );
}

/** Lets the server explain every query that `action` sends. */
export async function explainQueries(
  { database, sent }: TestDatabase,
  action: () => Promise<unknown>,
): Promise<Explained[]> {
  sent.splice(0);
  await action();
  const queries = sent.splice(0).flatMap((command) => queryOf(command) ?? []);
  return Promise.all(
    queries.map(async (query) => {
      const { queryPlanner, executionStats } = await database.run((db) =>
        db.command({ explain: query, verbosity: "executionStats" }),
      );
      return {
        query,
        stages: stagesOf(queryPlanner.winningPlan),
        examined: Number(executionStats.totalDocsExamined),
        returned: Number(executionStats.nReturned),
      };
    }),
  );
}

/**
 * Fails unless the query goes through an index, sorts nothing in memory, and looks at no more documents than it returns
 * and `slack` besides.
 */
export function expectIndexed({ query, stages, examined, returned }: Explained, slack: number): void {
  const told = `${JSON.stringify(query)} → ${stages.join(" ← ")}`;
  expect(
    stages.some((stage) => /^(IXSCAN|IDHACK|EXPRESS_.*|EOF)$/.test(stage)),
    told,
  ).toBe(true);
  expect(stages, told).not.toContain("COLLSCAN");
  expect(stages, told).not.toContain("SORT");
  expect(examined, told).toBeLessThanOrEqual(returned + slack);
}
