import { type Document, ObjectId } from "mongodb";
import { useServer } from "./support.ts";

/** The document that expressions are evaluated against. */
const document: Document = {
  _id: 1,
  n: 7,
  zero: 0,
  half: 2.5,
  text: "Grüße 😀",
  list: [3, 1, 2],
  objects: [{ k: "a", v: 1 }, { k: "b" }, 5],
  deep: { a: { b: 1 } },
  nothing: null,
  yes: true,
  at: new Date("2024-02-29T23:59:58.123Z"),
  id: new ObjectId("65a000000000000000000000"),
};

/** Stands for an expression without a value. */
export const missing = Symbol("missing");

export type ExpressionCase = readonly [name: string, expression: unknown, expected: unknown];

/** Gives what an aggregation makes of an expression. */
export function useEvaluation(): (expression: unknown) => Promise<unknown> {
  const server = useServer();
  return async (expression) => {
    const collection = await server().collection([document]);
    const [found] = await collection.aggregate([{ $replaceWith: { result: expression } }]).toArray();
    return found !== undefined && "result" in found ? found.result : missing;
  };
}
