import { app } from "@azure/functions";
import type { Services } from "../services.ts";

interface QueueJob {
  /** Function name and file name in one. */
  readonly name: string;
  readonly queueName: string;
  /** @param message what was sent, without its envelope; the job parses it. What it throws makes the host try again. */
  run(services: Services, message: unknown): Promise<void>;
}

/** A function for the messages of a queue. */
export function registerQueue({ name, queueName, run }: QueueJob): void {
  app.storageQueue(name, {
    queueName,
    connection: "AzureWebJobsStorage",
    handler: async (message: unknown) => {
      const [{ runQueueJob }, { getServices }] = await Promise.all([
        import("../operations/run-queue-job.ts"),
        import("../services.ts"),
      ]);
      const services = await getServices();
      await runQueueJob(services, { queueName, message, job: (body) => run(services, body) });
    },
  });
}
