import { registerQueue } from "../register-queue.ts";

registerQueue({
  name: "deliver-webhook",
  queueName: "webhooks",
  run: async (services, message) => {
    const { receiveWebhook } = await import("../../operations/webhooks/deliver-webhook.ts");
    await receiveWebhook(services, message);
  },
});
