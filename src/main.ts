import { app } from "@azure/functions";
import { registerHttp } from "./functions/register-http.ts";
import { routes } from "./functions/routes.ts";
import "./functions/queue/fail-poisoned-generation.ts";
import "./functions/queue/run-generation.ts";
import "./functions/timer/clean-local-caches.ts";
import "./functions/timer/close-dead-turns.ts";
import "./functions/timer/expire-stuck-jobs.ts";
import "./functions/timer/requeue-lost-jobs.ts";

app.setup({ enableHttpStream: true });
registerHttp(routes);

app.hook.appStart(async () => {
  // A bad setting is reported at the start, not by the first request.
  await (await import("./services.ts")).getServices();
});
app.hook.appTerminate(async () => {
  const { getServices } = await import("./services.ts");
  await (await getServices()).close();
});
