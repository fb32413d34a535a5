import { app } from "@azure/functions";
import type { Services } from "../services.ts";

interface QueueJob {
  /** Function name and file name in one. */
  readonly name: string;
  readonly queueName: string;
  /** @param message what was sent, as the host read it; the job parses it. What it throws makes the host try again. */
  run(services: Services, message: unknown): Promise<void>;
}

/** A function for the messages of a queue. */
export function registerQueue({ name, queueName, run }: QueueJob): void {
  app.storageQueue(name, {
    queueName,
    connection: "AzureWebJobsStorage",
    handler: async (message: unknown) => run(await (await import("../services.ts")).getServices(), message),
  });
}
