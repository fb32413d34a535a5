import { MongoClient } from "mongodb";
import { inject } from "vitest";
import { type Client, guest } from "./client.ts";

/** Looks into the documents of the shared app, or changes them, for what no door does. */
export async function withDocuments<T>(work: (database: ReturnType<MongoClient["db"]>) => Promise<T>): Promise<T> {
  const { uri, name } = inject("database");
  const driver = await new MongoClient(uri).connect();
  try {
    return await work(driver.db(name));
  } finally {
    await driver.close();
  }
}

/** A fresh administrator of the shared app. */
export async function admin(): Promise<{ client: Client; userId: string }> {
  const client = await guest();
  const { body } = await client.get("/v1/users/me");
  await withDocuments((database) =>
    database.collection<{ _id: string }>("users").updateOne({ _id: body.id }, { $set: { role: "admin" } }),
  );
  return { client, userId: body.id };
}
